package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// The readers of this file know the formats from their specifications and share nothing with what
// writes them.

// ownPlace and ownPart are what EVE and ECS hold under the program's name.
type ownPlace struct {
	Country string
	Anycast bool
	Home    bool
}

type ownPart struct {
	Verdict, Peer string
	Src, Dst      ownPlace
}

func (p ownPlace) row() string {
	if p.Anycast {
		return anycastRow
	}
	return p.Country
}

const anycastRow = "anycast"

func (l *lineOf) take(o ownPart) {
	l.verdict, l.peer = o.Verdict, o.Peer
	l.home, l.row = [2]bool{o.Src.Home, o.Dst.Home}, [2]string{o.Src.row(), o.Dst.row()}
}

type recordLine struct {
	ownPart
	SrcIP      string `json:"src_ip"`
	DstIP      string `json:"dst_ip"`
	SrcPackets uint64 `json:"src_packets"`
	DstPackets uint64 `json:"dst_packets"`
	SrcBytes   uint64 `json:"src_bytes"`
	DstBytes   uint64 `json:"dst_bytes"`
}

func (r *recordLine) line() (l lineOf) {
	l = lineOf{ip: [2]string{r.SrcIP, r.DstIP}, packets: [2]uint64{r.SrcPackets, r.DstPackets}, octets: [2]uint64{r.SrcBytes, r.DstBytes}}
	l.take(r.ownPart)
	return l
}

// eachLine decodes NDJSON.
func eachLine[T any](t *testing.T, text []byte, turn func(*T) lineOf) (out []lineOf) {
	t.Helper()
	for line := range bytes.Lines(text) {
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		out = append(out, turn(&v))
	}
	return out
}

func ndjsonLines(t *testing.T, text []byte) []lineOf { return eachLine(t, text, (*recordLine).line) }

func jsonLines(t *testing.T, text []byte) (out []lineOf) {
	t.Helper()
	var all []recordLine
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for i := range all {
		out = append(out, all[i].line())
	}
	return out
}

// table is rows by the names of their columns.
func table(t *testing.T, names []string, rows [][]string) (out []map[string]string) {
	t.Helper()
	for _, r := range rows {
		if len(r) != len(names) {
			t.Fatalf("%d cells in %d columns: %q", len(r), len(names), r)
		}
		m := map[string]string{}
		for i, name := range names {
			m[name] = r[i]
		}
		out = append(out, m)
	}
	return out
}

func integer(t *testing.T, s string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func csvLines(t *testing.T, text []byte) (out []lineOf) {
	t.Helper()
	if n := bytes.Count(text, []byte("\n")); n != bytes.Count(text, []byte("\r\n")) {
		t.Error("not all lines end in CR LF")
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range table(t, rows[0], rows[1:]) {
		place := func(end string) ownPlace {
			return ownPlace{r[end+"_country"], r[end+"_anycast"] == "true", r[end+"_home"] == "true"}
		}
		l := lineOf{ip: [2]string{r["src_ip"], r["dst_ip"]}, packets: [2]uint64{integer(t, r["src_packets"]), integer(t, r["dst_packets"])},
			octets: [2]uint64{integer(t, r["src_bytes"]), integer(t, r["dst_bytes"])}}
		l.take(ownPart{r["verdict"], r["peer"], place("src"), place("dst")})
		out = append(out, l)
	}
	return out
}

// zeekTypes tell whether a value is one of Zeek's type; the unset mark is one of each.
var zeekTypes = map[string]func(string) bool{
	"time":           regexp.MustCompile(`^-?\d+\.\d{6}$`).MatchString,
	"interval":       regexp.MustCompile(`^\d+\.\d{6}$`).MatchString,
	"string":         func(s string) bool { return s != "" && !strings.ContainsAny(s, "\t\n\x00\x1b") },
	"addr":           func(s string) bool { _, err := netip.ParseAddr(s); return err == nil },
	"port":           func(s string) bool { _, err := strconv.ParseUint(s, 10, 16); return err == nil },
	"count":          func(s string) bool { _, err := strconv.ParseUint(s, 10, 64); return err == nil },
	"double":         func(s string) bool { _, err := strconv.ParseFloat(s, 64); return err == nil },
	"bool":           func(s string) bool { return s == "T" || s == "F" },
	"enum":           func(s string) bool { return s == "tcp" || s == "udp" || s == "unknown_transport" },
	"set[string]":    func(s string) bool { return s != "" },
	"vector[string]": func(s string) bool { return s != "" },
}

func zeekTable(t *testing.T, text []byte) []map[string]string {
	t.Helper()
	head, closed := map[string][]string{}, false
	var rows [][]string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "#") {
			cells := strings.Split(line, "\t")
			head[cells[0]], closed = cells[1:], closed || cells[0] == "#close"
			continue
		}
		if closed || head["#types"] == nil {
			t.Fatalf("a row outside of the head and #close: %s", line)
		}
		rows = append(rows, strings.Split(line, "\t"))
	}
	if !strings.HasPrefix(string(text), "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n") ||
		len(head["#fields"]) != len(head["#types"]) || len(rows) > 0 && !closed {
		t.Fatalf("no head of conn.log, or no end:\n%.600s", text)
	}
	for _, r := range rows {
		for i, kind := range head["#types"] {
			if ok := zeekTypes[kind]; ok == nil || i >= len(r) || r[i] != "-" && !ok(r[i]) {
				t.Fatalf("%s is no %s: %q", head["#fields"][i], kind, r)
			}
		}
	}
	return table(t, head["#fields"], rows)
}

func zeekLines(t *testing.T, text []byte) (out []lineOf) {
	t.Helper()
	for _, r := range zeekTable(t, text) {
		place := func(end string) ownPlace {
			return ownPlace{r["peeratlas_"+end+"_country"], r["peeratlas_"+end+"_anycast"] == "T", r["local_"+end] == "T"}
		}
		l := lineOf{ip: [2]string{r["id.orig_h"], r["id.resp_h"]}, packets: [2]uint64{integer(t, r["orig_pkts"]), integer(t, r["resp_pkts"])},
			octets: [2]uint64{integer(t, r["orig_ip_bytes"]), integer(t, r["resp_ip_bytes"])}}
		peer := map[string]string{"orig": "src", "resp": "dst", "both": "both"}[r["peeratlas_peer"]]
		l.take(ownPart{r["peeratlas_verdict"], peer, place("orig"), place("resp")})
		out = append(out, l)
	}
	return out
}

func eveLines(t *testing.T, text []byte) []lineOf {
	t.Helper()
	type event struct {
		SrcIP  string `json:"src_ip"`
		DestIP string `json:"dest_ip"`
		Flow   struct {
			ToServer    uint64 `json:"pkts_toserver"`
			ToClient    uint64 `json:"pkts_toclient"`
			BytesServer uint64 `json:"bytes_toserver"`
			BytesClient uint64 `json:"bytes_toclient"`
		}
		Peeratlas ownPart
	}
	return eachLine(t, text, func(e *event) lineOf {
		l := lineOf{ip: [2]string{e.SrcIP, e.DestIP}, packets: [2]uint64{e.Flow.ToServer, e.Flow.ToClient},
			octets: [2]uint64{e.Flow.BytesServer, e.Flow.BytesClient}}
		l.take(e.Peeratlas)
		return l
	})
}

func ecsLines(t *testing.T, text []byte) []lineOf {
	t.Helper()
	type end struct {
		IP             string
		Packets, Bytes uint64
	}
	type event struct {
		Source, Destination end
		Network             struct{ Packets, Bytes uint64 }
		Peeratlas           ownPart
	}
	return eachLine(t, text, func(e *event) lineOf {
		if e.Network.Packets != e.Source.Packets+e.Destination.Packets || e.Network.Bytes != e.Source.Bytes+e.Destination.Bytes {
			t.Errorf("network is not the sum of both ends: %+v", e)
		}
		l := lineOf{ip: [2]string{e.Source.IP, e.Destination.IP}, packets: [2]uint64{e.Source.Packets, e.Destination.Packets},
			octets: [2]uint64{e.Source.Bytes, e.Destination.Bytes}}
		l.take(e.Peeratlas)
		return l
	})
}

func parquetLines(t *testing.T, octets []byte) (out []lineOf) {
	t.Helper()
	type place struct {
		Country string `parquet:"country"`
		Anycast bool   `parquet:"anycast"`
		Home    bool   `parquet:"home"`
	}
	type row struct {
		SrcIP      string `parquet:"src_ip"`
		DstIP      string `parquet:"dst_ip"`
		SrcPackets uint64 `parquet:"src_packets"`
		DstPackets uint64 `parquet:"dst_packets"`
		SrcBytes   uint64 `parquet:"src_bytes"`
		DstBytes   uint64 `parquet:"dst_bytes"`
		Verdict    string `parquet:"verdict"`
		Peer       string `parquet:"peer,optional"`
		Src        place  `parquet:"src"`
		Dst        place  `parquet:"dst"`
	}
	rows, err := parquet.Read[row](bytes.NewReader(octets), int64(len(octets)))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		l := lineOf{ip: [2]string{r.SrcIP, r.DstIP}, packets: [2]uint64{r.SrcPackets, r.DstPackets}, octets: [2]uint64{r.SrcBytes, r.DstBytes}}
		l.take(ownPart{r.Verdict, r.Peer, ownPlace(r.Src), ownPlace(r.Dst)})
		out = append(out, l)
	}
	return out
}
