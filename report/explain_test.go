package report

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"peeratlas/classify"
)

func explained(t *testing.T, width int, records []*Record, sockets []classify.Socket) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteExplain(&b, records, sockets, TextOptions{Width: width}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestExplainGolden(t *testing.T) {
	s := busy()
	for i, name := range map[int]string{0: "direct", 5: "relayed", 6: "likely", 10: "other", 11: "unknown"} {
		t.Run(name, func(t *testing.T) {
			golden(t, "explain-"+name+".txt", []byte(explained(t, 80, s.records[i:i+1], s.sockets)))
		})
	}
	of := func(host string) []*Record {
		a := netip.MustParseAddr(host)
		return s.only(func(r *Record) bool { return r.Flow.Key.Addr[0].Netip() == a || r.Flow.Key.Addr[1].Netip() == a }).records
	}
	golden(t, "explain-host.txt", []byte(explained(t, 80, of(a31), s.sockets)))
	golden(t, "explain-host-160.txt", []byte(explained(t, 160, of(a23), s.sockets)))
	golden(t, "explain-nothing.txt", []byte(explained(t, 80, nil, s.sockets)))
}

// TestExplainBounded: however many flows and sockets there are, a screen or three tell of them.
func TestExplainBounded(t *testing.T) {
	var records []*Record
	for i := range 5000 {
		r := busy().records[0]
		r.Flow.Key.Port[1] = uint16(i)
		r.Flow.Key.Port[0] = uint16(i / 10)
		records = append(records, r)
	}
	var sockets []classify.Socket
	for i := range 500 {
		sockets = append(sockets, classify.Socket{Host: netip.MustParseAddr(a23), Protocol: "udp", Port: uint16(i), Evidence: evidence()})
	}
	text := explained(t, 80, records, sockets)
	if n := strings.Count(text, "\n"); n > 150 {
		t.Errorf("%d lines", n)
	}
	for _, want := range []string{"and 4,980 more flows", "and 492 more sockets"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// TestExplainFits: only what is to be copied may be longer than the width.
func TestExplainFits(t *testing.T) {
	s := busy()
	for _, width := range []int{40, 60, 80, 120, 200} {
		for _, records := range [][]*Record{s.records, s.records[:1], s.records[5:6]} {
			for line := range strings.Lines(explained(t, width, records, s.sockets)) {
				line = strings.TrimSuffix(line, "\n")
				if columns(line) > width && !strings.HasPrefix(line, "  ip") && !strings.HasPrefix(line, "  frame.number") {
					t.Errorf("width %d: %s", width, line)
				}
			}
		}
	}
}

// TestChange: the distances to the thresholds are those of the probabilities 0.95 and 0.5.
func TestChange(t *testing.T) {
	line := func(counted float64) []classify.Evidence {
		return []classify.Evidence{{Claim: "one.claim", Bits: counted, Counted: counted}, {Claim: "other.claim", Bits: 3, Counted: 3}}
	}
	tests := []struct {
		judgement classify.Judgement
		evidence  []classify.Evidence
		want      string
	}{
		// log2(0.95/0.05) is 4.248
		{classify.P2P, line(20), "It stays p2p unless 12.2 bits less speak for it. It hangs on one.claim."},
		{classify.P2P, append(line(20), line(20)...), "It stays p2p unless 35.2 bits less speak for it. No single line of evidence decides it."},
		{classify.Likely, line(5), "It would be p2p with 2.8 bits more, and other with 1.4 bits less. It hangs on each of one.claim and other.claim."},
		{classify.Other, line(0), "It would be likely with 3.6 bits more, and p2p with 7.8."},
		{classify.Unknown, nil, "A packet with payload would be needed to judge it."},
	}
	for _, tt := range tests {
		p := newPage(TextOptions{Width: 500})
		v := &classify.Verdict{Judgement: tt.judgement, Prior: -6.6, Evidence: tt.evidence}
		p.change(v, p.evidence(v))
		lines := strings.Split(strings.TrimSpace(p.String()), "\n")
		if got := strings.TrimSpace(lines[len(lines)-1]); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

func TestFilters(t *testing.T) {
	tests := []struct {
		r    *Record
		want string
	}{
		{busy().records[0], "ip.addr == 192.168.10.23 && ip.addr == 198.51.100.1 && udp.port == 24816 && udp.port == 17187"},
		{busy().records[1], "ip.addr == 192.168.10.23 && ip.addr == 198.51.100.1 && tcp.port == 60905 && tcp.port == 17187"},
		{busy().records[9], "ipv6.addr == 2001:db8:1::21 && ipv6.addr == 2001:db8:9::1 && udp.port == 50300 && udp.port == 50301"},
	}
	for _, tt := range tests {
		if got := flowFilter(&tt.r.Flow.Key); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
	same := busy().records[0]
	same.Flow.Key.Port = [2]uint16{500, 500}
	if got := flowFilter(&same.Flow.Key); strings.Count(got, "500") != 1 {
		t.Error(got)
	}
	if got := frameFilter(evidence()); got != "frame.number in {4, 5, 9, 8}" {
		t.Error(got)
	}
	if got := frameFilter(nil); got != "" {
		t.Error(got)
	}
	many := make([]classify.Evidence, 40)
	for i := range many {
		many[i].Packets = []uint32{uint32(i)}
	}
	if got := strings.Count(frameFilter(many), ","); got != maxFrames-1 {
		t.Errorf("%d commas", got)
	}
}

func ExampleWriteExplain() {
	var b bytes.Buffer
	WriteExplain(&b, busy().records[6:7], nil, TextOptions{Width: 130})
	for i, line := range strings.Split(b.String(), "\n") {
		if i >= 7 && i <= 12 {
			fmt.Println(strings.TrimSpace(line))
		}
	}
	// Output:
	// -6.6  prior: one flow in 98 is encrypted peer-to-peer
	// for
	// +5.0  socket.fan_out  one local port to 31 peers in 26 networks
	// +4.0  ice.check       connectivity check (type preference 110), packet 4
	// +2.4  sum: probability 0.8407
	// It would be p2p with 1.8 bits more, and other with 2.4 bits less. It hangs on each of socket.fan_out and ice.check.
}
