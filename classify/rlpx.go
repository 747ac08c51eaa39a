package classify

import "peeratlas/capture/packet"

// RLPx, the encrypted transport of Ethereum's devp2p.
//
//	auth  | size 2, big-endian | 04 | x 32 | y 32 | IV 16 | ciphertext | MAC 32 |   since EIP-8
//	ack   | the same shape from the other end |
//	auth  | 04 | x 32 | y 32 | IV 16 | ciphertext | MAC 32 |   307 octets; ack 210: before EIP-8
//
// Both ends begin with a message of ECIES, whose ephemeral public key is in clear: 04 and the
// coordinates of a point of secp256k1. Whether they are a point's is reckoned out, which leaves
// nothing to chance. The size covers the message, not the segment: a message may be split over
// segments, and the ack is often followed by the first frame in its own segment.
//
// A snap length that cuts the point leaves the size and the mark 04, which a stream of
// length-prefixed messages (DNS over TCP) also has now and then: that is a shape, no proof.
var rlpx = Detector{
	Name:       "rlpx",
	Transport:  packet.TCP,
	References: []string{"EIP-8, RLPx handshake", "devp2p, rlpx.md, Initial Handshake", "SEC 2 version 2.0, section 2.4.1; SEC 1 version 2.0, section 2.3.3"},
	Proves:     "An Ethereum node dials another; with the ack, that the other is one too.",
	Not:        "Which network or client it is; that the identity was accepted.",
	Claims:     []ClaimID{claimRLPxAuth, claimRLPxAck, claimRLPxShape},
	Opens:      func(b byte) bool { return b <= 8 },
	Least:      3,
	First:      true,
	Detect:     detectRLPx,
}

// Bounds of the size in a message since EIP-8: ECIES takes 113 octets, the list in an ack at
// least 100, and padding of 100 to 300 octets is advised.
const (
	rlpxLeast = 113 + 100
	rlpxMost  = 2048
)

func detectRLPx(o *Observation) {
	p := o.Payload
	if !o.First() || len(p) < 3 {
		return
	}
	size, point := int(be16(p)), 2
	switch {
	case p[2] == 4 && size >= rlpxLeast && size <= rlpxMost:
	case p[0] == 4 && (o.Length == 307 && o.FromInitiator() || o.Length == 210 && !o.FromInitiator()):
		size, point = o.Length, 0
	default:
		return
	}
	switch {
	case len(p) >= point+65 && onSecp256k1(p[point+1:]):
		if o.FromInitiator() {
			o.Claim(claimRLPxAuth, uint32(o.Length), uint32(size))
		} else {
			o.Claim(claimRLPxAck, uint32(o.Length), uint32(size))
		}
	case len(p) < point+65 && o.Cut() && o.Length-point == size:
		o.Claim(claimRLPxShape, uint32(o.Length), 0)
	}
}
