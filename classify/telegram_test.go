package classify

import (
	"encoding/binary"
	"testing"

	"peeratlas/capture/packet"
)

func TestTelegram(t *testing.T) {
	tag := noiseOf(1, 16)
	ping := joined(tag, twelveFF, []byte{0xff, 0xff, 0xff, 0xfe}, noiseOf(2, 8))
	pong := joined(tag, twelveFF, []byte{0xc7, 0x72, 0x15, 0xc0}, noiseOf(3, 32))
	info := joined(tag, twelveFF, []byte{0x1c, 0x37, 0xd9, 0x27, 203, 0, 113, 9, 0x5d, 0xdc, 0, 0, 203, 0, 113, 99, 0x33, 0xed, 0, 0})
	// tgcalls addresses one end of the call in the tag's last octets.
	relayed := func(data []byte) []byte {
		p := joined(tag[:12], []byte{9, 9, 9, 9, 7, 7, 7, 7}, binary.BigEndian.AppendUint32(nil, uint32(len(data))), data)
		return append(p, make([]byte, -len(p)&3)...)
	}
	pings := []turn{{dir: 0, payload: ping}, {dir: 1, payload: pong}}
	with := func(u ...turn) []turn { return append(append([]turn{}, pings...), u...) }
	badSize := relayed(noiseOf(4, 40))
	badSize[23]++
	checkSheet(t, telegram, []sheetRow{
		{name: "ping", turns: []turn{{dir: 0, payload: ping}}},
		{name: "ping and answer", turns: pings, want: []string{"telegram.reflector"}, least: 28},
		{name: "answer of another tag", turns: []turn{{dir: 0, payload: ping}, {dir: 1, payload: joined(noiseOf(5, 16), pong[16:])}}},
		{name: "eleven ff", turns: []turn{{dir: 0, payload: ping}, {dir: 1, payload: joined(pong[:27], []byte{0xfe}, pong[28:])}}},
		{name: "all ff", turns: []turn{{dir: 0, payload: joined(twelveFF, twelveFF, twelveFF)}, {dir: 1, payload: joined(twelveFF, twelveFF, twelveFF)}}},
		{name: "pings of one end", turns: []turn{{dir: 0, payload: ping}, {dir: 0, payload: ping}}, want: []string{"telegram.one_way"}, least: 28},
		{name: "pings of one end, another tag", turns: []turn{{dir: 0, payload: ping}, {dir: 0, payload: joined(noiseOf(5, 16), ping[16:])}}},
		{name: "pings of one end, the tag no noise", turns: []turn{{dir: 0, payload: joined(make([]byte, 16), ping[16:])}, {dir: 0, payload: joined(make([]byte, 16), ping[16:])}}},
		{name: "one tag before both ends' noise", turns: []turn{{dir: 0, payload: joined(tag, noiseOf(6, 48))}, {dir: 1, payload: joined(tag, noiseOf(7, 64))}}, want: []string{"telegram.tag"}, least: 28},
		{name: "the same octets sent back", turns: []turn{{dir: 0, payload: joined(tag, noiseOf(6, 48))}, {dir: 1, payload: joined(tag, noiseOf(6, 48))}}},
		{name: "fifteen octets of a tag", turns: []turn{{dir: 0, payload: joined(tag, noiseOf(6, 48))}, {dir: 1, payload: joined(tag[:15], noiseOf(7, 65))}}},
		{name: "one tag of one end", turns: []turn{{dir: 0, payload: joined(tag, noiseOf(6, 48))}, {dir: 0, payload: joined(tag, noiseOf(7, 64))}}},
		{name: "one tag before clear text", turns: []turn{{dir: 0, payload: joined(tag, noiseOf(6, 48))}, {dir: 1, payload: joined(tag, make([]byte, 64))}}},
		{name: "peer info", turns: []turn{{dir: 1, payload: info}}, want: []string{"telegram.reflector"}, least: 48},
		{name: "relayed check", turns: with(turn{dir: 1, payload: relayed(checkMessage)}), want: []string{"telegram.reflector", "turn.peer_check", "telegram.relayed"}, least: 28},
		{name: "relayed media, padded", turns: with(turn{dir: 1, payload: relayed(noiseOf(4, 41))}), want: []string{"telegram.reflector", "turn.data", "telegram.relayed"}, least: 28},
		{name: "size one off the padding", turns: with(turn{dir: 1, payload: badSize}), want: []string{"telegram.reflector"}},
		{name: "libtgvoip's media has no size", turns: with(turn{dir: 1, payload: joined(tag, noiseOf(6, 80))}), want: []string{"telegram.reflector"}},
	})
	for _, r := range []struct {
		name  string
		turns []turn
		want  Judgement
	}{
		{"pings of one end", []turn{{dir: 0, payload: ping}, {dir: 0, payload: ping}}, P2P},
		{"one ping", []turn{{dir: 0, payload: ping}}, Other},
		{"media of a call that began before", []turn{{dir: 0, payload: joined(tag, noiseOf(6, 48))}, {dir: 1, payload: joined(tag, noiseOf(7, 64))}, {dir: 0, payload: joined(tag, noiseOf(8, 48))}, {dir: 1, payload: joined(tag, noiseOf(9, 80))}}, P2P},
		{"two packets of it", []turn{{dir: 0, payload: joined(tag, noiseOf(6, 48))}, {dir: 1, payload: joined(tag, noiseOf(7, 64))}}, Other},
	} {
		k := newTalk(packet.UDP, [2]uint16{40000, 530})
		for _, u := range r.turns {
			k.turn(u)
		}
		if v := k.verdict(); v.Judgement != r.want {
			t.Errorf("%s: %s, want %s; %v", r.name, v.Judgement, r.want, v.Evidence)
		}
	}
	k := newTalk(packet.UDP, [2]uint16{40000, 530})
	k.say(1, info)
	v := k.verdict()
	if len(v.Reported) != 1 || v.Reported[0].Addr.String() != "203.0.113.99:60723" {
		t.Errorf("reported %v", v.Reported)
	}
}

func TestTelegramTCP(t *testing.T) {
	tag := noiseOf(1, 16)
	framed := func(p []byte) []byte { return joined(binary.LittleEndian.AppendUint32(nil, uint32(len(p))), p) }
	ping := joined(tag, twelveFF, []byte{0xfe, 0xff, 0xff, 0xff}, noiseOf(2, 8))
	data := joined(tag, []byte{7, 7, 7, 7, 0, 0, 0, 40}, noiseOf(3, 40))
	preamble := []byte{0xee, 0xee, 0xee, 0xee}
	checkSheet(t, telegramTCP, []sheetRow{
		{name: "ping behind the preamble", turns: []turn{{dir: 0, payload: joined(preamble, framed(ping))}}, want: []string{"telegram.reflector"}, least: 36},
		{name: "MTProto: the same preamble", turns: []turn{{dir: 0, payload: joined(preamble, framed(noiseOf(4, 40)))}}},
		{name: "a frame with no preamble", turns: []turn{{dir: 1, payload: framed(ping)}}, want: []string{"telegram.reflector"}},
		{name: "data behind a ping", turns: []turn{{dir: 0, payload: framed(ping)}, {dir: 1, payload: framed(data)}}, want: []string{"telegram.reflector", "turn.data", "telegram.relayed"}, least: 32},
		{name: "data alone", turns: []turn{{dir: 1, payload: framed(data)}}},
		{name: "frame longer than the segment", turns: []turn{{dir: 0, payload: joined([]byte{200, 0, 0, 0}, ping)}}},
		{name: "length of all ones", turns: []turn{{dir: 0, payload: joined([]byte{0xff, 0xff, 0xff, 0xff}, ping)}}},
	})
}

// TestAnnounced asserts that an address which signalling named makes a peer of a flow without
// structure, on the same host only.
func TestAnnounced(t *testing.T) {
	info := joined(noiseOf(1, 16), twelveFF, []byte{0x1c, 0x37, 0xd9, 0x27, 203, 0, 113, 9, 0x5d, 0xdc, 0, 0, 198, 51, 100, 9, 0x33, 0xed, 0, 0})
	for _, r := range []struct {
		name     string
		from, to string
		want     bool
	}{
		{"the peer", "10.0.0.2:40000", "198.51.100.9:60723", true},
		{"another port of it", "10.0.0.2:40000", "198.51.100.9:60724", false},
		{"another host", "10.0.0.3:40000", "198.51.100.9:60723", false},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := newStage()
			s.play(packet.UDP, addrPort("10.0.0.2:40001"), addrPort("192.0.2.1:530"), []turn{{dir: 1, payload: info}})
			s.play(packet.UDP, addrPort(r.from), addrPort(r.to), []turn{{dir: 0, payload: noiseOf(2, 80)}})
			v := NewJudge(s.classifier, s.flows).Verdict(1)
			if got := hasEvidence(v, "peer.reported"); got != r.want {
				t.Errorf("peer.reported %v, want %v", got, r.want)
			}
		})
	}
}
