package classify

import (
	"testing"

	"peeratlas/capture/packet"
)

func TestXbox(t *testing.T) {
	keys := func(size, kind byte) []byte {
		return joined([]byte{0, 0, 0, 0, size, 0x58, kind, 0, 0, 0}, noiseOf(1, 112))
	}
	checkSheet(t, xbox, []sheetRow{
		{name: "keys", turns: []turn{{dir: 0, payload: keys(0x0c, 0x76)}}, want: []string{"xbox.keys"}, least: 13},
		{name: "keys, another kind", turns: []turn{{dir: 0, payload: keys(2, 0x18)}}, want: []string{"xbox.keys"}, least: 13},
		{name: "kind and size of two pairs", turns: []turn{{dir: 0, payload: keys(2, 0x76)}}},
		{name: "an index", turns: []turn{{dir: 0, payload: joined([]byte{0, 0, 0, 1}, keys(2, 0x18)[4:])}}},
		{name: "mark one off", turns: []turn{{dir: 0, payload: joined(keys(2, 0x18)[:5], []byte{0x59}, keys(2, 0x18)[6:])}}},
		{name: "zeros one off", turns: []turn{{dir: 0, payload: joined(keys(2, 0x18)[:9], []byte{1}, keys(2, 0x18)[10:])}}},
		{name: "IKE behind its marker", turns: []turn{{dir: 0, payload: joined([]byte{0, 0, 0, 0}, noiseOf(3, 100))}}},
	})
	for _, r := range []struct {
		name  string
		from  int
		want  Judgement
		other []turn
	}{{"the console dials", 0, Likely, nil}, {"another console dials", 1, P2P, nil}} {
		s := newStage()
		ends := [2]string{"10.0.0.2:3074", "198.51.100.7:3074"}
		s.play(packet.UDP, addrPort(ends[r.from]), addrPort(ends[1-r.from]), []turn{{dir: 0, payload: keys(0x0c, 0x76)}, {dir: 1, payload: keys(2, 0x18)}})
		if v := NewJudge(s.classifier, s.flows).Verdict(0); v.Judgement != r.want || v.Family != "xbox" {
			t.Errorf("%s: %s, %q, want %s; %v", r.name, v.Judgement, v.Family, r.want, v.Evidence)
		}
	}
}

func TestPlayStation(t *testing.T) {
	of := func(last byte, n int) []byte { return joined([]byte{0xff, 0x83, 0xff, last}, noiseOf(int64(n), n)) }
	checkSheet(t, playStation, []sheetRow{
		{name: "mark", turns: []turn{{dir: 0, payload: of(0xfe, 60)}}, want: []string{"playstation.mark"}, least: 4 + noiseLeast},
		{name: "mark of the other port", turns: []turn{{dir: 0, payload: of(0xfd, 60)}}, want: []string{"playstation.mark"}, least: 4 + noiseLeast},
		{name: "mark one off", turns: []turn{{dir: 0, payload: of(0xfc, 60)}}},
		{name: "mark before clear octets", turns: []turn{{dir: 0, payload: joined(of(0xfe, 0), make([]byte, 60))}}},
	})
	k := newTalk(packet.UDP, [2]uint16{3658, 3658})
	k.say(0, of(0xfe, 60))
	if v := k.verdict(); v.Judgement == P2P {
		t.Errorf("one end: %s", v.Judgement)
	}
	k.say(1, of(0xfe, 80))
	if v := k.verdict(); v.Judgement != P2P || v.Family != "playstation" {
		t.Errorf("both ends: %s, %q", v.Judgement, v.Family)
	}
}
