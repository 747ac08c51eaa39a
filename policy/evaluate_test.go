package policy

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
)

func peerNumber(i int) string {
	return netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)}).String()
}

// TestBounded: breaches beyond the bound are counted by flow, and probes do not push out what
// exchanged data.
func TestBounded(t *testing.T) {
	e := NewEvaluator(parsed(t, "version: 1\ndefault: deny\nlimits:\n  - {name: l, most: {peers: 10}}\n"), Options{MaxBreaches: 10, MaxCounted: 20})
	for i := range 100 {
		e.Add(one{peer: peerNumber(i), silent: true}.record())
	}
	e.Add(one{peer: peerNumber(1000)}.record())
	p := e.Finish()
	// Half of ten are for probes; one exchanged; and the limit.
	if len(p.Breaches) != 7 || p.Beyond.BreachFlows != 95 || p.Beyond.Counts == 0 {
		t.Errorf("%d breaches, %+v", len(p.Breaches), p.Beyond)
	}
	if p.Breaches[0].Limit == nil && p.Breaches[0].Contact != report.Exchanged {
		t.Errorf("first is %+v", p.Breaches[0])
	}
	for _, b := range p.Breaches {
		if b.Limit != nil && (!b.Limit.AtLeast || !strings.HasPrefix(b.Why, "at least 19 peers")) {
			t.Errorf("limit: %s", b.Why)
		}
	}
	for i := range 100 {
		e.Add(one{peer: peerNumber(2000 + i)}.record())
	}
	if p := e.Finish(); len(p.Breaches) != 11 || p.Result != report.Fail || p.Flows != 201 {
		t.Errorf("%d breaches of %d flows", len(p.Breaches), p.Flows)
	}
}

// TestGravestFirst: limits and data before probes, certain before likely, certain countries before doubtful.
func TestGravestFirst(t *testing.T) {
	p := held(t, "version: 1\ndefault: deny\nconsider: {verdict: likely}\nrules:\n  - {name: a, action: allow, countries: [EEA]}\n",
		one{peer: peerNumber(1), silent: true, out: 900}, one{peer: peerNumber(2), judgement: classify.Likely, out: 900},
		one{peer: peerNumber(3), out: 900, location: geo.Location{Country: "US", Hosting: true}}, one{peer: peerNumber(4), out: 1}, one{peer: peerNumber(5), out: 2})
	got := ""
	for _, b := range p.Breaches {
		got += b.Peer.String() + " "
	}
	if want := "198.51.0.5 198.51.0.4 198.51.0.3 198.51.0.2 198.51.0.1 "; got != want {
		t.Errorf("got %s", got)
	}
}

// TestRulesUsed: how often each rule decided, the default and limits too.
func TestRulesUsed(t *testing.T) {
	p := held(t, rule("    countries: [BR]\n  - {name: y, action: allow, families: [webrtc]}\nlimits:\n  - {name: l, most: {peers: 0}}\n"),
		one{}, one{port: 3}, one{location: geo.Location{Country: "CL"}})
	if got := fmt.Sprint(p.Rules); got != "[{x rule 4 deny 2} {y rule 7 allow 0} {l limit 9 deny 1} {default default 2 allow 1}]" {
		t.Errorf("got %s", got)
	}
}

func TestFlags(t *testing.T) {
	e := NewEvaluator(parsed(t, rule("    countries: [BR]\n")), Options{})
	if got := fmt.Sprint(e.Add(one{}.record()), e.Add(one{location: geo.Location{Country: "CL"}}.record())); got != "[{x deny}] []" {
		t.Errorf("got %s", got)
	}
}

// look is one with these flows as news.
func look(news report.News, flows ...one) *report.Look {
	l := &report.Look{Time: begin}
	for _, f := range flows {
		l.News = append(l.News, report.Sighting{Record: *f.record(), News: news})
	}
	return l
}

// TestLook: each breach is told once, and a flow that is told of often is one flow.
func TestLook(t *testing.T) {
	e := NewEvaluator(parsed(t, rule("    countries: [BR]\nlimits:\n  - {name: l, most: {bytes_out: 100}}\n")), Options{Now: now})
	names := func(l *report.Look) string {
		text := ""
		for _, b := range e.Look(l) {
			text += b.Rule + " " + b.Peer.String() + ";"
		}
		return text
	}
	a, b := one{out: 60}, one{peer: "198.51.100.2", out: 30}
	if got := names(look(report.Appeared, a, b)); got != "x 198.51.100.1;x 198.51.100.2;" {
		t.Errorf("first look: %q", got)
	}
	a.out = 65
	if got := names(look(report.Changed, a)); got != "" {
		t.Errorf("second look: %q", got)
	}
	a.out, a.in = 80, 9
	if got := names(look(report.Changed|report.Ended, a)); got != "l invalid IP;" {
		t.Errorf("third look: %q", got)
	}
	if got := names(look(report.Ended, b)); got != "" {
		t.Errorf("fourth look: %q", got)
	}
	if len(e.watch.seen) != 0 {
		t.Errorf("%d flows are remembered", len(e.watch.seen))
	}
	p := e.Finish()
	if p.Flows != 2 || len(p.Breaches) != 3 || p.Breaches[0].OctetsOut+p.Breaches[1].OctetsOut+p.Breaches[2].OctetsOut != 220 {
		t.Errorf("%d flows, %+v", p.Flows, p.Breaches)
	}
	// A flow that becomes p2p is one then.
	c := one{peer: "198.51.100.3", judgement: classify.Likely}
	if got := names(look(report.Appeared, c)); got != "" {
		t.Errorf("fifth look: %q", got)
	}
	c.judgement = classify.P2P
	if got := names(look(report.Changed, c)); got != "x 198.51.100.3;" {
		t.Errorf("sixth look: %q", got)
	}
}

// TestLookWithoutEnd: a watch goes on telling what is new, in bounded memory.
func TestLookWithoutEnd(t *testing.T) {
	e := NewEvaluator(parsed(t, rule("")), Options{MaxBreaches: 8, MaxCounted: 16})
	told := 0
	for i := range 1000 {
		f := one{peer: peerNumber(i), silent: i%3 == 0, start: begin.Add(time.Duration(i) * time.Second)}
		told += len(e.Look(look(report.Appeared, f)))
	}
	l := &e.lists[0]
	if told != 1000 || len(l.by) > 8 || len(e.watch.seen) > 16 || len(l.order) != len(l.by) {
		t.Errorf("told %d, hold %d breaches and %d flows", told, len(l.by), len(e.watch.seen))
	}
	if n := uint64(len(l.by)) + l.beyond; n != 1000 {
		t.Errorf("%d breaches are accounted for", n)
	}
}
