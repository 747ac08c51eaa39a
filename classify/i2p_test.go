package classify

import (
	"testing"

	"peeratlas/capture/packet"
)

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

func TestI2PSuccessors(t *testing.T) {
	const session, stream = "i2p.ssu2", "i2p.ntcp2"
	resent := func(n int) []turn { // turn n comes twice
		turns := jfkOf(1, 60, 70, 99, 115, 900)
		return joinedTurns(turns[:n+1], turns[n:])
	}
	clear := func(n int) []turn { // turn n is none of noise
		turns := jfkOf(1, 60, 70, 99, 115, 900)
		turns[n].payload = make([]byte, len(turns[n].payload))
		return turns
	}
	other := jfkOf(1, 60, 70, 99, 115, 900)
	other[4].dir = 1
	checkSheet(t, i2pSSU2, []sheetRow{
		{name: "session", turns: jfkOf(1, 60, 70, 99, 115, 900), want: []string{session}, least: 24},
		{name: "shortest", turns: jfkOf(1, 56, 64, 88, 96, 400), want: []string{session}},
		{name: "longest", turns: jfkOf(1, 120, 140, 152, 194, 1472), want: []string{session}},
		{name: "request for a token one octet short", turns: jfkOf(1, 55, 64, 88, 96, 400)},
		{name: "retry one octet short", turns: jfkOf(1, 56, 63, 88, 96, 400)},
		{name: "request one octet short", turns: jfkOf(1, 56, 64, 87, 96, 400)},
		{name: "created one octet short", turns: jfkOf(1, 56, 64, 88, 95, 400)},
		{name: "created one octet long", turns: jfkOf(1, 60, 70, 99, 195, 900)},
		{name: "no room for a router info", turns: jfkOf(1, 60, 70, 99, 115, 399)},
		{name: "longer than a datagram", turns: jfkOf(1, 60, 70, 99, 115, 1473)},
		{name: "request for a token sent again", turns: resent(0), want: []string{session}},
		{name: "request sent again", turns: resent(2), want: []string{session}},
		{name: "created sent again", turns: resent(3), want: []string{session}},
		{name: "clear retry", turns: clear(1)},
		{name: "clear session", turns: clear(4)},
		{name: "confirmed by the other end", turns: other},
		{name: "something else before", turns: joinedTurns([]turn{{dir: 1, payload: noiseOf(9, 30)}}, jfkOf(1, 60, 70, 99, 115, 900))},
		{name: "no token asked for", turns: jfkOf(1, 99, 115, 900)},
	})
	checkSheet(t, i2pNTCP2, []sheetRow{
		{name: "stream", turns: jfkOf(1, 80, 90, 872)}, // nothing says that its beginnings are noise: another detector does
	})
	for _, r := range []struct {
		name    string
		lengths []int
		want    bool
	}{
		{"typical", []int{121, 88, 872}, true},
		{"shortest", []int{64, 64, 400}, true},
		{"longest", []int{287, 287, 1460}, true},
		{"request one octet short", []int{63, 64, 400}, false},
		{"created one octet long", []int{64, 288, 400}, false},
		{"no room for a router info", []int{64, 64, 399}, false},
	} {
		t.Run(stream+" "+r.name, func(t *testing.T) {
			k := newTalk(packet.TCP, [2]uint16{40001, 23456})
			for _, u := range jfkOf(3, r.lengths...) {
				k.turn(u)
			}
			if got := k.claims()[stream] > 0; got != r.want {
				t.Errorf("claimed %v", got)
			}
		})
	}
}

// TestHostI2P asserts that three routers in three networks name the socket, with a quarter of its peers,
// and one session alone nobody.
func TestHostI2P(t *testing.T) {
	for _, r := range []struct {
		name    string
		routers int
		others  int // peers with noise of other lengths
		want    bool
	}{{"three routers", 3, 0, true}, {"two routers", 2, 0, false}, {"one router", 1, 0, false}, {"three of twelve", 3, 9, true}, {"three of thirteen", 3, 10, false}} {
		t.Run(r.name, func(t *testing.T) {
			s := newStage()
			for n := range r.routers + r.others {
				said := jfkOf(int64(n), 60, 70, 99, 115, 900)
				if n >= r.routers {
					said = jfkOf(int64(n), 300, 120, 80)
				}
				s.play(packet.UDP, homeAt(23456), peerAt(n), said)
			}
			v, got := s.has(0, "i2p.socket")
			if got != r.want || r.want && (v.Judgement != P2P || v.Family != "i2p") || !r.want && v.Family == "i2p" || r.routers == 1 && v.Judgement == P2P {
				t.Errorf("i2p.socket %v, %s %s; want %v: %v", got, v.Judgement, v.Family, r.want, v.Evidence)
			}
		})
	}
}
