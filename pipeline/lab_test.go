package pipeline

import (
	"context"
	"maps"
	"testing"
)

// The captures of testdata/lab are of real programs, with the truth of what was started: the flows of peers
// are found, with their paths, and nothing else is called so. What is missed is known, and stands in
// docs/lab.md with its reason.
func TestLabCaptures(t *testing.T) {
	a, err := Measure(context.Background(), "../testdata/lab/captures")
	if err != nil {
		t.Fatal(err)
	}
	missed := map[string]int{}
	for i := range a.Mistakes {
		m := &a.Mistakes[i]
		if m.Label.Truth == Negative {
			t.Errorf("%s calls %v peer-to-peer (%s): %s", m.Capture, m.Label.Key, m.Verdict.Family, m.Label.Why)
			continue
		}
		if missed[m.Capture]++; missed[m.Capture] > labMissed[m.Capture] {
			t.Errorf("%s misses %v of %s (%.3f): %s", m.Capture, m.Label.Key, m.Label.Family, m.Verdict.Probability, m.Label.Why)
		}
	}
	if !maps.Equal(missed, labMissed) {
		t.Errorf("missed flows %v, want %v", missed, labMissed)
	}
	for _, family := range a.Families() {
		c := a.ByFamily[family]
		if c.TruePositive+c.FalseNegative > 0 && c.TruePositive == 0 {
			t.Errorf("nothing of %s is found", family)
		} else if c.TruePositive > 0 && a.namedRight(family)*2 <= c.TruePositive {
			t.Errorf("of %d flows of %s %d are named so: %s", c.TruePositive, family, a.namedRight(family), a.judgedAs(family))
		}
	}
	for i := range a.Flows {
		s := &a.Flows[i]
		if s.P2P() && s.Label.Truth == Positive && (s.Verdict.Path.String() == "relayed") != s.Label.Relayed {
			t.Errorf("%s: the path of %v is %s: %s", s.Capture, s.Label.Key, s.Verdict.Path, s.Label.Why)
		}
	}
}

// labMissed counts the flows that are missed, by capture.
var labMissed = map[string]int{
	"sip-srtp":      1, // SRTP keyed elsewhere, between two ports: a provider's server sends the same
	"yggdrasil-tls": 3, // TLS 1.3 to nobody's name: certificates are sealed
}
