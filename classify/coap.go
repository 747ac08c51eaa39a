package classify

import "peeratlas/capture/packet"

// CoAP, by a request and what answers it.
//
//	| version 01, type 2, token length 4 | code 1 | message id 2 | token 0-8 | options | ff payload |
//
// Noise is well-formed once in some hundred payloads, so what counts is the echo: an
// acknowledgement or reset repeats the message id, a response repeats the token.
var coap = Detector{
	Name:       "coap",
	Transport:  packet.UDP,
	References: []string{"RFC 7252, sections 3, 4.2 and 5.3"},
	Proves:     "A CoAP client and its server.",
	Not:        "Anything of a request that nobody answered, but that it looks like one.",
	Claims:     []ClaimID{claimClear, claimClearOnce},
	Opens:      func(b byte) bool { return b>>6 == 1 && b&0xf <= 8 },
	Gates: []Gate{
		{Octets: []octetGate{maskedOctet(1, 0xe0, 0, 0x40, 0x80, 0xa0)}, Least: 4, After: 1},
		{Ports: []uint16{5683}, Least: 4},
	},
	Detect: detectCoAP,
}

var serviceCoAP = serviceNumber("coap")

func detectCoAP(o *Observation) {
	p := o.Payload
	if len(p) < 4 || !coapMessage(o) {
		return
	}
	asked := o.LastFrom(1 - o.Dir)
	if asked == nil || !coapAnswers(p, asked) {
		if p[1]>>5 == 0 && o.onPort(5683) {
			o.recognise(claimClearOnce, serviceCoAP)
		}
		return
	}
	o.recognise(claimClear, serviceCoAP)
}

// coapAnswers tells whether the message p answers one that began like asked: an
// acknowledgement (type 2) or reset (3) of its message id, or a response with its token of at
// least four octets.
func coapAnswers(p []byte, asked *digest) bool {
	q := asked.prefix[:]
	if asked.length < 4 || q[0]>>6 != 1 || q[1] == 0 || q[1]>>5 != 0 || q[1] > 7 {
		return false
	}
	if kind := p[0] >> 4 & 3; kind >= 2 && be16(p[2:]) == be16(q[2:]) {
		return p[1] == 0 || p[1]>>5 >= 2
	}
	n := int(p[0] & 0xf)
	return n >= 4 && p[0]&0xf == q[0]&0xf && p[1]>>5 >= 2 && string(p[4:4+n]) == string(q[4:4+n])
}

// coapMessage checks code class, token length, and that the options' chain comes to the end or to a
// payload mark.
func coapMessage(o *Observation) bool {
	p := o.Payload
	class, token := p[1]>>5, int(p[0]&0xf)
	if class != 0 && class != 2 && class != 4 && class != 5 || token > 8 || len(p) < 4+token {
		return false
	}
	if p[1] == 0 {
		return o.Length == 4 // empty: a ping, an acknowledgement or a reset
	}
	for p = p[4+token:]; len(p) > 0; {
		if p[0] == 0xff {
			return len(p) > 1
		}
		next := coapOption(p)
		if next == 0 || next > len(p) {
			return false
		}
		p = p[next:]
	}
	return true
}

// coapOption returns the octets of the option at the start of p, 0 if it is malformed.
func coapOption(p []byte) int {
	at, length := 1, 0
	for i, n := range [...]int{int(p[0] >> 4), int(p[0] & 0xf)} { // delta, length
		v := n
		switch {
		case n == 15:
			return 0
		case n == 14:
			if at+2 > len(p) {
				return 0
			}
			v, at = int(be16(p[at:]))+269, at+2
		case n == 13:
			if at+1 > len(p) {
				return 0
			}
			v, at = int(p[at])+13, at+1
		}
		if i == 1 {
			length = v
		}
	}
	return at + length
}
