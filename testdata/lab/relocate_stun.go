package main

import (
	"crypto/subtle"
	"encoding/binary"
	"hash/crc32"
)

const stunCookie = 0x2112a442

// stun maps the addresses of a STUN message or of TURN ChannelData in place (RFC 8489, RFC 8656),
// and tells whether p is one.
func (r *relocation) stun(p []byte) bool {
	if len(p) >= 4 && p[0]&0xf0 == 0x40 { // ChannelData
		n := int(binary.BigEndian.Uint16(p[2:]))
		return 4+n <= len(p) && len(p) <= 4+n+3 && r.stun(p[4:4+n])
	}
	if len(p) < 20 || p[0] > 3 || binary.BigEndian.Uint32(p[4:]) != stunCookie || int(binary.BigEndian.Uint16(p[2:]))+20 != len(p) {
		return false
	}
	for at := 20; at+4 <= len(p); {
		kind, n := binary.BigEndian.Uint16(p[at:]), int(binary.BigEndian.Uint16(p[at+2:]))
		if at+4+n > len(p) {
			break
		}
		value := p[at+4 : at+4+n]
		switch kind {
		case 0x0001, 0x8023, 0x802b, 0x802c: // MAPPED-ADDRESS, ALTERNATE-SERVER, RESPONSE-ORIGIN, OTHER-ADDRESS
			if n == 8 && value[1] == 1 || n == 20 && value[1] == 2 {
				r.move(value[4:])
			}
		case 0x0012, 0x0016, 0x0020: // XOR-PEER-ADDRESS, XOR-RELAYED-ADDRESS, XOR-MAPPED-ADDRESS
			if n == 8 && value[1] == 1 || n == 20 && value[1] == 2 {
				unmask(value[4:], p[4:20])
				r.move(value[4:])
				unmask(value[4:], p[4:20])
			}
		case 0x0013: // DATA
			r.stun(value)
		case 0x8028: // FINGERPRINT, always the last
			if n == 4 {
				binary.BigEndian.PutUint32(value, crc32.ChecksumIEEE(p[:at])^0x5354554e)
			}
		}
		at += 4 + (n+3)&^3
	}
	return true
}

// unmask undoes the XOR with the cookie and, for IPv6, the transaction's identifier behind it.
func unmask(b, by []byte) { subtle.XORBytes(b, b, by) }
