package classify

import "peeratlas/capture/packet"

// GoToMeeting's media servers: evidence against a peer.
//
//	| "PING" | 12 |   16 octets, answered by   | "PONG" | 12 |   16 octets
//
// All participants' voice goes through the vendor's servers, on UDP 8200.
var goToMeeting = Detector{
	Name:       "gotomeeting",
	Transport:  packet.UDP,
	References: []string{"libprotoident lib/udp/lpi_gotomeeting.cc (facts only)"},
	Proves:     "A conference server of GoToMeeting's.",
	Not:        "Anything on other ports, where the two words are another program's.",
	Claims:     []ClaimID{claimGoToMeeting},
	Opens:      func(b byte) bool { return b == 'P' },
	Detect:     detectGoToMeeting,
}

func detectGoToMeeting(o *Observation) {
	p := o.Payload
	if o.Length != 16 || len(p) < 4 || be32(p) != 0x504f4e47 || o.Flow.Key.Port[o.Dir] != 8200 {
		return
	}
	if b := o.LastFrom(1 - o.Dir); b != nil && b.length == 16 && be32(b.prefix[:]) == 0x50494e47 {
		o.Claim(claimGoToMeeting, 0, 0)
	}
}
