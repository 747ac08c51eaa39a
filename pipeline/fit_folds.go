package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"peeratlas/classify"
)

// Fit is a calibration of the weights with what it is worth on captures that it did not see.
//
// Cross-validation is nested. For each fold the penalty is chosen on the other folds alone, by
// fits that leave out one of those as well; then the ratios are fitted on them, and the fold is
// judged. So the held-out figures are those of the whole procedure, its choice included. Fits
// weigh the claims that the derived weights let arise: whether a socket is proven is not asked
// anew of each fold.
type Fit struct {
	Sets     []string // names of the folders
	Captures int
	Groups   []string // of captures that are held out together
	Flows    int      // that are scored, those of variants included
	Folds    []Fold
	Penalty  float64 // that of all folds together; infinite keeps the derived weights
	Gain     float64 // held-out log loss that fitting saves, as a share of the derived weights' loss
	Error    float64 // standard error of Gain over groups of captures
	Adopted  bool    // Gain is more than twice its error, and no more verdicts are wrong
	Derived  Held
	Fitted   Held
	// Resubstituted is what weights fitted to all captures do on these same captures.
	Resubstituted Held
	Claims        []FittedClaim // that any flow shows
}

// Held are figures over flows that the fit did not see.
type Held struct {
	LogLoss float64 // in bits, at the prior's share of positives, over captures and variants; each capture counts the same
	Plain   float64 // the same without the variants
	Brier   float64 // mean squared error over flows, without the variants
	Tally   Tally   // without the variants
	Recall  float64 // mean over families, without the variants
	Altered Tally   // of the variants
}

// Fold is one part that was held out.
type Fold struct {
	Groups          []string
	Penalty         float64 // chosen on the other folds
	Flows, Positive int     // without the variants
	Derived, Fitted Held
}

// FittedClaim is what the fit says of one claim.
type FittedClaim struct {
	classify.ClaimSheet
	Fitted   float64 // bits
	Captures int     // that show it
	Free     bool    // the fit could change it
}

// fitFolds is how many parts the captures are divided into.
const fitFolds = 10

// fitPenalties are tried from the strongest to the weakest. The first keeps the derived weights.
var fitPenalties = []float64{math.Inf(1), 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6}

// FitWeights fits the weights to the labelled captures of the folders and their variants. Mixes of
// captures are left out: there a capture speaks for another one, which may be held out.
func FitWeights(ctx context.Context, folders []string) (*Fit, error) {
	var variants []Variant
	for _, v := range Variants() {
		if !v.mix {
			variants = append(variants, v)
		}
	}
	c := &calibration{at: map[string]int{}}
	for _, folder := range folders {
		plain, err := Measure(ctx, folder)
		if err != nil {
			return nil, err
		}
		if plain.Captures == 0 {
			return nil, noLabels(folder)
		}
		c.fit.Sets = append(c.fit.Sets, filepath.Base(folder))
		c.fit.Captures += plain.Captures
		c.add(plain, 1)
		for _, v := range variants {
			a, err := MeasureVariant(ctx, folder, v)
			if err != nil {
				return nil, err
			}
			c.add(a, 1/float64(len(variants)))
		}
	}
	if err := c.divide(); err != nil {
		return nil, err
	}
	c.validate()
	c.conclude()
	return &c.fit, nil
}

func noLabels(folder string) error {
	return fmt.Errorf("%s: no label files (NAME.labels.csv) there", folder)
}

// calibration is a Fit under way.
type calibration struct {
	fit     Fit
	rows    []fitRow
	at      map[string]int // where a row is, by its key and account
	fold    []int          // of each row
	cache   map[[3]int][]float64
	derived []float64 // held-out log odds of each row
	fitted  []float64
}

// add takes the flows of one measurement, in which each capture counts as share for each truth.
func (c *calibration) add(a *Accuracy, share float64) {
	type part struct {
		capture string
		truth   Truth
	}
	size := map[part]float64{}
	for i := range a.Flows {
		size[part{a.Flows[i].Capture, a.Flows[i].Label.Truth}]++
	}
	for i := range a.Flows {
		s := &a.Flows[i]
		k := rowKey{s.Capture, s.Label.Family, s.Label.Truth == Positive, a.variant}
		terms := classify.Terms(s.Verdict.Evidence)
		name := fmt.Sprint(k, terms)
		n, known := c.at[name]
		if !known {
			n = len(c.rows)
			c.at[name] = n
			c.rows = append(c.rows, fitRow{rowKey: k, terms: terms})
		}
		c.rows[n].flows++
		c.rows[n].weight += share / size[part{s.Capture, s.Label.Truth}]
		c.fit.Flows++
	}
}

// groupName is the word that a capture's name begins with. Captures that share it are often parts
// of one session, or of one program's: they are held out together.
func groupName(capture string) string {
	end := strings.IndexFunc(capture, func(r rune) bool { return !unicode.IsLetter(r) })
	if end > 2 {
		return capture[:end]
	}
	return capture
}

// divide deals the groups to the folds in the order of their names, those with positives first.
func (c *calibration) divide() error {
	positive := map[string]bool{}
	for i := range c.rows {
		g := groupName(c.rows[i].capture)
		positive[g] = positive[g] || c.rows[i].positive
	}
	for g := range positive {
		c.fit.Groups = append(c.fit.Groups, g)
	}
	slices.SortFunc(c.fit.Groups, func(a, b string) int {
		if positive[a] != positive[b] {
			return cmp.Compare(truthIndex(positive[b]), truthIndex(positive[a]))
		}
		return cmp.Compare(a, b)
	})
	number := map[string]int{}
	c.fit.Folds = make([]Fold, fitFolds)
	n := 0
	for i, g := range c.fit.Groups {
		number[g] = i
		f := &c.fit.Folds[i%fitFolds]
		f.Groups = append(f.Groups, g)
		n += truthIndex(positive[g])
	}
	if n < fitFolds/2 || len(c.fit.Groups) < 2*fitFolds {
		return fmt.Errorf("%d groups of captures, %d of them with positives, are too few to hold some out: give more folders", len(c.fit.Groups), n)
	}
	for i := range c.rows {
		c.rows[i].group = number[groupName(c.rows[i].capture)]
		c.fold = append(c.fold, c.rows[i].group%fitFolds)
	}
	return nil
}

// without fits on all folds but a and b, which may be the same, with penalty p.
func (c *calibration) without(a, b, p int) []float64 {
	key := [3]int{min(a, b), max(a, b), p}
	if r, done := c.cache[key]; done {
		return r
	}
	var rows []fitRow
	for i := range c.rows {
		if c.fold[i] != a && c.fold[i] != b {
			rows = append(rows, c.rows[i])
		}
	}
	r := fitRatios(rows, fitPenalties[p])
	c.cache[key] = r
	return r
}

// judge writes the log odds of fold f's rows by ratios.
func (c *calibration) judge(f int, ratio, odds []float64) {
	for i := range c.rows {
		if c.fold[i] == f {
			odds[i] = classify.Reweigh(c.rows[i].terms, ratio)
		}
	}
}

// validate fills the held-out log odds of all rows.
func (c *calibration) validate() {
	c.cache = map[[3]int][]float64{}
	c.derived, c.fitted = make([]float64, len(c.rows)), make([]float64, len(c.rows))
	odds := make([]float64, len(c.rows))
	for f := range c.fit.Folds {
		losses := make([][]float64, len(fitPenalties)) // by penalty and group
		for p := range fitPenalties {
			for g := range c.fit.Folds {
				if g != f {
					c.judge(g, c.without(f, g, p), odds)
				}
			}
			losses[p] = c.groupLosses(odds, func(i int) bool { return c.fold[i] != f })
		}
		p := choose(losses)
		c.fit.Folds[f].Penalty = fitPenalties[p]
		c.judge(f, c.without(f, f, 0), c.derived)
		c.judge(f, c.without(f, f, p), c.fitted)
	}
}

// groupLosses returns what the chosen rows of each group add to the log loss.
func (c *calibration) groupLosses(odds []float64, chosen func(i int) bool) []float64 {
	sum := [2]float64{}
	for i := range c.rows {
		if chosen(i) {
			sum[truthIndex(c.rows[i].positive)] += c.rows[i].weight
		}
	}
	share := [2]float64{1 - priorShare, priorShare}
	losses := make([]float64, len(c.fit.Groups))
	for i := range c.rows {
		if r := &c.rows[i]; chosen(i) {
			t := truthIndex(r.positive)
			losses[r.group] += r.weight / sum[t] * share[t] * logLoss(odds[i], r.positive)
		}
	}
	return losses
}

// choose returns the strongest penalty whose loss is within one standard error of the least: the
// usual rule against taking luck for skill.
func choose(losses [][]float64) int {
	best := 0
	for p := range losses {
		if total(losses[p]) < total(losses[best]) {
			best = p
		}
	}
	for p := range losses {
		if gain, err := paired(losses[p], losses[best]); gain <= err {
			return p
		}
	}
	return best
}

func total(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum
}

// paired returns how much less b sums to than a, and the standard error of that over their parts.
func paired(a, b []float64) (gain, standardError float64) {
	n := float64(len(a))
	gain = total(a) - total(b)
	for i := range a {
		d := a[i] - b[i] - gain/n
		standardError += d * d
	}
	return gain, math.Sqrt(standardError * n / (n - 1))
}
