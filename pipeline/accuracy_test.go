package pipeline

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"peeratlas/classify"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// tinySet copies a few captures of the project with their labels to a folder of their own, and
// turns two labels of them, so that there are a false positive and a miss to explain.
func tinySet(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "tiny")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"wireguard.pcap", "wireguard.labels.csv", "sample.pcap", "sample.labels.csv", "ice-call.pcapng", "ice-call.labels.csv"} {
		data, err := os.ReadFile("../testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "ice-call.labels.csv" {
			data = bytes.Replace(data, []byte("positive"), []byte("negative"), 1)
			data = bytes.Replace(data, []byte("negative,dns,"), []byte("positive,dns,"), 1)
		}
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// manyClaims is what changes with every claim that is added: the golden does without.
var manyClaims = regexp.MustCompile(`(bits (?:for|against)): .*? would do`)

func TestAccuracyPage(t *testing.T) {
	folder, lab := tinySet(t), tinySet(t)
	var page bytes.Buffer
	for range 2 {
		before := page.String()
		page.Reset()
		if err := WriteAccuracy(context.Background(), &page, []string{folder}, AccuracyOptions{Variants: true, Fit: someFit(t), Lab: lab}); err != nil {
			t.Fatal(err)
		}
		if before != "" && before != page.String() {
			t.Error("the same captures gave another page")
		}
	}
	got, weights, found := strings.Cut(page.String(), "## Weights\n")
	got = manyClaims.ReplaceAllString(got, "$1: ...")
	if !found || strings.Count(weights, "\n") < len(classify.Claims()) {
		t.Error("not every weight is told")
	}
	const golden = "testdata/accuracy.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the page differs from %s; run go test ./pipeline -update and review\n%s", golden, got)
	}
}

func someFit(t *testing.T) *Fit {
	t.Helper()
	c := world{high: 0.5, octets: 5, truths: true}.draw(t, 24, 12)
	c.fit.Sets = []string{"drawn"}
	c.validate()
	c.conclude()
	return &c.fit
}

func TestAccuracyWithoutLabels(t *testing.T) {
	if err := WriteAccuracy(context.Background(), &bytes.Buffer{}, []string{t.TempDir()}, AccuracyOptions{}); err == nil || !strings.Contains(err.Error(), "no label files") {
		t.Errorf("error %v", err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "x.labels.csv"), []byte(strings.Join(labelColumns, ",")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Measure(context.Background(), folder); err == nil || !strings.Contains(err.Error(), "no capture of that name") {
		t.Errorf("error %v", err)
	}
}

func TestMissing(t *testing.T) {
	high, punch, clear := claim(t, "port.high"), claim(t, "stun.both_ask"), claim(t, "payload.clear")
	account := func(judged classify.Judgement, lines ...classify.ClaimSheet) classify.Verdict {
		v := classify.Verdict{Judgement: judged}
		for _, c := range lines {
			v.Evidence = append(v.Evidence, classify.Evidence{Claim: c.Claim, Group: c.Group, Family: c.Family, Bits: c.Bits, Counted: c.Bits})
		}
		return v
	}
	both := Seen{Spoke: true, Packet: [2]bool{true, true}}
	tests := []struct {
		name    string
		scored  Scored
		has     []string
		without []string
	}{
		{"nothing seen", Scored{Label: Label{Family: "skype", Truth: Positive}}, []string{"every packet"}, []string{"bits"}},
		{"no payload", Scored{Label: Label{Family: "skype", Truth: Positive}, Seen: Seen{Packet: [2]bool{true, false}}},
			[]string{"any payload", "packets of one direction", "10.8 bits for"}, []string{"cut"}},
		{"a miss", Scored{Label: Label{Family: "skype", Truth: Positive}, Seen: both, Verdict: account(classify.Other, high)},
			// 4.25 bits to be p2p, the prior's 6.6, less 1.
			[]string{"9.8 bits for", "skype."}, []string{"ice.", "skype.probe_shape", "port.high", "cut", "payload;"}},
		{"a false positive", Scored{Label: Label{Family: "stun-server", Truth: Negative}, Seen: both, Verdict: account(classify.P2P, punch, high)},
			[]string{"4.2 bits against"}, []string{"address.group", "address.named"}},
		{"a miss that a claim against explains", Scored{Label: Label{Family: "webrtc", Truth: Positive}, Seen: Seen{true, true, [2]bool{true, true}}, Verdict: account(classify.Other, high, clear)},
			[]string{"13.8 bits for", "ice.asked", "cut off"}, []string{"skype"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := missing(&tt.scored)
			for _, s := range tt.has {
				if !strings.Contains(got, s) {
					t.Errorf("%q lacks %q", got, s)
				}
			}
			for _, s := range tt.without {
				if strings.Contains(got, s) {
					t.Errorf("%q has %q", got, s)
				}
			}
		})
	}
}

func TestFamilyRight(t *testing.T) {
	tests := []struct {
		label, verdict string
		want           bool
	}{
		{"crypto-ethereum", "ethereum", true},
		{"crypto-ethereum", "bitcoin", false},
		{"voip-whatsapp", "whatsapp", true},
		{"voip-whatsapp", "webrtc", false},
		{"remote-desktop-p2p", "anydesk", true},
		{"remote-desktop-p2p", "rustdesk", true},
		{"remote-desktop-p2p", "unknown", false},
		{"webrtc", "facebook", true},
		{"webrtc", "skype", false},
		{"game-p2p", "nintendo", true},
		{"skype", "skype", true},
		{"skype", "teams", false},
		{"unknown", "unknown", true},
		{"nobody-listed-it", "nobody-listed-it", true},
		{"nobody-listed-it", "skype", false},
	}
	for _, tt := range tests {
		if got := FamilyRight(tt.label, tt.verdict); got != tt.want {
			t.Errorf("FamilyRight(%q, %q) = %v", tt.label, tt.verdict, got)
		}
	}
}

// Every name in the table must be one that a verdict can have.
func TestFamilyNamesExist(t *testing.T) {
	var known []string
	for _, c := range classify.Claims() {
		known = append(known, c.Family)
	}
	for _, label := range labelFamilies() {
		for _, name := range familyNames[label] {
			if !slices.Contains(known, name) {
				t.Errorf("%s: no claim speaks for %q", label, name)
			}
		}
	}
}

// TestFamiliesOnCorpus: the names are right for at least 0.95 of the true positives.
func TestFamiliesOnCorpus(t *testing.T) {
	a, err := Measure(context.Background(), needCorpus(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Named.Recall(); got < 0.95 {
		t.Errorf("%.4f of the names are right", got)
	}
}
