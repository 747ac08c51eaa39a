package classify

import (
	"testing"

	"peeratlas/capture/packet"
)

const hour = int64(3600e9)

// hiddenTo plays noise both ways between a local port and far end n.
func (s *stage) hiddenTo(port uint16, n int) {
	s.play(packet.UDP, homeAt(port), peerAt(n), noiseTurns(n))
}

// TestSocketInTime asserts that a local port that rested for an hour is another socket, and that a
// label goes no further than an hour along one that did not.
func TestSocketInTime(t *testing.T) {
	tests := []struct {
		name string
		rest int64 // before the sibling
		keep bool  // others use the port meanwhile
		want bool
	}{
		{"at once", 0, false, true},
		{"after half an hour", hour / 2, false, true},
		{"after an hour of silence", hour, false, false},
		{"within a lively hour", hour * 3 / 4, true, true},
		{"after two lively hours", 2 * hour, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage()
			s.play(packet.UDP, homeAt(41000), farAt(50000), []turn{{dir: 0, payload: checkMessage}, {dir: 1, payload: checkMessage}})
			until := s.now + tt.rest
			for n := 1; tt.keep && s.now+hour/2 < until; n++ {
				s.now += hour / 2
				s.play(packet.UDP, homeAt(41000), peerAt(n), []turn{{payload: plainBinding}})
			}
			s.now = until
			s.hiddenTo(41000, 0)
			v, got := s.has(len(s.flows)-1, "socket.proven")
			if got != tt.want {
				t.Errorf("socket.proven %v, want %v: %v", got, tt.want, v.Evidence)
			}
		})
	}
}

// A week gives each ephemeral port to many programs: their far ends are nobody's peers.
func TestPortUsedAgainIsNoFanOut(t *testing.T) {
	for _, row := range []struct {
		name string
		rest int64
		want bool
	}{{"within a minute", 1e9, true}, {"two hours apart", 2 * hour, false}} {
		s := newStage()
		for n := range 2 * fanOutPeers {
			s.hiddenTo(41000, n)
			s.now += row.rest
		}
		v, got := s.has(3, "socket.fan_out")
		if got != row.want || (v.Judgement == P2P) != row.want {
			t.Errorf("%s: %v, socket.fan_out %v: %v", row.name, v.Judgement, got, v.Evidence)
		}
		j := NewJudge(s.classifier, s.flows)
		if all := j.Sockets(func(i int) Judgement { return P2P }); len(all) != min(len(j.sockets), 1) || len(all) == 1 && all[0].Flows != 2*fanOutPeers {
			t.Errorf("%s: told of as %v", row.name, all)
		}
	}
}

// The bound of sockets holds, what is beyond it is counted, and those that nothing speaks for
// take no more than half of the room.
func TestSocketBound(t *testing.T) {
	s := newStage()
	s.classifier.options.MaxSockets = 8
	twice := func(port uint16, payload []byte) {
		for n := range 2 {
			s.play(packet.UDP, homeAt(port), peerAt(n), []turn{{payload: payload}})
		}
	}
	for n := range 20 {
		twice(uint16(30000+n), []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, byte(n)})
	}
	for n := range 6 {
		twice(uint16(40000+n), checkMessage)
	}
	j := NewJudge(s.classifier, s.flows)
	proven := 0
	for i := range j.sockets {
		if j.sockets[i].port >= 40000 {
			proven++
		}
	}
	if len(j.sockets) > 8 || proven < 4 || int(j.Beyond().Sockets) != 26-len(j.sockets) {
		t.Errorf("%d sockets, %d of them worthy, %d beyond", len(j.sockets), proven, j.Beyond().Sockets)
	}
	for i := range s.flows {
		j.Verdict(i) // of flows without a socket, too
	}
}
