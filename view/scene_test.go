package view

import (
	"flag"
	"fmt"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

var update = flag.Bool("update", false, "write the goldens anew")

// golden compares got with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; make it with go test -run %s -update", err, t.Name())
	}
	if got != string(want) {
		t.Errorf("%s differs; look at it, then go test -update\n--- got\n%s\n--- want\n%s", path, got, want)
	}
}

// begin is when every scene begins.
var begin = time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)

// places are where the addresses of the scenes are.
var places = map[string]geo.Location{
	"198.51.100.1":  {Country: "BR", ASN: 28571, ASOrg: "UNIVERSIDADE DE SAO PAULO"},
	"198.51.100.2":  {Country: "BR", ASN: 28571, ASOrg: "UNIVERSIDADE DE SAO PAULO"},
	"198.51.100.3":  {Country: "JP", ASN: 2907, ASOrg: "国立情報学研究所 SINET"},
	"198.51.100.4":  {Country: "DE", ASN: 680, ASOrg: "Verein zur Foerderung eines Deutschen Forschungsnetzes e.V."},
	"198.51.100.5":  {Country: "US", ASN: 8075, ASOrg: "Microsoft Corporation", Hosting: true},
	"198.51.100.6":  {Country: "US", ASN: 13335, ASOrg: "Cloudflare, Inc.", Anycast: true, Hosting: true},
	"198.51.100.7":  {Country: geo.Unknown},
	"2001:db8:9::1": {Country: "CZ", ASN: 2852, ASOrg: "CESNET z.s.p.o."},
}

// told describes a flow that a look tells of: src began it.
type told struct {
	src, dst  string // address and port
	proto     packet.Protocol
	judgement classify.Judgement
	family    string
	path      classify.Path
	packets   [2]uint32 // of src, of dst; each bears payload
	octets    [2]uint64
	at        time.Duration // since begin
	name      string        // of dst
	owner     report.Owner  // of src
}

func (d told) sighting() report.Sighting {
	src, dst := netip.MustParseAddrPort(d.src), netip.MustParseAddrPort(d.dst)
	h := packet.Headers{Src: packet.AddrFrom(src.Addr()), Dst: packet.AddrFrom(dst.Addr()), SrcPort: src.Port(), DstPort: dst.Port(), Protocol: d.proto}
	key, from := flow.KeyOf(&h)
	to := 1 - from
	var s report.Sighting
	r := &s.Record
	f := &r.Flow
	f.Key, f.Initiator, f.FirstFrame = key, from, uint32(d.at/time.Second)+1
	f.Start, f.End = begin.Add(d.at).UnixNano(), begin.Add(d.at+2*time.Second).UnixNano()
	f.Packets[from], f.Packets[to] = d.packets[0], d.packets[1]
	f.Payloads = f.Packets
	f.SetOctets(from, d.octets[0])
	f.SetOctets(to, d.octets[1])
	home, _ := geo.ParseHome(nil)
	for e, a := range map[flow.Direction]netip.Addr{from: src.Addr(), to: dst.Addr()} {
		r.Home[e] = home.Contains(a)
		r.Location[e] = places[a.String()]
		if r.Home[e] {
			r.Location[e] = geo.Location{Country: geo.Private}
		}
		if r.Location[e].Country == "" {
			r.Location[e].Country = geo.Unknown
		}
	}
	v := &r.Verdict
	v.Judgement, v.Family, v.Path, v.Prior = d.judgement, d.family, d.path, -6.6
	v.Peer[from], v.Peer[to] = !r.Home[from], !r.Home[to] || r.Home[from]
	if d.name != "" {
		v.Name[to] = classify.Name{Text: d.name, Source: classify.FromDNS, Time: f.Start}
	}
	bits := map[classify.Judgement]float64{classify.P2P: 17, classify.Likely: 8, classify.Other: -3}[d.judgement]
	v.Evidence = []classify.Evidence{
		{Claim: "ice.two_way_checks", Group: "transaction", Family: d.family, Bits: bits, Counted: bits,
			Detail: "both ends sent connectivity checks: two ICE agents", Packets: []uint32{4, 5, 9}},
		{Claim: "port.high", Group: "address", Bits: 1, Counted: 1, Detail: "both ports are 1024 or above and no service's"},
		{Claim: "address.named", Group: "address", Bits: -4, Counted: -4, Detail: "a DNS answer led there before contact"},
	}
	v.Probability = 1 / (1 + math.Exp2(-(v.Prior + bits - 3)))
	s.News = report.Appeared
	s.Owner[from] = d.owner
	return s
}

const (
	a23 = "192.168.10.23:24816"
	a31 = "192.168.10.31:50212"
)

// office is what two people's programs did.
func office() []told {
	skype := report.Owner{PID: 4711, Name: "skype", User: "maria"}
	return []told{
		{a23, "198.51.100.1:17187", packet.UDP, classify.P2P, "skype", classify.Direct, [2]uint32{671, 670}, [2]uint64{62810, 62790}, 26 * time.Second, "", skype},
		{"192.168.10.23:60905", "198.51.100.1:17187", packet.TCP, classify.P2P, "skype", classify.Direct, [2]uint32{10, 9}, [2]uint64{1040, 714}, 30 * time.Second, "", skype},
		{a23, "198.51.100.2:49806", packet.UDP, classify.P2P, "skype", classify.Probe, [2]uint32{2, 0}, [2]uint64{113, 0}, 20 * time.Second, "", skype},
		{a23, "198.51.100.3:12103", packet.UDP, classify.P2P, "skype", classify.Direct, [2]uint32{2, 1}, [2]uint64{99, 85}, 21 * time.Second, "", skype},
		{"198.51.100.4:40018", a23, packet.UDP, classify.P2P, "skype", classify.Direct, [2]uint32{5, 5}, [2]uint64{500, 501}, 25 * time.Second, "", report.Owner{}},
		{"192.168.10.31:50218", "198.51.100.5:443", packet.TCP, classify.P2P, "webrtc", classify.Relayed, [2]uint32{109, 109}, [2]uint64{1525800, 1536300}, 41 * time.Second, "turn.example.net", report.Owner{}},
		{a31, "198.51.100.6:3478", packet.UDP, classify.Likely, "webrtc", classify.Direct, [2]uint32{3, 3}, [2]uint64{300, 310}, 42 * time.Second, "", report.Owner{}},
		{a31, "198.51.100.7:4000", packet.UDP, classify.P2P, "unknown", classify.Probe, [2]uint32{1, 0}, [2]uint64{61, 0}, 43 * time.Second, "", report.Owner{}},
		{"[fd00:10::31]:50300", "[2001:db8:9::1]:50301", packet.UDP, classify.P2P, "webrtc", classify.Direct, [2]uint32{40, 42}, [2]uint64{4000, 4200}, 50 * time.Second, "", report.Owner{}},
	}
}

// scene makes looks of what was told of.
type scene struct {
	flows      []told
	interfaces []report.InterfaceCount
	gaps       report.Gaps
	coverage   report.Coverage
	sandbox    string
	number     uint64
	at         time.Duration
	last       bool
}

func live() *scene {
	return &scene{interfaces: []report.InterfaceCount{{Name: "eth1", Up: true}}, sandbox: "no new privileges, Landlock"}
}

// look is the next look, some time after the one before, with so many packets more; news are what
// flows says.
func (s *scene) look(after time.Duration, packets uint64, news ...told) *report.Look {
	s.number++
	s.at += after
	s.flows = append(s.flows, news...)
	l := &report.Look{Number: s.number, Time: begin.Add(s.at), Began: begin, Last: s.last, Gaps: s.gaps, Sandbox: s.sandbox}
	home, _ := geo.ParseHome(nil)
	b := report.NewBuilder(report.Options{Program: "peeratlas test", Home: home})
	for _, d := range s.flows {
		x := d.sighting()
		b.Add(&x.Record)
	}
	for _, d := range news {
		l.News = append(l.News, d.sighting())
	}
	s.coverage.Packets += packets
	s.coverage.WireOctets += packets * 500
	s.coverage.InFlows = s.coverage.Packets
	s.coverage.Flows = uint64(len(s.flows))
	s.coverage.First, s.coverage.Last = begin, l.Time
	for i := range s.interfaces {
		s.interfaces[i].Received += packets / uint64(len(s.interfaces))
		s.interfaces[i].Octets += packets * 500 / uint64(len(s.interfaces))
	}
	l.Interfaces = append(l.Interfaces, s.interfaces...)
	socket := classify.Socket{Host: netip.MustParseAddr("192.168.10.23"), Protocol: "udp", Port: 24816, Family: "skype", Flows: 4, P2P: 4, Peers: 4, Networks: 1, Answered: 3,
		Evidence: []classify.Evidence{{Claim: "skype.id_step2", Group: "socket", Family: "skype", Bits: 20, Counted: 20,
			Detail: "message ids rise by 2 over all peers of the socket: 30 of 30 steps", Packets: []uint32{98}}}}
	l.Summary = b.Finish([]classify.Socket{socket}, s.coverage, []geo.Source{{Name: "DB-IP IP to Country Lite", Kind: geo.KindCountry,
		Date: begin.AddDate(0, -1, 0), Path: geo.Embedded, Attribution: "IP Geolocation by DB-IP"}})
	l.Load = report.Load{Flows: uint64(len(s.flows)), MaxFlows: 475_000, Judging: 13 * time.Millisecond, Memory: 85_000_000}
	return l
}

// screens drives a model without a terminal.
type screens struct {
	*model
	t   testing.TB
	now time.Time
}

func newScreens(t testing.TB, width, height int, o ...func(*Options)) *screens {
	s := &screens{t: t, now: begin}
	options := Options{Program: "peeratlas 1.0", Inputs: []string{"eth1"}, Environ: []string{"TERM=xterm", "LANG=C.UTF-8"},
		MaxFlows: 8192, Now: func() time.Time { return s.now }}
	for _, f := range o {
		f(&options)
	}
	s.model = newModel(options, newInbox(options.MaxFlows))
	s.Update(tea.WindowSizeMsg{Width: width, Height: height})
	return s
}

// tell gives it looks, as a program would.
func (s *screens) tell(looks ...*report.Look) {
	for _, l := range looks {
		s.now = l.Time
		s.inbox.put(l)
		s.Update(looked{})
	}
}

// press gives it keys: names, or text one character each after "text ".
func (s *screens) press(keys ...string) (last tea.Cmd) {
	for _, k := range keys {
		if text, ok := strings.CutPrefix(k, "text "); ok {
			for _, r := range text {
				_, last = s.Update(tea.KeyPressMsg{Code: r, Text: string(r)})
			}
			continue
		}
		msg := tea.KeyPressMsg{}
		switch k {
		case "up", "down", "pgup", "pgdown", "home", "end", "enter", "esc", "tab", "shift+tab", "backspace", "ctrl+c", "ctrl+u":
			code := map[string]rune{"up": tea.KeyUp, "down": tea.KeyDown, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome,
				"end": tea.KeyEnd, "enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "shift+tab": tea.KeyTab,
				"backspace": tea.KeyBackspace, "ctrl+c": 'c', "ctrl+u": 'u'}[k]
			msg.Code = code
			if strings.HasPrefix(k, "ctrl+") {
				msg.Mod = tea.ModCtrl
			}
			if k == "shift+tab" {
				msg.Mod = tea.ModShift
			}
		default:
			msg.Code, msg.Text = []rune(k)[0], k
		}
		if got := msg.String(); got != k {
			s.t.Fatalf("key %q is called %q", k, got)
		}
		_, last = s.Update(msg)
	}
	return last
}

// text is the screen without its colours. It checks the sizes.
func (s *screens) text() string {
	s.t.Helper()
	raw := s.View().Content
	plain := ansi.Strip(raw)
	lines := strings.Split(plain, "\n")
	if len(lines) != s.height {
		s.t.Errorf("%d lines on a screen of %d", len(lines), s.height)
	}
	for i, l := range lines {
		if w := ansi.StringWidth(l); w > s.width {
			s.t.Errorf("line %d takes %d columns of %d: %q", i, w, s.width, l)
		}
		if w := ansi.StringWidthWc(l); w > s.width {
			s.t.Errorf("line %d takes %d columns of %d by wcwidth: %q", i, w, s.width, l)
		}
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// line is the first line of the screen that holds all of the words; "" if none does.
func (s *screens) line(words ...string) string {
	s.t.Helper()
next:
	for l := range strings.SplitSeq(s.text(), "\n") {
		for _, w := range words {
			if !strings.Contains(l, w) {
				continue next
			}
		}
		return l
	}
	return ""
}

// crowd is many peers of many hosts.
func crowd(n int) []told {
	out := make([]told, n)
	for i := range out {
		out[i] = told{src: fmt.Sprintf("192.168.%d.%d:%d", i%7, 1+i%50, 20000+i%3), dst: fmt.Sprintf("11.%d.%d.%d:%d", i>>16&255, i>>8&255, i&255, 1024+i%60000), proto: packet.UDP,
			judgement: classify.P2P, family: []string{"skype", "webrtc", "unknown"}[i%3], path: classify.Path(1 + i%3),
			packets: [2]uint32{uint32(1 + i%9), uint32(i % 4)}, octets: [2]uint64{uint64(100 + i), uint64(i % 4 * 100)}, at: time.Duration(i) * time.Second / 10}
	}
	return out
}
