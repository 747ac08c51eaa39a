package pipeline

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"peeratlas/capture/packet"
	"peeratlas/geo"
)

func TestHomeIsLearntFromStations(t *testing.T) {
	router := packet.MAC{2, 0, 0, 0, 0, 1}
	type sent struct {
		mac  packet.MAC
		from string
	}
	var all []sent
	for i := range 6 {
		all = append(all, sent{router, fmt.Sprintf("2001:db8:%x::1", 0x100+i)}, sent{router, fmt.Sprintf("198.51.%d.7", 100+i)})
	}
	outside := slices.Clip(all)
	station := func(n byte) packet.MAC { return packet.MAC{2, 0, 0, 0, 1, n} }
	tests := []struct {
		name string
		sent []sent
		want string
	}{
		{"three stations", append(outside, sent{station(1), "2001:db8:1::a"}, sent{station(2), "2001:db8:1::b"}, sent{station(3), "2001:db8:1::c"}), "[2001:db8:1::/64]"},
		{"one dual-stack station", append(outside, sent{station(1), "192.168.1.9"}, sent{station(1), "2001:db8:1::a"}), "[2001:db8:1::/64]"},
		{"one strange station", append(outside, sent{station(1), "2001:db8:1::a"}), "[]"},
		{"no router", []sent{{station(1), "2001:db8:1::a"}, {station(2), "2001:db8:1::b"}, {station(3), "2001:db8:1::c"}}, "[]"},
		{"the router sends from it too", append(outside, sent{station(1), "2001:db8:100::a"}, sent{station(2), "2001:db8:100::b"}, sent{station(3), "2001:db8:100::c"}), "[]"},
		{"public IPv4 of three stations", append(outside, sent{station(1), "203.0.113.1"}, sent{station(2), "203.0.113.2"}, sent{station(3), "203.0.113.3"}), "[203.0.113.0/24]"},
		{"private addresses need no learning", append(outside, sent{station(1), "10.0.0.1"}), "[]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var h homeFinder
			given, _ := geo.ParseHome(nil)
			h.init(given)
			for _, s := range tt.sent {
				h.see(&packet.Headers{SrcMAC: s.mac, Src: packet.AddrFrom(netip.MustParseAddr(s.from))})
			}
			if got := fmt.Sprint(h.learn()); got != tt.want {
				t.Errorf("learnt %s, want %s", got, tt.want)
			}
		})
	}
}
