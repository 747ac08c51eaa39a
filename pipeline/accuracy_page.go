package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"peeratlas/classify"
	"peeratlas/report"
)

// AccuracyOptions say what the page holds beside the figures of the captures as they are.
type AccuracyOptions struct {
	Variants bool   // accuracy under loss, of every folder
	Fit      *Fit   // a calibration; nil leaves its section out
	Lab      string // folder of captures of programs that the project started itself, called "lab"; empty for none
}

// labName is what the page calls the lab's captures, wherever they lie.
const labName = "lab"

// WriteAccuracy measures the captures of each folder and writes the page that docs/accuracy.md is.
func WriteAccuracy(ctx context.Context, w io.Writer, folders []string, o AccuracyOptions) error {
	if o.Lab != "" {
		folders = append(slices.Clone(folders), o.Lab)
	}
	var all []*Accuracy
	var names []string
	for _, f := range folders {
		a, err := Measure(ctx, f)
		if err != nil {
			return err
		}
		if a.Captures == 0 {
			return noLabels(f)
		}
		all = append(all, a)
		name := filepath.Base(f)
		if f == o.Lab {
			name = labName
		}
		names = append(names, name)
	}
	p := &page{w: w}
	p.line("# Accuracy")
	p.line("Written by `peeratlas accuracy`; do not edit. A flow is a 5-tuple over a whole capture. Positive is an encrypted")
	p.line("flow whose far end is a peer, or a relay that stands in for one, answered or not. Flows that the labels call unsure")
	p.line("are not scored. *Direct* leaves out positives whose far end is a relay. The rules were written with these captures")
	p.line("at hand, so these are figures of resubstitution: expect less on others. A family's name is right if it is one of")
	p.line("those that the label's family may go by; its share is of the true positives, as is that of paths: a flow through a")
	p.line("relay is right if it is told as relayed, any other if it is not.")
	if o.Lab != "" {
		p.line("*lab* are captures of programs that this project started in a network of its own (docs/lab.md): no weight is fitted to them.")
	}
	p.totals(names, all)
	p.sideBySide(names, all)
	for i := range folders {
		p.families(names[i], all[i])
		p.reliability(all[i])
		p.mistakes(all[i])
	}
	if o.Variants {
		if err := p.variants(ctx, names, folders); err != nil {
			return err
		}
	}
	if o.Fit != nil {
		p.fit(o.Fit)
	}
	p.names()
	p.weights(all, o.Fit)
	return p.err
}

// page writes lines and keeps the first error.
type page struct {
	w   io.Writer
	err error
}

func (p *page) line(format string, values ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", values...)
	}
}

func (p *page) totals(names []string, all []*Accuracy) {
	p.line("\n| captures | files | flows | precision | recall | direct precision | direct recall | mean family recall | names right | paths right | Brier score |")
	p.line("|---|---|---|---|---|---|---|---|---|---|---|")
	for i, a := range all {
		p.line("| %s | %d | %d | %.4f | %.4f | %.4f | %.4f | %.4f | %.4f | %.4f | %.5f |", names[i], a.Captures, len(a.Flows),
			a.All.Precision(), a.All.Recall(), a.Direct.Precision(), a.Direct.Recall(), a.MeanFamilyRecall(), a.Named.Recall(), a.Paths.Recall(), a.Brier())
	}
}

// sideBySide compares the sets of captures family by family.
func (p *page) sideBySide(names []string, all []*Accuracy) {
	if len(all) < 2 {
		return
	}
	whole := &Accuracy{ByFamily: map[string]*Tally{}}
	for _, a := range all {
		for f, t := range a.ByFamily {
			whole.addFamily(f, *t)
		}
	}
	p.line("\n## Families side by side")
	p.line("Of positives, how many are found; of negatives (in brackets), how many are wrongly called peer-to-peer.")
	p.line("\n| family | %s |", strings.Join(names, " | "))
	p.line("|---|%s", strings.Repeat("---|", len(names)))
	for _, f := range whole.Families() {
		cells := make([]string, len(all))
		for i, a := range all {
			cells[i] = a.ByFamily[f].found()
		}
		p.line("| %s | %s |", f, strings.Join(cells, " | "))
	}
}

// found tells of a family's flows how many are found and how many are called wrongly; nothing of none.
func (t *Tally) found() string {
	if t == nil {
		return ""
	}
	var words []string
	if n := t.TruePositive + t.FalseNegative; n > 0 {
		words = append(words, fmt.Sprintf("%d of %d", t.TruePositive, n))
	}
	if n := t.FalsePositive + t.TrueNegative; n > 0 {
		words = append(words, fmt.Sprintf("(%d of %d)", t.FalsePositive, n))
	}
	return strings.Join(words, " ")
}

func (p *page) families(name string, a *Accuracy) {
	p.line("\n## %s by family of the labels", name)
	p.line("\n| family | positive | found | precision | recall | negative | wrongly called p2p | judged as | names right |")
	p.line("|---|---|---|---|---|---|---|---|---|")
	for _, f := range a.Families() {
		t := a.ByFamily[f]
		positive, precision, recall, named := t.TruePositive+t.FalseNegative, "", "", ""
		if positive > 0 {
			precision, recall = fmt.Sprintf("%.3f", t.Precision()), fmt.Sprintf("%.3f", t.Recall())
		}
		if t.TruePositive > 0 {
			named = fmt.Sprintf("%.3f", share(a.namedRight(f), t.TruePositive))
		}
		p.line("| %s | %d | %d | %s | %s | %d | %d | %s | %s |", f, positive, t.TruePositive, precision, recall,
			t.FalsePositive+t.TrueNegative, t.FalsePositive, a.judgedAs(f), named)
	}
}

// namedRight counts the found flows of a label family whose verdict names it right.
func (a *Accuracy) namedRight(family string) int {
	n := 0
	for i := range a.Flows {
		s := &a.Flows[i]
		if s.Label.Family == family && s.Label.Truth == Positive && s.P2P() && FamilyRight(family, s.Verdict.Family) {
			n++
		}
	}
	return n
}

// judgedAs counts the families that the found flows of a label family were given.
func (a *Accuracy) judgedAs(family string) string {
	count := map[string]int{}
	var order []string
	for i := range a.Flows {
		s := &a.Flows[i]
		if s.Label.Family == family && s.P2P() && s.Label.Truth == Positive {
			if count[s.Verdict.Family] == 0 {
				order = append(order, s.Verdict.Family)
			}
			count[s.Verdict.Family]++
		}
	}
	for i, f := range order {
		order[i] = fmt.Sprintf("%s %d", f, count[f])
	}
	return strings.Join(order, ", ")
}

func (p *page) reliability(a *Accuracy) {
	p.line("\nReliability: of flows given a probability near p, a share of p should be positive. Brier score %.5f.\n", a.Brier())
	p.line("| probability | flows | mean given | share positive |")
	p.line("|---|---|---|---|")
	for _, b := range a.Reliability() {
		if b.Flows > 0 {
			p.line("| %.2f to %.2f | %d | %.3f | %.3f |", b.Low, min(b.High, 1), b.Flows, b.Mean, float64(b.Positive)/float64(b.Flows))
		}
	}
}

// cell makes label text safe for a table.
func cell(s string) string { return strings.ReplaceAll(report.Clean(s, 200), "|", "/") }

func (p *page) variants(ctx context.Context, names, folders []string) error {
	for i, f := range folders {
		p.line("\n## %s under loss", names[i])
		p.line("The same flows as another mirror port or another network would have shown them; truth stays. *Nothing left* are")
		p.line("positives that show no payload any more: they are not scored.")
		p.line("\n| variant | stands for | flows | nothing left | precision | recall | direct precision | direct recall | mean family recall | names right | Brier score |")
		p.line("|---|---|---|---|---|---|---|---|---|---|---|")
		for _, v := range Variants() {
			a, err := MeasureVariant(ctx, f, v)
			if err != nil {
				return err
			}
			p.line("| %s | %s | %d | %d | %.4f | %.4f | %.4f | %.4f | %.4f | %.4f | %.5f |", v.Name, v.Means, len(a.Flows), a.Silent.FalseNegative,
				a.All.Precision(), a.All.Recall(), a.Direct.Precision(), a.Direct.Recall(), a.MeanFamilyRecall(), a.Named.Recall(), a.Brier())
		}
	}
	return nil
}

// names tells which names of verdicts are right for which of the labels.
func (p *page) names() {
	p.line("\n## Names of families")
	p.line("The names that are right for a family of the labels. A family that is not listed is right by its own name.")
	p.line("\n| labels | verdicts |")
	p.line("|---|---|")
	for _, f := range labelFamilies() {
		p.line("| %s | %s |", f, strings.Join(familyNames[f], ", "))
	}
}

// weights tells every claim's weight and how many captures show it.
func (p *page) weights(all []*Accuracy, fit *Fit) {
	captures := showing(all)
	told := map[classify.ClaimID]string{}
	if fit != nil {
		for _, c := range fit.Claims {
			if c.Free {
				told[c.ID] = fmt.Sprintf("%+.1f", c.Fitted)
			}
		}
	}
	p.line("\n## Weights")
	p.line("Bits are log2 of how much likelier a claim is on encrypted peer-to-peer flows than on others. The prior is %.1f bits.", classify.PriorBits)
	p.line("*Derived* follows from the protocol, *in use* is what is weighed, *fit* what the calibration above makes of it. The")
	p.line("last two columns count the captures, of all sets, in which it counts for a positive and for a negative flow.")
	p.line("\n| claim | group | family | derived | in use | fit | captures, positive | captures, negative |")
	p.line("|---|---|---|---|---|---|---|---|")
	for _, c := range classify.Claims() {
		p.line("| %s | %s | %s | %+.1f | %+.1f | %s | %d | %d |", c.Claim, c.Group, c.Family, c.Derived, c.Bits, told[c.ID],
			len(captures[1][c.Claim]), len(captures[0][c.Claim]))
	}
}

// showing tells in which captures each claim counts, by the truth of the flow.
func showing(all []*Accuracy) (captures [2]map[string]map[string]bool) {
	for t := range captures {
		captures[t] = map[string]map[string]bool{}
	}
	for _, a := range all {
		for i := range a.Flows {
			s := &a.Flows[i]
			in := captures[truthIndex(s.Label.Truth == Positive)]
			for _, e := range s.Verdict.Evidence {
				if e.Counted == 0 {
					continue
				}
				if in[e.Claim] == nil {
					in[e.Claim] = map[string]bool{}
				}
				in[e.Claim][s.Capture] = true
			}
		}
	}
	return captures
}

// strongest returns the lines that count most on one side, at most n of them.
func strongest(v *classify.Verdict, against bool, n int) []classify.Evidence {
	var lines []classify.Evidence
	for _, e := range v.Evidence {
		if e.Counted != 0 && e.Counted < 0 == against {
			lines = append(lines, e)
		}
	}
	slices.SortStableFunc(lines, func(a, b classify.Evidence) int {
		if against {
			a, b = b, a
		}
		return cmp.Compare(b.Counted, a.Counted)
	})
	return lines[:min(n, len(lines))]
}
