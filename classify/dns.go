package classify

import (
	"net/netip"

	"peeratlas/capture/packet"
)

// DNS, and the names that it tells clients.
//
//	| id 2 | flags 2 | questions 2 | answers 2 | authorities 2 | additionals 2 | name ...
//
// A message is taken for DNS when its counts are small and its first question parses to the
// end as a name with a type and class: on port 53, 5353 (mDNS) and 5355 (LLMNR), or any other.
// Answers with A and AAAA records are remembered by client: a peer that no name led to is a
// different matter from a server that one did.
var dns = Detector{
	Name:       "dns",
	Transport:  packet.UDP,
	References: []string{"RFC 1035, section 4", "RFC 3596, section 2.2", "RFC 6762, section 18", "RFC 4795, section 2.1"},
	Proves:     "A DNS message, and which addresses the client was told for which name.",
	Not:        "That the client used the answer.",
	Claims:     []ClaimID{claimDNS},
	Detect:     detectDNS,
}

func detectDNS(o *Observation) {
	if o.dns(o.Payload) {
		o.Claim(claimDNS, uint32(o.Length), 0)
	}
}

// dnsTCP is the same behind a two-octet length (RFC 1035, section 4.2.2).
var dnsTCP = Detector{
	Name:       "dns-tcp",
	Transport:  packet.TCP,
	References: []string{"RFC 1035, section 4.2.2"},
	Proves:     dns.Proves,
	Not:        dns.Not,
	Claims:     dns.Claims,
	Opens:      func(b byte) bool { return b < 0x10 },
	Detect: func(o *Observation) {
		if p := o.Payload; len(p) > 14 && int(be16(p)) == o.Length-2 && o.dns(p[2:]) {
			o.Claim(claimDNS, uint32(o.Length), 0)
		}
	},
}

// dns reads a message and remembers the addresses of an answer.
func (o *Observation) dns(p []byte) bool {
	if len(p) < 12 {
		return false
	}
	questions, answers := int(be16(p[4:])), int(be16(p[6:]))
	others := int(be16(p[8:])) + int(be16(p[10:]))
	response := p[2]&0x80 != 0
	if questions > 16 || answers > 200 || others > 200 || questions+answers == 0 || p[2]&0x70 != 0 && p[2]&0x78 != 0x28 {
		return false
	}
	if !response && answers > 0 && questions == 0 || p[3]&0x40 != 0 {
		return false
	}
	at := 12
	var asked string
	for q := range questions {
		name, next := dnsName(p, at)
		if next == 0 || next+4 > len(p) || be16(p[next+2:])&0x7fff > 255 {
			return false
		}
		if q == 0 {
			asked = name
		}
		at = next + 4
	}
	if questions == 0 {
		if _, next := dnsName(p, at); next == 0 {
			return false
		}
	}
	if response {
		o.dnsAnswers(p, at, answers, asked)
	}
	return true
}

func (o *Observation) dnsAnswers(p []byte, at, answers int, asked string) {
	client := o.Flow.Key.Addr[1-o.Dir]
	for range answers {
		name, next := dnsName(p, at)
		if next == 0 || next+10 > len(p) {
			return
		}
		kind, n := be16(p[next:]), int(be16(p[next+8:]))
		data := next + 10
		if data+n > len(p) {
			return
		}
		if asked != "" {
			name = asked // not the last alias of a chain of CNAMEs
		}
		if kind == 1 && n == 4 || kind == 28 && n == 16 {
			a, _ := netip.AddrFromSlice(p[data : data+n])
			o.NameAddr(client, packet.AddrFrom(a), name)
		}
		at = data + n
	}
}

// dnsName reads a name at offset at (RFC 1035, section 4.1.4) and returns where it ends, or 0.
// Pointers may only lead backwards, so that none can loop.
func dnsName(p []byte, at int) (string, int) {
	var text [255]byte
	n, end, limit := 0, 0, at
	for {
		if at >= len(p) {
			return "", 0
		}
		length := int(p[at])
		switch {
		case length == 0:
			if end == 0 {
				end = at + 1
			}
			return string(text[:max(n-1, 0)]), end
		case length >= 0xc0:
			if at+2 > len(p) {
				return "", 0
			}
			to := int(be16(p[at:])) & 0x3fff
			if to >= limit {
				return "", 0
			}
			if end == 0 {
				end = at + 2
			}
			at, limit = to, to
		case length > 63 || at+1+length > len(p) || n+length+1 > len(text):
			return "", 0
		default:
			n += copy(text[n:], p[at+1:at+1+length])
			text[n] = '.'
			n++
			at += 1 + length
		}
	}
}
