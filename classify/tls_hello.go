package classify

// tlsHello is what the detectors need of a TLS ClientHello (RFC 8446, section 4.1.2), whether
// it came over TCP, DTLS or QUIC.
type tlsHello struct {
	version uint16
	sni     []byte // server_name, RFC 6066 section 3
	alpn    []byte // first protocol offered, RFC 7301 section 3.1
	ech     bool   // encrypted_client_hello: the name is hidden
	ciphers int
	whole   bool // all of it was there, so that what was not found is not in it
}

// readClientHello reads a ClientHello from its handshake type on. What is not there is left out,
// and whole tells whether anything was.
func readClientHello(p []byte) (h tlsHello, ok bool) {
	if len(p) < 4 || p[0] != 1 {
		return h, false
	}
	n := int(p[1])<<16 | int(be16(p[2:]))
	body := p[4:min(len(p), 4+n)]
	h, ok = parseTLSHello(body)
	h.whole = len(body) == n
	return h, ok
}

// parseTLSHello reads a ClientHello body: what follows handshake type and length. What is cut
// off is left out; ok tells whether the fixed part was there and consistent.
func parseTLSHello(p []byte) (h tlsHello, ok bool) {
	if len(p) < 2+32+1 {
		return h, false
	}
	h.version = be16(p)
	at := 34
	at += 1 + int(p[at]) // session id
	if p[34] > 32 || at+2 > len(p) {
		return h, false
	}
	suites := int(be16(p[at:]))
	if suites == 0 || suites&1 != 0 {
		return h, false
	}
	h.ciphers = suites / 2
	at += 2 + suites
	if at >= len(p) {
		return h, true // the rest is in the next segment, or was cut off
	}
	at += 1 + int(p[at]) // compression methods
	if at+2 > len(p) {
		return h, true
	}
	end := min(at+2+int(be16(p[at:])), len(p))
	for at += 2; at+4 <= end; {
		kind, n := be16(p[at:]), int(be16(p[at+2:]))
		at += 4
		h.extension(kind, p[at:min(at+n, end)])
		at += n
	}
	return h, true
}

func (h *tlsHello) extension(kind uint16, v []byte) {
	switch kind {
	case 0: // list length 2, type 1, name length 2, name
		if len(v) >= 5 && v[2] == 0 && 5+int(be16(v[3:])) <= len(v) {
			h.sni = v[5 : 5+int(be16(v[3:]))]
		}
	case 16: // list length 2, length 1, protocol
		if len(v) >= 3 && 3+int(v[2]) <= len(v) {
			h.alpn = v[3 : 3+int(v[2])]
		}
	case 0xfe0d:
		h.ech = true
	}
}

// certificateNames finds the common names of issuer and subject in an X.509 certificate that
// may be cut short: TBSCertificate is version, serial, algorithm, issuer, validity, subject
// (RFC 5280, section 4.1). sameName tells whether both are the same octets: self-signed.
func certificateNames(p []byte) (issuer, subject []byte, sameName bool) {
	_, p, _ = derValue(p, 0x30) // Certificate
	_, p, _ = derValue(p, 0x30) // TBSCertificate
	if len(p) > 0 && p[0] == 0xa0 {
		p, _, _ = derValue(p, 0xa0)
	}
	p, _, _ = derValue(p, 0x02) // serial number
	p, _, _ = derValue(p, 0x30) // signature algorithm
	p, is, ok := derValue(p, 0x30)
	if !ok {
		return nil, nil, false
	}
	p, _, _ = derValue(p, 0x30) // validity
	_, su, ok := derValue(p, 0x30)
	if !ok {
		return commonName(is), nil, false
	}
	return commonName(is), commonName(su), string(is) == string(su)
}

// derValue splits p after its first element, which must have the tag; value may be cut short,
// whole tells that it is not.
func derValue(p []byte, tag byte) (rest, value []byte, whole bool) {
	if len(p) < 2 || p[0] != tag {
		return nil, nil, false
	}
	n, at := int(p[1]), 2
	if n >= 0x80 {
		octets := n & 0x7f
		if octets == 0 || octets > 3 || len(p) < 2+octets {
			return nil, nil, false
		}
		n = 0
		for _, b := range p[2 : 2+octets] {
			n = n<<8 | int(b)
		}
		at += octets
	}
	if at+n > len(p) {
		return nil, p[at:], false
	}
	return p[at+n:], p[at : at+n], true
}

// commonName finds id-at-commonName (2.5.4.3) in a Name (RFC 5280, section 4.1.2.4).
func commonName(name []byte) []byte {
	for len(name) > 0 {
		rest, set, ok := derValue(name, 0x31)
		if !ok {
			return nil
		}
		_, pair, _ := derValue(set, 0x30)
		value, oid, ok := derValue(pair, 0x06)
		if ok && string(oid) == "\x55\x04\x03" && len(value) > 2 {
			if _, text, ok := derValue(value, value[0]); ok {
				return text
			}
		}
		name = rest
	}
	return nil
}
