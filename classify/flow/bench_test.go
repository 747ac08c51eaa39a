package flow_test

import (
	"os"
	"testing"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// BenchmarkTableCapture is the stage "table" over the first packets of the capture that
// PEERATLAS_CAPTURE names, else the largest of testdata, decoded beforehand. Each round
// begins with an empty table.
func BenchmarkTableCapture(b *testing.B) {
	ts, frames, hs := decoded(b)
	var into [flow.BatchSize]flow.Entry
	flows := 0
	b.ReportAllocs()
	for b.Loop() {
		table := flow.NewTable(flow.Options{}, nil)
		for at := 0; at < len(hs); at += flow.BatchSize {
			end := min(at+flow.BatchSize, len(hs))
			table.Update(ts[at:end], frames[at:end], hs[at:end], into[:end-at])
		}
		flows = table.Len()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(hs)), "ns/packet")
	b.ReportMetric(float64(flows), "flows")
}

func decoded(b *testing.B) (ts []int64, frames []uint32, hs []packet.Headers) {
	path := os.Getenv("PEERATLAS_CAPTURE")
	if path == "" {
		path = "../../testdata/office.pcapng"
	}
	f, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	d := packet.NewDecoder()
	dst := make([]capture.Packet, 256)
	for err == nil && len(hs) < 1_000_000 {
		var n int
		n, err = f.ReadBatch(dst)
		for _, p := range dst[:n] {
			var h packet.Headers
			if d.Decode(p.LinkType, p.Data, int(p.OriginalLength), &h) == packet.OK {
				ts, frames, hs = append(ts, p.Timestamp), append(frames, uint32(len(frames)+1)), append(hs, h)
			}
		}
	}
	return ts, frames, hs
}
