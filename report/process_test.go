package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
)

// listed tells whose sockets of the busy scene are: one surely, one of several, one of nobody.
func listed(f *flow.Flow, end int) Ownership {
	switch f.Key.Addr[end].Netip().String() {
	case a23:
		if f.Key.Protocol == packet.UDP {
			return Ownership{Covered: true, By: ByListener, Owners: []Owner{{PID: 4711, Name: "Skype.exe"}}}
		}
		return Ownership{Covered: true, By: ByConnection, Owners: []Owner{{PID: 4711}}} // the same, and the row has no name
	case a31:
		if f.Key.Port[end] == 50212 {
			return Ownership{Covered: true, By: ByListener, Doubt: Disagree, Owners: []Owner{{PID: 12, Name: "phone", User: "ada"}, {PID: 99, Name: "zoom"}}}
		}
		return Ownership{Covered: true}
	}
	return Ownership{}
}

func listingOf() []Listing {
	return []Listing{{Name: "netstat.txt", Hosts: []netip.Addr{netip.MustParseAddr(a23), netip.MustParseAddr(a31)}, Rows: 14, Nobody: 2, Unread: 1}}
}

// joinedScene is the busy scene with a listing.
func joinedScene() *scene {
	s := busy()
	s.options.Owner, s.options.Listings = listed, listingOf()
	s.options.Listings[0].Told = true
	return s
}

func TestJoined(t *testing.T) {
	sc := joinedScene()
	sc.options.Listings = listingOf()
	s := sc.summary()
	j := s.Joined
	if j.Sockets != 4 || j.Unowned != 1 || j.Doubtful != 1 || j.Elsewhere != 1 || fmt.Sprint(j.Listings[0].Guessed) != "["+a23+" "+a31+"]" {
		t.Errorf("%+v", j)
	}
	for _, h := range s.Hosts {
		switch h.Addr.String() {
		case a23:
			if p := h.Processes; len(p) != 1 || p[0].PID != 4711 || p[0].Name != "Skype.exe" || p[0].Flows != 5 || p[0].Doubtful != 0 || fmt.Sprint(p[0].Sockets) != "[tcp udp/24816]" {
				t.Errorf("%+v", p)
			}
			if o := h.Sockets[0].Owners; len(o) != 1 || o[0].Name != "Skype.exe" {
				t.Errorf("%+v", o)
			}
		case a31:
			if p := h.Processes; len(p) != 2 || p[0].Name != "phone" || p[0].User != "ada" || p[0].Flows != 3 || p[0].Doubtful != 3 || p[1].Name != "zoom" {
				t.Errorf("%+v", p)
			}
		}
	}
	if w := s.Warnings[len(s.Warnings)-1]; !strings.HasPrefix(w, "The listing netstat.txt was taken for one machine with ") {
		t.Errorf("last warning %q", w)
	}
	if g := joinedScene().summary().Joined.Listings[0].Guessed; len(g) != 0 {
		t.Errorf("it was said whose the listing is: %v", g)
	}
	if busy().summary().Joined != nil {
		t.Error("nobody was asked, and it is told of")
	}
}

func TestOwnersAreBounded(t *testing.T) {
	w := newOwners(listed)
	w.most = 3
	for n := range 9 {
		r := far{packet.UDP, a31, uint16(1000 + n), "198.51.100.7", 4000, p2p, "skype", classify.Direct, [2]uint64{1, 1}, [2]uint64{9, 9}, [2]uint32{1, 1}, 0, 0, "", "", classify.Name{}}.record()
		w.add(&r.Flow, 0)
		w.add(&r.Flow, 1)
	}
	if j := w.finish(nil); len(w.socket) != 3 || j.Beyond != 7 || j.Sockets+j.Elsewhere != 3 || j.Listings == nil {
		t.Errorf("%d sockets, %+v", len(w.socket), j)
	}
	var list []Process
	for n := range 100 {
		list = addProcess(list, Owner{PID: n + 1, Name: strings.Repeat("x", 999)}, 1)
	}
	if len(list) != maxOwners || len(list[0].Name) != maxOwnerOctets {
		t.Errorf("%d owners", len(list))
	}
}

func TestOwnerWords(t *testing.T) {
	for _, tt := range []struct {
		owners []Owner
		want   string
	}{
		{nil, ""},
		{[]Owner{{PID: 12, Name: "skype"}}, "skype (12)"},
		{[]Owner{{PID: 12}}, "pid 12"},
		{[]Owner{{Name: "System"}}, "System"},
		{[]Owner{{PID: 12, Name: "a"}, {PID: 13, Name: "b"}}, "a (12) or b (13)"},
		{[]Owner{{PID: 1}, {PID: 2}, {PID: 3}, {PID: 4}, {PID: 5}}, "pid 1 or pid 2 or pid 3 or 2 more"},
		{[]Owner{{PID: 12, Name: "\x1b[2Jx"}}, `\x1b[2Jx (12)`},
	} {
		if got := ownerWords(tt.owners, " or "); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestAppendProcesses(t *testing.T) {
	of := func(owners []Owner, doubt Doubt) OwnerOf {
		return func(f *flow.Flow, end int) Ownership {
			if f.Key.Addr[end].Netip().String() != a23 {
				return Ownership{Covered: true}
			}
			return Ownership{Covered: true, By: BySocket, Owners: owners, Doubt: doubt}
		}
	}
	r := busy().records[0] // a23 began it
	for _, tt := range []struct {
		name string
		of   OwnerOf
		want string
	}{
		{"nobody is asked", nil, "}\n"},
		{"nobody", of(nil, NoDoubt), "}\n"},
		{"one", of([]Owner{{12, "sky\x1bpe", "ada"}}, NoDoubt), `,"src_process":{"pid":12,"name":"sky\u001bpe","user":"ada","by":"socket"}}` + "\n"},
		{"one of two", of([]Owner{{12, "a", ""}, {13, "b", ""}}, Shared), `,"src_processes":[{"pid":12,"name":"a","user":""},{"pid":13,"name":"b","user":""}],"src_doubt":"several processes have the socket"}` + "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := AppendRecord(nil, r)
			got := string(AppendProcesses(bytes.Clone(before), r, tt.of))
			if want := strings.TrimSuffix(string(before), "}\n") + tt.want; got != want || !json.Valid([]byte(got)) {
				t.Errorf("%s\nwant %s", got, want)
			}
		})
	}
}

// diffJoined has a launch: a socket, a process, a family and peers that were not there, and a kept one.
func diffJoined() *Diff {
	d := NewDiffer(0)
	d.Join(func(f *flow.Flow, end int) Ownership {
		switch {
		case f.Key.Addr[end].Netip().String() != a23:
			return Ownership{}
		case f.Key.Port[end] == 24816:
			return Ownership{Covered: true, By: ByListener, Owners: []Owner{{PID: 4711, Name: "Skype.exe"}}}
		case f.Key.Port[end] == 50000:
			return Ownership{Covered: true, By: ByListener, Owners: []Owner{{PID: 12, Name: "phone", User: "ada"}, {PID: 99, Name: "zoom"}}, Doubt: Disagree}
		}
		return Ownership{Covered: true}
	}, listingOf())
	add := func(protocol packet.Protocol, port uint16, peer, family string, when time.Duration, window int) {
		r := far{protocol, a23, port, peer, 40000, p2p, family, classify.Direct, [2]uint64{3, 3}, [2]uint64{300, 200}, [2]uint32{3, 3}, when, when + time.Second, "", "", classify.Name{}}.record()
		d.Add(r, window)
	}
	add(packet.UDP, 24816, "198.51.100.1", "skype", time.Minute, WindowBefore)
	add(packet.UDP, 24817, "198.51.100.2", "skype", time.Minute, WindowBefore)
	add(packet.TCP, 60001, "198.51.100.3", "skype", 2*time.Minute, WindowBefore)
	add(packet.UDP, 24816, "198.51.100.1", "skype", 11*time.Minute, WindowAfter)
	for n := range 12 {
		add(packet.UDP, 50000, fmt.Sprintf("203.0.113.%d", n+1), "webrtc", 12*time.Minute, WindowAfter)
	}
	add(packet.UDP, 50000, "198.51.100.4", "webrtc", 12*time.Minute, WindowAfter)
	add(packet.TCP, 60002, "198.51.100.8", "webrtc", 13*time.Minute, WindowAfter)
	b, a := windows()
	c := Coverage{Inputs: []string{"a.pcap"}, First: b.First, Last: b.Last, Packets: 1234, WireOctets: 567_890, Flows: 20, OneWay: 3, Damaged: []Damage{{Input: "a.pcap", Lost: []Count{{"damaged places", 1}}}}}
	b.Coverage, a.Coverage = &c, &c
	return d.Finish(b, a)
}

func TestDiffJoined(t *testing.T) {
	d := diffJoined()
	h := d.Hosts[0]
	for _, tt := range []struct {
		what string
		got  Gains
		want string
	}{
		{"sockets", h.Sockets, "{[udp/50000] [udp/24817] [udp/24816]}"},
		{"processes", h.Processes, "{[phone (12) or zoom (99)] [] [Skype.exe (4711)]}"},
		{"families", h.Families, "{[webrtc] [] [skype]}"},
		{"countries", h.Countries, "{[DE NZ] [JP] [BR]}"},
	} {
		if got := fmt.Sprint(tt.got); got != tt.want {
			t.Errorf("%s %s, want %s", tt.what, got, tt.want)
		}
	}
	var list []string
	for i := range h.SocketList {
		s := &h.SocketList[i]
		list = append(list, fmt.Sprintf("%s %s %d-%d %s %s", s.Change, s.words(), s.Before, s.After, s.Families, ownerWords(s.Owners, "|")))
	}
	if got, want := strings.Join(list, "; "), "gained udp/50000 0-13 [webrtc] phone (12)|zoom (99); lost udp/24817 1-0 [skype] ; "+
		"kept tcp, dialled 1-1 [skype webrtc] ; kept udp/24816 1-1 [skype] Skype.exe (4711)"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if len(h.Gained) != 14 || len(h.Lost) != 2 || len(h.Stayed) != 1 || len(h.Stayed[0].Owners) != 1 {
		t.Errorf("%d gained, %d lost, stayed %+v", len(h.Gained), len(h.Lost), h.Stayed)
	}
	var text, object, page bytes.Buffer
	for _, err := range []error{WriteDiff(&text, d, TextOptions{Width: 100}), WriteDiffJSON(&object, d), WriteDiffHTML(&page, d, "peeratlas test")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "diff-joined.txt", text.Bytes())
	golden(t, "diff-joined.json", object.Bytes())
	golden(t, "diff-joined.html", page.Bytes())
}

// One process that one window's listing names, and the other's does not, is neither gained nor lost.
func TestDiffSameProcess(t *testing.T) {
	d := NewDiffer(0)
	name := ""
	d.Join(func(f *flow.Flow, end int) Ownership {
		return Ownership{Covered: true, By: ByListener, Owners: []Owner{{PID: 7, Name: name}}}
	}, nil)
	d.Add(flowTo(1, "skype", time.Minute), WindowBefore)
	name = "phone"
	d.Add(flowTo(1, "skype", 11*time.Minute), WindowAfter)
	b, a := windows()
	if got := d.Finish(b, a); got.Same != 1 || len(got.Hosts) != 0 {
		t.Errorf("got %+v", got.Hosts)
	}
}

// asking are the ways in which a page would ask somebody for something, or run what is in it.
var asking = regexp.MustCompile(`(?i)<(script|link|img|iframe|object|embed|base|form|svg|video|audio|a)\b|\bon[a-z]+\s*=|url\(|@import|https?:|javascript:`)

func TestDiffPageIsAlone(t *testing.T) {
	var page bytes.Buffer
	if err := WriteDiffHTML(&page, diffJoined(), "peeratlas test"); err != nil {
		t.Fatal(err)
	}
	if found := asking.FindString(page.String()); found != "" {
		t.Errorf("the page has %q", found)
	}
	for _, want := range []string{"default-src 'none'", "prefers-color-scheme: dark", "@media print", "1 host has more new", "Countries gained", "Countries lost",
		"NZ New Zealand", "Skype.exe (4711)", "phone (12) or zoom (99)", "this is news", "20 flows", "damaged places (1)", "diff-lost", "tcp, dialled"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestProcessesHostile(t *testing.T) {
	bad := func(*flow.Flow, int) Ownership {
		return Ownership{Covered: true, By: ByListener, Doubt: Shared, Owners: []Owner{{1, hostileText, hostileText}, {2, "=1+1" + hostileText, ""}}}
	}
	s := busy()
	s.options.Owner, s.options.Listings = bad, []Listing{{Name: hostileText, Hosts: listingOf()[0].Hosts}}
	out := s.summary()
	for ending, write := range formats {
		text := written(t, write, out)
		if r, bad := unsafe(text, "\n"+map[string]string{"csv": "\r\n"}[ending]); bad {
			t.Errorf("%s holds %U", ending, r)
		}
		switch ending {
		case "md":
			hostileMarkdown(t, text)
		case "csv":
			rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
			if err != nil || len(rows) < 2 || !strings.HasPrefix(rows[1][len(csvHead)-1], "'=") {
				t.Errorf("%v: a formula %q", err, rows[1])
			}
		}
	}
	d := NewDiffer(0)
	d.Join(bad, out.Joined.Listings)
	r := flowTo(1, hostileText, 11*time.Minute)
	for e := range 2 {
		r.Verdict.Name[e] = classify.Name{Text: hostileText, Source: classify.FromSNI}
		r.Location[e].ASOrg, r.Location[e].ASN = hostileText, 1
	}
	d.Add(r, WindowAfter)
	b, a := windows()
	c := Coverage{Inputs: []string{hostileText}, Tunnelled: []Count{{hostileText, 1}}, Lost: []Count{{hostileText, 1}}, Damaged: []Damage{{hostileText, []Count{{hostileText, 1}}, hostileText}}}
	b.Input, a.Input, b.Coverage, a.Coverage = hostileText, hostileText, &c, &c
	diff := d.Finish(b, a)
	for what, write := range map[string]func(*bytes.Buffer) error{
		"text": func(w *bytes.Buffer) error { return WriteDiff(w, diff, TextOptions{Width: 100}) },
		"JSON": func(w *bytes.Buffer) error { return WriteDiffJSON(w, diff) },
		"HTML": func(w *bytes.Buffer) error { return WriteDiffHTML(w, diff, hostileText) },
	} {
		var text bytes.Buffer
		if err := write(&text); err != nil {
			t.Fatal(err)
		}
		if r, bad := unsafe(text.String(), "\n"); bad {
			t.Errorf("%s holds %U", what, r)
		}
		if what != "text" && strings.Contains(text.String(), "<script") {
			t.Errorf("%s holds a tag of the wire", what)
		}
	}
}

func TestDiffHTMLErrors(t *testing.T) {
	if err := WriteDiffHTML(failing{}, diffJoined(), ""); err == nil {
		t.Error("no error")
	}
	// A page of very many changes is bounded.
	d := diffOf(3000, 0, 3000, "webrtc")
	var page bytes.Buffer
	if err := WriteDiffHTML(&page, d, ""); err != nil || page.Len() > 100_000 || !strings.Contains(page.String(), "2,940 more") {
		t.Errorf("%v, %d octets", err, page.Len())
	}
}

// FuzzDiffHTML: whatever names are, the page has no tag, no address to ask and no character but those
// that show.
func FuzzDiffHTML(f *testing.F) {
	f.Add(hostileText, "Skype.exe", "office.pcapng")
	f.Add("</style><script>", "\" onmouseover=x ", "{{.}}")
	f.Fuzz(func(t *testing.T, name, owner, file string) {
		d := NewDiffer(0)
		d.Join(func(*flow.Flow, int) Ownership {
			return Ownership{Covered: true, By: ByListener, Owners: []Owner{{1, owner, name}}}
		}, []Listing{{Name: file}})
		r := flowTo(1, name, 11*time.Minute)
		r.Verdict.Name[0] = classify.Name{Text: owner, Source: classify.FromSNI}
		r.Verdict.Name[1] = r.Verdict.Name[0]
		d.Add(r, WindowAfter)
		b, a := windows()
		b.Input, a.Input = file, name
		var page, plain bytes.Buffer
		diff := d.Finish(b, a)
		if err := WriteDiffHTML(&page, diff, owner); err != nil {
			t.Fatal(err)
		}
		if c, bad := unsafe(page.String(), "\n"); bad {
			t.Fatalf("holds %U", c)
		}
		// The same page of harmless names has as many tags.
		d2 := NewDiffer(0)
		d2.Join(func(*flow.Flow, int) Ownership {
			return Ownership{Covered: true, By: ByListener, Owners: []Owner{{1, "x", "x"}}}
		}, []Listing{{Name: "x"}})
		h := flowTo(1, "x", 11*time.Minute)
		d2.Add(h, WindowAfter)
		b.Input, a.Input = "x", "x"
		if err := WriteDiffHTML(&plain, d2.Finish(b, a), "x"); err != nil {
			t.Fatal(err)
		}
		if got, want := strings.Count(page.String(), "<"), strings.Count(plain.String(), "<"); owner != "" && got != want {
			t.Fatalf("%d tags, want %d:\n%s", got, want, page.String())
		}
	})
}
