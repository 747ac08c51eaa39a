package classify

import "peeratlas/capture/packet"

// RustDesk.
//
//	frame   | length times 4, plus octets of this field minus 1; little-endian, 1 to 4 octets | protobuf |
//	controlled -> controlling  field 3: { 1: signature 64, id, public key 32 }
//	controlling -> controlled  field 4: { 1: public key 32, 2: sealed session key 48 }      88 octets in all
//	then sealed frames
//	relay   controlling -> relay first: field 18 (92 01): ask for a relay, with the session's uuid
//	server  UDP 21116: field 6: { 1: id, 2: serial }, answered by field 7; all in clear
//
// The two halves of the key exchange are in clear but for their contents, and their lengths are
// fixed: more than 80 bits. The end that is controlled may be the one that dialled. A session
// that is opened by address may go without encryption; then field 4 is empty and nothing is
// claimed.
var rustdesk = Detector{
	Name:       "rustdesk",
	Transport:  packet.TCP,
	References: []string{"hbb_common src/bytes_codec.rs, Encoder; protos/message.proto, SignedId and PublicKey; protos/rendezvous.proto (source of 2025)"},
	Proves:     "Two ends of a RustDesk session agree on a key, directly or behind a relay.",
	Not:        "What is done in the session.",
	Claims:     []ClaimID{claimRustDeskID, claimRustDeskKey, claimRustDeskRelay, claimRustDeskServer},
	Within:     6,
	Gates: []Gate{
		{Octets: []octetGate{maskedOctet(0, 3, 0), octet(1, 0x1a, 0x22, 0x92, 0xca)}, Least: 9},
		{Octets: []octetGate{maskedOctet(0, 3, 1), octet(2, 0x1a, 0x22, 0x92, 0xca)}, Least: 10},
	},
	Detect: detectRustDesk,
}

// rustdeskFrame returns the protobuf message that p begins with, of a stream's first payload of
// length octets that holds just this frame; nil if the length does not fit.
func rustdeskFrame(p []byte, length int) []byte {
	if len(p) < 4 {
		return nil
	}
	head := int(p[0]&3) + 1
	if head > 2 {
		return nil // nothing of a handshake is that long
	}
	n := int(p[0])
	if head == 2 {
		n = int(le16(p))
	}
	if n>>2 != length-head || head == 2 && n>>2 < 64 {
		return nil
	}
	return p[head:]
}

func detectRustDesk(o *Observation) {
	if o.Number() >= 6 {
		return
	}
	m := rustdeskFrame(o.Payload, o.Length)
	if len(m) < 8 {
		return
	}
	switch {
	case rustdeskID(m):
		o.Claim(claimRustDeskID, uint32(o.Length), 0)
	case o.Length == 88 && len(m) >= 38 && m[0] == 0x22 && m[1] == 84 && m[2] == 0x0a && m[3] == 32 && m[36] == 0x12 && m[37] == 48:
		o.Claim(claimRustDeskKey, 0, 0)
	case o.First() && m[0] == 0x92 && m[1] == 1 && int(m[2])+3 == len(m):
		o.Claim(claimRustDeskRelay, uint32(o.Length), 0)
	case o.First() && m[0] == 0xca && m[1] == 1 && int(m[2])+3 == len(m) && m[3] == 0x0a:
		o.Claim(claimRustDeskServer, 25, 0) // key exchange with the rendezvous server
	}
}

// rustdeskID tells field 3 with one field 1 that holds a signature and a signed pair of id and
// public key: { 1: text, 2: 32 octets }.
func rustdeskID(m []byte) bool {
	const signature = 64
	if len(m) < 4+signature+2 || m[0] != 0x1a || m[2] != 0x0a || m[1] > 0x7f || int(m[1]) != len(m)-2 || int(m[3]) != len(m)-4 {
		return false
	}
	pair := m[4+signature:]
	if pair[0] != 0x0a || int(pair[1]) != len(pair)-2-34 {
		return false
	}
	key := pair[2+int(pair[1]):]
	return key[0] == 0x12 && key[1] == 32
}

// rustdeskUDP is the registration at a rendezvous server.
var rustdeskUDP = Detector{
	Name:       "rustdesk",
	Transport:  packet.UDP,
	References: rustdesk.References,
	Proves:     "A RustDesk client keeps itself known to its rendezvous server.",
	Not:        "That a session follows.",
	Claims:     []ClaimID{claimRustDeskServer},
	Opens:      func(b byte) bool { return b == 0x32 },
	Detect:     detectRustDeskUDP,
}

func detectRustDeskUDP(o *Observation) {
	p := o.Payload
	if len(p) < 6 || int(p[1]) != o.Length-2 || p[2] != 0x0a || int(p[3]) < 5 || 4+int(p[3]) > len(p) {
		return
	}
	id := p[4 : 4+int(p[3])]
	if rest := len(p) - 4 - len(id); printableRun(id) == len(id) && (rest == 0 || rest >= 2 && rest <= 11 && p[4+len(id)] == 0x10) {
		o.Claim(claimRustDeskServer, 6, 0)
	}
}
