package pipeline

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"peeratlas/classify"
	"peeratlas/report"
)

// What memory held no more is counted, packet by packet, and told in the file.
func TestKeeperCountsWhatWasTooOld(t *testing.T) {
	r := newReplay(t, "../testdata/office.pcapng")
	name := filepath.Join(t.TempDir(), "x.pcapng")
	k := newTestKeeper(t, KeeperOptions{Name: name})
	k.ring.octets = k.ring.octets[:64<<10]
	r.send(t, k, 0, len(r.packets))
	k.Look(r.look(len(r.packets), report.Appeared|report.Ended, every))
	k.Close()
	want := uint64(0)
	for i := range r.records {
		want += uint64(r.records[i].Flow.Packets[0]) + uint64(r.records[i].Flow.Packets[1])
	}
	s := k.Stats()
	if s.TooOld == 0 || s.Packets == 0 || s.TooOld+s.Packets != want {
		t.Errorf("%+v, want %d together", s, want)
	}
	told := false
	for _, c := range commentsOf(t, name) {
		told = told || strings.Contains(c, "earlier packets of this flow are not here")
	}
	b, _ := os.ReadFile(name)
	if !told || !bytes.Contains(b, fmt.Appendf(nil, "%d packets of such flows were too old", s.TooOld)) {
		t.Errorf("not told of %d: in a packet %v", s.TooOld, told)
	}
}

// A flow that loses its verdict is written no more, and one that gets it back has each packet once.
func TestKeeperVerdictLostAndRegained(t *testing.T) {
	r := newReplay(t, "../testdata/wireguard.pcap")
	name := filepath.Join(t.TempDir(), "x.pcapng")
	k := newTestKeeper(t, KeeperOptions{Name: name})
	n, never := len(r.packets), func(int) bool { return false }
	steps := []struct {
		at   int
		p2p  func(int) bool
		kept bool // what comes next is written at once
	}{{n / 4, every, true}, {n / 2, never, false}, {n / 2, every, true}, {n * 3 / 4, never, false}, {n, every, true}}
	from := 0
	for _, s := range steps {
		before := k.Stats().Packets
		r.send(t, k, from, s.at)
		if now := k.Stats().Packets; (from == 0 || s.p2p(0) && s.at > from) && now != before {
			t.Errorf("%d packets were written without a verdict", now-before)
		}
		k.Look(r.look(s.at, report.Changed, s.p2p))
		from = s.at
	}
	k.Close()
	want, _ := judgedFlows(t, nil, nil, "../testdata/wireguard.pcap")
	got, _ := judgedFlows(t, nil, nil, name)
	if len(want) == 0 || !maps.EqualFunc(got, want, slices.Equal) || k.Stats().TooOld != 0 {
		t.Errorf("got %v, want %v; %+v", got, want, k.Stats())
	}
}

// A flow that the active timeout cuts is told to end and, behind that, to go on: nothing is lost.
func TestKeeperFlowThatIsCut(t *testing.T) {
	r := newReplay(t, "../testdata/wireguard.pcap")
	name := filepath.Join(t.TempDir(), "x.pcapng")
	k := newTestKeeper(t, KeeperOptions{Name: name})
	half := len(r.packets) / 2
	r.send(t, k, 0, half)
	l := r.look(half, report.Appeared|report.Ended, every)
	l.News = append(l.News, r.look(half, report.Appeared, every).News...)
	k.Look(l)
	r.send(t, k, half, len(r.packets))
	k.Look(r.look(len(r.packets), report.Changed|report.Ended, every))
	k.Close()
	want, _ := judgedFlows(t, nil, nil, "../testdata/wireguard.pcap")
	got, _ := judgedFlows(t, nil, nil, name)
	if !maps.EqualFunc(got, want, slices.Equal) || len(k.flows) != 0 || k.Stats().TooOld != 0 {
		t.Errorf("%d flows, want %d; %d are held; %+v", len(got), len(want), len(k.flows), k.Stats())
	}
}

func TestKeeperTakesLikelyIfAsked(t *testing.T) {
	r := newReplay(t, "../testdata/wireguard.pcap")
	for _, likely := range []bool{false, true} {
		k := newTestKeeper(t, KeeperOptions{Name: filepath.Join(t.TempDir(), "x.pcapng"), Likely: likely})
		r.send(t, k, 0, len(r.packets))
		l := r.look(len(r.packets), report.Appeared, every)
		for i := range l.News {
			l.News[i].Record.Verdict.Judgement = classify.Likely
		}
		k.Look(l)
		k.Close()
		if n := k.Stats().Packets; likely != (n > 0) {
			t.Errorf("likely %v: %d packets", likely, n)
		}
	}
}

func TestKeeperBoundsItsFlows(t *testing.T) {
	r := newReplay(t, "../testdata/office.pcapng")
	k := newTestKeeper(t, KeeperOptions{Name: filepath.Join(t.TempDir(), "x.pcapng"), MaxFlows: 10})
	r.send(t, k, 0, len(r.packets))
	k.Look(r.look(len(r.packets), report.Appeared, every))
	if s := k.Stats(); s.Flows != 10 || s.Beyond != uint64(len(r.records)-10) {
		t.Errorf("%+v of %d flows", s, len(r.records))
	}
	k.Close()
}
