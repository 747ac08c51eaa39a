package classify

import "peeratlas/capture/packet"

// TLS over TCP.
//
//	| type 1 | version 03 0x | length 2 | handshake type 1 | length 3 | body ... |
//	| 80 + length 2 | 01 | version 03 0x | ciphers 2 | session id 2 | challenge 2 | ... |  SSLv2 framing
//
// A hello that names its server (SNI) dials a service: that speaks against a peer. Peers that
// use TLS (Tor, Syncthing, Gnutella, AnyDesk, RetroShare) name nobody, and their certificates
// are self-signed or sent by both ends; that speaks for peers, weakly, since appliances and
// mail servers do so too.
//
// That no name is given can be said only of a whole hello: one that goes on in the next segment
// is put together first, and so is a certificate (tls_join.go). A connection that was joined later shows records, and no more.
var tls = Detector{
	Name:      "tls",
	Transport: packet.TCP,
	References: []string{
		"RFC 8446, sections 4.1 and 5.1", "RFC 6066, section 3", "RFC 5246, sections 6.2.1, 7.4.2 and appendix E.2", "RFC 5280, section 4.1",
		"RFC 9849, section 5 (encrypted_client_hello)",
	},
	Proves: "A TLS handshake; the name asked for; in TLS 1.2, whose name the certificate bears.",
	Not:    "Who the far end is when no name is given; anything after the handshake.",
	Claims: []ClaimID{claimTLSNamed, claimTLSNameless, claimTLSHalf, claimTLSServer, claimTLSSelfSigned, claimTLSMutual, claimTLSAnyDesk, claimTLSInGnutella, claimTLSRecord},
	Gates: []Gate{
		{Opens: opens(0x16), Octets: []octetGate{octet(1, 3), octetUpTo(2, 4)}, Least: 6},
		{Opens: func(b byte) bool { return b&0x80 != 0 }, Octets: []octetGate{octet(2, 1), octet(3, 3)}, Least: 11},
		{First: true},
		{Joins: true},
	},
	Detect: detectTLS,
}

func detectTLS(o *Observation) {
	p := o.Payload
	if certificate, _ := o.leaf(); certificate != nil {
		o.certificate(certificate)
	}
	if j := o.join(joinTLS); j != nil && !j.done && !tlsBegins(j.octets(), 2, 11) {
		o.tlsRest(j)
		return
	}
	if p[0]&0x80 != 0 {
		o.ssl2Hello(p)
	}
	if len(p) < 11 || p[0] < 0x14 || p[0] > 0x18 || p[1] != 3 || p[2] > 4 {
		o.tlsHold()
		return
	}
	switch n := int(be16(p[3:])); {
	case p[0] != 0x16 || n < 4:
		if o.First() && (o.Flow.TCPFlags[0]|o.Flow.TCPFlags[1])&packet.SYN == 0 && tlsRecords(p) {
			o.Claim(claimTLSRecord, uint32(p[0]), 0)
		}
	case p[5] == 1:
		o.tlsHello(p, n)
	case p[5] == 2:
		o.Claim(claimTLSServer, uint32(be16(p[9:])), 0)
	}
}

// tlsHello reads a ClientHello that begins in a record of n octets. What does not fit into the
// segment is awaited, if the segment was captured whole.
func (o *Observation) tlsHello(p []byte, n int) {
	if o.Claimed(claimGnutella) != 0 {
		o.Claim(claimTLSInGnutella, 0, 0)
	}
	h, ok := readClientHello(p[5:min(5+n, len(p))])
	if !ok || !h.whole { // then it may go on in the next record
		messages, _ := o.handshakes(p)
		if h, ok = readClientHello(messages); !ok && !shortHello(messages) {
			return
		}
	}
	if ok && (h.whole || len(h.sni) > 0) {
		o.tlsName(&h)
	} else if ok {
		o.Claim(claimTLSHalf, uint32(o.Length), uint32(h.version))
	}
	if !h.whole && !o.Cut() {
		j := o.newJoin(joinTLS)
		j.headed, j.told = true, len(h.sni) > 0
		j.segment(o.Seq, p)
		o.tlsRest(j)
	}
}

// shortHello tells whether p is the start of a ClientHello that its fixed part does not fit in.
func shortHello(p []byte) bool {
	return len(p) < 4+35+32+4 && (len(p) == 0 || p[0] == 1) && (len(p) < 4 || p[1] == 0 && len(p) < 4+int(be16(p[2:])))
}

// tlsRest adds a segment to what this direction began.
func (o *Observation) tlsRest(j *join) {
	j.segment(o.Seq, o.Payload)
	last := j.next(o)
	octets := j.octets()
	switch {
	case tlsBegins(octets, 1):
		j.headed = true
	case len(octets) >= 6 && j.headed || last:
		j.drop(o)
		return
	default:
		return
	}
	messages, more := o.handshakes(octets)
	h, ok := readClientHello(messages)
	switch {
	case !ok && !shortHello(messages):
		j.drop(o)
		return
	case j.told && h.whole && h.ech:
		o.NameServer(h.sni, true)
	case !j.told && ok && (h.whole || len(h.sni) > 0):
		j.told = true
		o.tlsName(&h)
	}
	if h.whole || last || !more {
		j.drop(o)
	}
}

// tlsName claims what a hello says of its server.
func (o *Observation) tlsName(h *tlsHello) {
	if len(h.sni) > 0 {
		o.NameServer(h.sni, h.ech)
	}
	if o.Flow.Key.Port[1-o.Dir] == 853 || hidesNames(h.sni) { // DNS over TLS, RFC 7858; over HTTPS
		o.HideNames()
	}
	if len(h.sni) > 0 || h.ech {
		o.Claim(claimTLSNamed, uint32(len(h.sni)), uint32(h.version))
	} else {
		o.Claim(claimTLSNameless, uint32(h.ciphers), uint32(h.version))
	}
}

// ssl2Hello checks a hello in SSLv2's framing, whose three lengths fill it. It can name nobody.
// Those of 72 octets are Skype's and libjingle's imitations (skype_tcp.go, pseudo_tls.go).
func (o *Observation) ssl2Hello(p []byte) {
	if len(p) < 11 || p[2] != 1 || p[3] != 3 || p[4] > 3 || int(be16(p)&0x7fff)+2 != o.Length || o.Length == 72 {
		return
	}
	ciphers, session, challenge := int(be16(p[5:])), int(be16(p[7:])), int(be16(p[9:]))
	if ciphers%3 == 0 && challenge >= 16 && challenge <= 32 && 11+ciphers+session+challenge == o.Length {
		o.Claim(claimTLSNameless, uint32(ciphers/3), uint32(be16(p[3:])))
	}
}

// tlsRecords tells whether p begins with records of TLS, end to end: type, version and a
// length of at most 2^14 + 256 (RFC 8446, section 5.2; 2048 in TLS 1.2).
func tlsRecords(p []byte) bool {
	for len(p) >= 5 {
		n := int(be16(p[3:]))
		if p[0] < 0x14 || p[0] > 0x18 || p[1] != 3 || p[2] > 4 || n == 0 || n > 1<<14+2048 {
			return false
		}
		p = p[min(len(p), 5+n):]
	}
	return true
}

// certificate claims what the sender's certificate says; of one in pieces, once its subject is
// there. Its name may still follow.
func (o *Observation) certificate(p []byte) {
	issuer, subject, self := certificateNames(p)
	if host := certificateHost(p); len(host) > 0 {
		o.NameSender(host, true)
	} else if len(subject) > 0 {
		o.NameSender(subject, false)
	}
	if j := o.join(joinTLS); j != nil {
		if j.told {
			return
		}
		j.told = len(subject) > 0
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
}
