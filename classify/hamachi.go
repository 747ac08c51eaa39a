package classify

import "peeratlas/capture/packet"

// Hamachi's tunnels between hosts.
//
//	opening   | 00 x 8 | ... |                                       76 octets, both ways
//	tunnel    | id 4 | sequence 4 | id 2 | sealed ... |              46 octets or more
//	server    | length 4 | ... 8 | 7b 7a 0d ad | ... |               TCP, first segment
//
// Each direction of a tunnel keeps its own two ids, 48 bits, while the sequence counts up from
// a small number. The layout is as observed: Hamachi's own paper gives no octets.
var hamachi = Detector{
	Name:       "hamachi",
	Transport:  packet.UDP,
	References: []string{"LogMeIn Hamachi2 Security, An Overview (mediated peer-to-peer tunnels over UDP)", "layout as observed: public notes on nDPI's and libprotoident's Hamachi rules, 2011 and 2025"},
	Proves:     "Two directions of a numbered tunnel of Hamachi's layout.",
	Not:        "Whether the far end is the peer or LogMeIn's relay (its servers use port 17771).",
	Claims:     []ClaimID{claimHamachiOpen, claimHamachiTunnel},
	Least:      12,
	Gates: []Gate{
		{Octets: octets(0, "\x00\x00\x00"), Length: lengths(hamachiOpening)},
		{Octets: octets(4, "\x00\x00"), Length: func(n int) bool { return n >= hamachiTunnel }, After: 2},
	},
	Detect: detectHamachi,
}

const (
	hamachiOpening = 76
	hamachiTunnel  = 46
)

func detectHamachi(o *Observation) {
	p := o.Payload
	if len(p) < 12 {
		return
	}
	if o.Length == hamachiOpening && be64(p) == 0 {
		o.Claim(claimHamachiOpen, 0, 0)
		return
	}
	if !hamachiHeader(p, o.Length) {
		return
	}
	mine, other := o.LastFrom(o.Dir), o.LastFrom(1-o.Dir)
	if mine == nil || other == nil || !hamachiHeader(mine.prefix[:], int(mine.length)) || !hamachiHeader(other.prefix[:], int(other.length)) {
		return
	}
	sameIDs := be32(mine.prefix[:]) == be32(p) && be16(mine.prefix[8:]) == be16(p[8:])
	ownIDs := be32(other.prefix[:]) != be32(p) && be16(other.prefix[8:]) != be16(p[8:])
	if step := be32(p[4:]) - be32(mine.prefix[4:]); sameIDs && ownIDs && step > 0 && step <= 64 && noise(p[10:]) {
		o.Claim(claimHamachiTunnel, be32(p), step)
	}
}

// hamachiHeader tells whether a payload of length octets may belong to a tunnel: an id that is
// neither zero nor all ones, and a sequence of 16 bits in a field of 32.
func hamachiHeader(p []byte, length int) bool {
	id, sequence := be32(p), be32(p[4:])
	return length >= hamachiTunnel && id != 0 && id != 0xffffffff && sequence != 0 && sequence <= 0xffff
}

// hamachiTCP is the connection to the mediation server.
var hamachiTCP = Detector{
	Name:       "hamachi-server",
	Transport:  packet.TCP,
	References: hamachi.References,
	Proves:     "A client logs in at Hamachi's mediation server.",
	Not:        "That a peer is reached through it.",
	Claims:     []ClaimID{claimHamachiServer},
	Opens:      func(b byte) bool { return b == 0 },
	Detect: func(o *Observation) {
		if p := o.Payload; o.First() && len(p) >= 16 && o.Length > 300 && be32(p) == uint32(o.Length-4) && be32(p[12:]) == 0x7b7a0dad {
			o.Claim(claimHamachiServer, uint32(o.Length), 0)
		}
	},
}
