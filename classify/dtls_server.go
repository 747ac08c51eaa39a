package classify

import "peeratlas/capture/packet"

// DTLS that dials a service: its ClientHello names a server, or it goes to CoAP's port.
//
// WebRTC's peers know each other by fingerprint and name nobody. VPN clients (OpenConnect's
// GlobalProtect and Fortinet modes), gateways of virtual desktops and CoAP over DTLS do.
var dtlsServer = Detector{
	Name:       "dtls-server",
	Transport:  packet.UDP,
	References: []string{"RFC 6347, section 4.2.1", "RFC 6066, section 3", "RFC 7252, section 9", "RFC 5764, section 4.1.1"},
	Proves:     "A DTLS client asks for a server by name; up to DTLS 1.2, whose name a certificate bears.",
	Not:        "Anything where no name is given.",
	Claims:     []ClaimID{claimDTLSServer, claimClearOnce},
	Opens:      func(b byte) bool { return b == 0x16 },
	Detect:     detectDTLSServer,
}

var serviceCoAPs = serviceNumber("coaps")

func detectDTLSServer(o *Observation) {
	if certificate, whole, _ := dtlsLeaf(o.dtlsMessage(11)); whole {
		if host := certificateHost(certificate); len(host) > 0 {
			o.NameSender(host, true)
		} else if _, subject, _ := certificateNames(certificate); len(subject) > 0 {
			o.NameSender(subject, false)
		}
	}
	body := o.dtlsMessage(1)
	p := o.Payload
	if body == nil && len(p) >= 60 && p[1] == 0xfe && p[13] == 1 && be16(p[3:]) == 0 && p[19]|p[20]|p[21] == 0 {
		body = p[25:] // cut, or the first of several
	}
	if len(body) < 35 {
		return
	}
	h, srtp := dtlsClientHello(body)
	switch {
	case len(h.sni) > 0 && !srtp:
		o.NameServer(h.sni, h.ech)
		if o.Flow.Key.Port[1-o.Dir] == 853 { // DNS over DTLS, RFC 8094
			o.HideNames()
		}
		o.Claim(claimDTLSServer, uint32(len(h.sni)), 0)
	case o.onPort(5684) && !srtp:
		o.recognise(claimClearOnce, serviceCoAPs)
	}
}

// dtlsLeaf finds the certificate in the body of a Certificate message.
func dtlsLeaf(body []byte) (certificate []byte, whole, none bool) {
	if len(body) < 6 {
		return nil, false, true
	}
	size := be24(body[3:])
	return body[6:min(6+size, len(body))], size > 0 && 6+size <= len(body), size == 0
}

// dtlsClientHello reads the extensions of a DTLS ClientHello, and tells whether it keys media.
// The body is that of TLS with a cookie behind the session id.
func dtlsClientHello(p []byte) (h tlsHello, srtp bool) {
	at := 2 + 32
	for _, width := range [...]int{1, 1, 2, 1} { // session id, cookie, ciphers, compression
		if at+width > len(p) {
			return h, false
		}
		n := int(p[at])
		if width == 2 {
			n = int(be16(p[at:]))
		}
		at += width + n
	}
	if at+2 > len(p) {
		return h, false
	}
	end := min(at+2+int(be16(p[at:])), len(p))
	for at += 2; at+4 <= end; {
		kind, n := be16(p[at:]), int(be16(p[at+2:]))
		at += 4
		srtp = srtp || kind == 14
		h.extension(kind, p[min(at, end):min(at+n, end)])
		at += n
	}
	return h, srtp
}
