package pipeline

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"os"
	"strings"
	"testing"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
)

// mark is a payload that the faulty parts of these tests cannot bear.
const mark = "a payload that a faulty detector panics on"

// markedCapture is plain.pcap with two UDP packets of one flow of its own, which bear the mark,
// behind its first packets: in the middle of a batch. It returns the number of the first.
func markedCapture(t *testing.T) (data []byte, first uint32) {
	t.Helper()
	plain, err := os.ReadFile("../testdata/plain.pcap")
	if err != nil {
		t.Fatal(err)
	}
	if binary.LittleEndian.Uint32(plain) != 0xa1b2c3d4 || binary.LittleEndian.Uint32(plain[20:]) != 1 {
		t.Fatal("plain.pcap is no little-endian Ethernet capture of microseconds")
	}
	at := 24
	for range 10 {
		at += 16 + int(binary.LittleEndian.Uint32(plain[at+8:]))
	}
	h := packet.Headers{Protocol: packet.UDP, SrcPort: 40123, DstPort: 40124,
		Src: packet.AddrFrom(netip.MustParseAddr("10.0.0.77")), Dst: packet.AddrFrom(netip.MustParseAddr("203.0.113.77"))}
	frame := udpFrame(&h, mark)
	record := bytes.Clone(plain[at : at+8]) // the time of the packet that comes next
	record = binary.LittleEndian.AppendUint32(record, uint32(len(frame)))
	record = binary.LittleEndian.AppendUint32(record, uint32(len(frame)))
	record = append(record, frame...)
	data = append(bytes.Clone(plain[:at]), record...)
	data = append(append(data, record...), plain[at:]...)
	return data, 11
}

// udpFrame is an Ethernet frame of an IPv4 datagram, without checksums.
func udpFrame(h *packet.Headers, payload string) []byte {
	f := []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0}
	f = binary.BigEndian.AppendUint16(f, uint16(28+len(payload)))
	f = append(f, 0, 1, 0, 0, 64, 17, 0, 0)
	f = append(append(f, h.Src[12:]...), h.Dst[12:]...)
	for _, n := range []uint16{h.SrcPort, h.DstPort, uint16(8 + len(payload)), 0} {
		f = binary.BigEndian.AppendUint16(f, n)
	}
	return append(f, payload...)
}

// judgedBy runs a street over data and returns the verdict of each flow by its key and first packet.
func judgedBy(t *testing.T, data []byte, o Options, alter func(*street)) (map[string]string, *Result) {
	t.Helper()
	source, err := capture.Open([]string{"-"}, capture.Options{Stdin: bytes.NewReader(data)})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	o.Home, _ = geo.ParseHome(nil)
	out := map[string]string{}
	o.Write = func(r *report.Record) error {
		v := r.Verdict
		out[fmt.Sprint(r.Flow.Key, r.Flow.FirstFrame)] = fmt.Sprint(r.Flow.Packets, v.Judgement, v.Probability, v.Family, v.Service, v.Evidence)
		return nil
	}
	s := newStreet(source, o)
	if alter != nil {
		alter(s)
	}
	res, err := s.run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return out, res
}

// onMark is a detector of UDP that does something to the flow of a marked payload.
func onMark(do func(*classify.Observation)) []classify.Detector {
	return append(classify.Detectors(), classify.Detector{Name: "faulty", Transport: packet.UDP, Detect: func(o *classify.Observation) {
		if string(o.Payload) == mark {
			do(o)
		}
	}})
}

// A fault costs the flow that it befell; all others are judged as without it.
func TestPanicIsCaughtAndTold(t *testing.T) {
	data, first := markedCapture(t)
	want, sound := judgedBy(t, data, Options{}, nil)
	if sound.Coverage.Panics != 0 || sound.Damaged {
		t.Fatalf("without a fault: %d panics, %s", sound.Coverage.Panics, sound.Coverage.Panic)
	}
	tests := []struct {
		name   string
		ds     []classify.Detector
		panics uint64
		words  string
	}{
		// The second packet of the flow is not examined: one panic, not two.
		{"detector", onMark(func(*classify.Observation) { panic("on the mark") }), 1, "observing: on the mark (guard_test.go:"},
		{"detector, of the runtime", onMark(func(o *classify.Observation) { _ = o.Payload[len(o.Payload)+o.Length] }), 1,
			"observing: runtime error: index out of range"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, res := judgedBy(t, data, Options{detectors: tt.ds}, nil)
			c := &res.Coverage
			if c.Panics != tt.panics || c.PanicFrame != first || !strings.HasPrefix(c.Panic, tt.words) || !res.Damaged {
				t.Errorf("%d panics, the first at packet %d, %q, damaged %v", c.Panics, c.PanicFrame, c.Panic, res.Damaged)
			}
			if len(got) != len(want) {
				t.Errorf("%d flows, want %d", len(got), len(want))
			}
			for k, v := range want { // the flow itself may tell less: its second payload was not examined
				if got[k] != v && !strings.Contains(k, "40123 40124") {
					t.Errorf("%s: %s, want %s", k, got[k], v)
				}
			}
			if lines := strings.Join(c.LossLines(), "\n"); !strings.Contains(lines, "first at packet 11 (observing: ") {
				t.Errorf("told as %q", lines)
			}
		})
	}
}

// A flow that cannot be weighed is written without a verdict, and the rest is weighed without it.
func TestPanicOfJudgement(t *testing.T) {
	data, first := markedCapture(t)
	want, _ := judgedBy(t, data, Options{}, nil)
	// The second packet, the flow's last, loses the flow's handle: judging cannot follow it.
	seen := 0
	got, res := judgedBy(t, data, Options{detectors: onMark(func(o *classify.Observation) {
		if seen++; seen == 2 {
			o.Flow.State = 1<<32 - 1
		}
	})}, nil)
	c := &res.Coverage
	if c.Panics != 2 || c.PanicFrame != first || !strings.HasPrefix(c.Panic, "judging: runtime error") || !res.Damaged {
		t.Errorf("%d panics, the first at packet %d, %q", c.Panics, c.PanicFrame, c.Panic)
	}
	if len(got) != len(want) {
		t.Fatalf("%d flows written, want %d", len(got), len(want))
	}
	differ := 0
	for k, v := range want {
		if got[k] == v {
			continue
		}
		if differ++; !strings.Contains(got[k], classify.Unknown.String()) {
			t.Errorf("%s: %s, want %s", k, got[k], v)
		}
	}
	if differ != 1 {
		t.Errorf("%d flows are judged otherwise, want the faulty one", differ)
	}
}

// withoutDecoder shows a source's first packets again and again for one batch, and then three of
// them while the street has no decoder.
type withoutDecoder struct {
	Source
	s     *street
	shown []capture.Packet
}

func (w *withoutDecoder) ReadBatch(dst []capture.Packet) (int, error) {
	if w.shown != nil {
		w.s.decoder = nil
		return copy(dst, w.shown[:3]), io.EOF
	}
	w.shown = make([]capture.Packet, 10)
	n, err := w.Source.ReadBatch(w.shown)
	for i := range dst {
		dst[i] = w.shown[i%n]
	}
	return len(dst), err
}

func TestPanicOfDecoding(t *testing.T) {
	data, _ := markedCapture(t)
	_, res := judgedBy(t, data, Options{}, func(s *street) { s.source = &withoutDecoder{Source: s.source, s: s} })
	c := &res.Coverage
	if c.Panics != 3 || c.PanicFrame != batchSize+1 || !strings.HasPrefix(c.Panic, "decoding: runtime error") || !res.Damaged {
		t.Errorf("%d panics, the first at packet %d, %q", c.Panics, c.PanicFrame, c.Panic)
	}
	sum := c.InFlows + c.Filtered
	for _, n := range c.NotFlows {
		sum += n.Number
	}
	if sum != batchSize+3 {
		t.Errorf("%d of %d packets accounted for", sum, batchSize+3)
	}
}

// faultyPlaces panics when it is asked for one address.
type faultyPlaces struct{ at netip.Addr }

func (f faultyPlaces) Locate(a netip.Addr) geo.Location {
	if a == f.at {
		panic("no such place")
	}
	return geo.Location{Country: geo.Unknown}
}

func TestPanicOfDatabase(t *testing.T) {
	data, _ := markedCapture(t)
	want, _ := judgedBy(t, data, Options{}, nil)
	got, res := judgedBy(t, data, Options{Locator: faultyPlaces{netip.MustParseAddr("203.0.113.77")}}, nil)
	if c := &res.Coverage; c.Panics != 1 || !maps.Equal(got, want) {
		t.Errorf("%d panics (%s), verdicts as without: %v", c.Panics, c.Panic, maps.Equal(got, want))
	}
}

// faultyRecords panics in its second batch.
type faultyRecords struct {
	Source
	calls int
}

func (f *faultyRecords) ReadBatch(dst []capture.Packet) (int, error) {
	if f.calls++; f.calls == 2 {
		panic("no such record")
	}
	return f.Source.ReadBatch(dst[:5])
}

func TestPanicOfReading(t *testing.T) {
	data, _ := markedCapture(t)
	got, res := judgedBy(t, data, Options{}, func(s *street) { s.source = &faultyRecords{Source: s.source} })
	if c := &res.Coverage; c.Panics != 1 || c.PanicFrame != 6 || !res.Damaged || len(got) == 0 {
		t.Errorf("%d panics at packet %d, %d flows", c.Panics, c.PanicFrame, len(got))
	}
}
