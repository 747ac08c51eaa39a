package pipeline

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

// script is a source that gives its steps one by one, with a look after each; where a step has no
// packets, nothing comes for a while.
type script struct {
	steps   [][]capture.Packet
	at      int
	pause   bool
	silence time.Duration // of a step without packets
	stats   capture.Stats
}

func (s *script) ReadBatch(dst []capture.Packet) (int, error) {
	if s.pause = !s.pause; !s.pause {
		return 0, nil
	}
	if s.at == len(s.steps) {
		return 0, io.EOF
	}
	n := copy(dst, s.steps[s.at])
	if n < len(s.steps[s.at]) {
		s.steps[s.at] = s.steps[s.at][n:]
	} else {
		s.at++
	}
	if n == 0 {
		time.Sleep(s.silence)
		s.pause = false
	}
	s.stats.Packets += uint64(n)
	return n, nil
}

func (s *script) Stats() capture.Stats { return s.stats }
func (s *script) Close() error         { return nil }

// datagram is a packet of one flow of noise, at seconds after the beginning.
func datagram(at float64, port uint16, size int) []capture.Packet {
	t := newTown(0, 0)
	t.now += int64(at * 1e9)
	h := packet.Headers{Protocol: packet.UDP, SrcPort: 20000, DstPort: port}
	h.Src, h.Dst = packet.Addr{10: 0xff, 11: 0xff, 12: 10, 15: 9}, packet.Addr{10: 0xff, 11: 0xff, 12: 203, 15: 9}
	noise := make([]byte, size)
	for i := range noise {
		noise[i] = byte(t.random.Uint32())
	}
	t.send(&h, noise)
	return t.queue
}

// fetch is a whole connection that fetches a page.
func fetch(at float64, port uint16) []capture.Packet {
	t := newTown(9, 1)
	t.made = 8
	t.now += int64(at * 1e9)
	t.one()
	return t.queue
}

// acts runs a watch over steps, and returns the records by the number of looks that were taken before
// they were written, and the looks.
func acts(t *testing.T, source *script, alter func(*WatchOptions)) (records [][]report.Record, looks []*report.Look) {
	t.Helper()
	home, _ := geo.ParseHome(nil)
	records = [][]report.Record{nil}
	o := WatchOptions{Options: Options{Home: home}, due: func() bool { return true }}
	o.Write = func(r *report.Record) error {
		n := len(records) - 1
		records[n] = append(records[n], *r)
		return nil
	}
	o.Tell = func(l *report.Look) error {
		looks, records = append(looks, l), append(records, nil)
		return nil
	}
	if alter != nil {
		alter(&o)
	}
	if _, err := Watch(t.Context(), source, o); err != nil {
		t.Fatal(err)
	}
	return records, looks
}

func TestWatchEndsFlows(t *testing.T) {
	other := func(at float64) []capture.Packet { return datagram(at, 9999, 40) }
	held := func(looks []*report.Look) (n []uint64) {
		for _, l := range looks {
			n = append(n, l.Load.Flows)
		}
		return n
	}
	written := func(records [][]report.Record) (n []int) {
		for _, r := range records {
			n = append(n, len(r))
		}
		return n[:len(n)-1]
	}
	tests := []struct {
		name    string
		steps   [][]capture.Packet
		written []int    // before each look
		held    []uint64 // at each look
		reason  flow.EndReason
	}{
		// The page is recognised and alone: nobody misses it.
		{"closed", [][]capture.Packet{fetch(0, 1), other(3), other(6)}, []int{0, 0, 1, 1}, []uint64{1, 2, 1, 1}, flow.EndOfFlow},
		{"silent, then forgotten", [][]capture.Packet{datagram(0, 7000, 60), other(299), other(301), other(590), other(880), other(910)},
			[]int{0, 0, 1, 0, 0, 0, 1}, []uint64{1, 2, 2, 2, 2, 1, 1}, flow.IdleTimeout},
		{"begun anew by a late packet", [][]capture.Packet{datagram(0, 7000, 60), datagram(400, 7000, 60)}, []int{0, 1, 1}, []uint64{1, 2, 2}, flow.IdleTimeout},
		{"the clock is set back", [][]capture.Packet{datagram(4000, 7000, 60), other(0), other(10)}, []int{0, 1, 0, 1}, []uint64{1, 1, 1, 1}, flow.IdleTimeout},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			records, looks := acts(t, &script{steps: tt.steps}, nil)
			if w, h := written(records), held(looks); !slices.Equal(w, tt.written) || !slices.Equal(h, tt.held) {
				t.Errorf("written %v, want %v; held %v, want %v", w, tt.written, h, tt.held)
			}
			for _, of := range records {
				if len(of) > 0 {
					if got := of[0].Flow.EndReason; got != tt.reason {
						t.Errorf("ended for reason %d, want %d", got, tt.reason)
					}
					break
				}
			}
			if last := looks[len(looks)-1]; last.Since.Flows != 2 || last.Since.Written != 2 || last.Load.Flows+last.Load.Forgotten != 2 {
				t.Errorf("%+v %+v", last.Since, last.Load)
			}
			for i, l := range looks {
				if i > 0 && (l.Since.Flows < looks[i-1].Since.Flows || l.Since.Octets < looks[i-1].Since.Octets) {
					t.Errorf("sums shrink: %+v, then %+v", looks[i-1].Since, l.Since)
				}
			}
		})
	}
}

// Where no packets come, this machine's clock ends flows; and no look judges again before that.
func TestWatchEndsFlowsBySilence(t *testing.T) {
	source := &script{steps: [][]capture.Packet{datagram(0, 7000, 60), nil, nil, nil, nil, nil, nil, nil}, silence: 400 * time.Millisecond}
	records, looks := acts(t, source, func(o *WatchOptions) { o.IdleTimeout = 1500 * time.Millisecond })
	before, when := 0, -1
	for i, of := range records {
		if len(of) > 0 {
			when = i
			break
		}
	}
	for i := 1; i < when; i++ {
		if looks[i].Summary == looks[i-1].Summary {
			before++
		}
	}
	if when < 4 || when > 6 || before != when-1 {
		t.Errorf("written before look %d of %d, %d without a new judgement", when, len(looks), before)
	}
}

// A flow that runs on is cut, its pieces are let go, and what they share is given back.
func TestWatchCutsFlows(t *testing.T) {
	var steps [][]capture.Packet
	for i := range 60 {
		steps = append(steps, datagram(float64(i), 7000, 60))
	}
	records, looks := acts(t, &script{steps: steps}, func(o *WatchOptions) { o.ActiveTimeout = 10 * time.Second })
	packets, pieces := uint32(0), 0
	for _, of := range records {
		for _, r := range of {
			packets += r.Flow.Packets[0] + r.Flow.Packets[1]
			if pieces++; pieces <= 5 && r.Flow.EndReason != flow.ActiveTimeout || r.Flow.Continues() != (pieces > 1) {
				t.Errorf("piece %d: %+v", pieces, r.Flow)
			}
		}
	}
	if pieces != 6 || packets != 60 {
		t.Errorf("%d pieces with %d packets", pieces, packets)
	}
	for _, l := range looks {
		if l.Load.Flows != 1 {
			t.Errorf("look %d: %d flows held", l.Number, l.Load.Flows)
		}
	}
}

// A call that goes on for hours is what it was found to be when its siblings ended long ago.
func TestWatchHoldsOnToWorkingSockets(t *testing.T) {
	packets := packetsIn(t, "../testdata/skype-classic.pcap")
	want, _ := judgedBy(t, pcapngOf(packets, 1, 0, 0), Options{}, nil)
	steps := [][]capture.Packet{}
	for from := 0; from < len(packets); from += 500 {
		steps = append(steps, packets[from:min(from+500, len(packets))])
	}
	// The latest packet that belongs to a flow which only its socket proves comes again each minute.
	var again capture.Packet
	var key flow.Key
	decoder := packet.NewDecoder()
	for _, p := range packets {
		var h packet.Headers
		if decoder.Decode(p.LinkType, p.Data, int(p.OriginalLength), &h) != packet.OK {
			continue
		}
		k, _ := flow.KeyOf(&h)
		for name, v := range want {
			if strings.HasPrefix(name, fmt.Sprint(k)) && strings.Contains(v, "socket.skype_ids") || strings.HasPrefix(name, fmt.Sprint(k)) && strings.Contains(v, "message ids rise") {
				again, key = p, k
			}
		}
	}
	if again.Data == nil {
		t.Fatal("no flow is proven by its socket")
	}
	last := packets[len(packets)-1].Timestamp
	for i := range 180 {
		p := again
		p.Timestamp = last + int64(i+1)*int64(time.Minute)
		steps = append(steps, []capture.Packet{p})
	}
	records, looks := acts(t, &script{steps: steps}, func(o *WatchOptions) { o.ActiveTimeout = -1 })
	found := false
	for _, of := range records {
		for _, r := range of {
			if r.Flow.Key == key && r.Flow.End > last {
				found = true
				if r.Verdict.Judgement != classify.P2P {
					t.Errorf("after three hours it is judged %v: %v", r.Verdict.Judgement, r.Verdict.Evidence)
				}
			}
		}
	}
	if l := looks[len(looks)-1]; !found || l.Load.Flows < 10 || l.Load.Flows > heldOn+5 {
		t.Errorf("found %v, %d flows held", found, l.Load.Flows)
	}
}

// endless gives nothing, for ever.
type endless struct{ Source }

func (e endless) ReadBatch(dst []capture.Packet) (int, error) {
	n, err := e.Source.ReadBatch(dst)
	if err == io.EOF {
		time.Sleep(10 * time.Millisecond)
		err = nil
	}
	return n, err
}

// The end of its context ends a watch as the end of its source does.
func TestWatchIsEnded(t *testing.T) {
	want := ran(t, open(t, "../testdata/office.pcapng"), nil)
	ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
	defer cancel()
	s := new(said)
	o := WatchOptions{Options: s.options(), all: true, Look: 50 * time.Millisecond}
	o.ActiveTimeout = -1
	last := false
	o.Tell = func(l *report.Look) error { last = l.Last; return nil }
	res, err := Watch(ctx, endless{open(t, "../testdata/office.pcapng")}, o)
	if err != nil || !res.Interrupted || res.Coverage.Interrupted || !last {
		t.Fatalf("%v, %+v, last look %v", err, res, last)
	}
	if late := time.Until(mustDeadline(ctx)); late < -5*time.Second {
		t.Errorf("it took %v to end", -late)
	}
	if s.records.String() != want.records.String() {
		t.Error("other records than a Run's:", differ(s.records.Bytes(), want.records.Bytes()), s.records.Len(), want.records.Len(), res.Coverage.Packets)
	}
}

func mustDeadline(ctx context.Context) time.Time {
	d, _ := ctx.Deadline()
	return d
}

// tardy is an interface that gives a packet, returns nothing at once some times, and only then what
// the kernel held back.
type tardy struct {
	stop  func() // ends the watch
	calls int
}

func (s *tardy) ReadBatch(dst []capture.Packet) (int, error) {
	s.calls++
	switch s.calls {
	case 1:
		return copy(dst, datagram(0, 9999, 40)), nil
	case 2:
		s.stop()
		return 0, nil
	case 3, 4, 5:
		return 0, nil
	case 6:
		time.Sleep(heldBack / 3)
		return copy(dst, datagram(0.01, 9999, 40)), nil
	}
	time.Sleep(10 * time.Millisecond)
	return 0, nil
}

func (s *tardy) Stats() capture.Stats {
	n := uint64(min(s.calls, 1))
	if s.calls > 5 {
		n++
	}
	return capture.Stats{Packets: n, Live: make([]capture.LiveStats, 1)}
}

func (s *tardy) Close() error { return nil }

// What came before the end of a watch is read, though a read before it brings nothing.
func TestWatchReadsWhatIsHeldBackAtItsEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	packets := uint64(0)
	o := WatchOptions{Options: Options{Write: func(r *report.Record) error {
		packets += uint64(r.Flow.Packets[0]) + uint64(r.Flow.Packets[1])
		return nil
	}}, all: true}
	begun := time.Now()
	if _, err := Watch(ctx, &tardy{stop: cancel}, o); err != nil {
		t.Fatal(err)
	}
	if packets != 2 {
		t.Errorf("%d packets, want 2", packets)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %v to end", took)
	}
}
