package classify

import "peeratlas/capture/packet"

// LINE calls.
//
//	| dX XX call id half 2 | sequence 2, rising by one | kind 1: 06 control, 07 more | sub 1 | ... |
//
// Both ends open with a long control packet of kind 06 whose first nibble is d; the sequence
// of each direction rises by one over its control packets. SRTP then shares the flow. No
// specification is public: the layout is as seen in calls, and so weighs less than a proof.
var lineCall = Detector{
	Name:       "line",
	Transport:  packet.UDP,
	References: []string{"layout as observed in two public captures of calls, 2022"},
	Proves:     "LINE's call framing in both directions.",
	Not:        "Whether the far end is LINE's relay or the peer.",
	Claims:     []ClaimID{claimLineCall},
	Opens:      func(b byte) bool { return b>>4 == 0xd },
	Detect:     detectLine,
}

func detectLine(o *Observation) {
	p := o.Payload
	if len(p) < 24 {
		return
	}
	mine, other := o.LastFrom(o.Dir), o.LastFrom(1-o.Dir)
	if p[4] != 6 || p[5] == 0 || p[5] > 3 || other == nil || other.prefix[0]>>4 != 0xd || other.prefix[4] != 6 {
		if mine == nil || mine.prefix[0]>>4 != 0xd || be16(p[2:])-be16(mine.prefix[2:]) != 1 || o.Claimed(claimLineCall) == 0 {
			return
		}
	}
	o.Claim(claimLineCall, uint32(be16(p[2:])), 0)
}
