package classify

import "peeratlas/capture/packet"

// Hyphanet (Freenet), handshakes of its node protocol FNP.
//
//	| IV 32 | hash 32 | length 2 | version 1, negotiation 1, phase 1 | message | padding 0 to 99 |   all of it noise
//
//	JFK(1)  initiator  | hash of nonce 32 | key 91 |                                       192 to 291
//	        to a seed  | setup type 1 | ... | hash of the seed's identity 32 |             225 to 324
//	JFK(2)  responder  | hash of nonce 32 | nonce 16 | key 91 | signature 72 | MAC 32 |    312 to 412
//	JFK(3)  initiator  | nonces 32 | keys 182 | MACs 64 | IV 32 | signature 72 | tracker and boot id 16 | node reference |
//	                                                                                        467, the reference and padding
//	JFK(4)  responder  | MAC 32 | IV 32 | signature 72 | tracker and boot id 17 | node reference |
//	                                                                                        222, the reference and padding
//
// Keys are P-256's in X.509 form, signatures ECDSA's padded to their greatest length: negotiation
// types 9 and 10, the only ones that today's nodes take. There is no fixed octet: the cipher of a handshake is
// keyed with what both ends know of each other beforehand. What shows is the order of lengths,
// each within a hundred: other noise has it once in some hundred flows. So a handshake is worth
// little and names nobody. That one local port shakes hands so with three nodes in several
// networks, and with a third of its peers at least, does (host_hyphanet.go).
//
// Data packets (MAC 10, then noise, padded to 64 and a random rest) have no mark at all, and
// sessions that began before the capture are found by what the socket does alone: as unknown.
var hyphanet = Detector{
	Name:      "hyphanet",
	Transport: packet.UDP,
	References: []string{
		"hyphanet/fred src/freenet/node/FNPPacketMangler.java, and that of its fork Crypta, 2025 (sendJFKMessage1 to 4, sendAuthPacket; facts only)",
		"hyphanet/fred src/freenet/crypt/ECDH.java and ECDSA.java (lengths of keys and signatures)",
		"hyphanet/fred src/freenet/node/NewPacketFormat.java (padding of data)",
		"Aiello et al., Just Fast Keying (ACM TISSEC 7/2, 2004)",
	},
	Proves: "Lengths of a node's handshake, all of it noise; of one socket with three nodes, that it is Hyphanet's.",
	Not:    "Anything of one peer: other noise has these lengths by chance. Sessions that began earlier.",
	Claims: []ClaimID{claimHyphanetAnswer, claimHyphanetSession, claimHyphanetSocket},
	Least:  hyphanetCut,
	Within: hyphanetHandshake,
	Detect: detectHyphanet,
}

// hyphanetHandshake is among how many payloads of a flow the handshake is looked for: both ends
// may begin one, and unanswered messages are sent again.
const hyphanetHandshake = 8

// hyphanetCut is how many octets must have been captured to tell noise.
const hyphanetCut = 24

// Lengths of the messages, with and without a seed's identity. The shortest references that a node
// makes compress to about a hundred octets; a datagram has no more than 1,472.
const (
	jfk1Least, jfk1Most = 192, 324
	jfk2Least, jfk2Most = 312, 412
	jfk3Least           = 560
	jfk4Least           = 315
	jfkMost             = 1472
)

func detectHyphanet(o *Observation) {
	n := o.Length
	if len(o.Payload) < hyphanetCut || o.Number() == 0 || o.Number() >= hyphanetHandshake || n < jfk1Least || n > jfkMost {
		return
	}
	answered := o.ClaimedByOther(claimHyphanetAnswer)
	switch {
	case n >= jfk2Least && n <= jfk2Most && o.asksForJFK2() && o.Noise():
		o.Claim(claimHyphanetAnswer, uint32(n), 0)
	case answered && !o.ClaimedByOther(claimHyphanetSession) && n >= jfk3Least && o.Noise():
		o.Claim(claimHyphanetSession, uint32(n), 0)
	case o.ClaimedBySender(claimHyphanetAnswer) && o.ClaimedByOther(claimHyphanetSession) && n >= jfk4Least && o.shorterJFK4() && o.Noise():
		o.Claim(claimHyphanetSession, uint32(n), 0)
	}
}

// asksForJFK2 tells whether all that was said before is of the lengths of JFK(1) and JFK(2), and
// the other end said a JFK(1).
func (o *Observation) asksForJFK2() (asked bool) {
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			return asked
		}
		n := int(b.length)
		if n < jfk1Least || n > jfk2Most || !popcountFits(int(b.ones), int(b.sample)) {
			return false
		}
		asked = asked || b.dir != o.Dir && n <= jfk1Most
	}
}

// shorterJFK4 tells whether the payload is shorter than the other end's JFK(3), which holds both
// nonces, both keys and a MAC more: 245 octets, where padding differs by 99.
func (o *Observation) shorterJFK4() bool {
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			return false
		}
		if b.dir != o.Dir && int(b.length) >= jfk3Least {
			return o.Length < int(b.length)
		}
	}
}
