package main

import "time"

// Segments of the classic client on TCP (Ehlert and Petgang 2006; Baset and Schulzrinne 2004).

// skypeHello is the constant part of the client's hello on port 443: an SSLv2 record with a
// TLS 1.0 hello, 15 cipher suites, no session, and a challenge of 16 octets to come.
var skypeHello = []byte{
	0x80, 0x46, 0x01, 0x03, 0x01, 0x00, 0x2d, 0x00, 0x00, 0x00, 0x10,
	0x00, 0x00, 0x05, 0x00, 0x00, 0x04, 0x00, 0x00, 0x0a, 0x00, 0x00, 0x09, 0x00, 0x00, 0x64,
	0x00, 0x00, 0x62, 0x00, 0x00, 0x08, 0x00, 0x00, 0x03, 0x00, 0x00, 0x06, 0x01, 0x00, 0x80,
	0x07, 0x00, 0xc0, 0x03, 0x00, 0x80, 0x06, 0x00, 0x40, 0x02, 0x00, 0x80, 0x04, 0x00, 0x80,
}

// skypeServerHello is the constant answer: a ServerHello of 31 January 2004, whoever gives it.
var skypeServerHello = []byte{
	0x16, 0x03, 0x01, 0x00, 0x4a, 0x02, 0x00, 0x00, 0x46, 0x03, 0x01,
	0x40, 0x1b, 0xe4, 0x86, 0x02, 0xad, 0xe0, 0x29, 0xe1, 0x77, 0x74, 0xe5, 0x44, 0xb9, 0xc9, 0x9c,
	0xb4, 0x31, 0x31, 0x5e, 0x02, 0xdd, 0x77, 0x9d, 0x15, 0x4a, 0x96, 0x09, 0xba, 0x5d, 0xa8, 0x70,
	0x20, 0x1c, 0xa0, 0xe4, 0xf6, 0x4c, 0x63, 0x51, 0xae, 0x2f, 0x8e, 0x4e, 0xe1, 0xe6, 0x76, 0x6a,
	0x0a, 0x88, 0xd5, 0xd8, 0xc5, 0x5c, 0xae, 0x98, 0xc5, 0xe4, 0x81, 0xf2, 0x2a, 0x69, 0xbf, 0x90,
	0x58, 0x00, 0x05, 0x00,
}

// fallback speaks TCP to a peer's port: 14 octets, 22 to 29 back, a longer third segment,
// 15 to 17 back; all of them look random. Then a small message every minute until to.
func (k *skype) fallback(at, to time.Duration, peer endpoint, t truth) {
	s := k.scene
	c := s.tcp(at, s.ephemeral(k.local.host), peer, t)
	c.send(s.octets(14))
	c.answer(s.octets(s.between(22, 29)))
	c.send(s.octets(s.between(60, 210)))
	c.answer(s.octets(s.between(15, 17)))
	for range 3 {
		c.pause(s.spread(300*ms, 4*second))
		c.send(s.octets(s.between(20, 140)))
		c.answer(s.octets(s.between(30, 420)))
	}
	for c.now+60*second < to {
		c.pause(60 * second)
		c.send(s.octets(s.between(21, 34)))
		c.answer(s.octets(s.between(12, 20)))
	}
	c.close()
}

// disguised speaks to a peer's port 443 behind the constant hellos.
func (k *skype) disguised(at time.Duration, peer endpoint, t truth) {
	s := k.scene
	c := s.tcp(at, s.ephemeral(k.local.host), peer, t)
	c.send(join(skypeHello, s.octets(16)))
	c.answer(join(skypeServerHello, s.octets(14)))
	c.send(s.octets(14))
	c.answer(s.octets(27))
	for range 4 {
		c.pause(s.spread(500*ms, 5*second))
		c.send(s.octets(s.between(30, 200)))
		c.answer(s.octets(s.between(30, 300)))
	}
	c.close()
}

// login speaks to a login server: two records of length 0, which no TLS has, then records
// with constant first octets.
func (k *skype) login(at time.Duration, server endpoint) {
	s := k.scene
	c := s.tcp(at, s.ephemeral(k.local.host), server, unsure("skype-server", "Skype login server: no peer stands behind it"))
	c.send([]byte{0x16, 0x03, 0x01, 0x00, 0x00})
	c.answer([]byte{0x17, 0x03, 0x01, 0x00, 0x00})
	opening := []byte{0x16, 0x03, 0x01, 0x00, 0xcd, 0x41, 0x03, 0x00, 0x09, 0x80, 0x40, 0x04, 0x08, 0xc0, 0x01}
	c.send(join(opening, s.octets(5+0xcd-len(opening))))
	c.answer(join([]byte{0x17, 0x03, 0x01}, vec16(s.octets(316))))
	c.close()
}

// updateCheck asks the vendor in clear whether there is a newer client.
func (k *skype) updateCheck(at time.Duration, resolver string) {
	s := k.scene
	const name, server = "ui.skype.com", "23.101.158.111"
	at = s.lookup(at, k.local.host, resolver, name, server)
	c := s.tcp(at, s.ephemeral(k.local.host), s.at(server, 80), negative("http", "clear HTTP to the vendor"))
	c.http("GET", "/ui/0/5.10.0.116./en/getlatestversion?ver=5.10.0.116&uhash=1", name, "Skype client", "5.10.0.116")
	c.close()
}
