package policy

import (
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

var update = flag.Bool("update", false, "write the goldens anew")

// golden compares got with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; make it with go test -run %s -update", err, t.Name())
	}
	if string(got) != string(want) {
		t.Errorf("%s differs; look at it, then go test -update\n--- got\n%s\n--- want\n%s", path, got, want)
	}
}

var (
	begin = time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	now   = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
)

// one is one flow of a host with a peer, as a test needs it: what is not set is usual.
type one struct {
	host, peer  string
	port        uint16 // of the peer
	location    geo.Location
	name        string
	judgement   classify.Judgement
	probability float64
	family      string
	path        classify.Path
	silent      bool // the peer never answered
	byPeer      bool // it began
	out, in     uint64
	start       time.Time
}

func (d one) record() *report.Record {
	if d.host == "" {
		d.host = "192.168.10.23"
	}
	if d.peer == "" {
		d.peer = "198.51.100.1"
	}
	if d.port == 0 {
		d.port = 40000
	}
	if d.location.Country == "" {
		d.location.Country = "BR"
	}
	if d.judgement == 0 {
		d.judgement = classify.P2P
	}
	if d.probability == 0 {
		d.probability = map[classify.Judgement]float64{classify.P2P: 0.999, classify.Likely: 0.7, classify.Other: 0.1}[d.judgement]
	}
	if d.family == "" {
		d.family = "skype"
	}
	if d.path == classify.NoPath {
		d.path = classify.Direct
		if d.silent {
			d.path = classify.Probe
		}
	}
	if d.start.IsZero() {
		d.start = begin
	}
	host, peer := netip.MustParseAddr(d.host), netip.MustParseAddr(d.peer)
	h := packet.Headers{Src: packet.AddrFrom(host), Dst: packet.AddrFrom(peer), SrcPort: 24816, DstPort: d.port, Protocol: packet.UDP}
	key, from := flow.KeyOf(&h)
	to := 1 - from
	r := &report.Record{}
	f, v := &r.Flow, &r.Verdict
	f.Key, f.Initiator = key, from
	f.Start, f.End = d.start.UnixNano(), d.start.Add(time.Minute).UnixNano()
	f.Packets, f.Payloads = [2]uint32{3, 3}, [2]uint32{3, 3}
	if d.silent {
		f.Packets[to], f.Payloads[to] = 0, 0
	}
	if d.byPeer {
		f.Initiator = to
	}
	f.SetOctets(from, d.out)
	f.SetOctets(to, d.in)
	home, _ := geo.ParseHome(nil)
	r.Home[from], r.Home[to] = home.Contains(host), home.Contains(peer)
	r.Location[from], r.Location[to] = geo.Location{Country: geo.Private}, d.location
	v.Judgement, v.Probability, v.Family, v.Path = d.judgement, d.probability, d.family, d.path
	v.Peer[to] = true
	if d.name != "" {
		v.Name[to] = classify.Name{Text: d.name, Source: classify.FromDNS, Time: f.Start}
	}
	v.Evidence = []classify.Evidence{{Claim: "skype.id_step2", Bits: 20, Counted: 20, Detail: "message ids rise by 2", Packets: []uint32{98}}}
	return r
}

// parsed reads a policy that is right.
func parsed(t testing.TB, text string) *Policy {
	t.Helper()
	p, err := Parse("office.yaml", []byte(text))
	if err != nil {
		for _, l := range err.(*Error).Lines() {
			t.Log(l)
		}
		t.Fatal(err)
	}
	return p
}

var sources = []geo.Source{{Name: "DB-IP Lite", Kind: geo.KindCountry, Date: begin.AddDate(0, -1, 0)},
	{Name: "asn", Kind: geo.KindASN, Date: begin}}

// held holds flows against a policy.
func held(t testing.TB, text string, flows ...one) *report.Policy {
	t.Helper()
	e := NewEvaluator(parsed(t, text), Options{Now: now, Sources: sources})
	for _, f := range flows {
		e.Add(f.record())
	}
	return e.Finish()
}

// rules are the names of the rules that are breached, with ! for a warning.
func rules(p *report.Policy) string {
	text := ""
	for _, b := range p.Breaches {
		text += b.Rule + " "
	}
	for _, b := range p.Warnings {
		text += b.Rule + "! "
	}
	return text
}
