package pipeline

import (
	"context"
	"maps"
	"slices"
	"testing"
)

// The captures of testdata/lab are of real programs, with the truth of what was started. Whatever is
// missed there is known, and stands in docs/lab.md with its reason; nothing may be called wrongly.
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
		missed[m.Capture]++
	}
	if !maps.Equal(missed, labMissed) {
		t.Errorf("missed flows %v, want %v", missed, labMissed)
	}
	for _, family := range a.Families() {
		c := a.ByFamily[family]
		if c.TruePositive+c.FalseNegative > 0 && c.TruePositive == 0 {
			t.Errorf("nothing of %s is found", family)
		}
	}
	for i := range a.Flows {
		s := &a.Flows[i]
		if s.P2P() && s.Label.Truth == Positive && (s.Verdict.Path.String() == "relayed") != s.Label.Relayed && !slices.Contains(labPaths, s.Label.Family) {
			t.Errorf("%s: the path of %v is %s: %s", s.Capture, s.Label.Key, s.Verdict.Path, s.Label.Why)
		}
	}
}

// labMissed counts the flows that are missed, by capture.
var labMissed = map[string]int{
	"bittorrent-tcp": 1,  // MSE without DHT: called likely
	"i2p":            22, // NTCP2 and SSU2 have no mark but the socket's behaviour; the host is called peer-to-peer
}

// labPaths are families of which a relay cannot be told from a peer.
var labPaths = []string{
	"tox", // a node's TCP relay speaks as a friend's would
}
