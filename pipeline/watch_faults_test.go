package pipeline

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"peeratlas/capture"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

// nearWrap is a first packet's number so near the highest that the numbers begin anew in every
// capture of testdata.
const nearWrap = 1<<32 - 60

// backFromWrap takes a record back to numbers that begin with 1.
func backFromWrap(r *report.Record) {
	back := func(n uint32) uint32 {
		switch {
		case n == 0:
			return 0
		case n > nearWrap:
			return n - nearWrap
		}
		return n - 1 + (1<<32 - nearWrap) // 0 is no number
	}
	r.Flow.FirstFrame = back(r.Flow.FirstFrame)
	for i := range r.Verdict.Evidence {
		e := &r.Verdict.Evidence[i]
		for k := range e.Packets {
			e.Packets[k] = back(e.Packets[k])
		}
	}
}

// TestNumbersBeginAnew asserts that nothing changes where the numbers of packets wrap: order, verdicts
// and evictions of runs and watches.
func TestNumbersBeginAnew(t *testing.T) {
	captures, err := filepath.Glob("../testdata/*.pcap*")
	if err != nil || len(captures) == 0 {
		t.Fatal("no captures in testdata", err)
	}
	for _, path := range captures {
		for _, most := range []int{0, 40} {
			run := func(number uint32, watch bool) string {
				s := new(said)
				o := s.options()
				o.MaxFlows = most
				if number > 0 {
					write := o.Write
					o.Write = func(r *report.Record) error { backFromWrap(r); return write(r) }
				}
				if !watch {
					street := newStreet(open(t, path), o)
					street.frame = number
					if _, err := street.run(t.Context()); err != nil {
						t.Fatal(err)
					}
					return s.records.String()
				}
				random := rand.New(rand.NewPCG(5, 5))
				o.ActiveTimeout = -1
				w := newWatching(&portions{open(t, path), random}, WatchOptions{Options: o, due: func() bool { return true }})
				w.s.frame = number
				if _, err := w.run(t.Context()); err != nil {
					t.Fatal(err)
				}
				return s.records.String()
			}
			for _, watch := range []bool{false, true} {
				if got, want := run(nearWrap, watch), run(0, watch); got != want {
					t.Errorf("%s, %d flows, watch %v: %s", path, most, watch, differ([]byte(got), []byte(want)))
				}
			}
		}
	}
}

// A flood that fills the table while a watch looks: each flow is written once, and the peers that
// were there all the time are found.
func TestWatchUnderFlood(t *testing.T) {
	forged := 60_000
	if testing.Short() {
		forged = 20_000
	}
	for _, name := range []string{"skype-classic.pcap", "ice-call.pcapng"} {
		packets := packetsIn(t, "../testdata/"+name)
		sound, _ := judgedBy(t, pcapngOf(packets, 1, 0, 0), Options{}, nil)
		want := verdictByKey(sound)
		mixed, _ := flooded(packets, forged, false)
		written, got := map[string]int{}, map[string]string{}
		home, _ := geo.ParseHome(nil)
		o := WatchOptions{Options: Options{MaxFlows: 5000, Home: home, Brief: true, ActiveTimeout: -1}}
		batches := 0
		o.due = func() bool { batches++; return batches%4 == 0 }
		o.Write = func(r *report.Record) error {
			written[fmt.Sprint(r.Flow.Key, r.Flow.FirstFrame)]++
			if v := r.Verdict.Judgement.String(); got[fmt.Sprint(r.Flow.Key)] != "p2p" {
				got[fmt.Sprint(r.Flow.Key)] = v
			}
			return nil
		}
		var last *report.Look
		o.Tell = func(l *report.Look) error {
			if l.Load.Flows > 5000 {
				t.Fatalf("%d flows held", l.Load.Flows)
			}
			last = l
			return nil
		}
		res, err := Watch(t.Context(), open(t, saved(t, pcapngOf(mixed, 1, 0, 0))), o)
		if err != nil {
			t.Fatal(err)
		}
		for key, n := range written {
			if n != 1 {
				t.Errorf("%s: %s is written %d times", name, key, n)
			}
		}
		if c := &res.Coverage; uint64(len(written)) != c.Flows || last.Since.Written != c.Flows || c.Evicted == 0 ||
			c.Evicted+last.Load.Forgotten+last.Load.Flows != c.Flows || sumOf(c) != c.Packets {
			t.Errorf("%s: %d written, %d counted, %d evicted, %d of %d packets, %+v", name, len(written), c.Flows, c.Evicted, sumOf(c), c.Packets, last.Load)
		}
		lost := 0
		for key, v := range want {
			if strings.HasPrefix(v, "p2p") && got[key] != "p2p" {
				lost++
			}
		}
		for key, v := range got {
			if v == "p2p" && strings.Contains(key, " 10 9 9 ") {
				t.Errorf("%s: a forged flow is peer-to-peer: %s", name, key)
			}
		}
		if lost > 0 {
			t.Errorf("%s: %d peer-to-peer flows are lost", name, lost)
		}
	}
}

// saved is the path of a file with these octets.
func saved(t *testing.T, octets []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "saved.pcapng")
	if err := os.WriteFile(path, octets, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// country places everything in one.
type country string

func (c country) Locate(netip.Addr) geo.Location { return geo.Location{Country: string(c)} }

// A database that comes in between is used from the next look on.
func TestWatchTakesNewDatabases(t *testing.T) {
	packets := packetsIn(t, "../testdata/ice-call.pcapng")
	locators := make(chan geo.Locator, 1)
	source := &script{steps: [][]capture.Packet{packets[:len(packets)-10], packets[len(packets)-10:]}}
	_, looks := acts(t, source, func(o *WatchOptions) {
		o.Locator, o.Locators = country("AA"), locators
		tell := o.Tell
		o.Tell = func(l *report.Look) error {
			if l.Number == 1 {
				locators <- country("BB")
			}
			return tell(l)
		}
	})
	for i, want := range []string{"AA", "BB"} {
		if c := looks[i].Summary.Countries; len(c) == 0 || c[0].Code != want {
			t.Errorf("look %d: %+v", i+1, c)
		}
	}
}

// keyed counts packets by flow.
type keyed struct {
	packets map[flow.Key]uint32
	none    int
	looks   int
	fail    error
}

func (k *keyed) Packets(packets []capture.Packet, keys []flow.Key) error {
	for i := range packets {
		if keys[i].Protocol == 0 {
			k.none++
		} else {
			k.packets[keys[i]]++
		}
	}
	return k.fail
}

func (k *keyed) Look(*report.Look) error { k.looks++; return nil }

func TestTapSeesPackets(t *testing.T) {
	want, none := map[flow.Key]uint32{}, 0
	tap := &keyed{packets: map[flow.Key]uint32{}}
	random := rand.New(rand.NewPCG(2, 2))
	o := WatchOptions{Tap: tap, due: func() bool { return true }}
	o.Write = func(r *report.Record) error {
		want[r.Flow.Key] += r.Flow.Packets[0] + r.Flow.Packets[1]
		return nil
	}
	looks := 0
	o.Tell = func(*report.Look) error { looks++; return nil }
	res, err := Watch(t.Context(), &portions{open(t, "../testdata/office.pcapng"), random}, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range res.Coverage.NotFlows {
		none += int(c.Number)
	}
	if fmt.Sprint(tap.packets) != fmt.Sprint(want) || tap.none != none || tap.looks != looks {
		t.Errorf("%d flows, want %d; %d packets of none, want %d; %d of %d looks", len(tap.packets), len(want), tap.none, none, tap.looks, looks)
	}
	tap.fail = errors.New("the disk is full")
	if _, err := Watch(t.Context(), open(t, "../testdata/office.pcapng"), o); !errors.Is(err, tap.fail) {
		t.Errorf("%v, want that the disk is full", err)
	}
}

// What fails costs the flow that it befell, once.
func TestWatchCatchesPanics(t *testing.T) {
	data, first := markedCapture(t)
	path := saved(t, data)
	want := ran(t, open(t, path), nil)
	seen := 0
	random := rand.New(rand.NewPCG(3, 3))
	got := watched(t, &portions{open(t, path), random}, func(o *WatchOptions) {
		o.due, o.all, o.ActiveTimeout = func() bool { return true }, true, -1
		o.detectors = onMark(func(o *classify.Observation) {
			if seen++; seen == 2 {
				o.Flow.State = 1<<32 - 1
			}
		})
	})
	c := &got.result.Coverage
	if c.Panics < 2 || c.Panics > 4 || c.PanicFrame != first || !strings.HasPrefix(c.Panic, "judging: runtime error") || !got.result.Damaged {
		t.Errorf("%d panics in %d looks, the first at packet %d, %q", c.Panics, len(got.looks), c.PanicFrame, c.Panic)
	}
	lines := map[string]bool{}
	for line := range strings.Lines(got.records.String()) {
		lines[line] = true
	}
	missing := 0
	for line := range strings.Lines(want.records.String()) {
		if !lines[line] {
			missing++
		}
	}
	if n := strings.Count(want.records.String(), "\n"); missing != 1 || len(lines) != n {
		t.Errorf("%d of %d records differ, %d written", missing, n, len(lines))
	}
}

// An error of whoever is told ends the watch.
func TestWatchEndsOnErrors(t *testing.T) {
	broken := errors.New("nobody reads this")
	for name, alter := range map[string]func(*WatchOptions){
		"tell":  func(o *WatchOptions) { o.Tell = func(*report.Look) error { return broken } },
		"write": func(o *WatchOptions) { o.Write = func(*report.Record) error { return broken } },
	} {
		o := WatchOptions{due: func() bool { return true }}
		alter(&o)
		if _, err := Watch(t.Context(), open(t, "../testdata/office.pcapng"), o); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// timed are packets at given times.
type timed []int64

func (p *timed) ReadBatch(dst []capture.Packet) (n int, err error) {
	for n < len(dst) && len(*p) > 0 {
		dst[n] = capture.Packet{Timestamp: (*p)[0]}
		*p = (*p)[1:]
		n++
	}
	if n == 0 {
		err = io.EOF
	}
	return n, err
}
func (p *timed) Stats() capture.Stats { return capture.Stats{} }
func (p *timed) Close() error         { return nil }

func TestReplayKeepsPace(t *testing.T) {
	times := timed{5e9, 5e9, 5.1e9, 4e9, 7e9, 15e9, 1 << 62}
	clock, given := time.Unix(100, 0), []string{}
	r := NewReplay(&times, 2).(*Replay)
	r.now = func() time.Time { return clock }
	r.sleep = func(d time.Duration) { clock = clock.Add(d) }
	dst := make([]capture.Packet, 3)
	for clock.Before(time.Unix(200, 0)) {
		n, err := r.ReadBatch(dst)
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			given = append(given, fmt.Sprint(clock.Sub(time.Unix(100, 0)).Seconds(), "s ", n))
		}
	}
	want := "[0s 2 0.05s 1 0.05s 1 1s 1 5s 1]"
	if fmt.Sprint(given) != want {
		t.Errorf("%v, want %s", given, want)
	}
	if source := NewReplay(&times, 0); source != Source(&times) {
		t.Error("speed 0 is not the source itself")
	}
}
