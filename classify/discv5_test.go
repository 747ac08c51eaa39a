package classify

import "testing"

func TestDiscv5(t *testing.T) {
	first, challenge, handshake := noiseOf(1, 91), noiseOf(2, 63), noiseOf(3, 340)
	clear := make([]byte, 63)
	checkSheet(t, discv5, []sheetRow{
		{name: "challenge", turns: []turn{{payload: first}, {dir: 1, payload: challenge}}, want: []string{"discv5.challenge"}, least: 14},
		{name: "challenge and handshake", turns: []turn{{payload: first}, {dir: 1, payload: challenge}, {payload: handshake}},
			want: []string{"discv5.challenge", "discv5.handshake"}, least: 14},
		{name: "short first packet", turns: []turn{{payload: noiseOf(1, 86)}, {dir: 1, payload: challenge}}},
		{name: "62 octets", turns: []turn{{payload: first}, {dir: 1, payload: noiseOf(2, 62)}}},
		{name: "64 octets", turns: []turn{{payload: first}, {dir: 1, payload: noiseOf(2, 64)}}},
		{name: "clear answer", turns: []turn{{payload: first}, {dir: 1, payload: clear}}},
		{name: "same direction", turns: []turn{{payload: first}, {payload: challenge}}},
		{name: "handshake too short", turns: []turn{{payload: first}, {dir: 1, payload: challenge}, {payload: noiseOf(3, 185)}}, want: []string{"discv5.challenge"}},
		{name: "handshake without a challenge", turns: []turn{{payload: noiseOf(1, 60)}, {dir: 1, payload: challenge}, {payload: handshake}}},
	})
}
