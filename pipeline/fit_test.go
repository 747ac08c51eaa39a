package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"go/format"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"peeratlas/classify"
)

// claim finds a claim's sheet by its name.
func claim(t testing.TB, name string) classify.ClaimSheet {
	t.Helper()
	for _, c := range classify.Claims() {
		if c.Claim == name {
			return c
		}
	}
	t.Fatalf("there is no claim %q", name)
	return classify.ClaimSheet{}
}

// world draws captures in which port.high and tls.anydesk speak with the bits that are given, not
// with the derived ones. Where a claim is not made, another one speaks against as derived: so the
// accounts are complete, and log odds that the model reckons can be true.
type world struct {
	high, octets float64
	truths       bool // labels are what was drawn, else coins
}

func (w world) draw(t testing.TB, captures, flows int) *calibration {
	r := rand.New(rand.NewPCG(7, 11))
	pairs := []struct {
		speaks, against classify.ClaimSheet
		bits            float64
	}{
		{claim(t, "port.high"), claim(t, "port.service"), w.high},
		{claim(t, "tls.anydesk"), claim(t, "payload.first_clear"), w.octets},
		{claim(t, "host.peer_known"), claim(t, "turn.idle"), claim(t, "host.peer_known").Derived},
	}
	c := &calibration{at: map[string]int{}}
	for n := range captures {
		a := &Accuracy{}
		for range flows {
			positive := r.Float64() < 0.5
			s := Scored{Capture: fmt.Sprintf("%c%c%c-%d", 'a'+n/26, 'a'+n%26, 'a'+n/26, n), Label: Label{Family: "x", Truth: Negative}}
			for _, x := range pairs {
				// The chances of both under other flows sum to 1, and times their likelihood ratios too.
				p := (1 - math.Exp2(x.against.Derived)) / (math.Exp2(x.bits) - math.Exp2(x.against.Derived))
				if positive {
					p *= math.Exp2(x.bits)
				}
				made := x.against
				if r.Float64() < p {
					made = x.speaks
				}
				s.Verdict.Evidence = append(s.Verdict.Evidence, classify.Evidence{Claim: made.Claim, Bits: made.Derived})
			}
			if w.truths && positive || !w.truths && r.Float64() < 0.5 {
				s.Label.Truth = Positive
			}
			a.Flows = append(a.Flows, s)
		}
		c.add(a, 1)
	}
	if err := c.divide(); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFitFindsTheBits(t *testing.T) {
	c := world{high: 0.2, octets: 5, truths: true}.draw(t, 60, 400)
	ratio := fitRatios(c.rows, 1e-7)
	fitted := func(name string) float64 { s := claim(t, name); return ratio[s.ID] * s.Derived }
	// Either of a pair is always made, so that a bit moved from one to the other only shifts the
	// prior: what is determined is how far they are apart.
	if got := fitted("port.high") - fitted("port.service"); math.Abs(got-2.2) > 0.3 {
		t.Errorf("port.high and port.service are %.2f bits apart, drawn with 2.2", got)
	}
	if got := fitted("tls.anydesk") - fitted("payload.first_clear"); math.Abs(got-8) > 0.6 {
		t.Errorf("tls.anydesk and payload.first_clear are %.2f bits apart, drawn with 8", got)
	}
}

func TestFitKeepsItsBounds(t *testing.T) {
	// Whatever is drawn, no ratio raises log odds or changes a sign.
	for _, w := range []world{{6, 20, true}, {0.1, 1, true}, {1, 13, false}} {
		for id, r := range fitRatios(w.draw(t, 30, 100).rows, 1e-9) {
			if c := classify.Claims()[max(id-1, 0)]; r < fitLow || r > fitHigh || c.ID == classify.ClaimID(id) && (c.Derived > 0 && r > 1 || c.Derived < 0 && r < 1) {
				t.Errorf("%+v: %s has ratio %v", w, c.Claim, r)
			}
		}
	}
	// Two captures are too few.
	c := world{high: 0.1, octets: 5, truths: true}.draw(t, 60, 50)
	few := c.rows[:0:0]
	for _, r := range c.rows {
		if r.group < 2 {
			few = append(few, r)
		}
	}
	for name, ratios := range map[string][]float64{"two groups": fitRatios(few, 1e-9), "infinite penalty": fitRatios(c.rows, math.Inf(1))} {
		for id, r := range ratios {
			if r != 1 {
				t.Errorf("%s: claim %d has ratio %v", name, id, r)
			}
		}
	}
}

// TestFitDescends checks the slope that the steps go by against the loss itself.
func TestFitDescends(t *testing.T) {
	c := world{high: 0.2, octets: 5, truths: true}.draw(t, 60, 100)
	loss := func(ratio []float64) float64 {
		sum := 0.0
		for i, w := range normalised(c.rows) {
			sum += w * logLoss(classify.Reweigh(c.rows[i].terms, ratio), c.rows[i].positive)
		}
		return sum
	}
	ratio := fitRatios(c.rows, 1e-9)
	least := loss(ratio)
	for _, name := range []string{"port.high", "tls.anydesk"} {
		id := claim(t, name).ID
		for _, by := range []float64{-0.02, 0.02} {
			ratio[id] += by
			if l := loss(ratio); l < least-1e-6 {
				t.Errorf("%s: loss %.7f at the fit, %.7f beside it", name, least, l)
			}
			ratio[id] -= by
		}
	}
}

// A fit that the data do not ask for must not be taken.
func TestFitIsHonest(t *testing.T) {
	run := func(w world) *Fit {
		c := w.draw(t, 40, 60)
		c.validate()
		c.conclude()
		return &c.fit
	}
	derived := world{high: claim(t, "port.high").Derived, octets: claim(t, "tls.anydesk").Derived, truths: true}
	if f := run(derived); f.Adopted {
		t.Errorf("the derived weights are true, and others were taken: gain %.3f, error %.3f", f.Gain, f.Error)
	}
	if f := run(world{high: 1, octets: 3, truths: true}); !f.Adopted {
		t.Errorf("a derived weight is ten bits too high, and was kept: gain %.3f, error %.3f, wrong %d and %d", f.Gain, f.Error, f.Derived.wrong(), f.Fitted.wrong())
	}
}

func TestFitOfTooFewCaptures(t *testing.T) {
	if _, err := FitWeights(context.Background(), []string{"../testdata"}); err == nil || !strings.Contains(err.Error(), "too few") {
		t.Errorf("error %v", err)
	}
	if _, err := FitWeights(context.Background(), []string{t.TempDir()}); err == nil || !strings.Contains(err.Error(), "no label files") {
		t.Errorf("error %v", err)
	}
}

func TestGroupName(t *testing.T) {
	for name, want := range map[string]string{"skype": "skype", "skype_udp-2": "skype", "stun_dtls_rtp": "stun", "443-chrome": "443-chrome", "h323": "h323", "dtls13-cid": "dtls"} {
		if got := groupName(name); got != want {
			t.Errorf("%s is of group %s, want %s", name, got, want)
		}
	}
}

func TestWriteWeights(t *testing.T) {
	day := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	c := claim(t, "port.high")
	f := Fit{Sets: []string{"some", "others"}, Gain: 0.5, Error: 0.1, Claims: []FittedClaim{{c, 0.75, 9, true}}}
	for _, adopted := range []bool{false, true} {
		f.Adopted = adopted
		var w bytes.Buffer
		if err := f.WriteWeights(&w, day); err != nil {
			t.Fatal(err)
		}
		if source, err := format.Source(w.Bytes()); err != nil || !bytes.Equal(source, w.Bytes()) {
			t.Errorf("not as gofmt has it: %v\n%s", err, w.String())
		}
		if !strings.Contains(w.String(), "2026-01-02") || strings.Contains(w.String(), `{"port.high", 1, 0.75},`) != adopted {
			t.Errorf("adopted %v:\n%s", adopted, w.String())
		}
	}
}

func TestFitIsRepeatable(t *testing.T) {
	var first string
	for range 2 {
		c := world{high: 2, octets: 4, truths: true}.draw(t, 30, 20)
		c.validate()
		c.conclude()
		if text := fmt.Sprintf("%+v", c.fit); first == "" {
			first = text
		} else if text != first {
			t.Error("the same captures gave another fit")
		}
	}
}

func TestFitOnCorpus(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	f, err := FitWeights(context.Background(), []string{needCorpus(t)})
	if err != nil {
		t.Fatal(err)
	}
	plain := f.Fitted.Tally
	if plain.Precision() < 0.99 || plain.Recall() < 0.95 || f.Fitted.Recall < 0.9 {
		t.Errorf("fitted and held out: %+v, mean family recall %.3f", plain, f.Fitted.Recall)
	}
	t.Logf("gain %.3f, standard error %.3f, wrong verdicts %d and %d: %s", f.Gain, f.Error, f.Derived.wrong(), f.Fitted.wrong(), f.conclusion())
}
