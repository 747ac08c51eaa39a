package classify

import "peeratlas/capture/packet"

// DNS and its kin, and the names that they tell clients.
//
//	| id 2 | flags 2 | questions 2 | answers 2 | authorities 2 | additionals 2 | name ...
//
// A message is taken for DNS when its flags are ones that were ever assigned, its counts are
// small and its first question parses to the end as a name with a type and class, on any port:
// the four counts alone are 37 bits. Port 5353 is mDNS, 5355 LLMNR, 137 NetBIOS, whose names
// are 32 letters from A to P.
//
// What answers tell of addresses is remembered by client (dns_names.go): a peer that no name led
// to is a different matter from a server that one did. A flow that asks is read to its end.
var dns = Detector{
	Name:      "dns",
	Transport: packet.UDP,
	References: []string{
		"RFC 1035, section 4", "RFC 3596, section 2.2", "RFC 6762, section 18", "RFC 4795, section 2.1",
		"RFC 1002, section 4.2", "RFC 6891, section 6.1.3",
	},
	Proves: "A DNS message, and which addresses the client was told for which name.",
	Not:    "That the client used the answer.",
	Claims: []ClaimID{claimDNS, claimClear},
	Least:  12,
	Gates:  []Gate{{Octets: dnsOctets(0)}},
	Detect: detectDNS,
}

var (
	serviceMDNS    = serviceNumber("mdns")
	serviceLLMNR   = serviceNumber("llmnr")
	serviceNetBIOS = serviceNumber("netbios-ns")
)

func detectDNS(o *Observation) {
	if !o.dns(o.Payload) {
		return
	}
	switch {
	case o.onPort(5353):
		o.recognise(claimClear, serviceMDNS)
	case o.onPort(5355):
		o.recognise(claimClear, serviceLLMNR)
	case netbiosName(o.Payload):
		o.recognise(claimClear, serviceNetBIOS)
	default:
		o.Claim(claimDNS, uint32(o.Length), 0)
	}
	o.watchOn()
}

// dnsTCP is the same behind a two-octet length. The length may come in a segment of its own, and
// the rest of a long message in further ones. What the first shows is enough for the claim; for
// the names, a message is put together within the bounds of join.go.
var dnsTCP = Detector{
	Name:       "dns-tcp",
	Transport:  packet.TCP,
	References: []string{"RFC 1035, section 4.2.2", "RFC 7766, section 8"},
	Proves:     dns.Proves,
	Not:        dns.Not,
	Claims:     dns.Claims,
	Gates: []Gate{
		{Octets: dnsOctets(0), After: 1}, // behind a length that came alone
		{Octets: dnsOctets(2)},
		{Ports: []uint16{53}, First: true},
		{Follows: []ClaimID{claimDNS}},
		{Joins: true},
	},
	Detect: detectDNSTCP,
}

func detectDNSTCP(o *Observation) {
	p := o.Payload
	if j := o.join(joinDNS); j != nil {
		o.dnsRest(j)
		return
	}
	if b := o.LastFrom(o.Dir); b != nil && b.length == 2 && int(be16(b.prefix[:])) == o.Length && o.dns(p) {
		o.Claim(claimDNS, uint32(o.Length), 0)
		o.watchOn()
		return
	}
	if len(p) < 14 {
		if (o.First() && o.onPort(53) || o.Claimed(claimDNS) != 0) && !o.Cut() {
			o.dnsHold(p)
		}
		return
	}
	if n := int(be16(p)); n >= 12 && (n+2 == o.Length || o.onPort(53) || n+2 > o.Length && o.Length >= 500) && o.dns(p[2:min(len(p), n+2)]) {
		o.Claim(claimDNS, uint32(o.Length), 0)
		o.watchOn()
		o.dnsMessages(p)
	} else if o.First() && o.onPort(53) && !o.Cut() {
		o.dnsHold(p)
	}
}

// dns checks a message, and remembers what an answer tells.
func (o *Observation) dns(p []byte) bool {
	at := dnsQuestions(p)
	if at == 0 {
		return false
	}
	if p[2]&0x80 != 0 && be16(p[6:]) > 0 {
		o.learnNames(p, at)
	}
	return true
}

// dnsQuestions returns the offset behind the questions of a message, 0 if it is none.
func dnsQuestions(p []byte) int {
	if len(p) < 12 || !dnsHeader(p) {
		return 0
	}
	at := 12
	for range be16(p[4:]) {
		next := dnsName(p, at)
		if next == 0 || next+4 > len(p) || be16(p[next+2:])&0x7fff > 255 {
			return 0
		}
		at = next + 4
	}
	if be16(p[4:]) == 0 && dnsName(p, at) == 0 {
		return 0
	}
	return at
}

// dnsOctets are the octets of a header, which begins at an offset, that dnsHeader lets pass:
// flags and counts.
func dnsOctets(at int) []octetGate {
	flags := octetGate{at + 2, func(b byte) bool { return dnsOpcode(b >> 3 & 15) }}
	return []octetGate{flags, maskedOctet(at+3, 0x40, 0), octet(at+4, 0), octetUpTo(at+5, 16), octet(at+6, 0)}
}

// dnsOpcode tells 0 query, 2 status, 4 notify, 5 update; NetBIOS has 5 to 8 and 15 (RFC 1002, 4.2.1.1).
func dnsOpcode(code byte) bool { return code != 1 && code != 3 && (code <= 8 || code == 15) }

// dnsHeader checks opcode, reserved bit, and counts: a question has one name nearly always,
// and some answers have none.
func dnsHeader(p []byte) bool {
	questions, answers := int(be16(p[4:])), int(be16(p[6:]))
	others := int(be16(p[8:])) + int(be16(p[10:]))
	if questions > 16 || answers > 200 || others > 200 || questions+answers == 0 {
		return false
	}
	if !dnsOpcode(p[2] >> 3 & 15) {
		return false
	}
	response := p[2]&0x80 != 0
	if !response && (answers > 0 && questions == 0 || p[3]&0x0f != 0) {
		return false
	}
	return p[3]&0x40 == 0
}

// dnsName walks the name at offset at (RFC 1035, section 4.1.4) and returns the offset behind
// it, or 0. Pointers may only lead backwards, so that none can loop, and are not more than the
// labels that a name has room for.
func dnsName(p []byte, at int) int {
	total, end, limit, hops := 0, 0, at, 0
	for {
		if at >= len(p) {
			return 0
		}
		length := int(p[at])
		switch {
		case length == 0:
			if end == 0 {
				end = at + 1
			}
			return end
		case length >= 0xc0:
			if at+2 > len(p) {
				return 0
			}
			to := int(be16(p[at:])) & 0x3fff
			if hops++; to >= limit || to < 12 || hops > 127 {
				return 0
			}
			if end == 0 {
				end = at + 2
			}
			at, limit = to, to
		case length > 63 || at+1+length > len(p) || total+length+1 > 255:
			return 0
		default:
			total += length + 1
			at += 1 + length
		}
	}
}

// netbiosName tells whether the first name is one label of 32 letters from A to P, which code
// the sixteen octets of a NetBIOS name (RFC 1001, section 14.1).
func netbiosName(p []byte) bool {
	if len(p) < 12+33 || p[12] != 32 {
		return false
	}
	for _, b := range p[13:45] {
		if b < 'A' || b > 'P' {
			return false
		}
	}
	return true
}
