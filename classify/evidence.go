package classify

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
)

// This file is the one place where claims are weighed.
//
// A claim is worth log2 P(seen | encrypted P2P) / P(seen | other) bits. Claims of one group
// repeat one another, so in each group the best counts whole, the second half, the others not
// at all, for and against apart. The sum over the groups and the prior is the log odds.

// priorBits is log2(0.01/0.99): one flow in a hundred of an office network is encrypted
// peer-to-peer.
const priorBits = -6.6

// Probabilities at which the judgement changes.
const (
	P2PProbability    = 0.95
	LikelyProbability = 0.5
)

// line is one claim on its way into the account.
type line struct {
	id      ClaimID
	a, b    uint32
	bits    float64 // of weights, unless the claim sets its own
	counted float64 // what enters the sum, after weigh
	family  string  // of weights, unless the claim sets its own
	frames  [4]uint32
	count   uint16
	dirs    uint8
}

// weigh sorts the lines by what they could count, notes what each does, and returns the log odds.
func weigh(lines []line) float64 {
	orderLines(lines)
	var t taken
	sum := priorBits
	for i := range lines {
		l := &lines[i]
		l.counted = l.worth() * t.share(l.id, l.bits)
		sum += l.counted
	}
	return sum
}

// worth is what the line is worth by the calibration: detectors and combinations know the derived
// bits, and nothing but this file the ratio.
func (l *line) worth() float64 { return l.bits * ratios[l.id] }

// ratios are those of fitted to derived bits, 1 for claims that are not fitted. A claim whose
// derived bits changed since the fit goes by what was derived.
var ratios = func() (r [numClaims]float64) {
	for id := range r {
		r[id] = 1
	}
	for _, f := range fittedBits {
		if id, known := claimIDs[f.claim]; known && weights[id].bits == f.derived && f.derived != 0 {
			r[id] = f.fitted / f.derived
		}
	}
	return r
}()

// taken counts the lines of each group that an account has taken, for and against.
type taken [numGroups][2]uint8

// share tells how much of the next claim counts: the lines come with the greatest bits first.
func (t *taken) share(id ClaimID, bits float64) float64 {
	if bits == 0 {
		return 0
	}
	sign := 0
	if bits < 0 {
		sign = 1
	}
	n := &t[weights[id].group][sign]
	*n = min(*n+1, 3)
	return [...]float64{1, 0.5, 0}[*n-1]
}

// Term is one line of an account for those who calibrate the weights: a claim and its bits.
type Term struct {
	Claim   ClaimID
	Bits    float64
	Counted float64 // what Reweigh let enter the sum
}

// Terms returns the lines of an account that have bits, and these as derived.
func Terms(account []Evidence) []Term {
	var terms []Term
	for _, e := range account {
		if id, known := claimIDs[e.Claim]; known && e.Bits != 0 {
			terms = append(terms, Term{Claim: id, Bits: e.Bits / ratios[id]})
		}
	}
	return terms
}

var claimIDs = func() map[string]ClaimID {
	ids := make(map[string]ClaimID, numClaims)
	for id := range weights {
		ids[weights[id].name] = ClaimID(id)
	}
	return ids
}()

// Reweigh returns the log odds of an account if each claim were worth ratio[Claim] times its bits.
// It orders the terms and notes what each counts. ratio has a place for each of NumClaims.
func Reweigh(terms []Term, ratio []float64) float64 {
	slices.SortFunc(terms, func(x, y Term) int {
		return cmp.Or(cmp.Compare(math.Abs(y.Bits)*ratio[y.Claim], math.Abs(x.Bits)*ratio[x.Claim]), cmp.Compare(x.Claim, y.Claim))
	})
	var t taken
	sum := priorBits
	for i := range terms {
		x := &terms[i]
		x.Counted = x.Bits * ratio[x.Claim] * t.share(x.Claim, x.Bits)
		sum += x.Counted
	}
	return sum
}

// NumClaims is how many places a table by ClaimID has.
const NumClaims = int(numClaims)

// account renders weighed lines for people.
func account(lines []line) []Evidence {
	evidence := make([]Evidence, 0, len(lines))
	for i := range lines {
		l := &lines[i]
		w := &weights[l.id]
		evidence = append(evidence, Evidence{
			Claim: w.name, Group: w.group.String(), Family: l.family, Bits: l.worth(), Counted: l.counted,
			Detail: l.text(), Packets: l.packets(),
		})
	}
	return evidence
}

// text renders the detail with the claim's values.
func (l *line) text() string {
	d := weights[l.id].detail
	if name := l.service(); name != "" && weights[l.id].service == "" {
		return name + ": " + d
	}
	if before, after, found := strings.Cut(d, "{ip}"); found {
		return before + netip.AddrFrom4([4]byte{byte(l.a >> 24), byte(l.a >> 16), byte(l.a >> 8), byte(l.a)}).String() + after
	}
	switch n := verbs(d); {
	case n == 0:
		return d
	case n == 1:
		return fmt.Sprintf(d, l.a)
	default:
		return fmt.Sprintf(d, l.a, l.b)
	}
}

// verbs tells how many of the two values a detail formats.
func verbs(d string) int {
	n := 0
	indexed := 0
	for i := 0; i+1 < len(d); i++ {
		if d[i] != '%' {
			continue
		}
		n++
		for j := i; j < len(d) && d[j] != ' '; j++ {
			if d[j] == '[' && j+1 < len(d) {
				indexed = max(indexed, int(d[j+1]-'0'))
			}
		}
	}
	if indexed > 0 {
		return indexed
	}
	return n
}

func (l *line) packets() []uint32 {
	var p []uint32
	for _, f := range l.frames {
		if f != 0 {
			p = append(p, f)
		}
	}
	return p
}

// Probability turns log odds in bits into a probability.
func Probability(bits float64) float64 { return probability(bits) }

// probability turns log odds in bits into a probability.
func probability(bits float64) float64 { return 1 / (1 + math.Exp2(-bits)) }

// judgement names a probability.
func judgement(p float64) Judgement {
	switch {
	case p >= P2PProbability:
		return P2P
	case p >= LikelyProbability:
		return Likely
	}
	return Other
}
