package pipeline

import (
	"cmp"
	"slices"

	"peeratlas/classify"
	"peeratlas/classify/flow"
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

func (t *Tally) add(positive, judged bool) { t.addMany(positive, judged, 1) }

func (t *Tally) addMany(positive, judged bool, flows int) {
	switch {
	case positive && judged:
		t.TruePositive += flows
	case positive:
		t.FalseNegative += flows
	case judged:
		t.FalsePositive += flows
	default:
		t.TrueNegative += flows
	}
}

// Scored is one labelled flow with its verdict.
type Scored struct {
	Capture string
	Label   Label
	Seen
	Verdict classify.Verdict
}

// Seen says what of a flow the capture shows.
type Seen struct {
	Spoke  bool    // any payload
	Cut    bool    // a payload was captured short
	Packet [2]bool // any packet of each direction, by index in the key
}

// P2P tells whether the flow was judged peer-to-peer.
func (s *Scored) P2P() bool { return s.Verdict.Judgement == classify.P2P }

// Accuracy is how verdicts compare with labels over captures.
type Accuracy struct {
	Captures int
	All      Tally
	Direct   Tally // without positives whose far end is a relay
	ByFamily map[string]*Tally
	Named    Tally // true positives whose family name is right, and others: TruePositive, FalseNegative
	Paths    Tally // true positives of which it is told right whether a relay carries them, and others, likewise
	Silent   Tally // flows that a variant shows without payload; in no other count
	Mistakes []Scored
	Flows    []Scored // without the unsure
	variant  bool
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

func (a *Accuracy) compare(capture string, labels []Label, verdicts map[flow.Key]judged) {
	for _, l := range labels {
		if l.Truth == Unsure {
			continue
		}
		v := verdicts[l.Key]
		if a.variant && !v.Spoke {
			a.Silent.add(l.Truth == Positive, false)
			continue
		}
		a.score(Scored{capture, l, v.Seen, v.Verdict})
	}
}

// score counts one flow.
func (a *Accuracy) score(s Scored) {
	l := &s.Label
	positive, judged := l.Truth == Positive, s.P2P()
	a.All.add(positive, judged)
	if !positive || !l.Relayed {
		a.Direct.add(positive, judged)
	}
	var one Tally
	one.add(positive, judged)
	a.addFamily(l.Family, one)
	if judged != positive {
		a.Mistakes = append(a.Mistakes, s)
	}
	if judged && positive {
		a.Paths.add(true, (s.Verdict.Path == classify.Relayed) == l.Relayed)
		a.Named.add(true, FamilyRight(l.Family, s.Verdict.Family))
	}
	a.Flows = append(a.Flows, s)
}

// addFamily adds what was counted of flows of a family.
func (a *Accuracy) addFamily(family string, more Tally) {
	t := a.ByFamily[family]
	if t == nil {
		t = &Tally{}
		a.ByFamily[family] = t
	}
	t.TruePositive += more.TruePositive
	t.FalsePositive += more.FalsePositive
	t.FalseNegative += more.FalseNegative
	t.TrueNegative += more.TrueNegative
}

// Brier is the mean squared error of the probabilities: 0 is certain and right always.
func (a *Accuracy) Brier() float64 {
	sum := 0.0
	for _, s := range a.Flows {
		d := s.Verdict.Probability
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
		for i+1 < len(bins) && s.Verdict.Probability >= bins[i].High {
			i++
		}
		bins[i].Flows++
		bins[i].Mean += s.Verdict.Probability
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
