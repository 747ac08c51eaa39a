package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"peeratlas/classify"
)

// evidence writes the account of a verdict, from the prior to the probability, and returns its sum.
func (p *page) evidence(v *classify.Verdict) float64 {
	prior := finite(v.Prior)
	return p.balance(prior, fmt.Sprintf("prior: one flow in %.0f is encrypted peer-to-peer", 1+math.Exp2(-prior)), v.Evidence)
}

// balance writes what speaks for and against, and returns the sum.
func (p *page) balance(prior float64, words string, evidence []classify.Evidence) float64 {
	sum := prior
	p.labelled(fmt.Sprintf("  %6s", signed(sum)), words, 10, 3, plain)
	var favour, against, idle []*classify.Evidence
	margin := 0
	for i := range evidence {
		e := &evidence[i]
		margin = max(margin, columns(Clean(e.Claim, mostClaim)))
		switch c := finite(e.Counted); {
		case c > 0:
			favour = append(favour, e)
		case c < 0:
			against = append(against, e)
		default:
			idle = append(idle, e)
		}
		sum += finite(e.Counted)
	}
	margin += 12
	p.side("for", favour, margin)
	p.side("against", against, margin)
	p.side("noted, not counted", idle, margin)
	p.labelled(fmt.Sprintf("  %6s", signed(sum)), "sum: probability "+probability(1/(1+math.Exp2(-sum))), 10, 3, bold)
	return sum
}

const mostClaim = 32 // columns of a claim's name

// side writes the evidence of one side, what counts most first.
func (p *page) side(word string, lines []*classify.Evidence, margin int) {
	if len(lines) == 0 {
		return
	}
	slices.SortStableFunc(lines, func(a, b *classify.Evidence) int {
		return cmp.Compare(math.Abs(finite(b.Counted)), math.Abs(finite(a.Counted)))
	})
	p.line("  "+word, dim)
	for _, e := range lines {
		text := Clean(e.Detail, 0)
		if len(e.Packets) == 1 {
			text += ", packet " + frameList(e.Packets)
		} else if len(e.Packets) > 1 {
			text += ", packets " + frameList(e.Packets)
		}
		text += share(e)
		label := fmt.Sprintf("  %6s  %s", signed(e.Counted), Clean(e.Claim, mostClaim))
		p.labelled(label, text, margin, 4, plain)
	}
}

// share says why a line counts for less than it is worth: of one group the best counts whole,
// the second half (package classify, evidence.go).
func share(e *classify.Evidence) string {
	switch {
	case e.Counted == e.Bits:
		return ""
	case e.Counted == 0:
		return fmt.Sprintf(" [%s, but third or later of %s]", signed(e.Bits), Clean(e.Group, 20))
	}
	return fmt.Sprintf(" [half of %s: second of %s]", signed(e.Bits), Clean(e.Group, 20))
}

// change says what the verdict hangs on.
func (p *page) change(v *classify.Verdict, sum float64) {
	var text string
	switch v.Judgement {
	case classify.P2P:
		text = fmt.Sprintf("It stays p2p unless %s bits less speak for it. ", plainBits(sum-p2pOdds)) + hangsOn(v, sum-p2pOdds)
	case classify.Likely:
		text = fmt.Sprintf("It would be p2p with %s bits more, and other with %s bits less. ",
			plainBits(p2pOdds-sum), plainBits(sum-likelyOdds)) + hangsOn(v, sum-likelyOdds)
	case classify.Other:
		text = fmt.Sprintf("It would be likely with %s bits more, and p2p with %s.", plainBits(likelyOdds-sum), plainBits(p2pOdds-sum))
	default:
		text = "A packet with payload would be needed to judge it."
	}
	p.labelled("", text, 2, 4, plain)
}

// plainBits writes a distance in bits.
func plainBits(b float64) string { return strconv.FormatFloat(max(finite(b), 0), 'f', 1, 64) }

// hangsOn names the claims of which none may go, or the verdict might fall. It may err on the
// side of doubt: where a line goes, the next of its group counts more.
func hangsOn(v *classify.Verdict, spare float64) string {
	var names []string
	for i := range v.Evidence {
		if e := &v.Evidence[i]; finite(e.Counted) > spare {
			names = append(names, Clean(e.Claim, 40))
		}
	}
	if len(names) == 0 {
		return "No single line of evidence decides it."
	}
	if len(names) == 1 {
		return "It hangs on " + names[0] + "."
	}
	return "It hangs on each of " + list(names, 3) + "."
}
