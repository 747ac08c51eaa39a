package classify

import "peeratlas/capture/packet"

// RLPx, the encrypted transport of Ethereum's devp2p.
//
//	auth  | size 2, big-endian = length - 2 | 04 | ECIES public key 64 | IV 16 | ciphertext | MAC 32 |
//	ack   | the same shape from the other end |
//
// The size is in clear (EIP-8) and covers the whole first segment of each direction, and the
// octet behind it begins an uncompressed curve point: 24 bits each way. Before EIP-8 both
// messages had fixed lengths, 307 and 210.
var rlpx = Detector{
	Name:       "rlpx",
	Transport:  packet.TCP,
	References: []string{"EIP-8, RLPx handshake", "devp2p, rlpx.md, Initial Handshake"},
	Proves:     "An Ethereum node dials another; with the ack, that it was accepted.",
	Not:        "Which network or client it is.",
	Claims:     []ClaimID{claimRLPxAuth, claimRLPxAck},
	Opens:      func(b byte) bool { return b <= 4 },
	Detect:     detectRLPx,
}

func detectRLPx(o *Observation) {
	p := o.Payload
	if !o.First() || len(p) < 100 || p[2] != 4 || int(be16(p)) != o.Length-2 || o.Length < 200 || o.Length > 1024 || !noise(p[3:]) {
		return
	}
	if o.FromInitiator() {
		o.Claim(claimRLPxAuth, uint32(o.Length), 0)
	} else if o.ClaimedByOther(claimRLPxAuth) {
		o.Claim(claimRLPxAck, uint32(o.Length), 0)
	}
}
