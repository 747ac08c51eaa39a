package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// n2n's edges and super-nodes.
//
//	| version 1 (2 or 3) | hops left 1 | flags, type 2 | community 20 (16 in version 2), text padded with 00 | ...
//	  types: 1 register edge to edge, 3 packet, 4 its answer, 5 register with super-node, 7 its answer, 8 refusal,
//	  10 and 11 peer information; flags: 20 from a super-node, 40 a socket follows
//	packet: source MAC 6 | destination MAC 6 | [socket] | compression 1 (0 in version 2, 1 to 3) | transform 1 | data
//	  transforms: 1 none, 2 Twofish, 3 AES, 4 ChaCha20, 5 Speck
//
//	version 1: | 01 | type 1 | hops 1 | from a super-node 1 | community 16, text up to 00 | MAC 6 | MAC 6 |
//	           | family 1 (2 or 10) | 00 | port 2 | address 16 | the same again: private address | ... |   always Twofish
//
// An edge registers with a super-node, which hands packets on until edges reach one another:
// the types and the flag tell which of the two the far end is. Header encryption hides all this
// and leaves noise.
var n2n = Detector{
	Name:       "n2n",
	Transport:  packet.UDP,
	References: []string{"n2n src/wire.c, encode_common and encode_PACKET; include/n2n_typedefs.h, n2n_pc; doc/Communities.md (source of 2022)", "version 1 as sent by Debian's n2n 1.3.1, captured 2026-11"},
	Proves:     "An n2n edge talks to another, or to a super-node that hands on between edges; whether packets are encrypted.",
	Not:        "Communities whose header is encrypted.",
	Claims:     []ClaimID{claimN2NEdge, claimN2NSuper, claimN2NPacket, claimN2NClear},
	Opens:      func(b byte) bool { return b >= 1 && b <= 3 },
	Detect:     detectN2N,
}

// Message types and flags of n2n.
const (
	n2nRegister, n2nPacket, n2nRegisterAck = 1, 3, 4
	n2nFlagSocket, n2nFlagSuper            = 0x40, 0x20
)

func detectN2N(o *Observation) {
	p := o.Payload
	if len(p) > 0 && p[0] == 1 {
		o.n2nOld(p)
		return
	}
	at := 4 + 20
	if len(p) > 0 && p[0] == 2 {
		at = 4 + 16
	}
	if len(p) < at || p[1] > 16 || p[2] != 0 || !n2nCommunity(p[4:at]) {
		return
	}
	switch kind := p[3] & 0x1f; {
	case kind == n2nRegister || kind == n2nRegisterAck:
		if p[3]&n2nFlagSuper != 0 {
			o.Claim(claimN2NSuper, uint32(kind), 0)
		} else {
			o.Claim(claimN2NEdge, uint32(kind), 0)
		}
	case kind == n2nPacket:
		if p[3]&n2nFlagSuper != 0 {
			o.Claim(claimN2NSuper, uint32(kind), 0)
		}
		o.n2nTransform(p, at)
	case kind >= 5 && kind <= 12:
		o.Claim(claimN2NSuper, uint32(kind), 0)
	}
}

// n2nOldHeader is the length of version 1's header up to its two addresses' ends.
const n2nOldHeader = 4 + 16 + 12 + 2*20

// n2nOld claims messages of version 1, which pads the community's name with what was there.
func (o *Observation) n2nOld(p []byte) {
	if len(p) < n2nOldHeader || p[1] == 0 || p[1] > n2nRegisterAck || p[2] > 16 || p[3] > 1 {
		return
	}
	end := bytes.IndexByte(p[4:20], 0)
	if end < 1 || printableRun(p[4:4+end]) != end || !n2nFamily(p[32:]) || !n2nFamily(p[52:]) {
		return
	}
	switch {
	case p[3] == 1:
		o.Claim(claimN2NSuper, uint32(p[1]), 0)
	case p[1] == n2nRegisterAck:
		o.Claim(claimN2NEdge, uint32(p[1]), 0)
	}
	if p[1] == n2nPacket && o.Length >= n2nOldHeader+16 {
		o.Claim(claimN2NPacket, 2, uint32(o.Length))
	}
}

// n2nFamily tells an address in version 1's header: IPv4 or IPv6, and a zero.
func n2nFamily(p []byte) bool { return (p[0] == 2 || p[0] == 10) && p[1] == 0 }

// n2nCommunity tells a community's name: printable, then only zeros.
func n2nCommunity(name []byte) bool {
	n := 0
	for n < len(name) && name[n] > 0x20 && name[n] < 0x7f {
		n++
	}
	for _, b := range name[n:] {
		if b != 0 {
			return false
		}
	}
	return n > 0
}

// n2nTransform reads what a packet's data went through; at is the end of the common header.
func (o *Observation) n2nTransform(p []byte, at int) {
	at += 12
	if p[3]&n2nFlagSocket != 0 && at < len(p) {
		at += 8
		if p[at-8]&0x80 != 0 {
			at += 12 // an IPv6 socket
		}
	}
	if at+2 > len(p) {
		return
	}
	switch {
	case p[at] > 3:
		return // no compression of that number
	case p[at+1] == 1:
		o.Claim(claimN2NClear, 0, 0)
	case p[at+1] >= 2 && p[at+1] <= 5:
		o.Claim(claimN2NPacket, uint32(p[at+1]), uint32(o.Length))
	}
}
