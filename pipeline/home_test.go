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
		mac    packet.MAC
		from   string
		answer bool
	}
	var all []sent
	for i := range 6 {
		all = append(all, sent{router, fmt.Sprintf("2001:db8:%x::1", 0x100+i), false}, sent{router, fmt.Sprintf("198.51.%d.7", 100+i), false})
	}
	outside := slices.Clip(all)
	answers := slices.Clone(outside)
	for i := range answers {
		answers[i].answer = true
	}
	answers = slices.Clip(answers)
	station := func(n byte) packet.MAC { return packet.MAC{2, 0, 0, 0, 1, n} }
	tests := []struct {
		name string
		sent []sent
		want string
	}{
		{"three stations", append(outside, sent{station(1), "2001:db8:1::a", false}, sent{station(2), "2001:db8:1::b", false}, sent{station(3), "2001:db8:1::c", false}), "[2001:db8:1::/64]"},
		{"one dual-stack station", append(outside, sent{station(1), "192.168.1.9", false}, sent{station(1), "2001:db8:1::a", false}), "[2001:db8:1::/64]"},
		{"one strange station", append(outside, sent{station(1), "2001:db8:1::a", false}), "[]"},
		{"no router", []sent{{station(1), "2001:db8:1::a", false}, {station(2), "2001:db8:1::b", false}, {station(3), "2001:db8:1::c", false}}, "[]"},
		{"the router sends from it too", append(outside, sent{station(1), "2001:db8:100::a", false}, sent{station(2), "2001:db8:100::b", false}, sent{station(3), "2001:db8:100::c", false}), "[]"},
		{"public IPv4 of three stations", append(outside, sent{station(1), "203.0.113.1", false}, sent{station(2), "203.0.113.2", false}, sent{station(3), "203.0.113.3", false}), "[203.0.113.0/24]"},
		{"all flows begin inside", append(answers, sent{station(1), "203.0.113.1", false}, sent{station(2), "203.0.113.2", false}, sent{station(3), "203.0.113.3", false}), "[203.0.113.0/24]"},
		{"servers that only answer", append(outside, sent{station(1), "203.0.113.1", true}, sent{station(2), "203.0.113.2", true}, sent{station(3), "203.0.113.3", true}), "[203.0.113.0/24]"},
		{"answers through a second router", append(answers, sent{station(1), "fe80::1", false}, sent{station(1), "2001:db8:1::a", true}), "[]"},
		{"private addresses need no learning", append(outside, sent{station(1), "10.0.0.1", false}), "[]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var h homeFinder
			given, _ := geo.ParseHome(nil)
			h.init(given)
			for _, s := range tt.sent {
				h.see(&packet.Headers{SrcMAC: s.mac, Src: packet.AddrFrom(netip.MustParseAddr(s.from))}, !s.answer)
			}
			if got := fmt.Sprint(h.learn()); got != tt.want {
				t.Errorf("learnt %s, want %s", got, tt.want)
			}
		})
	}
}
