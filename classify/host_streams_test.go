package classify

import (
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
)

// TestStreams asserts which streams of noise count as peers', and which as a server's.
func TestStreams(t *testing.T) {
	exchange := func(n int) []turn {
		return []turn{{0, noiseOf(int64(n), 300), 0}, {1, noiseOf(int64(n+500), 1448), 0}, {0, noiseOf(int64(n+900), 200), 0}}
	}
	handshake := func(n int) []turn {
		return []turn{{0, noiseOf(int64(n), 100+37*n%500), 0}, {1, noiseOf(int64(n+500), 97+53*n%500), 0}, {0, noiseOf(int64(n+900), 130+n), 0}}
	}
	home := func(n int) netip.AddrPort { return homeAt(uint16(40000 + n)) }
	// alternately plays the conversations turn by turn: they go on at once.
	alternately := func(s *stage, n int, far netip.AddrPort, turns func(int) []turn) {
		talks := make([]*talk, n)
		for k := range talks {
			talks[k] = s.talk(packet.TCP, home(k), far)
		}
		for u := range turns(0) {
			for k := range talks {
				talks[k].turn(turns(k)[u])
			}
		}
	}
	for _, row := range []struct {
		name  string
		play  func(s *stage)
		claim string
		want  bool
	}{
		{"ten dialled", func(s *stage) {
			for n := range 10 {
				s.play(packet.TCP, home(n), peerAt(n), exchange(n))
			}
		}, "host.stream_fan_out", true},
		{"ten of one service's port", func(s *stage) {
			for n := range 10 {
				s.play(packet.TCP, home(n), netip.AddrPortFrom(peerAt(n).Addr(), 29999), exchange(n))
			}
		}, "host.stream_fan_out", false},
		{"one of another port first", func(s *stage) {
			for n := range 10 {
				port := uint16(29999)
				if n == 0 {
					port++
				}
				s.play(packet.TCP, home(n), netip.AddrPortFrom(peerAt(n).Addr(), port), exchange(n))
			}
		}, "host.stream_fan_out", false},
		{"half of one port", func(s *stage) {
			for n := range 10 {
				far := peerAt(n)
				if n%2 == 0 {
					far = netip.AddrPortFrom(far.Addr(), 29999)
				}
				s.play(packet.TCP, home(n), far, exchange(n))
			}
		}, "host.stream_fan_out", true},
		{"MSE's lengths at one port", func(s *stage) {
			for n := range 4 {
				s.play(packet.TCP, home(n), netip.AddrPortFrom(peerAt(n).Addr(), 29999), handshake(n))
			}
		}, "host.stream_fan_out", false},
		{"a server's clients", func(s *stage) {
			for n := range 10 {
				s.play(packet.TCP, peerAt(n), homeAt(8388), exchange(n))
			}
		}, "host.stream_fan_out", false},
		{"each again and again", func(s *stage) {
			for n := range 30 {
				s.play(packet.TCP, home(n), peerAt(n%10), exchange(n))
			}
		}, "host.stream_fan_out", false},
		{"four of MSE's lengths", func(s *stage) {
			for n := range 4 {
				s.play(packet.TCP, home(n), peerAt(n), handshake(n))
			}
		}, "host.stream_fan_out", true},
		{"three of MSE's lengths", func(s *stage) {
			for n := range 3 {
				s.play(packet.TCP, home(n), peerAt(n), handshake(n))
			}
		}, "host.stream_fan_out", false},
		{"one endpoint six times, beside ten peers", func(s *stage) {
			for n := range 16 {
				s.play(packet.TCP, home(n), peerAt(max(n-5, 0)), exchange(n))
			}
		}, "host.stream_fan_out", false},
		{"one endpoint five times, beside ten peers", func(s *stage) {
			for n := range 15 {
				s.play(packet.TCP, home(n), peerAt(max(n-4, 0)), exchange(n))
			}
		}, "host.stream_fan_out", true},
		{"two of a port twice each, beside ten peers", func(s *stage) {
			for n := range 14 {
				far := peerAt(n)
				if n < 4 {
					far = netip.AddrPortFrom(peerAt(n%2).Addr(), 8388)
				}
				s.play(packet.TCP, home(n), far, exchange(n))
			}
		}, "host.stream_fan_out", false},
		{"another build than ten torrent peers'", func(s *stage) {
			s.play(packet.TCP, home(0), peerAt(20), []turn{{0, noiseOf(1, 700), 0}, {1, noiseOf(2, 60), 0}})
			for n := range 10 {
				s.play(packet.TCP, home(n+1), peerAt(n), handshake(n))
			}
		}, "host.stream_fan_out", false},
		{"five at once to one endpoint", func(s *stage) { alternately(s, 5, peerAt(1), exchange) }, "host.one_server", true},
		{"four at once", func(s *stage) { alternately(s, 4, peerAt(1), exchange) }, "host.one_server", false},
		{"pairs, one after the other", func(s *stage) {
			for range 3 {
				alternately(s, 2, peerAt(1), exchange)
			}
		}, "host.one_server", false},
		{"a peer dialled again", func(s *stage) {
			for n := range 12 {
				s.play(packet.TCP, home(n), peerAt(1), exchange(n))
			}
		}, "host.one_server", false},
		{"one endpoint, all day", func(s *stage) {
			for n := range 24 {
				s.play(packet.TCP, home(n), peerAt(1), exchange(n))
			}
		}, "host.one_server", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newStage()
			row.play(s)
			v, got := s.has(0, row.claim)
			if got != row.want {
				t.Errorf("%s %v, want %v: %v", row.claim, got, row.want, v.Evidence)
			}
		})
	}
}

// TestPeerKnown asserts that a proven flow speaks for others to the same address only where
// that address is the peer's own.
func TestPeerKnown(t *testing.T) {
	pair := []turn{{0, ztPacket(10, ztPeer, ztHome), 0}, {1, ztPacket(20, ztHome, ztPeer), 0}}
	root := []turn{{0, ztHello(1, ztRoot, ztHome), 0}, {1, ztPacket(20, ztHome, ztRoot), 0}}
	for _, row := range []struct {
		name  string
		turns []turn
		want  bool
	}{{"a peer", pair, true}, {"a root", root, false}} {
		t.Run(row.name, func(t *testing.T) {
			s := newStage()
			s.play(packet.UDP, homeAt(9993), farAt(9993), row.turns)
			s.play(packet.TCP, homeAt(50000), farAt(40000), []turn{{0, noiseOf(1, 300), 0}, {1, noiseOf(2, 200), 0}})
			if v, got := s.has(1, "host.peer_known"); got != row.want {
				t.Errorf("host.peer_known %v, want %v: %v", got, row.want, v.Evidence)
			}
		})
	}
}

// TestHostProvenBits asserts what a proven stream of a host is worth to its other flows.
func TestHostProvenBits(t *testing.T) {
	node := []turn{{0, []byte("\x13/multistream/1.0.0\n\x07/noise\n"), 0}}
	exchange := []turn{{0, noiseOf(1, 300), 0}, {1, noiseOf(2, 200), 0}}
	for _, row := range []struct {
		name      string
		transport packet.Protocol
		port      uint16
		family    string
		bits      float64
	}{
		{"a stream", packet.TCP, 40000, "libp2p", 4},
		{"datagrams", packet.UDP, 40000, "libp2p", 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newStage()
			for n := range 2 {
				s.play(packet.TCP, homeAt(uint16(50000+n)), peerAt(n), node)
			}
			s.play(row.transport, homeAt(50009), farAt(row.port), exchange)
			v := NewJudge(s.classifier, s.flows).Verdict(2)
			for _, e := range v.Evidence {
				if e.Claim == "host.proven" && e.Bits == row.bits && e.Family == row.family && v.Judgement != P2P {
					return
				}
			}
			t.Errorf("host.proven of %v bits is not in %v: %v", row.bits, v.Judgement, v.Evidence)
		})
	}
}

// TestHostProvenOther asserts that a proven program of a host does not speak for a flow that
// another family's program built.
func TestHostProvenOther(t *testing.T) {
	signs := func(ids ...ClaimID) (lines []line) {
		for _, id := range ids {
			lines = append(lines, plain(id))
		}
		return lines
	}
	for _, row := range []struct {
		name   string
		lines  []line
		family string
		want   bool
	}{
		{"a tunnel beside an overlay", signs(claimWireGuardInitiation, claimWireGuardEcho), "libp2p", true},
		{"routers' lengths beside another overlay", signs(claimI2PAnswer), "skype", true},
		{"its own family", signs(claimWireGuardEcho), "wireguard", false},
		{"both", signs(claimSkypeProbe, claimI2PAnswer), "skype", false},
		{"a weak sign of another", signs(claimSkypeProbe), "libp2p", false},
		{"noise alone", signs(claimRandomBoth, claimRandomUDP), "skype", false},
	} {
		if got := othersBuild(row.lines, row.family); got != row.want {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
	// and by whole flows: a client's only tunnel is likely at most, on a host with a proven node
	s := newStage()
	for n := range 2 {
		s.play(packet.TCP, homeAt(uint16(50000+n)), peerAt(n), []turn{{0, []byte("\x13/multistream/1.0.0\n\x07/noise\n"), 0}})
	}
	a, b := le32Octets(0x51000001), le32Octets(0x51000002)
	s.play(packet.UDP, homeAt(40000), farAt(51820), []turn{{0, wireguardMessage(1, 148, a), 0}, {1, wireguardMessage(2, 92, b, a), 0}})
	if v, got := s.has(2, "host.proven"); got || v.Judgement == P2P {
		t.Errorf("host.proven %v, %v: %v", got, v.Judgement, v.Evidence)
	}
}
