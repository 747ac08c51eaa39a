package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// Certificates that name peer-to-peer software.
//
//	gtk-gnutella    issuer and subject CN "gtk-gnutella/" and its version, self-signed
//	Direct Connect  issuer and subject CN a CID: 39 characters of base 32, self-signed
//	RetroShare      issuer CN a PGP key id: 16 hexadecimal digits; subject CN another; both ends send one
//
// Up to TLS 1.2 certificates cross the wire in clear. In TLS 1.3 they do not, and nothing is
// seen here; then the host must speak for the flow (host_overlay.go).
var peerCertificate = Detector{
	Name:      "peer-certificate",
	Transport: packet.TCP,
	References: []string{
		"RFC 5246, section 7.4.2; RFC 5280, section 4.1.2.4",
		"gtk-gnutella 1.2.1, subject of its self-signed certificate as observed",
		"DC++, dcpp/CryptoManager.cpp, generateCertificate",
		"RetroShare, libretroshare/src/pqi/authssl.cc, SignX509ReqWithGPG",
	},
	Proves: "One end runs that software, and speaks TLS to the other.",
	Not:    "That the other end runs it too, unless both show a certificate.",
	Claims: []ClaimID{claimGnutellaCertificate, claimDirectCertificate, claimRetroShareCertificate},
	Opens:  func(b byte) bool { return b == 0x16 },
	Least:  11,
	Gates:  []Gate{{Octets: []octetGate{octet(1, 3)}}},
	Detect: detectPeerCertificate,
}

var gtkGnutella = []byte("gtk-gnutella/")

func detectPeerCertificate(o *Observation) {
	issuer, subject, self := certificateNames(firstCertificate(o.Payload))
	switch {
	case len(issuer) == 0:
	case self && bytes.HasPrefix(subject, gtkGnutella):
		o.Claim(claimGnutellaCertificate, uint32(o.Length), 0)
	case self && len(subject) == 39 && base32Text(subject):
		o.Claim(claimDirectCertificate, 0, 0)
	case !self && len(issuer) == 16 && hexText(issuer):
		o.Claim(claimRetroShareCertificate, 0, 0)
	}
}

// firstCertificate returns the first certificate in a flight of handshake records, which may be
// cut short; nil if there is none. Records are those of TLS 1.0 to 1.2 (RFC 5246, section
// 6.2.1); handshake messages may share one.
func firstCertificate(p []byte) []byte {
	for record := 0; record < 4 && len(p) >= 9 && p[0] == 0x16 && p[1] == 3; record++ {
		n := int(be16(p[3:]))
		rest := p[min(5+n, len(p)):]
		for m := p[5:min(5+n, len(p))]; len(m) >= 4; {
			size := int(m[1])<<16 | int(be16(m[2:]))
			if m[0] == 11 { // list length 3, certificate length 3 (RFC 5246, section 7.4.2)
				if len(m) < 10 {
					return nil
				}
				return m[10:]
			}
			m = m[min(4+size, len(m)):]
		}
		p = rest
	}
	return nil
}

// hexText tells whether p is written in upper-case or lower-case hexadecimal, with a digit.
func hexText(p []byte) bool {
	digits := 0
	for _, b := range p {
		switch {
		case b-'0' < 10:
			digits++
		case b-'A' >= 6 && b-'a' >= 6:
			return false
		}
	}
	return digits > 0
}
