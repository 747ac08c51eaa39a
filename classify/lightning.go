package classify

import "peeratlas/capture/packet"

// The Lightning Network (BOLT 8): Noise_XK over TCP.
//
//	act one    | 00 | 02 or 03, x of a key 32 | tag 16 |                50 octets, initiator
//	act two    | 00 | 02 or 03, x of a key 32 | tag 16 |                50 octets, responder
//	act three  | 00 | encrypted static key 33, its tag 16 | tag 16 |    66 octets, initiator
//	then       | encrypted length 2, tag 16 | message, tag 16 |
//
// The acts have these lengths exactly, a version of 0 and, the first two, the sign of a
// compressed point. The initiator waits for act two before act three: they never merge. Act
// three and the first message may share a segment.
//
// Only nodes speak it, peers all. The x is checked to be a field element at most: half of all
// numbers are some point's x, so that would be one bit.
var lightning = Detector{
	Name:       "lightning",
	Transport:  packet.TCP,
	References: []string{"BOLT 8, Encrypted and Authenticated Transport, section Authenticated Key Exchange Handshake Specification", "SEC 1 version 2.0, section 2.3.3"},
	Proves:     "A Lightning node dials another; with acts two and three, that both know their keys.",
	Not:        "Which node it is: that stands in act three, encrypted.",
	Claims:     []ClaimID{claimLightningOne, claimLightningTwo, claimLightningThree},
	Opens:      func(b byte) bool { return b == 0 },
	Detect:     detectLightning,
}

// bolt8 are the lengths of the acts.
const (
	bolt8Key   = 1 + 33 + 16
	bolt8Three = 1 + 33 + 16 + 16
)

func detectLightning(o *Observation) {
	p := o.Payload
	if len(p) < 2 || o.Number() > 3 {
		return
	}
	key := o.Length == bolt8Key && p[1]&^1 == 2 && (o.Cut() || noise(p[2:]))
	switch {
	case key && o.First() && o.FromInitiator() && o.Number() == 0:
		o.Claim(claimLightningOne, 0, 0)
	case key && o.First() && !o.FromInitiator() && o.ClaimedByOther(claimLightningOne):
		o.Claim(claimLightningTwo, 0, 0)
	case o.Length >= bolt8Three && o.FromInitiator() && o.ClaimedByOther(claimLightningTwo):
		// Act three follows act two at once.
		if b := o.Before(0); b.dir != o.Dir && (o.Length == bolt8Three || o.Length >= bolt8Three+18+16) {
			o.Claim(claimLightningThree, uint32(o.Length), 0)
		}
	}
}
