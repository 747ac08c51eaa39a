package packet_test

import (
	"bytes"
	"os"
	"testing"

	"peeratlas/capture"
	"peeratlas/capture/packet"
)

// BenchmarkDecodeCapture is the stage "decode" over the first packets of the capture that
// PEERATLAS_CAPTURE names, else the largest of testdata, held in memory.
func BenchmarkDecodeCapture(b *testing.B) {
	packets := held(b)
	d := packet.NewDecoder()
	var hs [256]packet.Headers
	b.ReportAllocs()
	for b.Loop() {
		for i := range packets {
			p := &packets[i]
			d.Decode(p.LinkType, p.Data, int(p.OriginalLength), &hs[i%len(hs)])
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(packets)), "ns/packet")
}

// held are packets in memory, as many as the caches do not hold.
func held(b *testing.B) (all []capture.Packet) {
	path := os.Getenv("PEERATLAS_CAPTURE")
	if path == "" {
		path = "../../testdata/office.pcapng"
	}
	f, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	dst := make([]capture.Packet, 256)
	for err == nil && len(all) < 200_000 {
		var n int
		n, err = f.ReadBatch(dst)
		for _, p := range dst[:n] {
			p.Data = bytes.Clone(p.Data)
			all = append(all, p)
		}
	}
	return all
}
