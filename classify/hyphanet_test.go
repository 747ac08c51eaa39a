package classify

import (
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
)

// jfkOf is a handshake whose messages have these lengths, by the initiator and the responder in
// turn.
func jfkOf(seed int64, lengths ...int) []turn {
	turns := []turn{}
	for n, length := range lengths {
		turns = append(turns, turn{dir: n & 1, payload: noiseOf(seed*16+int64(n), length)})
	}
	return turns
}

func TestHyphanet(t *testing.T) {
	const answer, session = "hyphanet.answer", "hyphanet.session"
	clear := func(dir, n int) turn { return turn{dir: dir, payload: make([]byte, n)} }
	resent := func(turns []turn, n int) []turn { // turn n comes twice
		return joinedTurns(turns[:n+1], turns[n:])
	}
	both := []turn{ // both ends begin, and one is first with its third message
		{0, noiseOf(1, 200), 0}, {1, noiseOf(2, 230), 0}, {1, noiseOf(3, 330), 0}, {0, noiseOf(4, 380), 0}, {0, noiseOf(5, 900), 0}, {1, noiseOf(6, 700), 0},
	}
	checkSheet(t, hyphanet, []sheetRow{
		{name: "JFK(1) alone", turns: jfkOf(1, 240)},
		{name: "answered", turns: jfkOf(1, 240, 360), want: []string{answer}, least: 24},
		{name: "shortest", turns: jfkOf(1, 192, 312), want: []string{answer}},
		{name: "longest, to a seed", turns: jfkOf(1, 324, 412), want: []string{answer}},
		{name: "JFK(1) one octet short", turns: jfkOf(1, 191, 360)},
		{name: "JFK(1) one octet long", turns: jfkOf(1, 325, 360)},
		{name: "JFK(2) one octet short", turns: jfkOf(1, 240, 311)},
		{name: "JFK(2) one octet long", turns: jfkOf(1, 240, 413)},
		{name: "answer by the same end", turns: []turn{{0, noiseOf(1, 240), 0}, {0, noiseOf(2, 360), 0}}},
		{name: "clear question", turns: []turn{clear(0, 240), {1, noiseOf(2, 360), 0}}},
		{name: "clear answer", turns: []turn{{0, noiseOf(1, 240), 0}, clear(1, 360)}},
		{name: "something else before", turns: []turn{{0, noiseOf(1, 60), 0}, {1, noiseOf(2, 240), 0}, {0, noiseOf(3, 360), 0}}},
		{name: "JFK(3)", turns: jfkOf(1, 240, 360, 900), want: []string{answer, session}, least: 24},
		{name: "JFK(3) with a reference of no octets", turns: jfkOf(1, 240, 360, 559), want: []string{answer}},
		{name: "JFK(3) longer than a datagram", turns: jfkOf(1, 240, 360, 1473), want: []string{answer}},
		{name: "clear JFK(3)", turns: joinedTurns(jfkOf(1, 240, 360), []turn{clear(0, 900)}), want: []string{answer}},
		{name: "JFK(3) without an answer", turns: jfkOf(1, 240, 900, 900)},
		{name: "whole", turns: jfkOf(1, 240, 360, 900, 700), want: []string{answer, session}, least: 24},
		{name: "questions and JFK(3) sent again", turns: resent(resent(jfkOf(1, 240, 360, 900, 700), 2), 0), want: []string{answer, session}, least: 24},
		{name: "both begin", turns: both, want: []string{answer, session}},
		{name: "later than the eighth payload", turns: joinedTurns(jfkOf(1, 240, 240, 240, 240, 240, 240, 240, 240), jfkOf(2, 240, 360))},
	})
}

// TestHyphanetWhole asserts that only a whole handshake is one: JFK(4) lacks what JFK(3) has.
func TestHyphanetWhole(t *testing.T) {
	for _, r := range []struct {
		name string
		jfk4 int
		want uint8 // directions of the session
	}{{"whole", 700, 3}, {"as long as JFK(3)", 900, 1}, {"one octet short", 314, 1}, {"shortest", 315, 3}} {
		t.Run(r.name, func(t *testing.T) {
			k := newTalk(packet.UDP, [2]uint16{23456, 34567})
			for _, u := range jfkOf(3, 240, 360, 900, r.jfk4) {
				k.turn(u)
			}
			n := k.classifier.find(k.classifier.states.at(k.flow.State), claimHyphanetSession)
			if n == nil || n.dirs() != r.want {
				t.Fatalf("session %+v, want directions %d", n, r.want)
			}
			v := k.verdict()
			for _, e := range v.Evidence {
				if e.Claim == "hyphanet.session" && (e.Bits > 0) != (r.want == 3) {
					t.Errorf("%v bits of directions %d", e.Bits, r.want)
				}
			}
			if v.Judgement == P2P || v.Family == "hyphanet" {
				t.Errorf("one peer alone: %s %s (%.3f): %v", v.Judgement, v.Family, v.Probability, v.Evidence)
			}
		})
	}
}

// TestHostHyphanet asserts that three nodes in three networks name the socket, with a third of its
// peers, and that what else it says to nobody's name is named so, too.
func TestHostHyphanet(t *testing.T) {
	for _, r := range []struct {
		name   string
		nodes  int
		others int // peers with noise of other lengths
		third  int // length of JFK(3)
		port   uint16
		want   bool
	}{
		{"three nodes", 3, 0, 900, 0, true},
		{"two nodes", 2, 0, 900, 0, false},
		{"three of nine", 3, 6, 900, 0, true},
		{"three of ten", 3, 7, 900, 0, false},
		{"no third message", 3, 0, 500, 0, false},
		{"three nodes on port 443", 3, 0, 900, 443, false},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := newStage()
			for n := range r.nodes + r.others {
				to := peerAt(n)
				if r.port != 0 {
					to = netip.AddrPortFrom(to.Addr(), r.port)
				}
				said := jfkOf(int64(n), 240, 360, r.third, r.third-200)
				if n >= r.nodes {
					said = jfkOf(int64(n), 90, 120, 80)
				}
				s.play(packet.UDP, homeAt(23456), to, said)
			}
			v, got := s.has(0, "hyphanet.socket")
			if got != r.want || r.want && (v.Judgement != P2P || v.Family != "hyphanet") || !r.want && v.Family == "hyphanet" {
				t.Errorf("hyphanet.socket %v, %s %s; want %v: %v", got, v.Judgement, v.Family, r.want, v.Evidence)
			}
			if r.others > 0 {
				if v, got := s.has(r.nodes, "hyphanet.socket"); got != r.want {
					t.Errorf("other noise of the socket: %v %s", got, v.Family)
				}
			}
		})
	}
}
