package classify

import "peeratlas/capture/packet"

// QUIC, by its long header.
//
//	|1|1|type|..| version 4 | DCID length 1 | DCID | SCID length 1 | SCID | ...   RFC 9000, 17.2
//	Google QUIC: flags, connection id 8, "Q0" and two digits                       before 2021
//
// A client's first datagram has at least 1200 octets (RFC 9000, section 14.1). QUIC dials a
// server nearly always; libp2p and Syncthing are the exceptions, told by the name and
// protocol inside the Initial.
var quic = Detector{
	Name:       "quic",
	Transport:  packet.UDP,
	References: []string{"RFC 9000, sections 14.1 and 17.2", "RFC 9369, section 3", "draft-ietf-quic-transport-29"},
	Proves:     "A QUIC connection, its version and, where the Initial opens, the name asked for.",
	Not:        "That the far end is a server: some peers speak QUIC.",
	Claims:     []ClaimID{claimQUIC, claimQUICNamed, claimQUICPeer},
	Opens:      func(b byte) bool { return b >= 0xc0 || b == 0x09 || b == 0x0d || b == 0x0c || b == 0x19 },
	Detect:     detectQUIC,
}

func detectQUIC(o *Observation) {
	p := o.Payload
	if len(p) < 14 {
		return
	}
	if p[0]&0x80 == 0 { // Google QUIC, public header with version (draft-hamilton-early-deployment-quic-00)
		if p[9] == 'Q' && p[10] == '0' && p[11] >= '0' && p[11] <= '9' {
			o.Claim(claimQUIC, be32(p[9:]), 0)
		}
		return
	}
	version := be32(p[1:])
	greased := version&0x0f0f0f0f == 0x0a0a0a0a && o.Length >= 1200 && o.FromInitiator() // RFC 9000, section 15
	if !quicVersion(version) && !greased {
		return
	}
	dcid := int(p[5])
	if dcid > 20 && version>>8 != 0x513035 || 6+dcid >= len(p) {
		return
	}
	o.Claim(claimQUIC, version, 0)
	if o.FromInitiator() && p[0]&0x40 != 0 {
		o.quicInitial(p, version)
	}
}

// quicVersion tells the versions that were deployed: 1, 2, negotiation, drafts, Google's and
// Facebook's own (https://www.iana.org/assignments/quic, and facebook/mvfst).
func quicVersion(v uint32) bool {
	return v == 1 || v == 0x6b3343cf || v>>8 == 0xff0000 || v>>8 == 0xfaceb0 ||
		v>>16 == 'Q'<<8|'0' && digit(byte(v>>8)) && digit(byte(v)) ||
		v>>16 == 'T'<<8|'0' && digit(byte(v>>8)) && digit(byte(v))
}

func digit(b byte) bool { return b >= '0' && b <= '9' }
