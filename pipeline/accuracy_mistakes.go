package pipeline

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"peeratlas/classify"
)

// Every mistake is listed and explained: what was weighed, what was missing, and which one more
// observation would have made the verdict right.

func (p *page) mistakes(a *Accuracy) {
	if len(a.Mistakes) == 0 {
		p.line("\nNo mistakes.")
		return
	}
	p.line("\nMistakes, each with the strongest evidence for and against, and what would have made the verdict right:\n")
	p.line("| capture | flow | label | why | judged | for | against | missing |")
	p.line("|---|---|---|---|---|---|---|---|")
	for i := range a.Mistakes {
		m := &a.Mistakes[i]
		k := &m.Label.Key
		p.line("| %s | %s:%d - %s:%d | %s | %s | %s %.3f | %s | %s | %s |", cell(m.Capture), k.Addr[0].Netip(), k.Port[0], k.Addr[1].Netip(), k.Port[1],
			cell(m.Label.Family), cell(m.Label.Why), m.Verdict.Judgement, m.Verdict.Probability,
			linesOf(strongest(&m.Verdict, false, 3)), linesOf(strongest(&m.Verdict, true, 2)), missing(m))
	}
}

func linesOf(lines []classify.Evidence) string {
	words := make([]string, len(lines))
	for i, e := range lines {
		words[i] = fmt.Sprintf("%s %+.1f", e.Claim, e.Counted)
	}
	return strings.Join(words, ", ")
}

// p2pOdds are the log odds at which a flow is judged peer-to-peer.
var p2pOdds = math.Log2(classify.P2PProbability / (1 - classify.P2PProbability))

// missing tells what the account of a mistake lacks.
func missing(m *Scored) string {
	if !m.Packet[0] && !m.Packet[1] {
		return "every packet"
	}
	var words []string
	if !m.Spoke {
		words = append(words, "any payload")
	}
	if m.Cut {
		words = append(words, "what the snap length cut off")
	}
	if m.Packet[0] != m.Packet[1] {
		words = append(words, "packets of one direction")
	}
	terms := classify.Terms(m.Verdict.Evidence)
	odds := classify.Reweigh(terms, inUse)
	if m.P2P() {
		words = append(words, fmt.Sprintf("%.1f bits against: %s would do", odds-p2pOdds, oneMore(m, terms)))
	} else {
		words = append(words, fmt.Sprintf("%.1f bits for: %s would do", p2pOdds-odds, oneMore(m, terms)))
	}
	return strings.Join(words, "; ")
}

// inUse are the ratios that are in use, by claim.
var inUse = func() []float64 {
	ratio := slices.Repeat([]float64{1}, classify.NumClaims)
	for _, c := range classify.Claims() {
		if c.Derived != 0 {
			ratio[c.ID] = c.Bits / c.Derived
		}
	}
	return ratio
}()

// oneMore names the claims of which each alone would have made the verdict right: at most three,
// those of the label's family before others, the weakest first.
func oneMore(m *Scored, terms []classify.Term) string {
	var enough []classify.ClaimSheet
	for _, c := range classify.Claims() {
		if c.Bits == 0 || c.Bits < 0 != m.P2P() || c.Family != "" && !FamilyRight(m.Label.Family, c.Family) || c.Claim == "address.group" {
			continue
		}
		if slices.ContainsFunc(terms, func(t classify.Term) bool { return t.Claim == c.ID }) {
			continue
		}
		with := append(slices.Clone(terms), classify.Term{Claim: c.ID, Bits: c.Derived})
		if classify.Reweigh(with, inUse) >= p2pOdds != m.P2P() {
			enough = append(enough, c)
		}
	}
	if len(enough) == 0 {
		return "nothing by itself"
	}
	slices.SortStableFunc(enough, func(a, b classify.ClaimSheet) int {
		return cmp.Or(cmp.Compare(truthIndex(a.Family == ""), truthIndex(b.Family == "")), cmp.Compare(math.Abs(a.Bits), math.Abs(b.Bits)))
	})
	var words []string
	for _, c := range enough[:min(3, len(enough))] {
		words = append(words, fmt.Sprintf("%s (%s)", c.Claim, cell(c.Detail)))
	}
	return strings.Join(words, " or ")
}
