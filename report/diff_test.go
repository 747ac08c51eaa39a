package report

import (
	"bytes"
	"encoding/json"
	"math"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"peeratlas/classify"
)

// flowTo is one flow of host a23 with peer number n, of that family, so long after begin.
func flowTo(n int, family string, after time.Duration) *Record {
	peer := netip.AddrFrom4([4]byte{203, 0, byte(n >> 8), byte(n)}).String()
	return far{17, a23, 24816, peer, 40000, p2p, family, classify.Direct, [2]uint64{3, 3}, [2]uint64{300, 200}, [2]uint32{3, 3}, after, after + time.Second, "", "", classify.Name{}}.record()
}

// windows are ten minutes before and ten after.
func windows() (before, after DiffWindow) {
	middle := begin.Add(10 * time.Minute)
	return DiffWindow{Input: "a.pcap", First: begin, Last: middle}, DiffWindow{Input: "b.pcap", First: middle, Last: middle.Add(10 * time.Minute)}
}

// diffOf has peers that are new in each half of the window before, and new in the window after.
func diffOf(early, late, after int, family string) *Diff {
	d := NewDiffer(0)
	n := 0
	add := func(many int, family string, when time.Duration, window int) {
		for range many {
			d.Add(flowTo(n, family, when), window)
			n++
		}
	}
	add(early, "skype", time.Minute, WindowBefore)
	add(late, "skype", 6*time.Minute, WindowBefore)
	add(after, family, 11*time.Minute, WindowAfter)
	b, a := windows()
	return d.Finish(b, a)
}

// TestNoise: what churn explains is no news, and what it does not is.
func TestNoise(t *testing.T) {
	tests := []struct {
		name               string
		early, late, after int
		family             string
		news               bool
		expected           float64
	}{
		{"a host that had nothing", 0, 0, 5, "skype", true, 1}, // its family is new
		{"as before", 20, 10, 20, "skype", false, 21},
		{"a few more", 20, 10, 28, "skype", false, 21},
		{"far more", 20, 10, 40, "skype", true, 21},
		{"a quiet host, one more", 20, 0, 1, "skype", false, 1},
		{"a quiet host, many more", 20, 0, 6, "skype", true, 1},
		{"many at the start are no churn", 200, 0, 8, "skype", true, 1},
		{"one of a new family", 20, 10, 1, "webrtc", true, 21},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := diffOf(tt.early, tt.late, tt.after, tt.family).Hosts[0]
			if h.News != tt.news || math.Abs(h.Noise.Expected-tt.expected) > 1e-9 || len(h.Gained) != tt.after || h.Noise.Churn != uint64(tt.late) {
				t.Errorf("got news %v, %+v, %d gained", h.News, h.Noise, len(h.Gained))
			}
		})
	}
}

// TestPoissonTail compares with sums that are multiplied up term by term.
func TestPoissonTail(t *testing.T) {
	for _, mean := range []float64{0.1, 0.5, 1, 7, 30} {
		below, term := 0.0, math.Exp(-mean)
		for n := range 60 {
			if got := poissonTail(mean, n); math.Abs(got-(1-below)) > 1e-9 {
				t.Errorf("poissonTail(%g, %d) = %g, want %g", mean, n, got, 1-below)
			}
			below += term
			term *= mean / float64(n+1)
		}
	}
	for _, mean := range []float64{0, 1e9, math.Inf(1), math.NaN()} {
		for _, n := range []int{0, 1, 1000} {
			if p := poissonTail(mean, n); !(p >= 0 && p <= 1) {
				t.Errorf("poissonTail(%g, %d) = %g", mean, n, p)
			}
		}
	}
}

// TestDiff: gained, lost and kept, and equal windows are the same.
func TestDiff(t *testing.T) {
	d := NewDiffer(0)
	for _, n := range []int{1, 2} {
		d.Add(flowTo(n, "skype", time.Minute), WindowBefore)
	}
	for _, n := range []int{2, 3, 4} {
		d.Add(flowTo(n, "webrtc", 11*time.Minute), WindowAfter)
	}
	b, a := windows()
	h := d.Finish(b, a).Hosts[0]
	if len(h.Gained) != 2 || len(h.Lost) != 1 || h.Kept != 1 || strings.Join(h.Families.Gained, "") != "webrtc" || strings.Join(h.Families.Lost, "") != "skype" || h.Sockets.any() {
		t.Errorf("got %+v", h)
	}
	d = NewDiffer(0)
	for w := range 2 {
		d.Add(flowTo(1, "skype", time.Minute), w)
	}
	if got := d.Finish(b, a); len(got.Hosts) != 0 || got.Same != 1 || got.Finding != "Nothing changed." {
		t.Errorf("got %+v", got)
	}
}

func TestDiffBounded(t *testing.T) {
	d := NewDiffer(10)
	for n := range 100 {
		d.Add(flowTo(n, "skype", time.Minute), WindowAfter)
	}
	b, a := windows()
	if got := d.Finish(b, a); len(got.Hosts[0].Gained) != 10 || got.Beyond != 90 || !strings.HasPrefix(got.Warning, "90 flows were not compared") {
		t.Errorf("got %d, %d, %s", len(got.Hosts[0].Gained), got.Beyond, got.Warning)
	}
}

func TestDiffGolden(t *testing.T) {
	var text, object bytes.Buffer
	d := diffOf(20, 2, 20, "webrtc")
	if err := WriteDiff(&text, d, TextOptions{Width: 100}); err != nil {
		t.Fatal(err)
	}
	golden(t, "diff.txt", text.Bytes())
	if err := WriteDiffJSON(&object, d); err != nil {
		t.Fatal(err)
	}
	golden(t, "diff.json", object.Bytes())
}

// TestDiffHostile: names and files of the wire are escaped in both formats.
func TestDiffHostile(t *testing.T) {
	r := flowTo(1, hostileText, 11*time.Minute)
	for e := range 2 {
		r.Verdict.Name[e] = classify.Name{Text: hostileText, Source: classify.FromSNI}
		r.Location[e].ASOrg, r.Location[e].ASN = hostileText, 1
	}
	d := NewDiffer(0)
	d.Add(r, WindowAfter)
	b, a := windows()
	b.Input, a.Input = hostileText, hostileText
	diff := d.Finish(b, a)
	for _, width := range []int{40, 80, 200} {
		var text bytes.Buffer
		if err := WriteDiff(&text, diff, TextOptions{Width: width}); err != nil {
			t.Fatal(err)
		}
		if c, bad := unsafe(text.String(), "\n"); bad {
			t.Errorf("text holds %U", c)
		}
		for line := range strings.Lines(text.String()) {
			if n := columns(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("%d columns: %s", n, line)
			}
		}
	}
	var object bytes.Buffer
	if err := WriteDiffJSON(&object, diff); err != nil || !json.Valid(object.Bytes()) {
		t.Fatal(err)
	}
	if c, bad := unsafe(object.String(), "\n"); bad {
		t.Errorf("JSON holds %U", c)
	}
}

// TestDiffDocumented holds docs/diff.md to the keys that are written, and the other way round.
func TestDiffDocumented(t *testing.T) {
	document, err := os.ReadFile("../docs/diff.md")
	if err != nil {
		t.Fatal(err)
	}
	d := diffJoined()
	d.Joined.Listings[0].Guessed = d.Joined.Listings[0].Hosts
	for _, list := range [][]DiffPeer{d.Hosts[0].Gained, d.Hosts[0].Lost} {
		list[0].ASN, list[0].ASOrg, list[0].Name = 1, "x", "y"
		list[0].Owners = []Owner{{PID: 1}}
	}
	var object bytes.Buffer
	if err := WriteDiffJSON(&object, d); err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(object.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	compareKeys(t, string(document), keys("", m))
}
