package classify

import "peeratlas/capture/packet"

// FaceTime calls, by the STUN-shaped messages of their connection, and Apple's check before.
//
//	| 0e e0 or e1 | length 2 | ... |   request            | 0f e0 or e1 | length 2 | ... |   answer
//	| 00 01 or 00 | 00 02 | 12 |           asks Apple     | 00 01 or 00 | 00 01 | 12 |          is answered; 16 octets
//
// The length counts as STUN's does, behind a head of 20 octets, and the types are a request and
// its success in STUN's arithmetic of classes (RFC 8489, section 5) for methods that nobody
// registered. (libprotoident names the two the other way round, and takes them in either order,
// as here.) A server does not ask: requests from both ends are two clients. The 16-octet
// pairs go to Apple's hosts on UDP 16384 to 16387 before a call and find out its way.
//
// No specification is public: types, lengths and ports are libprotoident's.
var facetime = Detector{
	Name:       "facetime",
	Transport:  packet.UDP,
	References: []string{"libprotoident lib/udp: lpi_stun.cc, lpi_apple_facetime_init.cc (facts only)", "RFC 8489, section 5"},
	Proves:     "FaceTime's connection messages, answered; from both ends, that two clients speak.",
	Not:        "That the far address is not Apple's relay.",
	Claims:     []ClaimID{claimFaceTime, claimFaceTimeBoth, claimFaceTimeInit},
	Opens:      func(b byte) bool { return b == 0x0e || b == 0x0f || b == 0 },
	Gates: []Gate{
		{Opens: opens(0x0e, 0x0f), Least: 16},
		{Octets: octets(2, "\x00\x01"), Opens: opens(0), Length: lengths(16), Least: 16, After: 1},
	},
	Detect: detectFaceTime,
}

func detectFaceTime(o *Observation) {
	p := o.Payload
	if len(p) < 16 {
		return
	}
	b := o.LastFrom(1 - o.Dir)
	if p[0] == 0 {
		if b != nil && o.Length == 16 && b.length == 16 && be16(p[2:]) == 1 && be16(b.prefix[2:]) == 2 && be16(p) <= 1 && be16(p) == be16(b.prefix[:]) && o.appleCheckPorts() {
			o.Claim(claimFaceTimeInit, uint32(be16(p)), 0)
		}
		return
	}
	if !faceTimeShape(p, o.Length) {
		return
	}
	o.Watch(64)
	// A request from both ends is weighed by the directions of the claim (combine_calls.go).
	if p[0] == 0x0e {
		o.Claim(claimFaceTimeBoth, uint32(be16(p)), 0)
	}
	if b != nil && faceTimeShape(b.prefix[:], int(b.length)) && b.prefix[0] != p[0] && b.prefix[1] == p[1] {
		o.Claim(claimFaceTime, uint32(be16(p)), 0)
	}
}

// faceTimeShape tells whether a payload of length octets that begins with p is one of the
// messages.
func faceTimeShape(p []byte, length int) bool {
	if len(p) < 4 || p[0] != 0x0e && p[0] != 0x0f || p[1] != 0xe0 && p[1] != 0xe1 {
		return false
	}
	return stunHeader+int(be16(p[2:])) == length
}

// appleCheckPorts tells whether both ports are of the ranges of Apple's check.
func (o *Observation) appleCheckPorts() bool {
	in := func(port uint16) bool { return port >= 16384 && port <= 16387 || port >= 16402 && port <= 16410 }
	return in(o.Flow.Key.Port[0]) && in(o.Flow.Key.Port[1])
}
