package main

import (
	"time"
)

// rakNetMagic marks RakNet's messages outside a connection.
var rakNetMagic = []byte{0, 0xff, 0xff, 0, 0xfe, 0xfe, 0xfe, 0xfe, 0xfd, 0xfd, 0xfd, 0xfd, 0x12, 0x34, 0x56, 0x78}

// rakNet joins a game server: two requests and replies, then frames with a 24-bit number in
// little-endian order, and acknowledgements.
func (s *scene) rakNet(at time.Duration, h *host, server string) {
	c := s.udp(s.ephemeral(h), s.at(server, 19132), negative("game", "RakNet to one game server"))
	guid, own := s.octets(8), s.octets(8)
	address := func(e endpoint) []byte {
		b := e.host.ip.As4()
		return join([]byte{4, ^b[0], ^b[1], ^b[2], ^b[3]}, u16(int(e.port)))
	}
	c.send(at, join([]byte{5}, rakNetMagic, []byte{11}, make([]byte, 1446)))
	c.answer(at+25*ms, join([]byte{6}, rakNetMagic, guid, []byte{0}, u16(1492)))
	c.send(at+26*ms, join([]byte{7}, rakNetMagic, address(c.b), u16(1492), own))
	c.answer(at+51*ms, join([]byte{8}, rakNetMagic, guid, address(c.a), u16(1492), []byte{0}))
	ping := func(at time.Duration) []byte { return join([]byte{0}, u64(uint64(at/ms))) }
	pong := func(at time.Duration) []byte { return join([]byte{3}, u64(uint64(at/ms)), u64(uint64(at/ms)+7)) }
	at += 60 * ms
	for i := range 30 {
		number := le32(uint32(i))[:3]
		for side, body := range [][]byte{ping(at), pong(at)} {
			frame := join([]byte{0x84}, number, []byte{0x40}, u16(8*len(body)), number, body) // reliable
			c.say(at+time.Duration(side)*ms, side == 0, frame)
			c.say(at+time.Duration(side)*ms+26*ms, side == 1, join([]byte{0xc0, 0, 1, 1}, number))
		}
		at += 50 * ms
	}
}

// kcp speaks KCP to a server: conversation, command, fragment, window, time, number,
// acknowledged, length, all little-endian.
func (s *scene) kcp(at time.Duration, h *host, server string) {
	c := s.udp(s.ephemeral(h), s.at(server, 29900), negative("game", "KCP to one server: constant conversation number in clear"))
	number := s.octets(4)
	segment := func(command byte, i int, data []byte) []byte {
		return join(number, []byte{command, 0}, le16(128), le32(uint32(at/ms)), le32(uint32(i)), le32(uint32(i)), le32(uint32(len(data))), data)
	}
	for i := range 20 {
		for side := range 2 {
			c.say(at+time.Duration(side)*5*ms, side == 0, segment(81, i, s.octets(s.between(30, 300))))
			c.say(at+time.Duration(side)*5*ms+20*ms, side == 1, segment(82, i, nil))
		}
		at += 100 * ms
	}
}

// srt sends a stream in clear to an ingest server (draft-sharabayko-srt, section 3).
func (s *scene) srt(at time.Duration, h *host, server string) {
	c := s.udp(s.ephemeral(h), s.at(server, 9710), negative("media-server", "SRT in clear to one ingest server"))
	ours, theirs, cookie := s.octets(4), s.octets(4), s.octets(4)
	first := uint32(s.between(1, 1<<30))
	begin := at
	stamp := func(at time.Duration) []byte { return u32(uint32((at - begin) / time.Microsecond)) }
	shake := func(at time.Duration, to []byte, version, kind uint32, flags uint16, socket, cookie []byte,
		h *host, more ...[]byte) []byte {
		ip := h.ip.As4()
		address := join([]byte{ip[3], ip[2], ip[1], ip[0]}, make([]byte, 12))
		return join(u32(0x80000000), u32(0), stamp(at), to, u32(version), u16s(0, flags), u32(first), u32(1500), u32(8192),
			u32(kind), socket, cookie, address, join(more...))
	}
	request := join(u16(1), u16(3), u32(0x00010500), u32(0xbf), u16(120), u16(120)) // SRT_CMD_HSREQ
	respond := join(u16(2), u16(3), u32(0x00010500), u32(0xbf), u16(120), u16(120))
	zero := make([]byte, 4)
	c.send(at, shake(at, zero, 4, 1, 2, ours, zero, c.b.host))
	c.answer(at+20*ms, shake(at+20*ms, ours, 5, 1, 0x4a17, theirs, cookie, c.a.host))
	c.send(at+21*ms, shake(at+21*ms, zero, 5, 0xffffffff, 1, ours, cookie, c.b.host, request))
	c.answer(at+41*ms, shake(at+41*ms, ours, 5, 0xffffffff, 1, theirs, cookie, c.a.host, respond))
	at += 45 * ms
	for i := range 16 {
		var stream []byte
		for range 5 { // MPEG-TS null packets (ISO 13818-1)
			cell := make([]byte, 184)
			for j := range cell {
				cell[j] = 0xff
			}
			stream = join(stream, []byte{0x47, 0x1f, 0xff, 0x10}, cell)
		}
		c.send(at, join(u32(first+uint32(i)), u32(0xc0000000|uint32(i+1)), stamp(at), theirs, stream))
		at += 15 * ms
	}
	c.answer(at, join(u32(0x80020000), u32(1), stamp(at), ours, u32(first+16),
		u32(20000), u32(300), u32(8176), u32(66), u32(1000), u32(60000)))
	c.send(at+ms, join(u32(0x80060000), u32(1), stamp(at+ms), theirs, zero))
	c.send(at+second, join(u32(0x80050000), u32(0), stamp(at+second), theirs, zero))
}
