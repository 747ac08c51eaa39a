package main

import (
	"bytes"
	"encoding/binary"
	"net/netip"

	"golang.org/x/crypto/sha3"
)

// frame maps the addresses of an Ethernet frame in place.
func (r *relocation) frame(data []byte) {
	if len(data) < 34 {
		return
	}
	switch binary.BigEndian.Uint16(data[12:]) {
	case 0x0800:
		r.packet(data[14:], true)
	case 0x86dd:
		r.packet6(data[14:], true)
	}
}

// packet maps an IPv4 packet in place; one that ICMP quotes is not whole, and keeps its inner checksum.
func (r *relocation) packet(ip []byte, whole bool) {
	if len(ip) < 20 || ip[0]>>4 != 4 {
		return
	}
	head := int(ip[0]&15) * 4
	total := min(int(binary.BigEndian.Uint16(ip[2:])), len(ip))
	if head < 20 || total < head {
		return
	}
	body := ip[head:total]
	ends := endsOf(ip, body)
	fragment := binary.BigEndian.Uint16(ip[6:])&0x3fff != 0
	before := sum(ip[12:20], 0)
	r.move(ip[12:16])
	r.move(ip[16:20])
	after := sum(ip[12:20], 0)
	binary.BigEndian.PutUint16(ip[10:], 0)
	binary.BigEndian.PutUint16(ip[10:], fold(sum(ip[:head], 0)))
	at := map[byte]int{1: 2, 6: 16, 17: 6}[ip[9]] // where the checksum is
	switch {
	case !whole || at == 0 || len(body) < at+2 || binary.BigEndian.Uint16(ip[6:])&0x1fff != 0:
		return
	case fragment && ip[9] != 1:
		// The rest is not here: only what changed changes the checksum (RFC 1624).
		old := uint32(^binary.BigEndian.Uint16(body[at:]))
		binary.BigEndian.PutUint16(body[at:], fold(old+uint32(fold(before))+after))
		return
	}
	r.payload(ip[9], body, ends)
	var pseudo uint32
	if ip[9] != 1 {
		pseudo = sum(ip[12:20], uint32(ip[9])+uint32(len(body)))
	} else if len(body) > 8 {
		r.packet(body[8:], false)
	}
	binary.BigEndian.PutUint16(body[at:], 0)
	c := fold(sum(body, pseudo))
	if ip[9] == 17 && c == 0 {
		c = 0xffff
	}
	binary.BigEndian.PutUint16(body[at:], c)
}

func endsOf(ip, body []byte) [2]end {
	var e [2]end
	for i := range e {
		a, _ := netip.AddrFromSlice(ip[12+4*i : 16+4*i])
		e[i].addr = a.String()
		if (ip[9] == 6 || ip[9] == 17) && len(body) >= 4 {
			e[i].port = int(binary.BigEndian.Uint16(body[2*i:]))
		}
	}
	return e
}

// move maps one address, of four octets or sixteen, in place, and tells whether it was one.
func (r *relocation) move(b []byte) bool {
	a, _ := netip.AddrFromSlice(b)
	to, moved := r.to[a]
	if moved {
		copy(b, to.AsSlice())
	}
	return moved
}

// payload maps what the transport carries.
func (r *relocation) payload(proto byte, body []byte, ends [2]end) {
	var p []byte
	switch {
	case proto == 17 && len(body) > 8:
		p = body[8:]
	case proto == 6 && len(body) > 20 && int(body[12]>>4)*4 < len(body):
		p = body[body[12]>>4*4:]
	default:
		return
	}
	switch {
	case proto == 17 && r.stun(p):
	case r.plain[ends] != "":
		r.clear(p)
	}
}

// clear maps every four or sixteen octets that are a mapped address.
func (r *relocation) clear(p []byte) {
	const head = 32 + 65
	hashed := len(p) > head && bytes.Equal(p[:32], keccak(p[32:]))
	for i := 0; i+4 <= len(p); i++ {
		switch {
		case i+16 <= len(p) && r.move(p[i:i+16]):
			i += 15
		case r.move(p[i : i+4]):
			i += 3
		}
	}
	if hashed { // discv4
		copy(p, keccak(p[32:]))
	}
}

func keccak(p []byte) []byte {
	h := sha3.NewLegacyKeccak256()
	h.Write(p)
	return h.Sum(nil)
}

// sum adds 16-bit words, the last one filled up with a zero.
func sum(p []byte, s uint32) uint32 {
	for ; len(p) >= 2; p = p[2:] {
		s += uint32(p[0])<<8 | uint32(p[1])
	}
	if len(p) == 1 {
		s += uint32(p[0]) << 8
	}
	return s
}

// fold makes the Internet checksum of a sum (RFC 1071).
func fold(s uint32) uint16 {
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return ^uint16(s)
}
