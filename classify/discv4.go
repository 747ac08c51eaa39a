package classify

import (
	"bytes"
	"hash"

	"golang.org/x/crypto/sha3"

	"peeratlas/capture/packet"
)

// Ethereum's node discovery, version 4.
//
//	| hash 32 = keccak256(rest) | signature 65, last octet 0 or 1 | type 1: 1 .. 6 | RLP list ... |
//
// It is signed, not encrypted: by itself it is clear peer-to-peer. It tells that the host runs
// an Ethereum node, whose RLPx connections are encrypted. The hash is reckoned out: it leaves
// nothing to chance. Of a packet that the snap length cut, the layout must do: a recovery id of
// 0 or 1, a known type, and a list that fills the packet but for the little that EIP-8 allows.
var discv4 = Detector{
	Name:       "discv4",
	Transport:  packet.UDP,
	References: []string{"devp2p, discv4.md, Wire Protocol", "EIP-8, devp2p forward compatibility", "Keccak reference 3.0, section 1 (padding before FIPS 202)"},
	Proves:     "The host takes part in Ethereum's discovery.",
	Not:        "That anything is encrypted.",
	Claims:     []ClaimID{claimDiscv4, claimDiscv4Shape},
	Least:      99,
	Gates: []Gate{{Octets: []octetGate{
		octet(97, 1, 2, 3, 4, 5, 6),
	}}},
	Detect: detectDiscv4,
}

// discv4Most is the largest packet that nodes accept.
const discv4Most = 1280

func detectDiscv4(o *Observation) {
	p := o.Payload
	if len(p) < 99 || o.Length > discv4Most || p[96] > 1 || p[97] < 1 || p[97] > 6 || p[98] < 0xc0 {
		return
	}
	switch {
	case !o.Cut() && o.classifier.keccak.begins(p):
		o.Claim(claimDiscv4, uint32(p[97]), 0)
	case o.Cut() && discv4List(p, o.Length):
		o.Claim(claimDiscv4Shape, uint32(p[97]), 0)
	}
}

// discv4List tells whether the RLP list at 98 fills a packet of length octets.
func discv4List(p []byte, length int) bool {
	n := int(p[98]) - 0xc0
	switch {
	case p[98] == 0xf8 && len(p) > 99:
		n = int(p[99]) + 1
	case p[98] == 0xf9 && len(p) > 100:
		n = int(be16(p[99:])) + 2
	case p[98] > 0xf7:
		return false
	}
	return 99+n <= length && length-99-n <= 40
}

// keccak is Ethereum's hash and room for its sum, owned by a classifier so that a packet's
// allocates nothing. The zero value is ready; the first use makes the hash.
type keccak struct {
	hash hash.Hash
	sum  [32]byte
}

// begins tells whether p begins with the Keccak-256 hash of its rest.
func (k *keccak) begins(p []byte) bool {
	if len(p) < 32 {
		return false
	}
	if k.hash == nil {
		k.hash = sha3.NewLegacyKeccak256()
	}
	k.hash.Reset()
	k.hash.Write(p[32:])
	return bytes.Equal(k.hash.Sum(k.sum[:0]), p[:32])
}
