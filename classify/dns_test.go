package classify

import (
	"strings"
	"testing"

	"peeratlas/capture/packet"
)

// dnsOf is a message: header, one question for name of type A, and then answers.
func dnsOf(flags string, answers int, name string, rest string) []byte {
	labels := ""
	for _, l := range strings.Split(name, ".") {
		labels += string(rune(len(l))) + l
	}
	return []byte("\x12\x34" + flags + "\x00\x01\x00" + string(rune(answers)) + "\x00\x00\x00\x00" + labels + "\x00\x00\x01\x00\x01" + rest)
}

const (
	dnsAsked   = "\x01\x00"
	dnsReplied = "\x81\x20"
)

func TestDNS(t *testing.T) {
	query := dnsOf(dnsAsked, 0, "a.example", "")
	answer := "\xc0\x0c\x00\x01\x00\x01\x00\x00\x0e\x10\x00\x04\xc6\x33\x64\x07"
	alias := "\xc0\x0c\x00\x05\x00\x01\x00\x00\x0e\x10\x00\x04\x01b\xc0\x0e"
	netbios := []byte("\x12\x34\x01\x10\x00\x01\x00\x00\x00\x00\x00\x00\x20" + "FHEPFCELEHFCEPFFFACACACACACACAAA" + "\x00\x00\x20\x00\x01")
	tests := []struct {
		name    string
		port    uint16
		turns   []turn
		claims  map[string]int
		service string
		server  string // that 198.51.100.7 is called
	}{
		{name: "question", port: 53, turns: []turn{{0, query, 0}}, claims: map[string]int{"dns": 1}, service: "dns"},
		{name: "question on another port", port: 5300, turns: []turn{{0, query, 0}}, claims: map[string]int{"dns": 1}, service: "dns"},
		{name: "answer", port: 53, turns: []turn{{0, query, 0}, {1, dnsOf(dnsReplied, 1, "a.example", answer), 0}}, claims: map[string]int{"dns": 2}, service: "dns", server: "a.example"},
		{name: "answer behind an alias", port: 53, turns: []turn{{0, query, 0}, {1, dnsOf(dnsReplied, 2, "a.example", alias+strings.Replace(answer, "\xc0\x0c", "\xc0\x27", 1)), 0}}, claims: map[string]int{"dns": 2}, service: "dns", server: "a.example"},
		{name: "an answer that is cut", port: 53, turns: []turn{{1, dnsOf(dnsReplied, 1, "a.example", answer[:14]), 0}}, claims: map[string]int{"dns": 1}, service: "dns"},
		{name: "mDNS", port: 5353, turns: []turn{{0, query, 0}}, claims: map[string]int{"clear": 1}, service: "mdns"},
		{name: "LLMNR", port: 5355, turns: []turn{{0, query, 0}}, claims: map[string]int{"clear": 1}, service: "llmnr"},
		{name: "NetBIOS", port: 137, turns: []turn{{0, netbios, 0}}, claims: map[string]int{"clear": 1}, service: "netbios-ns"},
		{name: "a letter outside A to P", port: 137, turns: []turn{{0, []byte(strings.Replace(string(netbios), "FHEP", "FHEQ", 1)), 0}}, claims: map[string]int{"dns": 1}},
		{name: "opcode 3", port: 53, turns: []turn{{0, dnsOf("\x18\x00", 0, "a.example", ""), 0}}},
		{name: "17 questions", port: 53, turns: []turn{{0, joined(query[:4], []byte{0, 17}, query[6:]), 0}}},
		{name: "201 answers", port: 53, turns: []turn{{1, joined([]byte("\x12\x34\x81\x20\x00\x01\x00\xc9"), query[8:]), 0}}},
		{name: "a class of 256", port: 53, turns: []turn{{0, joined(query[:len(query)-2], []byte{1, 0}), 0}}},
		{name: "an error code in a question", port: 53, turns: []turn{{0, dnsOf("\x01\x03", 0, "a.example", ""), 0}}},
		{name: "a label of 64", port: 53, turns: []turn{{0, dnsOf(dnsAsked, 0, strings.Repeat("a", 64), ""), 0}}},
		{name: "a name of 256", port: 53, turns: []turn{{0, dnsOf(dnsAsked, 0, strings.Repeat("abcdefg.", 32)+"a", ""), 0}}},
		{name: "a pointer to itself", port: 53, turns: []turn{{0, []byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01"), 0}}},
		{name: "a pointer into the header", port: 53, turns: []turn{{0, []byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\xc0\x02\x00\x01\x00\x01"), 0}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k := newTalkOf(packet.UDP, [2]uint16{50000, test.port}, []Detector{dns})
			for _, u := range test.turns {
				k.turn(u)
			}
			checkClaims(t, k, test.claims)
			if v := k.verdict(); test.service != "" && v.Service != test.service || v.Name[1].Text != test.server {
				t.Errorf("service %q, the answer's address is called %q", v.Service, v.Name[1].Text)
			}
			last := test.turns[len(test.turns)-1]
			for n := range last.payload {
				k := newTalkOf(packet.UDP, [2]uint16{50000, test.port}, []Detector{dns})
				k.cut(last.dir, last.payload, n)
				k.say(last.dir, last.payload[:n:n])
				if len(k.claims()) > 0 && n < 27 {
					t.Fatalf("%d octets make %v", n, k.claims())
				}
			}
		})
	}
	checkNoAllocs(t, dns, [2]uint16{50000, 53}, []turn{{0, query, 0}, {1, dnsOf(dnsReplied, 1, "a.example", alias), 0}, {0, netbios, 0}})
}

func TestDNSOverTCP(t *testing.T) {
	query := dnsOf(dnsAsked, 0, "a.example", "")
	long := dnsOf(dnsReplied, 60, "a.example", strings.Repeat("\xc0\x0c\x00\x01\x00\x01\x00\x00\x0e\x10\x00\x04\xc0\x00\x02\x01", 60))
	framed := func(p []byte) []byte { return joined([]byte{byte(len(p) >> 8), byte(len(p))}, p) }
	tests := []struct {
		name   string
		port   uint16
		turns  []turn
		claims map[string]int
	}{
		{name: "one segment", port: 5300, turns: []turn{{0, framed(query), 0}}, claims: map[string]int{"dns": 1}},
		{name: "the length alone", port: 5300, turns: []turn{{0, framed(query)[:2], 0}, {0, query, 0}}, claims: map[string]int{"dns": 1}},
		{name: "two messages", port: 53, turns: []turn{{0, joined(framed(query), framed(query)), 0}}, claims: map[string]int{"dns": 1}},
		{name: "goes on in the next segment", port: 5300, turns: []turn{{1, framed(long)[:700], 0}}, claims: map[string]int{"dns": 1}},
		{name: "wrong length", port: 5300, turns: []turn{{0, joined([]byte{0, 9}, query), 0}}},
		{name: "no length", port: 53, turns: []turn{{0, query, 0}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k := newTalkOf(packet.TCP, [2]uint16{50000, test.port}, []Detector{dnsTCP})
			for _, u := range test.turns {
				k.turn(u)
			}
			checkClaims(t, k, test.claims)
		})
	}
	checkNoAllocs(t, dnsTCP, [2]uint16{50000, 53}, []turn{{0, framed(query), 0}, {0, framed(query)[:2], 0}, {0, query, 0}})
}

// checkText asserts that a name is short printable ASCII without blanks at its ends.
func checkText(t *testing.T, s string) {
	t.Helper()
	if s == "" || len(s) > maxNameText {
		t.Errorf("a name of %d octets", len(s))
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			t.Errorf("%q holds octet %#x", s, s[i])
		}
	}
}

func FuzzDNS(f *testing.F) {
	f.Add(dnsOf(dnsReplied, 1, "a.example", "\xc0\x0c\x00\x01\x00\x01\x00\x00\x0e\x10\x00\x04\xc0\x00\x02\x01"))
	f.Add([]byte("\x12\x34\x81\x00\x00\x00\x00\x02\x00\x00\x00\x00\x01a\xc0\x0c\x00\x1c\x00\x01\x00\x00\x00\x00\x00\x10aaaaaaaaaaaaaaaa\xc0\x0c\x00\x01"))
	f.Fuzz(func(t *testing.T, p []byte) {
		if len(p) == 0 {
			return
		}
		k := newTalkOf(packet.UDP, [2]uint16{50000, 53}, []Detector{dns})
		k.say(1, p)
		for _, l := range k.classifier.names.leases[1:] {
			checkText(t, l.text)
			if l.until < l.from+nameSlack || l.until > l.from+maxTTL*1e9+nameSlack {
				t.Errorf("%q counts from %d until %d", l.text, l.from, l.until)
			}
		}
	})
}
