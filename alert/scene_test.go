package alert

import (
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

var begin = time.Date(2026, 3, 12, 9, 0, 0, 123456789, time.UTC)

// far describes a flow that a home address began; the rest has defaults.
type far struct {
	host, peer string
	port       uint16 // of the host
	country    string
	location   geo.Location // in place of country
	verdict    classify.Judgement
	family     string
	path       classify.Path
	answered   bool
	news       report.News
	owner      report.Owner
	name       string
	detail     string
	inbound    bool
}

func (d far) sighting() report.Sighting {
	host, peer := netip.MustParseAddr(d.host), netip.MustParseAddr(d.peer)
	h := packet.Headers{Src: packet.AddrFrom(host), Dst: packet.AddrFrom(peer), SrcPort: 24816, DstPort: 17187, Protocol: packet.UDP}
	if d.port != 0 {
		h.SrcPort = d.port
	}
	key, from := flow.KeyOf(&h)
	to := 1 - from
	s := report.Sighting{News: d.news}
	if s.News == 0 {
		s.News = report.Appeared
	}
	r := &s.Record
	r.Flow.Key, r.Flow.Initiator = key, from
	if d.inbound {
		r.Flow.Initiator = to
	}
	r.Flow.Start, r.Flow.End = begin.UnixNano(), begin.Add(time.Second).UnixNano()
	r.Flow.Packets[from], r.Flow.Payloads[from] = 3, 3
	if d.answered {
		r.Flow.Packets[to], r.Flow.Payloads[to] = 2, 2
	}
	home, _ := geo.ParseHome(nil)
	r.Home[from], r.Home[to] = home.Contains(host), home.Contains(peer)
	r.Location[from] = geo.Location{Country: geo.Private}
	if r.Location[to] = d.location; d.location == (geo.Location{}) {
		r.Location[to] = geo.Location{Country: d.country, ASN: 64500, ASOrg: "Example Org"}
	}
	v := &r.Verdict
	if v.Judgement = d.verdict; d.verdict == 0 {
		v.Judgement = classify.P2P
	}
	v.Family, v.Path, v.Probability, v.Prior = d.family, d.path, 0.99987, -6.6
	if v.Family == "" {
		v.Family = "skype"
	}
	if v.Path == classify.NoPath {
		v.Path = classify.Direct
		if !d.answered {
			v.Path = classify.Probe
		}
	}
	v.Peer[to], v.Peer[from] = true, r.Home[to]
	if d.name != "" {
		v.Name[to] = classify.Name{Text: d.name, Source: classify.FromDNS}
	}
	detail := d.detail
	if detail == "" {
		detail = "message ids rise by 2: 30 of 30 steps"
	}
	v.Evidence = []classify.Evidence{
		{Claim: "skype.id_step2", Group: "socket", Bits: 20, Counted: 20, Detail: detail, Packets: []uint32{98, 99}},
		{Claim: "address.named", Group: "address", Bits: -4, Counted: -4, Detail: "a DNS answer led there"},
		{Claim: "port.high", Bits: 1, Counted: 0.5, Detail: "both ports are high"},
	}
	s.Owner[from] = d.owner
	return s
}

// look is look number n, two seconds after the one before.
func look(n int, flows ...far) *report.Look {
	l := &report.Look{Number: uint64(n), Time: begin.Add(time.Duration(n) * 2 * time.Second), Began: begin, Summary: &report.Summary{}}
	for _, f := range flows {
		l.News = append(l.News, f.sighting())
	}
	return l
}

// hostile is text that tries to break out of whatever it stands in.
const hostile = "a\"b]c\\d\ne\r\x00\x1b[2J\u202e<script>\xff\xfe'$(reboot)`;|&\u2028 \u7db2"

// told gathers lines of several goroutines.
type told struct {
	mutex sync.Mutex
	lines []string
}

func (t *told) tell(line string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.lines = append(t.lines, line)
}

func (t *told) all() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return strings.Join(t.lines, "\n")
}

// has waits until a line holds words.
func (t *told) has(tb testing.TB, words string) {
	tb.Helper()
	eventually(tb, "the words "+words, func() bool { return strings.Contains(t.all(), words) })
}

// eventually waits until what happens.
func eventually(tb testing.TB, what string, happened func() bool) {
	tb.Helper()
	for end := time.Now().Add(20 * time.Second); !happened(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			tb.Fatalf("waited in vain for %s", what)
		}
	}
}

// kinds are the alerts of a look in short.
func kinds(alerts []*Alert) string {
	var out []string
	for _, a := range alerts {
		s := string(a.Kind)
		if a.Record != nil {
			s += " " + a.host().String() + ">" + a.peer().String()
		}
		if a.Kind == FirstCountry {
			s += " " + a.Scope + " " + a.contactWord() + " " + a.peerLocation().Country
		}
		if a.Loss != nil {
			s += " " + a.Loss.Cause + " " + a.Loss.Interface
		}
		if a.Kind == VerdictChanged {
			s += " " + a.Host.String() + " " + a.Before + ">" + a.After
		}
		if a.Breach != nil {
			s += " " + a.Breach.Rule + "/" + a.Breach.Side
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}
