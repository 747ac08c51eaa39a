package pipeline

import (
	"os"
	"testing"
)

// BenchmarkSmallCapture is the cost of one run over a capture of 72 packets: what every run pays.
func BenchmarkSmallCapture(b *testing.B) {
	data, err := os.ReadFile("../testdata/sample.pcap")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		run(b, data, Options{})
	}
}
