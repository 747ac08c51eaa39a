package classify

import "peeratlas/capture/packet"

// Viber calls, in its framing before TURN (until about 2020).
//
//	| session id 2 | type 2, little-endian | ...
//	    03 request, 04 answer         12 octets each
//	    01 set-up                     | .. 2 | token 8 | ... | own address 4, port 2, little-endian | ...
//	    0c set-up answered            | attempt 2 | the same token 8 | seen address 4, port 2 | ...
//	    09 ping, 20 octets            | milliseconds since 1970, 8 | token 8 |
//	    0b pong, 34 octets            | the ping's milliseconds 8 | its own 8 | ...
//	    19 echo, 34 octets            | token 8 | ...          1a its answer, 20 octets   | token 8 | ...
//
// Every answer repeats octets of what it answers: session and time, or session and token, are
// 80 bits. The types go to Viber's own hosts, which relay the call; media of it has RTP's
// header. Newer clients use TURN with the realm viber.com (stun.go).
var viber = Detector{
	Name:      "viber",
	Transport: packet.UDP,
	References: []string{
		"libprotoident lib/udp/lpi_viber.cc and nDPI src/lib/protocols/viber.c (facts only)",
		"layout as observed in one public capture of a call's set-up, 2018",
	},
	Proves: "Viber's call transport answers this host.",
	Not:    "That a call came about; whether the far end is a relay or the peer.",
	Claims: []ClaimID{claimViberEcho, claimViberPair},
	Least:  12,
	Gates:  []Gate{{Octets: []octetGate{octet(2, 0x04, 0x0b, 0x0c, 0x1a), octet(3, 0)}, After: 1}},
	Detect: detectViber,
}

func detectViber(o *Observation) {
	p := o.Payload
	if len(p) < 12 || p[3] != 0 {
		return
	}
	switch p[2] {
	case 0x0b: // pong
		o.viberEcho(p, 0x09, 20, 4, 4)
	case 0x0c: // set-up answered
		o.viberEcho(p, 0x01, 0, 6, 6)
	case 0x1a:
		o.viberEcho(p, 0x19, 34, 4, 4)
	case 0x04:
		if b := o.LastFrom(1 - o.Dir); b != nil && o.Length == 12 && b.length == 12 && b.prefix[2] == 3 && b.prefix[3] == 0 &&
			be16(b.prefix[:]) == be16(p) {
			o.Claim(claimViberPair, uint32(be16(p)), 0)
		}
	}
}

// viberEcho claims an answer if a remembered packet of the other direction has the type asked
// (and length, unless 0), the same session id, and eight equal octets at from where p has them
// at to.
func (o *Observation) viberEcho(p []byte, asked byte, length uint16, from, to int) {
	if len(p) < to+8 {
		return
	}
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			return
		}
		if b.dir == o.Dir || b.prefix[2] != asked || b.prefix[3] != 0 || length != 0 && b.length != length || int(b.length) < from+8 {
			continue
		}
		if be16(b.prefix[:]) == be16(p) && be64(b.prefix[from:]) == be64(p[to:]) {
			o.Watch(64)
			o.Claim(claimViberEcho, uint32(p[2]), uint32(be16(p)))
			return
		}
	}
}
