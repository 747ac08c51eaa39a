package pipeline

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// fit tells what the calibration is worth on captures that it did not see.
func (p *page) fit(f *Fit) {
	p.line("\n## Calibration on %s", strings.Join(f.Sets, ", "))
	p.line("Weights fitted by penalised maximum likelihood to %d captures in %d groups and their variants (%d flows; mixes left out):", f.Captures, len(f.Groups), f.Flows)
	p.line("each capture counts the same, a Gaussian penalty draws each weight to the derived one, claims that fewer than %d groups", fitLeast)
	p.line("show stay as derived, and a fit may only lower log odds: few captures can refute bits, but not show that there are more. The")
	p.line("strength of the penalty is chosen by cross-validation over groups of captures, within the folds once more, so that")
	p.line("*held out* is what the whole procedure does on captures that it did not see. The derived weights were not fitted,")
	p.line("but their rules were written with these captures at hand. Log loss is in bits a flow, in a network where %.1f %%", 100*priorShare)
	p.line("of the flows are positive (knowing no more costs %.4f bits).", entropy(priorShare))
	p.line("\n| weights | log loss, with variants | log loss | Brier score | precision | recall | mean family recall | precision of variants | recall of variants |")
	p.line("|---|---|---|---|---|---|---|---|---|")
	p.held("derived", f.Derived)
	p.held("fitted, held out", f.Fitted)
	p.held("fitted, resubstituted", f.Resubstituted)
	p.line("\nFitting saves %.0f %% of the log loss, with a standard error of %.0f %% over groups of captures; wrong verdicts, variants", 100*f.Gain, 100*f.Error)
	p.line("included, go from %d to %d. %s", f.Derived.wrong(), f.Fitted.wrong(), f.conclusion())
	p.line("\n| held out | flows | positive | penalty | log loss derived | log loss fitted | wrong derived | wrong fitted | family recall derived | family recall fitted |")
	p.line("|---|---|---|---|---|---|---|---|---|---|")
	for i := range f.Folds {
		x := &f.Folds[i]
		p.line("| %s | %d | %d | %s | %.5f | %.5f | %d | %d | %.3f | %.3f |", cell(strings.Join(x.Groups, ", ")), x.Flows, x.Positive, penaltyName(x.Penalty),
			x.Derived.LogLoss, x.Fitted.LogLoss, x.Derived.wrong(), x.Fitted.wrong(), x.Derived.Recall, x.Fitted.Recall)
	}
}

func (p *page) held(name string, h Held) {
	p.line("| %s | %.5f | %.5f | %.5f | %.4f | %.4f | %.4f | %.4f | %.4f |", name, h.LogLoss, h.Plain, h.Brier,
		h.Tally.Precision(), h.Tally.Recall(), h.Recall, h.Altered.Precision(), h.Altered.Recall())
}

func entropy(p float64) float64 { return -p*math.Log2(p) - (1-p)*math.Log2(1-p) }

func penaltyName(p float64) string {
	if math.IsInf(p, 1) {
		return "infinite"
	}
	return fmt.Sprintf("%g", p)
}

// conclusion says whether the fitted weights are used, and why not.
func (f *Fit) conclusion() string {
	switch {
	case f.Adopted:
		return "The fitted weights are used."
	case f.Gain <= 2*f.Error:
		return "That is no more than two standard errors: the derived weights stay."
	}
	return "More verdicts would be wrong: the derived weights stay."
}

// WriteWeights writes the Go file that holds the fitted weights, or says why there are none.
func (f *Fit) WriteWeights(w io.Writer, day time.Time) error {
	p := &page{w: w}
	p.line("// Written by \"peeratlas accuracy --fit\"; DO NOT EDIT.")
	p.line("\npackage classify")
	p.line("\n// Fitted on %s to %d captures of %s, in %d groups.", day.Format(time.DateOnly), f.Captures, strings.Join(f.Sets, ", "), len(f.Groups))
	p.line("// Held-out log loss %.5f bits by the derived weights, %.5f by fitted ones (saves %.0f %%, standard", f.Derived.LogLoss, f.Fitted.LogLoss, 100*f.Gain)
	p.line("// error %.0f %%); wrong verdicts %d and %d.", 100*f.Error, f.Derived.wrong(), f.Fitted.wrong())
	p.line("// %s", f.conclusion())
	if !f.Adopted {
		p.line("var fittedBits = []fittedWeight{}")
		return p.err
	}
	p.line("var fittedBits = []fittedWeight{")
	for _, c := range f.Claims {
		if math.Abs(c.Fitted-c.Derived) >= 0.05 {
			p.line("\t{%q, %g, %.2f},", c.Claim, c.Derived, c.Fitted)
		}
	}
	p.line("}")
	return p.err
}
