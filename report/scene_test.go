package report

import (
	"flag"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
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

// begin is when every scene begins.
var begin = time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)

// locations are where the addresses of the scenes are.
var locations = map[string]geo.Location{
	"198.51.100.1":    {Country: "BR", ASN: 28571, ASOrg: "UNIVERSIDADE DE SAO PAULO"},
	"198.51.100.2":    {Country: "BR", ASN: 28571, ASOrg: "UNIVERSIDADE DE SAO PAULO"},
	"198.51.100.3":    {Country: "JP", ASN: 2907, ASOrg: "国立情報学研究所 SINET"},
	"198.51.100.4":    {Country: "DE", ASN: 680, ASOrg: "Verein zur Foerderung eines Deutschen Forschungsnetzes e.V."},
	"198.51.100.5":    {Country: "US", ASN: 8075, ASOrg: "Microsoft Corporation", Hosting: true},
	"198.51.100.6":    {Country: "US", ASN: 13335, ASOrg: "Cloudflare, Inc.", Anycast: true, Hosting: true},
	"198.51.100.7":    {Country: geo.Unknown},
	"198.51.100.8":    {Country: "NZ", ASN: 9431, ASOrg: "The University of Auckland"},
	"2001:db8:9::1":   {Country: "CZ", ASN: 2852, ASOrg: "CESNET z.s.p.o."},
	"192.168.10.23":   {Country: geo.Private},
	"192.168.10.31":   {Country: geo.Private},
	"192.168.10.44":   {Country: geo.Private},
	"2001:db8:1::21":  {Country: "CZ", ASN: 2852, ASOrg: "CESNET z.s.p.o."},
	"239.255.255.250": {Country: geo.Multicast},
}

// far describes one flow: src began it.
type far struct {
	proto      packet.Protocol
	src        string
	sport      uint16
	dst        string
	dport      uint16
	judgement  classify.Judgement
	family     string
	path       classify.Path
	packets    [2]uint64 // of src, of dst
	octets     [2]uint64
	payloads   [2]uint32
	start, end time.Duration // since begin
	service    string
	reported   string
	name       classify.Name
}

// record makes the Record of a flow, as the pipeline would.
func (d far) record() *Record {
	src, dst := netip.MustParseAddr(d.src), netip.MustParseAddr(d.dst)
	h := packet.Headers{Src: packet.AddrFrom(src), Dst: packet.AddrFrom(dst), SrcPort: d.sport, DstPort: d.dport, Protocol: d.proto}
	key, from := flow.KeyOf(&h)
	to := 1 - from
	r := &Record{}
	f := &r.Flow
	f.Key, f.Initiator = key, from
	f.Start, f.End = begin.Add(d.start).UnixNano(), begin.Add(d.end).UnixNano()
	f.Packets[from], f.Packets[to] = uint32(d.packets[0]), uint32(d.packets[1])
	f.SetOctets(from, d.octets[0])
	f.SetOctets(to, d.octets[1])
	f.Payloads[from], f.Payloads[to] = d.payloads[0], d.payloads[1]
	r.Location[from], r.Location[to] = locations[d.src], locations[d.dst]
	home, _ := geo.ParseHome(nil)
	r.Home[from], r.Home[to] = home.Contains(src), home.Contains(dst)
	v := &r.Verdict
	v.Judgement, v.Family, v.Path, v.Service, v.Prior = d.judgement, d.family, d.path, d.service, -6.6
	v.Name[to] = d.name
	if d.judgement >= classify.Likely {
		v.Peer[to] = !r.Home[to] || r.Home[from]
		v.Peer[from] = r.Home[from] == r.Home[to] || r.Home[to] && !r.Home[from]
	}
	if d.reported != "" {
		a := netip.MustParseAddrPort(d.reported)
		v.Reported = []classify.Reported{{Addr: a, By: "stun.xor_peer_address"}}
		r.Reported = []geo.Location{locations[a.Addr().String()]}
	}
	switch d.judgement {
	case classify.P2P:
		v.Evidence = evidence()
	case classify.Likely:
		v.Evidence = []classify.Evidence{
			{Claim: "socket.fan_out", Group: "socket", Bits: 5, Counted: 5, Detail: "one local port to 31 peers in 26 networks"},
			{Claim: "ice.check", Group: "structure", Family: "webrtc", Bits: 4, Counted: 4,
				Detail: "connectivity check (type preference 110)", Packets: []uint32{4}},
		}
	case classify.Other:
		v.Evidence = []classify.Evidence{{Claim: "dns", Group: "service", Bits: -20, Counted: -20, Detail: "DNS message", Packets: []uint32{3, 4}}}
	}
	odds := v.Prior
	for _, e := range v.Evidence {
		odds += e.Counted
	}
	v.Probability = 1 / (1 + math.Exp2(-odds))
	return r
}

func evidence() []classify.Evidence {
	return []classify.Evidence{
		{Claim: "ice.two_way_checks", Group: "transaction", Family: "webrtc", Bits: 17, Counted: 17,
			Detail: "both ends sent connectivity checks: two ICE agents", Packets: []uint32{4, 5, 9}},
		{Claim: "ice.check", Group: "structure", Family: "webrtc", Bits: 4, Counted: 4,
			Detail: "connectivity check (type preference 110)", Packets: []uint32{4}},
		{Claim: "address.named", Group: "address", Bits: -4, Counted: -4, Detail: "a DNS answer led there before contact"},
		{Claim: "port.high", Group: "address", Bits: 1, Counted: 1, Detail: "both ports are 1024 or above and no service's"},
		{Claim: "stun.libwebrtc", Group: "structure", Family: "webrtc", Bits: 1, Counted: 0.5,
			Detail: "libwebrtc's network attribute", Packets: []uint32{4, 8}},
		{Claim: "stun.fingerprint", Group: "structure", Detail: "FINGERPRINT verifies: certainly STUN"},
	}
}

// scene is one capture as the report sees it.
type scene struct {
	records []*Record
	sockets []classify.Socket
	hosts   []classify.Host
	policy  *Policy
	options Options
}

func (s *scene) summary() *Summary {
	b := NewBuilder(s.options)
	c := Coverage{Inputs: []string{"office.pcapng"}, First: begin, Last: begin.Add(9 * time.Minute),
		Packets: 2582, CapturedOctets: 290_000, WireOctets: 303_719, InFlows: 2574,
		NotFlows: []Count{{"not IP (ARP, LLDP, ...)", 6}, {"ICMP messages", 2}}}
	for _, r := range s.records {
		b.Add(r)
		c.Flows++
		if r.Flow.Packets[0] == 0 || r.Flow.Packets[1] == 0 {
			c.OneWay++
		}
	}
	b.Judge(s.hosts)
	sum := b.Finish(s.sockets, c, []geo.Source{
		{Name: "DB-IP IP to Country Lite", Kind: geo.KindCountry, Date: begin.AddDate(0, -1, 0), Path: geo.Embedded,
			Licence: "CC BY 4.0", Attribution: "IP Geolocation by DB-IP", Link: "https://db-ip.com"},
		{Name: "ip-location-db asn", Kind: geo.KindASN, Date: begin.AddDate(0, -1, 3), Path: geo.Embedded},
	})
	sum.Policy = s.policy
	return sum
}

func options() Options {
	home, _ := geo.ParseHome(nil)
	return Options{Program: "peeratlas test", Now: begin.AddDate(0, 0, 2), Home: home}
}

const (
	a23, a31, a44 = "192.168.10.23", "192.168.10.31", "192.168.10.44"
	p2p           = classify.P2P
)

// busy has all that a report can show: peers in countries and elsewhere, a relay, peers only
// probed, peers only likely, reported addresses, a name, and ordinary traffic.
func busy() *scene {
	two := func(n uint32) [2]uint32 { return [2]uint32{n, n} }
	flows := []far{
		{packet.UDP, a23, 24816, "198.51.100.1", 17187, p2p, "skype", classify.Direct, [2]uint64{671, 670}, [2]uint64{62810, 62790}, two(670), 26 * time.Second, 280 * time.Second, "", "", classify.Name{}},
		{packet.TCP, a23, 60905, "198.51.100.1", 17187, p2p, "skype", classify.Direct, [2]uint64{10, 9}, [2]uint64{1040, 714}, two(4), 30 * time.Second, 40 * time.Second, "", "", classify.Name{}},
		{packet.UDP, a23, 24816, "198.51.100.2", 49806, p2p, "skype", classify.Probe, [2]uint64{2, 0}, [2]uint64{113, 0}, [2]uint32{2, 0}, 20 * time.Second, 22 * time.Second, "", "", classify.Name{}},
		{packet.UDP, a23, 24816, "198.51.100.3", 12103, p2p, "skype", classify.Direct, [2]uint64{2, 1}, [2]uint64{99, 85}, two(1), 21 * time.Second, 21 * time.Second, "", "", classify.Name{}},
		{packet.UDP, "198.51.100.4", 40018, a23, 24816, p2p, "skype", classify.Direct, [2]uint64{5, 5}, [2]uint64{500, 501}, two(5), 25 * time.Second, 50 * time.Second, "", "", classify.Name{}},
		{packet.TCP, a31, 50218, "198.51.100.5", 443, p2p, "webrtc", classify.Relayed, [2]uint64{109, 109}, [2]uint64{15258, 15363}, two(100), 41 * time.Second, 45 * time.Second, "", "198.51.100.8:34956",
			classify.Name{Text: "turn.example.net", Source: classify.FromDNS, Time: begin.Add(40 * time.Second).UnixNano()}},
		{packet.UDP, a31, 50212, "198.51.100.6", 3478, classify.Likely, "webrtc", classify.Direct, [2]uint64{3, 3}, [2]uint64{300, 310}, two(3), 42 * time.Second, 46 * time.Second, "", "", classify.Name{}},
		{packet.UDP, a31, 50212, "198.51.100.7", 4000, p2p, "unknown", classify.Probe, [2]uint64{1, 0}, [2]uint64{61, 0}, [2]uint32{1, 0}, 43 * time.Second, 43 * time.Second, "", "", classify.Name{}},
		{packet.UDP, a31, 50212, a44, 50300, p2p, "webrtc", classify.Probe, [2]uint64{4, 0}, [2]uint64{464, 0}, [2]uint32{4, 0}, 43 * time.Second, 45 * time.Second, "", "", classify.Name{}},
		{packet.UDP, "2001:db8:1::21", 50300, "2001:db8:9::1", 50301, p2p, "webrtc", classify.Direct, [2]uint64{40, 42}, [2]uint64{4000, 4200}, two(38), 50 * time.Second, 59 * time.Second, "", "", classify.Name{}},
		{packet.UDP, a31, 52140, "192.168.10.1", 53, classify.Other, "", classify.NoPath, [2]uint64{1, 1}, [2]uint64{65, 81}, two(1), time.Second, time.Second, "dns", "", classify.Name{}},
		{packet.TCP, a31, 52141, "198.51.100.5", 80, classify.Unknown, "", classify.NoPath, [2]uint64{1, 0}, [2]uint64{60, 0}, [2]uint32{}, 2 * time.Second, 2 * time.Second, "", "", classify.Name{}},
	}
	s := &scene{options: options()}
	for _, f := range flows {
		s.records = append(s.records, f.record())
	}
	s.sockets = []classify.Socket{
		{Host: netip.MustParseAddr(a23), Protocol: "udp", Port: 24816, Family: "skype", Flows: 4, P2P: 4, Peers: 4, Networks: 1, Answered: 3,
			Evidence: []classify.Evidence{{Claim: "skype.id_step2", Group: "socket", Family: "skype", Bits: 20, Counted: 20,
				Detail: "message ids rise by 2 over all peers of the socket: 30 of 30 steps", Packets: []uint32{98}}}},
		{Host: netip.MustParseAddr(a31), Protocol: "udp", Port: 50212, Family: "webrtc", Flows: 3, P2P: 2, Peers: 2, Networks: 2, Answered: 0, Evidence: evidence()},
		{Host: netip.MustParseAddr("10.9.9.9"), Protocol: "udp", Port: 1, Flows: 1, P2P: 1},
	}
	s.hosts = judgedHosts()
	return s
}

// only keeps the records that pass.
func (s *scene) only(pass func(*Record) bool) *scene {
	out := &scene{options: s.options}
	for _, r := range s.records {
		if pass(r) {
			out.records = append(out.records, r)
		}
	}
	return out
}

// scenes are what every format is tried on.
func scenes() map[string]*scene {
	likely := busy().only(func(r *Record) bool { return r.Verdict.Judgement != p2p })
	bounded := busy()
	bounded.options.MaxPeers, bounded.options.MaxHosts = 3, 1
	strangers := busy().only(func(r *Record) bool { return !r.Home[0] && !r.Home[1] })
	return map[string]*scene{
		"busy":      busy(),
		"likely":    likely,
		"none":      busy().only(func(r *Record) bool { return r.Verdict.Judgement < classify.Likely }),
		"empty":     {options: options()},
		"bounded":   bounded,
		"strangers": strangers,
		"breached":  breached(),
		"passed":    passed(),
		"joined":    joinedScene(),
	}
}
