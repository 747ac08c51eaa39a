package classify

import (
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
)

// frames are writes of those lengths, by both ends in turn.
func frames(lengths ...int) []turn {
	var turns []turn
	for n, l := range lengths {
		turns = append(turns, turn{dir: n % 2, payload: noiseOf(int64(100+n), l)})
	}
	return turns
}

func TestRLPxFrames(t *testing.T) {
	port := [2]uint16{51000, 30303}
	one := func(n, length int) []turn { // of six frames the n-th has another length
		lengths := []int{64, 96, 208, 64, 80, 464}
		lengths[n] = length
		return frames(lengths...)
	}
	oneWay := frames(64, 96, 208, 64, 80, 464)
	for n := range oneWay {
		oneWay[n].dir = 0
	}
	clear := frames(64, 96, 208, 64, 80, 464)
	clear[2].payload = make([]byte, 208)
	checkSheet(t, rlpxFrames, []sheetRow{
		{name: "six frames", ports: port, turns: frames(64, 96, 208, 64, 80, 464), want: []string{"rlpx.frames"}},
		{name: "a frame in two segments", ports: port, turns: append(frames(64, 96, 208, 64, 80, 64), turn{payload: noiseOf(7, 1440)}, turn{payload: noiseOf(8, 32)}, turn{dir: 1, payload: noiseOf(9, 64)}), want: []string{"rlpx.frames"}},
		{name: "begun in the middle of a frame", ports: port, turns: frames(37, 51, 208, 64, 80, 464, 64, 64), want: []string{"rlpx.frames"}},
		{name: "five frames", ports: port, turns: frames(64, 96, 208, 64, 80)},
		{name: "one end alone", ports: port, turns: oneWay},
		{name: "a length between", ports: port, turns: one(5, 465)},
		{name: "a frame too short", ports: port, turns: one(4, 48)},
		{name: "clear octets", ports: port, turns: clear},
		{name: "another port", turns: frames(64, 96, 208, 64, 80, 464)},
	})
}

func TestRLPxStreams(t *testing.T) {
	for _, row := range []struct {
		name  string
		nodes int
		far   func(n int) netip.AddrPort
		want  Judgement
	}{
		{"four nodes", 4, func(n int) netip.AddrPort { return netip.AddrPortFrom(peerAt(n).Addr(), 30303) }, P2P},
		{"three nodes", 3, func(n int) netip.AddrPort { return netip.AddrPortFrom(peerAt(n).Addr(), 30303) }, Other},
		{"one network", 4, func(n int) netip.AddrPort {
			return netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(n)}), 30303)
		}, Other},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newStage()
			for n := range row.nodes {
				k := s.talk(packet.TCP, netip.AddrPortFrom(homeEnd, uint16(40000+n)), row.far(n))
				k.joined = true
				for _, u := range frames(64, 96, 208, 64, 80, 464, 64) {
					k.turn(u)
				}
			}
			if v := NewJudge(s.classifier, s.flows).Verdict(0); v.Judgement != row.want || v.Judgement == P2P && v.Family != "ethereum" {
				t.Errorf("%v %q: %v", v.Judgement, v.Family, v.Evidence)
			}
		})
	}
}
