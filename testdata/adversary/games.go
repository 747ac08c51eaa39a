package adversary

import (
	"fmt"
	"net/netip"
	"slices"
)

// Games and what else asks many servers from one local port.
var gameScenes = []Scene{
	{Name: "game", play: func(s *stage) { s.exchange(0, s.here(50123), s.anyone(7777), 400, 30, 200) }},
	{Name: "game-high-port", play: func(s *stage) { s.exchange(0, s.here(50123), s.anyone(31544), 400, 30, 200) }},
	{Name: "server-browser-clear", play: func(s *stage) {
		for i := range 30 {
			server, t := s.anyone(27015+s.between(0, 30)), 0.05*float64(i)
			s.udp(t, s.here(50123), server, []byte("\xff\xff\xff\xffTSource Engine Query\x00"))
			s.udp(t+0.04, server, s.here(50123), fmt.Appendf(nil, "\xff\xff\xff\xffI\x11Server name here %d\x00de_dust\x00cstrike\x00%s", i, s.octets(8)))
		}
	}},
	{Name: "server-browser", play: func(s *stage) { s.browser(50123, 7777) }},
	{Name: "server-browser-same-port", play: func(s *stage) { s.browser(7777, 7777) }},
	{Name: "regions-pinged", play: func(s *stage) {
		for range 15 {
			server := s.anyone(7777)
			for k := range 5 {
				t := float64(k)
				s.udp(t, s.here(50123), server, s.octets(24))
				s.udp(t+0.04, server, s.here(50123), s.octets(24))
			}
		}
	}},
	{Name: "cloud-gaming", play: func(s *stage) {
		a, b := s.here(s.port()), s.anyone(49006)
		video := s.stream(96, 900, 1200)
		for k := range 600 {
			s.udp(0.02*float64(k), b, a, video.next(s))
			if k%2 == 0 {
				s.udp(0.015*float64(k), a, b, s.some(40, 80))
			}
		}
	}},
}

// browser pings thirty servers of a few data centres and then plays on one.
func (s *stage) browser(local, far int) {
	var server netip.AddrPort
	for i := range 30 {
		server = s.in(52, byte(28+s.between(0, 5)), far)
		for k := range 3 {
			t := 0.05*float64(i) + float64(k)
			s.udp(t, s.here(local), server, s.octets(40))
			s.udp(t+0.04, server, s.here(local), s.octets(48))
		}
	}
	s.exchange(10, s.here(local), server, 300, 40, 300)
}

// Programs that own a port at both ends, or serve many on one, and are no peers.
var sharedPortScenes = []Scene{
	{Name: "game-server", play: func(s *stage) { s.served(7777, 40, s.port) }},
	{Name: "game-server-same-port", play: func(s *stage) { s.served(3074, 40, func() int { return 3074 }) }},
	{Name: "game-server-with-masters", play: func(s *stage) {
		s.served(27960, 40, func() int { return 27960 })
		for i := range 4 { // lists it reports to, under the same port
			master := s.anyone(27960)
			for k := range 10 {
				s.udp(20*float64(k)+float64(i), s.here(27960), master, s.octets(60))
				s.udp(20*float64(k)+float64(i)+0.05, master, s.here(27960), s.octets(30))
			}
		}
	}},
	{Name: "gateway-tunnels", play: func(s *stage) { // IPsec through NAT to six branches
		for range 6 {
			s.ipsec(s.here(4500), s.anyone(4500))
		}
	}},
	{Name: "vpn-server", play: func(s *stage) {
		for i := range 25 {
			s.wireguard(4*float64(i), s.anyone(s.port()), s.here(51820), 60, true)
		}
	}},
	{Name: "torrent-clear", play: (*stage).torrentClear},
}

// served has n far ends come to one local port, each from a port of its own or from the program's.
func (s *stage) served(local, n int, far func() int) {
	for i := range n {
		s.exchange(3*float64(i), s.person(far()), s.here(local), 30, 40, 400)
	}
}

// torrentClear is a client that encrypts nothing.
func (s *stage) torrentClear() {
	s.dht()
	greeting := func() []byte { return slices.Concat([]byte("\x13BitTorrent protocol"), s.octets(48)) }
	piece := func(n int) []byte { return slices.Concat([]byte{0, 0, 0x40, 9, 7}, make([]byte, 8), s.octets(n)) }
	for i := range 12 {
		s.tcp(20+float64(i), s.here(s.port()), s.anyone(s.port()), ask(greeting()), say(greeting()), ask([]byte{0, 0, 0, 13, 6}, make([]byte, 12)), say(piece(16384)))
		s.utp(50+float64(i), s.here(51413), s.anyone(s.port()), ask(greeting()), say(greeting()), say(piece(1200)), say(s.octets(1300)), say(s.octets(1300)))
	}
}
