package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
)

// formats are all writers of a Summary, by the name of their goldens.
var formats = map[string]func(io.Writer, *Summary) error{
	"80.txt":  func(w io.Writer, s *Summary) error { return WriteText(w, s, TextOptions{Width: 80}) },
	"160.txt": func(w io.Writer, s *Summary) error { return WriteText(w, s, TextOptions{Width: 160}) },
	"json":    WriteJSON,
	"csv":     WriteCSV,
	"md":      WriteMarkdown,
}

func written(t *testing.T, write func(io.Writer, *Summary) error, s *Summary) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFormatsGolden(t *testing.T) {
	for name, s := range scenes() {
		for ending, write := range formats {
			if ending == "json" || ending == "csv" || ending == "md" {
				if name == "empty" || name == "strangers" || name == "likely" || name == "passed" {
					continue // the totals of these are compared, their text is the point
				}
			}
			t.Run(name+"."+ending, func(t *testing.T) {
				golden(t, name+"."+ending, []byte(written(t, write, s.summary())))
			})
		}
	}
}

func TestSameOctetsAgain(t *testing.T) {
	for ending, write := range formats {
		if a, b := written(t, write, busy().summary()), written(t, write, busy().summary()); a != b {
			t.Errorf("%s differs from itself:\n%s\n%s", ending, a, b)
		}
	}
}

// sum is what every format must agree on, for P2P peers and for likely ones.
type sum struct{ exchanged, probed, flows, out, in uint64 }

func sumOf(t Tally) sum { return sum{t.Exchanged, t.Probed, t.Flows, t.OctetsOut, t.OctetsIn} }

// TestSameTotals reads every format back and compares the totals.
func TestSameTotals(t *testing.T) {
	for name, sc := range scenes() {
		t.Run(name, func(t *testing.T) {
			s := sc.summary()
			want := [2]sum{sumOf(s.Totals.P2P), sumOf(s.Totals.Likely)}
			if got := jsonTotals(t, written(t, WriteJSON, s)); got != want {
				t.Errorf("JSON has %v, want %v", got, want)
			}
			if got := csvTotals(t, written(t, WriteCSV, s)); got != want {
				t.Errorf("CSV has %v, want %v", got, want)
			}
			markdownTotals(t, written(t, WriteMarkdown, s), s)
			textTotals(t, s)
		})
	}
}

// jsonTotals adds up the rows of the countries, and compares them with the totals.
func jsonTotals(t *testing.T, text string) (got [2]sum) {
	t.Helper()
	var s struct {
		Schema    string
		Totals    struct{ P2P, Likely Tally }
		Countries []struct{ P2P, Likely Tally }
		Hosts     []struct{ P2P Tally }
	}
	d := json.NewDecoder(strings.NewReader(text))
	if err := d.Decode(&s); err != nil {
		t.Fatal(err)
	}
	if s.Schema != Schema {
		t.Errorf("schema %q", s.Schema)
	}
	var rows [2]Tally
	for _, c := range s.Countries {
		rows[0].add(c.P2P)
		rows[1].add(c.Likely)
	}
	if rows[0] != s.Totals.P2P || rows[1] != s.Totals.Likely {
		t.Errorf("rows add up to %v, totals are %v", rows, s.Totals)
	}
	return [2]sum{sumOf(s.Totals.P2P), sumOf(s.Totals.Likely)}
}

func csvTotals(t *testing.T, text string) (got [2]sum) {
	t.Helper()
	if n := strings.Count(text, "\n"); n != strings.Count(text, "\r\n") || n == 0 {
		t.Errorf("%d lines, but %d end in CR LF", n, strings.Count(text, "\r\n"))
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, h := range rows[0] {
		at[h] = i
	}
	for _, r := range rows[1:] {
		contact := r[at["contact"]]
		if contact == "reported" || contact == "breach" {
			continue
		}
		k := map[string]int{"p2p": 0, "likely": 1}[r[at["verdict"]]]
		g := &got[k]
		switch contact {
		case "exchanged":
			g.exchanged++
		case "probed":
			g.probed++
		case "beyond":
		default:
			t.Errorf("contact %q", contact)
		}
		g.flows += parse(t, r[at["flows"]])
		g.out += parse(t, r[at["bytes_out"]])
		g.in += parse(t, r[at["bytes_in"]])
	}
	return got
}

func parse(t *testing.T, s string) uint64 {
	t.Helper()
	if s == "-" {
		return 0
	}
	n, err := strconv.ParseUint(strings.ReplaceAll(s, ",", ""), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// markdownTotals compares the first table with the totals, and the columns of the second with it.
func markdownTotals(t *testing.T, text string, s *Summary) {
	t.Helper()
	cells := map[string][]string{}
	var countries [][]string
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if h, ok := strings.CutPrefix(line, "## "); ok {
			section = h
		}
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|-") {
			continue
		}
		row := strings.Split(strings.Trim(line, "| "), " | ")
		switch section {
		case "":
			cells[row[0]] = row[1:]
		case "Peers by country":
			countries = append(countries, strings.Split(line, " | "))
		}
	}
	tallies := [2]Tally{s.Totals.P2P, s.Totals.Likely}
	flows := [2]uint64{s.Totals.P2PFlows, s.Totals.LikelyFlows}
	for k, y := range tallies {
		for name, want := range map[string]uint64{"peers that exchanged data": y.Exchanged, "peers only probed": y.Probed,
			"flows": flows[k], "bytes sent to peers": y.OctetsOut, "bytes received from peers": y.OctetsIn} {
			if got := parse(t, cells[name][k]); got != want {
				t.Errorf("Markdown has %d in %q, want %d", got, name, want)
			}
		}
	}
	var got [5]uint64
	for _, r := range countries[min(1, len(countries)):] {
		for i, column := range [...]int{2, 3, 4, 9, 10} {
			got[i] += parse(t, r[column])
		}
	}
	p, l := &s.Totals.P2P, &s.Totals.Likely
	if want := [5]uint64{p.Exchanged, p.Probed, l.Peers(), p.OctetsOut + l.OctetsOut, p.OctetsIn + l.OctetsIn}; got != want {
		t.Errorf("Markdown's rows add up to %v, want %v", got, want)
	}
}

// textTotals compares the last row of the terminal's table.
func textTotals(t *testing.T, s *Summary) {
	t.Helper()
	for _, width := range []int{80, 120, 200} {
		var b bytes.Buffer
		if err := WriteText(&b, s, TextOptions{Width: width}); err != nil {
			t.Fatal(err)
		}
		head, row := "", ""
		for line := range strings.Lines(b.String()) {
			if strings.HasPrefix(line, "PEERS BY COUNTRY") {
				head = line
			} else if head != "" && row == "" && (strings.HasPrefix(line, "total") || len(s.Countries) == 1) {
				row = line
			}
		}
		if len(s.Countries) == 0 {
			if row != "" || !strings.Contains(b.String(), "No encrypted peer-to-peer") && !strings.Contains(b.String(), "nothing to judge") {
				t.Errorf("nothing found, but:\n%s", b.String())
			}
			continue
		}
		p, l := &s.Totals.P2P, &s.Totals.Likely
		for column, want := range map[string]string{"exchanged": dash(p.Exchanged), "probed": dash(p.Probed), "likely": dash(l.Peers()),
			"flows": dash(p.Flows + l.Flows), "sent": dashOctets(p.OctetsOut + l.OctetsOut), "received": dashOctets(p.OctetsIn + l.OctetsIn)} {
			end := strings.Index(head, " "+column)
			if end < 0 {
				if column == "exchanged" || column == "probed" {
					t.Errorf("width %d has no column %s", width, column)
				}
				continue
			}
			end += 1 + len(column)
			if got := row[:min(end, len(row))]; !strings.HasSuffix(got, " "+want) {
				t.Errorf("width %d, column %s: %q does not end in %q", width, column, got, want)
			}
		}
	}
}

// TestTextFits holds every line of the terminal's report to the width, and an ordinary one to 25 lines.
func TestTextFits(t *testing.T) {
	for name, sc := range scenes() {
		for _, width := range []int{40, 60, 80, 81, 100, 137, 160, 200, 500} {
			t.Run(fmt.Sprint(name, " ", width), func(t *testing.T) {
				var b bytes.Buffer
				if err := WriteText(&b, sc.summary(), TextOptions{Width: width}); err != nil {
					t.Fatal(err)
				}
				for line := range strings.Lines(b.String()) {
					if n := columns(strings.TrimSuffix(line, "\n")); n > width {
						t.Errorf("%d columns: %s", n, line)
					}
				}
				if n := strings.Count(b.String(), "\n"); width >= 80 && n > screen {
					t.Errorf("%d lines:\n%s", n, b.String())
				}
			})
		}
	}
}

// TestColour: colours add nothing but escape sequences that end where they should.
func TestColour(t *testing.T) {
	var with, without bytes.Buffer
	s := busy().summary()
	if err := WriteText(&with, s, TextOptions{Width: 100, Colour: true}); err != nil {
		t.Fatal(err)
	}
	if err := WriteText(&without, s, TextOptions{Width: 100}); err != nil {
		t.Fatal(err)
	}
	text := with.String()
	if !strings.Contains(text, "\x1b[1m") {
		t.Fatal("no colour")
	}
	for _, as := range []style{bold, dim, yellow, cyan, "0"} {
		text = strings.ReplaceAll(text, "\x1b["+string(as)+"m", "")
	}
	if text != without.String() {
		t.Errorf("got\n%s\nwant\n%s", text, without.String())
	}
	for line := range strings.Lines(with.String()) {
		if strings.Count(line, "\x1b[0m")*2 != strings.Count(line, "\x1b[") {
			t.Errorf("unbalanced: %q", line)
		}
	}
}

// TestReportDocumented holds docs/report.md to the keys that are written, and the other way round.
func TestReportDocumented(t *testing.T) {
	document, err := os.ReadFile("../docs/report.md")
	if err != nil {
		t.Fatal(err)
	}
	sc := breached()
	sc.options.Owner, sc.options.Listings = listed, listingOf()
	s := sc.summary()
	s.Coverage.Lost, s.Coverage.Tunnelled = []Count{{"damaged places", 1}}, []Count{{"vxlan", 1}}
	s.Coverage.Damaged = []Damage{{"x", s.Coverage.Lost, "y"}}
	s.Coverage.Skipped = []Skipped{{"x", "y", true}}
	s.Peers[0].Anycast, s.Peers[0].MoreHosts = true, 1
	s.Peers[0].NameECH = true
	s.Hosts[0].Name, s.Hosts[0].NameSource, s.Hosts[0].NameTime = "laptop.local", "mdns", begin
	s.Coverage.Resolver = &Resolution{Server: "192.0.2.1:53", Asked: 3, Named: 1, Nameless: 1, Failed: 1, NotAsked: 2}
	s.Reported[0].ASOrg = "x"
	var m map[string]any
	if err := json.Unmarshal([]byte(written(t, WriteJSON, s)), &m); err != nil {
		t.Fatal(err)
	}
	text, columns, _ := strings.Cut(string(document), "## CSV")
	compareKeys(t, text, keys("", m))
	head := map[string]bool{}
	for _, h := range csvHead {
		head[h] = true
	}
	compareKeys(t, columns, head)
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteErrors(t *testing.T) {
	for ending, write := range formats {
		if err := write(failing{}, busy().summary()); err == nil {
			t.Errorf("%s: no error", ending)
		}
	}
	if err := WriteExplain(failing{}, busy().records, nil, TextOptions{}); err == nil {
		t.Error("explain: no error")
	}
	if err := WriteDetectors(failing{}, []Sheet{{Name: "x"}}, TextOptions{}); err == nil {
		t.Error("detectors: no error")
	}
}
