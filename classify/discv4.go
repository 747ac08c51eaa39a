package classify

import "peeratlas/capture/packet"

// Ethereum's node discovery, version 4.
//
//	| hash 32 = keccak256(rest) | signature 65, last octet 0 or 1 | type 1: 1 .. 6 | RLP list ... |
//
// It is signed, not encrypted: by itself it is clear peer-to-peer. It tells that the host runs
// an Ethereum node, whose RLPx connections are encrypted.
var discv4 = Detector{
	Name:       "discv4",
	Transport:  packet.UDP,
	References: []string{"devp2p, discv4.md, Wire Protocol"},
	Proves:     "The host takes part in Ethereum's discovery.",
	Not:        "That anything is encrypted.",
	Claims:     []ClaimID{claimDiscv4},
	Detect:     detectDiscv4,
}

func detectDiscv4(o *Observation) {
	p := o.Payload
	if len(p) < 99 || o.Length > 1280 || p[96] > 1 || p[97] < 1 || p[97] > 6 || p[98] < 0xc0 {
		return
	}
	// The list must fill the packet or leave the little that EIP-8 allows.
	n := int(p[98]) - 0xc0
	switch {
	case p[98] == 0xf8 && len(p) > 99:
		n = int(p[99]) + 1
	case p[98] == 0xf9 && len(p) > 100:
		n = int(be16(p[99:])) + 2
	case p[98] > 0xf7:
		return
	}
	if 99+n > o.Length || o.Length-99-n > 40 {
		return
	}
	o.Claim(claimDiscv4, uint32(p[97]), 0)
}
