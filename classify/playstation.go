package classify

import "peeratlas/capture/packet"

// Games between consoles of the PlayStation Network.
//
//	| ff 83 ff fe | ...    UDP 3658 by preference
//	| ff 83 ff fd | ...    UDP 9306
//
// No specification is public, and nothing behind the mark is known but that most of it is noise;
// where it is not, nothing is claimed. Consoles that use Sony's newer library punch their path
// with plain STUN Bindings, and are told by these (stun.go).
var playStation = Detector{
	Name:       "playstation",
	Transport:  packet.UDP,
	References: []string{"libprotoident lib/udp/lpi_psn.cc (facts only)"},
	Proves:     "The mark before noise; from both ends, that two consoles play.",
	Not:        "That the game encrypts all it says.",
	Claims:     []ClaimID{claimPlayStation, claimPlayStationBoth},
	Opens:      func(b byte) bool { return b == 0xff },
	Detect:     detectPlayStation,
}

func detectPlayStation(o *Observation) {
	p := o.Payload
	if len(p) < 4+noiseLeast || be32(p)>>8 != 0xff83ff || p[3] != 0xfe && p[3] != 0xfd || !noise(p[4:]) {
		return
	}
	o.Claim(claimPlayStation, uint32(p[3]), uint32(o.Length))
}
