package capture

import (
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"peeratlas/capture/packet"
)

// tcpdumpExpressions are run on each capture with the addresses A and B, the ports P and Q
// and the IPv6 address X of its own.
var tcpdumpExpressions = []string{
	"tcp", "udp", "icmp", "icmp6", "ip", "ip6", "not tcp", "tcp or icmp", "ip and not udp",
	"host A", "src host A", "dst host A", "src A", "src and dst host A", "src or dst host B", "host A and host B",
	"host A or B", "host (A or B)", "not host A", "host A and not B", "not host A and B", "ip host B", "ip6 host X", "host X or A",
	"net NET/24", "src net NET/24", "net NET mask 255.255.255.0", "net 10 or net 192.168 or net 172.16.0.0/12", "ip6 net fe80::/10",
	"net ff00::/8", "dst net 224.0.0.0/4 or dst net ff00::/8", "not net 0.0.0.0/0", "ip net 192.168/16 or ip6 net 2000::/3",
	"port P", "src port P", "dst port P", "src and dst port P", "tcp port P", "udp port P", "port P or Q", "port P and Q",
	"tcp port P or Q", "not port P", "port P and not Q", "tcp src port P or udp dst port Q",
	"portrange 1-1023", "udp portrange 1024-65535", "src portrange 50000-40000", "not (tcp or udp port P)",
	"port 53 or 80 or 443", "port domain or https",
	"tcp and host A or udp and port Q", "(tcp and host A) or (udp and not (port P or Q))",
	"host A and tcp port (P or Q) or icmp", "udp and dst host B and src portrange 1-65535 and not port 53",
}

// specimen is a capture with its decoded packets.
type specimen struct {
	path    string
	packets []Packet
	headers []packet.Headers
}

// comparable decodes a capture. It tells whether tcpdump and we must agree on it: Ethernet,
// without what Match documents to be different, and without headers that are broken.
func (s *specimen) comparable(t *testing.T) bool {
	f, err := Open([]string{s.path}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	all, _ := drain(t, f, 256)
	decoder := packet.NewDecoder()
	for _, p := range all {
		var h packet.Headers
		switch decoder.Decode(p.LinkType, p.Data, int(p.OriginalLength), &h) {
		case packet.OK, packet.ICMPMessage, packet.OtherTransport:
		case packet.NotIP:
			continue
		default:
			return false
		}
		if extended(p.Data) || p.LinkType != packet.LinkEthernet || h.Tunnel != packet.NoTunnel || h.VLAN != 0 || h.Flags&packet.LaterFragment != 0 {
			return false
		}
		s.packets, s.headers = append(s.packets, p), append(s.headers, h)
	}
	return len(s.packets) >= 20
}

// extended tells whether an Ethernet frame has IPv6 extension headers (RFC 8200, section 4.1),
// such as multicast listener reports, whose ICMPv6 tcpdump does not find behind them.
func extended(frame []byte) bool {
	if len(frame) < 21 || frame[12] != 0x86 || frame[13] != 0xdd {
		return false
	}
	next := frame[20]
	return next == 0 || next == 43 || next == 44 || next == 60
}

// words are what stands for A, B, P, Q, X and NET: those of a packet in the middle,
// so that they select some packets and not others.
func (s *specimen) words() *strings.Replacer {
	a, b, p, q, x := "192.0.2.1", "192.0.2.2", uint16(80), uint16(443), "2001:db8::1"
	for i := range s.headers {
		h := &s.headers[(i+len(s.headers)/2)%len(s.headers)]
		if h.Src.Is4() && h.SrcPort != 0 && a == "192.0.2.1" {
			a, b, p, q = h.Src.Netip().String(), h.Dst.Netip().String(), h.SrcPort, h.DstPort
		}
		if !h.Src.Is4() {
			x = h.Src.Netip().String()
		}
	}
	net, _ := netip.MustParseAddr(a).Prefix(24)
	return strings.NewReplacer("NET", net.Addr().String(), "A", a, "B", b, "P", fmt.Sprint(p), "Q", fmt.Sprint(q), "X", x)
}

// TestFilterAgainstTcpdump compares what our filter selects with what tcpdump selects.
func TestFilterAgainstTcpdump(t *testing.T) {
	paths := corpus(t)
	if _, err := exec.LookPath("tcpdump"); err != nil {
		t.Skip("tcpdump is not installed")
	}
	captures, six, compared, some := 0, 0, 0, 0
	for _, path := range paths {
		s := specimen{path: path}
		if captures == 8 {
			break
		}
		if !s.comparable(t) {
			continue
		}
		captures++
		for i := range s.headers {
			if !s.headers[i].Src.Is4() {
				six++
				break
			}
		}
		words := s.words()
		t.Run(filepath.Base(path), func(t *testing.T) {
			for _, template := range tcpdumpExpressions {
				expression := words.Replace(template)
				n := s.compare(t, expression)
				compared++
				if n > 0 && n < len(s.packets) {
					some++
				}
			}
		})
	}
	t.Logf("%d captures (%d with IPv6), %d comparisons, %d of them select some packets and not all", captures, six, compared, some)
	if captures < 5 || six < 2 || some < compared/4 {
		t.Error("too little was compared")
	}
}

// compare returns how many packets expression selects.
func (s *specimen) compare(t *testing.T, expression string) int {
	t.Helper()
	filter, err := ParseFilter(expression)
	if err != nil {
		t.Errorf("%q: %v", expression, err)
		return 0
	}
	// tcpdump's host and net select ARP as well, which has no headers here.
	out, err := exec.Command("tcpdump", "-r", s.path, "-w", "-", "(ip or ip6) and ("+expression+")").Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("tcpdump %q: %s", expression, exit.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	theirs, _ := read(t, out)
	var ours []Packet
	for i, p := range s.packets {
		if filter.Match(&s.headers[i]) {
			p.Timestamp -= p.Timestamp % 1000 // tcpdump writes microseconds
			p.Interface = 0
			ours = append(ours, p)
		}
	}
	if len(ours) != len(theirs) {
		t.Errorf("%q: %d packets, tcpdump selects %d", expression, len(ours), len(theirs))
		return len(ours)
	}
	equalPackets(t, ours, theirs)
	return len(ours)
}
