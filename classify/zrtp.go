package classify

import (
	"hash/crc32"
	"math/bits"

	"peeratlas/capture/packet"
)

// ZRTP: two telephones agree on SRTP's keys between themselves, on the media path.
//
//	| 10 00 | sequence 2 | "ZRTP" | SSRC 4 | 50 5a | length in words 2 | type 8 | ... | CRC 4 |
//
// No server takes part, so messages from both ends are a call between two endpoints, whoever
// relays it. The CRC is SCTP's (CRC-32C); with it a message is certain.
var zrtp = Detector{
	Name:       "zrtp",
	Transport:  packet.UDP,
	References: []string{"RFC 6189, sections 5 and 5.1", "RFC 9260, appendix A (CRC-32C)"},
	Proves:     "An end-to-end key agreement for SRTP.",
	Not:        "That the far address is the peer's own: phone systems relay ZRTP.",
	Claims:     []ClaimID{claimZRTP, claimZRTPBoth},
	Opens:      func(b byte) bool { return b == 0x10 },
	Detect:     detectZRTP,
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func detectZRTP(o *Observation) {
	p := o.Payload
	if len(p) < 28 || p[1] != 0 || be32(p[4:]) != 0x5a525450 || be16(p[12:]) != 0x505a {
		return
	}
	if 12+4*int(be16(p[14:]))+4 != o.Length {
		return
	}
	if !o.Cut() {
		sum, sent := crc32.Checksum(p[:len(p)-4], castagnoli), be32(p[len(p)-4:])
		if sum != sent && bits.ReverseBytes32(sum) != sent {
			return
		}
	}
	o.Watch(64)
	o.Claim(claimZRTP, be32(p[16:]), 0)
}
