package classify

import "peeratlas/capture/packet"

// Nintendo's Pia, the peer-to-peer layer of its consoles' games.
//
//	| 32 ab 98 64 | 01 clear or 02 encrypted, high bit from version 5 on | connection id 1 | sequence 2 | nonce 8 | tag 8 .. 16 | ...
//
// Consoles find each other through Nintendo's servers and NAT traversal, then talk directly.
var nintendo = Detector{
	Name:       "nintendo",
	Transport:  packet.UDP,
	References: []string{"NintendoClients wiki, Pia protocol, packet header"},
	Proves:     "A console's game session; with the flag 2, that it is encrypted.",
	Not:        "That the far end is a console: some games put a relay between.",
	Claims:     []ClaimID{claimPiaEncrypted, claimClearPeer},
	Opens:      func(b byte) bool { return b == 0x32 },
	Detect:     detectNintendo,
}

func detectNintendo(o *Observation) {
	p := o.Payload
	if len(p) < 16 || be32(p) != 0x32ab9864 {
		return
	}
	switch p[4] & 0x7f {
	case 1:
		o.Claim(claimClearPeer, 0, 0)
	default:
		if p[4]&0x7f == 2 || p[4]&0x80 != 0 {
			o.Claim(claimPiaEncrypted, uint32(p[4]), 0)
		}
	}
}
