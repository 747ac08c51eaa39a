package report

import (
	"net/netip"
	"strings"
	"testing"
)

// risky is a summary of one host with what is asked for.
func risky(probability float64, exchanged, probed, out, in, countries uint64) *Summary {
	h := Host{Addr: netip.MustParseAddr(a23), Verdict: "p2p", Probability: probability, Countries: countries,
		P2P: Tally{Exchanged: exchanged, Probed: probed, Flows: exchanged + probed, OctetsOut: out, OctetsIn: in}}
	return &Summary{Hosts: []Host{h}}
}

func TestRiskLevels(t *testing.T) {
	breach := func(s *Summary) *Summary {
		s.Policy = &Policy{Breaches: []Breach{{Host: s.Hosts[0].Addr, Peer: netip.MustParseAddr("198.51.100.1"), OctetsOut: 7}}}
		return s
	}
	relay := func(s *Summary) *Summary {
		s.Peers = []Peer{{Addr: netip.MustParseAddr("198.51.100.5"), Row: "US", Paths: []string{"relayed"}, Hosts: []netip.Addr{s.Hosts[0].Addr}}}
		return s
	}
	for name, tt := range map[string]struct {
		summary                   *Summary
		likelihood, impact, level string
	}{
		"a quiet host":                {risky(0.999, 3, 9, 5_000, 5_000, 2), High, Low, Low},
		"nobody answered":             {risky(0.999, 0, 9, 5_000, 0, 2), Medium, Low, Low},
		"not a verdict":               {risky(0.6, 1, 0, 5_000, 0, 2), Low, Low, Low},
		"0.95 is a verdict":           {risky(0.95, 1, 0, 5_000, 0, 2), Medium, Low, Low},
		"a megabyte":                  {risky(0.999, 3, 9, 1_000_000, 5_000, 2), High, Medium, Medium},
		"an octet less":               {risky(0.999, 3, 9, 999_999, 5_000, 2), High, Low, Low},
		"a hundred megabytes":         {risky(0.999, 3, 9, 100_000_000, 5_000, 10), High, High, High},
		"ten countries":               {risky(0.999, 3, 9, 5_000, 5_000, 10), High, Medium, Medium},
		"carries for others":          {risky(0.999, 16, 0, 2_000_000, 1_600_000, 2), High, High, High},
		"uneven":                      {risky(0.999, 16, 0, 2_000_000, 1_599_999, 2), High, Medium, Medium},
		"few":                         {risky(0.999, 15, 0, 2_000_000, 2_000_000, 2), High, Medium, Medium},
		"a breach":                    {breach(risky(0.999, 3, 9, 5_000, 5_000, 2)), High, Medium, Medium},
		"a breach and a relay":        {relay(breach(risky(0.999, 3, 9, 5_000, 5_000, 2))), High, High, High},
		"a breach of a doubtful host": {breach(risky(0.5, 0, 1, 5_000, 0, 2)), Low, Medium, Low},
	} {
		r := Risks(tt.summary)[0]
		if r.Likelihood != tt.likelihood || r.Impact != tt.impact || r.Level != tt.level {
			t.Errorf("%s: %s, %s, together %s; want %s, %s, %s: %v %v", name, r.Likelihood, r.Impact, r.Level, tt.likelihood, tt.impact, tt.level, r.ForLikely, r.ForImpact)
		}
	}
}

// TestRiskOptions: what an option would have cut is what the peers add up to.
func TestRiskOptions(t *testing.T) {
	var words []string
	for _, r := range Risks(breached().summary()) {
		if r.Host.Addr.String() != a31 {
			continue
		}
		for _, o := range r.Options {
			words = append(words, o.Name+": "+o.Words)
		}
	}
	text := strings.Join(words, "\n")
	for _, want := range []string{
		"allow: Nothing would have changed: 4 peers in 1 country, 16.1 kB out and 15.7 kB in.",
		"restrict: By the policy, enforced: contact with 1 peer would have been cut, with 1 B out and 2 B in.",
		"restrict: To the country with most octets, United States, alone: 3 peers of 4 would have been cut, in 3 other countries and places, with 825 B out and 310 B in.",
		"restrict: To direct peers, relays denied: 1 peer would have been cut, with 15.3 kB out and 15.4 kB in.",
		"restrict: By closing udp/50212, its busiest port: contact with 2 peers would have been cut",
		"replace: By a service that has servers of its own, in place of webrtc, unknown: no contact with 3 direct peers; 825 B out and 310 B in",
		"monitor: Nothing would have been cut",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("options lack %q:\n%s", want, text)
		}
	}
}

// TestRiskShared: a peer of two hosts says the most that each can have had.
func TestRiskShared(t *testing.T) {
	s := risky(0.999, 2, 0, 300, 0, 2)
	other := netip.MustParseAddr(a31)
	s.Peers = []Peer{
		{Row: "BR", OctetsOut: 200, Hosts: []netip.Addr{s.Hosts[0].Addr}, Paths: []string{"direct"}},
		{Row: "DE", OctetsOut: 100, Hosts: []netip.Addr{s.Hosts[0].Addr, other}, Paths: []string{"direct"}},
	}
	found := false
	for _, o := range Risks(s)[0].Options {
		found = found || strings.Contains(o.Words, "1 peer of 2 would have been cut, in 1 other country or place, with at most 100 B out")
	}
	if !found {
		t.Errorf("%v", Risks(s)[0].Options)
	}
}
