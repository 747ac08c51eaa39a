package capture

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"peeratlas/capture/packet"
)

// headers makes the headers of a packet from words: "tcp 10.0.0.1:80 > 10.0.0.2:443".
func headers(t testing.TB, s string) packet.Headers {
	t.Helper()
	var h packet.Headers
	fields := strings.Fields(s)
	h.Protocol = map[string]packet.Protocol{
		"tcp": packet.TCP, "udp": packet.UDP, "icmp": packet.ICMP, "icmp6": packet.ICMPv6, "esp": 50,
	}[fields[0]]
	for i, end := range []string{fields[1], fields[3]} {
		ap, err := netip.ParseAddrPort(end)
		if err != nil {
			ap = netip.AddrPortFrom(netip.MustParseAddr(end), 0)
		}
		if i == 0 {
			h.Src, h.SrcPort = packet.AddrFrom(ap.Addr()), ap.Port()
		} else {
			h.Dst, h.DstPort = packet.AddrFrom(ap.Addr()), ap.Port()
		}
	}
	return h
}

func TestFilter(t *testing.T) {
	web := headers(t, "tcp 10.1.2.3:40000 > 93.184.216.34:443")
	dns := headers(t, "udp 192.168.1.5:53 > 192.168.1.9:53")
	six := headers(t, "udp [2001:db8::1]:5353 > [ff02::fb]:5353")
	ping := headers(t, "icmp 10.1.2.3 > 8.8.8.8")
	ping6 := headers(t, "icmp6 fe80::1 > ff02::1")
	esp := headers(t, "esp 10.1.2.3 > 8.8.8.8")
	tagged := web
	tagged.VLAN = 100
	tunnel := headers(t, "tcp 172.16.0.1:1 > 172.16.0.2:2")
	tunnel.Tunnel, tunnel.OuterSrc, tunnel.OuterDst = packet.SixInFour, six.Src, six.Dst
	packets := []struct {
		name string
		h    *packet.Headers
	}{{"web", &web}, {"dns", &dns}, {"six", &six}, {"ping", &ping}, {"ping6", &ping6}, {"esp", &esp}, {"tagged", &tagged}, {"tunnel", &tunnel}}

	tests := []struct{ expression, want string }{
		{"", "web dns six ping ping6 esp tagged tunnel"},
		{" \t\n", "web dns six ping ping6 esp tagged tunnel"},
		{"ip", "web dns ping esp tagged tunnel"},
		{"ip6", "six ping6 tunnel"},
		{"not ip6", "web dns ping esp tagged"},
		{"tcp", "web tagged tunnel"},
		{"TCP or Udp", "web dns six tagged tunnel"},
		{"icmp", "ping"},
		{"icmp6", "ping6"},
		{"host 10.1.2.3", "web ping esp tagged"},
		{"dst host 10.1.2.3", ""},
		{"src 10.1.2.3", "web ping esp tagged"},
		{"dst 8.8.8.8 or 192.168.1.9", "dns ping esp"},
		{"src and dst net 192.168", "dns"},
		{"src and dst net 10", ""},
		{"dst or src net 10.0.0.0/8 and tcp", "web tagged"},
		{"net 10", "web ping esp tagged"},
		{"net 192.168/16", "dns"},
		{"net 10.0.0.0 mask 255.0.0.0", "web ping esp tagged"},
		{"net 10.0.2.0 mask 255.0.255.0", "web ping esp tagged"},
		{"net 172.16.0", "tunnel"},
		{"net 0.0.0.0/0", "web dns ping esp tagged tunnel"},
		{"net ::/0", "six ping6 tunnel"},
		{"net fe80::/10", "ping6"},
		{"host 2001:db8::1", "six tunnel"},
		{"src host 2001:DB8:0::1", "six tunnel"},
		{"ip6 host 2001:db8::1 and udp", "six"},
		{"ip net 192.168.1.4/30", "dns"},
		{"port 443", "web tagged"},
		{"src port https", ""},
		{"dst port https", "web tagged"},
		{"port 53 or 443", "web dns tagged"},
		{"port (53 or 443)", "web dns tagged"},
		{"tcp port 53 or 443", "web tagged"},
		{"src and dst port 53", "dns"},
		{"udp src portrange 50-60", "dns"},
		{"portrange 60-50", "dns"},
		{"portrange ftp-data-domain", "dns"},
		{"portrange 1-2", "tunnel"},
		{"port 0", ""},
		{"not port 53", "web six ping ping6 esp tagged tunnel"},
		{"vlan", "tagged"},
		{"vlan 100", "tagged"},
		{"vlan 100 or 200", "tagged"},
		{"vlan 99", ""},
		{"host 10.1.2.3 and vlan", "tagged"},
		{"not vlan and host 10.1.2.3", "web ping esp"},
		// and and or bind equally, from left to right.
		{"tcp or udp and port 53", "dns"},
		{"tcp or (udp and port 53)", "web dns tagged tunnel"},
		{"udp and port 53 or tcp", "web dns tagged tunnel"},
		{"not tcp and not udp", "ping ping6 esp"},
		{"!(tcp||udp)&&!icmp6", "ping esp"},
		{"not not icmp", "ping"},
		// not binds to the next identifier only, which has the qualifiers of the one before.
		{"host 10.1.2.3 and not 8.8.8.8", "web tagged"},
		{"not host 8.8.8.8 and 10.1.2.3", "web tagged"},
		{"host 10.1.2.3 and not (8.8.8.8 or 1.1.1.1)", "web tagged"},
		{"host not 10.1.2.3", "dns six ping6 tunnel"},
		{"host (10.1.2.3 and 8.8.8.8) or 192.168.1.5", "dns ping esp"},
	}
	for _, test := range tests {
		t.Run(test.expression, func(t *testing.T) {
			f, err := ParseFilter(test.expression)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range packets {
				if f.Match(p.h) {
					got = append(got, p.name)
				}
				if n := testing.AllocsPerRun(10, func() { f.Match(p.h) }); n != 0 {
					t.Errorf("%s: %v allocations", p.name, n)
				}
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %q, want %q", strings.Join(got, " "), test.want)
			}
		})
	}
	if !new(Filter).Match(&web) {
		t.Error("the zero Filter refuses")
	}
}

func TestFilterErrors(t *testing.T) {
	tests := []struct{ expression, word, says string }{
		{"prot 80", "prot", "expected host, net, port"},
		{"port", "", "a port, 0 to 65535"},
		{"port 70000", "70000", "0 to 65535"},
		{"port -1", "-1", "a port"},
		{"port 80-90", "80-90", "portrange"},
		{"portrange 80-x", "80-x", "6881-6889"},
		{"tcp and", "", "expected host"},
		{"and tcp", "and", "expected host"},
		{"tcp udp", "udp", "expected \"and\", \"or\" or the end"},
		{"(tcp", "", "\")\""},
		{"tcp)", ")", "\"and\", \"or\" or the end"},
		{"()", ")", "expected host"},
		{"not", "", "expected host"},
		{"tcp & udp", "&", "\"and\""},
		{"host", "", "an IPv4 or IPv6 address"},
		{"host example.org", "example.org", "not looked up"},
		{"host 10.1", "10.1", "an IPv4 or IPv6 address"},
		{"host 10.0.0.0/8", "10.0.0.0/8", "write \"net\""},
		{"src 10.0.0.0/8", "10.0.0.0/8", "write \"net\""},
		{"host fe80::1%eth0", "fe80::1%eth0", "an IPv4 or IPv6 address"},
		{"10.0.0.1", "10.0.0.1", "write \"host 10.0.0.1\""},
		{"tcp and 10.0.0.1", "10.0.0.1", "write \"host 10.0.0.1\""},
		{"(host 10.0.0.1) or 10.0.0.2", "10.0.0.2", "write \"host 10.0.0.2\""},
		{"net 10.1.2.3/8", "10.1.2.3/8", "write \"10.0.0.0/8\""},
		{"net fe80::1/10", "fe80::1/10", "write \"fe80::/10\""},
		{"net 10/33", "10/33", "0 to 32"},
		{"net 10/+8", "10/+8", "0 to 32"},
		{"net 10/", "10/", "0 to 32"},
		{"net 10.0.0.0.0", "10.0.0.0.0", "a network"},
		{"net 10.0.0.1 mask 255.0.0.0", "255.0.0.0", "bits outside"},
		{"net 10.0.0.0 mask 8", "8", "mask"},
		{"net 10 mask 255.0.0.0", "10", "before \"mask\""},
		{"net ::1 mask 255.0.0.0", "::1", "before \"mask\""},
		{"tcp host 1.2.3.4", "host", "\"port\" or \"portrange\""},
		{"ip port 80", "port", "\"host\" or \"net\""},
		{"icmp port 80", "port", "no other word"},
		{"ip 1.2.3.4", "1.2.3.4", "\"host\" or \"net\" between"},
		{"tcp 80", "80", "\"port\" or \"portrange\" between"},
		{"ip host ::1", "::1", "goes with an IPv4 address"},
		{"ip6 net 10", "10", "goes with an IPv6 address"},
		{"vlan 0", "0", "1 to 4094"},
		{"vlan 4095", "4095", "1 to 4094"},
		{"arp", "arp", "not one of the words"},
		{"ether host 1:2:3:4:5:6", "ether", "not one of the words"},
		{"Tcp And HOST Foo", "Foo", "not looked up"},
		{"src src 1.2.3.4", "src", "an IPv4 or IPv6 address"},
		{strings.Repeat("(", 200), "(", "too many"},
		{strings.Repeat("not ", 200), "not", "too many"},
		{strings.Repeat("tcp or ", 10000), "", "more than"},
	}
	for _, test := range tests {
		t.Run(test.expression[:min(40, len(test.expression))], func(t *testing.T) {
			f, err := ParseFilter(test.expression)
			var e *FilterError
			if f != nil || !errors.As(err, &e) {
				t.Fatalf("got %v, %v; want a FilterError", f, err)
			}
			if e.Expression != test.expression || e.Word != test.word || !strings.HasPrefix(test.expression[e.Offset:], e.Word) {
				t.Errorf("points at %q, offset %d; want %q", e.Word, e.Offset, test.word)
			}
			if !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q does not say %q in one line", err, test.says)
			}
		})
	}
}

// A long list is a long program, and no deep one.
func TestFilterLong(t *testing.T) {
	f, err := ParseFilter("port 1" + strings.Repeat(" or 2", 10_000) + " or 443")
	if err != nil {
		t.Fatal(err)
	}
	web, dns := headers(t, "tcp 10.1.2.3:40000 > 93.184.216.34:443"), headers(t, "udp 10.1.2.3:40000 > 9.9.9.9:53")
	if !f.Match(&web) || f.Match(&dns) {
		t.Error("the last of a long list counts, and nothing beside it")
	}
}

func FuzzParseFilter(f *testing.F) {
	for _, s := range []string{
		"tcp port 80 or 443 and not host 10.0.0.1", "src and dst net 10.0.0.0/8", "net 10.0.0.0 mask 255.0.0.0",
		"(ip6 or vlan 5) && !portrange ftp-data-21", "host (1.2.3.4 or ::1)", "udp src or dst port domain",
	} {
		f.Add(s)
	}
	web := headers(f, "tcp 10.1.2.3:40000 > 93.184.216.34:443")
	six := headers(f, "udp [2001:db8::1]:5353 > [ff02::fb]:5353")
	f.Fuzz(func(t *testing.T, s string) {
		filter, err := ParseFilter(s)
		if err != nil {
			var e *FilterError
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(s) || !strings.HasPrefix(s[e.Offset:], e.Word) {
				t.Fatalf("error %#v does not point into %q", err, s)
			}
			return
		}
		negated, err := ParseFilter("not (" + s + ")")
		if strings.TrimSpace(s) == "" {
			return // nothing cannot be negated
		}
		if err != nil {
			var e *FilterError
			if errors.As(err, &e) && (strings.Contains(e.Reason, "too many") || strings.Contains(e.Reason, "more than")) {
				return
			}
			t.Fatalf("%q parses, its negation does not: %v", s, err)
		}
		for _, h := range []*packet.Headers{&web, &six, {}} {
			if filter.Match(h) == negated.Match(h) {
				t.Fatalf("%q and its negation agree", s)
			}
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	h := headers(b, "tcp 10.1.2.3:40000 > 93.184.216.34:443")
	for _, s := range []string{"tcp port 80 or 443", "not net 10 and (udp or host 8.8.8.8)", "src net 192.168 or 172.16.0.0/12 or 10"} {
		b.Run(s, func(b *testing.B) {
			f, err := ParseFilter(s)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for range b.N {
				f.Match(&h)
			}
		})
	}
}
