package classify

import (
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
)

// What the far ends, ports and names of a flow say: every claim with its near misses.

func TestAddressLines(t *testing.T) {
	noise := []turn{{0, noiseOf(1, 90), 0}, {1, noiseOf(2, 90), 0}}
	named := func(s *stage) {
		home, far := packet.AddrFrom(homeEnd), packet.AddrFrom(farEnd)
		s.classifier.names.tell(nameKey{home, far}, []byte("x"), FromDNS, s.now, s.now+60*second)
		s.classifier.names.client(home, far, s.now)
		s.now += second
	}
	tests := []struct {
		name    string
		before  func(*stage)
		from    netip.AddrPort
		to      netip.AddrPort
		claim   string
		present bool
	}{
		{"both ports are anybody's", nil, homeAt(40000), farAt(40001), "port.high", true},
		{"far port 443", nil, homeAt(40000), farAt(443), "port.high", false},
		{"far port of a registered service", nil, homeAt(40000), farAt(5060), "port.high", false},
		{"home port of a registered service", nil, homeAt(1194), farAt(40001), "port.high", false},
		{"home port 1023", nil, homeAt(1023), farAt(40001), "port.high", false},
		{"STUN's port is no service's", nil, homeAt(40000), farAt(3478), "port.high", true},
		{"far port of a service speaks against", nil, homeAt(40000), farAt(3389), "port.service", true},
		{"named before contact", named, homeAt(40000), farAt(40001), "address.named", true},
		{"another address was named", named, homeAt(40000), netip.MustParseAddrPort("198.51.100.8:40001"), "address.unnamed", true},
		{"the host's DNS is not seen", nil, homeAt(40000), farAt(40001), "address.unnamed", false},
		{"another host's DNS is seen", func(s *stage) { s.classifier.names.client(packet.Addr{1}, packet.AddrFrom(farEnd), s.now) }, homeAt(40000), farAt(40001), "address.unnamed", false},
		{"named after contact", func(s *stage) { named(s); s.now -= 2 * second }, homeAt(40000), farAt(40001), "address.named", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage()
			if tt.before != nil {
				tt.before(s)
			}
			s.play(packet.UDP, tt.from, tt.to, noise)
			if v, got := s.has(0, tt.claim); got != tt.present {
				t.Errorf("%s %v, want %v: %v", tt.claim, got, tt.present, v.Evidence)
			}
		})
	}
}

func TestTCPAndUDP(t *testing.T) {
	stream := []turn{{0, streamNoise(1, 200), 0}, {1, streamNoise(2, 200), 0}}
	quic := []turn{{payload: joined([]byte{0xc3, 0, 0, 0, 1, 8}, noiseOf(4, 1194))}, {dir: 1, payload: joined([]byte{0xc5, 0, 0, 0, 1, 0, 8}, noiseOf(5, 1193))}}
	tests := []struct {
		name     string
		udp, tcp []turn
		ports    [2]uint16 // of the far end, UDP and TCP
		far      netip.Addr
		want     bool
	}{
		{"noise over both", noiseTurns(1), stream, [2]uint16{40001, 40002}, farEnd, true},
		{"to two far ends", noiseTurns(1), stream, [2]uint16{40001, 40002}, peerAt(1).Addr(), false},
		{"QUIC and a stream", quic, stream, [2]uint16{40001, 40002}, farEnd, false},
		{"QUIC and a stream on 443", quic, stream, [2]uint16{443, 443}, farEnd, false},
		{"noise, and TLS to a name", noiseTurns(1), []turn{{payload: helloFor("www.example.org")}, {dir: 1, payload: []byte("x")}}, [2]uint16{40001, 8444}, farEnd, false},
		{"remote desktops", noiseTurns(1), stream, [2]uint16{3389, 3389}, farEnd, false},
		{"telephones", noiseTurns(1), stream, [2]uint16{5060, 5060}, farEnd, false},
		{"UDP is not answered", noiseTurns(1)[:1], stream, [2]uint16{40001, 40002}, farEnd, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage()
			s.play(packet.UDP, homeAt(40000), netip.AddrPortFrom(farEnd, tt.ports[0]), tt.udp)
			s.play(packet.TCP, homeAt(40010), netip.AddrPortFrom(tt.far, tt.ports[1]), tt.tcp)
			if v, got := s.has(1, "host.tcp_udp"); got != tt.want {
				t.Errorf("host.tcp_udp %v, want %v: %v", got, tt.want, v.Evidence)
			}
		})
	}
}

func TestFanOut(t *testing.T) {
	tests := []struct {
		name    string
		peers   int
		far     func(n int) netip.AddrPort
		port    uint16
		silent  int // how many never answer
		same    bool
		claim   string
		want    bool
		inbound bool
	}{
		{name: "eight peers", peers: 8, claim: "socket.fan_out", want: true},
		{name: "seven peers", peers: 7, claim: "socket.fan_out"},
		{name: "a service's port", peers: 8, port: 500, claim: "socket.fan_out"},
		{name: "one far port", peers: 8, far: func(n int) netip.AddrPort { return netip.AddrPortFrom(peerAt(n).Addr(), 30000) }, claim: "socket.fan_out"},
		{name: "one network", peers: 8, far: func(n int) netip.AddrPort {
			return netip.AddrPortFrom(netip.AddrFrom4([4]byte{60, 1, 2, byte(n)}), uint16(30000+n))
		}, claim: "socket.fan_out"},
		{name: "only strangers that knock", peers: 8, inbound: true, silent: 8, claim: "socket.fan_out"},
		{name: "three of ten silent", peers: 10, silent: 3, claim: "socket.failures", want: true},
		{name: "two of ten silent", peers: 10, silent: 2, claim: "socket.failures"},
		{name: "the same to seventeen", peers: 17, same: true, claim: "socket.same_octets", want: true},
		{name: "the same to fifteen", peers: 15, same: true, claim: "socket.same_octets"},
		{name: "a scan", peers: 16, silent: 16, far: func(n int) netip.AddrPort { return netip.AddrPortFrom(peerAt(n).Addr(), 30000) }, claim: "socket.scan", want: true},
		{name: "a scan of fifteen", peers: 15, silent: 15, far: func(n int) netip.AddrPort { return netip.AddrPortFrom(peerAt(n).Addr(), 30000) }, claim: "socket.scan"},
		{name: "one far port, half answer", peers: 16, silent: 8, far: func(n int) netip.AddrPort { return netip.AddrPortFrom(peerAt(n).Addr(), 30000) }, claim: "socket.scan"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage()
			for n := range tt.peers {
				far, port := peerAt(n), uint16(41000)
				if tt.far != nil {
					far = tt.far(n)
				}
				if tt.port != 0 {
					port = tt.port
				}
				turns := noiseTurns(n)
				if tt.same {
					turns[0] = noiseTurns(0)[0]
				}
				if n < tt.silent {
					turns = turns[:1]
				}
				if tt.inbound {
					s.play(packet.UDP, far, homeAt(port), turns)
				} else {
					s.play(packet.UDP, homeAt(port), far, turns)
				}
			}
			if v, got := s.has(0, tt.claim); got != tt.want {
				t.Errorf("%s %v, want %v: %v", tt.claim, got, tt.want, v.Evidence)
			}
		})
	}
}

// The counter over all peers of a socket proves Skype; one that steps otherwise does not.
func TestSkypeSteps(t *testing.T) {
	for _, row := range []struct {
		name        string
		steps, step int
		shape       byte
		want        bool
	}{
		{"by two, to five peers", 5, 2, 2, true},
		{"by two, to three peers", 3, 2, 2, false},
		{"by one", 9, 1, 2, false},
		{"by four", 9, 4, 2, false},
		{"another function", 9, 2, 5, false},
	} {
		s := newStage()
		for n := range row.steps {
			id := 0x1200 + n*row.step
			s.play(packet.UDP, homeAt(41000), peerAt(n), []turn{{payload: joined([]byte{byte(id >> 8), byte(id), row.shape}, noiseOf(int64(n), 22))}})
		}
		if v, got := s.has(0, "skype.id_step2"); got != row.want {
			t.Errorf("%s: skype.id_step2 %v, want %v: %v", row.name, got, row.want, v.Evidence)
		}
	}
}
