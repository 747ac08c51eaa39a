package main

import (
	"net/netip"
	"strings"
	"time"
)

// DNS record types (RFC 1035, RFC 3596, RFC 2782).
const (
	typeA    = 1
	typePTR  = 12
	typeTXT  = 16
	typeAAAA = 28
)

// domain writes a name as labels (RFC 1035, section 3.1).
func domain(name string) []byte {
	var b []byte
	for _, label := range strings.Split(strings.TrimSuffix(name, "."), ".") {
		b = append(b, vec8([]byte(label))...)
	}
	return append(b, 0)
}

// dnsQuery asks one question, recursion desired.
func dnsQuery(id int, name string, kind int) []byte {
	return join(u16(id), u16(0x0100), u16s(1, 0, 0, 0), domain(name), u16(kind), u16(1))
}

// dnsRecord is one answer to the question at offset 12.
func dnsRecord(kind int, data []byte) []byte {
	return join(u16(0xc00c), u16(kind), u16(1), u32(300), vec16(data))
}

// dnsAnswer repeats the question and adds records.
func dnsAnswer(query []byte, records ...[]byte) []byte {
	return join(query[:2], u16(0x8180), u16s(1, uint16(len(records)), 0, 0), query[12:], join(records...))
}

// addressRecord is an A or AAAA record.
func addressRecord(ip netip.Addr) []byte {
	if ip.Is4() {
		return dnsRecord(typeA, ip.AsSlice())
	}
	return dnsRecord(typeAAAA, ip.AsSlice())
}

// lookup has h ask its resolver for name over UDP; it returns when the answer is there.
func (s *scene) lookup(at time.Duration, h *host, resolver, name string, addresses ...string) time.Duration {
	kind := typeA
	var records [][]byte
	for _, text := range addresses {
		ip := netip.MustParseAddr(text)
		if ip.Is6() {
			kind = typeAAAA
		}
		records = append(records, addressRecord(ip))
	}
	c := s.udp(s.ephemeral(h), s.at(resolver, 53), negative("dns", "clear DNS to the resolver"))
	query := dnsQuery(s.between(0, 65535), name, kind)
	c.send(at, query)
	at += s.spread(2*ms, 25*ms)
	c.answer(at, dnsAnswer(query, records...))
	return at + ms
}

// dnsOverTCP asks for a long TXT record, which a resolver gives over TCP (RFC 7766).
func (s *scene) dnsOverTCP(at time.Duration, h *host, resolver string) {
	c := s.tcp(at, s.ephemeral(h), s.at(resolver, 53), negative("dns", "clear DNS over TCP"))
	query := dnsQuery(s.between(0, 65535), "policy.example.org", typeTXT)
	text := vec8([]byte(strings.Repeat("v=policy1 include:_a.example.org ", 7)))
	c.send(vec16(query))
	c.answer(vec16(dnsAnswer(query, dnsRecord(typeTXT, text), dnsRecord(typeTXT, text), dnsRecord(typeTXT, text))))
	c.close()
}

// mdns has h ask the link for printers (RFC 6762).
func (s *scene) mdns(at time.Duration, h *host) {
	c := s.udp(endpoint{h, 5353}, s.at("224.0.0.251", 5353), negative("mdns", "multicast on the link"))
	query := join(u16(0), u16(0), u16s(1, 0, 0, 0), domain("_ipp._tcp.local"), u16(typePTR), u16(1))
	for _, wait := range []time.Duration{0, second, 3 * second} {
		c.send(at+wait, query)
	}
}

// ssdp has h search the link for devices (UPnP Device Architecture 1.1, section 1.3.2).
func (s *scene) ssdp(at time.Duration, h *host) {
	c := s.udp(s.ephemeral(h), s.at("239.255.255.250", 1900), negative("ssdp", "multicast on the link"))
	text := "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\n" +
		"ST: urn:dial-multiscreen-org:service:dial:1\r\n\r\n"
	for i := range 3 {
		c.send(at+time.Duration(i)*second, []byte(text))
	}
}
