package classify

import "testing"

func TestI2P(t *testing.T) {
	checkSheet(t, i2pNTCP, []sheetRow{
		{name: "created", turns: []turn{{payload: noiseOf(1, 288)}, {dir: 1, payload: noiseOf(2, 304)}}, want: []string{"i2p.answer"}, least: 14},
		{name: "session", turns: []turn{{payload: noiseOf(1, 288)}, {dir: 1, payload: noiseOf(2, 304)}, {payload: noiseOf(3, 448)}},
			want: []string{"i2p.answer", "i2p.session"}, least: 14},
		{name: "287 octets", turns: []turn{{payload: noiseOf(1, 287)}, {dir: 1, payload: noiseOf(2, 304)}}},
		{name: "305 octets", turns: []turn{{payload: noiseOf(1, 288)}, {dir: 1, payload: noiseOf(2, 305)}}},
		{name: "clear request", turns: []turn{{payload: make([]byte, 288)}, {dir: 1, payload: noiseOf(2, 304)}}},
		{name: "clear answer", turns: []turn{{payload: noiseOf(1, 288)}, {dir: 1, payload: make([]byte, 304)}}},
		{name: "identity of 447", turns: []turn{{payload: noiseOf(1, 288)}, {dir: 1, payload: noiseOf(2, 304)}, {payload: noiseOf(3, 447)}}, want: []string{"i2p.answer"}},
	})
	checkSheet(t, i2pSSU, []sheetRow{
		{name: "SSU", turns: []turn{{payload: noiseOf(1, 304)}, {dir: 1, payload: noiseOf(2, 368)}, {payload: noiseOf(3, 480)}},
			want: []string{"i2p.answer", "i2p.session"}, least: 14},
		{name: "SSU padded", turns: []turn{{payload: noiseOf(1, 335)}, {dir: 1, payload: noiseOf(2, 383)}, {payload: noiseOf(3, 527)}},
			want: []string{"i2p.answer", "i2p.session"}, least: 14},
		{name: "SSU, created of 384", turns: []turn{{payload: noiseOf(1, 304)}, {dir: 1, payload: noiseOf(2, 384)}}},
		{name: "SSU, request of 336", turns: []turn{{payload: noiseOf(1, 336)}, {dir: 1, payload: noiseOf(2, 368)}}},
		{name: "SSU, one direction", turns: []turn{{payload: noiseOf(1, 304)}, {payload: noiseOf(2, 368)}}},
		{name: "SSU, clear", turns: []turn{{payload: make([]byte, 304)}, {dir: 1, payload: make([]byte, 368)}}},
	})
}
