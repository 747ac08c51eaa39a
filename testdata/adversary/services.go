package adversary

import (
	"net/netip"
	"slices"
)

// Proxies whose traffic is noise, and what else opens streams of it.
var proxyScenes = []Scene{
	{Name: "proxy-tcp", play: func(s *stage) { s.proxy(s.anyone(8388)) }},
	{Name: "proxy-tcp-high-port", play: func(s *stage) { s.proxy(s.anyone(28388)) }},
	{Name: "proxy-tcp-four-servers", play: func(s *stage) { s.proxy(s.anyone(28388), s.anyone(28388), s.anyone(28388), s.anyone(28388)) }},
	{Name: "proxy-udp", play: func(s *stage) { s.proxyUDP(s.anyone(28388)) }},
	{Name: "proxy-both", play: func(s *stage) {
		server := s.anyone(28388)
		s.proxy(server)
		s.proxyUDP(server)
	}},
	{Name: "proxy-both-hosts", play: func(s *stage) {
		s.proxy(s.anyone(28388))
		s.proxyUDP(s.anyone(28388))
	}},
	{Name: "bridges", play: func(s *stage) { // obfs4: noise of random lengths
		for i := range 3 {
			s.tcp(5*float64(i), s.here(s.port()), s.anyone(s.port()), ask(s.some(200, 5000)), say(s.some(200, 5000)), ask(s.octets(600)), say(s.octets(6000)))
		}
	}},
	{Name: "kcp", play: func(s *stage) { s.exchange(0, s.here(s.port()), s.anyone(29900), 300, 50, 1300) }},
	{Name: "port-hopping", play: func(s *stage) {
		server := s.anyone(1)
		for i := range 40 {
			s.exchange(3*float64(i), s.here(50000), netip.AddrPortFrom(server.Addr(), uint16(s.between(20000, 50000))), 15, 60, 1200)
		}
	}},
	{Name: "backup", play: func(s *stage) {
		s.backup(300, 300, func(int) netip.AddrPort { return s.in(52, 95, s.between(20000, 50000)) })
	}},
	{Name: "backup-lengths", play: func(s *stage) { // requests that differ
		s.backup(150, 500, func(int) netip.AddrPort { return s.in(52, 95, s.between(20000, 50000)) })
	}},
	{Name: "backup-networks", play: func(s *stage) {
		s.backup(300, 300, func(i int) netip.AddrPort { return s.in(52, byte(20+i%8), 29999) })
	}},
}

// proxy opens sixty streams of noise to its servers.
func (s *stage) proxy(servers ...netip.AddrPort) {
	for i := range 60 {
		s.tcp(0.7*float64(i), s.here(s.port()), servers[s.between(0, len(servers)-1)], ask(s.some(100, 700)), say(s.some(500, 5000)), ask(s.octets(200)), say(s.octets(9000)))
	}
}

func (s *stage) proxyUDP(server netip.AddrPort) {
	for i := range 30 {
		s.exchange(0.3*float64(i), s.here(s.port()), server, 4, 60, 500)
	}
}

// backup sends blocks to sixteen nodes, once each. A service's nodes are in a provider's networks;
// programs of people dial anywhere.
func (s *stage) backup(low, high int, node func(int) netip.AddrPort) {
	for i := range 16 {
		s.tcp(2*float64(i), s.here(s.port()), node(i), ask(s.some(low, high)), say(s.octets(200)), ask(s.octets(20000)), say(s.octets(60)))
	}
}

var scanScenes = []Scene{
	{Name: "scan", play: func(s *stage) {
		for i := range 300 {
			s.udp(0.01*float64(i), s.here(40000), s.anyone(s.between(1, 65535)), s.some(8, 200))
		}
	}},
	{Name: "scan-few-answer", play: func(s *stage) {
		for i := range 300 {
			target, t := s.anyone(33333), 0.01*float64(i)
			s.udp(t, s.here(40000), target, s.octets(60))
			if i%20 == 0 {
				s.udp(t+0.05, target, s.here(40000), s.octets(70))
			}
		}
	}},
	{Name: "scanned", play: func(s *stage) {
		from := s.anyone(40000)
		for i := range 300 {
			s.udp(0.01*float64(i), from, s.here(s.between(1, 65000)), s.octets(60))
		}
	}},
	{Name: "background-noise", play: func(s *stage) {
		for i := range 300 {
			s.udp(0.01*float64(i), s.anyone(s.port()), s.here(6881), s.octets(60))
		}
	}},
}

var serviceScenes = []Scene{
	{Name: "dns-high-ports", play: func(s *stage) {
		for i := range 40 {
			s.udp(float64(i), s.here(s.port()), s.anyone(s.between(1025, 60000)), slices.Concat(s.octets(2), []byte("\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01")))
		}
	}},
	{Name: "video-over-udp", play: func(s *stage) {
		for i := range 4 {
			a, b := s.here(s.port()), s.in(151, 101, 4433)
			for k := range 200 {
				t := 10*float64(i) + 0.02*float64(k)
				s.udp(t, b, a, s.octets(1200))
				if k%4 == 0 {
					s.udp(t+0.01, a, b, s.octets(40))
				}
			}
		}
	}},
	{Name: "camera-broker", play: func(s *stage) {
		s.broker(20, func() []byte { return slices.Concat([]byte{0xf1, 0x10, 0, 40}, []byte("ABCD"), make([]byte, 36)) }, func() []byte { return []byte{0xf1, 0x11, 0, 4, 0, 0, 0, 0} })
	}},
	{Name: "camera-broker-sealed", play: func(s *stage) {
		s.broker(30, func() []byte { return s.octets(60) }, func() []byte { return s.octets(44) })
	}},
	{Name: "log-stream", play: func(s *stage) {
		s.tls(0, s.here(s.port()), s.anyone(6514), "")
		server := s.anyone(36514)
		for i := range 15 {
			s.tcp(5+3*float64(i), s.here(s.port()), server, ask(s.octets(500)), say(s.octets(60)), ask(s.octets(900)))
		}
	}},
	{Name: "ntp", play: func(s *stage) {
		for i := range 30 {
			server := s.anyone(123)
			s.udp(float64(i), s.here(123), server, slices.Concat([]byte{0x23}, make([]byte, 39), s.octets(8)))
			s.udp(float64(i)+0.05, server, s.here(123), slices.Concat([]byte{0x24, 1, 0, 0xe9}, s.octets(44)))
		}
	}},
	{Name: "one-server-many-ports", play: func(s *stage) {
		server := s.anyone(1)
		for i := range 12 {
			s.exchange(float64(i), s.here(40000), netip.AddrPortFrom(server.Addr(), uint16(s.between(20000, 50000))), 10, 60, 300)
		}
	}},
	{Name: "dnscrypt", play: func(s *stage) {
		for i := range 40 {
			server := s.anyone([]int{443, 5353, 8443, 2053}[s.between(0, 3)])
			s.udp(float64(i), s.here(51111), server, s.octets(256))
			s.udp(float64(i)+0.03, server, s.here(51111), slices.Concat([]byte("r6fnvWj8"), s.octets(324)))
		}
	}},
}

// broker keeps a device known to three servers.
func (s *stage) broker(n int, request, answer func() []byte) {
	servers := []netip.AddrPort{s.in(47, 88, 32100), s.in(47, 74, 32100), s.in(120, 78, 32100)}
	for k := range n {
		for _, server := range servers {
			s.udp(10*float64(k), s.here(12345), server, request())
			s.udp(10*float64(k)+0.05, server, s.here(12345), answer())
		}
	}
}

// tls plays a connection of TLS 1.3 (RFC 8446).
func (s *stage) tls(t float64, a, b netip.AddrPort, name string) {
	extensions := []byte{0, 0x2b, 0, 3, 2, 3, 4, 0, 10, 0, 4, 0, 2, 0, 0x1d, 0, 0x0d, 0, 4, 0, 2, 4, 3}
	if name != "" {
		extensions = append(slices.Concat([]byte{0, 0}, u16(len(name)+5), u16(len(name)+3), []byte{0}, u16(len(name)), []byte(name)), extensions...)
	}
	handshake := func(kind byte, body []byte) []byte {
		return slices.Concat([]byte{0x16, 3, 3}, u16(len(body)+4), []byte{kind, 0}, u16(len(body)), body)
	}
	record := func(n int) []byte { return slices.Concat([]byte{0x17, 3, 3}, u16(n), s.octets(n)) }
	session := s.octets(32)
	hello := handshake(1, slices.Concat([]byte{3, 3}, s.octets(32), []byte{32}, session, []byte{0, 4, 0x13, 1, 0x13, 2, 1, 0}, u16(len(extensions)), extensions))
	chosen := slices.Concat([]byte{0, 0x2b, 0, 2, 3, 4, 0, 0x33, 0, 0x24, 0, 0x1d, 0, 0x20}, s.octets(32))
	answer := handshake(2, slices.Concat([]byte{3, 3}, s.octets(32), []byte{32}, session, []byte{0x13, 1, 0}, u16(len(chosen)), chosen))
	change := []byte{0x14, 3, 3, 0, 1, 1}
	s.tcp(t, a, b, ask(hello), say(answer, change, record(2000)), ask(change, record(53)), ask(record(300)), say(record(3000)))
}
