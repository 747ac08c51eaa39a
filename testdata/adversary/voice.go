package adversary

import (
	"fmt"
	"net/netip"
	"slices"
)

// Media that goes to servers.
var voiceScenes = []Scene{
	{Name: "srt", play: (*stage).srt},
	{Name: "rist", play: func(s *stage) {
		server, video := s.anyone(8000), s.stream(33, 1316, 1316)
		control := netip.AddrPortFrom(server.Addr(), 8001)
		for k := range 600 {
			s.udp(0.01*float64(k), s.here(50200), server, video.next(s))
			if k%10 == 0 {
				t := 0.01 * float64(k)
				s.udp(t+0.003, s.here(50201), control, slices.Concat([]byte{0x80, 200}, u16(6), u32(video.ssrc), s.octets(8), u32(uint32(k*900)), u32(uint32(k)), u32(uint32(k*1316))))
				s.udp(t+0.023, control, s.here(50201), slices.Concat([]byte{0x80, 201}, u16(1), u32(78)))
			}
		}
	}},
	{Name: "telephone-office", play: func(s *stage) {
		office, media := s.lan(2, 5060), s.lan(2, 12000)
		s.sip(0, s.here(5060), office, s.here(16384), media)
		s.media(0.3, s.here(16384), media, 500, 0, 170, 170, false)
	}},
	{Name: "telephone-provider", play: func(s *stage) {
		server := s.anyone(5060)
		media := netip.AddrPortFrom(server.Addr(), 32000)
		s.sip(0, s.here(5060), server, s.here(16384), media)
		s.media(0.3, s.here(16384), media, 500, 0, 170, 170, false)
	}},
	{Name: "telephone-provider-tls", play: func(s *stage) { // the signalling is sealed
		server := s.anyone(5061)
		s.resolve(0, "sbc.provider.example", server.Addr())
		s.tls(0.1, s.here(s.port()), server, "sbc.provider.example")
		s.media(3, s.here(16384), netip.AddrPortFrom(server.Addr(), 32000), 500, 0, 170, 170, false)
	}},
	{Name: "telephone-many-calls", play: func(s *stage) {
		for i := range 20 {
			s.media(20*float64(i), s.here(16384+2*i), s.in(93, 184, 10000+2*s.between(0, 9000)), 200, 0, 170, 170, false)
		}
	}},
	{Name: "telephone-clear", play: func(s *stage) { s.media(0, s.here(16384), s.anyone(32000), 500, 0, 160, 160, false) }},
	{Name: "conference", play: func(s *stage) {
		server := s.anyone(10000)
		s.media(0, s.here(50001), server, 500, 111, 80, 200, false)
		s.media(0.1, s.here(50001), server, 300, 96, 800, 1100, false)
	}},
	{Name: "conference-control", play: func(s *stage) { // and a lite agent that answers checks
		server := s.anyone(10000)
		s.lite(0, s.here(50001), server)
		s.media(0.2, s.here(50001), server, 1500, 111, 80, 200, true)
		for t := 5.0; t < 30; t += 5 {
			s.lite(t, s.here(50001), server)
		}
	}},
}

// lite has a check of a answered by b, which asks nothing (RFC 8445, section 2.5).
func (s *stage) lite(t float64, a, b netip.AddrPort) {
	for k := range 3 {
		id := s.octets(12)
		at := t + 0.05*float64(k)
		s.udp(at, a, b, stun(1, id, "key", attribute(6, []byte("wXyZ:aBcD")), attribute(0x802a, s.octets(8)), attribute(0x24, u32(1845501695))))
		s.udp(at+0.03, b, a, stun(0x101, id, "key", attribute(0x20, xored(a, id))))
	}
}

// sip plays the signalling of a call whose media is encrypted by keys in it (RFC 4568).
func (s *stage) sip(t float64, a, b, media, theirs netip.AddrPort) {
	family := "IP4"
	if s.six {
		family = "IP6"
	}
	message := func(first string, m netip.AddrPort) []byte {
		d := fmt.Sprintf("v=0\r\no=- 1 1 IN %s %s\r\ns=-\r\nc=IN %[1]s %[2]s\r\nt=0 0\r\nm=audio %d RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n",
			family, m.Addr(), m.Port())
		return fmt.Appendf(nil, "%s\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK77\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: 77@x\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
			first, a, len(d), d)
	}
	s.udp(t, a, b, message("INVITE sip:b@x SIP/2.0", media))
	s.udp(t+0.1, b, a, message("SIP/2.0 200 OK", theirs))
}

// srt plays a stream of Secure Reliable Transport with its handshake's induction.
func (s *stage) srt() {
	a, b := s.here(50200), s.anyone(9000)
	id := s.octets(4)
	hello := func(version, kind, sync uint32) []byte {
		return slices.Concat([]byte{0x80, 0, 0, 0}, make([]byte, 12), u32(version), u32(kind), u32(5), u32(1500), u32(8192), u32(1), u32(0x11223344), u32(sync), make([]byte, 16))
	}
	s.udp(0, a, b, hello(4, 2, 0))
	s.udp(0.02, b, a, hello(5, 0x4a17, 7))
	for k := range 600 {
		t := 0.1 + 0.01*float64(k)
		s.udp(t, a, b, slices.Concat(u32(uint32(1000+k)), u32(0xe8000001), u32(uint32(k*10000)), id, s.octets(1316)))
		if k%10 == 9 {
			s.udp(t+0.005, b, a, slices.Concat(u16(0x8002), u16(0), u32(uint32(k/10)), u32(uint32(k*10000)), u32(0x33), u32(uint32(1000+k)), s.octets(24)))
		}
	}
}
