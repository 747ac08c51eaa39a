package classify

import "peeratlas/capture/packet"

// ZeroAccess, version 2: a botnet of peers over UDP (2012-2013).
//
//	| CRC-32 4 | command 4 | flag 4 | 4 |   xored with 66747032 ("ftp2"), rotated left by one a word
//	  command, hidden: getL 28 94 8d ab, retL 28 94 8d be, newL 28 97 8d a2
//
// The key is fixed, so the command is too: 32 bits at octet 4. getL has 16 octets; in those the
// third word is 0, hidden as c9 c0 d1 99. Peers are other victims' hosts: that is obfuscated
// peer-to-peer, whatever one thinks of it.
var zeroAccess = Detector{
	Name:      "zeroaccess",
	Transport: packet.UDP,
	References: []string{
		"Wyke, The ZeroAccess Botnet: Mining and Fraud for Massive Financial Gain, Sophos 2012, Peer-to-Peer Protocol",
		"Snort community rule 31136",
	},
	Proves: "The host talks to the botnet's peers.",
	Not:    "Who commands it.",
	Claims: []ClaimID{claimZeroAccess, claimZeroAccessAnswer},
	Least:  16,
	Gates:  []Gate{{Octets: []octetGate{octet(4, 0x28), octet(5, 0x94, 0x97), octet(6, 0x8d)}}},
	Detect: detectZeroAccess,
}

// The hidden commands, as big-endian words.
const (
	zeroGet = 0x28948dab
	zeroRet = 0x28948dbe
	zeroNew = 0x28978da2
)

func detectZeroAccess(o *Observation) {
	p := o.Payload
	if len(p) < 16 {
		return
	}
	switch be32(p[4:]) {
	case zeroGet:
		if o.Length == 16 {
			o.Claim(claimZeroAccess, 0, 0)
		}
	case zeroRet, zeroNew:
		o.Claim(claimZeroAccess, 1, 0)
		if b := o.LastFrom(1 - o.Dir); b != nil && be32(b.prefix[4:]) == zeroGet && b.length == 16 {
			o.Claim(claimZeroAccessAnswer, uint32(o.Length), 0)
		}
	}
}
