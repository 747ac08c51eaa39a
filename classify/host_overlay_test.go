package classify

import (
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
)

// peerAt is the n-th of a row of far ends, each in a network of its own.
func peerAt(n int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{byte(60 + n), byte(7 * n), 9, 9}), uint16(20000+911*n))
}

// has tells whether verdict i of the stage has a claim.
func (s *stage) has(i int, claim string) (Verdict, bool) {
	v := NewJudge(s.classifier, s.flows).Verdict(i)
	for _, e := range v.Evidence {
		if e.Claim == claim && e.Bits != 0 {
			return v, true
		}
	}
	return v, false
}

func TestHostOverlayTLS(t *testing.T) {
	greeting := []byte("GNUTELLA CONNECT/0.6\r\nUser-Agent: x/1.0\r\n\r\n")
	self := serverFlight(certificateOf(t, "anybody", "anybody"))
	for _, row := range []struct {
		name  string
		peers int
		turns []turn
		port  uint16
		want  bool
	}{
		{"eight clear peers", 8, []turn{{payload: helloFor("")}, {dir: 1, payload: self}}, 6888, true},
		{"certificate unseen", 8, []turn{{payload: helloFor("")}, {dir: 1, payload: handshakeRecord(make([]byte, 60))}}, 6888, true},
		{"seven clear peers", 7, []turn{{payload: helloFor("")}, {dir: 1, payload: self}}, 6888, false},
		{"both ends show a certificate", 8, []turn{{payload: helloFor("")}, {dir: 1, payload: self}, {payload: self}}, 6888, false},
		{"a service's port", 8, []turn{{payload: helloFor("")}, {dir: 1, payload: self}}, 443, false},
		{"a named server", 8, []turn{{payload: helloFor("www.example.org")}, {dir: 1, payload: self}}, 6888, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newStage()
			for n := range row.peers {
				s.play(packet.TCP, netip.AddrPortFrom(homeEnd, uint16(40000+n)), peerAt(n), []turn{{payload: greeting}})
			}
			s.play(packet.TCP, netip.AddrPortFrom(homeEnd, 50314), netip.AddrPortFrom(farEnd, row.port), row.turns)
			v, got := s.has(row.peers, "host.overlay")
			if got != row.want {
				t.Errorf("host.overlay %v, want %v", got, row.want)
			}
			if v.Judgement == P2P { // an appliance's web page looks alike
				t.Errorf("%v %q: %v", v.Judgement, v.Family, v.Evidence)
			}
		})
	}
}

func TestHostOverlayDiscovery(t *testing.T) {
	for _, row := range []struct {
		name  string
		nodes int
		port  uint16 // local, of the flow of noise
		want  bool
	}{{"three nodes", 3, 30303, true}, {"two nodes", 2, 30303, false}, {"another socket", 3, 30304, false}} {
		t.Run(row.name, func(t *testing.T) {
			s := newStage()
			for n := range row.nodes {
				s.play(packet.UDP, netip.AddrPortFrom(homeEnd, 30303), peerAt(n), []turn{{payload: discv4Packet(1, 30+n, 0)}})
			}
			s.play(packet.UDP, netip.AddrPortFrom(homeEnd, row.port), netip.AddrPortFrom(farEnd, 30303), []turn{{payload: noiseOf(1, 91)}})
			if v, got := s.has(row.nodes, "socket.discovery"); got != row.want {
				t.Errorf("socket.discovery %v, want %v: %v", got, row.want, v.Evidence)
			}
		})
	}
}

// TestHostOverlayChallenges asserts that sessions of discovery version 5 with three nodes name the
// socket, though each is weak.
func TestHostOverlayChallenges(t *testing.T) {
	for _, row := range []struct {
		name   string
		nodes  int
		answer int // octets
		want   bool
	}{{"three nodes", 3, 63, true}, {"two nodes", 2, 63, false}, {"another length", 3, 64, false}} {
		t.Run(row.name, func(t *testing.T) {
			s := newStage()
			for n := range row.nodes {
				seed := int64(10 * n)
				s.play(packet.UDP, homeAt(9000), netip.AddrPortFrom(peerAt(n).Addr(), 9000), []turn{
					{0, noiseOf(seed+1, 95), 0}, {1, noiseOf(seed+2, row.answer), 0}, {0, noiseOf(seed+3, 300), 0}, {1, noiseOf(seed+4, 120), 0},
				})
			}
			v, got := s.has(0, "socket.discovery")
			for _, e := range v.Evidence { // lengths of one flow alone fit by chance
				if alone := e.Claim == "discv5.handshake" || e.Claim == "discv5.challenge"; alone && (e.Bits != 0) != row.want {
					t.Errorf("%s %+.1f bits", e.Claim, e.Bits)
				}
			}
			if got != row.want || (v.Judgement == P2P) != row.want {
				t.Errorf("socket.discovery %v, %v, want %v: %v", got, v.Judgement, row.want, v.Evidence)
			}
		})
	}
}

func TestHostOverlayTox(t *testing.T) {
	for _, row := range []struct {
		name  string
		nodes int
		keys  int64 // how many keys the host's packets bear
		want  bool
	}{{"one key to three nodes", 3, 1, true}, {"one key to two nodes", 2, 1, false}, {"a key a node", 6, 6, false}} {
		t.Run(row.name, func(t *testing.T) {
			s := newStage()
			for n := range row.nodes {
				s.play(packet.UDP, netip.AddrPortFrom(homeEnd, 33445), peerAt(n), []turn{{payload: toxPacket(2, 100+int64(n)%row.keys, int64(n), 113)}})
			}
			v, got := s.has(0, "tox.socket_key")
			if got != row.want || (v.Judgement == P2P) != row.want {
				t.Errorf("tox.socket_key %v, %v, want %v", got, v.Judgement, row.want)
			}
		})
	}
}

func TestHostOverlayStreams(t *testing.T) {
	talk := []turn{{payload: noiseOf(1, 300)}, {dir: 1, payload: noiseOf(2, 200)}}
	for _, row := range []struct {
		name  string
		peers int
		port  uint16 // far, 0 is another each
		claim string
		want  bool
	}{
		{"Bitcoin's port, four", 4, 8333, "bitcoin.streams", true},
		{"Bitcoin's port, three", 3, 8333, "bitcoin.streams", false},
		{"ten streams", 10, 0, "host.stream_fan_out", true},
		{"nine streams", 9, 0, "host.stream_fan_out", false},
		{"ten streams to a service", 10, 443, "host.stream_fan_out", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newStage()
			for n := range row.peers {
				to := peerAt(n)
				if row.port != 0 {
					to = netip.AddrPortFrom(to.Addr(), row.port)
				}
				s.play(packet.TCP, netip.AddrPortFrom(homeEnd, uint16(40000+n)), to, talk)
			}
			v, got := s.has(0, row.claim)
			if got != row.want || row.want && v.Judgement != P2P {
				t.Errorf("%s %v, %v, want %v: %v", row.claim, got, v.Judgement, row.want, v.Evidence)
			}
		})
	}
}

func TestHostOverlaySocket(t *testing.T) {
	for _, row := range []struct {
		name          string
		peers         int
		dialled, port bool // the home end begins; far ports differ
		clear         bool
		want          bool
	}{
		{"eight peers", 8, true, true, false, true},
		{"seven peers", 7, true, true, false, false},
		{"a server's socket", 8, false, true, false, false},
		{"one far port", 8, true, false, false, false},
		{"clear", 8, true, true, true, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newStage()
			for n := range row.peers {
				from, to := netip.AddrPortFrom(homeEnd, 23456), peerAt(n)
				if !row.port {
					to = netip.AddrPortFrom(to.Addr(), 5000)
				}
				if !row.dialled {
					from, to = to, from
				}
				talk := []turn{{payload: noiseOf(int64(n), 90)}, {dir: 1, payload: noiseOf(int64(n)+100, 120)}, {payload: noiseOf(int64(n)+200, 70)}}
				if row.clear {
					talk = []turn{{payload: make([]byte, 90)}, {dir: 1, payload: make([]byte, 90)}}
				}
				s.play(packet.UDP, from, to, talk)
			}
			v, got := s.has(0, "socket.noise_peers")
			if got != row.want || row.want && v.Judgement != P2P {
				t.Errorf("socket.noise_peers %v, %v, want %v: %v", got, v.Judgement, row.want, v.Evidence)
			}
		})
	}
}

func TestHostOverlayTor(t *testing.T) {
	s := newStage()
	to := netip.AddrPortFrom(farEnd, 9001)
	s.play(packet.TCP, netip.AddrPortFrom(homeEnd, 40000), to, []turn{{payload: helloFor("www.q3xk7vtz5wb.com")}})
	if _, got := s.has(0, "tor.name_not_asked"); got {
		t.Error("a host whose DNS is not seen may have asked")
	}
	s.classifier.names.client(packet.AddrFrom(homeEnd), true, packet.AddrFrom(farEnd), 1)
	if v, got := s.has(0, "tor.name_not_asked"); !got {
		t.Errorf("the host's DNS is seen and asked for no such name: %v", v.Evidence)
	}
}
