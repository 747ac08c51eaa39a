package report

import (
	"bytes"
	"encoding/json"
	"math"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
)

// The slow twin: the record as encoding/json would write it.
type (
	twinEvidence struct {
		Claim   string   `json:"claim"`
		Bits    float64  `json:"bits"`
		Counted float64  `json:"counted"`
		Group   string   `json:"group,omitempty"`
		Detail  string   `json:"detail"`
		Packets []uint32 `json:"packets"`
	}
	twinPlace struct {
		Country    string `json:"country"`
		ASN        uint32 `json:"asn,omitempty"`
		ASOrg      string `json:"as_org,omitempty"`
		Name       string `json:"name,omitempty"`
		NameSource string `json:"name_source,omitempty"`
		NameTime   string `json:"name_time,omitempty"`
		NameECH    bool   `json:"name_ech,omitempty"`
		Anycast    bool   `json:"anycast,omitempty"`
		Hosting    bool   `json:"hosting,omitempty"`
		Home       bool   `json:"home,omitempty"`
	}
	twinReported struct {
		IP      string `json:"ip"`
		Port    uint16 `json:"port"`
		Country string `json:"country"`
		By      string `json:"by"`
	}
	twinRecord struct {
		V             int            `json:"v"`
		Start         string         `json:"start"`
		End           string         `json:"end"`
		Proto         string         `json:"proto"`
		SrcIP         string         `json:"src_ip"`
		SrcPort       uint16         `json:"src_port"`
		DstIP         string         `json:"dst_ip"`
		DstPort       uint16         `json:"dst_port"`
		CommunityID   string         `json:"community_id"`
		SrcPackets    uint64         `json:"src_packets"`
		DstPackets    uint64         `json:"dst_packets"`
		SrcBytes      uint64         `json:"src_bytes"`
		DstBytes      uint64         `json:"dst_bytes"`
		Verdict       string         `json:"verdict"`
		P2P           bool           `json:"p2p"`
		Probability   float64        `json:"probability"`
		Family        string         `json:"family"`
		Path          string         `json:"path"`
		Service       string         `json:"service,omitempty"`
		Prior         float64        `json:"prior"`
		Evidence      []twinEvidence `json:"evidence"`
		Src           twinPlace      `json:"src"`
		Dst           twinPlace      `json:"dst"`
		Peer          string         `json:"peer,omitempty"`
		ReportedPeer  *twinReported  `json:"reported_peer,omitempty"`
		ReportedPeers []twinReported `json:"reported_peers,omitempty"`
		FirstPacket   uint32         `json:"first_packet,omitempty"`
		SrcPayloads   uint32         `json:"src_payload_packets,omitempty"`
		DstPayloads   uint32         `json:"dst_payload_packets,omitempty"`
		SrcFlags      string         `json:"src_tcp_flags,omitempty"`
		DstFlags      string         `json:"dst_tcp_flags,omitempty"`
		VLAN          uint16         `json:"vlan,omitempty"`
		Tunnel        string         `json:"tunnel,omitempty"`
		Cut           bool           `json:"cut,omitempty"`
		Continues     bool           `json:"continues,omitempty"`
		EndReason     string         `json:"end_reason,omitempty"`
	}
)

func round(v, scale float64) float64 {
	v = math.Round(v*scale) / scale
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

func twin(r *Record) twinRecord {
	f, v := &r.Flow, &r.Verdict
	s, d := f.Initiator&1, 1-f.Initiator&1
	stamp := func(n int64) string { return time.Unix(0, n).UTC().Format("2006-01-02T15:04:05.000000000Z07:00") }
	flags := func(c uint8) (s string) {
		for i, l := range []string{"F", "S", "R", "P", "A", "U", "E", "C"} {
			if c&(1<<i) != 0 {
				s += l
			}
		}
		return s
	}
	place := func(e flow.Direction) twinPlace {
		l, n := r.Location[e], v.Name[e]
		p := twinPlace{Country: l.Country, ASN: l.ASN, ASOrg: l.ASOrg, Anycast: l.Anycast, Hosting: l.Hosting, Home: r.Home[e]}
		if p.Country == "" {
			p.Country = "unknown"
		}
		if n.Source != classify.NoName && n.Text != "" {
			p.Name, p.NameSource, p.NameECH = n.Text, n.Source.String(), n.ECH
			if n.Time != 0 {
				p.NameTime = stamp(n.Time)
			}
		}
		return p
	}
	t := twinRecord{V: 1, Start: stamp(f.Start), End: stamp(f.End), Proto: map[packet.Protocol]string{6: "tcp", 17: "udp"}[f.Key.Protocol],
		SrcIP: f.Key.Addr[s].Netip().String(), SrcPort: f.Key.Port[s], DstIP: f.Key.Addr[d].Netip().String(), DstPort: f.Key.Port[d],
		CommunityID: f.Key.CommunityID(), SrcPackets: uint64(f.Packets[s]), DstPackets: uint64(f.Packets[d]), SrcBytes: f.Octets(s), DstBytes: f.Octets(d),
		Verdict: v.Judgement.String(), P2P: v.Judgement == classify.P2P, Probability: round(v.Probability, 1e4),
		Family: v.Family, Path: v.Path.String(), Service: v.Service, Prior: round(v.Prior, 1e3), Evidence: []twinEvidence{},
		Src: place(s), Dst: place(d), FirstPacket: f.FirstFrame, SrcPayloads: f.Payloads[s], DstPayloads: f.Payloads[d],
		SrcFlags: flags(f.TCPFlags[s]), DstFlags: flags(f.TCPFlags[d]), VLAN: f.VLAN(), Tunnel: f.Tunnel.String(), Cut: f.Cut(), Continues: f.Continues(),
		EndReason: []string{"", "idle timeout", "active timeout", "end of flow", "forced end", "lack of resources"}[f.EndReason]}
	for _, e := range v.Evidence {
		p := e.Packets
		if p == nil {
			p = []uint32{}
		}
		t.Evidence = append(t.Evidence, twinEvidence{e.Claim, round(e.Bits, 1e3), round(e.Counted, 1e3), e.Group, e.Detail, p})
	}
	if v.Judgement >= classify.Likely {
		t.Peer = map[[2]bool]string{{true, false}: "src", {false, true}: "dst", {true, true}: "both"}[[2]bool{v.Peer[s], v.Peer[d]}]
	}
	for i, p := range v.Reported {
		c := "unknown"
		if i < len(r.Reported) && r.Reported[i].Country != "" {
			c = r.Reported[i].Country
		}
		t.ReportedPeers = append(t.ReportedPeers, twinReported{p.Addr.Addr().String(), p.Addr.Port(), c, p.By})
	}
	if len(t.ReportedPeers) > 0 {
		t.ReportedPeer = &t.ReportedPeers[0]
	}
	if len(t.ReportedPeers) == 1 {
		t.ReportedPeers = nil
	}
	return t
}

// compareTwin checks that a line is one line, printable, and what the slow twin writes: keys in
// the same order with the same values.
func compareTwin(t *testing.T, r *Record, line []byte) {
	t.Helper()
	if n := bytes.Count(line, []byte("\n")); n != 1 || line[len(line)-1] != '\n' {
		t.Fatalf("%d line ends in %q", n, line)
	}
	if c, bad := unsafe(string(line[:len(line)-1]), ""); bad {
		t.Fatalf("%q holds %U", line, c)
	}
	slow, err := json.Marshal(twin(r))
	if err != nil {
		t.Fatal(err)
	}
	got, want := tokens(t, line), tokens(t, slow)
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %s\nwant %s", line, slow)
	}
}

// tokens reads JSON as a list of its tokens: order counts.
func tokens(t *testing.T, text []byte) []json.Token {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	var out []json.Token
	for {
		token, err := d.Token()
		if token == nil && err != nil {
			if err.Error() != "EOF" {
				t.Fatalf("%s: %v", text, err)
			}
			return out
		}
		out = append(out, token)
	}
}

// full is a record with every key of the format.
func full() *Record {
	r := busy().records[5]
	f, v := &r.Flow, &r.Verdict
	f.FirstFrame, f.TCPFlags, f.Tunnel, f.EndReason = 847, [2]uint8{0x1b, 0xff}, packet.VXLAN, flow.EndOfFlow
	f.SetVLAN(12)
	f.SetCut()
	f.SetContinues()
	v.Service = "turn"
	v.Reported = append(v.Reported, classify.Reported{Addr: netip.MustParseAddrPort("[2001:db8::5]:9"), By: "zoom"})
	near := f.Initiator
	r.Location[1-near].Anycast, r.Home = true, [2]bool{true, true}
	r.Location[near] = r.Location[1-near]
	v.Name[near] = v.Name[1-near]
	for e := range v.Name {
		v.Name[e].ECH = true
	}
	return r
}

func TestAppendRecord(t *testing.T) {
	rows := map[string]*Record{"every key": full(), "zero": {Flow: flow.Flow{Key: flow.Key{Protocol: packet.UDP}}}}
	for i, r := range busy().records {
		rows["busy "+string(rune('a'+i))] = r
	}
	hostile := full()
	hostile.Verdict.Name[0] = classify.Name{Text: hostileText, Source: classify.FromSNI}
	hostile.Verdict.Name[1] = classify.Name{Text: "\xff\x00\u2028", Source: classify.FromCertificate}
	hostile.Location[0].ASOrg = hostileText
	hostile.Verdict.Evidence[0].Detail = hostileText
	rows["hostile"] = hostile
	odd := full()
	odd.Verdict.Probability, odd.Verdict.Prior = math.NaN(), math.Inf(-1)
	odd.Verdict.Evidence[0].Bits = math.Copysign(0, -1)
	odd.Verdict.Evidence[1].Bits = 0.00004
	rows["numbers without JSON"] = odd
	extreme := full()
	extreme.Flow.Start, extreme.Flow.End = math.MinInt64, math.MaxInt64
	extreme.Flow.SetOctets(0, 1<<40-1)
	extreme.Flow.SetOctets(1, 1<<32)
	rows["ends of time"] = extreme
	for name, r := range rows {
		t.Run(name, func(t *testing.T) {
			line := AppendRecord([]byte(nil), r)
			compareTwin(t, r, line)
			if again := AppendRecord([]byte("x"), r); string(again) != "x"+string(line) {
				t.Errorf("not the same octets again: %s", again)
			}
		})
	}
}

func TestAppendRecordGolden(t *testing.T) {
	var lines []byte
	for _, r := range append(busy().records, full()) {
		lines = AppendRecord(lines, r)
	}
	golden(t, "busy.ndjson", lines)
}

// TestRecordDocumented holds docs/record.md to the keys that are written, and the other way round.
func TestRecordDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/record.md")
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	r, one, several := full(), Ownership{Owners: []Owner{{1, "a", ""}}}, Ownership{Owners: []Owner{{1, "a", ""}, {2, "b", ""}}, Doubt: Shared}
	line := AppendFlags(AppendRecord(nil, r), []Flag{{"x", Deny}})
	for _, o := range []Ownership{one, several} { // of one end only one of them is ever written
		line = AppendProcesses(line, r, func(*flow.Flow, int) Ownership { return o })
	}
	if err := json.Unmarshal(line, &m); err != nil {
		t.Fatal(err)
	}
	compareKeys(t, string(text), keys("", m))
}

// keys lists the keys of decoded JSON as paths: evidence[].claim.
func keys(prefix string, v any) map[string]bool {
	out := map[string]bool{}
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			out[prefix+k] = true
			for p := range keys(prefix+k+".", inner) {
				out[p] = true
			}
		}
	case []any:
		for _, inner := range v {
			for p := range keys(strings.TrimSuffix(prefix, ".")+"[].", inner) {
				out[p] = true
			}
		}
	}
	return out
}

// compareKeys compares written keys with those that open a table row of the document.
func compareKeys(t *testing.T, document string, written map[string]bool) {
	t.Helper()
	documented := map[string]bool{}
	for line := range strings.Lines(document) {
		cell, ok := strings.CutPrefix(line, "| `")
		if !ok {
			continue
		}
		cell, _, _ = strings.Cut(cell, " |")
		for key := range strings.SplitSeq(cell, "`, `") {
			documented[strings.TrimSuffix(key, "`")] = true
		}
	}
	for k := range written {
		if !documented[k] {
			t.Errorf("key %s is not documented", k)
		}
	}
	for k := range documented {
		if !written[k] {
			t.Errorf("key %s is documented, but never written", k)
		}
	}
}

func FuzzAppendRecord(f *testing.F) {
	f.Add("turn.example.net", "AS <Org>", "DE", 0.5, 17.0, int64(0), uint64(1), uint16(443), uint8(0x1b))
	f.Add(hostileText, "\xff", "\u202e", math.NaN(), math.Inf(1), int64(math.MinInt64), uint64(math.MaxUint64), uint16(0), uint8(0xff))
	f.Fuzz(func(t *testing.T, name, org, country string, p, bits float64, start int64, octets uint64, port uint16, bit uint8) {
		r := full()
		r.Verdict.Name[bit&1] = classify.Name{Text: name, Source: classify.NameSource(bit & 7), Time: start}
		r.Location[bit>>1&1] = geo.Location{Country: country, ASOrg: org, ASN: uint32(octets), Hosting: bit&4 != 0}
		r.Verdict.Probability, r.Verdict.Evidence[0].Bits, r.Verdict.Evidence[1].Detail = p, bits, org
		r.Verdict.Judgement, r.Verdict.Peer = classify.Judgement(bit>>2&3), [2]bool{bit&16 != 0, bit&32 != 0}
		r.Flow.Start, r.Flow.Key.Port[0], r.Flow.TCPFlags[1] = start, port, bit
		r.Flow.SetOctets(0, octets)
		r.Flow.Initiator = flow.Direction(bit >> 7)
		compareTwin(t, r, AppendRecord(nil, r))
	})
}

func BenchmarkAppendRecord(b *testing.B) {
	r := full()
	var line []byte
	b.ReportAllocs()
	for b.Loop() {
		line = AppendRecord(line[:0], r)
	}
	b.SetBytes(int64(len(line)))
}
