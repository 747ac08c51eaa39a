package store

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"peeratlas/classify"
	"peeratlas/report"
)

var (
	fleetFlows = flag.Int("fleet.flows", 20, "flows kept whole in each batch of BenchmarkFleet")
	fleetSums  = flag.Int("fleet.sums", 40, "sums in each batch of BenchmarkFleet")
	fleetAt    = flag.Int("fleet.connections", 8, "batches that BenchmarkFleet sends at the same time")
)

// fleetBatch is what one of many sensors sends at once.
func fleetBatch(sensor int, number uint64, flows, sums int) (*Batch, error) {
	r := Run{ID: int64(sensor + 1), Sensor: fmt.Sprintf("site-%05d", sensor), Kind: KindWatch, Origin: fmt.Sprint("watch ", sensor), Began: time.Now(), Program: "peeratlas"}
	r.Coverage = report.Coverage{Inputs: []string{"eth1"}, First: time.Now(), Last: time.Now(), Packets: number * 1e6}
	b := &Batch{Run: r, Number: number, Written: uint64(time.Now().UnixNano())}
	evidence := full().Verdict.Evidence
	for range flows {
		f := record(classify.P2P, rand.Uint32())
		f.Verdict.Evidence = evidence
		f.Flow.Start = time.Now().UnixNano() - rand.Int64N(10e9)
		f.Flow.End = f.Flow.Start + rand.Int64N(60e9)
		f.Flow.Key.Port[1] = uint16(rand.Uint32())
		f.Flow.SetOctets(0, rand.Uint64N(1e6))
		f.Location[1].Country = []string{"DE", "FR", "BR", "US", "JP", "IN", "GB", "PL"}[rand.IntN(8)]
		kept, err := flowOf(f, &r, rand.Uint64N(1e9), true)
		if err != nil {
			return nil, err
		}
		b.Flows = append(b.Flows, kept)
	}
	at := floor(time.Now().Unix(), 300)
	for range sums {
		b.Totals = append(b.Totals, Total{Run: r.ID, Interval: at, Host: fmt.Sprintf("10.%d.%d.%d", sensor>>8&255, sensor&255, rand.IntN(250)), Verdict: "other",
			Country: []string{"DE", "FR", "US"}[rand.IntN(3)], Family: []string{"dns", "tls", "http", "quic"}[rand.IntN(4)],
			Sums: Sums{Flows: rand.Uint64N(100), Packets: rand.Uint64N(1e5), Out: rand.Uint64N(1e7), In: rand.Uint64N(1e8), First: at * 1e9, Last: at*1e9 + rand.Int64N(3e11)}})
	}
	b.Spans = []Span{{Run: r.ID, Interval: at, First: at * 1e9, Last: time.Now().UnixNano(), Flows: 100, Packets: 1e6, Octets: 1e9}}
	return b, nil
}

// BenchmarkFleet has a server take batches of many sensors as fast as it does, each an operation:
//
//	go test ./store -run '^$' -bench Fleet -benchtime 3000x
//
// It tells rows and octets a second, what a row of each table takes on the disk when all is merged, and how
// many parts there were at most.
func BenchmarkFleet(b *testing.B) {
	s := newServer(b)
	ctx := context.Background()
	c := s.open(s.options())
	var next, rows atomic.Int64
	var most, failed atomic.Int64
	var all sync.WaitGroup
	began, cpu := time.Now(), serverTime(b, s)
	for range *fleetAt {
		all.Go(func() {
			for {
				n := next.Add(1)
				if n > int64(b.N) {
					return
				}
				batch, err := fleetBatch(int(n%10000), uint64(n), *fleetFlows, *fleetSums)
				if err == nil {
					err = c.send(ctx, batch)
				}
				if err != nil {
					if failed.Add(1) == 1 {
						b.Log(err)
					}
					continue
				}
				rows.Add(int64(2**fleetSums + 2**fleetFlows + 2)) // those by hour too
				if n%50 == 0 {
					parts := int64(s.value(c, "SELECT count() AS n FROM system.parts WHERE active AND database = 'traffic'"))
					for old := most.Load(); parts > old && !most.CompareAndSwap(old, parts); old = most.Load() {
					}
				}
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	b.ReportMetric(float64(b.N)/took.Seconds(), "batches/s")
	b.ReportMetric(float64(rows.Load())/took.Seconds(), "rows/s")
	b.ReportMetric((serverTime(b, s)-cpu)/took.Seconds(), "server-processors")
	b.ReportMetric(float64(most.Load()), "parts-at-most")
	b.ReportMetric(float64(failed.Load()), "failed")
	b.ReportMetric(float64(resident(b, s)), "server-MB")
	for _, table := range []string{"flow", "total", "hour", "span", "run"} {
		if err := c.exec(ctx, "OPTIMIZE TABLE traffic."+table+" FINAL"); err != nil {
			b.Log(err)
		}
		n := s.value(c, "SELECT sum(rows) AS n FROM system.parts WHERE active AND database = 'traffic' AND table = '"+table+"'")
		octets := s.value(c, "SELECT sum(bytes_on_disk) AS n FROM system.parts WHERE active AND database = 'traffic' AND table = '"+table+"'")
		b.ReportMetric(float64(octets)/float64(max(n, 1)), table+"-octets/row")
	}
	for name, ask := range map[string]func() error{
		"one-sensor": func() error {
			_, err := Summarize(ctx, c, Query{Sensor: "site-00007"}, SummaryOptions{})
			return err
		},
		"verdicts": func() error { _, err := c.Verdicts(ctx, time.Now().Add(-24*time.Hour)); return err },
		"latest":   func() error { _, err := c.Runs(ctx, Query{Latest: true}); return err },
	} {
		began := time.Now()
		if err := ask(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(time.Since(began).Milliseconds()), name+"-ms")
	}
}

// serverTime is the processor time that the server took so far, in seconds.
func serverTime(b *testing.B, s *server) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		b.Skip("only Linux tells the time of a process that runs: ", err)
	}
	_, after, _ := strings.Cut(string(text), ") ")
	var user, system float64
	fields := strings.Fields(after)
	fmt.Sscan(fields[11], &user)
	fmt.Sscan(fields[12], &system)
	return (user + system) / 100 // USER_HZ
}

// resident is the memory of the server in MB.
func resident(b *testing.B, s *server) (mb int) {
	b.Helper()
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	_, after, _ := strings.Cut(string(text), "VmRSS:")
	fmt.Sscan(after, &mb)
	return mb / 1000
}
