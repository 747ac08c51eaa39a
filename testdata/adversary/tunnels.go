package adversary

import (
	"net/netip"
	"slices"
)

var quicScenes = []Scene{
	{Name: "quic", play: func(s *stage) { s.quicMany(s.port, 443, true, 20) }},
	{Name: "quic-one-socket", play: func(s *stage) { s.quicMany(func() int { return 51000 }, 443, true, 20) }},
	{Name: "quic-one-socket-8443", play: func(s *stage) { s.quicMany(func() int { return 51000 }, 8443, true, 20) }},
	{Name: "quic-under-way", play: func(s *stage) { s.quicMany(s.port, 443, false, 20) }},
	{Name: "quic-under-way-8443", play: func(s *stage) { s.quicMany(func() int { return 51000 }, 8443, false, 12) }},
	{Name: "quic-under-way-high", play: func(s *stage) {
		server := s.anyone(34567)
		for i := range 8 {
			s.quic(5*float64(i), s.here(s.port()), server, false)
		}
	}},
}

func (s *stage) quicMany(local func() int, far int, opened bool, n int) {
	for i := range n {
		s.quic(0.5*float64(i), s.here(local()), s.anyone(far), opened)
	}
}

// quic plays a connection (RFC 9000), whose Initials open with no key that this classifier has.
func (s *stage) quic(t float64, a, b netip.AddrPort, opened bool) {
	first, server := s.octets(8), s.octets(8)
	version := []byte{0, 0, 0, 1}
	if opened {
		s.udp(t, a, b, slices.Concat([]byte{0xc0 | byte(s.between(0, 15))}, version, []byte{8}, first, []byte{0, 0, 0x44, 0xd0}, s.octets(1182)))
		s.udp(t+0.02, b, a, slices.Concat([]byte{0xc0 | byte(s.between(0, 15))}, version, []byte{0, 8}, server, []byte{0, 0x44, 0xd0}, s.octets(1180)))
		s.udp(t+0.03, a, b, slices.Concat([]byte{0xe0 | byte(s.between(0, 15))}, version, []byte{8}, server, []byte{0, 0x40, 0x50}, s.octets(80)))
	}
	t += 0.05
	for range 20 {
		s.udp(t, a, b, slices.Concat([]byte{0x40 | byte(s.between(0, 63))}, server, s.some(20, 60)))
		s.udp(t+0.02, b, a, slices.Concat([]byte{0x40 | byte(s.between(0, 63))}, s.some(200, 1200)))
		t += 0.05
	}
}

var tunnelScenes = []Scene{
	{Name: "dtls-vpn", play: func(s *stage) { s.dtls(s.here(50111), s.anyone(443)) }},
	{Name: "dtls-vpn-high-port", play: func(s *stage) { s.dtls(s.here(50111), s.anyone(50443)) }},
	{Name: "wireguard-client", play: func(s *stage) { s.wireguard(0, s.here(40000), s.anyone(51820), 100, true) }},
	{Name: "wireguard-client-under-way", play: func(s *stage) { s.wireguard(0, s.here(40000), s.anyone(51820), 200, false) }},
	{Name: "wireguard-switches", play: func(s *stage) {
		for i := range 10 {
			s.wireguard(60*float64(i), s.here(40000), s.anyone(51820), 60, true)
		}
	}},
	{Name: "wireguard-switches-port", play: func(s *stage) {
		for i := range 10 {
			s.wireguard(60*float64(i), s.here(s.port()), s.anyone(51820), 60, true)
		}
	}},
	{Name: "wireguard-switches-fast", play: func(s *stage) {
		for i := range 6 {
			s.wireguard(4*float64(i), s.here(40000), s.anyone(s.between(1025, 60000)), 30, true)
		}
	}},
	{Name: "openvpn-tls-crypt", play: func(s *stage) {
		for i := range 5 {
			s.openVPN(30*float64(i), s.here(s.port()), s.anyone(1194))
		}
	}},
	{Name: "mosh", play: func(s *stage) {
		a, b := s.here(s.port()), s.anyone(60001)
		for k := range 200 {
			t := 0.3 * float64(k)
			s.udp(t, a, b, slices.Concat(u64(uint64(k)), s.some(60, 100)))
			s.udp(t+0.1, b, a, slices.Concat(u64(uint64(k)|1<<63), s.some(60, 300)))
		}
	}},
	{Name: "ipsec-nat", play: func(s *stage) { s.ipsec(s.here(4500), s.anyone(4500)) }},
	{Name: "ipsec-nat-mapped", play: func(s *stage) { s.ipsec(s.here(34500), s.anyone(4500)) }},
}

// dtls plays records of a session that began before (RFC 6347, section 4.1).
func (s *stage) dtls(a, b netip.AddrPort) {
	record := func(i int) []byte {
		body := s.some(60, 1200)
		return slices.Concat([]byte{23, 0xfe, 0xfd}, u16(1), u16(0), u32(uint32(i)), u16(len(body)), body)
	}
	for i := range 200 {
		t := 0.03 * float64(i)
		s.udp(t, a, b, record(i))
		s.udp(t+0.01, b, a, record(i))
	}
}

// openVPN plays a session whose control channel is sealed by tls-crypt.
func (s *stage) openVPN(t float64, a, b netip.AddrPort) {
	x, y := s.octets(8), s.octets(8)
	control := func(op byte, id []byte, k, more int) []byte {
		return slices.Concat([]byte{op}, id, u32(uint32(k)), u32(1700000000), s.octets(32+more))
	}
	s.udp(t, a, b, control(0x38, x, 1, 5))
	s.udp(t+0.03, b, a, control(0x40, y, 1, 17))
	for k := 2; k < 9; k++ {
		at := t + 0.05*float64(k)
		s.udp(at, a, b, control(0x20, x, k, s.between(100, 1100)))
		s.udp(at+0.02, b, a, control(0x20, y, k, s.between(100, 1100)))
	}
	for k := 1; k < 80; k++ {
		at := t + 1 + 0.05*float64(k)
		s.udp(at, a, b, slices.Concat([]byte{0x48, 0, 0, 0}, u32(uint32(k)), s.some(60, 1300)))
		s.udp(at+0.02, b, a, slices.Concat([]byte{0x48, 0, 0, 0}, u32(uint32(k)), s.some(60, 1300)))
	}
}

// ipsec plays ESP in UDP (RFC 3948).
func (s *stage) ipsec(a, b netip.AddrPort) {
	x, y := s.octets(4), s.octets(4)
	for k := range 200 {
		t := 0.05 * float64(k)
		s.udp(t, a, b, slices.Concat(x, u32(uint32(k+1)), s.octets(16*s.between(4, 80))))
		s.udp(t+0.02, b, a, slices.Concat(y, u32(uint32(k+1)), s.octets(16*s.between(4, 80))))
		if k%40 == 39 {
			s.udp(t+0.01, a, b, []byte{0xff})
		}
	}
}
