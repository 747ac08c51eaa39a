package pipeline

import (
	"math"
	"slices"

	"peeratlas/classify"
)

// Calibration of weights. The model is the one of classify/evidence.go: log odds are the prior
// and the counted bits of the claims. What is fitted is a ratio for each claim, by which its
// derived bits, those that follow from the protocol, are multiplied.
//
// The captures are few and their flows alike, so four things keep the fit from learning them by
// heart. Each capture counts the same, however many flows it has. A Gaussian penalty draws each
// ratio to 1, and its strength is chosen on captures that are held out (fit_folds.go). A claim
// that too few captures show stays as it is. And a fit may only lower log odds: claims for lose
// bits, claims against gain some, and none changes its sign. Few captures can refute bits, by an
// exception that they hold. They cannot show that a claim is worth more than was derived: what
// would refute that is one flow in thousands, each of which weighs as much as all others, and is
// missing from any sample of this size. Bits derived from octets are upper bounds anyhow, since
// real traffic is not random (decision 1).

// fitRow is one or several scored flows of a capture with the same account.
type fitRow struct {
	rowKey
	terms  []classify.Term
	flows  int
	group  int     // of captures that are held out together
	weight float64 // by which it counts beside others of its truth
}

// rowKey is what flows of one row have in common, beside their account.
type rowKey struct {
	capture  string
	family   string // as labelled
	positive bool
	altered  bool // shown by a variant
}

const (
	// fitLeast is how many groups of captures must show a claim for its ratio to be fitted.
	fitLeast = 3
	// fitLow bounds the ratios of claims for from below, fitHigh those of claims against from above.
	fitLow, fitHigh = 0.1, 2.0
)

// fitBound is the range of a claim's ratio. Claims that recognise a service by its octets are not
// worth more against than was derived; those of behaviour, addresses and statistics may be.
func fitBound(c classify.ClaimSheet) [2]float64 {
	switch {
	case c.Derived > 0:
		return [2]float64{fitLow, 1}
	case c.Group == "service":
		return [2]float64{1, 1}
	}
	return [2]float64{1, fitHigh}
}

// priorShare is the share of peer-to-peer flows that the prior stands for. The loss weighs the
// two truths by it, so that a fit minds false alarms as a network does that has 99 other flows
// for each encrypted peer-to-peer one, whatever the captures hold.
var priorShare = classify.Probability(classify.PriorBits)

// logLoss is what a flow's log odds cost, in bits: log2 of how improbable its truth was called.
func logLoss(odds float64, positive bool) float64 {
	if positive {
		odds = -odds
	}
	if odds > 50 {
		return odds
	}
	return math.Log2(1 + math.Exp2(odds))
}

// normalised returns weights of rows that sum to priorShare over positives and to the rest over
// the others.
func normalised(rows []fitRow) []float64 {
	sum := [2]float64{}
	for i := range rows {
		sum[truthIndex(rows[i].positive)] += rows[i].weight
	}
	share := [2]float64{1 - priorShare, priorShare}
	out := make([]float64, len(rows))
	for i := range rows {
		t := truthIndex(rows[i].positive)
		out[i] = rows[i].weight / sum[t] * share[t]
	}
	return out
}

func truthIndex(positive bool) int {
	if positive {
		return 1
	}
	return 0
}

// fitter is a fit under way.
type fitter struct {
	rows    []fitRow
	weight  []float64
	odds    []float64
	ratio   []float64
	penalty float64
	bound   [][2]float64
	columns [][]cellOf // of each claim: where it counts
}

// cellOf is what a ratio of 1 of a claim counts in one row.
type cellOf struct {
	row   int
	value float64
}

// fitRatios returns the ratios that minimise the mean log loss of rows and the penalty times half
// the squared distance of the ratios from 1. An infinite penalty leaves all at 1.
func fitRatios(rows []fitRow, penalty float64) []float64 {
	ratio := slices.Repeat([]float64{1}, classify.NumClaims)
	if math.IsInf(penalty, 1) {
		return ratio
	}
	f := &fitter{rows: rows, weight: normalised(rows), odds: make([]float64, len(rows)), ratio: ratio, penalty: penalty, bound: fitBounds(rows)}
	// Which line of a group is best depends on the ratios: the shares are held while the ratios are
	// fitted, and then taken anew.
	for range 4 {
		f.take()
		if f.descend() < 0.01 {
			break
		}
	}
	return ratio
}

// fitBounds returns the ranges of all ratios: that of a claim which too few groups of rows show is 1.
func fitBounds(rows []fitRow) [][2]float64 {
	bound := slices.Repeat([][2]float64{{1, 1}}, classify.NumClaims)
	groups := groupsOf(rows)
	for _, c := range classify.Claims() {
		if len(groups[c.ID]) >= fitLeast {
			bound[c.ID] = fitBound(c)
		}
	}
	return bound
}

// groupsOf tells which groups show each claim.
func groupsOf(rows []fitRow) []map[int]bool {
	groups := make([]map[int]bool, classify.NumClaims)
	for i := range rows {
		for _, t := range rows[i].terms {
			if groups[t.Claim] == nil {
				groups[t.Claim] = map[int]bool{}
			}
			groups[t.Claim][rows[i].group] = true
		}
	}
	return groups
}

// take notes what each claim counts in each row at the present ratios.
func (f *fitter) take() {
	f.columns = make([][]cellOf, classify.NumClaims)
	for i := range f.rows {
		f.odds[i] = classify.Reweigh(f.rows[i].terms, f.ratio)
		for _, t := range f.rows[i].terms {
			if t.Counted != 0 && f.bound[t.Claim] != [2]float64{1, 1} {
				f.columns[t.Claim] = append(f.columns[t.Claim], cellOf{i, t.Counted / f.ratio[t.Claim]})
			}
		}
	}
}

// descend minimises over one ratio after the other by bounded Newton steps until none moves, and
// returns how far the farthest went. With the shares held the loss is convex, so the order does
// not matter.
func (f *fitter) descend() float64 {
	from := slices.Clone(f.ratio)
	for range 100 {
		farthest := 0.0
		for c, column := range f.columns {
			if len(column) > 0 {
				farthest = max(farthest, math.Abs(f.step(c, column)))
			}
		}
		if farthest < 1e-4 {
			break
		}
	}
	farthest := 0.0
	for c := range from {
		farthest = max(farthest, math.Abs(from[c]-f.ratio[c]))
	}
	return farthest
}

// step moves one ratio and the log odds that it enters, and returns by how much.
func (f *fitter) step(c int, column []cellOf) float64 {
	slope, curve := f.penalty*(f.ratio[c]-1), f.penalty
	for _, x := range column {
		p := classify.Probability(f.odds[x.row])
		d := p
		if f.rows[x.row].positive {
			d = p - 1
		}
		slope += f.weight[x.row] * d * x.value
		curve += f.weight[x.row] * p * (1 - p) * math.Ln2 * x.value * x.value
	}
	const most = 0.25 // a step: the curve flattens far from the minimum
	step := max(min(-slope/curve, most), -most)
	step = max(min(f.ratio[c]+step, f.bound[c][1]), f.bound[c][0]) - f.ratio[c]
	f.ratio[c] += step
	for _, x := range column {
		f.odds[x.row] += step * x.value
	}
	return step
}
