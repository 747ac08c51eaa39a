package adversary

import (
	"crypto/hmac"
	"crypto/sha1"
	"hash/crc32"
	"net/netip"
	"slices"
)

// stun is a message of STUN (RFC 8489): attributes, MESSAGE-INTEGRITY if there is a key,
// FINGERPRINT.
func stun(kind int, id []byte, key string, attributes ...[]byte) []byte {
	body := slices.Concat(attributes...)
	head := func(more int) []byte { return slices.Concat(u16(kind), u16(len(body)+more), u32(0x2112a442), id) }
	if key != "" {
		m := hmac.New(sha1.New, []byte(key))
		m.Write(append(head(24), body...))
		body = append(body, attribute(8, m.Sum(nil))...)
	}
	all := append(head(8), body...)
	return append(all, attribute(0x8028, u32(crc32.ChecksumIEEE(all)^0x5354554e))...)
}

func attribute(kind int, value []byte) []byte {
	return slices.Concat(u16(kind), u16(len(value)), value, make([]byte, -len(value)&3))
}

// xored is the value of an XOR-MAPPED-ADDRESS and its kin.
func xored(a netip.AddrPort, id []byte) []byte {
	ip, mask, kind := a.Addr().AsSlice(), append(u32(0x2112a442), id...), byte(1)
	if a.Addr().Is6() {
		kind = 2
	}
	for i := range ip {
		ip[i] ^= mask[i]
	}
	return slices.Concat([]byte{0, kind}, u16(int(a.Port())^0x2112), ip)
}

// checks has both ends send n connectivity checks each and answer them; it tells when it ends.
func (s *stage) checks(t float64, a, b netip.AddrPort, n int) float64 {
	for range n {
		for _, c := range [...]struct {
			from, to netip.AddrPort
			user     string
			role     int
		}{{a, b, "wXyZ:aBcD", 0x802a}, {b, a, "aBcD:wXyZ", 0x8029}} {
			id := s.octets(12)
			s.udp(t, c.from, c.to, stun(1, id, "key", attribute(6, []byte(c.user)), attribute(c.role, s.octets(8)), attribute(0x24, u32(1845501695))))
			s.udp(t+0.03, c.to, c.from, stun(0x101, id, "key", attribute(0x20, xored(c.from, id))))
			t += 0.05
		}
	}
	return t
}

// stream is one source's RTP.
type stream struct {
	kind          byte
	ssrc, clock   uint32
	sequence, low int
	high          int
}

func (s *stage) stream(kind byte, low, high int) *stream {
	return &stream{kind, s.rng.Uint32(), s.rng.Uint32() >> 1, s.between(0, 30000), low, high}
}

func (r *stream) next(s *stage) []byte {
	r.sequence++
	r.clock += 160
	return slices.Concat([]byte{0x80, r.kind}, u16(r.sequence), u32(r.clock), u32(r.ssrc), s.some(r.low, r.high))
}

// media plays n packets each way every 20 ms, and encrypted control (RFC 3711, section 3.4) each
// 5 s if control.
func (s *stage) media(t float64, a, b netip.AddrPort, n int, kind byte, low, high int, control bool) {
	x, y := s.stream(kind, low, high), s.stream(kind, low, high)
	for k := range n {
		at := t + 0.02*float64(k)
		s.udp(at, a, b, x.next(s))
		s.udp(at+0.007, b, a, y.next(s))
		if control && k%100 == 50 {
			s.udp(at+0.003, a, b, x.control(s, k/100+1))
			s.udp(at+0.009, b, a, y.control(s, k/100+1))
		}
	}
}

// control is a sender report, sealed but for its first eight octets, with index and tag.
func (r *stream) control(s *stage, index int) []byte {
	return slices.Concat([]byte{0x80, 200}, u16(6), u32(r.ssrc), s.octets(20), u32(1<<31|uint32(index)), s.octets(10))
}

var callScenes = []Scene{
	{Name: "ice-lan", play: func(s *stage) { s.call(s.lan(77, 50002)) }},
	{Name: "ice-public", play: func(s *stage) { s.call(s.anyone(50002)) }},
	{Name: "ice-carrier", IPv4: true, play: func(s *stage) {
		s.call(netip.AddrPortFrom(netip.AddrFrom4([4]byte{100, 70, 3, 4}), 50002))
	}},
	{Name: "ice-consent", play: func(s *stage) { // RFC 7675: checks go on every five seconds
		s.peer = true
		a, b := s.here(50001), s.anyone(50002)
		s.media(s.checks(0, a, b, 2), a, b, 2000, 111, 80, 200, true)
		for t := 5.0; t < 40; t += 5 {
			s.checks(t, a, b, 1)
		}
	}},
	{Name: "turn-call", play: (*stage).turnCall},
	{Name: "skype", IPv4: true, play: (*stage).skype},
}

// call is one of two ICE agents.
func (s *stage) call(b netip.AddrPort) {
	s.peer = true
	a := s.here(50001)
	s.media(s.checks(0, a, b, 2), a, b, 500, 111, 80, 200, false)
}

// turnCall is a call through a relay (RFC 8656).
func (s *stage) turnCall() {
	s.peer = true
	a, b, peer := s.here(50001), s.anyone(3478), s.anyone(50002)
	realm := slices.Concat(attribute(0x14, []byte("example.org")), attribute(0x15, []byte("nonce123")))
	account := slices.Concat(attribute(6, []byte("user1")), realm)
	id := s.octets(12)
	s.udp(0, a, b, stun(3, id, "", attribute(0x19, []byte{17, 0, 0, 0})))
	s.udp(0.02, b, a, stun(0x113, id, "", attribute(9, []byte("\x00\x00\x04\x01Unauthorized")), realm))
	id = s.octets(12)
	s.udp(0.04, a, b, stun(3, id, "k", attribute(0x19, []byte{17, 0, 0, 0}), account))
	relayed := netip.AddrPortFrom(b.Addr(), 60001)
	s.udp(0.06, b, a, stun(0x103, id, "k", attribute(0x16, xored(relayed, id)), attribute(0x20, xored(a, id)), attribute(0x0d, u32(600))))
	id = s.octets(12)
	s.udp(0.1, a, b, stun(9, id, "k", attribute(0x0c, []byte{0x40, 0, 0, 0}), attribute(0x12, xored(peer, id)), account))
	s.udp(0.12, b, a, stun(0x109, id, "k"))
	x, y := s.stream(111, 92, 92), s.stream(111, 92, 92)
	for k := range 400 {
		t := 0.2 + 0.02*float64(k)
		m := x.next(s)
		s.udp(t, a, b, slices.Concat([]byte{0x40, 0}, u16(len(m)), m))
		m = y.next(s)
		s.udp(t+0.01, b, a, slices.Concat([]byte{0x40, 0}, u16(len(m)), m))
	}
}

// skype probes forty peers as its program did; every eighth answers with a NAK, is asked again and
// answers.
func (s *stage) skype() {
	s.peer = true
	me, id := s.here(23456), s.between(0, 65000)
	for i := range 40 {
		peer, t := s.anyone(s.port()), 0.4*float64(i)
		id += 2
		m := slices.Concat(u16(id), []byte{2}, s.octets(8), s.some(10, 80))
		s.udp(t, me, peer, m)
		if i%8 != 0 {
			continue
		}
		nak := slices.Concat(u16(id), []byte{0x57, 93, 184, 10, 20}, s.octets(4))
		s.udp(t+0.1, peer, me, nak)
		to := peer.Addr().As4()
		s.udp(t+0.2, me, peer, slices.Concat(u16(id), []byte{3, 1}, nak[7:11], to[:], m[7:]))
		s.udp(t+0.3, peer, me, slices.Concat(s.octets(2), []byte{2}, s.octets(8), s.some(7, 40)))
	}
}
