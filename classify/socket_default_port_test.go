package classify

import (
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
)

// TestDefaultPort plays noise between one local port and one and the same far port of twelve far
// ends.
func TestDefaultPort(t *testing.T) {
	tests := []struct {
		name       string
		local, far uint16
		hosted     int // so many far ends are in data centres
		eyeballs   int // and so many of the others on people's lines
		later      int // so many of the far ends turn to the home end, after a minute
		oneNetwork bool
		want       Judgement
	}{
		{name: "people", local: 42424, far: 42424, eyeballs: 8, want: P2P},
		{name: "nobody knows who", local: 42424, far: 42424, want: Other},
		{name: "too few people", local: 42424, far: 42424, eyeballs: 5, want: Other},
		{name: "servers", local: 42424, far: 42424, hosted: 12, want: Other},
		{name: "people and servers", local: 42424, far: 42424, hosted: 4, eyeballs: 8, want: Other},
		{name: "strangers turn to it", local: 42424, far: 42424, later: 4, want: P2P},
		{name: "hardly any strangers", local: 42424, far: 42424, later: 2, want: Other},
		{name: "too few that it turned to", local: 42424, far: 42424, eyeballs: 12, later: 6, want: Likely},
		{name: "another port of its own", local: 42425, far: 42424, eyeballs: 12, want: Other},
		{name: "one network", local: 42424, far: 42424, eyeballs: 12, oneNetwork: true, want: Other},
		{name: "a service's port", local: 4500, far: 4500, eyeballs: 12, want: Other},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage()
			at := func(n int) netip.AddrPort {
				if tt.oneNetwork {
					return netip.AddrPortFrom(netip.AddrFrom4([4]byte{60, 7, byte(n), 9}), tt.far)
				}
				return netip.AddrPortFrom(peerAt(n).Addr(), tt.far)
			}
			s.classifier.options.Role = func(a packet.Addr) Role {
				switch n := int(a[12]) - 60; {
				case n < tt.hosted:
					return HostingRole
				case n < tt.hosted+tt.eyeballs || tt.oneNetwork:
					return EyeballRole
				}
				return UnknownRole
			}
			for n := range 12 {
				from, to := homeAt(tt.local), at(n)
				if n >= 12-tt.later {
					from, to = to, from
					s.now += settleTime
				}
				s.play(packet.UDP, from, to, []turn{{0, noiseOf(int64(n), 90), 0}, {1, noiseOf(int64(n+100), 120), 0}, {0, noiseOf(int64(n+200), 300), 0}})
			}
			if v := NewJudge(s.classifier, s.flows).Verdict(6); v.Judgement != tt.want {
				t.Errorf("%v, want %v: %v", v.Judgement, tt.want, v.Evidence)
			}
		})
	}
}
