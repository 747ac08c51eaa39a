package classify

import "peeratlas/capture/packet"

// Handshake messages of TLS that take several segments, several records, or both (RFC 8446,
// section 5.1: a message may be split over records, and one record may hold several).

// tlsBegins tells whether p begins with a record of handshake messages, the first of a kind.
func tlsBegins(p []byte, kinds ...byte) bool {
	if len(p) < 6 || p[0] != 0x16 || p[1] != 3 || p[2] > 4 || be16(p[3:]) == 0 {
		return false
	}
	for _, k := range kinds {
		if p[5] == k {
			return true
		}
	}
	return false
}

// handshakes puts the messages in the records at the start of p together. more tells that
// further octets may go on with them; another kind of record ends them. The result is valid
// until the next call.
func (o *Observation) handshakes(p []byte) (messages []byte, more bool) {
	messages = o.classifier.joins.message[:0]
	p = p[:min(len(p), maxJoinOctets)]
	for len(p) >= 5 && p[0] == 0x16 && p[1] == 3 {
		n := int(be16(p[3:]))
		if n == 0 || n > 1<<14 {
			return messages, false
		}
		messages = append(messages, p[5:min(5+n, len(p))]...)
		if len(p) < 5+n {
			return messages, true
		}
		p = p[5+n:]
	}
	return messages, len(p) < 5
}

// tlsPorts are where a first segment that is no record is held back, since the one before it
// may come late: a hint of where to spend memory, no evidence (IANA registry, 2026-11).
func tlsPort(port uint16) bool {
	switch port {
	case 443, 465, 636, 853, 989, 990, 992, 993, 994, 995, 4433, 5061, 5223, 5671, 6697, 8443, 8883:
		return true
	}
	return false
}

// tlsHold keeps what may be the later part of a hello, or of a server's answer to one, whose
// beginning has not come yet. A header that comes alone is kept too.
func (o *Observation) tlsHold() {
	p := o.Payload
	if !o.First() || o.Cut() || o.Flow.TCPFlags[o.Dir]&packet.SYN == 0 {
		return
	}
	switch {
	case p[0] == 0x16 && (len(p) < 5 || len(p) > 5 && len(p) < 11 && p[5] != 1 || len(p) >= 11 || be16(p[3:]) < 43):
		return
	case p[0] == 0x16:
	case o.FromInitiator():
		if !tlsPort(o.Flow.Key.Port[1-o.Dir]) {
			return
		}
	case o.Claimed(claimTLSHalf)|o.Claimed(claimTLSNamed)|o.Claimed(claimTLSNameless) == 0:
		return
	}
	j := o.newJoin(joinTLS)
	j.headed = p[0] == 0x16
	j.segment(o.Seq, p)
	j.next(o)
}

// leaf returns the first certificate of the flight that this packet begins or goes on with, and
// whether it is whole; nil if there is none yet. It may be asked twice of one packet. A flight
// that goes on in further segments is put together.
func (o *Observation) leaf() (certificate []byte, whole bool) {
	j, p := o.join(joinTLS), o.Payload
	switch {
	case j == nil && !tlsBegins(p, 2, 11):
		return nil, false
	case j == nil:
		messages, more := o.handshakes(p)
		certificate, whole, none := findLeaf(messages)
		if whole || none || !more || o.Cut() {
			return certificate, whole
		}
		j = o.newJoin(joinTLS)
		j.headed = true
	case j.done && j.last != o.Frame:
		j.drop(o)
		return nil, false
	}
	j.segment(o.Seq, p)
	last := j.next(o)
	if !tlsBegins(j.octets(), 2, 11) {
		return nil, false
	}
	j.headed = true
	messages, more := o.handshakes(j.octets())
	certificate, whole, none := findLeaf(messages)
	j.done = whole || none || !more || last
	return certificate, whole
}

// findLeaf looks for the first certificate among handshake messages that may be cut short; none
// tells that there is none to come.
//
//	| 11 | length 3 | list length 3 | certificate length 3 | certificate ... |   RFC 5246, section 7.4.2
func findLeaf(p []byte) (certificate []byte, whole, none bool) {
	for len(p) >= 4 {
		n := int(p[1])<<16 | int(be16(p[2:]))
		body := p[4:min(4+n, len(p))]
		switch p[0] {
		case 2:
			if tls13Server(body) {
				return nil, false, true // certificates are encrypted
			}
		case 11:
			if len(body) < 6 {
				return nil, false, n < 6
			}
			size := int(body[3])<<16 | int(be16(body[4:]))
			if size == 0 || 6+size > n {
				return nil, false, true
			}
			return body[6:min(6+size, len(body))], 6+size <= len(body), false
		case 14, 16:
			return nil, false, true // the flight's end: nobody showed one
		}
		if 4+n > len(p) {
			return nil, false, false
		}
		p = p[4+n:]
	}
	return nil, false, false
}

// tls13Server tells whether a ServerHello chose TLS 1.3 (RFC 8446, section 4.2.1).
func tls13Server(p []byte) bool {
	if len(p) < 35 {
		return false
	}
	at := 35 + int(p[34]) + 3 // session id, cipher suite, compression method
	if at+2 > len(p) {
		return false
	}
	for at += 2; at+4 <= len(p); at += 4 + int(be16(p[at+2:])) {
		if be16(p[at:]) == 43 {
			return at+6 <= len(p) && be16(p[at+4:]) == 0x0304
		}
	}
	return false
}

// certificateHost returns the first DNS name among the subject's alternative names in an X.509
// certificate that may be cut short (RFC 5280, section 4.2.1.6; RFC 9525, section 2 prefers it
// to the common name); nil if it has none.
func certificateHost(p []byte) []byte {
	_, p, _ = derValue(p, 0x30) // Certificate
	_, p, _ = derValue(p, 0x30) // TBSCertificate
	if len(p) > 0 && p[0] == 0xa0 {
		p, _, _ = derValue(p, 0xa0)
	}
	for _, tag := range [...]byte{0x02, 0x30, 0x30, 0x30, 0x30, 0x30} {
		p, _, _ = derValue(p, tag) // serial number, algorithm, issuer, validity, subject, public key
	}
	for _, tag := range [...]byte{0x81, 0x82} { // unique identifiers
		if len(p) > 0 && p[0] == tag {
			p, _, _ = derValue(p, tag)
		}
	}
	_, p, _ = derValue(p, 0xa3)
	_, p, _ = derValue(p, 0x30) // Extensions
	for len(p) > 0 {
		rest, extension, _ := derValue(p, 0x30)
		value, oid, ok := derValue(extension, 0x06)
		if ok && string(oid) == "\x55\x1d\x11" { // id-ce-subjectAltName, 2.5.29.17
			if len(value) > 0 && value[0] == 0x01 {
				value, _, _ = derValue(value, 0x01) // critical
			}
			_, value, _ = derValue(value, 0x04)
			_, value, _ = derValue(value, 0x30)
			return firstDNSName(value)
		}
		p = rest
	}
	return nil
}

// firstDNSName finds a dNSName [2] among GeneralNames.
func firstDNSName(p []byte) []byte {
	for len(p) > 0 {
		rest, value, whole := derValue(p, p[0])
		if p[0] == 0x82 && whole && len(value) > 0 {
			return value
		}
		p = rest
	}
	return nil
}
