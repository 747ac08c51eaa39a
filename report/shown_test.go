package report

import (
	"bytes"
	"testing"
)

// The pages of one host, one peer and one country, as a terminal view opens them.
func TestPagesOfOne(t *testing.T) {
	s := busy().summary()
	var b bytes.Buffer
	for _, width := range []int{80, 40} {
		o := TextOptions{Width: width}
		for i := range s.Hosts {
			_ = WriteHost(&b, &s.Hosts[i], o)
			b.WriteByte('\n')
		}
		for i := range s.Peers {
			_ = WritePeer(&b, &s.Peers[i], o)
			b.WriteByte('\n')
		}
		for i := range s.Countries {
			_ = WriteCountry(&b, &s.Countries[i], o)
			b.WriteByte('\n')
		}
	}
	golden(t, "pages-of-one.txt", b.Bytes())
}

func TestShown(t *testing.T) {
	r := busy().records[0]
	for _, c := range []struct{ got, want string }{
		{FlowFilter(&r.Flow.Key), flowFilter(&r.Flow.Key)},
		{AddressFilter(r.Flow.Key.Addr[0].Netip()), "ip.addr == " + r.Flow.Key.Addr[0].Netip().String()},
		{(&Socket{Protocol: "tcp", Port: 443}).Filter(r.Flow.Key.Addr[0].Netip()), "ip.addr == " + r.Flow.Key.Addr[0].Netip().String() + " && tcp.port == 443"},
		{Grouped(1234567), "1,234,567"}, {Octets(1500), "1.5 kB"}, {Counted(1, "flow", "flows"), "1 flow"},
		{r.Strongest(), "ice.two_way_checks"}, {r.Place(int(1 - r.Flow.Initiator)), "BR"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	if Columns("国立") != 4 || len(Wrap("a b c", 1)) != 3 {
		t.Error("columns or wrap")
	}
}
