package classify

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// rr is one record: owner as octets, then type, class IN, TTL and data.
func rr(owner string, kind uint16, ttl uint32, data string) string {
	b := binary.BigEndian.AppendUint16([]byte(owner), kind)
	b = binary.BigEndian.AppendUint32(append(b, 0, 1), ttl)
	return string(binary.BigEndian.AppendUint16(b, uint16(len(data)))) + data
}

// wire is a name as labels.
func wire(name string) string {
	out := ""
	for l := range strings.SplitSeq(name, ".") {
		out += string([]byte{byte(len(l))}) + l
	}
	return out + "\x00"
}

// answerOf is an answer to a question of a type, with records in its three sections.
func answerOf(name string, kind uint16, sections ...[]string) []byte {
	p := []byte("\x12\x34\x81\x80\x00\x01\x00\x00\x00\x00\x00\x00" + wire(name))
	p = append(binary.BigEndian.AppendUint16(p, kind), 0, 1)
	for i, s := range sections {
		p[7+2*i] = byte(len(s))
		p = append(p, strings.Join(s, "")...)
	}
	return p
}

const (
	asked    = "\xc0\x0c" // the question's name
	farOctet = "\xc6\x33\x64\x07"
)

// tellDNS has the resolver at 10.0.0.53 answer homeEnd from a port of its own.
func (s *stage) tellDNS(answer []byte) *flow.Flow {
	return s.play(packet.UDP, homeAt(50053), netip.MustParseAddrPort("10.0.0.53:53"), []turn{{1, answer, 0}})
}

func hasClaim(v Verdict, claim string) bool {
	for _, e := range v.Evidence {
		if e.Claim == claim {
			return true
		}
	}
	return false
}

// TestAnswersName lists which answers name the far end, under which name, and which say that an
// answer led there.
func TestAnswersName(t *testing.T) {
	svcb := func(priority, target, params string) string { return "\x00" + priority + target + params }
	tests := []struct {
		name   string
		answer []byte
		want   string
		source NameSource
		not    bool // no answer led there
	}{
		{name: "A", answer: answerOf("a.example", 1, []string{rr(asked, 1, 60, farOctet)}), want: "a.example", source: FromDNS},
		{name: "upper case", answer: answerOf("A.eXample", 1, []string{rr(asked, 1, 60, farOctet)}), want: "a.example", source: FromDNS},
		{name: "chain", answer: answerOf("a.example", 1, []string{rr(asked, 5, 60, wire("b.example")), rr(wire("b.example"), 5, 60, wire("c.net")), rr(wire("C.net"), 1, 60, farOctet)}), want: "a.example", source: FromDNS},
		{name: "chain out of order", answer: answerOf("a.example", 1, []string{rr(wire("c.net"), 1, 60, farOctet), rr(wire("b.example"), 5, 60, wire("c.net")), rr(asked, 5, 60, wire("b.example"))}), want: "a.example", source: FromDNS},
		{name: "a chain that loops", answer: answerOf("a.example", 1, []string{rr(wire("c.net"), 5, 60, wire("d.net")), rr(wire("d.net"), 5, 60, wire("c.net")), rr(wire("c.net"), 1, 60, farOctet)}), want: "c.net", source: FromDNS},
		{name: "another name", answer: answerOf("a.example", 1, []string{rr(wire("other.example"), 1, 60, farOctet)}), want: "other.example", source: FromDNS},
		{name: "glue", answer: answerOf("a.example", 2, []string{rr(asked, 2, 60, wire("ns.example"))}, nil, []string{rr(wire("ns.example"), 1, 60, farOctet)}), not: true},
		{name: "a service's host", answer: answerOf("_x._tcp.a.example", 33, []string{rr(asked, 33, 60, "\x00\x01\x00\x02\x14\x66"+wire("host.a.example"))}, nil, []string{rr(wire("host.a.example"), 1, 60, farOctet)}), want: "_x._tcp.a.example", source: FromDNS},
		{name: "HTTPS hints", answer: answerOf("a.example", 65, []string{rr(asked, 65, 60, svcb("\x01", "\x00", "\x00\x01\x00\x03\x02h2\x00\x04\x00\x08\xcb\x00\x71\x01"+farOctet))}), want: "a.example", source: FromDNS},
		{name: "SVCB hints, cut value", answer: answerOf("a.example", 64, []string{rr(asked, 64, 60, svcb("\x01", "\x00", "\x00\x04\x00\x09"+farOctet))}), not: true},
		{name: "HTTPS alias and its address", answer: answerOf("a.example", 65, []string{rr(asked, 65, 60, svcb("\x00", wire("cdn.net"), ""))}, nil, []string{rr(wire("cdn.net"), 1, 60, farOctet)}), want: "a.example", source: FromDNS},
		{name: "class CH", answer: []byte(strings.Replace(string(answerOf("a.example", 1, []string{rr(asked, 1, 60, farOctet)})), "\xc0\x0c\x00\x01\x00\x01", "\xc0\x0c\x00\x01\x00\x03", 1)), not: true},
		{name: "an address of five octets", answer: answerOf("a.example", 1, []string{rr(asked, 1, 60, farOctet+"\x01")}), not: true},
		{name: "PTR", answer: answerOf("7.100.51.198.in-addr.arpa", 12, []string{rr(asked, 12, 60, wire("Host.Example"))}), want: "host.example", source: FromPTR, not: true},
		{name: "PTR, classless", answer: answerOf("7.100.51.198.in-addr.arpa", 12, []string{rr(asked, 5, 60, wire("7.0-25.100.51.198.in-addr.arpa")), rr(wire("7.0-25.100.51.198.in-addr.arpa"), 12, 60, wire("host.example"))}), want: "host.example", source: FromPTR, not: true},
		{name: "PTR of letters", answer: answerOf("a.b.c.d.in-addr.arpa", 12, []string{rr(asked, 12, 60, wire("host.example"))}), not: true},
		{name: "PTR of 256", answer: answerOf("7.100.51.256.in-addr.arpa", 12, []string{rr(asked, 12, 60, wire("host.example"))}), not: true},
		{name: "internationalised", answer: answerOf("xn--e1afmkfd.example", 1, []string{rr(asked, 1, 60, farOctet)}), want: "xn--e1afmkfd.example", source: FromDNS},
		{name: "UTF-8", answer: answerOf("b\u00fcro.example", 1, []string{rr(asked, 1, 60, farOctet)}), want: `b\195\188ro.example`, source: FromDNS},
		{name: "controls and a dot inside a label", answer: answerOf("x\x1b[2J\x00\xff\\y z", 1, []string{rr(asked, 1, 60, farOctet)}), want: `x\027[2j\000\255\\y\032z`, source: FromDNS},
		{name: "dotted label", answer: []byte("\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x05a.b.c\x03com\x00\x00\x01\x00\x01" + rr(asked, 1, 60, farOctet)), want: `a\.b\.c.com`, source: FromDNS},
		{name: "the root", answer: []byte("\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x00\x00\x01\x00\x01" + rr(asked, 1, 60, farOctet)), want: ".", source: FromDNS},
		{name: "a pointer loop in the owner", answer: answerOf("a.example", 1, []string{rr("\xc0\x1b", 1, 60, farOctet)}), not: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newStage()
			s.tellDNS(test.answer)
			f := s.play(packet.TCP, homeAt(40000), farAt(8000), []turn{{0, []byte("hello, world"), 0}})
			v := s.classifier.Alone(f)
			if v.Name[1].Text != test.want || v.Name[1].Source != test.source {
				t.Errorf("called %q by %v, want %q by %v", v.Name[1].Text, v.Name[1].Source, test.want, test.source)
			}
			if hasClaim(v, "address.named") == test.not {
				t.Errorf("an answer led there: %v", !test.not)
			}
			if test.want != "" {
				checkText(t, v.Name[1].Text)
			}
			for n := range test.answer {
				newStage().tellDNS(test.answer[:n:n])
			}
		})
	}
}

// TestLongNames asserts that names of every length are cut at whole escapes, and never decoded.
func TestLongNames(t *testing.T) {
	for _, octet := range []byte{'a', 0, '\\', '.'} {
		label := strings.Repeat(string([]byte{octet}), 62)
		p := []byte("\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" + strings.Repeat("\x3e"+label, 4) + "\x00\x00\x01\x00\x01" + rr(asked, 1, 60, farOctet))
		s := newStage()
		s.tellDNS(p)
		f := s.play(packet.TCP, homeAt(40000), farAt(8000), []turn{{0, []byte("hello, world"), 0}})
		text := s.classifier.Alone(f).Name[1].Text
		checkText(t, text)
		if octet != 'a' && (len(text) < 249 || !strings.HasSuffix(text, "...")) || octet == 'a' && len(text) != 251 {
			t.Errorf("octet %#x: %d octets, %q", octet, len(text), text)
		}
		if body := strings.TrimSuffix(text, "..."); octet == 0 && strings.Trim(body, `\0.`) != "" || octet == 0 && strings.Count(body, "0") != 3*strings.Count(body, `\`) {
			t.Errorf("cut inside an escape: %q", text)
		}
	}
}

// TestNamesLast asserts how long an answer counts, for the name and for the evidence.
func TestNamesLast(t *testing.T) {
	const second = int64(1e9)
	a := func(ttl uint32) []byte { return answerOf("a.example", 1, []string{rr(asked, 1, ttl, farOctet)}) }
	tests := []struct {
		name   string
		answer []byte
		wait   int64
		named  bool
	}{
		{"at once", a(60), 0, true},
		{"in the slack", a(60), 600 * second, true},
		{"after the slack", a(60), 661 * second, false},
		{"time to live of 0, in the slack", a(0), 599 * second, true},
		{"time to live of 0, after", a(0), 601 * second, false},
		{"a day", a(86400), 86400 * second, true},
		{"ten years are cut to a week", a(315360000), 8 * 86400 * second, false},
		{"a week", a(315360000), 7 * 86400 * second, true},
		{"the highest bit counts as 0", a(1<<31 + 5000), 700 * second, false},
		{"an alias expires sooner", answerOf("a.example", 1, []string{rr(asked, 5, 30, wire("b.net")), rr(wire("b.net"), 1, 7200, farOctet)}), 700 * second, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newStage()
			s.tellDNS(test.answer)
			s.now += test.wait
			f := s.play(packet.TCP, homeAt(40000), farAt(8000), []turn{{0, []byte("hello, world"), 0}})
			v := s.classifier.Alone(f)
			if (v.Name[1].Text != "") != test.named || hasClaim(v, "address.named") != test.named || hasClaim(v, "address.unnamed") == test.named {
				t.Errorf("named %v, want %v: %v", v.Name[1], test.named, v.Evidence)
			}
		})
	}
}

// TestContact lists when DNS says something of a host's first packet to an address.
func TestContact(t *testing.T) {
	other := answerOf("b.example", 1, []string{rr(asked, 1, 60, "\xcb\x00\x71\x01")})
	six := answerOf("b.example", 28, []string{rr(asked, 28, 60, "\x20\x01\x0d\xb8aaaaaaaaaaaa")})
	contacting := func(s *stage) *flow.Flow {
		return s.play(packet.TCP, homeAt(40000), farAt(8000), []turn{{0, []byte("hello, world"), 0}})
	}
	tests := []struct {
		name string
		play func(s *stage) *flow.Flow
		want string
	}{
		{"no DNS is seen", contacting, ""},
		{"told others", func(s *stage) *flow.Flow { s.tellDNS(other); return contacting(s) }, "address.unnamed"},
		{"told others, of another version of IP", func(s *stage) *flow.Flow { s.tellDNS(six); return contacting(s) }, ""},
		{"told afterwards", func(s *stage) *flow.Flow { f := contacting(s); s.tellDNS(other); return f }, ""},
		{"told afterwards, though others before", func(s *stage) *flow.Flow {
			s.tellDNS(other)
			f := contacting(s)
			s.tellDNS(answerOf("a.example", 1, []string{rr(asked, 1, 60, farOctet)}))
			return f
		}, ""},
		{"another client was told", func(s *stage) *flow.Flow {
			s.play(packet.UDP, netip.MustParseAddrPort("10.0.0.9:50053"), netip.MustParseAddrPort("10.0.0.53:53"),
				[]turn{{1, answerOf("a.example", 1, []string{rr(asked, 1, 60, farOctet)}), 0}})
			return contacting(s)
		}, ""},
		{"told by who was not asked", func(s *stage) *flow.Flow {
			s.play(packet.UDP, homeAt(50053), netip.MustParseAddrPort("10.0.0.53:5300"), []turn{{1, answerOf("a.example", 1, []string{rr(asked, 1, 60, farOctet)}), 0}})
			return contacting(s)
		}, ""},
		{"asked on another port", func(s *stage) *flow.Flow {
			s.play(packet.UDP, homeAt(50053), netip.MustParseAddrPort("10.0.0.53:5300"), []turn{{0, dnsOf(dnsAsked, 0, "a.example", ""), 0}, {1, answerOf("a.example", 1, []string{rr(asked, 1, 60, farOctet)}), 0}})
			return contacting(s)
		}, "address.named"},
		{"asks over TLS too", func(s *stage) *flow.Flow {
			s.tellDNS(other)
			s.play(packet.TCP, homeAt(40001), netip.MustParseAddrPort("203.0.113.8:853"), []turn{{0, tlsRecord(0x16, helloOf("", "dot", 0)), 0}})
			return contacting(s)
		}, ""},
		{"asks over HTTPS too", func(s *stage) *flow.Flow {
			s.tellDNS(other)
			s.play(packet.TCP, homeAt(40001), netip.MustParseAddrPort("203.0.113.8:443"), []turn{{0, tlsRecord(0x16, helloOf("Mozilla.Cloudflare-DNS.com", "h2", 0)), 0}})
			return contacting(s)
		}, ""},
		{"asks over QUIC too", func(s *stage) *flow.Flow {
			s.tellDNS(other)
			s.play(packet.UDP, homeAt(40001), netip.MustParseAddrPort("203.0.113.8:853"), []turn{{0, initialOf(t, 1, 0, map[int][]byte{0: helloOf("dns.example", "doq", 0)}), 0}})
			return contacting(s)
		}, ""},
		{"mDNS is not asked", func(s *stage) *flow.Flow {
			s.play(packet.UDP, homeAt(5353), netip.MustParseAddrPort("224.0.0.251:5353"), []turn{{0, answerOf("a.local", 1, []string{rr(asked, 1, 60, farOctet)}), 0}})
			return contacting(s)
		}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newStage()
			v := s.classifier.Alone(test.play(s))
			for _, claim := range []string{"address.named", "address.unnamed"} {
				if hasClaim(v, claim) != (claim == test.want) {
					t.Errorf("%s %v, want %q", claim, hasClaim(v, claim), test.want)
				}
			}
		})
	}
}

// TestLinkNames asserts that what hosts say of themselves names hosts, and nobody else.
func TestLinkNames(t *testing.T) {
	tests := []struct {
		name   string
		port   uint16
		source NameSource
		addr   string // that is told of
		want   string
	}{
		{"mDNS", 5353, FromMDNS, "\x0a\x00\x00\x02", "laptop.local"},
		{"LLMNR", 5355, FromLLMNR, "\x0a\x00\x00\x02", "laptop.local"},
		{"of another host", 5353, FromMDNS, "\x0a\x00\x00\x03", ""},
		{"of an address outside", 5353, FromMDNS, farOctet, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newStage()
			s.play(packet.UDP, homeAt(test.port), netip.AddrPortFrom(netip.MustParseAddr("224.0.0.251"), test.port), []turn{{0, answerOf("Laptop.local", 1, []string{rr(asked, 1, 120, test.addr)}), 0}})
			f := s.play(packet.TCP, homeAt(40000), farAt(8000), []turn{{0, []byte("hello, world"), 0}})
			v := s.classifier.Alone(f)
			if v.Name[0].Text != test.want || test.want != "" && v.Name[0].Source != test.source || v.Name[1].Text != "" {
				t.Errorf("names %+v, want %q", v.Name, test.want)
			}
		})
	}
}

// TestNamesOfLongFlows asserts that a client that asks from one port for ever is heard for ever.
func TestNamesOfLongFlows(t *testing.T) {
	for _, transport := range []packet.Protocol{packet.UDP, packet.TCP} {
		s := newStage()
		k := s.talk(transport, homeAt(50053), netip.MustParseAddrPort("10.0.0.53:53"))
		frame := func(p []byte) []byte {
			if transport == packet.TCP {
				return joined([]byte{byte(len(p) >> 8), byte(len(p))}, p)
			}
			return p
		}
		for i := range 200 {
			name := fmt.Sprintf("n%d.example", i)
			k.say(0, frame(dnsOf(dnsAsked, 0, name, "")))
			k.say(1, frame(answerOf(name, 1, []string{rr(asked, 1, 60, string([]byte{198, 51, 100, byte(i)}))})))
		}
		f := s.play(packet.TCP, homeAt(40000), netip.MustParseAddrPort("198.51.100.199:8000"), []turn{{0, []byte("hello, world"), 0}})
		if v := s.classifier.Alone(f); v.Name[1].Text != "n199.example" {
			t.Errorf("protocol %d: the last answer is not heard: %+v", transport, v.Name)
		}
	}
}

// TestNamesBound asserts that names take bounded memory, that what gives way is counted, and
// that nothing is said afterwards of what was forgotten.
func TestNamesBound(t *testing.T) {
	var n names
	n.init(100)
	client := packet.AddrFrom(homeEnd)
	addr := func(i int) packet.Addr {
		return packet.AddrFrom(netip.AddrFrom4([4]byte{203, byte(i >> 16), byte(i >> 8), byte(i)}))
	}
	for i := range 1000 {
		n.client(client, true, addr(i), int64(i+1))
		n.tell(nameKey{client, addr(i)}, fmt.Appendf(nil, "n%d.example", i), FromDNS, int64(i+1), int64(i)+nameSlack)
		n.tell(nameKey{client, addr(0)}, []byte("kept.example"), FromDNS, int64(i+1), int64(i)+nameSlack) // told again and again
	}
	if len(n.leases) != 101 || n.evicted != 1001-100 || len(n.texts.held) > 101 {
		t.Errorf("%d leases, %d texts, %d evicted", len(n.leases)-1, len(n.texts.held), n.evicted)
	}
	if got := n.contact(client, addr(0), 1000); got != contactNamed {
		t.Errorf("what was told last gave way: %v", got)
	}
	if got := n.contact(client, addr(5), 1000); got != contactUnclear {
		t.Errorf("what was forgotten is said not to have been told: %v", got)
	}
	if got := n.contact(client, addr(5), 2*nameSlack); got != contactUnnamed {
		t.Errorf("after all of it has expired: %v", got)
	}
	for i := range 500 { // one address of many names
		n.tell(nameKey{client, addr(7)}, fmt.Appendf(nil, "m%d.example", i), FromDNS, 5000, 6000)
	}
	count := 0
	for i := n.heads[nameKey{client, addr(7)}]; i != 0; i = n.leases[i].older {
		count++
	}
	if count > maxLeases {
		t.Errorf("%d names of one address", count)
	}
	seen := map[uint32]bool{}
	for k, head := range n.heads {
		for i := head; i != 0; i = n.leases[i].older {
			if seen[i] || n.leases[i].key != k {
				t.Fatalf("lease %d stands in two lists, or in a wrong one", i)
			}
			seen[i] = true
		}
	}
	if len(seen) != len(n.leases)-1 {
		t.Errorf("%d leases in lists, of %d", len(seen), len(n.leases)-1)
	}
	for i := range 300 {
		n.client(addr(i), true, addr(1), 1)
	}
	if len(n.clients) > 100 {
		t.Errorf("%d clients", len(n.clients))
	}
}

// TestKnownNamesAllocateNothing: an answer that tells nothing new costs no memory.
func TestKnownNamesAllocateNothing(t *testing.T) {
	answer := answerOf("a.example", 1, []string{rr(asked, 5, 60, wire("b.example")), rr(wire("b.example"), 1, 60, farOctet)},
		nil, []string{rr(wire("b.example"), 28, 60, "\x20\x01\x0d\xb8aaaaaaaaaaaa")})
	https := answerOf("a.example", 65, []string{rr(asked, 65, 60, "\x00\x01\x00\x00\x04\x00\x04"+farOctet)})
	reverse := answerOf("7.100.51.198.in-addr.arpa", 12, []string{rr(asked, 12, 60, wire("host.example"))})
	checkNoAllocs(t, dns, [2]uint16{50000, 53}, []turn{{0, dnsOf(dnsAsked, 0, "a.example", ""), 0}, {1, answer, 0}, {1, https, 0}, {1, reverse, 0}})
	checkNoAllocs(t, dns, [2]uint16{5353, 5353}, []turn{{0, answerOf("laptop.local", 1, []string{rr(asked, 1, 120, "\x0a\x00\x00\x02")}), 0}})
	long := answerOf("a.example", 1, []string{strings.Repeat(rr(asked, 1, 60, farOctet), 100)})
	long[7] = 100
	framed := joined([]byte{byte(len(long) >> 8), byte(len(long))}, long)
	query := dnsOf(dnsAsked, 0, "a.example", "")
	checkNoAllocs(t, dnsTCP, [2]uint16{50000, 53}, []turn{{0, joined([]byte{0, byte(len(query))}, query), 0}, {1, framed[:900], 0}, {1, framed[900:], 0}})
	hello := tlsRecord(0x16, helloOf("a.example", "h2", 0))
	checkNoAllocs(t, tls, [2]uint16{50000, 443}, []turn{{0, hello, 0}, {0, hello[:60], 0}})
}

// TestBetterNames holds the order of sources.
func TestBetterNames(t *testing.T) {
	order := []Name{{}, {Source: FromResolver}, {Source: FromLLMNR}, {Source: FromMDNS}, {Source: FromPTR}, {Source: FromCertificate},
		{Source: FromSNI, ECH: true}, {Source: FromDNS}, {Source: FromSNI}}
	for i := range order {
		for k := range order {
			if got := order[i].Better(order[k]); got != (i > k) {
				t.Errorf("%+v better than %+v: %v", order[i], order[k], got)
			}
		}
	}
}
