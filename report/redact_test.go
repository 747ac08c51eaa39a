package report

import (
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify"
)

// telltale is a scene that tells of its hosts wherever it can.
func telltale() *Summary {
	s := breached()
	s.options.Owner, s.options.Listings = listed, listingOf()
	s.options.Listings[0].Name = "/home/anna/netstat 192.168.10.23.txt"
	r := s.records[0]
	near := r.Flow.Initiator & 1
	r.Verdict.Name[near] = classify.Name{Text: "annas-desk.local", Source: classify.FromDNS, Time: begin.UnixNano()}
	s.sockets[0].Evidence[0].Detail = "annas-desk asked 192.168.10.1 and [fd00:1::5]:443; 192-168-10-23.dyn.example, 23.10.168.192.in-addr.arpa, " +
		"MAC 00:1a:2B:3c:4d:5e or 00-1a-2b-3c-4d-5e, outside it is 203.0.113.77, peer 198.51.100.1"
	out := s.summary()
	out.Coverage.Inputs = []string{"/home/anna/desk 192.168.10.23/office.pcapng"}
	out.Coverage.Damaged = []Damage{{Input: "/home/anna/desk 192.168.10.23/office.pcapng", Problem: "192.168.10.31"}}
	out.Coverage.LearntHome = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/28")}
	out.Home = append(out.Home, "203.0.113.0/28 (by its stations)")
	out.Warnings = append(out.Warnings, "/home/anna/desk 192.168.10.23/office.pcapng is odd")
	out.Policy.File = "/home/anna/office.yaml"
	out.Policy.Breaches[0].Why = "annas-desk.local at 192.168.10.23"
	return out
}

// secrets are what no redacted report may hold.
var secrets = regexp.MustCompile(`192\.168\.|192-168-|168\.192|2001:db8:1:|fd00:1:|203\.0\.113|(?i:00.1a.2b.3c.4d.5e)|anna|1:x\+y=|desk\.local|\bada\b|100::[89a-f]`)

func redacted(t *testing.T, key string, write func(io.Writer, *Summary) error) string {
	t.Helper()
	home := options().Home
	r := NewRedactor([]byte(key), home)
	s := telltale()
	r.Summary(s)
	var b bytes.Buffer
	if err := write(r.Writer(&b), s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// redactedPage writes everything, with pseudonyms.
func redactedPage(t *testing.T, key string) string {
	t.Helper()
	r := NewRedactor([]byte(key), options().Home)
	s, o := telltale(), everything(t)
	o.Title = "Line of 192.168.10.23"
	o.Inputs[0].Name = "/home/anna/office.pcapng"
	r.Summary(s)
	r.Page(&o)
	var b bytes.Buffer
	if err := WriteHTML(r.Writer(&b), s, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRedact(t *testing.T) {
	const key = "a key that nobody has"
	texts := map[string]string{"html": redactedPage(t, key)}
	for name, write := range formats {
		texts[name] = redacted(t, key, write)
	}
	pseudonym := regexp.MustCompile(`host-[0-9a-f]{4}-[0-9a-f]{4}`)
	same := ""
	for name, text := range texts {
		if found := secrets.FindAllString(text, 5); found != nil {
			at := secrets.FindStringIndex(text)[0]
			t.Errorf("%s holds %q: %q", name, found, text[max(at-60, 0):min(at+60, len(text))])
		}
		if !strings.Contains(text, "198.51.100.1") && name != "80.txt" && name != "160.txt" {
			t.Errorf("%s has lost the peers", name)
		}
		seen := map[string]bool{}
		for _, p := range pseudonym.FindAllString(text, -1) {
			seen[p] = true
		}
		if len(seen) == 0 {
			t.Errorf("%s has no pseudonym", name)
		}
		if name == "csv" {
			same = fmt.Sprint(seen)
		}
	}
	if again := redacted(t, key, WriteCSV); again != texts["csv"] || same == "" {
		t.Error("the same key gives other pseudonyms")
	}
	if other := redacted(t, "another key of anybody", WriteCSV); other == texts["csv"] {
		t.Error("another key gives the same pseudonyms")
	}
	if a, b := redacted(t, key, formats["80.txt"]), written(t, formats["80.txt"], telltale()); len(strings.Split(a, "\n")) < 10 || strings.Count(a, "\n") > strings.Count(b, "\n") {
		t.Errorf("the tables are broken:\n%s", a)
	}
}

func TestRedactFilters(t *testing.T) {
	text := redactedPage(t, "a key that nobody has")
	if !strings.Contains(text, "<code>udp.port == 24816</code>") || strings.Contains(text, "addr == host-") {
		t.Error("a filter holds a pseudonym, or is missing")
	}
	if !strings.Contains(text, "<code>ip.addr == 198.51.100.1</code>") {
		t.Error("the filter of a breach has lost its peer")
	}
}

// TestRedactMany: no two hosts share a pseudonym.
func TestRedactMany(t *testing.T) {
	r := NewRedactor(nil, options().Home)
	seen := map[netip.Addr]bool{}
	for i := range 1 << 17 {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		s := r.standIn(a)
		if seen[s] || len(s.String()) != len("100::ffff:ffff") {
			t.Fatalf("%s: %s", a, s)
		}
		seen[s] = true
		if r.standIn(a) != s {
			t.Fatal("another pseudonym the second time")
		}
	}
}

func TestRedactNil(t *testing.T) {
	var r *Redactor
	s, o := telltale(), everything(t)
	r.Summary(s)
	r.Page(&o)
	if got := written(t, func(w io.Writer, s *Summary) error { return WriteCSV(r.Writer(w), s) }, s); got != written(t, WriteCSV, telltale()) {
		t.Error("nil changes something")
	}
}

func FuzzRedactText(f *testing.F) {
	f.Add("asked 192.168.10.23:53 and fe80::1%eth0", uint32(0x0a000001))
	f.Add("00:11:22:33:44:55 10-0-0-1.example ::ffff:10.0.0.1 1.0.0.10.in-addr.arpa", uint32(0xc0a80a17))
	f.Add(hostileText, uint32(0))
	f.Fuzz(func(t *testing.T, text string, host uint32) {
		r := NewRedactor([]byte("0123456789abcdef"), options().Home)
		a := packet.AddrFrom(netip.AddrFrom4([4]byte{byte(host >> 24), byte(host >> 16), byte(host >> 8), byte(host)})).Netip()
		if a.IsUnspecified() {
			return
		}
		r.hosts[a] = true
		got := r.text(text + " " + a.String() + " ")
		for _, word := range strings.Fields(got) {
			if word == a.String() {
				t.Fatalf("%q holds %s: %q", text, a, got)
			}
		}
	})
}

// FuzzHTML writes foreign text wherever the page has any.
func FuzzHTML(f *testing.F) {
	f.Add("turn.example.net", "BR", "0")
	f.Add(hostileText, hostileText, "</script><script>")
	f.Add("{{.}}", "--", "<!--")
	f.Fuzz(func(t *testing.T, name, code, family string) {
		s := breached().summary()
		for i := range s.Peers {
			p := &s.Peers[i]
			p.Name, p.Row, p.ASOrg, p.Families = name, code, name, []string{family}
		}
		for i := range s.Countries {
			s.Countries[i].Code, s.Countries[i].Name = code, name
		}
		for i := range s.Hosts {
			s.Hosts[i].Name, s.Hosts[i].Reasons = name, []Reason{{Claim: code, Detail: name}}
		}
		s.Finding, s.Warnings, s.Policy.Name = name, []string{family}, code
		text := htmlOf(t, s, HTMLOptions{Title: name, Made: time.Unix(0, 0)})
		if r, bad := unsafe(text, "\n"); bad {
			at := strings.IndexRune(text, r)
			t.Fatalf("holds %U: %q", r, text[max(at-300, 0):at+20])
		}
		if n := strings.Count(text, "<script"); n != 1 {
			t.Fatalf("%d scripts", n)
		}
	})
}

// TestRedactSeesAll: what a Redactor walks holds nothing that it would pass over.
func TestRedactSeesAll(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(where string, of reflect.Type)
	walk = func(where string, of reflect.Type) {
		if seen[of] {
			return
		}
		seen[of] = true
		switch of {
		case reflect.TypeFor[netip.Addr](), reflect.TypeFor[netip.Prefix](), reflect.TypeFor[time.Time]():
			return
		}
		switch of.Kind() {
		case reflect.Struct:
			for i := range of.NumField() {
				f := of.Field(i)
				if !f.IsExported() {
					t.Errorf("%s.%s is not exported: it is not redacted", where, f.Name)
				}
				walk(where+"."+f.Name, f.Type)
			}
		case reflect.Slice, reflect.Array, reflect.Pointer:
			walk(where, of.Elem())
		case reflect.Map, reflect.Interface, reflect.Func, reflect.Chan:
			t.Errorf("%s is a %s: it is not redacted", where, of.Kind())
		}
	}
	walk("Summary", reflect.TypeFor[Summary]())
	walk("Diff", reflect.TypeFor[Diff]())
}

// TestRedactDiff: what a listing's name tells is hidden in the section on a moment, too.
func TestRedactDiff(t *testing.T) {
	d := NewMomentDiffer(begin.Add(200 * time.Second))
	listings := listingOf()
	listings[0].Name = "/home/anna/netstat.txt"
	d.Join(listed, listings)
	for _, r := range busy().records {
		d.Add(r)
	}
	diff, err := d.Finish("/home/anna/office.pcapng", &Coverage{First: begin, Last: begin.Add(5 * time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	diff.Warning = diff.Joined.warnings()[0]
	r, s, o := NewRedactor(nil, options().Home), telltale(), HTMLOptions{Diff: diff}
	r.Summary(s)
	r.Page(&o)
	var b bytes.Buffer
	if err := WriteHTML(r.Writer(&b), s, o); err != nil {
		t.Fatal(err)
	}
	if found := secrets.FindAllString(b.String(), 5); found != nil {
		t.Errorf("the page holds %q", found)
	}
	if !strings.Contains(b.String(), "The listing netstat.txt was taken for one machine with host-") {
		t.Error("the warning is gone")
	}
}
