package classify

import "testing"

func TestP2PVideo(t *testing.T) {
	pps := joined([]byte{38, 0, 0x43, 1, 2}, ppsHeader, make([]byte, 27))
	live := joined([]byte{0xe9, 3, 0x41, 1}, noiseOf(1, 53))
	liveBack := joined([]byte{0xe9, 3, 0x42, 1}, noiseOf(2, 60))
	sop := joined([]byte{0xff, 0xff, 1, 9, 9, 9, 9, 9, 2, 0xff, 0, 0x2c, 0, 0, 0}, make([]byte, 37))
	off := append([]byte{}, sop...)
	off[11]++
	thunder := joined([]byte{0x36, 0, 0, 0, 0x67}, noiseOf(3, 30))
	thunderBack := joined([]byte{0x36, 0, 0, 0, 0x68}, noiseOf(4, 30))
	checkSheet(t, p2pVideo, []sheetRow{
		{name: "PPStream", turns: []turn{{payload: pps}}, want: []string{"p2p_video"}, least: 15},
		{name: "PPStream, length of another", turns: []turn{{payload: append(append([]byte{}, pps...), 0)}}},
		{name: "PPLive", turns: []turn{{payload: live}, {dir: 1, payload: liveBack}}, want: []string{"p2p_video"}, least: 15},
		{name: "PPLive, one end", turns: []turn{{payload: live}, {payload: liveBack}}},
		{name: "SopCast", turns: []turn{{payload: sop}}, want: []string{"p2p_video"}, least: 15},
		{name: "SopCast, length off", turns: []turn{{payload: off}}},
		{name: "Xunlei", turns: []turn{{payload: thunder}, {dir: 1, payload: thunderBack}}, want: []string{"p2p_video"}, least: 15},
		{name: "Xunlei, another version", turns: []turn{{payload: thunder}, {dir: 1, payload: joined([]byte{0x37, 0, 0, 0}, noiseOf(4, 30))}}},
		{name: "noise", turns: []turn{{payload: noiseOf(5, 52)}, {dir: 1, payload: noiseOf(6, 52)}}},
	})
}
