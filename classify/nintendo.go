package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// Nintendo's Pia, the peer-to-peer layer of its consoles' games, and the NAT check before it.
//
//	0             4            5
//	| 32 ab 98 64 | 01 or 02   | connection id 1 | packet id 2 | ...     Pia up to 5.10: clear or encrypted
//	| 32 ab 98 64 | f, version | ids, packet id | nonce 8 | tag 8-16 | ...  from 5.11: f (80) is encryption
//
//	| kind 4 | port 4 | address 4 | own address 4 |                       NAT check, all big-endian
//
// Consoles find each other through Nintendo's servers and then talk directly. Before, each asks
// two NAT check servers, on UDP 10025 and 10125, which port and address they see: 16 octets of
// kind 1-5 or 101-103, answered with the kind repeated and the sender's port and address. To
// ports 33334 and 33335 of the same servers it sends what nobody answers, 16 zero octets or a
// clear Pia message "NATTestId_Dummy", to open its NAT. None of that is a peer's. Reports in
// clear Pia go to port 34343 of a monitoring server.
var nintendo = Detector{
	Name:      "nintendo",
	Transport: packet.UDP,
	References: []string{
		"NintendoClients wiki (nintendo-wiki.pretendo.network/docs/pia): Pia protocol, header; NAT traversal; monitoring data",
		"public replacements of the NAT check server: kinds, echo and ports (facts only)",
	},
	Proves: "A console's game session, encrypted or not; a NAT check.",
	Not:    "That the far end is a console: some games put a relay between.",
	Claims: []ClaimID{claimPiaEncrypted, claimClearPeer, claimNATCheck},
	Opens:  func(b byte) bool { return b == 0x32 || b == 0 },
	Gates: []Gate{
		{Octets: octets(0, "\x32\xab\x98\x64"), Least: 16},
		{Opens: opens(0), Length: lengths(16), Least: 16},
	},
	Detect: detectNintendo,
}

var (
	natDummy   = []byte("NATTestId_Dummy")
	sixteenNil [16]byte
)

func detectNintendo(o *Observation) {
	p := o.Payload
	if len(p) < 16 {
		return
	}
	if be32(p) == 0x32ab9864 {
		o.pia(p)
		return
	}
	if o.Length != 16 {
		return
	}
	switch kind := be32(p); {
	case kind == 0 && natSink(o.Flow.Key.Port[1-o.Dir]) && [16]byte(p) == sixteenNil:
		o.Claim(claimNATCheck, 0, 0)
	case !natKind(kind):
	case be64(p[4:]) == 0:
		// A request knows neither port nor address yet; the ports are the servers' own.
		if natServer(o.Flow.Key.Port[1-o.Dir]) {
			o.Claim(claimNATCheck, kind, 0)
		}
	default:
		if o.natAnswer(kind, be32(p[4:])) {
			o.Claim(claimNATCheck, kind, be32(p[4:]))
		}
	}
}

// natAnswer tells an answer, which repeats the kind and whose port is one. Of a mirror that shows
// nothing of what was asked, the port itself must do: it is the one that the answer goes to, as
// the server saw it, unless a gateway changed it; then the server's own port must.
func (o *Observation) natAnswer(kind, port uint32) bool {
	if port == 0 || port > 0xffff {
		return false
	}
	if b := o.LastFrom(1 - o.Dir); b != nil {
		return b.length == 16 && be32(b.prefix[:]) == kind && be64(b.prefix[4:]) == 0
	}
	return uint32(o.Flow.Key.Port[1-o.Dir]) == port || natServer(o.Flow.Key.Port[o.Dir])
}

// natKind tells the kinds of the NAT check's requests.
func natKind(kind uint32) bool { return kind >= 1 && kind <= 5 || kind >= 101 && kind <= 103 }

// natServer tells the ports of the servers that answer.
func natServer(port uint16) bool { return port == 10025 || port == 10125 }

// natSink tells the ports of the servers that never answer.
func natSink(port uint16) bool { return port == 33334 || port == 33335 }

// pia claims what a Pia header says. Up to 5.10 octet 4 is 1 (clear) or 2 (encrypted); later
// it is a version from 3 on, with the encryption flag above it.
func (o *Observation) pia(p []byte) {
	version := p[4] & 0x7f
	switch {
	case bytes.Contains(p[:min(len(p), 80)], natDummy):
		o.Claim(claimNATCheck, 0, 0)
	case p[4] == 2 || p[4]&0x80 != 0 && version >= 3 && version <= 0x1f:
		o.Claim(claimPiaEncrypted, uint32(p[4]), 0)
	case p[4] == 1 || p[4]&0x80 == 0 && version >= 3 && version <= 0x1f:
		o.Claim(claimClearPeer, 0, 0)
	}
}
