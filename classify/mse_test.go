package classify

import (
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
)

// mseTurns is a handshake with a first turn of a octets, a second of b and a third of c.
func mseTurns(a, b, c int) []turn {
	return []turn{{0, streamNoise(1, a), 0}, {1, streamNoise(2, b), 0}, {0, streamNoise(3, c), 0}, {1, noiseOctets(4, 90), 0}}
}

// streamNoise is noise that passes for the first segment of a stream.
func streamNoise(seed uint64, n int) []byte {
	for ; ; seed += 1 << 40 {
		if p := noiseOctets(seed, n); n < noiseLeast || tcpNoise(p) {
			return p
		}
	}
}

// twice is turns as a mirror shows them that copies every packet.
func twice(turns []turn) []turn {
	var out []turn
	for _, u := range turns {
		out = append(out, u, u)
	}
	return out
}

// doubtful is a handshake some of whose turns are neither noise nor clear, as one random payload in
// a hundred is.
func doubtful(which ...int) []turn {
	turns := mseTurns(300, 200, 160)
	for _, n := range which {
		for seed := uint64(1000); ; seed++ {
			p := randomOctets(seed, len(turns[n].payload))
			if !noise(p) && !structured(p) {
				turns[n].payload = p
				break
			}
		}
	}
	return turns
}

func TestMSE(t *testing.T) {
	clear := mseTurns(300, 200, 160)
	clear[1].payload = make([]byte, 200)
	row := func(name string, turns []turn, want, never []string) meshRow {
		return meshRow{name: name, transport: packet.TCP, turns: turns, want: want, never: never, judgement: Other}
	}
	shape, keys := []string{"mse.shape"}, []string{"mse.keys"}
	other := func(r meshRow) meshRow { r.judgement = Unknown; return r }
	checkMeshRows(t, []Detector{mse}, []meshRow{
		row("handshake", mseTurns(300, 200, 160), shape, nil),
		row("least", mseTurns(97, 96, 56), shape, nil),
		row("mirrored twice", twice(mseTurns(300, 200, 160)), shape, nil),
		row("first turn in doubt", doubtful(0), shape, nil),
		row("third turn in doubt", doubtful(2), shape, nil),
		other(row("both first turns in doubt", doubtful(0, 1), nil, shape)),
		row("hash by itself", mseTurns(300, 200, 20), shape, nil),
		other(row("bare keys", mseTurns(96, 96, 200), keys, shape)),
		other(row("bare keys, the other first", []turn{{1, streamNoise(2, 96), 0}, {0, streamNoise(1, 96), 0}, {1, noiseOctets(5, 290), 0}, {0, noiseOctets(3, 270), 0}}, keys, shape)),
		other(row("bare keys, too much padding", []turn{{0, streamNoise(1, 96), 0}, {1, streamNoise(2, 96), 0}, {1, noiseOctets(5, 513), 0}, {0, noiseOctets(3, 270), 0}}, nil, append(shape, "mse.keys"))),
		row("most", mseTurns(608, 608, 700), shape, nil),
		row("answer in two segments", []turn{{0, streamNoise(1, 300), 0}, {1, streamNoise(2, 200), 0}, {1, streamNoise(5, 80), 0}, {0, streamNoise(3, 90), 0}}, shape, nil),
		other(row("first turn too short", mseTurns(95, 200, 160), nil, shape)),
		other(row("first turn too long", mseTurns(609, 200, 160), nil, shape)),
		other(row("second turn too long", mseTurns(300, 609, 160), nil, shape)),
		other(row("third turn too short", mseTurns(300, 200, 55), nil, shape)),
		other(row("third turn in clear", []turn{{0, streamNoise(1, 300), 0}, {1, streamNoise(2, 200), 0}, {0, make([]byte, 100), 0}}, nil, shape)),
		other(row("second turn in clear", clear, nil, shape)),
		other(row("both speak at once", []turn{{0, streamNoise(1, 300), 0}, {0, streamNoise(3, 90), 0}, {1, streamNoise(2, 200), 0}}, nil, shape)),
	})
}

// torrentDHT is what one node asks another in clear.
const torrentDHT = "d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q9:find_node1:t2:aa1:y1:qe"

func TestSharingNamesStreamsOfNoise(t *testing.T) {
	dht := []turn{{0, []byte(torrentDHT), 0}, {1, []byte("d1:rd2:id20:abcdefghij0123456789e1:t2:aa1:y1:re"), 0}}
	plain := func(s *stage, from, to string) { s.play(packet.UDP, end(from), end(to), dht) }
	tests := []struct {
		name      string
		neighbour func(s *stage)
		turns     []turn
		to        string
		wait      int64
		judgement Judgement
		family    string
	}{
		{"no neighbour", func(*stage) {}, mseTurns(300, 200, 160), "203.0.113.9:31337", 0, Other, ""},
		{"the host runs BitTorrent", func(s *stage) { plain(s, "10.0.0.2:51413", "198.51.100.1:6881") }, mseTurns(300, 200, 160), "203.0.113.9:31337", 0, P2P, "bittorrent"},
		{"another host runs BitTorrent", func(s *stage) { plain(s, "10.0.0.3:51413", "198.51.100.1:6881") }, mseTurns(300, 200, 160), "203.0.113.9:31337", 0, Other, ""},
		{"hours later", func(s *stage) { plain(s, "10.0.0.2:51413", "198.51.100.1:6881") }, mseTurns(300, 200, 160), "203.0.113.9:31337", 3 * linkTime, Other, ""},
		{"the peer's port speaks BitTorrent", func(s *stage) { plain(s, "10.0.0.2:51413", "203.0.113.9:31337") }, mseTurns(700, 200, 160), "203.0.113.9:31337", 0, P2P, "bittorrent"},
		{"not of the shape, the host runs BitTorrent", func(s *stage) { plain(s, "10.0.0.2:51413", "198.51.100.1:6881") }, mseTurns(700, 200, 160), "203.0.113.9:31337", 0, Likely, ""},
		{"a proxy's port", func(s *stage) { plain(s, "10.0.0.2:51413", "198.51.100.1:6881") }, mseTurns(300, 200, 160), "203.0.113.9:443", 0, Likely, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage()
			tt.neighbour(s)
			s.now += tt.wait
			f := s.play(packet.TCP, end("10.0.0.2:50000"), end(tt.to), tt.turns)
			j := NewJudge(s.classifier, s.flows)
			for i := range s.flows {
				if s.flows[i] != f {
					continue
				}
				v := j.Verdict(i)
				if v.Judgement != tt.judgement || tt.family != "" && v.Family != tt.family {
					t.Errorf("judged %v (%.3f) %q, want %v %q: %v", v.Judgement, v.Probability, v.Family, tt.judgement, tt.family, v.Evidence)
				}
			}
		})
	}
}

func TestSharingNotesListeners(t *testing.T) {
	s := newStage()
	hello := wired("\x13BitTorrent protocol", make([]byte, 8), randomOctets(1, 40))
	s.play(packet.TCP, end("10.0.0.2:50000"), end("198.51.100.1:6881"), []turn{{0, hello, 0}, {1, hello, 0}})
	j := NewJudge(s.classifier, s.flows)
	known := func(text string) bool {
		a := netip.MustParseAddrPort(text)
		_, ok := j.sharing[endpoint{packet.AddrFrom(a.Addr()), a.Port()}]
		return ok
	}
	if !known("198.51.100.1:6881") || !known("10.0.0.2:0") {
		t.Error("the end that listens, or the home host, is not noted")
	}
	if known("10.0.0.2:50000") {
		t.Error("the port that the dialler took for one connection is noted")
	}
}
