package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"peeratlas/capture"
	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
)

// portions delivers what a source has in portions of any size, and now and then nothing, as a live
// source does.
type portions struct {
	Source
	random *rand.Rand
}

func (p *portions) ReadBatch(dst []capture.Packet) (int, error) {
	if p.random.IntN(2) == 0 {
		return 0, nil
	}
	return p.Source.ReadBatch(dst[:1+p.random.IntN(min(len(dst), 1<<p.random.IntN(11)))])
}

// told is all that a street says of captures: the records, and the report.
type said struct {
	records bytes.Buffer
	summary []byte
	result  *Result
	looks   []*report.Look
}

var watchGeo = func() *geo.DB {
	db, err := geo.Open(nil)
	if err != nil {
		panic(err)
	}
	return db
}()

func (s *said) options() Options {
	home, _ := geo.ParseHome(nil)
	var line []byte
	return Options{Home: home, Locator: watchGeo, Write: func(r *report.Record) error {
		line = report.AppendRecord(line[:0], r)
		s.records.Write(line)
		return nil
	}}
}

func (s *said) summarize(t testing.TB, sum *report.Summary) {
	t.Helper()
	var b bytes.Buffer
	if err := report.WriteJSON(&b, sum); err != nil {
		t.Fatal(err)
	}
	s.summary = b.Bytes()
}

// ran is what a Run says of a source.
func ran(t testing.TB, source Source, alter func(*Options)) *said {
	t.Helper()
	s := new(said)
	o := s.options()
	if alter != nil {
		alter(&o)
	}
	b := report.NewBuilder(report.Options{Home: o.Home, Now: time.Now()})
	write := o.Write
	o.Write = func(r *report.Record) error { b.Add(r); return write(r) }
	var err error
	if s.result, err = Run(context.Background(), source, o); err != nil {
		t.Fatal(err)
	}
	b.Judge(s.result.Hosts)
	s.summarize(t, b.Finish(s.result.Sockets, s.result.Coverage, watchGeo.Sources()))
	return s
}

// watched is what a Watch says of a source.
func watched(t testing.TB, source Source, alter func(*WatchOptions)) *said {
	t.Helper()
	s := new(said)
	o := WatchOptions{Options: s.options(), Tell: func(l *report.Look) error {
		s.looks = append(s.looks, l)
		return nil
	}}
	alter(&o)
	var err error
	if s.result, err = Watch(context.Background(), source, o); err != nil {
		t.Fatal(err)
	}
	last := s.looks[len(s.looks)-1]
	if !last.Last {
		t.Fatal("the last look is not marked")
	}
	s.summarize(t, last.Summary)
	return s
}

// open opens captures for a test.
func open(t testing.TB, paths ...string) *capture.Files {
	t.Helper()
	source, err := capture.Open(paths, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { source.Close() })
	return source
}

// TestWatchSaysWhatRunSays asserts that a watch that looks in between, and gets its packets in any
// portions, ends with the octets of a Run: records, summary, sockets, hosts and counts.
func TestWatchSaysWhatRunSays(t *testing.T) {
	captures, err := filepath.Glob("../testdata/*.pcap*")
	if err != nil || len(captures) == 0 {
		t.Fatal("no captures in testdata", err)
	}
	equal, looks := 0, 0
	compare := func(path string) {
		want := ran(t, open(t, path), nil)
		random := rand.New(rand.NewPCG(1, uint64(len(path))))
		got := watched(t, &portions{open(t, path), random}, func(o *WatchOptions) {
			o.due, o.all, o.ActiveTimeout = func() bool { return random.IntN(3) > 0 }, true, -1
			o.news = random.IntN(30) // 0 is the usual bound
		})
		looks += len(got.looks)
		checkNews(t, path, got)
		switch a, b := marshal(t, got.result), marshal(t, want.result); {
		case !bytes.Equal(got.records.Bytes(), want.records.Bytes()):
			t.Errorf("%s: other records than a Run's: %s", path, differ(got.records.Bytes(), want.records.Bytes()))
		case !bytes.Equal(got.summary, want.summary):
			t.Errorf("%s: another summary than a Run's: %s", path, differ(got.summary, want.summary))
		case !bytes.Equal(a, b):
			t.Errorf("%s: another result than a Run's: %s", path, differ(a, b))
		default:
			equal++
		}
		if s := got.looks[len(got.looks)-1].Since; s.Flows != got.result.Coverage.Flows || s.Written != s.Flows || s.Flows != got.result.FlowsWritten {
			t.Errorf("%s: %+v, written %d", path, s, got.result.FlowsWritten)
		}
	}
	for _, path := range captures {
		compare(path)
	}
	t.Logf("%d of %d generated captures, %d looks", equal, len(captures), looks)
	if testing.Short() {
		return
	}
	others, err := filepath.Glob(needCorpus(t) + "/*.*cap*")
	if err != nil {
		t.Fatal(err)
	}
	equal, looks = 0, 0
	for _, path := range others {
		compare(path)
	}
	t.Logf("%d of %d captures of others, %d looks", equal, len(others), looks)
}

// checkNews asserts that each flow that is peer-to-peer at its end appeared once and ended once, and was
// told of as its record says.
func checkNews(t *testing.T, path string, s *said) {
	t.Helper()
	told, ended := map[string]report.Sighting{}, map[string]string{}
	for _, l := range s.looks {
		for i, n := range l.News {
			key := fmt.Sprint(n.Record.Flow.Key, n.Record.Flow.FirstFrame)
			before, known := told[key]
			switch v := &n.Record.Verdict; {
			case n.News&report.Appeared != 0 && (known || v.Judgement < classify.Likely):
				t.Errorf("%s: %s appears twice, or as %v", path, key, v.Judgement)
			case n.News&report.Appeared == 0 && !known:
				t.Errorf("%s: %s is told of before it appears", path, key)
			case n.News&report.Changed != 0 && v.Judgement == before.Record.Verdict.Judgement && v.Family == before.Record.Verdict.Family && v.Path == before.Record.Verdict.Path:
				t.Errorf("%s: %s changed to the same", path, key)
			case ended[key] != "":
				t.Errorf("%s: %s is told of after its end", path, key)
			}
			if n.News&report.Ended != 0 {
				ended[key] = string(report.AppendRecord(nil, &n.Record))
			}
			told[key] = n
			if i > 0 && n.Record.Flow.FirstFrame < l.News[i-1].Record.Flow.FirstFrame {
				t.Errorf("%s: look %d: news out of order", path, l.Number)
			}
		}
	}
	for line := range strings.Lines(s.records.String()) {
		if !strings.Contains(line, `"verdict":"p2p"`) && !strings.Contains(line, `"verdict":"likely"`) {
			continue
		}
		found := false
		for key, as := range ended {
			if as == line {
				found = true
				delete(ended, key)
			}
		}
		if !found {
			t.Errorf("%s: not told as it was written: %s", path, line)
		}
	}
	for key, as := range ended {
		if strings.Contains(as, `"verdict":"p2p"`) || strings.Contains(as, `"verdict":"likely"`) {
			t.Errorf("%s: %s was told, and not written so: %s", path, key, as)
		}
	}
}

// differ is the neighbourhood of the first difference.
func differ(got, want []byte) string {
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	part := func(p []byte) []byte { return p[max(at-120, 0):min(at+120, len(p))] }
	return fmt.Sprintf("%s\nwant %s", part(got), part(want))
}

func marshal(t testing.TB, r *Result) []byte {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
