package classify

import "peeratlas/capture/packet"

// OpenVPN, by its session start.
//
//	| opcode 5 bits, key id 3 | session id 8 | [HMAC ...] | acks 1 | ... |   over TCP behind length 2
//
// The client opens with a hard reset (opcode 7, octet 0x38; tls-crypt-v2: opcode 10, 0x50), the
// server answers with one of its own (opcode 8, 0x40) that repeats the client's session id to
// acknowledge it. The repetition is 64 bits. Data packets bear no such proof, and an obfuscated
// variant none at all.
var openvpnUDP = Detector{
	Name:       "openvpn",
	Transport:  packet.UDP,
	References: []string{"OpenVPN network protocol, doxygen documentation, sections External multiplexer and Reliability layer"},
	Proves:     "An OpenVPN client and its server.",
	Not:        "What goes through the tunnel.",
	Claims:     []ClaimID{claimOpenVPN},
	Opens:      func(b byte) bool { return b == 0x40 || b == 0x38 || b == 0x50 },
	Detect:     func(o *Observation) { o.openvpn(o.Payload, 0) },
}

var openvpnTCP = Detector{
	Name:       "openvpn-tcp",
	Transport:  packet.TCP,
	References: openvpnUDP.References,
	Proves:     openvpnUDP.Proves,
	Not:        openvpnUDP.Not,
	Claims:     openvpnUDP.Claims,
	Opens:      func(b byte) bool { return b == 0 },
	Detect: func(o *Observation) {
		if p := o.Payload; len(p) > 16 && int(be16(p)) == o.Length-2 {
			o.openvpn(p[2:], 2)
		}
	},
}

// openvpn looks for the client's session id (behind skip octets of its first packet) in p.
func (o *Observation) openvpn(p []byte, skip int) {
	if len(p) < 14 || p[0] != 0x40 && !(skip == 2 && p[0] == 0x40) {
		return
	}
	first := o.Reply()
	if first.Length < 14 || first.Octets[skip] != 0x38 && first.Octets[skip] != 0x50 {
		return
	}
	id := be64(first.Octets[skip+1:])
	for at := 9; at+8 <= min(len(p), 96); at++ {
		if be64(p[at:]) == id {
			o.Claim(claimOpenVPN, uint32(at), 0)
			return
		}
	}
}
