package main

import (
	"time"
)

// OpenVPN opcodes, in the high five bits of the first octet (openvpn/ssl_pkt.h).
const (
	ovpnControl     = 4 << 3
	ovpnACK         = 5 << 3
	ovpnResetClient = 7 << 3
	ovpnResetServer = 8 << 3
	ovpnData        = 9 << 3
)

// openVPN returns what a client and its server say, by turns: reset, reset with the session
// identifier echoed, TLS hellos in control packets, then data.
func (s *scene) openVPN() [][]byte {
	ours, theirs := s.octets(8), s.octets(8)
	ch := hello{version: tls12, random: s.octets(32), suites: []uint16{suiteGCM, 0xc02f}}
	sh := hello{version: tls12, random: s.octets(32), session: s.octets(32), suites: []uint16{suiteGCM}}
	own := s.credential("vpn.example.org", 365)
	messages := [][]byte{
		join([]byte{ovpnResetClient}, ours, []byte{0}, u32(0)),
		join([]byte{ovpnResetServer}, theirs, []byte{1}, u32(0), ours, u32(0)),
		join([]byte{ovpnControl}, ours, []byte{1}, u32(0), theirs, u32(1), record(recordHandshake, handshake(typeClientHello, ch.client()))),
		join([]byte{ovpnControl}, theirs, []byte{1}, u32(1), ours, u32(1), record(recordHandshake, handshake(typeServerHello, sh.server())),
			record(recordHandshake, handshake(typeCertificate, own.message())), record(recordHandshake, handshake(typeServerHelloDone, nil))),
		join([]byte{ovpnACK}, ours, []byte{1}, u32(1), theirs),
		nil, // the server waits
	}
	for i := range 40 {
		side := s.octets(s.between(60, 700))
		messages = append(messages, join([]byte{ovpnData, 0, 0, byte(i % 2 * 3)}, u32(uint32(i/2+1)), side))
	}
	return messages
}

// openVPNOverUDP and openVPNOverTCP speak to a server on 1194; over TCP a message has its length before it.
func (s *scene) openVPNOverUDP(at time.Duration, h *host, server string) {
	c := s.udp(s.ephemeral(h), s.at(server, 1194), negative("vpn-client-server", "OpenVPN over UDP to one server"))
	for i, m := range s.openVPN() {
		if m != nil {
			c.say(at, i%2 == 0, m)
		}
		at += s.spread(20*ms, 60*ms)
	}
}

func (s *scene) openVPNOverTCP(at time.Duration, h *host, server string) {
	c := s.tcp(at, s.ephemeral(h), s.at(server, 1194), negative("vpn-client-server", "OpenVPN over TCP to one server"))
	for i, m := range s.openVPN() {
		if m != nil {
			c.push(i%2, vec16(m))
		}
	}
	c.close()
}

// IKEv2 payload types (RFC 7296, section 3.2).
const (
	ikeSA     = 33
	ikeKE     = 34
	ikeNonce  = 40
	ikeNotify = 41
	ikeSealed = 46
)

// ikePayload writes a payload; next is the type of the one after it.
func ikePayload(next byte, body ...[]byte) []byte {
	b := join(body...)
	return join([]byte{next, 0}, u16(4+len(b)), b)
}

// ikeMessage writes the header of section 3.1.
func ikeMessage(ours, theirs []byte, first, exchange, flags byte, id uint32, body []byte) []byte {
	return join(ours, theirs, []byte{first, 0x20, exchange, flags}, u32(id), u32(uint32(28+len(body))), body)
}

// ikeInit is the body of an IKE_SA_INIT: one proposal, a P-256 share, a nonce, and the two
// notes that find a NAT.
func (s *scene) ikeInit() []byte {
	transform := func(more, kind byte, id int, attributes ...byte) []byte {
		return join([]byte{more, 0}, u16(8+len(attributes)), []byte{kind, 0}, u16(id), attributes)
	}
	transforms := join(transform(3, 1, 12, 0x80, 14, 1, 0), transform(3, 2, 5), transform(3, 3, 12), transform(0, 4, 19))
	proposal := join([]byte{0, 0}, u16(8+len(transforms)), []byte{1, 1, 0, 4}, transforms)
	return join(ikePayload(ikeKE, proposal), ikePayload(ikeNonce, u16(19), u16(0), s.octets(64)),
		ikePayload(ikeNotify, s.octets(32)),
		ikePayload(ikeNotify, []byte{0, 0}, u16(16388), s.octets(20)), ikePayload(0, []byte{0, 0}, u16(16389), s.octets(20)))
}

// ipsec agrees on keys on port 500, finds a NAT, and goes on to 4500: IKE behind a marker of
// zeros, ESP, and keep-alives of one octet (RFC 3948).
func (s *scene) ipsec(at time.Duration, h *host, server string) {
	t := negative("vpn-client-server", "IKE, then ESP in UDP, to one gateway")
	ours, theirs := s.octets(8), s.octets(8)
	c := s.udp(endpoint{h, 500}, s.at(server, 500), t)
	c.send(at, ikeMessage(ours, make([]byte, 8), ikeSA, 34, 0x08, 0, s.ikeInit()))
	c.answer(at+35*ms, ikeMessage(ours, theirs, ikeSA, 34, 0x20, 0, s.ikeInit()))

	e := s.udp(endpoint{h, 4500}, s.at(server, 4500), t)
	marker := make([]byte, 4)
	e.send(at+40*ms, join(marker, ikeMessage(ours, theirs, ikeSealed, 35, 0x08, 1, ikePayload(35, s.octets(240)))))
	e.answer(at+80*ms, join(marker, ikeMessage(ours, theirs, ikeSealed, 35, 0x20, 1, ikePayload(36, s.octets(208)))))
	out, in := s.octets(4), s.octets(4)
	at += 100 * ms
	for i := range 24 {
		e.send(at, join(out, u32(uint32(i+1)), s.octets(16*s.between(4, 30)+12)))
		e.answer(at+36*ms, join(in, u32(uint32(i+1)), s.octets(16*s.between(4, 60)+12)))
		at += s.spread(40*ms, 800*ms)
	}
	e.send(at+20*second, []byte{0xff})
	e.send(at+40*second, []byte{0xff})
}

// dnsCrypt asks a resolver on 443: the certificate in clear, then sealed queries of 64-octet
// steps, each behind the same client magic (DNSCrypt version 2).
func (s *scene) dnsCrypt(at time.Duration, h *host, server string) {
	t := negative("dnscrypt", "DNSCrypt to one resolver: client magic, resolver magic")
	c := s.udp(s.ephemeral(h), s.at(server, 443), t)
	magic, key := s.octets(8), s.octets(32)
	query := dnsQuery(s.between(0, 65535), "2.dnscrypt-cert.example.net", typeTXT)
	certificate := join([]byte("DNSC"), u16(1), u16(0), s.octets(64+32), magic, s.octets(12))
	c.send(at, query)
	c.answer(at+20*ms, dnsAnswer(query, dnsRecord(typeTXT, vec8(certificate))))
	for range 6 {
		at += s.spread(100*ms, 2*second)
		c = s.udp(s.ephemeral(h), s.at(server, 443), t)
		nonce := s.octets(12)
		c.send(at, join(magic, key, nonce, s.octets(16+256)))
		c.answer(at+22*ms, join([]byte("r6fnvWj8"), nonce, s.octets(12), s.octets(16+64*s.between(2, 6))))
	}
}
