package classify

import "peeratlas/capture/packet"

// STUN, TURN and ICE over a stream.
//
//	| STUN | STUN | channel 2 | length 2 | data, padded to 4 | ...       TURN over TCP
//	| length 2 | STUN, DTLS or SRTP | length 2 | ...                     ICE-TCP (RFC 4571 framing)
//	| 02 | 00 | length 2 | STUN ...  | 03 | 00 | length 2 | media ...     MS-TURN over TCP
//
// A segment is read where a message begins; the rest of a message that goes on in the next
// segment is not looked for, and cannot be taken for another one for want of the cookie.
var stunTCP = Detector{
	Name:       "stun-tcp",
	Transport:  packet.TCP,
	References: []string{"RFC 8489, section 6.2.2", "RFC 8656, section 12.5", "RFC 6544, section 10.1", "RFC 4571", "[MS-TURN] 2.1.1"},
	Proves:     stunUDP.Proves,
	Not:        stunUDP.Not,
	Claims:     stunUDP.Claims,
	Opens:      func(b byte) bool { return b < 0x50 },
	Gates: []Gate{
		{Octets: octets(4, stunMagic), Least: stunHeader},
		{Octets: octets(6, stunMagic), Least: stunHeader},
		{Octets: []octetGate{octetUpTo(0, 1), octetUpTo(1, 0x1f)}, Least: stunHeader}, // kinds before the cookie
		{Octets: []octetGate{octetUpTo(2, 1), octetUpTo(3, 0x1f)}, Least: stunHeader}, // the same, behind a length
		{Octets: []octetGate{octet(0, 8)}, Least: stunHeader},                         // WhatsApp's
		{Octets: []octetGate{octet(2, 8)}, Least: stunHeader},
		{Octets: []octetGate{octet(0, 2, 3), octet(1, 0)}, Least: 4},
		{Octets: []octetGate{maskedOctet(0, 0xf0, 0x40)}, Least: 4, Follows: []ClaimID{claimTurnControl}},
	},
	Detect: detectStunTCP,
}

// stunFrames bounds how many messages of one segment are read.
const stunFrames = 8

func detectStunTCP(o *Observation) {
	p, length := o.Payload, o.Length
	for range stunFrames {
		used := o.stunFrame(p, length)
		if used == 0 || used >= length {
			return
		}
		p, length = p[min(used, len(p)):], length-used
	}
}

// stunFrame reads the message at the start of p, which had length octets on the wire, and
// returns how many of them it takes, its framing included; 0 if there is none.
func (o *Observation) stunFrame(p []byte, length int) int {
	if len(p) < 4 {
		return 0
	}
	var m stunMessage
	switch {
	case streamStun(p, length, &m):
		o.stun(&m)
		return m.size
	case len(p) > 2 && streamStun(p[2:], length-2, &m) && int(be16(p)) == m.size:
		o.stun(&m)
		return 2 + m.size
	case p[0] == 2 && p[1] == 0 && parseStun(p[4:], length-4, &m) && int(be16(p[2:])) == m.size:
		o.stun(&m)
		return 4 + m.size
	case p[0] == 3 && p[1] == 0 && o.Claimed(claimMsStun)|o.Claimed(claimMsPseudoTLS) != 0:
		n := int(be16(p[2:]))
		if n > length-4 {
			return 0
		}
		o.Claim(claimMsRelay, uint32(n), 0)
		o.relayed(p[4:min(len(p), 4+n)], n)
		return 4 + n
	case p[0] >= 0x40 && p[0] < 0x50 && o.Claimed(claimTurnControl) != 0:
		n := int(be16(p[2:]))
		if n > length-4 {
			return 0
		}
		o.relayed(p[4:min(len(p), 4+n)], n)
		return (4 + n + 3) &^ 3 // over TCP the padding is there (RFC 8656, section 12.5)
	}
	return 0
}

// streamStun reads a message that may go on in the next segment: with the cookie it is read as
// far as it is there; without, it must fill what is left of the segment.
func streamStun(p []byte, length int, m *stunMessage) bool {
	if len(p) < stunHeader {
		return false
	}
	size := stunHeader + int(be16(p[2:]))
	if be32(p[4:]) == stunCookie {
		return parseStun(p, max(length, size), m)
	}
	return size == length && parseStun(p, length, m)
}
