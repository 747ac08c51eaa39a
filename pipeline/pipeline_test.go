package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"peeratlas/capture"
	"peeratlas/geo"
	"peeratlas/report"
)

const corpus = "../../shared/corpus/open"

// needCorpus skips a test where the labelled captures of other projects are not to be had.
func needCorpus(t testing.TB) string {
	t.Helper()
	if _, err := os.Stat(corpus); err != nil {
		t.Skipf("the labelled corpus is not beside the checkout (%s): accuracy on real captures is not measured", corpus)
	}
	return corpus
}

func mistakes(t *testing.T, a *Accuracy) {
	t.Helper()
	for _, m := range a.Mistakes {
		k := &m.Label.Key
		t.Logf("%s: %s:%d - %s:%d %s (%s) judged %s %.3f", m.Capture, k.Addr[0].Netip(), k.Port[0], k.Addr[1].Netip(), k.Port[1],
			m.Label.Family, m.Label.Why, m.Verdict.Judgement, m.Verdict.Probability)
	}
}

// The generated captures hold no surprise: every label must be met.
func TestAccuracyOnTestdata(t *testing.T) {
	a, err := Measure(context.Background(), "../testdata")
	if err != nil {
		t.Fatal(err)
	}
	if a.Captures < 15 || a.All.TruePositive < 100 {
		t.Fatalf("only %d captures with %d flows found", a.Captures, a.All.TruePositive)
	}
	missed := 0
	for _, m := range a.Mistakes {
		if m.Capture != "cut60" { // what the snap length took cannot be judged
			missed++
		}
	}
	if a.All.FalsePositive > 0 || missed > 0 {
		mistakes(t, a)
		t.Errorf("%+v: want no false positive, and nothing missed but in the cut capture", a.All)
	}
}

func TestAccuracyOnCorpus(t *testing.T) {
	a, err := Measure(context.Background(), needCorpus(t))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name        string
		got, atmost float64
	}{
		{"precision", a.All.Precision(), 0.99},
		{"recall", a.All.Recall(), 0.95},
		{"precision of direct peers", a.Direct.Precision(), 0.95},
		{"recall of direct peers", a.Direct.Recall(), 0.90},
		{"mean family recall", a.MeanFamilyRecall(), 0.95},
	}
	for _, tt := range tests {
		t.Logf("%s %.4f", tt.name, tt.got)
		if tt.got < tt.atmost {
			t.Errorf("%s %.4f, want at least %.2f", tt.name, tt.got, tt.atmost)
		}
	}
	mistakes(t, a)
}

// run judges a capture from octets and returns all records in one text.
func run(t testing.TB, data []byte, o Options) (string, *Result) {
	t.Helper()
	source, err := capture.Open([]string{"-"}, capture.Options{Stdin: bytes.NewReader(data)})
	if err != nil {
		return err.Error(), nil
	}
	defer source.Close()
	var text bytes.Buffer
	home, _ := geo.ParseHome(nil)
	o.Home = home
	o.Write = func(r *report.Record) error {
		fmt.Fprintf(&text, "%+v %+v\n", r.Flow, r.Verdict)
		return nil
	}
	res, err := Run(context.Background(), source, o)
	if err != nil {
		t.Fatal(err)
	}
	return text.String(), res
}

func TestSameInputSameOutput(t *testing.T) {
	data, err := os.ReadFile("../testdata/office.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	first, _ := run(t, data, Options{})
	for range 3 {
		if again, _ := run(t, data, Options{}); again != first {
			t.Fatal("the same capture gave different records")
		}
	}
}

// TestPrefixes cuts the ten smallest captures at every octet: nothing may panic or hang.
func TestPrefixes(t *testing.T) {
	var all [][]byte
	for _, folder := range []string{"../testdata", corpus} {
		paths, _ := filepath.Glob(folder + "/*.pcap*")
		for _, p := range paths {
			if data, err := os.ReadFile(p); err == nil && len(data) < 20_000 {
				all = append(all, data)
			}
		}
	}
	slices.SortFunc(all, func(a, b []byte) int { return len(a) - len(b) })
	if len(all) < 5 {
		t.Fatalf("only %d small captures found", len(all))
	}
	for i, data := range all[:min(10, len(all))] {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			step := 1
			if len(data) > 5000 {
				step = 11 // the corpus has ten smaller ones; a prefix costs about 1 ms
			}
			if testing.Short() {
				step *= 17
			}
			for n := 0; n < len(data); n += step {
				source, err := capture.Open([]string{"-"}, capture.Options{Stdin: bytes.NewReader(data[:n])})
				if err != nil {
					continue
				}
				if _, err := Run(context.Background(), source, Options{}); err != nil {
					t.Fatalf("the first %d octets: %v", n, err)
				}
				source.Close()
			}
		})
	}
}

func TestCutAndDamagedInputIsTold(t *testing.T) {
	whole, err := os.ReadFile("../testdata/sample.pcap")
	if err != nil {
		t.Fatal(err)
	}
	damaged, err := os.ReadFile("../testdata/damaged.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	cut60, err := os.ReadFile("../testdata/cut60.pcap")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		data []byte
		want bool
	}{
		{"whole", whole, false},
		{"last record cut", whole[:len(whole)-5], true},
		{"damaged block", damaged, true},
		{"snap length", cut60, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, res := run(t, tt.data, Options{})
			if res.Damaged != tt.want {
				t.Errorf("damaged %v, want %v: %+v", res.Damaged, tt.want, res.Coverage)
			}
		})
	}
}

// A capture cut at 60 octets counts the same packets and octets as the whole one.
func TestSnapLengthCountsRight(t *testing.T) {
	count := func(name string) (packets, octets uint64) {
		data, err := os.ReadFile("../testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		source, err := capture.Open([]string{"-"}, capture.Options{Stdin: bytes.NewReader(data)})
		if err != nil {
			t.Fatal(err)
		}
		_, err = Run(context.Background(), source, Options{Write: func(r *report.Record) error {
			packets += uint64(r.Flow.Packets[0]) + uint64(r.Flow.Packets[1])
			octets += r.Flow.Octets(0) + r.Flow.Octets(1)
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		return packets, octets
	}
	wp, wo := count("office.pcapng")
	cp, co := count("cut60.pcap")
	if wp != cp || wo != co || wp == 0 {
		t.Errorf("whole: %d packets, %d octets; cut: %d packets, %d octets", wp, wo, cp, co)
	}
}

func TestEvictedFlowsAreWrittenOnce(t *testing.T) {
	data, err := os.ReadFile("../testdata/plain.pcap")
	if err != nil {
		t.Fatal(err)
	}
	_, all := run(t, data, Options{})
	_, few := run(t, data, Options{MaxFlows: 20})
	if few.Coverage.Evicted == 0 || few.FlowsWritten < all.FlowsWritten {
		t.Errorf("%d evicted, %d written; without a bound %d written", few.Coverage.Evicted, few.FlowsWritten, all.FlowsWritten)
	}
	if few.Coverage.InFlows != all.Coverage.InFlows {
		t.Errorf("%d packets in flows, want %d", few.Coverage.InFlows, all.Coverage.InFlows)
	}
}

func TestInterruptedRunGivesTotals(t *testing.T) {
	source, err := capture.Open([]string{"../testdata/office.pcapng"}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	res, err := Run(ctx, source, Options{Progress: func(capture.Stats) { cancel() }})
	if err != nil || !res.Interrupted || res.Coverage.Packets == 0 || res.FlowsWritten == 0 {
		t.Errorf("interrupted %+v, error %v", res, err)
	}
}

func TestSkypeSocketIsFound(t *testing.T) {
	source, err := capture.Open([]string{needCorpus(t) + "/skype.pcap"}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	home, _ := geo.ParseHome(nil)
	res, err := Run(context.Background(), source, Options{Home: home, IdleTimeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range res.Sockets {
		if s.Port == 13021 && s.Family == "skype" && s.Peers > 100 {
			return
		}
	}
	t.Errorf("no Skype socket on port 13021 among %d sockets", len(res.Sockets))
}
