package pipeline

import (
	"context"
	"os"
	"testing"

	"peeratlas/capture"
	"peeratlas/geo"
)

// BenchmarkRun is the whole street over the capture that PEERATLAS_CAPTURE names, else the
// largest of testdata, without a report.
func BenchmarkRun(b *testing.B) {
	path := os.Getenv("PEERATLAS_CAPTURE")
	if path == "" {
		path = "../testdata/office.pcapng"
	}
	home, _ := geo.ParseHome(nil)
	var packets uint64
	b.ReportAllocs()
	for b.Loop() {
		source, err := capture.Open([]string{path}, capture.Options{})
		if err != nil {
			b.Fatal(err)
		}
		r, err := Run(context.Background(), source, Options{Home: home})
		if err != nil {
			b.Fatal(err)
		}
		source.Close()
		packets += r.Coverage.Packets
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(packets), "ns/packet")
}
