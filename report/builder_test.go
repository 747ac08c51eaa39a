package report

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/geo"
)

func TestBuilderBusy(t *testing.T) {
	s := busy().summary()
	want := Totals{Flows: 12, P2PFlows: 9, LikelyFlows: 1, OtherFlows: 1, UnknownFlows: 1,
		// 198.51.100.1, .3, .4, .5, 2001:db8:1::21 and 2001:db8:9::1 | .2, .7 and 192.168.10.44
		P2P:    Tally{6, 3, 10, 62810 + 1040 + 113 + 99 + 501 + 15258 + 61 + 464 + 4000 + 4200, 62790 + 714 + 85 + 500 + 15363 + 4200 + 4000},
		Likely: Tally{1, 0, 1, 300, 310}, Hosts: 3, Countries: 5, CountriesData: 5, Relayed: 1, Hosting: 1, Reported: 1}
	if s.Totals != want {
		t.Errorf("got  %+v\nwant %+v", s.Totals, want)
	}
	rows := map[string]*Country{}
	for i := range s.Countries {
		rows[s.Countries[i].Code] = &s.Countries[i]
	}
	br := rows["BR"]
	if br.P2P != (Tally{1, 1, 3, 62810 + 1040 + 113, 62790 + 714}) || br.Hosts != 1 || len(br.Networks) != 1 || br.Networks[0].Peers != 2 {
		t.Errorf("BR %+v", br)
	}
	if !br.First.Equal(begin.Add(20*time.Second)) || !br.Last.Equal(begin.Add(280*time.Second)) {
		t.Errorf("BR %v to %v", br.First, br.Last)
	}
	if a := rows[Anycast]; a == nil || a.IsCountry() || a.Likely.Exchanged != 1 {
		t.Errorf("anycast %+v", a)
	}
	if u := rows["US"]; u.P2P.Peers() != 1 || u.Likely.Peers() != 0 || u.Relayed != 1 || u.Hosting != 1 {
		t.Errorf("an anycast address counts for its country: %+v", u)
	}
	if nz := rows["NZ"]; nz == nil || nz.Reported != 1 || nz.P2P.Peers() != 0 || !nz.First.IsZero() {
		t.Errorf("NZ %+v", nz)
	}
	if p := rows[geo.Private]; p == nil || p.P2P != (Tally{0, 1, 1, 464, 0}) {
		t.Errorf("private %+v", p)
	}
}

func TestBuilderHosts(t *testing.T) {
	s := busy().summary()
	if len(s.Hosts) != 3 {
		t.Fatalf("%d hosts: %+v", len(s.Hosts), s.Hosts)
	}
	h := s.Hosts[0]
	if h.Addr.String() != a23 || !h.Home || h.P2P.Exchanged != 3 || h.P2P.Probed != 1 || h.Countries != 3 || h.Verdict != "p2p" ||
		len(h.Sockets) != 1 || h.Sockets[0].Port != 24816 || h.Reasons[0].Claim != "skype.id_step2" {
		t.Errorf("%+v", h)
	}
	// The host whose peer was only likely has it apart, and no country for an anycast address.
	h = s.Hosts[1]
	if h.Addr.String() != a31 || h.P2P.Peers() != 3 || h.Likely.Peers() != 1 || h.Countries != 1 {
		t.Errorf("%+v", h)
	}
	if h := s.Hosts[2]; h.Home || h.Addr.String() != "2001:db8:1::21" {
		t.Errorf("%+v", h)
	}
}

// TestBuilderEnds: who is host and who is peer, from the marks and the home networks.
func TestBuilderEnds(t *testing.T) {
	two := [2]uint64{2, 2}
	tests := []struct {
		name         string
		src, dst     string
		packets      [2]uint64
		marks        *[2]bool // of src, dst; nil is as package classify marks
		peers, hosts string
	}{
		{"home dials", a23, "198.51.100.1", two, nil, "[198.51.100.1]", "[192.168.10.23]"},
		{"home is dialled", "198.51.100.1", a23, two, nil, "[198.51.100.1]", "[192.168.10.23]"},
		{"both at home", a23, a44, two, nil, "[192.168.10.23 192.168.10.44]", "[192.168.10.23 192.168.10.44]"},
		{"a home address that never spoke", a23, a44, [2]uint64{2, 0}, nil, "[192.168.10.44]", "[192.168.10.23]"},
		{"strangers", "198.51.100.1", "198.51.100.3", two, nil, "[198.51.100.1 198.51.100.3]", "[198.51.100.1]"},
		{"strangers, the other way", "198.51.100.3", "198.51.100.1", two, nil, "[198.51.100.1 198.51.100.3]", "[198.51.100.3]"},
		{"nobody marked", a23, "198.51.100.1", two, &[2]bool{}, "[198.51.100.1]", "[192.168.10.23]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := far{proto: packet.UDP, src: tt.src, sport: 5000, dst: tt.dst, dport: 6000, judgement: p2p, packets: tt.packets,
				octets: [2]uint64{100, 200}, payloads: [2]uint32{1, 1}}.record()
			if tt.marks != nil {
				r.Verdict.Peer = *tt.marks
			}
			s := (&scene{records: []*Record{r}, options: options()}).summary()
			peers, hosts := map[string]Peer{}, []string{}
			for _, p := range s.Peers {
				peers[p.Addr.String()] = p
			}
			for _, h := range s.Hosts {
				hosts = append(hosts, h.Addr.String())
			}
			if got := fmt.Sprint(sorted(peers)); got != tt.peers {
				t.Errorf("peers %s, want %s", got, tt.peers)
			}
			if got := fmt.Sprint(hosts); got != tt.hosts {
				t.Errorf("hosts %s, want %s", got, tt.hosts)
			}
			if p, ok := peers[tt.dst]; ok && (p.OctetsOut != 100 || p.OctetsIn != 200) {
				t.Errorf("to dst %d, from it %d", p.OctetsOut, p.OctetsIn)
			}
			if p, ok := peers[tt.src]; ok && (p.OctetsOut != 200 || p.OctetsIn != 100) {
				t.Errorf("to src %d, from it %d", p.OctetsOut, p.OctetsIn)
			}
		})
	}
}

func sorted(peers map[string]Peer) []string {
	out := []string{}
	for _, a := range []string{"192.168.10.23", "192.168.10.44", "198.51.100.1", "198.51.100.3"} {
		if _, ok := peers[a]; ok {
			out = append(out, a)
		}
	}
	return out
}

// TestPeerVerdict: one P2P flow makes a P2P peer, whatever the order of its flows.
func TestPeerVerdict(t *testing.T) {
	sure := far{proto: packet.UDP, src: a23, sport: 1, dst: "198.51.100.1", dport: 2, judgement: p2p, packets: [2]uint64{1, 0}, octets: [2]uint64{10, 0}}
	maybe := far{proto: packet.UDP, src: a23, sport: 3, dst: "198.51.100.1", dport: 4, judgement: classify.Likely, packets: [2]uint64{1, 1},
		octets: [2]uint64{20, 30}, payloads: [2]uint32{1, 1}}
	for _, order := range [][]far{{sure, maybe}, {maybe, sure}} {
		s := &scene{options: options()}
		for _, f := range order {
			s.records = append(s.records, f.record())
		}
		if got := s.summary().Totals; got.P2P != (Tally{1, 0, 2, 30, 30}) || got.Likely != (Tally{}) || got.Hosts != 1 || got.LikelyHosts != 0 {
			t.Errorf("%+v", got)
		}
	}
}

// TestBuilderBounds: flows and octets of peers without room still count.
func TestBuilderBounds(t *testing.T) {
	whole, s := scenes()["busy"].summary(), scenes()["bounded"].summary()
	if !s.Beyond.Any() || len(s.Peers) != 3 || len(s.Hosts) != 1 {
		t.Errorf("%d peers, %d hosts, %+v", len(s.Peers), len(s.Hosts), s.Beyond)
	}
	if g, w := s.Totals.P2P, whole.Totals.P2P; g.Flows != w.Flows || g.OctetsOut != w.OctetsOut || g.OctetsIn != w.OctetsIn {
		t.Errorf("got %+v, want %+v", g, w)
	}
	if s.Totals.Flows != whole.Totals.Flows || s.Totals.P2PFlows != whole.Totals.P2PFlows {
		t.Errorf("%+v", s.Totals)
	}
}

// crowd makes record i of a network with many peers.
func crowd(r *Record, i uint32) {
	binary.BigEndian.PutUint32(r.Flow.Key.Addr[1][12:], 0xcb000000+i)
}

// TestBuilderMemory: a flood of peers takes what Options says, not more.
func TestBuilderMemory(t *testing.T) {
	r := busy().records[0]
	if r.Home[1] {
		t.Fatal("the far end is to be Addr[1]")
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b := NewBuilder(Options{})
	for i := range uint32(300_000) {
		crowd(r, i)
		b.Add(r)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	taken := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("%d octets, %d a peer", taken, taken/(1<<16))
	if most := int64(1<<16) * 700; taken > most {
		t.Errorf("%d octets for 65,536 peers, more than %d", taken, most)
	}
	s := b.Finish(nil, Coverage{}, nil)
	if got := s.Totals.P2P; got.Peers() != 1<<16 || got.Flows != 300_000 || s.Beyond.PeerFlows != 300_000-1<<16 {
		t.Errorf("%+v %+v", got, s.Beyond)
	}
}

func TestFamiliesBounded(t *testing.T) {
	b := NewBuilder(Options{})
	r := busy().records[0]
	for i := range 200 {
		r.Verdict.Family = fmt.Sprint("family ", i)
		b.Add(r)
	}
	s := b.Finish(nil, Coverage{}, nil)
	flows := uint64(0)
	for _, f := range s.Families {
		flows += f.P2PFlows
	}
	if len(s.Families) != maxFamilies || flows != 200 {
		t.Errorf("%d families, %d flows", len(s.Families), flows)
	}
}

func TestWarnings(t *testing.T) {
	now := begin
	tests := []struct {
		name     string
		coverage Coverage
		sources  []geo.Source
		want     string
	}{
		{"none", Coverage{Last: now}, []geo.Source{{Kind: "country", Date: now.AddDate(0, -1, 0)}}, "[]"},
		{"no database", Coverage{}, nil, "[No geo database was used: countries are unknown.]"},
		{"old database", Coverage{Last: now}, []geo.Source{{Kind: "country", Date: now.AddDate(0, -4, 0)}},
			"[Geo data is over 90 days old: some addresses have changed hands.]"},
		{"old capture", Coverage{Last: now.AddDate(-11, 0, 0)}, []geo.Source{{Kind: "country", Date: now.AddDate(0, -4, 0)}},
			"[Geo data is over 90 days old, the capture is of 2015: holders changed.]"},
		{"old capture, new database", Coverage{Last: now.AddDate(-11, 0, 0)}, []geo.Source{{Kind: "country", Date: now}},
			"[The capture is of 2015, the geo data of 2026: holders have changed.]"},
		{"interrupted", Coverage{Interrupted: true, Last: now}, []geo.Source{{Date: now}},
			"[The reading was interrupted: this covers the beginning of the input only.]"},
		{"a fault of its own", Coverage{Panics: 1, PanicFrame: 7, Panic: "decoding: x"}, []geo.Source{{Date: now}},
			"[This program failed 1 time and passed over what it failed on, first at packet 7 (decoding: x): please report it with the capture.]"},
		{"damage", Coverage{Packets: 7, Cut: 1, Lost: []Count{{"damaged places", 2}}, Evicted: 3, Unobserved: 1, Backwards: 1}, []geo.Source{{Date: now}},
			"[The input was damaged or incomplete: damaged places (2). " +
				"1 of 7 packets were cut short, so evidence in payloads may be missing: capture them whole (tcpdump -s 0). " +
				"3 flows were judged early for want of memory, without the flows that came later. " +
				"The payload of 1 flow was not examined for want of memory. The capture's clock went backwards once.]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := NewBuilder(Options{Now: now}).Finish(nil, tt.coverage, tt.sources)
			if got := fmt.Sprint(s.Warnings); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	t.Run("one-way TCP", func(t *testing.T) {
		b := NewBuilder(Options{Now: now})
		for range oneWayFlows {
			b.Add(far{proto: packet.TCP, src: a23, sport: 1, dst: "198.51.100.1", dport: 2, judgement: classify.Other, packets: [2]uint64{9, 0}, payloads: [2]uint32{5, 0}}.record())
		}
		s := b.Finish(nil, Coverage{}, []geo.Source{{Date: now}})
		if got := fmt.Sprint(s.Warnings); got != "[5 of 5 TCP flows show one direction only: does the mirror port copy both?]" {
			t.Error(got)
		}
	})
}

func TestNext(t *testing.T) {
	tests := []struct {
		inputs []string
		want   string
	}{
		{[]string{"a.pcap"}, "peeratlas flows a.pcap"},
		{[]string{"my capture's.pcap"}, `peeratlas flows 'my capture'\''s.pcap'`},
		{[]string{"$(rm -rf).pcap"}, `peeratlas flows '$(rm -rf).pcap'`},
		{[]string{"-n.pcap"}, "peeratlas flows ./-n.pcap"},
		{[]string{"-"}, "peeratlas flows CAPTURE"},
		{[]string{"a\nb"}, "peeratlas flows CAPTURE"},
		{[]string{"a", "b"}, "peeratlas flows a b"},
		{[]string{"a", "b", "c"}, "peeratlas flows CAPTURE..."},
		{nil, "peeratlas flows CAPTURE..."},
	}
	for _, tt := range tests {
		if got := shellLine(next(&Summary{}, tt.inputs)); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.inputs, got, tt.want)
		}
	}
	s := &Summary{Hosts: []Host{{Addr: netip.MustParseAddr("192.168.1.34")}}}
	if got := shellLine(next(s, []string{"skype.pcap"})); got != "peeratlas explain skype.pcap 192.168.1.34" {
		t.Error(got)
	}
}

func TestHomeWords(t *testing.T) {
	tests := []struct {
		given []string
		want  string
	}{
		{nil, "[private addresses]"},
		{[]string{"192.0.2.0/24"}, "[private addresses 192.0.2.0/24]"},
		{[]string{"none", "192.0.2.0/24"}, "[192.0.2.0/24]"},
		{[]string{"none"}, "[]"},
	}
	for _, tt := range tests {
		h, err := geo.ParseHome(tt.given)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(homeWords(h, nil)); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.given, got, tt.want)
		}
	}
	if got := fmt.Sprint(homeWords(geo.Home{}, []netip.Prefix{netip.MustParsePrefix("2001:db8::/64")})); got != "[2001:db8::/64 (by its stations)]" {
		t.Error(got)
	}
}

func BenchmarkBuilderAdd(b *testing.B) {
	r := busy().records[0]
	for _, peers := range []uint32{16, 10_000, 200_000} {
		b.Run(fmt.Sprint(peers, " peers"), func(b *testing.B) {
			builder := NewBuilder(Options{})
			b.ReportAllocs()
			i := uint32(0)
			for b.Loop() {
				crowd(r, i%peers)
				i++
				builder.Add(r)
			}
		})
	}
	b.Run("other", func(b *testing.B) {
		builder := NewBuilder(Options{})
		other := busy().records[10]
		b.ReportAllocs()
		for b.Loop() {
			builder.Add(other)
		}
	})
}
