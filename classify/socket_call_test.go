package classify

import (
	"testing"

	"peeratlas/capture/packet"
)

// TestStrangerOnTheSocket plays a call that proves a socket, and another flow on it.
func TestStrangerOnTheSocket(t *testing.T) {
	call := []turn{{dir: 0, payload: checkMessage}, {dir: 1, payload: bindingAnswer}, {dir: 1, payload: checkMessage}, {dir: 0, payload: bindingAnswer}}
	media := func(both bool) []turn {
		var turns []turn
		for n := range 6 {
			turns = append(turns, turn{payload: rtpOf(111, uint16(n+1), noiseOf(int64(n), 90))})
			if both {
				turns = append(turns, turn{dir: 1, payload: rtpOf(111, uint16(n+1), noiseOf(int64(n+50), 90))})
			}
		}
		return turns
	}
	check, lite := []turn{{payload: checkMessage}}, []turn{}
	for range 4 {
		lite = append(lite, turn{payload: checkMessage}, turn{dir: 1, payload: bindingAnswer})
	}
	for _, row := range []struct {
		name  string
		proof []turn
		turns []turn
		want  bool
	}{
		{"media without a check", call, media(true), false},
		{"a lite agent", call, append(lite, media(true)...), false},
		{"checks of one direction, and media", call, append(check, media(false)...), false},
		{"a check that nobody answered", call, check, true},
		{"the relay's media", []turn{{payload: allocate}, {dir: 1, payload: channelOf(noiseOf(1, 90))}, {payload: channelOf(noiseOf(2, 90))}}, media(true), false},
		{"noise", call, []turn{{payload: noiseOf(1, 90)}, {dir: 1, payload: noiseOf(2, 90)}}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newStage()
			s.play(packet.UDP, homeAt(50001), peerAt(1), row.proof)
			s.play(packet.UDP, homeAt(50001), peerAt(2), row.turns)
			if v, got := s.has(1, "socket.proven"); got != row.want {
				t.Errorf("socket.proven %v, want %v: %v", got, row.want, v.Evidence)
			}
		})
	}
}
