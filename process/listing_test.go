package process

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"peeratlas/capture/packet"
	"peeratlas/report"
)

// said is an Ownership in a line of text.
func said(o report.Ownership) string {
	text := ""
	for i, w := range o.Owners {
		if i > 0 {
			text += " or "
		}
		text += fmt.Sprintf("%s(%d)", w.Name, w.PID)
	}
	if text == "" && o.Covered {
		return "nobody"
	} else if text == "" {
		return "not covered"
	}
	return strings.TrimRight(text+" by "+string(o.By)+" "+string(o.Doubt), " ")
}

func listings(t *testing.T, hosts string, texts ...string) *Listings {
	t.Helper()
	l := new(Listings)
	for i, text := range texts {
		var all []netip.Addr
		for h := range strings.FieldsSeq(hosts) {
			all = append(all, netip.MustParseAddr(h))
		}
		if _, err := l.Add(fmt.Sprintf("%d.txt", i), []byte(text), all); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// A small machine, in the words of ss.
const ssSmall = `udp UNCONN 0 0 0.0.0.0:24816 0.0.0.0:* users:(("skype",pid=12,fd=3))
udp UNCONN 0 0 192.0.2.10:24817 0.0.0.0:* users:(("bound",pid=13,fd=3))
udp ESTAB 0 0 192.0.2.10:24816 198.51.100.7:3478 users:(("turn",pid=14,fd=3))
udp UNCONN 0 0 *:3478 *:* users:(("both",pid=15,fd=3))
udp UNCONN 0 0 [::]:3479 [::]:* users:(("six",pid=16,fd=3))
udp UNCONN 0 0 0.0.0.0:5353 0.0.0.0:* users:(("a",pid=17,fd=3),("b",pid=18,fd=3))
tcp LISTEN 0 9 0.0.0.0:443 0.0.0.0:* users:(("web",pid=19,fd=3))
tcp TIME-WAIT 0 0 192.0.2.10:50000 198.51.100.7:443
tcp ESTAB 0 0 [2001:db8::10]:50001 [2001:db8::7]:443 users:(("phone",pid=20,fd=3))
tcp ESTAB 0 0 [::ffff:192.0.2.10]:50002 [::ffff:198.51.100.7]:443 users:(("mapped",pid=21,fd=3))`

func TestOwner(t *testing.T) {
	const other = "udp UNCONN 0 0 0.0.0.0:24816 0.0.0.0:* users:((\"zoom\",pid=99,fd=3))\nudp UNCONN 0 0 192.0.2.10:1 0.0.0.0:* users:((\"x\",pid=1,fd=3))"
	const windows = "  UDP    0.0.0.0:24816          *:*           12\n  UDP    [::]:4500   *:*   5\n  UDP    192.0.2.10:137   *:*   4"
	for _, tt := range []struct {
		name, hosts   string
		texts         []string
		protocol      packet.Protocol
		local, remote string
		want          string
	}{
		{"the port", "", []string{ssSmall}, packet.UDP, "192.0.2.10:24816", "203.0.113.5:1", "skype(12) by listener"},
		{"the connection goes first", "", []string{ssSmall}, packet.UDP, "192.0.2.10:24816", "198.51.100.7:3478", "turn(14) by connection"},
		{"the address and port", "", []string{ssSmall}, packet.UDP, "192.0.2.10:24817", "203.0.113.5:1", "bound(13) by socket"},
		{"another protocol", "", []string{ssSmall}, packet.TCP, "192.0.2.10:24816", "203.0.113.5:1", "nobody"},
		{"another port", "", []string{ssSmall}, packet.UDP, "192.0.2.10:1", "203.0.113.5:1", "nobody"},
		{"another host", "", []string{ssSmall}, packet.UDP, "192.0.2.11:24816", "203.0.113.5:1", "not covered"},
		{"both families", "", []string{ssSmall}, packet.UDP, "192.0.2.10:3478", "203.0.113.5:1", "both(15) by listener"},
		{"both families, of six", "", []string{ssSmall}, packet.UDP, "[2001:db8::10]:3478", "[2001:db8::7]:1", "both(15) by listener"},
		{"six alone, asked for four", "", []string{ssSmall}, packet.UDP, "192.0.2.10:3479", "203.0.113.5:1", "nobody"},
		{"four alone, asked for six", "", []string{ssSmall}, packet.UDP, "[2001:db8::10]:24816", "[2001:db8::7]:1", "nobody"},
		{"several have it", "", []string{ssSmall}, packet.UDP, "192.0.2.10:5353", "203.0.113.5:1", "a(17) or b(18) by listener several processes have the socket"},
		{"who listens has what it took", "", []string{ssSmall}, packet.TCP, "192.0.2.10:443", "203.0.113.5:1", "web(19) by listener"},
		{"a row without a process", "", []string{ssSmall}, packet.TCP, "192.0.2.10:50000", "198.51.100.7:443", "nobody"},
		{"IPv6", "", []string{ssSmall}, packet.TCP, "[2001:db8::10]:50001", "[2001:db8::7]:443", "phone(20) by connection"},
		{"IPv4 inside IPv6", "", []string{ssSmall}, packet.TCP, "192.0.2.10:50002", "198.51.100.7:443", "mapped(21) by connection"},
		{"the host is said", "192.0.2.77", []string{ssSmall}, packet.UDP, "192.0.2.77:24816", "203.0.113.5:1", "skype(12) by listener"},
		{"the host is said to be another", "192.0.2.77", []string{ssSmall}, packet.UDP, "192.0.2.10:24816", "203.0.113.5:1", "not covered"},
		{"a connection needs no saying", "192.0.2.77", []string{ssSmall}, packet.UDP, "192.0.2.10:24816", "198.51.100.7:3478", "turn(14) by connection"},
		{"two agree", "", []string{ssSmall, ssSmall}, packet.UDP, "192.0.2.10:24816", "203.0.113.5:1", "skype(12) by listener"},
		{"one names, one numbers", "", []string{ssSmall, windows}, packet.UDP, "192.0.2.10:24816", "203.0.113.5:1", "skype(12) by listener"},
		{"one numbers, one names", "", []string{windows, ssSmall}, packet.UDP, "192.0.2.10:24816", "203.0.113.5:1", "skype(12) by listener"},
		{"two disagree", "", []string{ssSmall, other}, packet.UDP, "192.0.2.10:24816", "203.0.113.5:1", "skype(12) or zoom(99) by listener the listings disagree"},
		{"Windows tells of six apart", "", []string{windows}, packet.UDP, "192.0.2.10:4500", "203.0.113.5:1", "nobody"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := listings(t, tt.hosts, tt.texts...)
			if got := said(l.Owner(tt.protocol, netip.MustParseAddrPort(tt.local), netip.MustParseAddrPort(tt.remote))); got != tt.want {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestListingsAdd(t *testing.T) {
	wild := "udp UNCONN 0 0 0.0.0.0:24816 0.0.0.0:* users:((\"skype\",pid=12,fd=3))\n"
	l := new(Listings)
	if _, err := l.Add("a", []byte(wild), nil); !errors.Is(err, ErrWhose) {
		t.Errorf("nobody's: %v", err)
	}
	if got := said(l.Owner(packet.UDP, netip.MustParseAddrPort("192.0.2.10:24816"), netip.MustParseAddrPort("203.0.113.5:1"))); got != "not covered" {
		t.Errorf("a listing that was not taken tells %s", got)
	}
	if _, err := l.Add("b", []byte("these are notes\n"), nil); err == nil || !strings.Contains(err.Error(), "is this the output of netstat") {
		t.Errorf("notes: %v", err)
	}
	unread, err := l.Add("c", []byte(ssSmall+"\nudp FOO 0 0 192.0.2.1:1 0.0.0.0:*\n"), nil)
	if err != nil || len(unread) != 1 || unread[0].Line != 11 {
		t.Errorf("unread %v, %v", unread, err)
	}
	want := report.Listing{Name: "c", Hosts: []netip.Addr{netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("2001:db8::10")}, Rows: 11, Nobody: 1, Unread: 1}
	if got := l.All(); len(got) != 1 || fmt.Sprint(got[0]) != fmt.Sprint(want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	many := strings.Repeat("udp UNCONN 0 0 192.0.2.10:1 0.0.0.0:*\n", maxRows/2+1)
	if _, err := l.Add("d", []byte(many), nil); err != nil {
		t.Error(err)
	}
	if _, err := l.Add("e", []byte(many), nil); err == nil || !strings.Contains(err.Error(), "all listings together") {
		t.Errorf("too many rows: %v", err)
	}
}

// A port with very many processes does not make each question slow.
func TestOwnersBounded(t *testing.T) {
	var b strings.Builder
	for i := range 10000 {
		fmt.Fprintf(&b, "udp UNCONN 0 0 192.0.2.10:1 0.0.0.0:* users:((\"a\",pid=%d,fd=1))\n", i+1)
	}
	l := listings(t, "", b.String())
	if n := len(l.bound[place{packet.UDP, netip.MustParseAddrPort("192.0.2.10:1")}]); n != mostHeld {
		t.Errorf("%d are held, want %d", n, mostHeld)
	}
}

func FuzzListings(f *testing.F) {
	paths, _ := filepath.Glob("testdata/*.txt")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, []byte(ssSmall), uint16(24816))
	}
	f.Fuzz(func(t *testing.T, one, two []byte, port uint16) {
		l := new(Listings)
		l.Add("one", one, nil)
		l.Add("two", two, []netip.Addr{netip.MustParseAddr("192.0.2.10")})
		for _, local := range []string{"192.0.2.10", "2001:db8::10"} {
			a := netip.MustParseAddr(local)
			for _, p := range []packet.Protocol{packet.TCP, packet.UDP, 132} {
				o := l.Owner(p, netip.AddrPortFrom(a, port), netip.AddrPortFrom(a, 443))
				if len(o.Owners) > 0 != (o.By != "") || len(o.Owners) > 1 != (o.Doubt != report.NoDoubt) || len(o.Owners) > mostHeld {
					t.Fatalf("%+v", o)
				}
				for _, w := range o.Owners {
					if w.PID < 0 || w.PID == 0 && w.Name == "" {
						t.Fatalf("%+v", w)
					}
				}
			}
		}
		for _, told := range l.All() {
			if told.Rows < told.Nobody || len(told.Hosts) == 0 {
				t.Fatalf("%+v", told)
			}
		}
	})
}
