package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// Gossip of crypto-currencies that is in clear.
//
//	Bitcoin and its kin  | magic 4 | command 12: lower case, then NUL | length 4, little-endian | checksum 4 |
//	Monero and its kin   | 01 21 01 01 01 01 01 01 | length 8, little-endian | ...   (levin)
//	Stellar              | length 4, top bit set | version 0 4 | sequence 0 8 | HELLO 13 4 | ...
//
// Each currency has its own magic: Bitcoin f9beb4d9, Litecoin fbc0b6db, Zcash 24e92764, Dash
// bf0c6bbd and hundreds more. The command behind it needs no list: three letters or more and
// NULs to the twelfth octet are 60 bits and more.
//
// All of it is readable, Stellar's signed besides: plain peer-to-peer. Bitcoin's encrypted
// transport is bitcoin_v2.go. Ripple's peers speak TLS to nobody's name (tls.go).
var coins = Detector{
	Name:      "coins",
	Transport: packet.TCP,
	References: []string{
		"Bitcoin developer reference, P2P Network, Message Headers",
		"Monero, docs/LEVIN_PROTOCOL.md, Header",
		"Stellar, Stellar-overlay.x, AuthenticatedMessage and MessageType; RFC 5531, section 11 (record marking)",
	},
	Proves: "Nodes of a crypto-currency exchange messages in clear.",
	Not:    "Which currency, beyond the magic.",
	Claims: []ClaimID{claimCoinGossip, claimLevin, claimStellar},
	Least:  8,
	Gates: []Gate{
		{Octets: []octetGate{lowerCase(4), lowerCase(5)}, Least: 16},
		{Octets: octets(0, string(levin[:4]))},
		{Octets: []octetGate{octet(0, 0x80), octet(4, 0), octet(5, 0)}, Least: 20},
	},
	Detect: detectCoins,
}

var levin = []byte{0x01, 0x21, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01}

// coinMost is the longest message that nodes accept: 32 MiB are the largest of any kin.
const coinMost = 32 << 20

func detectCoins(o *Observation) {
	p := o.Payload
	switch {
	case len(p) >= 16 && p[4]-'a' < 26 && coinCommand(p[4:16]):
		if len(p) < 20 || le32(p[16:]) <= coinMost {
			o.Claim(claimCoinGossip, be32(p), 0)
		}
	case bytes.HasPrefix(p, levin):
		o.Claim(claimLevin, uint32(o.Length), 0)
	case len(p) >= 20 && p[0] == 0x80 && int(be32(p)&^(1<<31))+4 == o.Length && be32(p[4:]) == 0 && be64(p[8:]) == 0 && be32(p[16:]) == stellarHello:
		o.Claim(claimStellar, uint32(o.Length), 0)
	}
}

// stellarHello is the type of the first message that a node sends.
const stellarHello = 13

// lowerCase lets the letters pass.
func lowerCase(at int) octetGate {
	return octetGate{at, func(b byte) bool { return b-'a' < 26 }}
}

// coinCommand tells whether p is a lower-case word of at least two letters, digits behind it
// allowed, and then NULs only.
func coinCommand(p []byte) bool {
	n := 0
	for n < len(p) && (p[n]-'a' < 26 || n > 2 && p[n]-'0' < 10) {
		n++
	}
	if n < 2 {
		return false
	}
	for _, b := range p[n:] {
		if b != 0 {
			return false
		}
	}
	return n < len(p)
}
