package classify

import "peeratlas/capture/packet"

// SOCKS, by the client's greeting and the proxy's answer.
//
//	5  | 05 | n | methods n |     answered by | 05 | method |          then | 05 | command | 00 | address ...
//	4  | 04 | command 1-2 | port 2 | address 4 | user, 00 |     answered by | 00 | 5a-5d | 6 |
//
// Both are short; the lengths of both directions and the version in both are what counts: 40
// bits and more. What is asked for next may be a peer's address; the flow itself is a proxy's.
var socks = Detector{
	Name:       "socks",
	Transport:  packet.TCP,
	References: []string{"RFC 1928, sections 3 and 4", "SOCKS 4 protocol, NEC, CONNECT and BIND", "RFC 1929, section 2"},
	Proves:     "A proxy and its client.",
	Not:        "What goes through it.",
	Claims:     []ClaimID{claimTunnel},
	Opens:      func(b byte) bool { return b == 5 || b == 0 },
	Detect:     detectSOCKS,
}

var serviceSOCKS = serviceNumber("socks")

func detectSOCKS(o *Observation) {
	p, asked := o.Payload, o.Reply()
	q := asked.Octets[:]
	switch {
	case o.FromInitiator():
		// The request behind the greeting, where the proxy's answer was not captured.
		b := o.LastFrom(o.Dir)
		if b != nil && p[0] == 5 && len(p) >= 10 && p[1] >= 1 && p[1] <= 3 && p[2] == 0 && socksGreeting(b.prefix[:], int(b.length)) &&
			(p[3] == 1 && o.Length == 10 || p[3] == 4 && o.Length == 22 || p[3] == 3 && int(p[4])+7 == o.Length) {
			o.recognise(claimTunnel, serviceSOCKS)
		}
	case !o.First():
	case p[0] == 5 && o.Length == 2 && len(p) == 2:
		if socksGreeting(q, int(asked.Length)) && (p[1] <= 9 || p[1] == 0xff) {
			o.recognise(claimTunnel, serviceSOCKS)
		}
	case p[0] == 0 && o.Length == 8 && len(p) >= 2 && p[1] >= 0x5a && p[1] <= 0x5d:
		if q[0] == 4 && (q[1] == 1 || q[1] == 2) && asked.Length >= 9 && asked.Length < 300 {
			o.recognise(claimTunnel, serviceSOCKS)
		}
	}
}

// socksGreeting tells whether a payload of length octets that begins so lists methods: none
// beyond those that IANA assigned, or private ones.
func socksGreeting(q []byte, length int) bool {
	if length < 3 || q[0] != 5 || q[1] == 0 || int(q[1])+2 != length {
		return false
	}
	for _, m := range q[2:min(length, 16)] {
		if m > 9 && m < 0x80 {
			return false
		}
	}
	return true
}
