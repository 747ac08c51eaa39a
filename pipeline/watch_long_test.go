package pipeline

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"peeratlas/geo"
	"peeratlas/report"
)

// TestWatchForWeeks lets a million flows pass (a short form by -short), with calls among them: memory
// stays, every flow is written once, and the calls are found in the end as in the beginning.
func TestWatchForWeeks(t *testing.T) {
	flows, apart := 1_000_000, 20*time.Millisecond // the calls are half an hour apart, so that none goes on
	if testing.Short() {
		flows, apart = 100_000, 200*time.Millisecond
	}
	town := newTown(flows, int64(apart))
	town.play, town.each = packetsIn(t, "../testdata/ice-call.pcapng"), flows/10
	home, _ := geo.ParseHome(nil)
	written, p2p := 0, map[string]int{}
	appeared, ended, batches := 0, 0, 0
	var heaps []uint64
	most := uint64(0)
	o := WatchOptions{Options: Options{Home: home, MaxFlows: 1 << 16, Brief: true, Write: func(r *report.Record) error {
		written++
		if r.Verdict.Judgement.String() == "p2p" {
			p2p[fmt.Sprint(r.Flow.Key)]++
		}
		return nil
	}}}
	o.due = func() bool { batches++; return batches%20 == 0 }
	var last *report.Look
	o.Tell = func(l *report.Look) error {
		for _, n := range l.News {
			if n.News&report.Appeared != 0 {
				appeared++
			}
			if n.News&report.Ended != 0 {
				ended++
			}
		}
		if l.Number%16 == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			heaps = append(heaps, m.HeapAlloc)
		}
		most = max(most, l.Load.Flows)
		last = l
		return nil
	}
	res, err := Watch(context.Background(), town, o)
	if err != nil {
		t.Fatal(err)
	}
	c := &res.Coverage
	if uint64(written) != c.Flows || c.Evicted != 0 || written < flows || last.Since.Flows != c.Flows {
		t.Errorf("%d flows written, %d counted, %d evicted, %d made, %+v", written, c.Flows, c.Evicted, flows, last.Since)
	}
	if len(p2p) == 0 || appeared != ended {
		t.Errorf("%d peer-to-peer flows; %d appeared, %d ended", len(p2p), appeared, ended)
	}
	for key, n := range p2p {
		if n != 10 {
			t.Errorf("%s is found %d times, played 10 times", key, n)
		}
	}
	first, final := heaps[len(heaps)/4], heaps[len(heaps)-1]
	t.Logf("%d flows, at most %d held, %d forgotten, %d looks; heap %.1f MB after a quarter, %.1f MB at the end", c.Flows, most,
		last.Load.Forgotten, last.Number, float64(first)/1e6, float64(final)/1e6)
	if final > first+first/5+4<<20 {
		t.Errorf("the heap grows: %v", heaps)
	}
	if most > 40_000 {
		t.Errorf("%d flows are held", most)
	}
}

// BenchmarkLook is what a look costs a flow that is held: of a capture (PEERATLAS_CAPTURE), or of
// a town's.
func BenchmarkLook(b *testing.B) {
	watchGeo.Load()
	sizes := []int{10_000, 100_000}
	path := os.Getenv("PEERATLAS_CAPTURE")
	if path != "" {
		sizes = []int{0}
	}
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var source Source = newTown(n, 1000)
			if path != "" {
				source = open(b, path)
			}
			home, _ := geo.ParseHome(nil)
			w := newWatching(source, WatchOptions{Options: Options{Home: home, Locator: watchGeo, Brief: true}, all: true, due: func() bool { return false }})
			w.s.crew.hire(w.s.lanes)
			defer w.s.crew.dismiss()
			if err := w.s.readAll(b.Context()); err != nil {
				b.Fatal(err)
			}
			w.s.crew.join()
			w.s.settle()
			b.ReportAllocs()
			held := 0
			for b.Loop() {
				w.fresh, held = true, 0
				if err := w.look(time.Now(), false); err != nil {
					b.Fatal(err)
				}
			}
			for _, l := range w.s.lanes {
				held += l.table.Len()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(max(held, 1)), "ns/flow")
			b.ReportMetric(float64(held), "flows")
		})
	}
}
