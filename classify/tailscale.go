package classify

import "peeratlas/capture/packet"

// Tailscale's discovery between nodes ("disco"), and what it says of the path.
//
//	| 54 53 f0 9f 92 ac | sender's disco key 32 | nonce 24 | sealed: MAC 16, type 1, version 1, body |
//	  ping: body 12 (12 and a node key of 32 since 2021), then padding that probes the path's MTU
//	  pong: body 30, the pinged node's view of the pinger's address
//	| 00 | 80 control | 7a 11 disco, 7a 12 WireGuard | VNI 3 | 00 | ... |    Geneve, by a peer relay
//
// A node pings every address under which a peer may be found, and the peer answers from its own
// socket: both ways on one five-tuple is the direct path, and WireGuard follows on it. No server
// is ever pinged; DERP relays are spoken to over TLS. A peer relay (2025) is another node that
// forwards: then the same messages come behind a Geneve header.
//
// Not looked for: the type of a message, which is sealed; its length betrays only pongs.
var tailscale = Detector{
	Name:      "tailscale",
	Transport: packet.UDP,
	References: []string{
		"tailscale.com/disco, package comment and message types (source of 2025)",
		"tailscale.com/net/packet, GeneveHeader; RFC 8926, section 3.4",
	},
	Proves: "A Tailscale node looks for a peer at this address; both ways, that the peer is there.",
	Not:    "What the tunnel carries.",
	Claims: []ClaimID{claimDisco, claimDiscoBoth, claimDiscoRelay},
	Opens:  func(b byte) bool { return b == 0x54 || b == 0 },
	Gates: []Gate{
		{Opens: opens(0x54)},
		{Octets: []octetGate{octet(0, 0), maskedOctet(1, 0x7f, 0), octet(2, 0x7a), octet(3, 0x11)}},
	},
	Detect: detectTailscale,
}

const (
	discoMagic  = "TS\U0001F4AC" // 54 53 f0 9f 92 ac
	discoHeader = 6 + 32 + 24
	discoLeast  = discoHeader + 16 + 2 + 12 // the shortest ping
)

// disco tells whether a payload that begins with p and has length octets is a disco message.
func disco(p []byte, length int) bool {
	return length >= discoLeast && len(p) >= len(discoMagic) && string(p[:len(discoMagic)]) == discoMagic
}

func detectTailscale(o *Observation) {
	p := o.Payload
	if len(p) < 8+len(discoMagic) {
		return
	}
	switch {
	case disco(p, o.Length):
		o.Claim(claimDisco, uint32(o.Length), 0)
		b := o.LastFrom(1 - o.Dir)
		// The keys differ: a reflected ping would show the sender's own.
		if b != nil && disco(b.prefix[:], int(b.length)) && string(b.prefix[6:]) != string(p[6:min(len(p), digestPrefix)]) {
			o.Claim(claimDiscoBoth, uint32(o.Length), 0)
		}
	case p[0] == 0 && p[1]&0x7f == 0 && p[7] == 0 && be16(p[2:]) == 0x7a11 && disco(p[8:], o.Length-8):
		o.Claim(claimDiscoRelay, be32(p[4:])>>8, 0)
	}
}

// Tailscale's relays (DERP) are TLS servers whose name the client asks for.
//
// Every node keeps a connection to its nearest relay, peers or none: the name alone says that
// the far end is a relay, not that anyone is behind it. The host's disco traffic says that.
var derp = Detector{
	Name:       "tailscale-derp",
	Transport:  packet.TCP,
	References: []string{"Tailscale knowledge base, DERP servers; derp package comment (source of 2025)"},
	Proves:     "A client dials one of Tailscale's public relays.",
	Not:        "That a peer is reached through it; relays that a network runs itself.",
	Claims:     []ClaimID{claimDERP},
	Opens:      func(b byte) bool { return b == 0x16 },
	Gates:      []Gate{{Octets: []octetGate{octet(1, 3), octetUpTo(2, 4), octet(5, 1)}, Least: 11}},
	Detect:     detectDERP,
}

func detectDERP(o *Observation) {
	h, ok := o.clientHello()
	if !ok || !derpName(h.sni) {
		return
	}
	o.Claim(claimDERP, uint32(len(h.sni)), 0)
}

// derpName tells the relays' names: derp, a number, perhaps a letter, .tailscale.com.
func derpName(name []byte) bool {
	const zone = ".tailscale.com"
	n := len(name) - len(zone)
	return n > 4 && string(name[:4]) == "derp" && digit(name[4]) && string(name[n:]) == zone
}

// clientHello reads the ClientHello that a TCP payload begins with.
func (o *Observation) clientHello() (tlsHello, bool) {
	p := o.Payload
	if len(p) < 11 || p[0] != 0x16 || p[1] != 3 || p[2] > 4 || p[5] != 1 || !o.FromInitiator() {
		return tlsHello{}, false
	}
	return parseTLSHello(p[9:])
}
