package classify

import "peeratlas/capture/packet"

// Two first messages that only a certain server and its client exchange, told by their lengths
// and by what the second repeats of the first.

// threema is Threema's chat connection: a public key and a nonce's first part (32 and 16
// octets), answered by a nonce's part and a sealed key (16 and 64 octets), all noise.
var threema = Detector{
	Name:       "threema",
	Transport:  packet.TCP,
	References: []string{"Threema cryptography whitepaper, 2023-04, section Chat protocol", "threema-protocols, csp.handshake (ClientHello, ServerHello)"},
	Proves:     "Noise of the lengths of the handshake, on the ports of Threema's chat servers.",
	Not:        "Calls: they are WebRTC.",
	Claims:     []ClaimID{claimMessenger},
	First:      true,
	Gates:      []Gate{{Length: lengths(80), Responder: true, Ports: []uint16{5222, 443}}},
	Detect:     detectThreema,
}

var serviceThreema = serviceNumber("threema-chat")

func detectThreema(o *Observation) {
	if o.Length != 80 || o.FromInitiator() || !o.First() || o.Reply().Length != 48 || !o.onPort(5222, 443) {
		return
	}
	if o.Noise() {
		o.recognise(claimMessenger, serviceThreema)
	}
}

// activision is the first exchange with a game server of Activision's: 29 octets 0d 02, answered
// by 0c 02 and the same 27 octets.
var activision = Detector{
	Name:       "activision",
	Transport:  packet.UDP,
	References: []string{"nDPI src/lib/protocols/activision.c (facts only)", "two public captures, 2022"},
	Proves:     "A probe of a game server, answered with its own octets.",
	Not:        "Whether players reach each other otherwise.",
	Claims:     []ClaimID{claimGame},
	Opens:      func(b byte) bool { return b == 0x0c },
	Detect:     detectActivision,
}

var serviceActivision = serviceNumber("activision")

func detectActivision(o *Observation) {
	p := o.Payload
	b := o.LastFrom(1 - o.Dir)
	if o.Length == 29 && len(p) == 29 && p[1] == 2 && b != nil && b.length == 29 && b.prefix[0] == 0x0d && string(b.prefix[1:]) == string(p[1:digestPrefix]) {
		o.recognise(claimGame, serviceActivision)
	}
}
