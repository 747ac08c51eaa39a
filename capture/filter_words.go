package capture

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"peeratlas/capture/packet"
)

// protocols are the words for protocols, with the test that each is on its own.
var protocols = map[string]step{
	"ip":    {version: 4},
	"ip6":   {version: 6},
	"tcp":   {protocol: packet.TCP},
	"udp":   {protocol: packet.UDP},
	"icmp":  {protocol: packet.ICMP, version: 4},
	"icmp6": {protocol: packet.ICMPv6, version: 6},
}

// reserved are the words that are no identifiers.
var reserved = map[string]bool{
	"and": true, "or": true, "not": true, "(": true, ")": true, "&": true, "|": true,
	"host": true, "net": true, "mask": true, "port": true, "portrange": true, "src": true, "dst": true,
	"ip": true, "ip6": true, "tcp": true, "udp": true, "icmp": true, "icmp6": true, "vlan": true,
}

// unsupported are words of pcap-filter(7) that ask for what headers do not tell.
var unsupported = map[string]bool{
	"arp": true, "rarp": true, "ether": true, "fddi": true, "wlan": true, "link": true, "llc": true,
	"sctp": true, "igmp": true, "ah": true, "esp": true, "vrrp": true, "carp": true, "pim": true, "igrp": true,
	"proto": true, "protochain": true, "gateway": true, "broadcast": true, "multicast": true,
	"less": true, "greater": true, "len": true, "mpls": true, "pppoed": true, "pppoes": true, "geneve": true,
	"inbound": true, "outbound": true, "ifname": true, "on": true, "iso": true, "stp": true, "decnet": true,
}

// services are usual names of ports (IANA Service Name and Transport Protocol Port Number
// Registry, and what tcpdump users write).
var services = map[string]uint16{
	"ftp-data": 20, "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "domain": 53, "dns": 53, "bootps": 67,
	"bootpc": 68, "tftp": 69, "http": 80, "www": 80, "kerberos": 88, "pop3": 110, "sunrpc": 111, "nntp": 119,
	"ntp": 123, "epmap": 135, "netbios-ns": 137, "netbios-dgm": 138, "netbios-ssn": 139, "imap2": 143, "imap": 143,
	"snmp": 161, "snmptrap": 162, "snmp-trap": 162, "bgp": 179, "irc": 194, "ldap": 389, "https": 443,
	"microsoft-ds": 445, "isakmp": 500, "syslog": 514, "submission": 587, "ipp": 631, "ldaps": 636,
	"domain-s": 853, "imaps": 993, "pop3s": 995, "socks": 1080, "openvpn": 1194, "ms-sql-s": 1433,
	"l2tp": 1701, "radius": 1812, "radius-acct": 1813, "ssdp": 1900, "nfs": 2049, "mysql": 3306,
	"ms-wbt-server": 3389, "rdp": 3389, "stun": 3478, "turn": 3478, "ipsec-nat-t": 4500, "vxlan": 4789,
	"sip": 5060, "sips": 5061, "sip-tls": 5061, "mdns": 5353, "llmnr": 5355, "stuns": 5349, "turns": 5349,
	"postgresql": 5432, "geneve": 6081, "http-alt": 8080, "ircs-u": 6697, "wireguard": 51820,
}

// identifier reads the address, number or name that q qualifies.
func (p *parser) identifier(q *qualifiers) (*term, error) {
	if !p.isIdentifier() {
		return nil, p.fail("expected " + expected[q.kind])
	}
	leaf := step{side: q.side, protocol: q.protocol, version: q.version}
	var reason string
	switch text := p.word().text; q.kind {
	case "host":
		reason = leaf.host(text, q)
	case "net":
		if p.ahead(1).text == "mask" {
			return p.masked(&leaf, q)
		}
		reason = leaf.net(text, q)
	case "port":
		leaf.test = testPort
		leaf.low, reason = port(text)
		leaf.high = leaf.low
	case "portrange":
		leaf.test = testPort
		leaf.low, leaf.high, reason = portRange(text)
	case "vlan":
		id, err := strconv.ParseUint(text, 10, 16)
		if err != nil || id < 1 || id > 4094 { // IEEE 802.1Q, table 9-2
			reason = "expected " + expected[q.kind]
		}
		leaf = step{test: testVLAN, low: uint16(id)}
	}
	if reason != "" {
		return nil, p.fail(reason)
	}
	p.at++
	return &term{leaf: leaf}, nil
}

// expected says what follows each kind.
var expected = map[string]string{
	"host":      "an IPv4 or IPv6 address; names are not looked up",
	"net":       "a network, as 10.0.0.0/8, 192.168 or 2001:db8::/32",
	"port":      "a port, 0 to 65535, or a service name as http",
	"portrange": "two ports, as 6881-6889",
	"vlan":      "a VLAN identifier, 1 to 4094",
}

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

// host sets s to test for one address.
func (s *step) host(text string, q *qualifiers) (reason string) {
	a, err := netip.ParseAddr(text)
	switch {
	case err != nil && strings.Contains(text, "/"):
		return "a network is no host: write \"net\" for \"host\""
	case err != nil || a.Zone() != "":
		return "expected " + expected["host"]
	}
	return s.prefix(netip.PrefixFrom(a, a.BitLen()), q)
}

// net sets s to test for a network, given as a prefix or as the first octets of one.
func (s *step) net(text string, q *qualifiers) (reason string) {
	address, length, slashed := strings.Cut(text, "/")
	octets := 0
	if !strings.Contains(address, ":") {
		octets = strings.Count(address, ".") + 1
		address += strings.Repeat(".0", max(4-octets, 0))
	}
	a, err := netip.ParseAddr(address)
	if err != nil || a.Zone() != "" {
		return "expected " + expected["net"]
	}
	bits := a.BitLen()
	if octets > 0 {
		bits = octets * 8 // "net 10" is 10.0.0.0/8
	}
	if slashed {
		if bits, err = strconv.Atoi(length); err != nil || bits < 0 || bits > a.BitLen() || length[0] == '+' {
			return fmt.Sprintf("expected a prefix length of 0 to %d behind \"/\"", a.BitLen())
		}
	}
	n := netip.PrefixFrom(a, bits)
	if n.Masked() != n {
		return fmt.Sprintf("the address has bits outside the network: write %q", n.Masked())
	}
	return s.prefix(n, q)
}

// prefix sets s to test for n.
func (s *step) prefix(n netip.Prefix, q *qualifiers) (reason string) {
	a, length := n.Addr(), n.Bits()
	s.version = 6
	switch {
	case a.Is4():
		s.version, length = 4, length+96
	case a.Is4In6() && length >= 96: // packet.Addr holds IPv4 so
		s.version = 4
	}
	if q.version != 0 && q.version != s.version {
		return fmt.Sprintf("%q goes with an IPv%d address, this one is IPv%d", q.prefix, q.version, s.version)
	}
	mapped := packet.AddrFrom(a)
	s.test = testAddress
	s.address = addressOf(&mapped)
	s.mask = address{^uint64(0) << max(64-length, 0), ^uint64(0) << min(128-length, 64)}
	return ""
}

// masked reads "net ADDRESS mask MASK", IPv4 only.
func (p *parser) masked(leaf *step, q *qualifiers) (*term, error) {
	a, err := netip.ParseAddr(p.word().text)
	if err != nil || !a.Is4() {
		return nil, p.fail("expected an IPv4 address before \"mask\"")
	}
	if reason := leaf.prefix(netip.PrefixFrom(a, 32), q); reason != "" {
		return nil, p.fail(reason)
	}
	p.at += 2
	m, err := netip.ParseAddr(p.word().text)
	if err != nil || !m.Is4() {
		return nil, p.fail("expected an IPv4 mask, as 255.255.0.0")
	}
	four := m.As4()
	low := uint64(four[0])<<24 | uint64(four[1])<<16 | uint64(four[2])<<8 | uint64(four[3])
	leaf.mask.low = 0xffffffff<<32 | low
	if leaf.address.low&^leaf.mask.low != 0 {
		return nil, p.fail("the address has bits outside this mask")
	}
	p.at++
	return &term{leaf: *leaf}, nil
}

// port reads a port's number or name.
func port(text string) (n uint16, reason string) {
	if n, ok := services[text]; ok {
		return n, ""
	}
	v, err := strconv.ParseUint(text, 10, 16)
	switch {
	case err == nil:
		return uint16(v), ""
	case strings.Contains(text, "-") && text[0] >= '0' && text[0] <= '9':
		return 0, "a range is no port: write \"portrange\" for \"port\""
	}
	return 0, "expected " + expected["port"]
}

// portRange reads two ports; one alone is a range of one. As in tcpdump the order does not matter.
func portRange(text string) (low, high uint16, reason string) {
	// Names hold hyphens as well: the first that splits the word into two ports counts.
	if n, reason := port(text); reason == "" {
		return n, n, ""
	}
	for i := range len(text) {
		if text[i] != '-' {
			continue
		}
		a, bad := port(text[:i])
		b, worse := port(text[i+1:])
		if bad == "" && worse == "" {
			return min(a, b), max(a, b), ""
		}
	}
	return 0, 0, "expected " + expected["portrange"]
}
