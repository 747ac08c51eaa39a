package classify

import (
	"testing"

	"peeratlas/capture/packet"
)

func TestTinc(t *testing.T) {
	row := func(name, mine, theirs string, want bool) meshRow {
		r := meshRow{name: name, transport: packet.TCP, ports: [2]uint16{50000, 655}, turns: []turn{{0, []byte(mine), 0}, {1, []byte(theirs), 0}}}
		if want {
			r.want, r.judgement, r.family = []string{"tinc.id", "tinc.both"}, P2P, "tinc"
		} else {
			r.never = []string{"tinc"}
		}
		return r
	}
	checkMeshRows(t, []Detector{tinc}, []meshRow{
		row("version 1.0", "0 alpha 17\n", "0 beta 17\n", true),
		row("version 1.1, SPTPS", "0 alpha_2 17.7\n", "0 beta 17.7\n\x00\x41\x80", true),
		row("other protocol version", "0 alpha 16\n", "0 beta 16\n", false),
		row("other request", "1 alpha 17\n", "1 beta 17\n", false),
		row("name with a sign", "0 al-pha 17\n", "", false),
		row("no name", "0  17\n", "", false),
	})
}

// The data between two nodes of a mesh is noise on UDP: the meta connection names it.
func TestTincData(t *testing.T) {
	s := newStage()
	s.play(packet.TCP, end("10.0.0.2:50000"), end("198.51.100.1:655"), []turn{{0, []byte("0 alpha 17\n"), 0}, {1, []byte("0 beta 17\n"), 0}})
	s.play(packet.UDP, end("10.0.0.2:655"), end("198.51.100.1:655"), []turn{{0, noiseOctets(1, 120), 0}, {1, noiseOctets(2, 120), 0}})
	if v := NewJudge(s.classifier, s.flows).Verdict(1); v.Judgement != P2P || v.Family != "tinc" {
		t.Errorf("judged %v (%.3f) %q: %v", v.Judgement, v.Probability, v.Family, v.Evidence)
	}
}
