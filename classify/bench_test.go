package classify_test

import (
	"os"
	"testing"
	"time"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
)

// BenchmarkObserve is the stage "classify" over the capture that PEERATLAS_CAPTURE names, else
// the largest of testdata: the time that Observe takes for each batch, after reading, decoding
// and table, whose time is not counted.
func BenchmarkObserve(b *testing.B) {
	path := os.Getenv("PEERATLAS_CAPTURE")
	if path == "" {
		path = "../testdata/office.pcapng"
	}
	home := func(a packet.Addr) bool { return a.Is4() && (a[12] == 10 || a[12] == 192 && a[13] == 168) }
	var spent time.Duration
	packets := 0
	b.ReportAllocs()
	for b.Loop() {
		s := newObserved(b, path, classify.New(classify.Options{Home: home, Brief: true}, nil))
		for s.next() {
			start := time.Now()
			s.classifier.Observe(s.entries[:s.n], s.ts[:s.n], s.frames[:s.n], s.headers[:s.n], s.data[:s.n])
			spent += time.Since(start)
			packets += s.n
		}
	}
	b.ReportMetric(float64(spent.Nanoseconds())/float64(packets), "ns/packet")
}

// observed is a capture as the classifier sees it, batch by batch.
type observed struct {
	b          *testing.B
	source     *capture.Files
	decoder    *packet.Decoder
	table      *flow.Table
	classifier *classify.Classifier
	err        error
	n          int
	frame      uint32
	packets    [flow.BatchSize]capture.Packet
	headers    [flow.BatchSize]packet.Headers
	ts         [flow.BatchSize]int64
	frames     [flow.BatchSize]uint32
	data       [flow.BatchSize][]byte
	entries    [flow.BatchSize]flow.Entry
}

func newObserved(b *testing.B, path string, c *classify.Classifier) *observed {
	source, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { source.Close() })
	return &observed{b: b, source: source, decoder: packet.NewDecoder(), classifier: c, table: flow.NewTable(flow.Options{}, c.Forget)}
}

// next fills the batch, and tells whether there was anything left.
func (s *observed) next() bool {
	if s.err != nil {
		return false
	}
	var n int
	n, s.err = s.source.ReadBatch(s.packets[:])
	s.n = 0
	for i := range s.packets[:n] {
		p := &s.packets[i]
		s.frame++
		if h := &s.headers[s.n]; s.decoder.Decode(p.LinkType, p.Data, int(p.OriginalLength), h) == packet.OK {
			s.ts[s.n], s.frames[s.n], s.data[s.n] = p.Timestamp, s.frame, p.Data
			s.n++
		}
	}
	s.table.Update(s.ts[:s.n], s.frames[:s.n], s.headers[:s.n], s.entries[:])
	return true
}
