package classify

import "peeratlas/capture/packet"

// Ethereum's node discovery, version 5.
//
//	| masking IV 16 | header 23, masked | auth data, masked: 32, 24 or 131 and more | message, AES-GCM |
//	  message: 32 octets of source id, then at least a tag of 16: 87 octets or more
//	  WHOAREYOU: 24 octets of auth data, no message: exactly 63
//	  handshake: 34 and a signature of 64 and a key of 33, then a message: 186 or more
//
// The mask's key is the node id of the receiver, which a bystander does not know, so all of it
// is noise. What shows is the order of lengths: who has no keys sends random octets in the
// shape of a message, is asked WHOAREYOU, and answers with the handshake. That is a weak mark
// by itself; on a socket that also speaks version 4 (whose hash is in clear) it is a strong one.
var discv5 = Detector{
	Name:       "discv5",
	Transport:  packet.UDP,
	References: []string{"devp2p, discv5-wire.md, version 5.1: UDP Communication, Packet Encoding, WHOAREYOU Packet, Handshake Message Packet"},
	Proves:     "Lengths of a session that begins, all of it noise.",
	Not:        "That it is discovery: its only certain mark needs the receiver's node id.",
	Claims:     []ClaimID{claimDiscv5Challenge, claimDiscv5Handshake},
	Least:      14,
	Within:     7,
	Gates: []Gate{{Answers: true, Length: func(n int) bool {
		return n == discv5Challenge || n >= discv5Handshake && n <= discv4Most
	}}},
	Detect: detectDiscv5,
}

const (
	discv5Message   = 16 + 23 + 32 + 16
	discv5Challenge = 16 + 23 + 24
	discv5Handshake = 16 + 23 + 34 + 64 + 33 + 16
)

func detectDiscv5(o *Observation) {
	if o.Number() == 0 || o.Number() > 6 {
		return
	}
	switch before := o.Before(0); {
	case before.dir == o.Dir:
	case o.Length == discv5Challenge:
		if before.length >= discv5Message && before.length <= discv4Most && o.Noise() &&
			popcountFits(int(before.ones), int(before.sample)) {
			o.Claim(claimDiscv5Challenge, uint32(before.length), 0)
		}
	case before.length == discv5Challenge && o.Length >= discv5Handshake && o.Length <= discv4Most:
		if o.ClaimedByOther(claimDiscv5Challenge) && o.Noise() {
			o.Claim(claimDiscv5Handshake, uint32(o.Length), 0)
		}
	}
}
