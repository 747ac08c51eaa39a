package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// Tor's links between client and relay, and between relays.
//
//	ClientHello  | SNI "www." 4 to 25 of base 32 ".com" | no ALPN |
//	Certificate  | issuer CN "www." 8 to 20 of base 32 ".com" or ".net" | subject CN "www." the same ".net" |
//	Cell         | 17 03 03 | 538, 530 or 531 | one cell of 514 octets, encrypted |
//
// Tor looks like a browser that visits a site, but the names are drawn at random, each by its
// own dice: the certificate names neither the site that was asked for nor one issuer twice. The
// letters are those of base 32: lower case and the digits 2 to 7. Up to TLS 1.2 the certificate
// is seen, and two such names prove it. In TLS 1.3 the asked name stands alone; it counts if it
// is no name that a person would choose, more so if the host never asked DNS for its address.
//
// Traffic is cut into cells of 514 octets. A record that bears one cell is 514 and what the
// cipher adds: 24 (AES-GCM, TLS 1.2), 16 (ChaCha20-Poly1305, TLS 1.2) or 17 (TLS 1.3). Records of
// just that length, again and again, tell a link whose beginning was not captured.
//
// A relay is a volunteer's host that stands in for others: whether that is a peer, one may
// argue, so the names count as a hint, and the certificate as enough to be called likely.
var tor = Detector{
	Name:      "tor",
	Transport: packet.TCP,
	References: []string{
		"Tor specification, Negotiating and initializing channels, The TLS handshake; Cells (messages on channels)",
		"tor, src/lib/tls/tortls_openssl.c, tor_tls_new; tortls.c, tor_tls_context_init_certificates",
		"RFC 4648, section 6; RFC 5288, section 3; RFC 7905, section 2; RFC 8446, section 5.2",
	},
	Proves: "A Tor link, by two random names; by one, that it may be.",
	Not:    "Where the circuit leads; bridges with pluggable transports, which look otherwise.",
	Claims: []ClaimID{claimTorName, claimTorCertificate, claimTorCell},
	Opens:  func(b byte) bool { return b == 0x16 || b == 0x17 },
	Gates: []Gate{
		{Opens: opens(0x17), Octets: []octetGate{octet(1, 3)}, Length: lengths(5+530, 5+531, 5+538)},
		{Opens: opens(0x16), Octets: []octetGate{octet(1, 3), octet(5, 1)}, First: true},
		{Opens: opens(0x16), Octets: []octetGate{octet(1, 3)}, Responder: true},
	},
	Detect: detectTor,
}

func detectTor(o *Observation) {
	p := o.Payload
	switch {
	case len(p) < 11 || p[1] != 3:
	case p[0] == 0x17:
		if n := int(be16(p[3:])); (n == 538 || n == 530 || n == 531) && o.Length == 5+n {
			o.Claim(claimTorCell, uint32(n), 0)
		}
	case p[5] == 1 && o.First():
		h, ok := parseTLSHello(p[9:])
		if !ok || len(h.alpn) > 0 || h.ech {
			return
		}
		if name := torLabel(h.sni, ".com", 4, 25); randomName(name) {
			o.Claim(claimTorName, uint32(len(name)), 0)
		}
	case !o.FromInitiator():
		o.torCertificate(p)
	}
}

func (o *Observation) torCertificate(p []byte) {
	issuer, subject, self := certificateNames(firstCertificate(p))
	mine, by := torLabel(subject, ".net", 8, 20), torLabel(issuer, ".com", 8, 20)
	if by == nil {
		by = torLabel(issuer, ".net", 8, 20)
	}
	if mine != nil && by != nil && !self && !bytes.Equal(mine, by) && (randomName(mine) || randomName(by)) {
		o.Claim(claimTorCertificate, uint32(len(mine)), uint32(len(by)))
	}
}

// torLabel is what stands between "www." and suffix if it is base 32 in lower case, of least to
// most characters; else nil.
func torLabel(name []byte, suffix string, least, most int) []byte {
	n := len(name) - len("www.") - len(suffix)
	if n < least || n > most || string(name[:4]) != "www." || string(name[4+n:]) != suffix {
		return nil
	}
	label := name[4 : 4+n]
	for _, b := range label {
		if b-'a' >= 26 && b-'2' >= 6 {
			return nil
		}
	}
	return label
}

// randomName tells whether a label looks drawn from base 32 rather than chosen. Per character,
// in bits: people put a digit behind a letter in one place of a hundred, a vowel in two of five
// and j, q, x or z in one of fifty; dice throw three digits in sixteen, two and a half vowels
// and two of the rare letters.
func randomName(label []byte) bool {
	sum := 0.0
	for i, b := range label {
		switch {
		case b-'2' < 6:
			if i > 0 && i < len(label)-1 && label[i-1] >= 'a' {
				sum += 4.2 // a digit behind a letter, and not at the end
			}
		case b == 'a' || b == 'e' || b == 'i' || b == 'o' || b == 'u':
			sum -= 1.36
		case b == 'j' || b == 'q' || b == 'x' || b == 'z':
			sum += 2.4
		}
	}
	return sum >= 6
}
