package classify

import "testing"

// act is one of BOLT 8's with the noise of seed.
func act(seed int64, second byte, length int) []byte {
	p := append([]byte{0, second}, noiseOf(seed, length-2)...)
	return p
}

func TestLightning(t *testing.T) {
	one, two, three := act(1, 2, 50), act(2, 3, 50), act(3, 0x9c, 66)
	clear := make([]byte, 50)
	clear[1] = 2
	version := act(1, 2, 50)
	version[0] = 1
	checkSheet(t, lightning, []sheetRow{
		{name: "act one", turns: []turn{{payload: one}}, want: []string{"lightning.act_one"}, least: 2},
		{name: "act two", turns: []turn{{payload: one}, {dir: 1, payload: two}}, want: []string{"lightning.act_one", "lightning.act_two"}, least: 2},
		{name: "act three", turns: []turn{{payload: one}, {dir: 1, payload: two}, {payload: three}},
			want: []string{"lightning.act_one", "lightning.act_two", "lightning.act_three"}, least: 2},
		{name: "act three and a message", turns: []turn{{payload: one}, {dir: 1, payload: two}, {payload: joined(three, noiseOf(4, 90))}},
			want: []string{"lightning.act_one", "lightning.act_two", "lightning.act_three"}},
		{name: "version 1", turns: []turn{{payload: version}}},
		{name: "uncompressed point", turns: []turn{{payload: act(1, 4, 50)}}},
		{name: "51 octets", turns: []turn{{payload: act(1, 2, 51)}}},
		{name: "49 octets", turns: []turn{{payload: act(1, 2, 49)}}},
		{name: "clear", turns: []turn{{payload: clear}}},
		{name: "act two alone", turns: []turn{{dir: 1, payload: two}}},
		{name: "act three of 67", turns: []turn{{payload: one}, {dir: 1, payload: two}, {payload: act(3, 1, 67)}},
			want: []string{"lightning.act_one", "lightning.act_two"}},
	})
}

func TestLightningVerdict(t *testing.T) {
	k := newTalk(6, [2]uint16{51000, 9735})
	k.say(0, act(1, 2, 50))
	if v := k.verdict(); v.Judgement == P2P {
		t.Error("an act one alone is one length and three octets: no proof")
	}
	k.say(1, act(2, 3, 50))
	if v := k.verdict(); v.Judgement != P2P || v.Family != "lightning" {
		t.Errorf("acts one and two are %v %q", v.Judgement, v.Family)
	}
}
