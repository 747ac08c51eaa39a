package pipeline

import (
	"os"
	"testing"

	"peeratlas/capture"
	"peeratlas/classify"
	"peeratlas/geo"
)

// read is a street that has read the capture which PEERATLAS_CAPTURE names, else the largest of
// testdata, and has judged nothing but what it evicted.
func read(b *testing.B) *street {
	path := os.Getenv("PEERATLAS_CAPTURE")
	if path == "" {
		path = "../testdata/office.pcapng"
	}
	source, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer source.Close()
	home, _ := geo.ParseHome(nil)
	s := newStreet(source, Options{Home: home, Brief: true})
	s.crew.hire(s.lanes)
	defer s.crew.dismiss()
	if err := s.readAll(b.Context()); err != nil {
		b.Fatal(err)
	}
	s.crew.join()
	s.settle()
	s.learnHome()
	return s
}

// BenchmarkJudge is what judging costs a flow, stage by stage, as a report needs it: the flows by
// themselves and together, each by its verdict, and the sockets and hosts as a whole.
func BenchmarkJudge(b *testing.B) {
	s := read(b)
	flows := s.inOrder()
	judge := classify.NewJudge(s.classifier, flows)
	verdicts := make([]classify.Judgement, len(flows))
	of := func(i int) classify.Judgement { return verdicts[i] }
	perFlow := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(max(len(flows), 1)), "ns/flow")
	}
	b.Run("weigh", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			judge = classify.NewJudge(s.classifier, flows)
		}
		perFlow(b)
	})
	b.Run("verdict", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for i := range flows {
				v := judge.Verdict(i)
				verdicts[i] = v.Judgement
				judge.Note(i, &v)
			}
		}
		perFlow(b)
	})
	b.Run("alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, f := range flows {
				s.alone(f)
			}
		}
		perFlow(b)
	})
	b.Run("socket", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			judge.Sockets(of)
		}
		perFlow(b)
	})
	b.Run("host", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			judge.Hosts(of)
		}
		perFlow(b)
	})
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		v := classify.Unjudged()
		for b.Loop() {
			for _, f := range flows {
				s.write(f, v)
			}
		}
		perFlow(b)
	})
}
