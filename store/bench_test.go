package store

import (
	"context"
	"testing"

	"peeratlas/classify"
	"peeratlas/report"
)

// BenchmarkImport stores flows with evidence, each an operation.
func BenchmarkImport(b *testing.B) {
	ctx := context.Background()
	s, err := OpenSQLite(ctx, b.TempDir()+"/x.db")
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	i := NewImporter(s, Run{Sensor: "s"})
	n := uint32(0)
	for b.Loop() {
		r := record(classify.P2P, n)
		r.Verdict.Evidence = full().Verdict.Evidence
		n++
		if err := i.Add(ctx, r); err != nil {
			b.Fatal(err)
		}
	}
	if err := i.Finish(ctx, report.Coverage{}, nil, nil, nil); err != nil {
		b.Fatal(err)
	}
	size, _ := s.size(ctx)
	b.ReportMetric(float64(size)/float64(n), "octets/flow")
}

// BenchmarkSummarize reports 10,000 flows, each time.
func BenchmarkSummarize(b *testing.B) {
	ctx := context.Background()
	s, err := OpenSQLite(ctx, b.TempDir()+"/x.db")
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	i := NewImporter(s, Run{Sensor: "s"})
	for n := range uint32(10000) {
		i.Add(ctx, record(classify.P2P, n))
	}
	if err := i.Finish(ctx, report.Coverage{}, nil, nil, nil); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Summarize(ctx, s, Query{}, SummaryOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
