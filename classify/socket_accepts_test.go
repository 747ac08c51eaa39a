package classify

import (
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
)

// strangers plays far ends that turn to a local port, and are answered or not.
func (s *stage) strangers(port uint16, from, n int, answered bool) {
	for k := from; k < from+n; k++ {
		turns := []turn{{0, noiseOf(int64(k), 60), 0}}
		if answered {
			turns = append(turns, turn{1, noiseOf(int64(k+900), 60), 0})
		}
		s.play(packet.UDP, peerAt(k), homeAt(port), turns)
	}
}

func TestAccepts(t *testing.T) {
	tests := []struct {
		name      string
		port      uint16
		asked     int
		strangers int
		again     bool  // the strangers are those that were asked
		wait      int64 // between the two
		answered  bool
		want      bool
	}{
		{"asks three, answers three", 41000, 3, 3, false, settleTime, true, true},
		{"answers two", 41000, 4, 2, false, settleTime, true, false},
		{"asks two", 41000, 2, 4, false, settleTime, true, false},
		{"asked ones answer late", 41000, 4, 4, true, settleTime, true, false},
		{"knocks that are not answered", 41000, 3, 30, false, settleTime, false, false},
		{"may have begun before the capture", 41000, 3, 3, false, settleTime / 2, true, false},
		{"a server that asks three others", 41000, 3, 13, false, settleTime, true, false},
		{"a resolver: a service's port", 53, 4, 4, false, settleTime, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage()
			for n := range tt.asked {
				s.hiddenTo(tt.port, n)
			}
			s.now += tt.wait
			from := tt.asked
			if tt.again {
				from = 0
			}
			s.strangers(tt.port, from, tt.strangers, tt.answered)
			v, got := s.has(0, "socket.accepts")
			if got != tt.want {
				t.Errorf("socket.accepts %v, want %v: %v", got, tt.want, v.Evidence)
			}
		})
	}
}

func TestClients(t *testing.T) {
	for _, row := range []struct {
		name  string
		ports int // of each far end
		want  bool
	}{{"one port each", 1, false}, {"two ports each", 2, false}, {"three ports each", 3, true}} {
		s := newStage()
		for n := range 10 {
			for p := range row.ports {
				far := netip.AddrPortFrom(peerAt(n).Addr(), uint16(30000+911*n+p))
				s.play(packet.UDP, homeAt(41000), far, noiseTurns(n+p))
			}
		}
		v, fans := s.has(0, "socket.fan_out")
		if j := NewJudge(s.classifier, s.flows); j.sockets[0].clients() != row.want || fans == row.want {
			t.Errorf("%s: clients %v, socket.fan_out %v: %v", row.name, !row.want, fans, v.Evidence)
		}
	}
}

func TestDiverse(t *testing.T) {
	for _, row := range []struct {
		name string
		nets int
		want bool
	}{{"ten networks of ten", 10, true}, {"seven of ten", 7, true}, {"six of ten", 6, false}} {
		s := newStage()
		for n := range 10 {
			far := netip.AddrPortFrom(netip.AddrFrom4([4]byte{60, byte(min(n, row.nets-1)), byte(n), 9}), uint16(20000+n))
			s.play(packet.UDP, homeAt(41000), far, []turn{{payload: noiseOf(int64(n), 80)}})
		}
		if v, got := s.has(0, "socket.diverse"); got != row.want {
			t.Errorf("%s: socket.diverse %v: %v", row.name, got, v.Evidence)
		}
	}
}

func TestCallShape(t *testing.T) {
	tests := []struct {
		name    string
		packets int
		gap     int64  // between packets of one end
		length  [2]int // of payloads
		share   int    // one packet of the far end for so many of the home end
		noise   bool   // else zeros
		want    bool
	}{
		{"voice", 600, 20e6, [2]int{80, 90}, 1, true, true},
		{"nine seconds", 450, 20e6, [2]int{80, 90}, 1, true, false},
		{"a packet every 200 ms", 100, 200e6, [2]int{80, 90}, 1, true, false},
		{"200 packets a second", 2400, 5e6, [2]int{80, 90}, 1, true, false},
		{"long packets", 600, 20e6, [2]int{400, 90}, 1, true, false},
		{"short packets", 600, 20e6, [2]int{80, 20}, 1, true, false},
		{"one end three times the other", 600, 20e6, [2]int{250, 40}, 1, true, false},
		{"no noise", 600, 20e6, [2]int{80, 90}, 1, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := newTalk(packet.UDP, [2]uint16{40000, 40001})
			k.gap = tt.gap / 2
			for n := range tt.packets {
				for dir := range 2 {
					p := make([]byte, tt.length[dir])
					if tt.noise {
						p = noiseOf(int64(2*n+dir), tt.length[dir])
					}
					k.say(dir, p)
				}
			}
			v, got := k.has(0, "media.call_shape")
			if got != tt.want {
				t.Errorf("media.call_shape %v, want %v: %v", got, tt.want, v.Evidence)
			}
			if v.Judgement >= Likely {
				t.Errorf("decided by a shape: %v", v.Evidence)
			}
		})
	}
}

func TestEndpointKnown(t *testing.T) {
	other := netip.MustParseAddrPort("10.0.0.9:43000")
	call := []turn{{dir: 0, payload: checkMessage}, {dir: 1, payload: checkMessage}}
	tests := []struct {
		name  string
		prove []turn
		from  netip.AddrPort // of the flow that proves
		to    netip.AddrPort
		rest  int64
		want  bool
	}{
		{"another host's proven flow", call, other, peerAt(1), 0, true},
		{"the same host's", call, homeAt(43000), peerAt(1), 0, false},
		{"another port of the far end", call, other, netip.AddrPortFrom(peerAt(1).Addr(), 9999), 0, false},
		{"another host's noise", noiseTurns(5), other, peerAt(1), 0, false},
		{"an hour before", call, other, peerAt(1), hour, false},
		{"through a relay", []turn{{dir: 0, payload: allocate}, {dir: 1, payload: bindingAnswer}, {dir: 0, payload: channelOf(noiseOf(1, 80))}, {dir: 1, payload: channelOf(noiseOf(2, 80))}}, other, peerAt(1), 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage()
			s.play(packet.UDP, tt.from, tt.to, tt.prove)
			s.now += tt.rest
			s.hiddenTo(41000, 1)
			if v, got := s.has(1, "peer.endpoint_known"); got != tt.want {
				t.Errorf("peer.endpoint_known %v, want %v: %v", got, tt.want, v.Evidence)
			}
		})
	}
}
