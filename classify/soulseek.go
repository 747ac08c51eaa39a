package classify

import (
	"math/bits"

	"peeratlas/capture/packet"
)

// Soulseek between clients.
//
//	| length 4, little-endian | 00 | token 4 |                                      PierceFirewall, 9 octets
//	| length 4 | 01 | name length 4 | name | type length 4 = 1 | P, F or D | token 4 |   PeerInit
//	| key 4 | the same, each 4 octets xored with the key, rotated left by one more each time |   type 1 obfuscation
//
// A connection between peers opens with one of the two. Clear, it is plain peer-to-peer. Since
// a client may offer an obfuscated port, the same is tried behind the key: the hidden length
// must be the segment's, and the hidden message one of the two to its last octet.
//
// The server's protocol (ports 2242, 2416) is clear as well: its login, whose length, code 1
// and three counted strings fill the segment, is matched too.
var soulseek = Detector{
	Name:       "soulseek",
	Transport:  packet.TCP,
	References: []string{"Nicotine+, doc/SLSKPROTOCOL.md, Peer Init Messages and Server Messages", "aioslsk documentation, Obfuscation"},
	Proves:     "A Soulseek client opens a connection to a peer, in clear or obfuscated.",
	Not:        "What is asked for or sent.",
	Claims:     []ClaimID{claimSoulseek, claimSoulseekHidden},
	Least:      9,
	First:      true,
	Gates:      []Gate{{Length: between(9, 4+300)}},
	Detect:     detectSoulseek,
}

func detectSoulseek(o *Observation) {
	p := o.Payload
	if !o.First() || o.Cut() || len(p) < 9 || len(p) > 4+300 {
		return
	}
	if int(le32(p)) == len(p)-4 {
		if soulseekInit(p, 0, false) || soulseekLogin(p) {
			o.Claim(claimSoulseek, uint32(p[4]), 0)
		}
		return
	}
	if len(p) < 13 {
		return
	}
	key := le32(p)
	if int(le32(p[4:])^bits.RotateLeft32(key, 1)) == len(p)-8 && soulseekInit(p[4:], key, true) {
		o.Claim(claimSoulseekHidden, key, uint32(o.Length))
	}
}

// soulseekInit tells whether p is a PierceFirewall or PeerInit, hidden under key or clear. Its
// length field was checked.
func soulseekInit(p []byte, key uint32, hidden bool) bool {
	at := func(i int) byte {
		if !hidden {
			return p[i]
		}
		return p[i] ^ byte(bits.RotateLeft32(key, 1+i/4)>>(8*(i%4)))
	}
	number := func(i int) int {
		return int(at(i)) | int(at(i+1))<<8 | int(at(i+2))<<16 | int(at(i+3))<<24
	}
	switch at(4) {
	case 0:
		return len(p) == 9
	case 1:
		if len(p) < 9+1+4+1+4 {
			return false
		}
		n := number(5)
		if n < 1 || n > 64 || len(p) != 9+n+4+1+4 {
			return false
		}
		kind := at(9 + n + 4)
		return number(9+n) == 1 && (kind == 'P' || kind == 'F' || kind == 'D')
	}
	return false
}

// soulseekLogin tells whether p is the client's login: code 1, name, password, version, then a
// digest of 32 hexadecimal digits and the minor version.
func soulseekLogin(p []byte) bool {
	if len(p) < 8+4+4+4+4+32+4 || le32(p[4:]) != 1 {
		return false
	}
	at := 8
	for range 2 {
		n := int(le32(p[at:]))
		if n < 0 || n > 64 || at+4+n+4 > len(p) {
			return false
		}
		at += 4 + n
	}
	return at+4+4+32+4 == len(p) && le32(p[at+4:]) == 32
}
