package classify

import "testing"

// lineOf returns a packet of LINE's framing with n octets behind the first four.
func lineOf(sequence byte, n int) []byte {
	return joined([]byte{0xd8 | byte(n>>8), byte(n), 0, sequence, 6, 2}, noiseOf(int64(sequence), n-2))
}

func TestLine(t *testing.T) {
	old := func(kind byte, n int) []byte { return joined([]byte{0xb6, kind, 0, byte(n)}, noiseOf(int64(kind), n)) }
	off := lineOf(8, 300)
	off[1]++
	checkSheet(t, lineCall, []sheetRow{
		{name: "one packet", turns: []turn{{dir: 0, payload: lineOf(7, 300)}}},
		{name: "both directions", turns: []turn{{dir: 0, payload: lineOf(7, 300)}, {dir: 1, payload: lineOf(90, 200)}}, want: []string{"line.call"}, least: 8},
		{name: "one direction, counting on", turns: []turn{{dir: 0, payload: lineOf(7, 300)}, {dir: 0, payload: lineOf(8, 300)}}, want: []string{"line.call"}, least: 8},
		{name: "one direction, the same sequence", turns: []turn{{dir: 0, payload: lineOf(7, 300)}, {dir: 0, payload: lineOf(7, 300)}}},
		{name: "length one off", turns: []turn{{dir: 0, payload: lineOf(7, 300)}, {dir: 0, payload: off}}},
		{name: "media between", turns: []turn{{dir: 0, payload: lineOf(7, 300)}, {dir: 1, payload: rtpOf(101, 1, noiseOf(1, 60))}, {dir: 0, payload: lineOf(8, 300)}}, want: []string{"line.call"}},
		{name: "older framing", turns: []turn{{dir: 0, payload: old(0x12, 104)}, {dir: 1, payload: old(0x13, 42)}}, want: []string{"line.call_old"}, least: 8},
		{name: "older framing from one end", turns: []turn{{dir: 0, payload: old(0x12, 104)}, {dir: 0, payload: old(0x12, 104)}}},
		{name: "older framing, type unknown", turns: []turn{{dir: 0, payload: old(0x12, 104)}, {dir: 1, payload: old(0x14, 42)}}},
	})
}
