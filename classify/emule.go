package classify

import "peeratlas/capture/packet"

// eMule: eDonkey's and Kad's clear messages, and the shape of its obfuscation.
//
//	UDP  | protocol 1: e3 eDonkey, c5 eMule, e4 Kad, e5 Kad packed | opcode 1 | ... |
//	TCP  | protocol 1: e3, c5, d4 packed | length 4, little-endian | opcode 1 | ... |
//	obfuscated TCP, client to client:
//	  A -> B  marker 1 (none of those protocols) | key part 4 | sealed: magic 4, 1, 1, n 1, padding n    12 to 266 octets
//	  B -> A  sealed: magic 4, 1, n 1, padding n                                                         6 to 260
//
// Kad's messages have lengths that follow from their opcode, which makes up for a short pattern.
// The obfuscation leaves only noise of those lengths, in lockstep; whether it is eMule's the host
// tells (host_torrent.go). Obfuscated UDP has no shape at all.
var emuleUDP = Detector{
	Name:       "emule",
	Transport:  packet.UDP,
	References: []string{"eMule source: Opcodes.h, kademlia/net/KademliaUDPListener.cpp", "Brunner, A performance evaluation of the Kad-protocol, 2006, appendix"},
	Proves:     "A clear eDonkey or Kad message.",
	Not:        "What obfuscated messages beside it say.",
	Claims:     []ClaimID{claimEmuleClear},
	Opens:      func(b byte) bool { return b == 0xe4 || b == 0xe5 },
	Detect: func(o *Observation) {
		if p := o.Payload; len(p) >= 2 && kadMessage(p, o.Length) {
			o.Claim(claimEmuleClear, uint32(p[0]), uint32(p[1]))
		}
	},
}

// kadMessage tells whether a message of length octets fits its Kad opcode. A contact takes 25.
func kadMessage(p []byte, length int) bool {
	const contact = 25
	if p[0] == 0xe5 { // packed by zlib: 78 and a check octet (RFC 1950, section 2.2)
		return len(p) >= 4 && p[2] == 0x78 && be16(p[2:])%31 == 0
	}
	if p[0] != 0xe4 {
		return false
	}
	switch p[1] {
	case 0x01, 0x60: // bootstrap request, ping
		return length == 2
	case 0x50, 0x61: // firewall question, pong
		return length == 4
	case 0x58: // firewall answer
		return length == 6
	case 0x20, 0x21: // node requests
		return length == 35
	case 0x00, 0x10, 0x18: // Kad 1 bootstrap and hello
		return length == 27
	case 0x28, 0x29: // node answers
		return length >= 19 && (length-19)%contact == 0
	case 0x09: // bootstrap answer
		return length >= 23 && (length-23)%contact == 0
	case 0x48, 0x4b: // publish answers
		return length == 19
	}
	return false
}

var emuleTCP = Detector{
	Name:       "emule",
	Transport:  packet.TCP,
	References: []string{"eMule source: Opcodes.h; EncryptedStreamSocket.cpp, handshake", "Kulbak, Bickson, The eMule Protocol Specification, 2005, section 6"},
	Proves:     "A clear eDonkey hello or login; or a stream whose first turns have the lengths of eMule's obfuscation.",
	Not:        "That a stream of that shape is eMule's.",
	Claims:     []ClaimID{claimEmuleClear, claimEmuleShape},
	Detect:     detectEmuleTCP,
}

// Bounds of the obfuscated handshake in octets. How much it pads is a setting, at most 254.
const (
	emulePadding = 254
	emuleAsk     = 1 + 4 + 4 + 1 + 1 + 1
	emuleAnswer  = 4 + 1 + 1
)

func detectEmuleTCP(o *Observation) {
	p := o.Payload
	if o.First() && len(p) >= 6 && (p[0] == 0xe3 || p[0] == 0xc5 || p[0] == 0xd4) {
		// A hello (01, its hash length 16) or a server login fills the segment or nearly so.
		n := int(le32(p[1:]))
		if n >= 1 && n == o.Length-5 && p[5] != 0 {
			o.Claim(claimEmuleClear, uint32(p[0]), uint32(p[5]))
		}
		return
	}
	if !o.FromInitiator() || o.Number() != 2 || o.Length < 24 || !noise(p) {
		return
	}
	mine, other := o.Flow.First[o.Dir], o.Flow.First[1-o.Dir]
	if mine.Length < emuleAsk || mine.Length > emuleAsk+emulePadding || other.Length < emuleAnswer || other.Length > emuleAnswer+emulePadding {
		return
	}
	if b := o.Before(0); b == nil || b.dir == o.Dir || clearOpening(mine.Octets[:]) || clearOpening(other.Octets[:min(int(other.Length), len(other.Octets))]) {
		return
	}
	o.Claim(claimEmuleShape, uint32(mine.Length), uint32(other.Length))
}

// clearOpening tells text, or octets of few different values, in the first octets of a stream.
func clearOpening(p []byte) bool {
	if printableShare(p) > 0.8 {
		return true
	}
	zeros := 0
	for _, b := range p {
		if b == 0 || b == 0xff {
			zeros++
		}
	}
	return zeros*4 > len(p)
}
