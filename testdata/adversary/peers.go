package adversary

import (
	"net/netip"
	"slices"
)

var torrentScenes = []Scene{
	{Name: "torrent-mse-tcp", play: (*stage).torrentStreams},
	{Name: "torrent-mse-utp", play: func(s *stage) {
		s.peer = true
		for i := range 25 {
			lines := []said{ask(s.some(96, 608)), say(s.some(96, 608)), ask(s.octets(300)), say(s.octets(200))}
			for range 20 {
				lines = append(lines, say(s.octets(1382)))
			}
			s.utp(1.3*float64(i), s.here(51413), s.anyone(s.port()), lines...)
		}
	}},
	{Name: "torrent-full", play: func(s *stage) {
		s.dht()
		s.torrentStreams()
	}},
}

// dht asks forty nodes; every other one answers.
func (s *stage) dht() {
	s.peer = false
	me := s.here(51413)
	for i := range 40 {
		node, id, t := s.anyone(s.port()), s.octets(2), 0.3*float64(i)
		s.udp(t, me, node, slices.Concat([]byte("d1:ad2:id20:"), s.octets(20), []byte("6:target20:"), s.octets(20), []byte("e1:q9:find_node1:t2:"), id, []byte("1:y1:qe")))
		if i%2 == 1 {
			s.udp(t+0.1, node, me, slices.Concat([]byte("d1:rd2:id20:"), s.octets(20), []byte("5:nodes26:"), s.octets(26), []byte("e1:t2:"), id, []byte("1:y1:re")))
		}
	}
}

// torrentStreams are 25 streams with Message Stream Encryption, to a port of each peer's.
func (s *stage) torrentStreams() {
	s.peer = true
	for i := range 25 {
		s.tcp(1.3*float64(i), s.here(s.port()), s.anyone(s.port()), ask(s.some(96, 608)), say(s.some(96, 608)),
			ask(s.some(106, 406)), say(s.some(82, 382)), ask(s.octets(17)), say(s.octets(16397)), say(s.octets(16397)))
	}
}

// utp plays a uTP connection (BEP 29).
func (s *stage) utp(t float64, a, b netip.AddrPort, lines ...said) {
	id, ours, theirs := s.between(0, 65000), 1, s.between(0, 30000)
	head := func(kind byte, id, seq, ack int) []byte {
		return slices.Concat([]byte{kind<<4 | 1, 0}, u16(id), u32(uint32(t*1e6)), u32(uint32(s.between(0, 50000))), u32(1<<20), u16(seq), u16(ack))
	}
	s.udp(t, a, b, head(4, id, ours, 0))
	t += 0.05
	s.udp(t, b, a, head(2, id, theirs, ours))
	t += 0.02
	for _, l := range lines {
		if l.dialler {
			ours++
			s.udp(t, a, b, append(head(0, id+1, ours, theirs), l.what...))
			t += 0.03
			s.udp(t, b, a, head(2, id, theirs, ours))
		} else {
			theirs++
			s.udp(t, b, a, append(head(0, id, theirs, ours), l.what...))
			t += 0.03
			s.udp(t, a, b, head(2, id+1, ours, theirs))
		}
		t += 0.02
	}
}

var meshScenes = []Scene{
	{Name: "wireguard-two", play: func(s *stage) {
		s.peer = true
		for i := range 2 {
			s.wireguard(3*float64(i), s.here(51820), s.anyone(s.port()), 100, true)
		}
	}},
	{Name: "wireguard-mesh", play: func(s *stage) { s.mesh(true) }},
	{Name: "wireguard-mesh-under-way", play: func(s *stage) { s.mesh(false) }},
	{Name: "tailscale", play: func(s *stage) {
		s.peer = true
		me, mine := s.here(41641), s.octets(32)
		disco := func(key []byte, n int) []byte {
			return slices.Concat([]byte("TS\xf0\x9f\x92\xac"), key, s.octets(24+16+n))
		}
		for i := range 3 {
			peer, theirs, t := s.anyone(s.port()), s.octets(32), float64(i)
			for k := range 3 {
				s.udp(t+0.1*float64(k), me, peer, disco(mine, 50))
				s.udp(t+0.1*float64(k)+0.03, peer, me, disco(theirs, 38))
			}
			s.wireguard(t+0.5, me, peer, 60, true)
		}
	}},
	{Name: "zerotier", play: (*stage).zerotier},
	{Name: "ethereum-under-way", play: func(s *stage) {
		s.peer = true
		for i := range 8 {
			a, b := s.here(s.port()), s.anyone(30303)
			if i%4 == 3 {
				a, b = s.anyone(s.port()), s.here(30303)
			}
			s.rlpx(0.4*float64(i), a, b)
		}
	}},
	{Name: "libp2p", play: func(s *stage) {
		s.peer = true
		hello := []byte("\x13/multistream/1.0.0\n\x07/noise\n")
		for i := range 6 {
			s.tcp(float64(i), s.here(s.port()), s.anyone(4001), ask(hello), say(hello), ask([]byte{0, 32}, s.octets(32)), say([]byte{0, 200}, s.octets(200)),
				ask([]byte{0, 176}, s.octets(176)), say(s.octets(900)), ask(s.octets(700)))
		}
	}},
}

// mesh has five tunnels at once; every other one is begun by the far end.
func (s *stage) mesh(handshakes bool) {
	s.peer = true
	for i := range 5 {
		a, b := s.here(51820), s.anyone(s.port())
		if i%2 == 0 {
			a, b = b, a
		}
		s.wireguard(3*float64(i), a, b, 100, handshakes)
	}
}

// wireguard plays a tunnel (Donenfeld, WireGuard, section 5.4) that a begins.
func (s *stage) wireguard(t float64, a, b netip.AddrPort, n int, handshake bool) {
	x, y, from := s.octets(4), s.octets(4), uint64(0)
	if handshake {
		s.udp(t, a, b, slices.Concat([]byte{1, 0, 0, 0}, x, s.octets(124), make([]byte, 16)))
		s.udp(t+0.03, b, a, slices.Concat([]byte{2, 0, 0, 0}, y, x, s.octets(64), make([]byte, 16)))
	} else {
		from = uint64(s.between(2000, 90000))
	}
	for k := range n {
		at := t + 0.05 + 0.05*float64(k)
		s.udp(at, a, b, slices.Concat([]byte{4, 0, 0, 0}, y, le64(from+uint64(k)), s.octets(16*s.between(2, 80))))
		s.udp(at+0.01, b, a, slices.Concat([]byte{4, 0, 0, 0}, x, le64(from/2+uint64(k)), s.octets(16*s.between(2, 80))))
	}
}

// zerotier plays HELLO, OK and sealed packets with six peers.
func (s *stage) zerotier() {
	s.peer = true
	me, mine := s.here(9993), s.octets(5)
	for i := range 6 {
		port := 9993
		if i > 1 {
			port = s.port()
		}
		peer, theirs, t := s.anyone(port), s.octets(5), float64(i)
		s.udp(t, me, peer, slices.Concat(s.octets(8), theirs, mine, []byte{0}, s.octets(8), []byte{1, 13, 1, 12, 0, 2}, s.octets(108)))
		s.udp(t+0.1, peer, me, slices.Concat(s.octets(8), mine, theirs, []byte{8}, s.octets(128)))
		for k := range 40 {
			at := t + 0.2 + 0.1*float64(k)
			s.udp(at, me, peer, slices.Concat(s.octets(8), theirs, mine, []byte{8}, s.octets(8), s.some(40, 1200)))
			s.udp(at+0.05, peer, me, slices.Concat(s.octets(8), mine, theirs, []byte{8}, s.octets(8), s.some(40, 1200)))
		}
	}
}

// rlpx is a stream of frames between Ethereum's nodes whose handshake was before (rlpx.md, Framing).
func (s *stage) rlpx(t float64, a, b netip.AddrPort) {
	seq := [2]uint32{s.rng.Uint32(), s.rng.Uint32()}
	for k := range 30 {
		frame := s.octets(32 + 16*s.between(1, 40) + 16)
		d, from, to := k%2, a, b
		if d == 1 {
			from, to = b, a
		}
		s.add(Packet{At: seconds(t), From: from, To: to, TCP: true, Flags: psh, Seq: seq[d], Ack: seq[1-d], Payload: frame})
		seq[d] += uint32(len(frame))
		t += 0.1
	}
}

var namelessScenes = []Scene{
	{Name: "nameless-ten", play: func(s *stage) { s.nameless(10, 0) }},
	{Name: "nameless-thirty", play: func(s *stage) { s.nameless(30, 0) }},
	{Name: "nameless-silent", play: func(s *stage) { // every other peer is gone
		s.peer = true
		for i := range 60 {
			peer, t := s.anyone(s.port()), 0.5*float64(i)
			if i%2 == 1 {
				s.exchange(t, s.here(42424), peer, 20, 40, 600)
			} else {
				s.udp(t, s.here(42424), peer, s.some(40, 600))
				s.udp(t+1, s.here(42424), peer, s.some(40, 600))
			}
		}
	}},
	{Name: "nameless-streams", play: func(s *stage) {
		s.peer = true
		s.backup(300, 300, func(int) netip.AddrPort { return s.anyone(s.port()) })
	}},
	{Name: "nameless-default-port", play: func(s *stage) { s.nameless(30, 42424) }},
	{Name: "nameless-default-port-both-ways", play: func(s *stage) {
		s.peer = true
		for i := range 30 { // some are told of this host later, and turn to it
			a, b := s.here(42424), s.person(42424)
			if i%3 == 2 {
				a, b = b, a
			}
			s.exchange(4*float64(i), a, b, 20, 40, 600)
		}
	}},
}

// nameless exchanges noise with n peers, from one port, to port far or one of each peer's.
func (s *stage) nameless(n, far int) {
	s.peer = true
	for i := range n {
		port := far
		if far == 0 {
			port = s.port()
		}
		s.exchange(0.5*float64(i), s.here(42424), s.person(port), 20, 40, 600)
	}
}
