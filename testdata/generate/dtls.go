package main

import "time"

// dtlsSide numbers the records and messages of one end of a DTLS 1.2 association (RFC 6347).
type dtlsSide struct {
	epoch, record, message int
}

// put writes one record (section 4.1).
func (d *dtlsSide) put(kind byte, body []byte) []byte {
	b := join([]byte{kind}, u16(dtls12), u16(d.epoch), make([]byte, 2), u32(uint32(d.record)), vec16(body))
	d.record++
	return b
}

// say writes one handshake message in one fragment and one record (section 4.2.2).
func (d *dtlsSide) say(kind byte, body []byte) []byte {
	b := join([]byte{kind}, u24(len(body)), u16(d.message), u24(0), vec24(body))
	d.message++
	return d.put(recordHandshake, b)
}

// finish changes the cipher and writes a Finished, sealed: explicit nonce, 24 octets, tag.
func (d *dtlsSide) finish(s *scene) []byte {
	change := d.put(recordCipher, []byte{1})
	d.epoch, d.record = d.epoch+1, 0
	return join(change, d.sealed(s, recordHandshake, 24))
}

// sealed writes an encrypted record of n octets of content.
func (d *dtlsSide) sealed(s *scene, kind byte, n int) []byte {
	nonce := join(u16(d.epoch), u16(0), u32(uint32(d.record)))
	return d.put(kind, join(nonce, s.octets(n+16)))
}

// srtpHandshake agrees on SRTP keys as WebRTC does: no cookie, self-signed certificates
// of 30 days on both sides, use_srtp (RFC 8827, section 6.5; RFC 5764). It returns its end.
// Nobody holds the session keys, so the client's CertificateVerify signs random octets.
func (c *conversation) srtpHandshake(at time.Duration, clientIsA bool, rtt time.Duration) time.Duration {
	s := c.scene
	var client, server dtlsSide
	mine, theirs := s.credential("WebRTC", 30), s.credential("WebRTC", 30)
	ch := hello{version: dtls12, random: s.octets(32), suites: []uint16{suiteGCM, 0xcca9, 0xc00a, 0xc014}, srtp: []uint16{0x0001, 0x0007}}
	sh := hello{version: dtls12, random: s.octets(32), session: s.octets(32), suites: []uint16{suiteGCM}, srtp: []uint16{0x0001}}

	c.say(at, clientIsA, client.say(typeClientHello, ch.client()))
	at += rtt
	c.say(at, !clientIsA, join(server.say(typeServerHello, sh.server()),
		server.say(typeCertificate, theirs.message()),
		server.say(typeServerKeyExchange, s.keyExchange(theirs, ch.random, sh.random)),
		server.say(typeCertificateRequest, join(vec8([]byte{64}), vec16(u16s(0x0403, 0x0804)), vec16())),
		server.say(typeServerHelloDone, nil)))
	at += rtt
	c.say(at, clientIsA, join(client.say(typeCertificate, mine.message()),
		client.say(typeClientKeyExchange, vec8(s.octets(32))),
		client.say(typeCertificateVerify, s.sign(mine, s.octets(32))),
		client.finish(s)))
	at += rtt
	c.say(at, !clientIsA, server.finish(s))
	return at + 5*ms
}

// coaps reads sensors over DTLS with a pre-shared key: one server, a cookie, no certificate
// (RFC 7252, section 9.1.3.1).
func (s *scene) coaps(at time.Duration, a, b endpoint) {
	c := s.udp(a, b, negative("dtls-client-server", "CoAP over DTLS to one server on 5684, no STUN before it"))
	var client, server dtlsSide
	cookie := s.octets(20)
	ch := hello{version: dtls12, random: s.octets(32), suites: []uint16{0xc0a8, 0x00a8}, plain: true}
	sh := hello{version: dtls12, random: s.octets(32), session: s.octets(32), suites: []uint16{0xc0a8}}

	c.send(at, client.say(typeClientHello, ch.client()))
	c.answer(at+30*ms, server.say(typeHelloVerify, join(u16(dtls12), vec8(cookie))))
	ch.cookie = cookie
	c.send(at+31*ms, client.say(typeClientHello, ch.client()))
	c.answer(at+61*ms, join(server.say(typeServerHello, sh.server()), server.say(typeServerHelloDone, nil)))
	c.send(at+63*ms, join(client.say(typeClientKeyExchange, vec16([]byte("sensor-17"))), client.finish(s)))
	c.answer(at+93*ms, server.finish(s))
	for i := range 8 {
		t := at + time.Duration(i+1)*5*second
		c.send(t, client.sealed(s, recordData, s.between(18, 30)))
		c.answer(t+30*ms, server.sealed(s, recordData, s.between(14, 60)))
	}
}
