package report

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/geo"
)

func htmlOf(t testing.TB, s *Summary, o HTMLOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteHTML(&b, s, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// everything has all that a page can show.
func everything(t testing.TB) HTMLOptions {
	t.Helper()
	d := NewMomentDiffer(begin.Add(41 * time.Second))
	for _, r := range busy().records {
		d.Add(r)
	}
	diff, err := d.Finish("office.pcapng", &Coverage{First: begin, Last: begin.Add(9 * time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	return HTMLOptions{Made: begin.AddDate(0, 0, 2), Diff: diff, Settings: []string{"peeratlas", "report", "office.pcapng"},
		Inputs: []InputFile{{Name: "office.pcapng", Octets: 290_000, SHA256: strings.Repeat("ab", 32)}, {Name: "-", Octets: -1, Problem: "read from a pipe: not kept"}}}
}

// worldwide is a capture of one host with so many peers, all over the world.
func worldwide(n int) *Summary {
	var codes []string
	for _, a := range world() {
		if len(a.Code) == 2 {
			codes = append(codes, a.Code)
		}
	}
	o := options()
	o.MaxPeers = n
	b := NewBuilder(o)
	d := busy().records[0]
	for i := range n {
		r := *d
		peer := r.Flow.Responder() & 1
		a := [4]byte{byte(20 + i>>16), byte(i >> 8), byte(i), 7}
		r.Flow.Key.Addr[peer] = packet.AddrFrom(netip.AddrFrom4(a))
		r.Location[peer] = geo.Location{Country: codes[i*i%len(codes)], ASN: uint32(64500 + i%900), ASOrg: "Example Network Operations of Somewhere Ltd"}
		if i%3 == 0 {
			r.Flow.Payloads[peer] = 0
		}
		r.Flow.SetOctets(peer, uint64(100+i*7919%100_000))
		r.Flow.Start = begin.Add(time.Duration(i) * 5 * time.Millisecond).UnixNano()
		r.Flow.End = r.Flow.Start + int64(time.Minute)
		r.Verdict.Name[peer] = classify.Name{Text: fmt.Sprintf("dsl-%d.pool.example.net", i), Source: classify.FromDNS}
		b.Add(&r)
	}
	return b.Finish(busy().sockets[:1], Coverage{Inputs: []string{"worldwide.pcapng"}, First: begin, Last: begin.Add(10 * time.Minute), Flows: uint64(n), Packets: uint64(n) * 9}, nil)
}

var (
	inStyle  = regexp.MustCompile(`(?s)<style>.*?</style>`)
	inScript = regexp.MustCompile(`(?s)<script>.*?</script>`)
	inPolicy = regexp.MustCompile(`sha256-(?:[A-Za-z0-9+/=]|&#43;)+`)
)

// TestHTMLGolden leaves out what has files of its own: style, script and outlines.
func TestHTMLGolden(t *testing.T) {
	for _, name := range []string{"busy", "breached", "none"} {
		o := everything(t)
		o.Sections = []string{"countries", "hosts", "timeline", "peers", "why", "diff", "policy", "risk", "coverage", "evidence"}
		text := htmlOf(t, scenes()[name].summary(), o)
		text = inPolicy.ReplaceAllString(inScript.ReplaceAllString(inStyle.ReplaceAllString(text, ""), ""), "sha256-")
		golden(t, name+".html", []byte(text))
	}
}

// nodes calls visit for each element.
func nodes(t *testing.T, text string, visit func(*html.Node)) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			visit(n)
		}
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// rowsOf are the cells of the rows in a section's first table body.
func rowsOf(t *testing.T, text, section string) [][]*html.Node {
	t.Helper()
	var out [][]*html.Node
	nodes(t, text, func(n *html.Node) {
		if n.Data != "section" || attribute(n, "id") != section {
			return
		}
		for d := range n.Descendants() {
			if d.Data == "tr" && d.Parent.Data == "tbody" {
				var cells []*html.Node
				for c := range d.ChildNodes() {
					cells = append(cells, c)
				}
				out = append(out, cells)
			}
		}
	})
	return out
}

func cellNumber(t *testing.T, c *html.Node) uint64 {
	t.Helper()
	text := attribute(c, "data-n")
	if text == "" {
		text = strings.ReplaceAll(textOf(c), ",", "")
	}
	if text == "-" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestHTMLSameTotals adds up the rows of the page.
func TestHTMLSameTotals(t *testing.T) {
	for name, sc := range scenes() {
		t.Run(name, func(t *testing.T) {
			s := sc.summary()
			text := htmlOf(t, s, HTMLOptions{})
			var exchanged, probed, likely, out, in uint64
			for _, cells := range rowsOf(t, text, "countries") {
				exchanged += cellNumber(t, cells[1])
				probed += cellNumber(t, cells[2])
				likely += cellNumber(t, cells[3])
				out += cellNumber(t, cells[6])
				in += cellNumber(t, cells[7])
			}
			w := s.Totals
			if exchanged != w.P2P.Exchanged || probed != w.P2P.Probed || likely != w.Likely.Peers() || out != w.Sent() || in != w.Received() {
				t.Errorf("rows have %d %d %d %d %d, totals are %+v", exchanged, probed, likely, out, in, w)
			}
			if !strings.Contains(text, html.EscapeString(s.Finding)) {
				t.Error("the finding is missing")
			}
			if s.Policy != nil && !strings.Contains(text, "<strong>"+strings.ToUpper(s.Policy.Result)+"</strong>") {
				t.Error("the policy's result is missing")
			}
		})
	}
}

// TestHTMLHostile: whatever the wire says becomes text and nothing else.
func TestHTMLHostile(t *testing.T) {
	text := htmlOf(t, hostile(), everything(t))
	if r, bad := unsafe(text, "\n"); bad {
		at := strings.IndexRune(text, r)
		t.Errorf("holds %U: %q", r, text[max(at-200, 0):at+40])
	}
	scripts := 0
	nodes(t, text, func(n *html.Node) {
		if n.Data == "script" {
			scripts++
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" || a.Key == "srcset" {
				t.Errorf("attribute %s=%q of %s", a.Key, a.Val, n.Data)
			}
			if a.Key == "href" && !strings.HasPrefix(a.Val, "#") && a.Val != "data:," && !strings.HasPrefix(a.Val, "https://") {
				t.Errorf("a link to %q", a.Val)
			}
		}
	})
	if scripts != 1 {
		t.Errorf("%d scripts", scripts)
	}
	if !strings.Contains(text, "&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Error("the hostile name is missing")
	}
}

// TestHTMLAsksNobody: the policy of the page allows its own style and script, and neither they nor
// the page name anything to fetch.
func TestHTMLAsksNobody(t *testing.T) {
	text := htmlOf(t, breached().summary(), everything(t))
	policy := ""
	nodes(t, text, func(n *html.Node) {
		switch {
		case n.Data == "style" || n.Data == "script":
			if !strings.Contains(policy, n.Data+"-src "+sourceHash(n.FirstChild.Data)+";") {
				t.Errorf("policy %s does not allow the page's own %s", policy, n.Data)
			}
		case attribute(n, "http-equiv") != "":
			policy = attribute(n, "content")
		}
	})
	if !strings.HasPrefix(policy, "default-src 'none'; ") {
		t.Errorf("policy %s", policy)
	}
	for _, bad := range []string{"url(", "@import", "fetch(", "XMLHttpRequest", "import(", "<iframe", "<img", "localStorage"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
}

// TestHTMLSize: however many rows are asked for, the page stays below its bound, and says what it left out.
func TestHTMLSize(t *testing.T) {
	n := 100_000
	if testing.Short() {
		n = 20_000 // still more than there is room for
	}
	s := worldwide(n)
	for i := range s.Peers { // as long as names and holders get
		if i%2 == 0 {
			s.Peers[i].Name = strings.Repeat("<&\"'", maxNameText/4)
		}
	}
	for len(s.Hosts) < 4096 {
		s.Hosts = append(s.Hosts, s.Hosts[0])
	}
	s.Reported = append(s.Reported, make([]Reported, 65536)...)
	for _, top := range []int{-1, 1_000_000, 0, 1} {
		o := everything(t)
		o.Top = top
		text := htmlOf(t, s, o)
		t.Logf("--top %d: %d octets", top, len(text))
		if len(text) >= MaxHTML {
			t.Errorf("--top %d: %d octets, at most %d are allowed", top, len(text), MaxHTML)
		}
		rows := rowsOf(t, text, "peers")
		shown := 0
		for _, cells := range rows {
			if attribute(cells[0].Parent, "data-k") != "" {
				shown++
			}
		}
		if !strings.Contains(text, grouped(uint64(n-shown))+" more peers are not on this page") || !strings.Contains(text, "--format csv -o peers.csv") {
			t.Errorf("--top %d: %d rows, and not a word of the others", top, shown)
		}
	}
}

func TestHTMLOptions(t *testing.T) {
	s := busy().summary()
	zone := time.FixedZone("UTC+5", 5*3600)
	text := htmlOf(t, s, HTMLOptions{Title: "<b>Line</b>\x1b 7", Zone: zone, Sections: []string{"peers", "coverage"}, Top: 2})
	for _, want := range []string{"&lt;b&gt;Line&lt;/b&gt;\\x1b 7", "2026-03-12 14:00:00", "UTC&#43;5", grouped(uint64(len(s.Peers)-2)) + " more peers are not on this page", `id="peers"`, `id="coverage"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, none := range []string{`id="map"`, `id="risk"`, `href="#why"`} {
		if strings.Contains(text, none) {
			t.Errorf("the page has %s", none)
		}
	}
	if err := WriteHTML(&bytes.Buffer{}, s, HTMLOptions{Sections: []string{"peer"}}); err == nil || !strings.Contains(err.Error(), "peers") {
		t.Errorf("a section that is none: %v", err)
	}
}

// TestWorld: each code of ISO 3166-1 has a place on the map, and the map is small.
func TestWorld(t *testing.T) {
	have := map[string]worldArea{}
	for _, a := range world() {
		if a.X < 0 || a.X > worldWidth || a.Y < 0 || a.Y > worldHeight {
			t.Errorf("%s stands at %d, %d", a.Code, a.X, a.Y)
		}
		have[a.Code] = a
	}
	for x := 'A'; x <= 'Z'; x++ {
		for y := 'A'; y <= 'Z'; y++ {
			if code := string(x) + string(y); geo.CountryName(code) != code && have[code].Code == "" {
				t.Errorf("%s %s is not on the map", code, geo.CountryName(code))
			}
		}
	}
	for _, small := range []string{"SG", "MC", "LU", "MT", "VA", "GI"} {
		if a := have[small]; small != "LU" && !a.Mark {
			t.Errorf("%s is too small to be seen as an area", small)
		}
	}
	if a := have["BR"]; a.Mark || !strings.HasPrefix(a.Path, "M") {
		t.Errorf("Brazil: %+v", a)
	}
	if state, err := os.Stat("html/world.tsv"); err != nil || state.Size() > 150_000 {
		t.Errorf("the map: %v, %v", state.Size(), err)
	}
}
