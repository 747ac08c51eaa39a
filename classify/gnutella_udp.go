package classify

import "peeratlas/capture/packet"

// Gnutella messages over UDP.
//
//	| message id 16 | type 1 | hops left 1 | hops taken 1 | length of the rest 4, little-endian | ... |
//	  types: 00 ping, 01 pong, 02 bye, 30 routes, 31 and 32 vendor's, 40 push, 44 DHT, 80 query, 81 hit
//
// All of it is in clear; one datagram holds one message, so that the length fits exactly.
var gnutellaUDP = Detector{
	Name:       "gnutella",
	Transport:  packet.UDP,
	References: []string{"Gnutella 0.6, draft of June 2002, section 2.2.1, message header", "gtk-gnutella doc: DHT messages, type 44"},
	Proves:     "A clear Gnutella message.",
	Not:        "What peers say over TCP after they switched to TLS.",
	Claims:     []ClaimID{claimGnutellaUDP},
	Least:      gnutellaHeader,
	Gates: []Gate{{Octets: []octetGate{
		octet(16, 0x00, 0x01, 0x02, 0x30, 0x31, 0x32, 0x40, 0x44, 0x80, 0x81), octetUpTo(17, 15), octetUpTo(18, 15),
	}}},
	Detect: detectGnutellaUDP,
}

const gnutellaHeader = 16 + 1 + 1 + 1 + 4

func detectGnutellaUDP(o *Observation) {
	p := o.Payload
	if len(p) < gnutellaHeader || uint32(o.Length-gnutellaHeader) != le32(p[19:]) || p[17] > 15 || p[18] > 15 {
		return
	}
	switch p[16] {
	case 0x00, 0x01, 0x02, 0x30, 0x31, 0x32, 0x40, 0x44, 0x80, 0x81:
		o.Claim(claimGnutellaUDP, uint32(p[16]), uint32(o.Length))
	}
}
