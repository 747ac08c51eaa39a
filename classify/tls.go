package classify

import "peeratlas/capture/packet"

// TLS over TCP.
//
//	| type 1 | version 03 0x | length 2 | handshake type 1 | length 3 | body ... |
//
// A hello that names its server (SNI) dials a service: that speaks against a peer. Peers that
// use TLS (Tor, Syncthing, Gnutella, AnyDesk, RetroShare) name nobody, and their certificates
// are self-signed or sent by both ends; that speaks for peers, weakly, since appliances and
// mail servers do so too.
var tls = Detector{
	Name:       "tls",
	Transport:  packet.TCP,
	References: []string{"RFC 8446, sections 4.1 and 5.1", "RFC 6066, section 3", "RFC 5246, section 7.4.2", "RFC 5280, section 4.1"},
	Proves:     "A TLS handshake; the name asked for; in TLS 1.2, whose name the certificate bears.",
	Not:        "Who the far end is when no name is given; anything after the handshake.",
	Claims:     []ClaimID{claimTLSNamed, claimTLSNameless, claimTLSServer, claimTLSSelfSigned, claimTLSMutual, claimTLSAnyDesk, claimTLSInGnutella},
	Opens:      func(b byte) bool { return b == 0x16 || b == 0x80 },
	Detect:     detectTLS,
}

func detectTLS(o *Observation) {
	p := o.Payload
	if len(p) < 11 || p[0] != 0x16 || p[1] != 3 || p[2] > 4 || int(be16(p[3:])) < 4 {
		return
	}
	switch p[5] {
	case 1:
		h, ok := parseTLSHello(p[9:])
		if !ok {
			return
		}
		if o.Claimed(claimGnutella) != 0 {
			o.Claim(claimTLSInGnutella, 0, 0)
		}
		if len(h.sni) > 0 {
			o.NameFlow(string(h.sni), FromSNI)
			o.Claim(claimTLSNamed, uint32(len(h.sni)), uint32(h.version))
		} else if !h.ech {
			o.Claim(claimTLSNameless, uint32(h.ciphers), uint32(h.version))
		} else {
			o.Claim(claimTLSNamed, 0, uint32(h.version))
		}
	case 2, 11:
		if p[5] == 2 {
			o.Claim(claimTLSServer, uint32(be16(p[9:])), 0)
		}
		o.certificate(p)
	}
}

// certificate looks for the first certificate behind the handshake messages in p.
func (o *Observation) certificate(p []byte) {
	at := 5
	for at+4 <= len(p) {
		if p[at] == 0x16 && p[at+1] == 3 && at > 5 { // the next record
			at += 5
			continue
		}
		n := int(p[at+1])<<16 | int(be16(p[at+2:]))
		if p[at] != 11 {
			at += 4 + n
			continue
		}
		// list length 3, certificate length 3 (RFC 5246, section 7.4.2)
		if at+10 > len(p) {
			return
		}
		issuer, subject, self := certificateNames(p[at+10:])
		if !o.FromInitiator() && len(subject) > 0 {
			o.NameFlow(string(subject), FromCertificate)
		}
		if self {
			o.Claim(claimTLSSelfSigned, uint32(len(subject)), 0)
		}
		if o.FromInitiator() && (len(subject) > 0 || len(issuer) > 0) {
			o.Claim(claimTLSMutual, 0, 0)
		}
		if string(subject) == "AnyDesk Client" {
			o.Claim(claimTLSAnyDesk, 0, 0)
		}
		return
	}
}
