package pipeline

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"peeratlas/classify"
	"peeratlas/report"
)

// WriteAccuracy measures the captures of each folder and writes the page that docs/accuracy.md is.
func WriteAccuracy(ctx context.Context, w io.Writer, folders []string) error {
	var all []*Accuracy
	for _, f := range folders {
		a, err := Measure(ctx, f)
		if err != nil {
			return err
		}
		if a.Captures == 0 {
			return fmt.Errorf("%s: no label files (NAME.labels.csv) there", f)
		}
		all = append(all, a)
	}
	p := &page{w: w}
	p.line("# Accuracy")
	p.line("Written by `peeratlas accuracy`; do not edit. A flow is a 5-tuple over a whole capture. Positive is an encrypted")
	p.line("flow whose far end is a peer, or a relay that stands in for one, answered or not. Flows that the labels call unsure")
	p.line("are not scored. *Direct* leaves out positives whose far end is a relay.")
	p.totals(folders, all)
	for i, f := range folders {
		p.families(filepath.Base(f), all[i])
		p.reliability(all[i])
		p.mistakes(all[i])
	}
	p.weights()
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

func (p *page) totals(folders []string, all []*Accuracy) {
	p.line("\n| captures | files | flows | precision | recall | direct precision | direct recall | mean family recall | Brier score |")
	p.line("|---|---|---|---|---|---|---|---|---|")
	for i, f := range folders {
		a := all[i]
		p.line("| %s | %d | %d | %.4f | %.4f | %.4f | %.4f | %.4f | %.5f |", filepath.Base(f), a.Captures, len(a.Flows),
			a.All.Precision(), a.All.Recall(), a.Direct.Precision(), a.Direct.Recall(), a.MeanFamilyRecall(), a.Brier())
	}
}

func (p *page) families(name string, a *Accuracy) {
	p.line("\n## %s by family of the labels", name)
	p.line("\n| family | positive | found | negative | wrongly called p2p | judged as |")
	p.line("|---|---|---|---|---|---|")
	for _, f := range a.Families() {
		t := a.ByFamily[f]
		p.line("| %s | %d | %d | %d | %d | %s |", f, t.TruePositive+t.FalseNegative, t.TruePositive,
			t.FalsePositive+t.TrueNegative, t.FalsePositive, a.judgedAs(f))
	}
}

// judgedAs counts the families that the found flows of a label family were given.
func (a *Accuracy) judgedAs(family string) string {
	count := map[string]int{}
	var order []string
	for _, s := range a.Flows {
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
	p.line("\nReliability: of flows given a probability near p, a share of p should be positive.\n")
	p.line("| probability | flows | mean given | share positive |")
	p.line("|---|---|---|---|")
	for _, b := range a.Reliability() {
		if b.Flows > 0 {
			p.line("| %.2f to %.2f | %d | %.3f | %.3f |", b.Low, min(b.High, 1), b.Flows, b.Mean, float64(b.Positive)/float64(b.Flows))
		}
	}
}

func (p *page) mistakes(a *Accuracy) {
	if len(a.Mistakes) == 0 {
		p.line("\nNo mistakes.")
		return
	}
	p.line("\n| capture | flow | label | why | judged | strongest evidence |")
	p.line("|---|---|---|---|---|---|")
	for _, m := range a.Mistakes {
		k := &m.Label.Key
		p.line("| %s | %s:%d - %s:%d | %s | %s | %s %.3f | %s |", m.Capture, k.Addr[0].Netip(), k.Port[0], k.Addr[1].Netip(), k.Port[1],
			cell(m.Label.Family), cell(m.Label.Why), m.Verdict.Judgement, m.Verdict.Probability, strongest(m.Verdict))
	}
}

// cell makes label text safe for a table.
func cell(s string) string { return strings.ReplaceAll(report.Clean(s, 200), "|", "/") }

func strongest(v classify.Verdict) string {
	var parts []string
	for _, e := range v.Evidence {
		if e.Counted != 0 && len(parts) < 3 {
			parts = append(parts, fmt.Sprintf("%s %+.1f", e.Claim, e.Counted))
		}
	}
	return strings.Join(parts, ", ")
}

func (p *page) weights() {
	p.line("\n## Weights")
	p.line("Bits are log2 of how much likelier a claim is on encrypted peer-to-peer flows than on others. The prior is %.1f bits.", classify.PriorBits)
	p.line("\n| claim | group | family | bits |")
	p.line("|---|---|---|---|")
	for _, c := range classify.Claims() {
		p.line("| %s | %s | %s | %+.1f |", c.Claim, c.Group, c.Family, c.Bits)
	}
}
