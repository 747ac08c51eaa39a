package classify

import "peeratlas/capture/packet"

// QUIC, by its long header.
//
//	|1|1|type|..| version 4 | DCID length 1 | DCID | SCID length 1 | SCID | ...   RFC 9000, 17.2
//	|1|..| 0 4 | DCID ... SCID | versions 4 each |                                 negotiation, 17.2.1
//	|0|1|..| DCID | packet number | ...                                            short header, 17.3
//	Google QUIC: flags 1, connection id 8, "Q0" and two digits, number 1-6, hash 12, "CHLO" ...
//
// The versions are few, so a long header is 28 bits or more. QUIC dials a server nearly always;
// libp2p, Syncthing and iroh are the exceptions, told by the name and protocol inside the
// Initial (quic_initial.go). A short header has one fixed bit, which some grease (RFC 9287):
// it is told on UDP port 443 alone, and weakly.
var quic = Detector{
	Name:      "quic",
	Transport: packet.UDP,
	References: []string{
		"RFC 9000, sections 15, 16, 17.2 and 17.3", "RFC 9001, section 5.2", "RFC 9369, section 3", "RFC 9443, section 3",
		"draft-ietf-quic-transport-29", "draft-hamilton-early-deployment-quic-00, section 6",
	},
	Proves: "A QUIC connection, its version and, where the Initial opens, the name and protocol asked for.",
	Not:    "That the far end is a server: some peers speak QUIC.",
	Claims: []ClaimID{claimQUIC, claimQUICNamed, claimQUICPeer, claimSyncthingQUIC, claimQUICShort, claimTunnel},
	Gates: []Gate{
		{Opens: quicLong, Octets: octets(1, "\x00\x00\x00"), Least: 7},
		{Opens: quicLong, Octets: octets(1, "\xff\x00\x00"), Least: 7},
		{Opens: quicLong, Octets: []octetGate{octet(1, 0x6b, 0x70, 0xfa, 'Q', 'T'), octet(2, 0x33, 0x9a, 0xce, '0')}, Least: 7},
		{Opens: quicLong, Octets: []octetGate{maskedOctet(1, 0x0f, 0x0a), maskedOctet(2, 0x0f, 0x0a), maskedOctet(3, 0x0f, 0x0a)}, Least: 7},
		{Opens: func(b byte) bool { return b&0xc9 == 1 }, Octets: octets(1, "Q0")},
		{Opens: func(b byte) bool { return b&0xc9 == 9 }, Least: 13},
		{Opens: func(b byte) bool { return b&0x80 == 0 }, Ports: []uint16{443}},
	},
	Detect: detectQUIC,
}

// quicLong tells the first octets of long headers.
func quicLong(b byte) bool { return b&0x80 != 0 }

// maxInitials bounds the payloads of a flow among which Initials are opened: one takes some
// microseconds.
const maxInitials = 2 * observeFirst

func detectQUIC(o *Observation) {
	p := o.Payload
	switch {
	case p[0]&0x80 == 0:
		if !o.googleQUIC(p) && o.onPort(443) && o.quicShort(p) {
			o.Claim(claimQUICShort, uint32(o.Length), 0)
		}
	case len(p) >= 7:
		o.longHeader(p)
	}
}

// longHeader claims a header of a version that was deployed.
func (o *Observation) longHeader(p []byte) {
	version, dcid := be32(p[1:]), int(p[5])
	switch {
	case version == 0:
		// Negotiation answers a version that was not known, so the client's packet was seen.
		if o.Claimed(claimQUIC) == 0 {
			return
		}
	case version&0x0f0f0f0f == 0x0a0a0a0a: // reserved, RFC 9000, section 15
		if o.Length < 1200 || !o.FromInitiator() || p[0]&0x40 == 0 {
			return
		}
	case !quicVersion(version):
		return
	}
	if googleLong(version) {
		o.Claim(claimQUIC, version, 0)
		o.googleHello(p)
		return
	}
	if dcid > 20 || 6+dcid >= len(p) || p[6+dcid] > 20 || p[0]&0x40 == 0 && version != 0 {
		return
	}
	o.Claim(claimQUIC, version, 0)
	settled := o.Claimed(claimQUICNamed)|o.Claimed(claimQUICPeer)|o.Claimed(claimSyncthingQUIC) != 0 && o.join(joinQUIC) == nil
	if o.FromInitiator() && o.Number() < maxInitials && !settled {
		o.quicInitial(p, version)
	}
}

// quicVersion tells the versions that were deployed: 1, 2, drafts, Google's with TLS and
// without, and Facebook's own (https://www.iana.org/assignments/quic, and facebook/mvfst).
func quicVersion(v uint32) bool {
	return v == 1 || v == 0x6b3343cf || v == 0x709a50c4 || v>>8 == 0xff0000 && v&0xff <= 34 || v>>8 == 0xfaceb0 ||
		(v>>16 == 'Q'<<8|'0' || v>>16 == 'T'<<8|'0') && digit(byte(v>>8)) && digit(byte(v))
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

// googleLong tells Q044 to Q049, whose long header has both connection ids' lengths in one
// octet and whose ClientHello is not TLS.
func googleLong(v uint32) bool {
	return v >= 'Q'<<24|'0'<<16|'4'<<8|'4' && v <= 'Q'<<24|'0'<<16|'4'<<8|'9'
}

// googleQUIC claims a packet with Google's public header: version flag, connection id of eight
// octets (flag 08) or none, and a version.
func (o *Observation) googleQUIC(p []byte) bool {
	at := 1
	if p[0]&0x08 != 0 {
		at = 9
	}
	if p[0]&0xc1 != 1 || len(p) < at+4 || p[at] != 'Q' || p[at+1] != '0' || !digit(p[at+2]) || !digit(p[at+3]) {
		return false
	}
	o.Claim(claimQUIC, be32(p[at:]), 0)
	o.googleHello(p)
	return true
}

// quicShort tells whether p may begin with a short header, or with Google's public header and
// the connection id of an earlier packet.
func (o *Observation) quicShort(p []byte) bool {
	if p[0]&0x40 != 0 {
		return o.Length >= 21
	}
	if p[0]&0xc9 != 8 || len(p) < 11 {
		return false
	}
	b := o.LastFrom(o.Dir)
	return b != nil && b.length >= 11 && b.prefix[0]&0xc9 == 8 && be64(b.prefix[1:]) == be64(p[1:])
}

// googleHello reads the server's name from a clear CHLO message: tags with the end offsets of
// their values, little-endian (QUIC crypto, section Handshake messages).
func (o *Observation) googleHello(p []byte) {
	at := chlo(p)
	if at < 0 || o.Claimed(claimQUICNamed) != 0 {
		return
	}
	if sni := quicTag(p[at:], "SNI\x00"); len(sni) > 0 {
		o.NameServer(sni, false)
		o.Claim(claimQUICNamed, serviceQUIC, 0)
	}
}

// chlo is the offset of a CHLO message in the first octets of a packet, -1 if there is none.
func chlo(p []byte) int {
	for at := 0; at+8 <= min(len(p), 128); at++ {
		if string(p[at:at+4]) == "CHLO" {
			return at
		}
	}
	return -1
}

// quicTag returns the value of a tag in a handshake message, nil if it is not there whole.
func quicTag(p []byte, tag string) []byte {
	n := int(le16(p[4:]))
	values := 8 + 8*n
	start := 0
	for i := range n {
		at := 8 + 8*i
		if at+8 > len(p) {
			return nil
		}
		end := int(min(le32(p[at+4:]), 1<<16))
		if string(p[at:at+4]) == tag {
			if start > end || values+end > len(p) {
				return nil
			}
			return p[values+start : values+end]
		}
		start = end
	}
	return nil
}
