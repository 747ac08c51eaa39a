package pipeline

import "peeratlas/classify"

// conclude decides, fits on all, and tells the figures.
func (c *calibration) conclude() {
	all := func(int) bool { return true }
	gain, err := paired(c.groupLosses(c.derived, all), c.groupLosses(c.fitted, all))
	loss := total(c.groupLosses(c.derived, all))
	c.fit.Gain, c.fit.Error = gain/loss, err/loss
	c.fit.Derived, c.fit.Fitted = c.held(c.derived, all), c.held(c.fitted, all)
	c.fit.Adopted = gain > 2*err && c.fit.Fitted.wrong() <= c.fit.Derived.wrong()
	for f := range c.fit.Folds {
		x := &c.fit.Folds[f]
		in := func(i int) bool { return c.fold[i] == f }
		x.Derived, x.Fitted = c.held(c.derived, in), c.held(c.fitted, in)
		t := x.Derived.Tally
		x.Positive = t.TruePositive + t.FalseNegative
		x.Flows = x.Positive + t.FalsePositive + t.TrueNegative
	}
	losses := make([][]float64, len(fitPenalties))
	odds := make([]float64, len(c.rows))
	for p := range fitPenalties {
		for f := range c.fit.Folds {
			c.judge(f, c.without(f, f, p), odds)
		}
		losses[p] = c.groupLosses(odds, all)
	}
	p := choose(losses)
	c.fit.Penalty = fitPenalties[p]
	ratio := fitRatios(c.rows, fitPenalties[p])
	for f := range c.fit.Folds {
		c.judge(f, ratio, odds)
	}
	c.fit.Resubstituted = c.held(odds, all)
	c.claims(ratio)
}

// claims tells what the fit says of each claim that any flow shows.
func (c *calibration) claims(ratio []float64) {
	bound, captures := fitBounds(c.rows), make([]map[string]bool, classify.NumClaims)
	for i := range c.rows {
		for _, t := range c.rows[i].terms {
			if captures[t.Claim] == nil {
				captures[t.Claim] = map[string]bool{}
			}
			captures[t.Claim][c.rows[i].capture] = true
		}
	}
	for _, s := range classify.Claims() {
		if n := len(captures[s.ID]); n > 0 {
			c.fit.Claims = append(c.fit.Claims, FittedClaim{s, s.Derived * ratio[s.ID], n, bound[s.ID] != [2]float64{1, 1}})
		}
	}
}

// wrong counts the wrong verdicts.
func (h *Held) wrong() int {
	return h.Tally.FalsePositive + h.Tally.FalseNegative + h.Altered.FalsePositive + h.Altered.FalseNegative
}

// held tells the figures of the chosen rows.
func (c *calibration) held(odds []float64, chosen func(i int) bool) Held {
	h := Held{LogLoss: total(c.groupLosses(odds, chosen))}
	h.Plain = total(c.groupLosses(odds, func(i int) bool { return !c.rows[i].altered && chosen(i) }))
	a := Accuracy{ByFamily: map[string]*Tally{}}
	flows := 0
	for i := range c.rows {
		if !chosen(i) {
			continue
		}
		r := &c.rows[i]
		p := classify.Probability(odds[i])
		judged := p >= classify.P2PProbability
		if r.altered {
			h.Altered.addMany(r.positive, judged, r.flows)
			continue
		}
		h.Tally.addMany(r.positive, judged, r.flows)
		if a.ByFamily[r.family] == nil {
			a.ByFamily[r.family] = &Tally{}
		}
		a.ByFamily[r.family].addMany(r.positive, judged, r.flows)
		d := p - float64(truthIndex(r.positive))
		h.Brier += d * d * float64(r.flows)
		flows += r.flows
	}
	h.Brier /= float64(max(flows, 1))
	h.Recall = a.MeanFamilyRecall()
	return h
}
