package classify

import (
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
)

// TestTwoProgramsOfNoise plays streams of another program beside twelve torrent peers', and asks
// about one of them and about one of the torrent's.
func TestTwoProgramsOfNoise(t *testing.T) {
	torrent := func(n int) []turn { return mseTurns(120+31*n, 500-29*n, 160+n) }
	in := func(n int) netip.AddrPort { // of one network
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{203, 0, byte(n), 7}), uint16(20000+997*n))
	}
	tests := []struct {
		name string
		role Role // of that network
		n    int
		far  func(n int) netip.AddrPort
		with func(n int) []turn
		want bool
	}{
		{"one length, one network of a data centre", HostingRole, 6, in, func(int) []turn { return mseTurns(300, 200, 900) }, false},
		{"one length, one network of people", EyeballRole, 6, in, func(int) []turn { return mseTurns(300, 200, 900) }, false},
		{"one length, everywhere, one port", UnknownRole, 6, func(n int) netip.AddrPort { return netip.AddrPortFrom(peerAt(n+20).Addr(), 29999) }, func(int) []turn { return mseTurns(300, 200, 900) }, false},
		{"one length, everywhere, ports of their own", UnknownRole, 12, func(n int) netip.AddrPort { return peerAt(n + 20) }, func(int) []turn { return mseTurns(300, 200, 900) }, true},
		{"many lengths, one network of a data centre", HostingRole, 6, in, func(n int) []turn { return mseTurns(130+n, 200, 900) }, false},
		{"many lengths, one network of nobody knows whom", UnknownRole, 8, in, func(n int) []turn { return mseTurns(130+n, 200, 900) }, false},
		{"many lengths, one network of people", EyeballRole, 6, in, func(n int) []turn { return mseTurns(130+n, 200, 900) }, true},
		{"keys without padding", EyeballRole, 6, in, func(n int) []turn { return mseTurns(96, 210+n, 900) }, true},
		{"four of one length", EyeballRole, 4, in, func(int) []turn { return mseTurns(300, 200, 900) }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage()
			s.classifier.options.Role = func(a packet.Addr) Role {
				if a[12] == 203 {
					return tt.role
				}
				return UnknownRole
			}
			for n := range 12 {
				s.play(packet.TCP, homeAt(uint16(40000+n)), peerAt(n), torrent(n))
			}
			for n := range tt.n {
				s.play(packet.TCP, homeAt(uint16(41000+n)), tt.far(n), tt.with(n))
			}
			if v, got := s.has(0, "host.stream_fan_out"); !got {
				t.Errorf("a torrent's stream: %v", v.Evidence)
			}
			if v, got := s.has(12, "host.stream_fan_out"); got != tt.want {
				t.Errorf("host.stream_fan_out %v, want %v: %v", got, tt.want, v.Evidence)
			}
		})
	}
}

// TestAnotherProgramShares asserts that a host's clear torrent does not speak for them either.
func TestAnotherProgramShares(t *testing.T) {
	s := newStage()
	s.play(packet.UDP, end("10.0.0.2:51413"), end("198.51.100.1:6881"), []turn{{0, []byte(torrentDHT), 0}})
	for n := range 6 {
		s.play(packet.TCP, end("10.0.0.2:41000"), netip.AddrPortFrom(peerAt(n).Addr(), 29999), mseTurns(300, 200, 900))
	}
	if v, got := s.has(1, "sharing.host"); got || v.Judgement == P2P {
		t.Errorf("%v: %v", v.Judgement, v.Evidence)
	}
}
