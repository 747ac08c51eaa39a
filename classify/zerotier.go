package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// ZeroTier's virtual network.
//
//	0         8       13      18                        19     27
//	| id 8    | to 5  | from 5 | FF CCC HHH              | MAC 8 | verb 1 | ...
//	                             flags, cipher, hop count
//	HELLO, cipher 0: verb 01 | protocol 1 | version 4 | time 8 (ms) | identity: address 5, 00, keys 64, 00 | ...
//
// Nodes are named by 40-bit addresses. HELLO is in clear and holds the sender's identity, whose
// address stands in the header too: 40 bits that agree. All else is sealed, but the answer
// swaps the two addresses: 80 bits. Roots hand packets on between nodes that have no direct
// path: then packets for (or from) other addresses share the root's five-tuple, which no node
// that is only itself would show.
//
// Where only one direction is seen, the id tells: it begins with the time of the node's start, in
// seconds, and counts up by one with every packet to anybody; its last three bits are a counter
// of their own. Cipher 3 puts noise in its place. TURN's ChannelData with RTP of one picture looks alike
// (channel, length and sequence number for the id, time and source for the addresses), but tells its length.
//
// Not looked for: fragments (octet 13 is ff), which hold no sender; HELLO under cipher 2.
var zerotier = Detector{
	Name:       "zerotier",
	Transport:  packet.UDP,
	References: []string{"ZeroTierOne node/Packet.hpp: packet format, verb HELLO; node/Packet.cpp, nextPacketId; node/Identity.hpp, serialize (source of 2019 and 2024)"},
	Proves:     "Two ZeroTier nodes talk; that one of them hands packets on.",
	Not:        "Which virtual network; whether a root that only answers HELLO serves a peer.",
	Claims:     []ClaimID{claimZeroTierHello, claimZeroTierPair, claimZeroTierCounts, claimZeroTierRelay, claimZeroTierRoot},
	Least:      28,
	Gates: []Gate{
		{Octets: []octetGate{maskedOctet(18, 0x38, 0)}, Least: 112},
		{Octets: []octetGate{maskedOctet(18, 0x38, 0, 0x08, 0x18)}, After: 1},
	},
	Detect: detectZeroTier,
}

// zerotierRoots are the addresses of the public roots ("planets") of 2019 to 2025, as printed
// by zerotier-cli peers in ZeroTier's and MikroTik's documentation.
var zerotierRoots = [...]uint64{
	0x61d294b9cb, 0x62f865ae71, 0x778cde7190, 0x992fcf1db7, 0xcafe04eba9, 0xcafe80ed74, 0xcafefd6717, 0xcafe9efeb9,
}

func be40(p []byte) uint64 { return uint64(p[0])<<32 | uint64(be32(p[1:])) }

// zerotierHeader tells whether p, of at least 28 octets, may be a whole packet's header: two
// different addresses, neither reserved, and a cipher that is in use.
func zerotierHeader(p []byte) bool {
	to, from, cipher := be40(p[8:]), be40(p[13:]), p[18]>>3&7
	return to != from && p[8] != 0 && p[8] != 0xff && p[13] != 0 && p[13] != 0xff && (cipher <= 1 || cipher == 3)
}

func detectZeroTier(o *Observation) {
	p := o.Payload
	if len(p) < 28 || !zerotierHeader(p) {
		return
	}
	hello := zerotierHello(p)
	if hello {
		o.Claim(claimZeroTierHello, be32(p[14:]), uint32(p[28]))
	}
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			break
		}
		to, from := be32(b.prefix[9:]), be32(b.prefix[14:])
		if to != be32(p[9:]) && to != be32(p[14:]) && from != be32(p[14:]) {
			continue // an address of theirs agrees, or nothing is to be said
		}
		if b.length < 28 || !zerotierHeader(b.prefix[:]) || be64(b.prefix[:]) == be64(p) {
			continue
		}
		o.zerotierRelation(p, b)
	}
	if hello || o.Claimed(claimZeroTierPair) != 0 {
		for _, root := range zerotierRoots {
			if be40(p[8:]) == root || be40(p[13:]) == root {
				o.Claim(claimZeroTierRoot, be32(p[9:]), 0)
			}
		}
	}
}

// zerotierRelation claims what a packet's addresses share with those of an earlier one.
func (o *Observation) zerotierRelation(p []byte, b *digest) {
	sameTo, sameFrom := bytes.Equal(p[8:13], b.prefix[8:13]), bytes.Equal(p[13:18], b.prefix[13:18])
	switch {
	case b.dir != o.Dir:
		if bytes.Equal(p[8:13], b.prefix[13:18]) && bytes.Equal(p[13:18], b.prefix[8:13]) {
			o.Claim(claimZeroTierPair, be32(p[9:]), be32(p[14:]))
		}
	case sameTo && sameFrom:
		if !channelFits(p, o.Length) && zerotierCounts(be64(b.prefix[:]), be64(p)) && p[18]>>3&7 <= 1 && o.Length > 28 && noise(p[19:]) {
			o.Claim(claimZeroTierCounts, be32(p[9:]), be32(p[14:]))
		}
	case sameTo != sameFrom && o.Claimed(claimZeroTierPair) != 0:
		o.Claim(claimZeroTierRelay, be32(p[9:]), be32(p[14:]))
	}
}

// zerotierCounts tells ids that begin with one time between 2011 and 2040 and lie a little apart.
func zerotierCounts(before, now uint64) bool {
	const near = 1 << 12
	time := uint32(now >> 32)
	return time>>28 >= 4 && time>>28 <= 8 && now-before+near < 2*near
}

// zerotierHello tells a HELLO in clear: its identity's address is the header's, its time lies
// between 2004 and 2039, and the places of key type and private key hold zero.
func zerotierHello(p []byte) bool {
	return len(p) >= 112 && p[18]>>3&7 == 0 && p[27] == 1 && p[28] >= 4 && p[28] < 64 &&
		be64(p[33:])>>40 == 1 && bytes.Equal(p[41:46], p[13:18]) && p[46] == 0 && p[111] == 0
}
