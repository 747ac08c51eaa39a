package store

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/report"
)

// A batch that is sent again, as after an answer that was lost, changes nothing; users, databases and
// tables that are wrong are told.
func TestClickHouse(t *testing.T) {
	ctx := context.Background()
	s := newServer(t)
	wrong := s.options()
	wrong.Password = "guess"
	if _, err := OpenClickHouse(ctx, wrong); err == nil || !strings.Contains(err.Error(), PasswordVariable) || strings.Contains(err.Error(), "guess") {
		t.Errorf("a wrong password: %v", err)
	}
	if _, err := ReadClickHouse(ctx, s.options()); err == nil || !strings.Contains(err.Error(), "no database of that name") {
		t.Errorf("reading what is not there: %v", err)
	}
	foreign := s.options()
	foreign.URL = strings.Replace(foreign.URL, "/traffic", "/system", 1)
	if _, err := OpenClickHouse(ctx, foreign); err == nil || !strings.Contains(err.Error(), "other tables") {
		t.Errorf("another's database: %v", err)
	}
	o := s.options()
	o.Days = 30
	c := s.open(o)
	s.open(s.options()) // the tables are there
	same := compareStores(t, c)
	b := same.last
	for range 3 {
		if err := c.Write(ctx, b); err != nil {
			t.Fatal(err)
		}
	}
	same.check("after the same batch came again")
	if n := s.value(c, "SELECT sum(flows) AS n FROM traffic.hour FINAL WHERE run IN "+c.live()); n != same.flows {
		t.Errorf("%d flows by hour, want %d", n, same.flows)
	}
	removed, err := c.Removed(ctx)
	if err != nil || time.Since(removed.Before).Round(24*time.Hour) != 30*24*time.Hour {
		t.Errorf("removed: %+v, %v", removed, err)
	}
	if more, err := c.Retain(ctx, Retention{}, time.Now()); more || err != nil {
		t.Errorf("retain: %v, %v", more, err)
	}
}

// both compares two stores that were given the same.
type both struct {
	t     *testing.T
	a, b  Store
	last  *Batch
	flows int
}

// tee writes to two stores.
type tee struct {
	Store
	also Store
	last *Batch
}

func (w *tee) Write(ctx context.Context, b *Batch) error {
	w.last = b
	if err := w.Store.Write(ctx, b); err != nil {
		return err
	}
	return w.also.Write(ctx, b)
}

// compareStores writes runs to c and to a SQLite store, and compares what they answer.
func compareStores(t *testing.T, c *ClickHouse) *both {
	t.Helper()
	w := &tee{Store: c, also: open(t, t.TempDir()+"/x.db")}
	x := &both{t: t, a: c, b: w.also}
	ctx := context.Background()
	for _, again := range []string{"first", "again"} { // the second takes the place of the first
		i := NewImporter(w, Run{Sensor: "it's", Program: again, Words: []string{"a.pcap"}})
		for n := range uint32(5000) {
			r := record([]classify.Judgement{classify.Other, classify.P2P, classify.Unknown, classify.Likely}[n%4], n*100)
			if n%4 == 0 {
				r.Verdict.Service, r.Flow.Key.Protocol = "dns", packet.TCP
			}
			if n == 1 {
				hostile := full()
				hostile.Verdict.Family = `x'); DROP TABLE run; -- \`
				r = hostile
			}
			if err := i.Add(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
		cov := report.Coverage{Packets: 25000, First: time.Unix(0, 0).UTC(), Last: time.Unix(500, 0).UTC(), Flows: 5000}
		host := classify.Host{Addr: full().Flow.Key.Addr[0].Netip(), Judgement: classify.P2P, Probability: 0.99, Evidence: full().Verdict.Evidence}
		socket := classify.Socket{Host: host.Addr, Protocol: "udp", Port: 4000, Flows: 9, P2P: 8, Evidence: full().Verdict.Evidence}
		if err := i.Finish(ctx, cov, nil, []classify.Host{host}, []classify.Socket{socket}); err != nil {
			t.Fatal(err)
		}
	}
	x.last, x.flows = w.last, 5000
	x.check("after two imports")
	if got, err := Summarize(ctx, c, Query{}, SummaryOptions{}); err != nil || got.Totals.Flows != 5000 || got.Totals.P2PFlows != 1250 {
		t.Errorf("%+v, %v", got.Totals, err)
	}
	return x
}

// check holds the two against each other.
func (x *both) check(when string) {
	x.t.Helper()
	ctx := context.Background()
	var counts [2]string
	for i, s := range []Store{x.a, x.b} {
		list, err := s.Verdicts(ctx, time.Unix(0, 0))
		if err != nil || len(list) < 4 {
			x.t.Errorf("%s: verdicts %+v, %v", when, list, err)
		}
		slices.SortFunc(list, func(a, b VerdictCount) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		counts[i] = fmt.Sprint(list)
	}
	if counts[0] != counts[1] {
		x.t.Errorf("%s: verdicts of ClickHouse are %s, of SQLite %s", when, counts[0], counts[1])
	}
	for n, q := range []Query{{}, {Since: time.Unix(100, 0)}, {Until: time.Unix(200, 0)}, {Since: time.Unix(100, 0), Until: time.Unix(101, 0)}, {Sensor: "it's"}, {Sensor: "none"},
		{Country: "DE"}, {Country: "x' OR '1'='1"}, {Host: netipPrefix("10.0.0.1/32")}, {Host: netipPrefix("192.0.0.0/8")}, {P2P: true}, {Skip: 7}, {Latest: true}, {Skip: 1200, P2P: true, Host: netipPrefix("192.0.0.0/8")},
		{Most: 3}, {Skip: 1200, Most: 9}, {Skip: 2000, Most: 900, Country: "DE"}, {Skip: 5, Most: 3, P2P: true, Host: netipPrefix("192.0.0.0/8")},
		{Since: time.Unix(100, 0), Skip: 8, Most: 4, Sensor: "it's"}, {CommunityID: record(classify.P2P, 100).Flow.Key.CommunityID(), Since: time.Unix(0, 1e8), Until: time.Unix(0, 1e8+1)}} {
		answers := [2]map[string]any{}
		for i, s := range []Store{x.a, x.b} {
			var flows []Flow
			var totals []Total
			err := s.Flows(ctx, q, func(f *Flow) error { g := *f; g.Out, g.In = 0, 0; flows = append(flows, g); return nil })
			if err == nil {
				err = s.Totals(ctx, q, func(v *Total) error { totals = append(totals, *v); return nil })
			}
			if err != nil {
				x.t.Fatalf("%s: %+v: %v", when, q, err)
			}
			spans, serr := s.Spans(ctx, q)
			runs, rerr := s.Runs(ctx, q)
			judged, jerr := s.Judged(ctx, q)
			lists, err := List(ctx, s, q, listKinds[n%len(listKinds)])
			if err != nil {
				x.t.Fatalf("%s: %+v: %v", when, q, err)
			}
			sum, uerr := Summarize(ctx, s, q, SummaryOptions{})
			if serr != nil || rerr != nil || jerr != nil || uerr != nil {
				x.t.Fatalf("%s: %+v: %v %v %v %v", when, q, serr, rerr, jerr, uerr)
			}
			sum.Warnings = nil // a server tells otherwise what it has removed
			firsts := firstsOf(x.t, s, q)
			answers[i] = map[string]any{"firsts": firsts, "flows": flows, "totals": totals, "spans": spans, "runs": runs, "judged": judged, "summary": sum, "lists": lists}
		}
		for what, a := range answers[0] {
			if b := answers[1][what]; !reflect.DeepEqual(a, b) {
				x.t.Errorf("%s: %+v: %s of ClickHouse differ from SQLite's: %.600s\n%.600s", when, q, what, fmt.Sprintf("%+v", a), fmt.Sprintf("%+v", b))
			}
		}
	}
}

// Three sensors, and a server that is killed again and again meanwhile: in the end all is there, once.
func TestClickHouseSpools(t *testing.T) {
	s := newServer(t)
	s.open(s.options())
	const sensors, all = 3, 2000
	var words []string
	var one sync.Mutex
	var ending sync.WaitGroup
	for n := range sensors {
		ending.Add(1)
		go func() {
			defer ending.Done()
			o := s.options()
			o.Spool, o.Timeout = t.TempDir(), 2*time.Second
			o.Tell = func(w string) { one.Lock(); words = append(words, w); one.Unlock() }
			c, err := OpenClickHouse(context.Background(), o)
			if err != nil {
				t.Error(err)
				return
			}
			rec := NewRecorder(c, Run{Sensor: fmt.Sprint("sensor", n), Kind: KindWatch}, RecorderOptions{Flush: 100 * time.Millisecond})
			for i := range uint32(all) {
				r := record([]classify.Judgement{classify.Other, classify.P2P}[i%2], i)
				rec.Running(r)
				rec.Add(r)
				time.Sleep(3 * time.Millisecond)
			}
			rec.Finish(report.Coverage{Packets: all})
			if err := rec.Close(); err != nil {
				t.Error(err)
			}
			for end := time.Now().Add(30 * time.Second); c.spool.away() && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}()
	}
	for range 3 {
		time.Sleep(1200 * time.Millisecond)
		s.kill()
		time.Sleep(700 * time.Millisecond)
		s.start()
	}
	ending.Wait()
	c, err := ReadClickHouse(context.Background(), s.options())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for n := range sensors {
		sum, err := Summarize(context.Background(), c, Query{Sensor: fmt.Sprint("sensor", n)}, SummaryOptions{})
		if err != nil || sum.Totals.Flows != all || sum.Totals.P2PFlows != all/2 || sum.Totals.OtherFlows != all/2 {
			t.Errorf("sensor %d: %+v, %v", n, sum.Totals, err)
		}
	}
	if n := s.value(c, "SELECT sum(flows) AS n FROM traffic.hour FINAL"); n != sensors*all {
		t.Errorf("%d flows by hour, want %d", n, sensors*all)
	}
	if text := strings.Join(words, "\n"); !strings.Contains(text, "batches wait in") || !strings.Contains(text, "none waits") {
		t.Errorf("told %q", words)
	}
}

// What is in the spool when a watch ends is sent by the next one; a spool that is full is an error.
func TestSpoolOutlivesTheWatch(t *testing.T) {
	s := newServer(t)
	s.open(s.options())
	s.kill()
	o := s.options()
	o.Spool, o.SpoolOctets = t.TempDir(), 20000
	c := s.open(o)
	ctx, i := context.Background(), 0
	var err error
	for ; err == nil && i < 1000; i++ {
		r := Run{ID: int64(i + 1), Sensor: fmt.Sprint(i), Origin: fmt.Sprint(i), Began: time.Now(), Ended: true}
		err = c.Write(ctx, &Batch{Run: r, Flows: someFlows(3), Number: 1})
	}
	if err == nil || i < 10 || !strings.Contains(err.Error(), "--store-spool-size") {
		t.Errorf("after %d batches: %v", i, err)
	}
	if err := c.Close(); err == nil || !strings.Contains(err.Error(), "batches stay in") {
		t.Errorf("close: %v", err)
	}
	s.start()
	c = s.open(o)
	for end := time.Now().Add(20 * time.Second); c.spool.away() && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
	}
	runs, err := c.Runs(ctx, Query{})
	if err != nil || len(runs) != i-1 {
		t.Errorf("%d runs of %d, %v", len(runs), i-1, err)
	}
}

func netipPrefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// A file of the spool may be anything, if the disk or somebody else spoiled it.
func FuzzReadBatch(f *testing.F) {
	seed := f.TempDir() + "/seed"
	s := &spool{folder: f.TempDir(), most: 1 << 20, wake: make(chan struct{}, 1)}
	if err := s.keep(&Batch{Run: Run{ID: 1, Sensor: "s"}, Flows: someFlows(2), Totals: []Total{{Host: "h"}}}); err != nil {
		f.Fatal(err)
	}
	octets, err := os.ReadFile(s.folder + "/" + s.files[0])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(octets)
	f.Add(octets[:len(octets)/2])
	f.Fuzz(func(t *testing.T, p []byte) {
		if err := os.WriteFile(seed, p, 0o600); err != nil {
			t.Skip()
		}
		b, err := readBatch(seed)
		if err != nil {
			return
		}
		err = rowsOf(b, func(_ string, at int64, row map[string]any) error {
			dayOf(at)
			_, err := json.Marshal(row)
			return err
		})
		if err != nil {
			t.Log(err)
		}
	})
}
