package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

// hostile are texts that try to leave their field, each in its own way.
var hostile = []string{
	"\x1b]0;owned\a\x1b[31mred", "a\tb", "a\nb\r\nc", "nul\x00nul", "\xff\xfe broken \xc3(", "=HYPERLINK(\"http://x\")", "@SUM(1)", "+1", "-",
	"(empty)", "<script>alert(1)</script>", "#close", "a,b;c|d", `\x09 \\ "quoted"`, "\u202egnp.exe", "\u2028line", "caf\u00e9", "",
}

// record is a flow with everything that a record may hold, and text in all of its texts.
func record(text string) *report.Record {
	a, b := packet.AddrFrom(netip.MustParseAddr("192.168.1.34")), packet.AddrFrom(netip.MustParseAddr("198.51.100.7"))
	r := &report.Record{Home: [2]bool{true, false}}
	r.Flow = flow.Flow{Key: flow.Key{Addr: [2]packet.Addr{a, b}, Port: [2]uint16{50212, 443}, Protocol: packet.TCP},
		Start: 1741770001_000000001, End: 1741770003_500000000, Packets: [2]uint32{10, 20}, Payloads: [2]uint32{5, 6}, FirstFrame: 7,
		TCPFlags: [2]uint8{0x1b, 0x12}, EndReason: flow.EndOfFlow}
	r.Flow.SetOctets(0, 1000)
	r.Flow.SetOctets(1, 1<<39)
	r.Flow.SetVLAN(12)
	r.Location = [2]geo.Location{{Country: "private"}, {Country: "DE", ASN: 64500, ASOrg: text, Hosting: true}}
	r.Reported = []geo.Location{{Country: "FR"}}
	r.Verdict = classify.Verdict{Judgement: classify.P2P, Probability: 0.9876, Prior: -6.6, Family: "webrtc", Path: classify.Direct, Service: "",
		Peer: [2]bool{false, true}, Name: [2]classify.Name{{}, {Text: text, Source: classify.FromSNI, Time: 1741770002_000000000, ECH: true}},
		Reported: []classify.Reported{{Addr: netip.MustParseAddrPort("203.0.113.9:4000"), By: "stun.xor_peer_address"}},
		Evidence: []classify.Evidence{{Claim: "ice.check", Group: "structure", Bits: 17, Counted: 17, Detail: text, Packets: []uint32{7, 9}},
			{Claim: "port.high", Bits: -1.5, Counted: math.Inf(-1), Detail: text}}}
	return r
}

func written(t testing.TB, format string, flags []report.Flag, records ...*report.Record) string {
	t.Helper()
	var b bytes.Buffer
	w, err := New(format, &b, "peeratlas 1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if err := w.Write(r, flags); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// No text of the wire leaves its field, in any format that can be shown: every octet of the output
// is printable, there are as many lines and fields as there should be, and what can be read back is as it was.
func TestHostileText(t *testing.T) {
	for _, text := range hostile {
		flags := []report.Flag{{Rule: text, Action: report.Deny}}
		r := record(text)
		valid := string([]rune(text)) // U+FFFD for each octet that is no UTF-8
		for _, format := range Names() {
			out := written(t, format, flags, r, r)
			if !Binary(format) {
				checkShown(t, format, out)
			}
			if got, ok := names[format]; ok {
				if name := got(t, out); name != valid && !(format == "csv" && strings.TrimPrefix(name, "'") == report.Clean(text, 0)) &&
					!(format == "zeek" && name == text) {
					t.Errorf("%s: %q came back as %q", format, text, name)
				}
			}
		}
	}
}

// checkShown tells of octets that a terminal would obey, and of lines that are not there.
func checkShown(t testing.TB, format, out string) {
	t.Helper()
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if shown := report.Clean(strings.ReplaceAll(line, "\t", " "), 0); shown != strings.ReplaceAll(line, "\t", " ") {
			t.Errorf("%s: not fit for a terminal: %q", format, line)
		}
		if strings.Contains(line, "\t") && format != "zeek" {
			t.Errorf("%s: a tab: %q", format, line)
		}
	}
	want := map[string]int{"ndjson": 2, "json": 4, "csv": 3, "zeek": 11, "eve": 2, "ecs": 2}[format]
	if n := strings.Count(out, "\n"); n != want {
		t.Errorf("%s: %d lines, not %d: %q", format, n, want, out)
	}
}

// names read the destination's name of the first record back.
var names = map[string]func(testing.TB, string) string{
	"ndjson": func(t testing.TB, s string) string { return nameOf(t, strings.SplitAfter(s, "\n")[0], "dst", "name") },
	"json": func(t testing.TB, s string) string {
		return nameOf(t, "{\"a\":"+s[:len(s)-1]+"}", "a", "0", "dst", "name")
	},
	"eve": func(t testing.TB, s string) string {
		return nameOf(t, strings.SplitAfter(s, "\n")[0], "peeratlas", "dst", "name")
	},
	"ecs": func(t testing.TB, s string) string {
		return nameOf(t, strings.SplitAfter(s, "\n")[0], "destination", "domain")
	},
	"csv":     csvName,
	"zeek":    zeekName,
	"parquet": parquetName,
}

func nameOf(t testing.TB, object string, path ...string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(object), &v); err != nil {
		t.Fatalf("%v: %s", err, object)
	}
	for _, key := range path {
		if list, ok := v.([]any); ok {
			v = list[0]
			continue
		}
		v = v.(map[string]any)[key]
	}
	name, _ := v.(string)
	return name
}

func csvName(t testing.TB, s string) string {
	rows, err := csv.NewReader(strings.NewReader(s)).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%v, %d rows", err, len(rows))
	}
	cell := rows[1][slices.Index(rows[0], "dst_name")]
	if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
		t.Errorf("a formula: %q", cell)
	}
	return cell
}

// zeekName undoes \xHH as Zeek does.
func zeekName(t testing.TB, s string) string {
	var fields, row []string
	for line := range strings.Lines(s) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch {
		case cells[0] == "#fields":
			fields = cells[1:]
		case !strings.HasPrefix(line, "#"):
			row = cells
		}
	}
	if len(row) != len(fields) {
		t.Fatalf("%d cells in %d columns: %q", len(row), len(fields), row)
	}
	cell := row[slices.Index(fields, "peeratlas_resp_name")]
	if cell == "-" {
		return ""
	}
	var out []byte
	for i := 0; i < len(cell); i++ {
		if strings.HasPrefix(cell[i:], `\x`) {
			var c byte
			if _, err := fmt.Sscanf(cell[i+2:i+4], "%02x", &c); err != nil {
				t.Fatal(err)
			}
			out, i = append(out, c), i+3
			continue
		}
		out = append(out, cell[i])
	}
	return string(out)
}

func parquetName(t testing.TB, s string) string {
	rows, err := parquet.Read[report.Fields](strings.NewReader(s), int64(len(s)))
	if err != nil || len(rows) != 2 {
		t.Fatalf("%v, %d rows", err, len(rows))
	}
	if len(rows[0].Evidence) != 2 || !slices.Equal(rows[0].Evidence[0].Packets, []uint32{7, 9}) || len(rows[0].Reported) != 1 ||
		!utf8.ValidString(rows[0].Evidence[0].Detail) {
		t.Errorf("%+v", rows[0])
	}
	return rows[0].Dst.Name
}

// Without a record every format is still whole.
func TestNoRecords(t *testing.T) {
	want := map[string]string{"ndjson": "", "json": "[]\n", "eve": "", "ecs": ""}
	for _, format := range Names() {
		out := written(t, format, nil)
		if w, known := want[format]; known && out != w {
			t.Errorf("%s: %q", format, out)
		}
		switch format {
		case "csv":
			if !strings.HasPrefix(out, "start,end,") || strings.Count(out, "\r\n") != 1 {
				t.Errorf("CSV: %q", out)
			}
		case "zeek":
			if strings.Count(out, "\n") != 7 || strings.Contains(out, "#open") {
				t.Errorf("Zeek: %q", out)
			}
		case "parquet":
			if rows, err := parquet.Read[report.Fields](strings.NewReader(out), int64(len(out))); err != nil || len(rows) != 0 {
				t.Errorf("Parquet: %v, %d rows", err, len(rows))
			}
		}
	}
}

// failing takes so many octets and then fails.
type failing struct{ left int }

var errFull = errors.New("the disk is full")

func (f *failing) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return 0, errFull
	}
	f.left -= len(p)
	return len(p), nil
}

func TestErrorsAreTold(t *testing.T) {
	for _, format := range Names() {
		for left := range 3 {
			w, err := New(format, &failing{left * 4}, "peeratlas")
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				err = errors.Join(err, w.Write(record("x"), nil))
			}
			if err = errors.Join(err, w.Close()); !errors.Is(err, errFull) {
				t.Errorf("%s: %v", format, err)
			}
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	_, err := New("xml", io.Discard, "")
	if err == nil || err.Error() != "--format xml: choose ndjson, json, csv, zeek, eve, ecs or parquet" {
		t.Error(err)
	}
	for _, name := range Names() {
		if Unknown(name) != nil {
			t.Error(name)
		}
	}
}

// The same records give the same octets, and identifiers that stay.
func TestSameOctetsAgain(t *testing.T) {
	for _, format := range Names() {
		first, second := written(t, format, nil, record("a"), record("b")), written(t, format, nil, record("a"), record("b"))
		if first != second {
			t.Errorf("%s differs from itself", format)
		}
	}
	seen := map[string]bool{}
	for i := range 1000 {
		r := record("a")
		r.Flow.Start += int64(i)
		id := identify(r)
		if uid := id.uid(); len(uid) != 18 || uid[0] != 'C' || seen[uid] || id.number() >= 1<<53 {
			t.Fatalf("%s, %d", uid, id.number())
		} else {
			seen[uid] = true
		}
	}
}

func FuzzWriters(f *testing.F) {
	for i, text := range hostile {
		f.Add(text, int64(i)<<60, uint16(i*4000), uint8(i*13), 0.5)
	}
	f.Add("\xff", int64(math.MinInt64), uint16(0), uint8(255), math.NaN())
	f.Fuzz(func(t *testing.T, text string, start int64, port uint16, bits uint8, p float64) {
		r := record(text)
		r.Flow.Start, r.Flow.Key.Port[1], r.Flow.TCPFlags[0] = start, port, bits
		r.Flow.Key.Protocol = [...]packet.Protocol{packet.TCP, packet.UDP}[bits&1]
		r.Flow.Initiator, r.Flow.EndReason = flow.Direction(bits>>1&1), flow.EndReason(bits>>2%6)
		r.Verdict.Judgement, r.Verdict.Family, r.Verdict.Service = classify.Judgement(bits>>3&3), text, text
		r.Verdict.Probability, r.Location[0].Country = p, text
		for _, format := range Names() {
			out := written(t, format, []report.Flag{{Rule: text, Action: text}}, r, r)
			if !Binary(format) {
				checkShown(t, format, out)
			}
			names[format](t, out)
		}
	})
}
