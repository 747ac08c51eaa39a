package classify

import "peeratlas/capture/packet"

// OpenVPN.
//
//	| opcode 5 bits, key id 3 | session id 8 | ... |   control; over TCP behind length 2
//	| opcode, key id          | peer id 3 | packet id 4 | ciphertext ... |        data, version 2
//
// The client opens with a hard reset (opcode 7, octet 38; with tls-crypt-v2 10, octet 50), the
// server answers with one of its own (8, 40); control (4) and acknowledgements (5) follow.
// Every control packet begins with its sender's session id, whatever wraps the rest
// (tls-auth, tls-crypt), so two packets of one direction with different opcodes repeat 64
// bits. Without a wrap the server's reset also repeats the client's.
//
// Data packets alone, of a session that began before, show their peer id and a counter. The
// lengths of the resets remain where a program hides the octets (scramble, xormask): 14 octets
// and a hash of 16 to 64 with 8 more, answered by 12 more. That is one client and its server:
// nothing here makes a peer of it.
var openvpnUDP = Detector{
	Name:       "openvpn",
	Transport:  packet.UDP,
	References: []string{"OpenVPN wire protocol, draft-openvpn-wire-protocol-00, sections 3.2, 3.4 and 4.3", "OpenVPN, doxygen documentation, modules External multiplexer and Reliability layer"},
	Proves:     "An OpenVPN client and its server.",
	Not:        "What goes through the tunnel. Hidden resets are recognised by length alone, and weakly.",
	Claims:     []ClaimID{claimOpenVPN, claimOpenVPNData, claimOpenVPNShape},
	Gates: []Gate{
		{Opens: openvpnOpens, Least: 9, After: 1},
		{Length: openvpnAnswers, Least: 9, First: true, After: 1, Within: 2, Responder: true},
	},
	Detect: func(o *Observation) { o.openvpn(o.Payload, 0) },
}

var openvpnTCP = Detector{
	Name:       "openvpn-tcp",
	Transport:  packet.TCP,
	References: openvpnUDP.References,
	Proves:     openvpnUDP.Proves,
	Not:        openvpnUDP.Not,
	Claims:     openvpnUDP.Claims,
	Opens:      func(b byte) bool { return b < 0x08 },
	Detect: func(o *Observation) {
		if p := o.Payload; len(p) >= 16 && int(be16(p)) <= o.Length-2 {
			o.openvpn(p[2:], 2)
		}
	},
}

// Opcodes, in the upper five bits of the first octet.
const (
	openvpnControl   = 4
	openvpnAck       = 5
	openvpnReset     = 7
	openvpnAnswer    = 8
	openvpnData2     = 9
	openvpnReset3    = 10
	openvpnControlWK = 11 // a control packet with the client's wrapped key
)

// openvpnOpens tells the first octets whose opcodes are looked at.
func openvpnOpens(b byte) bool {
	switch b >> 3 {
	case openvpnControl, openvpnAck, openvpnReset, openvpnAnswer, openvpnData2, openvpnReset3, openvpnControlWK:
		return true
	}
	return false
}

// openvpnAnswers tells the lengths of answers to resets that are hidden, over UDP.
func openvpnAnswers(n int) bool { return openvpnHidden(n - 12) }

// openvpnHidden tells the lengths of resets with a hash of 16, 20, 32 or 64 octets.
func openvpnHidden(n int) bool {
	return n == 14+8+16 || n == 14+8+20 || n == 14+8+32 || n == 14+8+64
}

// openvpn looks at one packet, which begins skip octets into the payload.
func (o *Observation) openvpn(p []byte, skip int) {
	if len(p) < 9 {
		return
	}
	switch opcode := p[0] >> 3; opcode {
	case openvpnControl, openvpnAck, openvpnReset, openvpnAnswer, openvpnReset3, openvpnControlWK:
		if o.openvpnSession(p, skip) || opcode == openvpnAnswer && o.openvpnEcho(p, skip) {
			o.Claim(claimOpenVPN, uint32(opcode), 0)
			return
		}
	case openvpnData2:
		o.openvpnData(p, skip)
	}
	o.openvpnShape(skip)
}

// openvpnSession tells whether an earlier packet of this direction has the same session id
// under another opcode.
func (o *Observation) openvpnSession(p []byte, skip int) bool {
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			return false
		}
		q := b.prefix[skip:]
		if b.dir == o.Dir && int(b.length) >= skip+9 && be64(q[1:]) == be64(p[1:]) && openvpnPair(q[0], p[0]) {
			return be64(p[1:]) != 0 && o.Claimed(claimQUIC) == 0
		}
	}
}

// openvpnPair tells whether two octets, in either order, open a reset and then a control packet
// or acknowledgement of the first key (key id 0). QUIC's short headers too keep eight octets
// and change the first, but between 40 and 7f.
func openvpnPair(a, b byte) bool {
	reset := func(o byte) bool {
		return o == openvpnReset<<3 || o == openvpnAnswer<<3 || o == openvpnReset3<<3
	}
	follows := func(o byte) bool { return o == openvpnControl<<3 || o == openvpnAck<<3 }
	return reset(a) && follows(b) || follows(a) && (reset(b) || follows(b) && a != b)
}

// openvpnEcho looks for the client's session id in a server's reset.
func (o *Observation) openvpnEcho(p []byte, skip int) bool {
	first := o.Reply()
	if len(p) < 14 || first.Length < 14 || first.Octets[skip]>>3 != openvpnReset && first.Octets[skip]>>3 != openvpnReset3 {
		return false
	}
	id := be64(first.Octets[skip+1:])
	for at := 9; id != 0 && at+8 <= min(len(p), 96); at++ {
		if be64(p[at:]) == id {
			return true
		}
	}
	return false
}

// openvpnData claims data whose peer id stays and whose packet id counts up by one.
func (o *Observation) openvpnData(p []byte, skip int) {
	b := o.LastFrom(o.Dir)
	if b == nil || int(b.length) < skip+8 {
		return
	}
	q := b.prefix[skip:]
	if be32(q) == be32(p) && be32(p[4:])-be32(q[4:]) == 1 && be32(p[4:]) < 1<<28 {
		o.Claim(claimOpenVPNData, be32(p)&0xffffff, be32(p[4:]))
	}
}

// openvpnShape claims the lengths of a reset and its answer where their octets are hidden.
func (o *Observation) openvpnShape(skip int) {
	if o.FromInitiator() || !o.First() || o.Number() != 1 {
		return
	}
	if reset := int(o.Reply().Length) - skip; openvpnHidden(reset) && o.Length-skip == reset+12 && noise(o.Payload[skip:]) {
		o.Claim(claimOpenVPNShape, uint32(reset), uint32(reset+12))
	}
}
