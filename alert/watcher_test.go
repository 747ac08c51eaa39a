package alert

import (
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
)

const (
	h1, h2 = "192.168.10.23", "192.168.10.31"
	p1, p2 = "198.51.100.1", "198.51.100.2"
)

func TestWatcherTellsOnce(t *testing.T) {
	w := NewWatcher(WatcherOptions{})
	for n, step := range []struct {
		name  string
		flows []far
		want  string
	}{
		{"a probe", []far{{host: h1, peer: p1, country: "BR"}},
			"first_p2p_host 192.168.10.23>198.51.100.1; first_country 192.168.10.23>198.51.100.1 network probed BR"},
		{"the same again", []far{{host: h1, peer: p1, country: "BR", news: report.Changed}}, ""},
		{"answered now", []far{{host: h1, peer: p1, country: "BR", answered: true, news: report.Changed}},
			"first_country 192.168.10.23>198.51.100.1 network exchanged BR"},
		{"another peer there", []far{{host: h1, peer: p2, country: "BR", answered: true}}, ""},
		{"a probe there, later", []far{{host: h1, peer: p2, country: "BR"}}, ""},
		{"another host", []far{{host: h2, peer: p1, country: "BR", answered: true}},
			"first_p2p_host 192.168.10.31>198.51.100.1; first_country 192.168.10.31>198.51.100.1 host exchanged BR"},
		{"only likely", []far{{host: h2, peer: p1, country: "CZ", verdict: classify.Likely}}, ""},
		{"other", []far{{host: h2, peer: p1, country: "CZ", verdict: classify.Other, news: report.Changed}}, ""},
		{"no country", []far{
			{host: h1, peer: p1, location: geo.Location{Country: geo.Unknown}},
			{host: h1, peer: p1, location: geo.Location{Country: geo.Multicast}},
			{host: h1, peer: p1, location: geo.Location{}},
			{host: h1, peer: p1, location: geo.Location{Country: "US", Anycast: true}},
		}, ""},
		{"two hosts with each other", []far{{host: "10.0.0.1", peer: "10.0.0.2", country: geo.Private, answered: true}},
			"first_p2p_host 10.0.0.2>10.0.0.1; first_p2p_host 10.0.0.1>10.0.0.2"},
	} {
		if got := kinds(w.Look(look(n, step.flows...))); got != step.want {
			t.Errorf("%s:\n got %s\nwant %s", step.name, got, step.want)
		}
	}
}

func TestWatcherNetworkOnly(t *testing.T) {
	w := NewWatcher(WatcherOptions{NetworkOnly: true})
	w.Look(look(1, far{host: h1, peer: p1, country: "BR", answered: true}))
	if got := kinds(w.Look(look(2, far{host: h2, peer: p1, country: "BR", answered: true}))); got != "first_p2p_host 192.168.10.31>198.51.100.1" {
		t.Error(got)
	}
}

func TestSeverities(t *testing.T) {
	w := NewWatcher(WatcherOptions{})
	got := ""
	for _, a := range append(w.Look(look(1, far{host: h1, peer: p1, country: "BR"}, far{host: h1, peer: p1, country: "BR", answered: true})),
		w.Look(look(2, far{host: h2, peer: p1, country: "BR", answered: true}))...) {
		got += a.Severity.String() + " "
	}
	if want := "warning info warning warning notice "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, s := range []Severity{Info, Notice, Warning, Critical} {
		if back, ok := ParseSeverity(s.String()); !ok || back != s {
			t.Errorf("%v is read as %v", s, back)
		}
	}
	if _, ok := ParseSeverity("loud"); ok {
		t.Error("loud is a severity")
	}
}

func TestVerdictChanged(t *testing.T) {
	w := NewWatcher(WatcherOptions{Changes: true})
	verdict := func(n int, word string, news report.News) string {
		l := look(n, far{host: h1, peer: p1, country: "BR", news: news, verdict: map[string]classify.Judgement{"p2p": classify.P2P, "likely": classify.Likely}[word]})
		l.Summary.Hosts = []report.Host{{Addr: netip.MustParseAddr(h1), Verdict: word}}
		return kinds(w.Look(l))
	}
	verdict(1, "p2p", report.Appeared)
	for n, step := range []struct{ word, want string }{
		{"likely", "verdict_changed 192.168.10.23 p2p>likely"},
		{"likely", ""},
		{"p2p", "verdict_changed 192.168.10.23 likely>p2p"},
		{"likely", ""}, // it was told there and back: enough
		{"p2p", ""},
	} {
		if got := verdict(n+2, step.word, report.Changed); got != step.want {
			t.Errorf("step %d: got %q, want %q", n, got, step.want)
		}
	}
	// A summary in which flows were let go is no change.
	w = NewWatcher(WatcherOptions{Changes: true})
	verdict(1, "p2p", report.Appeared)
	l := look(2)
	l.Summary.Hosts = []report.Host{{Addr: netip.MustParseAddr(h1), Verdict: "likely"}}
	if got := kinds(w.Look(l)); got != "" {
		t.Error(got)
	}
}

func TestBreaches(t *testing.T) {
	var breaches []Breach
	w := NewWatcher(WatcherOptions{Breaches: func(*report.Look) []Breach { return breaches }})
	s := far{host: h1, peer: p1, country: "BR", verdict: classify.Likely, owner: report.Owner{PID: 7, Name: "x", User: "root"}}.sighting()
	other := far{host: h1, peer: p2, country: "BR", verdict: classify.Likely}.sighting()
	for n, step := range []struct {
		breaches []Breach
		want     int
	}{
		{[]Breach{{Rule: "no-brazil", Side: "denied", Sighting: &s}}, 1},
		{[]Breach{{Rule: "no-brazil", Side: "denied", Sighting: &s}}, 0},
		{[]Breach{{Rule: "no-brazil", Side: "denied", Sighting: &other}}, 1},
		{[]Breach{{Rule: "no-brazil", Side: "allowed", Sighting: &s}}, 1},
		{[]Breach{{Rule: "quota", Detail: "12 peers, 10 are allowed"}, {Rule: "quota", Detail: "13 peers"}}, 1},
		{[]Breach{{Rule: "quota", Subject: h1}, {Rule: "quota", Subject: h2}}, 2},
		{[]Breach{{Rule: "quota", Subject: h1, Warns: true}, {Rule: "quota", Subject: h1, Warns: true}}, 1},
		{[]Breach{{Rule: "a", Side: "b c"}, {Rule: "a b", Side: "c"}}, 2},
	} {
		breaches = step.breaches
		if got := w.Look(look(n)); len(got) != step.want {
			t.Errorf("step %d: %d alerts, want %d: %s", n, len(got), step.want, kinds(got))
		} else if n == 0 && (got[0].Owner.PID != 7 || got[0].host().String() != h1 || got[0].Severity != Critical) {
			t.Errorf("%+v", got[0])
		}
	}
}

func TestLoss(t *testing.T) {
	w := NewWatcher(WatcherOptions{Quiet: 10 * time.Second})
	counters := func(n int, kernel, nic, received uint64) string {
		l := look(n)
		l.Interfaces = []report.InterfaceCount{{Name: "eth1", DroppedByKernel: kernel, DroppedByInterface: nic, Received: received}}
		return kinds(w.Look(l))
	}
	for n, step := range []struct {
		kernel, nic uint64
		want        string
	}{
		{0, 0, ""}, {5, 0, "loss_began kernel eth1"}, {6, 0, ""}, {6, 0, ""}, {7, 3, "loss_began interface eth1"}, {7, 3, ""}, {7, 3, ""},
		{7, 3, ""}, {7, 3, ""}, {7, 3, "loss_ended kernel eth1; loss_ended interface eth1"}, {7, 3, ""},
		{2, 0, "loss_began kernel eth1"}, // the counters began anew
	} {
		if got := counters(n, step.kernel, step.nic, 1000*uint64(n+1)); got != step.want {
			t.Errorf("look %d: got %q, want %q", n, got, step.want)
		}
	}
}

func TestLossCounts(t *testing.T) {
	w := NewWatcher(WatcherOptions{Quiet: 4 * time.Second})
	var last []*Alert
	for n, c := range []struct{ dropped, received uint64 }{{0, 100}, {10, 190}, {30, 370}, {30, 900}, {30, 1500}} {
		l := look(n)
		l.Interfaces = []report.InterfaceCount{{Name: "e", DroppedByKernel: c.dropped, Received: c.received}}
		last = w.Look(l)
	}
	// From the look before the first loss to that of the last: 30 of 370+30-100.
	if len(last) != 1 || last[0].Loss.Lost != 30 || last[0].Loss.Of != 300 || !last[0].Loss.Began.Equal(look(1).Time) {
		t.Errorf("%s", kinds(last))
		if len(last) > 0 {
			t.Errorf("%+v", last[0].Loss)
		}
	}
}

func TestMirrorLoss(t *testing.T) {
	w := NewWatcher(WatcherOptions{Quiet: 3 * time.Second})
	for n, step := range []struct {
		acks, unseen uint64
		want         string
	}{
		{400, 40, ""}, // too few to say
		{1000, 40, "loss_began mirror "}, {2000, 41, ""}, {3000, 42, "loss_ended mirror "}, {4000, 43, ""}, {5000, 53, "loss_began mirror "},
		{100, 0, ""}, // anew
	} {
		l := look(n)
		l.Gaps = report.Gaps{Acks: step.acks, Unseen: step.unseen}
		if got := kinds(w.Look(l)); got != step.want {
			t.Errorf("look %d: got %q, want %q", n, got, step.want)
		}
	}
}

// Beyond the bound what was met longest ago goes, and is counted.
func TestMemoryBound(t *testing.T) {
	w := NewWatcher(WatcherOptions{Memory: 3, NetworkOnly: true})
	host := func(n int) far { return far{host: fmt.Sprintf("10.0.0.%d", n), peer: p1, country: geo.Unknown} }
	for n := 1; n <= 3; n++ {
		w.Look(look(n, host(n)))
	}
	w.Look(look(4, host(1))) // met again: 2 is the oldest now
	w.Look(look(5, host(4)))
	if w.Forgotten() != 1 || len(w.memory.entries) != 3 {
		t.Errorf("%d forgotten, %d held", w.Forgotten(), len(w.memory.entries))
	}
	if got := kinds(w.Look(look(6, host(1), host(2)))); got != "first_p2p_host 10.0.0.2>198.51.100.1" {
		t.Error(got)
	}
}

func TestMemoryOctets(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	m := newMemory(1 << 16)
	keys := 0
	for i := range 1 << 16 {
		key := fmt.Sprintf("host 10.%d.%d.%d", i>>16, i>>8&255, i&255)
		keys += len(key)
		m.set(key, levelExchanged, begin)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := (int(after.HeapAlloc) - int(before.HeapAlloc) - keys) / (1 << 16)
	t.Logf("%d octets an entry, its key aside", each)
	if each > entryOctets {
		t.Errorf("an entry takes %d octets, told are %d", each, entryOctets)
	}
	runtime.KeepAlive(m)
}

func TestMessagesAreClean(t *testing.T) {
	w := NewWatcher(WatcherOptions{Breaches: func(l *report.Look) []Breach {
		return []Breach{{Rule: hostile, Side: hostile, Detail: hostile, Sighting: &l.News[0]}}
	}})
	l := look(1, far{host: h1, peer: p1, location: geo.Location{Country: "DE", ASN: 1, ASOrg: hostile}, owner: report.Owner{PID: 1, Name: hostile, User: hostile},
		name: hostile, detail: hostile, answered: true})
	l.Interfaces = []report.InterfaceCount{{Name: hostile, DroppedByKernel: 1}}
	alerts := w.Look(l)
	if len(alerts) != 4 {
		t.Fatal(kinds(alerts))
	}
	for _, a := range alerts {
		if m := a.Message(); m != report.Clean(m, 0) || strings.ContainsAny(m, "\n\x1b\x00") {
			t.Errorf("%q", m)
		}
	}
}
