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
// Kad's answers count their contacts, which makes up for a short pattern; what is shorter counts
// as the answer to its question alone (60 and 61 ping, 50 and 58 firewall).
// The obfuscation leaves only noise of those lengths, in lockstep; whether it is eMule's the host
// tells (host_torrent.go). Obfuscated UDP has no shape at all.
var emuleUDP = Detector{
	Name:       "emule",
	Transport:  packet.UDP,
	References: []string{"eMule source: Opcodes.h, kademlia/net/KademliaUDPListener.cpp", "lengths by opcode as in libprotoident lib/udp/lpi_emule.cc"},
	Proves:     "A clear eDonkey or Kad message.",
	Not:        "What obfuscated messages beside it say.",
	Claims:     []ClaimID{claimEmuleClear},
	Opens:      func(b byte) bool { return b == 0xe4 || b == 0xe5 },
	Detect:     detectEmuleUDP,
}

func detectEmuleUDP(o *Observation) {
	p := o.Payload
	if len(p) < 2 {
		return
	}
	if kadMessage(p, o.Length) {
		o.Claim(claimEmuleClear, uint32(p[0]), uint32(p[1]))
		return
	}
	question, length := kadQuestion(p[1])
	b := o.LastFrom(1 - o.Dir)
	if p[0] == 0xe4 && length == o.Length && b != nil && b.prefix[0] == 0xe4 && b.prefix[1] == question {
		o.Claim(claimEmuleClear, uint32(p[0]), uint32(p[1]))
	}
}

// kadQuestion is the opcode that a short answer follows, and the answer's length; 0 if the
// opcode is no short answer.
func kadQuestion(answer byte) (question byte, length int) {
	switch answer {
	case 0x61: // pong: the port that asked
		return 0x60, 4
	case 0x58: // the address that asked
		return 0x50, 6
	}
	return 0, 0
}

// kadMessage tells whether a message of length octets is built as its Kad opcode says, in a way
// that unrelated octets are once in 2^22.
func kadMessage(p []byte, length int) bool {
	const contact = 25
	switch {
	case p[0] == 0xe5: // packed by zlib: 78 and a check octet (RFC 1950, section 2.2)
		known := p[1] == 0x09 || p[1] == 0x08 || p[1] == 0x28 || p[1] == 0x29 || p[1] == 0x33 || p[1] == 0x3b || p[1] == 0x43 || p[1] == 0x44
		return known && len(p) >= 4 && p[2] == 0x78 && be16(p[2:])%31 == 0
	case p[0] != 0xe4:
		return false
	case p[1] == 0x20 || p[1] == 0x21: // node request: type, target 16, receiver 16
		return length == 35 && len(p) >= 3 && (p[2] == 2 || p[2] == 4 || p[2] == 0x0b)
	case p[1] == 0x28 || p[1] == 0x29: // node answer: target 16, count 1
		return len(p) >= 19 && p[18] > 0 && length == 19+contact*int(p[18])
	case p[1] == 0x09: // bootstrap answer: id 16, port 2, version 1, count 2
		return len(p) >= 23 && p[22] == 0 && length == 23+contact*int(p[21])
	}
	return false
}

var emuleTCP = Detector{
	Name:       "emule",
	Transport:  packet.TCP,
	References: []string{"eMule source: Opcodes.h; EncryptedStreamSocket.cpp, handshake", "Kulbak, Bickson, The eMule Protocol Specification, 2005"},
	Proves:     "A clear eDonkey hello or login; or a stream whose first turns have the lengths of eMule's obfuscation.",
	Not:        "That a stream of that shape is eMule's.",
	Claims:     []ClaimID{claimEmuleClear, claimEmuleShape},
	Gates: []Gate{
		{Opens: opens(0xe3, 0xc5, 0xd4), Least: 6, First: true},
		{Length: func(n int) bool { return n >= 24 }, Initiator: true, After: 2, Within: 3},
	},
	Detect: detectEmuleTCP,
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
	if !o.FromInitiator() || o.Number() != 2 || o.Length < 24 || !o.Noise() {
		return
	}
	mine, other := o.state.first[o.Dir], o.state.first[1-o.Dir]
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
