package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
)

// TestConditions: every condition, with a flow that it fits and one that it nearly fits.
func TestConditions(t *testing.T) {
	br, anycast := geo.Location{Country: "BR", ASN: 28571, ASOrg: "Universidade de SAO PAULO"}, geo.Location{Country: "US", Anycast: true}
	hosting := geo.Location{Country: "US", Hosting: true, ASN: 8075, ASOrg: "Microsoft Corporation"}
	tests := []struct {
		condition string
		fits, not one
	}{
		{"hosts: [192.168.10.0/24]", one{}, one{host: "192.168.11.1"}},
		{"hosts: [192.168.10.23]", one{}, one{host: "192.168.10.24"}},
		{"hosts: [\"fd00:1::/32\"]", one{host: "fd00:1::5", peer: "2001:db8::1"}, one{host: "fd00:2::5", peer: "2001:db8::1"}},
		{"hosts: [\"::ffff:192.168.10.0/120\"]", one{}, one{host: "192.168.11.1"}},
		{"peers: [198.51.100.0/28]", one{}, one{peer: "198.51.100.16"}},
		{"peers: [\"*.example.net\"]", one{name: "TURN.example.net."}, one{name: "example.net"}},
		{"peers: [\"*.example.net\"]", one{name: "a.b.example.net"}, one{}},
		{"peers: [\"turn*.example.net\", 203.0.113.0/24]", one{name: "turn7.example.net"}, one{name: "stun7.example.net"}},
		{"peers: [\"turn*.example.net\", 203.0.113.0/24]", one{peer: "203.0.113.9"}, one{peer: "203.0.114.9"}},
		{"countries: [BR]", one{}, one{location: geo.Location{Country: "CL"}}},
		{"countries: [EEA]", one{location: geo.Location{Country: "NO"}}, one{location: geo.Location{Country: "GB"}}},
		{"countries: [private]", one{peer: "10.1.1.1", location: geo.Location{Country: geo.Private}}, one{}},
		{"countries: [unknown]", one{location: geo.Location{Country: geo.Unknown}}, one{}},
		{"countries: [anycast]", one{location: anycast}, one{location: geo.Location{Country: "US"}}},
		{"countries: [US]", one{location: hosting}, one{location: anycast}},
		{"countries: [hosting]", one{location: hosting}, one{location: geo.Location{Country: "US"}}},
		{"asns: [AS28571]", one{location: br}, one{location: hosting}},
		{"as_orgs: [\"*sao paulo\"]", one{location: br}, one{location: hosting}},
		{"as_orgs: [microsoft*]", one{location: hosting}, one{}},
		{"families: [skype, unknown]", one{}, one{family: "webrtc"}},
		{"families: [unknown]", one{family: "unknown"}, one{}},
		{"paths: [relayed]", one{path: classify.Relayed}, one{}},
		{"paths: [probe]", one{silent: true}, one{}},
		{"contact: [exchanged]", one{}, one{silent: true}},
		{"contact: [probed]", one{silent: true}, one{}},
		{"began: [host]", one{}, one{byPeer: true}},
		{"began: [peer]", one{byPeer: true}, one{}},
		{"verdict: p2p", one{}, one{judgement: classify.Likely}},
		{"probability: 0.99", one{probability: 0.99}, one{probability: 0.98}},
		{"{families: [skype], countries: [BR]}", one{}, one{location: geo.Location{Country: "CL"}}},
	}
	for _, tt := range tests {
		t.Run(tt.condition, func(t *testing.T) {
			lines := "    " + tt.condition + "\n"
			if strings.HasPrefix(tt.condition, "{") {
				lines = "    " + strings.ReplaceAll(strings.Trim(tt.condition, "{}"), "], ", "]\n    ") + "\n"
			}
			text := "consider: {verdict: likely}\n" + rule(lines)
			if got := rules(held(t, text, tt.fits)); got != "x " {
				t.Errorf("does not fit: %q", got)
			}
			if got := rules(held(t, text, tt.not)); got != "" {
				t.Errorf("fits too: %q", got)
			}
			// The same as unless takes away the one and leaves the other.
			text = "consider: {verdict: likely}\n" + rule("    unless:\n"+strings.ReplaceAll(lines, "    ", "      "))
			if strings.HasPrefix(tt.condition, "{") {
				return // of unless, any condition is enough
			}
			if got := rules(held(t, text, tt.fits)); got != "" {
				t.Errorf("unless does not take away: %q", got)
			}
			if got := rules(held(t, text, tt.not)); got != "x " {
				t.Errorf("unless takes away too much: %q", got)
			}
		})
	}
}

// TestUnlessIsAny: one condition of unless is enough.
func TestUnlessIsAny(t *testing.T) {
	text := rule("    unless: {countries: [BR], families: [webrtc]}\n")
	for f, want := range map[one]string{{}: "", {location: geo.Location{Country: "CL"}, family: "webrtc"}: "",
		{location: geo.Location{Country: "CL"}}: "x "} {
		if got := rules(held(t, text, f)); got != want {
			t.Errorf("%v: got %q, want %q", f, got, want)
		}
	}
}

// TestOrder: the first rule that fits decides, whatever comes after it.
func TestOrder(t *testing.T) {
	const deny, allow, warn = "  - {name: d, action: deny, countries: [BR]}\n", "  - {name: a, action: allow, hosts: [192.168.10.23]}\n", "  - {name: w, action: warn}\n"
	tests := []struct{ def, order, want string }{
		{"allow", deny + allow, "d "},
		{"allow", allow + deny, ""},
		{"deny", allow + deny, ""},
		{"allow", warn + deny, "w! "},
		{"deny", warn, "w! "},
		{"deny", "  - {name: z, action: allow, families: [webrtc]}\n", "default "},
		{"warn", "  - {name: z, action: allow, families: [webrtc]}\n", "default! "},
	}
	for _, tt := range tests {
		text := "version: 1\ndefault: " + tt.def + "\nrules:\n" + tt.order
		if got := rules(held(t, text, one{})); got != tt.want {
			t.Errorf("%s\ngot %q, want %q", text, got, tt.want)
		}
	}
}

// TestConsider: what is not considered is not held against the policy.
func TestConsider(t *testing.T) {
	likely, silent, other := one{judgement: classify.Likely}, one{silent: true}, one{judgement: classify.Other}
	tests := []struct {
		consider string
		flow     one
		flows    uint64
	}{
		{"{}", one{}, 1}, {"{}", likely, 0}, {"{}", silent, 1}, {"{}", other, 0},
		{"{verdict: likely}", likely, 1}, {"{verdict: likely}", other, 0},
		{"{verdict: likely, probability: 0.8}", likely, 0}, {"{verdict: likely, probability: 0.6}", likely, 1},
		{"{probed: false}", silent, 0}, {"{probed: false}", one{}, 1},
	}
	for _, tt := range tests {
		p := held(t, "version: 1\ndefault: deny\nconsider: "+tt.consider+"\n", tt.flow)
		if p.Flows != tt.flows || uint64(len(p.Breaches)) != tt.flows || p.Breached() != (tt.flows > 0) {
			t.Errorf("%s: %d flows, %d breaches, %s", tt.consider, p.Flows, len(p.Breaches), p.Result)
		}
	}
}

// TestBreachSays: who, which rule, and on what evidence.
func TestBreachSays(t *testing.T) {
	p := held(t, rule("    countries: [BR]\n"), one{out: 100, in: 200, name: "peer.example", location: geo.Location{Country: "BR", ASN: 28571, ASOrg: "USP"}},
		one{out: 1, in: 2, start: begin.Add(-time.Hour), probability: 0.97, port: 40001}, one{silent: true, port: 40002, out: 7})
	if len(p.Breaches) != 1 {
		t.Fatalf("%d breaches", len(p.Breaches))
	}
	b := p.Breaches[0]
	got := fmt.Sprintln(b.Rule, b.Line, b.Action, b.Side, b.Addr, b.Host, b.Peer, b.PeerName, b.PeerSource, b.Row, b.Country, b.CountryBy, b.ASN, b.ASOrg, b.Doubt,
		b.Contact, b.Verdict, b.Probability, b.Family, b.Path, b.Began, b.Protocol, b.HostPort, b.PeerPort, b.Flows, b.OctetsOut, b.OctetsIn,
		b.First.Format(time.TimeOnly), b.Last.Format(time.TimeOnly), b.Reasons, b.Near)
	want := fmt.Sprintln("x", 4, "deny", "peer", "198.51.100.1", "192.168.10.23", "198.51.100.1", "peer.example", "dns", "BR", "BR", "DB-IP Lite of 2026-02-12", 28571, "USP", []string(nil),
		"exchanged", "p2p", 0.999, "skype", "direct", "host", "udp", 24816, 40000, 3, 108, 202,
		"08:00:00", "09:01:00", []report.Reason{{Claim: "skype.id_step2", Bits: 20, Detail: "message ids rise by 2", Packets: []uint32{98}}}, []string{})
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if id := (one{}).record().Flow.Key.CommunityID(); b.CommunityID != id {
		t.Errorf("community id %s, want %s", b.CommunityID, id)
	}
}

// TestSide: it is the peer's if the rule asks who or where the peer is, else the host's.
func TestSide(t *testing.T) {
	tests := []struct{ text, side, why string }{
		{rule("    countries: [BR]\n"), "peer", "peer in BR Brazil"},
		{rule("    peers: [198.51.100.1]\n"), "peer", "peer 198.51.100.1"},
		{rule("    families: [skype]\n"), "host", "family skype"},
		{rule("    paths: [direct]\n    began: [host]\n"), "host", "path direct, begun by the host"},
		{rule(""), "host", "a peer-to-peer contact of this host"},
		{rule("    unless: {countries: [EEA]}\n"), "peer", "peer in BR Brazil"},
		{"version: 1\ndefault: deny\n", "host", "no rule fits"},
		{"version: 1\ndefault: deny\nrules:\n  - {name: a, action: allow, countries: [EEA]}\n", "peer", "no rule fits: peer in BR Brazil"},
		{"version: 1\ndefault: deny\nrules:\n  - {name: a, action: allow, families: [webrtc], countries: [EEA]}\n", "host", "no rule fits"},
	}
	for _, tt := range tests {
		p := held(t, tt.text, one{})
		if len(p.Breaches) != 1 || p.Breaches[0].Side != tt.side || p.Breaches[0].Why != tt.why {
			t.Errorf("%s\ngot %+v", tt.text, p.Breaches)
			continue
		}
		want := map[string]string{"peer": "198.51.100.1", "host": "192.168.10.23"}[tt.side]
		if got := p.Breaches[0].Addr.String(); got != want {
			t.Errorf("%s\nside %s is %s", tt.text, tt.side, got)
		}
	}
}

// TestDoubt: a breach that rests on a country says when that says little, and may only warn then.
func TestDoubt(t *testing.T) {
	allowEEA := "rules:\n  - {name: a, action: allow, countries: [EEA]}\n"
	tests := []struct {
		name, rules string
		flow        one
		doubt       string
	}{
		{"hosting", allowEEA, one{location: geo.Location{Country: "US", Hosting: true}}, "hosting"},
		{"anycast", allowEEA, one{location: geo.Location{Country: "US", Anycast: true, Hosting: true}}, "anycast hosting"},
		{"relayed", allowEEA, one{path: classify.Relayed}, "relayed"},
		{"IPv6", allowEEA, one{host: "fd00::1", peer: "2001:db8::1"}, "ipv6"},
		{"unknown", allowEEA, one{location: geo.Location{Country: geo.Unknown}}, "unknown"},
		{"certain", allowEEA, one{}, ""},
		{"private is no country", allowEEA, one{peer: "10.0.0.1", path: classify.Relayed, location: geo.Location{Country: geo.Private}}, ""},
		{"denied itself", "rules:\n  - {name: d, action: deny, countries: [US]}\n", one{location: geo.Location{Country: "US", Hosting: true}}, "hosting"},
		{"the country makes no difference", "rules:\n  - {name: d, action: deny, families: [skype]}\n", one{path: classify.Relayed}, ""},
		{"an earlier rule would have let pass", "rules:\n  - {name: a, action: allow, countries: [EEA]}\n  - {name: d, action: deny, families: [skype]}\n", one{path: classify.Relayed}, "relayed"},
		{"an earlier rule of another host", "rules:\n  - {name: a, action: allow, hosts: [10.0.0.0/8], countries: [EEA]}\n", one{path: classify.Relayed}, ""},
		{"unless the country", "rules:\n  - {name: d, action: deny, unless: {countries: [EEA]}}\n", one{path: classify.Relayed}, "relayed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := held(t, "version: 1\ndefault: deny\n"+tt.rules, tt.flow)
			if len(p.Breaches) != 1 || strings.Join(p.Breaches[0].Doubt, " ") != tt.doubt {
				t.Errorf("got %+v", p.Breaches)
			}
			for word, want := range map[string][2]int{"warn": {0, 1}, "allow": {0, 0}, "deny": {1, 0}} {
				if tt.doubt == "" {
					want = [2]int{1, 0}
				}
				p := held(t, "version: 1\ndefault: deny\non_doubt: "+word+"\n"+tt.rules, tt.flow)
				if got := [2]int{len(p.Breaches), len(p.Warnings)}; got != want {
					t.Errorf("on_doubt %s: got %v, want %v", word, got, want)
				}
			}
		})
	}
	// A rule's own word goes before the policy's.
	text := "version: 1\ndefault: allow\non_doubt: warn\nrules:\n  - {name: d, action: deny, on_doubt: deny, countries: [US]}\n"
	if got := rules(held(t, text, one{location: geo.Location{Country: "US", Hosting: true}})); got != "d " {
		t.Errorf("got %q", got)
	}
}

// TestBothPeers: two strangers are one contact, of the one that began.
func TestBothPeers(t *testing.T) {
	r := one{host: "203.0.113.5"}.record()
	r.Verdict.Peer = [2]bool{true, true}
	e := NewEvaluator(parsed(t, "version: 1\ndefault: deny\n"), Options{})
	e.Add(r)
	if p := e.Finish(); len(p.Breaches) != 1 || p.Breaches[0].Host.String() != "203.0.113.5" {
		t.Errorf("got %+v", p.Breaches)
	}
}

func TestFits(t *testing.T) {
	for _, pattern := range []string{"*", "a*", "*a", "*a*", "a*b", "a*b*c", "**", "abc", "*.example.net", "a**b", ""} {
		slow := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$")
		for _, name := range []string{"", "a", "b", "ab", "abc", "aab", "acb", "abcabc", "x.example.net", ".example.net", "example.net", "aXbXXcXc"} {
			if got, want := fits(pattern, name), slow.MatchString(name); got != want {
				t.Errorf("fits(%q, %q) = %v", pattern, name, got)
			}
		}
	}
	began := time.Now()
	if fits(strings.Repeat("*a", 200)+"b", strings.Repeat("a", 255)) {
		t.Error("fits")
	}
	if d := time.Since(began); d > time.Second {
		t.Errorf("took %v", d)
	}
}

func TestFamiliesKnown(t *testing.T) {
	for _, f := range []string{"skype", "webrtc", "unknown", "wireguard", "bittorrent"} {
		if !slices.Contains(Families(), f) {
			t.Errorf("no %s", f)
		}
	}
}
