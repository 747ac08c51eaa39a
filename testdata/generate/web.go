package main

import (
	"crypto/md5"
	"fmt"
	"strings"
	"time"
)

// http sends one request and its answer in clear (RFC 9112).
func (c *stream) http(method, path, name, agent, body string) {
	c.send([]byte(fmt.Sprintf(
		"%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nAccept: */*\r\n\r\n", method, path, name, agent)))
	c.answer([]byte(fmt.Sprintf("HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", len(body), body)))
}

// web fetches a page in clear.
func (s *scene) web(at time.Duration, h *host, resolver, name, server string) {
	at = s.lookup(at, h, resolver, name, server)
	c := s.tcp(at, s.ephemeral(h), s.at(server, 80), negative("http", "clear HTTP"))
	c.http("GET", "/", name, "Mozilla/5.0", strings.Repeat("A page of plain text. ", 120))
	c.close()
}

// secure fetches over TLS after a look-up.
func (s *scene) secure(at time.Duration, h *host, resolver, name, server string, version int, sizes ...int) {
	at = s.lookup(at, h, resolver, name, server)
	c := s.tcp(at, s.ephemeral(h), s.at(server, 443), negative("tls-client-server", "TLS with SNI "+name+", looked up before"))
	if version == tls13 {
		s.tls13(c, name, "h2", sizes...)
		return
	}
	s.tls12(c, name, sizes...)
}

// ntp asks a time server (RFC 5905, section 7.3).
func (s *scene) ntp(at time.Duration, h *host, server string, times int) {
	c := s.udp(endpoint{h, 123}, s.at(server, 123), negative("ntp", "NTP client and server, in clear"))
	stamp := func(at time.Duration) []byte {
		t := start.Add(at)
		fraction := uint64(t.Nanosecond()) << 32 / 1e9
		return join(u32(uint32(t.Unix()+2208988800)), u32(uint32(fraction)))
	}
	zero := make([]byte, 8)
	for range times {
		c.send(at, join([]byte{0x23, 3, 6, 0xe9}, u32(0x0a00), u32(0x0b00), []byte{192, 0, 2, 123},
			stamp(at-64*second), zero, zero, stamp(at)))
		c.answer(at+18*ms, join([]byte{0x24, 1, 6, 0xe9}, u32(0), u32(0x20), []byte("PTB\x00"),
			stamp(at-9*second), stamp(at), stamp(at+9*ms), stamp(at+9*ms)))
		at += 64 * second
	}
}

// ssh logs in: banners and key exchange in clear, then random (RFC 4253, sections 4.2, 6 and 7).
func (s *scene) ssh(at time.Duration, h *host, server string) {
	c := s.tcp(at, s.ephemeral(h), s.at(server, 22), negative("ssh", "SSH: banners and key exchange in clear"))
	packet := func(payload []byte) []byte {
		padding := 8 - (len(payload)+5)%8 + 4
		padding -= padding / 8 * 8
		if padding < 4 {
			padding += 8
		}
		return join(u32(uint32(1+len(payload)+padding)), []byte{byte(padding)}, payload, make([]byte, padding))
	}
	list := func(text string) []byte { return join(u32(uint32(len(text))), []byte(text)) }
	algorithms := func() []byte {
		b := join([]byte{20}, s.octets(16), list("curve25519-sha256,ecdh-sha2-nistp256"), list("ssh-ed25519,rsa-sha2-512"))
		for _, text := range []string{"aes128-ctr,aes256-gcm@openssh.com", "hmac-sha2-256", "none"} {
			b = join(b, list(text), list(text))
		}
		return packet(join(b, list(""), list(""), make([]byte, 5)))
	}
	c.send([]byte("SSH-2.0-OpenSSH_9.2p1\r\n"))
	c.answer([]byte("SSH-2.0-OpenSSH_8.4p1\r\n"))
	c.send(algorithms())
	c.answer(algorithms())
	c.send(packet(join([]byte{30}, u32(32), s.octets(32))))
	c.answer(join(packet(join([]byte{31}, u32(51), list("ssh-ed25519"), u32(32), s.octets(32), u32(32), s.octets(32),
		u32(83), list("ssh-ed25519"), u32(64), s.octets(64))), packet([]byte{21})))
	c.send(packet([]byte{21}))
	for range 6 {
		c.pause(s.spread(50*ms, 700*ms))
		c.send(s.octets(4 * s.between(11, 30)))
		c.answer(s.octets(4 * s.between(11, 120)))
	}
	c.close()
}

// ber writes one BER value with a short length (X.690, section 8.1).
func ber(tag byte, parts ...[]byte) []byte { return join([]byte{tag}, vec8(parts...)) }

// snmp reads a counter (RFC 3416, RFC 1901).
func (s *scene) snmp(at time.Duration, h *host, device string) {
	c := s.udp(s.ephemeral(h), s.at(device, 161), negative("snmp", "SNMP v2c in clear"))
	counter := []byte{0x2b, 6, 1, 2, 1, 2, 2, 1, 10, 1} // ifInOctets.1
	message := func(kind byte, id int, value []byte) []byte {
		return ber(0x30, ber(2, []byte{1}), ber(4, []byte("public")),
			ber(kind, ber(2, u16(id)), ber(2, []byte{0}), ber(2, []byte{0}), ber(0x30, ber(0x30, ber(6, counter), value))))
	}
	for i := range 4 {
		id := 0x1200 + i
		c.send(at, message(0xa0, id, ber(5)))
		c.answer(at+4*ms, message(0xa2, id, ber(0x41, u24(0x123456+i*4099))))
		at += 10 * second
	}
}

// tftp reads a small file; the server answers from a port of its own (RFC 1350, section 4).
func (s *scene) tftp(at time.Duration, h *host, server string) {
	local := s.ephemeral(h)
	t := negative("file-plain", "TFTP in clear; the server picks a new port")
	s.udp(local, s.at(server, 69), t).send(at, []byte("\x00\x01startup-config\x00octet\x00"))
	c := s.udp(s.at(server, 40987), local, t)
	text := strings.Repeat("interface GigabitEthernet0/1\n switchport mode access\n", 26)
	for block := 1; len(text) > 0; block++ {
		n := min(512, len(text))
		at += 3 * ms
		c.send(at, join(u16(3), u16(block), []byte(text[:n])))
		c.answer(at+ms, join(u16(4), u16(block)))
		text = text[n:]
	}
}

// radius asks whether a user may come in (RFC 2865, sections 3 and 4).
func (s *scene) radius(at time.Duration, h *host, server string) {
	c := s.udp(s.ephemeral(h), s.at(server, 1812), negative("radius", "RADIUS to one server on 1812"))
	attribute := func(kind byte, value []byte) []byte {
		return join([]byte{kind, byte(2 + len(value))}, value)
	}
	for id := range 3 {
		authenticator := s.octets(16)
		request := join(attribute(1, []byte("ben")), attribute(2, s.octets(16)), attribute(4, h.ip.AsSlice()))
		c.send(at, join([]byte{1, byte(id)}, u16(20+len(request)), authenticator, request))
		accept := attribute(18, []byte("welcome"))
		head := join([]byte{2, byte(id)}, u16(20+len(accept)))
		sum := md5.Sum(join(head, authenticator, accept, []byte("secret")))
		c.answer(at+6*ms, join(head, sum[:], accept))
		at += 15 * second
	}
}

// memcached reads a key over UDP: request id, sequence, total, reserved (its protocol.txt).
func (s *scene) memcached(at time.Duration, h *host, server string) {
	c := s.udp(s.ephemeral(h), s.at(server, 11211), negative("memcached", "memcached in clear over UDP"))
	for id := range 4 {
		head := u16s(uint16(id+1), 0, 1, 0)
		c.send(at, join(head, []byte("get greeting\r\n")))
		c.answer(at+ms/2, join(head, []byte("VALUE greeting 0 5\r\nhello\r\nEND\r\n")))
		at += 2 * second
	}
}
