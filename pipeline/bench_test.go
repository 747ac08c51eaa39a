package pipeline

import (
	"context"
	"os"
	"testing"

	"peeratlas/capture"
	"peeratlas/geo"
)

// BenchmarkRun is the whole street over the capture that PEERATLAS_CAPTURE names, else the
// largest of testdata: as flows needs it, and as a report does, without the writing.
func BenchmarkRun(b *testing.B) {
	path := os.Getenv("PEERATLAS_CAPTURE")
	if path == "" {
		path = "../testdata/office.pcapng"
	}
	home, _ := geo.ParseHome(nil)
	for _, brief := range []bool{false, true} {
		b.Run(map[bool]string{false: "flows", true: "report"}[brief], func(b *testing.B) {
			var packets uint64
			b.ReportAllocs()
			for b.Loop() {
				source, err := capture.Open([]string{path}, capture.Options{})
				if err != nil {
					b.Fatal(err)
				}
				r, err := Run(context.Background(), source, Options{Home: home, Brief: brief})
				if err != nil {
					b.Fatal(err)
				}
				source.Close()
				packets += r.Coverage.Packets
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(packets), "ns/packet")
		})
	}
}
