package classify

import (
	"fmt"
	"testing"

	"peeratlas/capture/packet"
)

// TestMesh asserts which WireGuard sockets are a mesh's, a client's or a server's.
func TestMesh(t *testing.T) {
	index := func(n int) []byte { return le32Octets(0x51000000 + n) }
	first := func(n int) []byte { return wireguardMessage(1, 148, index(n)) }
	second := func(n int) []byte { return wireguardMessage(2, 92, index(n+100), index(n)) }
	data := func(n, to int, counter uint64) []byte {
		return wireguardMessage(4, 96, index(n+to), le64Octets(counter))
	}
	// tunnel i goes to a network of its own; the home end dials the first dialled of them.
	const noFirst = -1 // of the handshakes the responses alone are seen
	play := func(s *stage, tunnels, dialled int, pause int64, handshake int) {
		for n := range tunnels {
			home, far := end("10.0.0.2:51820"), end(fmt.Sprintf("%d.7.9.9:%d", 60+n, 20000+n))
			k := s.talk(packet.UDP, far, home)
			if n < dialled {
				k = s.talk(packet.UDP, home, far)
			}
			if handshake > 0 {
				k.say(0, first(n))
			}
			if handshake != 0 {
				k.say(1, second(n))
			}
			for c := range uint64(3) {
				k.say(0, data(n, 100, c))
				k.say(1, data(n, 0, c))
			}
			s.now += pause
		}
	}
	for _, row := range []struct {
		name      string
		tunnels   int
		dialled   int
		pause     int64
		handshake int
		bits      float64
		want      Judgement
	}{
		{"mesh of four", 4, 2, 1e9, 1, 13, P2P},
		{"two peers", 2, 1, 1e9, 1, 6.5, P2P},
		{"one tunnel", 1, 1, 0, 1, 0, Likely},
		{"server of two clients", 2, 0, 1e9, 1, 0, Likely},
		{"server of many clients", 30, 0, 1e8, 1, 0, Likely},
		{"server that woke two of its clients", 30, 2, 1e8, 1, 0, Likely},
		{"client that changed servers", 4, 4, 60e9, 1, 0, Likely},
		{"client that changed servers fast", 4, 4, 4e9, 1, 0, Likely},
		{"server of many clients, initiations lost", 30, 0, 1e8, noFirst, 0, Likely},
		{"client that changed servers fast, initiations lost", 4, 4, 4e9, noFirst, 0, Likely},
		{"mesh of four, initiations lost", 4, 2, 1e9, noFirst, 13, P2P},
		{"joined under way", 4, 2, 1e9, 0, 6.5, Likely},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newStage()
			play(s, row.tunnels, row.dialled, row.pause, row.handshake)
			v := NewJudge(s.classifier, s.flows).Verdict(0)
			bits := 0.0
			for _, e := range v.Evidence {
				if e.Claim == "wireguard.mesh" {
					bits = e.Bits
				}
			}
			if bits != row.bits || v.Judgement > row.want || row.want == P2P && v.Judgement != P2P {
				t.Errorf("wireguard.mesh %v, want %v; %v (%.3f): %v", bits, row.bits, v.Judgement, v.Probability, v.Evidence)
			}
		})
	}
}
