package store

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
)

// slow is a store whose Write waits, and fails as often as it is told to.
type slow struct {
	Store
	gate    chan bool // a Write passes when it is closed
	mutex   sync.Mutex
	fails   int
	batches []Batch
}

func (s *slow) Write(ctx context.Context, b *Batch) error {
	select {
	case <-s.gate:
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.fails > 0 {
		s.fails--
		return errors.New("no space left")
	}
	s.batches = append(s.batches, *b)
	return nil
}

// record is a flow that is judged so; n makes it another one.
func record(j classify.Judgement, n uint32) *report.Record {
	r := &report.Record{Home: [2]bool{true, false}, Location: [2]geo.Location{{Country: geo.Private}, {Country: "DE"}}}
	f := &r.Flow
	f.Key.Addr = [2]packet.Addr{packet.AddrFrom(netip.MustParseAddr("10.0.0.1")), packet.AddrFrom(netip.AddrFrom4([4]byte{192, byte(n >> 16), byte(n >> 8), byte(n)}))}
	f.Key.Port, f.Key.Protocol = [2]uint16{4000, 5000}, packet.UDP
	f.Start, f.End, f.FirstFrame = int64(n)*1e6, int64(n)*1e6+1e9, n+1
	f.Packets, f.Payloads = [2]uint32{3, 2}, [2]uint32{3, 2}
	f.SetOctets(0, 300)
	f.SetOctets(1, 200)
	r.Verdict = classify.Verdict{Judgement: j, Probability: 0.97, Family: "skype", Path: classify.Direct, Peer: [2]bool{false, true}}
	return r
}

// A store that does not take anything costs the watch no time; what finds no room is counted and told.
func TestRecorderNeverWaits(t *testing.T) {
	s := &slow{gate: make(chan bool)}
	c := NewRecorder(s, Run{Sensor: "s", Kind: KindWatch}, RecorderOptions{Flush: time.Millisecond, Queue: 100_000})
	const all = 5000
	began := time.Now()
	for n := range uint32(all) {
		if err := c.Add(record(classify.P2P, n)); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("%d records took %s", all, took)
	}
	close(s.gate)
	err := c.Close()
	stored := 0
	for _, b := range s.batches {
		stored += len(b.Flows)
	}
	if stored == 0 || stored == all || err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%d records found no room", all-stored)) {
		t.Errorf("%d of %d stored: %v", stored, all, err)
	}
	if lost := s.batches[len(s.batches)-1].Run.NotStored; lost != uint64(all-stored) {
		t.Errorf("the store was told of %d, want %d", lost, all-stored)
	}
}

// What fails is told once, and written again as it was until it is taken.
func TestRecorderTriesAgain(t *testing.T) {
	s := &slow{gate: make(chan bool), fails: 7}
	close(s.gate)
	var words []string
	var one sync.Mutex
	tell := func(w string) { one.Lock(); words = append(words, w); one.Unlock() }
	c := NewRecorder(s, Run{Sensor: "s", Kind: KindWatch}, RecorderOptions{Flush: time.Millisecond, Tell: tell})
	for n := range uint32(300) {
		c.Add(record(classify.P2P, n))
		c.Add(record(classify.Other, n+1000))
		if n%100 == 0 {
			time.Sleep(5 * time.Millisecond)
		}
	}
	c.Finish(report.Coverage{Packets: 7})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	flows, others, last := 0, uint64(0), uint64(0)
	for _, b := range s.batches {
		flows += len(b.Flows)
		for _, x := range b.Totals {
			others += x.Flows
		}
		if b.Number != last+1 {
			t.Errorf("batch %d after %d", b.Number, last)
		}
		last = b.Number
	}
	if flows != 300 || others != 300 {
		t.Errorf("%d flows and %d others, want 300 each", flows, others)
	}
	if end := s.batches[len(s.batches)-1].Run; !end.Ended || end.Coverage.Packets != 7 {
		t.Errorf("the end was told as %+v", end)
	}
	if len(words) != 2 || !strings.Contains(words[0], "no space left") || !strings.Contains(words[1], "goes on") {
		t.Errorf("told %q", words)
	}
}

// A watch whose store is away to the end says so within some seconds.
func TestRecorderEndsWithoutItsStore(t *testing.T) {
	s := &slow{gate: make(chan bool)}
	c := NewRecorder(s, Run{Sensor: "s"}, RecorderOptions{Flush: time.Hour})
	c.Add(record(classify.P2P, 1))
	began := time.Now()
	if err := c.Close(); err == nil || !strings.Contains(err.Error(), "the latest records are not in it") || time.Since(began) > closeTime+2*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

// A flow is stored while it runs, again when it has changed, and one that is no peer in the end as that.
func TestRunning(t *testing.T) {
	file := t.TempDir() + "/x.db"
	s := open(t, file)
	c := NewRecorder(s, Run{Sensor: "s", Kind: KindWatch}, RecorderOptions{Flush: time.Hour})
	r := record(classify.Likely, 1)
	c.Running(r)
	c.Running(r)
	if n := len(c.g.flows); n != 1 {
		t.Errorf("%d records of a flow that did not change", n)
	}
	r.Flow.SetOctets(0, 900)
	c.Running(r)
	if n := len(c.g.flows); n != 1 || c.g.flows[0].Out != 900 {
		t.Errorf("%d records of a flow that changed between two writes", n)
	}
	r.Verdict.Judgement = classify.Other
	c.Running(r)
	c.Add(r)
	c.Running(record(classify.Other, 2))
	c.Add(record(classify.Other, 2))
	if len(c.running) != 0 {
		t.Errorf("%d flows are thought to run", len(c.running))
	}
	c.Finish(report.Coverage{})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if n := count(t, s, "SELECT count(*) FROM flow WHERE final AND verdict = 'other'"); n != 1 || count(t, s, "SELECT count(*) FROM flow") != 1 {
		t.Errorf("%d flows", n)
	}
	sum, err := Summarize(context.Background(), s, Query{}, SummaryOptions{})
	if err != nil || sum.Totals.Flows != 2 || sum.Totals.OtherFlows != 2 {
		t.Errorf("%+v, %v", sum.Totals, err)
	}
}

// A flood of hosts and times takes bounded memory, and no flow is lost of the count.
func TestTallyIsBounded(t *testing.T) {
	var y tally
	const all = 3 * mostTallies
	counted := uint64(0)
	for n := range uint32(all) {
		r := record(classify.Other, n)
		r.Flow.Key.Addr[0] = packet.AddrFrom(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}))
		r.Flow.Start = 0
		if y.add(r) {
			counted++
		}
	}
	sum := uint64(0)
	list := y.take(1)
	for _, x := range list {
		sum += x.Flows
	}
	if sum != all || counted != all || len(list) > mostTallies+2 {
		t.Errorf("%d flows of %d in %d sums", sum, all, len(list))
	}
	for n := range uint32(all) {
		r := record(classify.Other, n)
		r.Flow.Start = int64(n) * 1e12
		y.add(r)
	}
	if n := len(y.sums); n > 2*mostTallies {
		t.Errorf("%d sums", n)
	}
}
