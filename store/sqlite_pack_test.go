package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/report"
)

// plain hides that a store adds up flows faster than one by one.
type plain struct{ Store }

var listKinds = []string{report.ListCountries, report.ListHosts, report.ListPeers}

// sameLists holds the lists of a store against those that are made of all flows, one by one.
func sameLists(t *testing.T, s Store, q Query) {
	t.Helper()
	for _, kind := range listKinds {
		got, err := List(context.Background(), s, q, kind)
		if err != nil {
			t.Fatal(err)
		}
		want, err := List(context.Background(), plain{s}, q, kind)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s of %+v:\ngot  %+v\nwant %+v", kind, q, got, want)
		}
	}
}

// someFlow is a flow somewhere in three days, of few hosts and peers.
func someFlow(t *testing.T, random *rand.Rand, run *Run, n uint64) Flow {
	r := record(classify.Judgement(2+random.IntN(2)), uint32(random.IntN(40)))
	f := &r.Flow
	f.Key.Addr[0] = packet.AddrFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(random.IntN(3))}))
	f.Key.Port[1] = uint16(random.IntN(3))
	f.Start = time.Date(2026, 11, 20, 22, 0, 0, 0, time.UTC).UnixNano() + int64(random.IntN(100))*int64(30*time.Minute)
	f.End = f.Start + []int64{0, 5e9, 59 * 60e9, 3600e9, 9 * 3600e9}[random.IntN(5)]
	r.Location[1].Country = []string{"DE", "FR"}[random.IntN(2)]
	r.Verdict.Probability = float64(random.IntN(4)) / 4
	r.Verdict.Evidence = []classify.Evidence{{Claim: "a", Counted: 1, Detail: fmt.Sprint(n)}}
	if random.IntN(5) == 0 {
		r.Verdict.Reported = []classify.Reported{{Addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(random.IntN(5))}), 1), By: "stun"}}
	}
	out, err := flowOf(r, run, n, random.IntN(4) > 0)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// someQuery asks for any part of the time that someFlow reaches.
func someQuery(random *rand.Rand) (q Query) {
	at := func() time.Time {
		step := []time.Duration{time.Hour, 7 * time.Minute, 24 * time.Hour}[random.IntN(3)]
		return time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.IntN(80)) * step)
	}
	if random.IntN(3) > 0 {
		q.Since = at()
	}
	if random.IntN(3) > 0 {
		q.Until = at()
	}
	if random.IntN(4) == 0 {
		q.Country = "DE"
	}
	if random.IntN(4) == 0 {
		q.Sensor = "b"
	}
	if random.IntN(4) == 0 {
		q.Host = netip.MustParsePrefix([]string{"10.0.0.1/32", "192.0.0.7/32", "10.0.0.0/31"}[random.IntN(3)])
	}
	return q
}

// Whatever is written, rewritten, replaced and removed, the lists are those of the flows that are there.
func TestPacksTellOfAllFlows(t *testing.T) {
	ctx := context.Background()
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 3))
		s, err := OpenSQLite(ctx, filepath.Join(t.TempDir(), "x.db"))
		if err != nil {
			t.Fatal(err)
		}
		runs := []Run{{ID: 1, Sensor: "a", Origin: "x"}, {ID: 2, Sensor: "b", Origin: "x"}, {ID: 3, Sensor: "a", Origin: "x"}}
		packed := 0
		for n := range uint64(15) {
			run := &runs[random.IntN(len(runs))]
			b := &Batch{Run: *run, Replace: random.IntN(20) == 0, Number: n}
			b.Run.Ended = random.IntN(2) == 0
			for range random.IntN(30) {
				b.Flows = append(b.Flows, someFlow(t, random, run, random.Uint64N(1000)))
			}
			if err := s.Write(ctx, b); err != nil {
				t.Fatal(err)
			}
			if random.IntN(6) == 0 {
				if _, err := s.Retain(ctx, Retention{Age: time.Hour}, time.Date(2026, 11, 20, 23, 0, 0, 0, time.UTC).Add(time.Duration(n)*time.Hour)); err != nil {
					t.Fatal(err)
				}
			}
			packed += count(t, s, "SELECT count(*) FROM flow WHERE loose = 0")
			if n := count(t, s, "SELECT count(*) FROM flow WHERE loose = -1"); n > 0 {
				t.Fatalf("%d flows are in packs of which nobody knows that they are old", n)
			}
			sameLists(t, s, Query{})
			for range 3 {
				sameLists(t, s, someQuery(random))
			}
		}
		if packed == 0 {
			t.Fatal("nothing was packed")
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// What flows are passed, and in what order, rests on no way that leads to them.
func TestFlowsInPages(t *testing.T) {
	ctx := context.Background()
	random := rand.New(rand.NewPCG(5, 5))
	s, err := OpenSQLite(ctx, filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for id := range int64(4) {
		run := Run{ID: 9 - id, Sensor: []string{"a", "b"}[id%2], Origin: fmt.Sprint(id), Began: time.Unix(id/2, 0)}
		b := &Batch{Run: run}
		for n := range uint64(60) {
			b.Flows = append(b.Flows, someFlow(t, random, &run, n))
		}
		if err := s.Write(ctx, b); err != nil {
			t.Fatal(err)
		}
	}
	ids := func(q Query) (out []string) {
		err := s.Flows(ctx, q, func(f *Flow) error {
			out = append(out, fmt.Sprint(f.Run, f.Number))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for range 300 {
		q := someQuery(random)
		q.P2P = random.IntN(3) == 0
		if random.IntN(4) == 0 {
			q.Host = netip.MustParsePrefix([]string{"10.0.0.1/32", "10.0.0.0/31", "192.0.0.0/28"}[random.IntN(3)])
		}
		all := ids(q)
		// By hand: of all flows those that q asks for.
		want := []string(nil)
		since, until := q.bounds()
		err := s.Flows(ctx, Query{}, func(f *Flow) error {
			if f.End >= since && f.Start < until && (q.Country == "" || f.Country == q.Country) && (q.Sensor == "" || f.Sensor == q.Sensor) &&
				(!q.P2P || f.Verdict == "p2p") && (!q.Host.IsValid() || within(q.Host, f.Host) || within(q.Host, f.Peer)) {
				want = append(want, fmt.Sprint(f.Run, f.Number))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(all, want) {
			t.Fatalf("%+v: %d flows, want %d", q, len(all), len(want))
		}
		var pages []string
		for q.Most = 7; ; q.Skip += 7 {
			page := ids(q)
			pages = append(pages, page...)
			if len(page) < 7 {
				break
			}
		}
		if !reflect.DeepEqual(pages, all) {
			t.Fatalf("%+v: pages have %d flows, want %d", q, len(pages), len(all))
		}
	}
}
