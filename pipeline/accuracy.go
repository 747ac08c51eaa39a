package pipeline

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"strings"

	"peeratlas/capture"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

// Tally counts judged flows against their labels.
type Tally struct{ TruePositive, FalsePositive, FalseNegative, TrueNegative int }

// Precision is the share of right ones among flows judged peer-to-peer, 1 if there are none.
func (t Tally) Precision() float64 { return share(t.TruePositive, t.TruePositive+t.FalsePositive) }

// Recall is the share of peer-to-peer flows that were found, 1 if there are none.
func (t Tally) Recall() float64 { return share(t.TruePositive, t.TruePositive+t.FalseNegative) }

func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

func (t *Tally) add(positive, judged bool) {
	switch {
	case positive && judged:
		t.TruePositive++
	case positive:
		t.FalseNegative++
	case judged:
		t.FalsePositive++
	default:
		t.TrueNegative++
	}
}

// Mistake is a flow whose verdict differs from its label.
type Mistake struct {
	Capture string
	Label   Label
	Verdict classify.Verdict
}

// Scored is one labelled flow with the probability that it was given.
type Scored struct {
	Capture     string
	Label       Label
	Probability float64
	Family      string // as judged; "" if not peer-to-peer
}

// Accuracy is how verdicts compare with labels over captures.
type Accuracy struct {
	Captures int
	All      Tally
	Direct   Tally // without positives whose far end is a relay
	ByFamily map[string]*Tally
	Mistakes []Mistake
	Flows    []Scored // without the unsure
}

// MeanFamilyRecall is the mean of the recall of all families with positives.
func (a *Accuracy) MeanFamilyRecall() float64 {
	sum, n := 0.0, 0
	for _, t := range a.ByFamily {
		if t.TruePositive+t.FalseNegative > 0 {
			sum += t.Recall()
			n++
		}
	}
	if n == 0 {
		return 1
	}
	return sum / float64(n)
}

// Measure judges every capture in folder that has a label file and compares. A flow is a
// 5-tuple over the whole capture: of several records of one, any that is peer-to-peer counts.
func Measure(ctx context.Context, folder string) (*Accuracy, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.labels.csv"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	a := &Accuracy{ByFamily: map[string]*Tally{}}
	for _, p := range paths {
		labels, err := LoadLabels(p)
		if err != nil {
			return nil, err
		}
		base := strings.TrimSuffix(p, ".labels.csv")
		verdicts, err := judgeFile(ctx, base)
		if err != nil {
			return nil, err
		}
		a.Captures++
		a.compare(filepath.Base(base), labels, verdicts)
	}
	return a, nil
}

// judgeFile judges the capture that lies beside a label file, whatever its ending.
func judgeFile(ctx context.Context, base string) (map[flow.Key]classify.Verdict, error) {
	var path string
	for _, ending := range []string{".pcap", ".pcapng", ".cap", ".pcap.gz", ".pcapng.zst"} {
		if found, _ := filepath.Glob(base + ending); len(found) == 1 {
			path = found[0]
		}
	}
	home, err := geo.ParseHome(nil)
	if err != nil {
		return nil, err
	}
	source, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		return nil, err
	}
	defer source.Close()
	verdicts := map[flow.Key]classify.Verdict{}
	_, err = Run(ctx, source, Options{Home: home, Write: func(r *report.Record) error {
		if old, known := verdicts[r.Flow.Key]; !known || r.Verdict.Probability > old.Probability {
			verdicts[r.Flow.Key] = r.Verdict
		}
		return nil
	}})
	return verdicts, err
}

func (a *Accuracy) compare(capture string, labels []Label, verdicts map[flow.Key]classify.Verdict) {
	for _, l := range labels {
		if l.Truth == Unsure {
			continue
		}
		v := verdicts[l.Key]
		judged, positive := v.Judgement == classify.P2P, l.Truth == Positive
		a.All.add(positive, judged)
		if !positive || !l.Relayed {
			a.Direct.add(positive, judged)
		}
		t := a.ByFamily[l.Family]
		if t == nil {
			t = &Tally{}
			a.ByFamily[l.Family] = t
		}
		t.add(positive, judged)
		if judged != positive {
			a.Mistakes = append(a.Mistakes, Mistake{capture, l, v})
		}
		s := Scored{Capture: capture, Label: l, Probability: v.Probability}
		if judged {
			s.Family = v.Family
		}
		a.Flows = append(a.Flows, s)
	}
}

// Brier is the mean squared error of the probabilities: 0 is certain and right always.
func (a *Accuracy) Brier() float64 {
	sum := 0.0
	for _, s := range a.Flows {
		d := s.Probability
		if s.Label.Truth == Positive {
			d = 1 - d
		}
		sum += d * d
	}
	return sum / float64(max(len(a.Flows), 1))
}

// Bin is one step of the reliability curve: flows whose probability is in [Low, High).
type Bin struct {
	Low, High       float64
	Flows, Positive int
	Mean            float64 // of their probabilities
}

// Reliability bins the flows by probability: of those near p, a share of p should be positive.
func (a *Accuracy) Reliability() []Bin {
	edges := []float64{0, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 1.0001}
	bins := make([]Bin, len(edges)-1)
	for i := range bins {
		bins[i].Low, bins[i].High = edges[i], edges[i+1]
	}
	for _, s := range a.Flows {
		i := 0
		for i+1 < len(bins) && s.Probability >= bins[i].High {
			i++
		}
		bins[i].Flows++
		bins[i].Mean += s.Probability
		if s.Label.Truth == Positive {
			bins[i].Positive++
		}
	}
	for i := range bins {
		bins[i].Mean /= float64(max(bins[i].Flows, 1))
	}
	return bins
}

// Families returns the labels' families with their tallies, positives first, busiest first.
func (a *Accuracy) Families() []string {
	names := make([]string, 0, len(a.ByFamily))
	for n := range a.ByFamily {
		names = append(names, n)
	}
	size := func(n string) (int, int) {
		t := a.ByFamily[n]
		p := t.TruePositive + t.FalseNegative
		return p, p + t.FalsePositive + t.TrueNegative
	}
	slices.SortFunc(names, func(x, y string) int {
		xp, xn := size(x)
		yp, yn := size(y)
		return cmp.Or(cmp.Compare(yp, xp), cmp.Compare(yn, xn), cmp.Compare(x, y))
	})
	return names
}
