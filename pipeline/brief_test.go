package pipeline

import (
	"context"
	"path/filepath"
	"testing"

	"peeratlas/capture"
	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
)

// TestBriefJudgesAlike asserts that leaving out accounts changes no verdict: what a report skips
// is what could add nothing. With room for all flows, and for a few.
func TestBriefJudgesAlike(t *testing.T) {
	type answer struct {
		frame     uint32
		judgement classify.Judgement
		family    string
		path      classify.Path
		odds      float64
	}
	paths, err := filepath.Glob("../testdata/*.pcap*")
	if err != nil || len(paths) == 0 {
		t.Fatal(err)
	}
	home, _ := geo.ParseHome(nil)
	judged := func(path string, brief bool, flows int) (all []answer, hosts []classify.Host) {
		source, err := capture.Open([]string{path}, capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer source.Close()
		r, err := Run(context.Background(), source, Options{Home: home, Brief: brief, MaxFlows: flows, Write: func(r *report.Record) error {
			a := answer{frame: r.Flow.FirstFrame, judgement: r.Verdict.Judgement}
			if a.judgement >= classify.Likely {
				a.family, a.path, a.odds = r.Verdict.Family, r.Verdict.Path, r.Verdict.Probability
			}
			all = append(all, a)
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		return all, r.Hosts
	}
	for _, path := range paths {
		for _, flows := range []int{0, 20} {
			brief, briefHosts := judged(path, true, flows)
			full, fullHosts := judged(path, false, flows)
			if len(brief) != len(full) || len(briefHosts) != len(fullHosts) {
				t.Fatalf("%s: %d flows and %d hosts, in full %d and %d", path, len(brief), len(briefHosts), len(full), len(fullHosts))
			}
			for i := range full {
				if brief[i] != full[i] {
					t.Errorf("%s: %+v, in full %+v", path, brief[i], full[i])
				}
			}
			for i := range fullHosts {
				if b, f := &briefHosts[i], &fullHosts[i]; b.Addr != f.Addr || b.Probability != f.Probability || b.Family != f.Family {
					t.Errorf("%s: host %v %v, in full %v %v", path, b.Addr, b.Probability, f.Addr, f.Probability)
				}
			}
		}
	}
}
