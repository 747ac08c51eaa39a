package classify

import (
	"encoding/binary"
	"testing"

	"peeratlas/capture/packet"
)

// toxPacket is one of a kind and length with the key of a node.
func toxPacket(kind byte, node, seed int64, length int) []byte {
	p := noiseOf(seed, length)
	p[0] = kind
	copy(p[1:33], noiseOf(node, 32))
	return p
}

func toxCounted(counter uint16, seed int64) []byte {
	p := noiseOf(seed, 200)
	p[0] = 0x1b
	binary.BigEndian.PutUint16(p[1:], counter)
	return p
}

func TestTox(t *testing.T) {
	ask, tell := toxPacket(2, 100, 1, 113), toxPacket(4, 200, 2, 238)
	ping, pong := toxPacket(0, 100, 3, 82), toxPacket(1, 200, 4, 82)
	hello, cookie := toxPacket(0x18, 100, 5, 145), toxPacket(0x19, 201, 6, 161)
	clear := make([]byte, 113)
	clear[0] = 2
	checkSheet(t, tox, []sheetRow{
		{name: "nodes request", turns: []turn{{payload: ask}}, want: []string{"tox.kind"}, least: 33},
		{name: "nodes", turns: []turn{{payload: ask}, {dir: 1, payload: tell}}, want: []string{"tox.kind", "tox.exchange"}, least: 33},
		{name: "nodes of six octets more", turns: []turn{{payload: ask}, {dir: 1, payload: toxPacket(4, 200, 2, 244)}}, want: []string{"tox.kind"}},
		{name: "IPv6 nodes", turns: []turn{{payload: toxPacket(4, 200, 2, 82+4*51)}}, want: []string{"tox.kind"}},
		{name: "five nodes", turns: []turn{{payload: toxPacket(4, 200, 2, 82+5*39)}}},
		{name: "ping", turns: []turn{{payload: ping}, {dir: 1, payload: pong}}, want: []string{"tox.kind", "tox.exchange"}, least: 33},
		{name: "key again", turns: []turn{{payload: ask}, {payload: ping}}, want: []string{"tox.kind", "tox.key_again"}, least: 33},
		{name: "another key", turns: []turn{{payload: ask}, {payload: toxPacket(0, 101, 3, 82)}}, want: []string{"tox.kind"}},
		{name: "cookie", turns: []turn{{payload: hello}, {dir: 1, payload: cookie}}, want: []string{"tox.kind", "tox.exchange"}, least: 33},
		{name: "handshake", turns: []turn{{payload: toxPacket(0x1a, 7, 7, 385)}, {dir: 1, payload: toxPacket(0x1a, 8, 8, 385)}}, want: []string{"tox.kind", "tox.exchange"}, least: 33},
		{name: "answer without a request", turns: []turn{{payload: ping}, {dir: 1, payload: tell}}, want: []string{"tox.kind"}},
		{name: "data", turns: []turn{{payload: toxCounted(0xffff, 9)}, {payload: toxCounted(0, 10)}}, want: []string{"tox.data"}, least: 33},
		{name: "data, counter stands", turns: []turn{{payload: toxCounted(7, 9)}, {payload: toxCounted(7, 10)}}},
		{name: "112 octets", turns: []turn{{payload: toxPacket(2, 100, 1, 112)}}},
		{name: "kind 3", turns: []turn{{payload: toxPacket(3, 100, 1, 113)}}},
		{name: "clear", turns: []turn{{payload: clear}}},
	})
}

func TestToxVerdict(t *testing.T) {
	k := newTalk(17, [2]uint16{33445, 33445})
	k.say(0, toxPacket(2, 100, 1, 113))
	if v := k.verdict(); v.Judgement == P2P {
		t.Error("one packet of the right kind and length is no proof")
	}
	k.say(1, toxPacket(4, 200, 2, 238))
	if v := k.verdict(); v.Judgement != P2P || v.Family != "tox" {
		t.Errorf("an exchange is %v %q", v.Judgement, v.Family)
	}
}

// toxFramesOf are frames with so many sealed octets each, in one segment.
func toxFramesOf(seed int64, lengths ...int) []byte {
	var p []byte
	for i, n := range lengths {
		p = append(binary.BigEndian.AppendUint16(p, uint16(n)), noiseOf(seed+int64(i), n)...)
	}
	return p
}

func TestToxRelay(t *testing.T) {
	ask, tell := noiseOf(1, 128), noiseOf(2, 96)
	for _, r := range []struct {
		name  string
		turns []turn
		want  bool
	}{
		{"handshake alone", []turn{{0, ask, 0}, {1, tell, 0}}, false},
		{"a frame", []turn{{0, ask, 0}, {1, tell, 0}, {0, toxFramesOf(3, 25), 0}}, true},
		{"a frame of the relay", []turn{{0, ask, 0}, {1, tell, 0}, {1, toxFramesOf(3, 25), 0}}, true},
		{"two frames", []turn{{0, ask, 0}, {1, tell, 0}, {0, toxFramesOf(3, 25, 194), 0}}, true},
		{"shortest", []turn{{0, ask, 0}, {1, tell, 0}, {0, toxFramesOf(3, 17), 0}}, true},
		{"one octet shorter", []turn{{0, ask, 0}, {1, tell, 0}, {0, toxFramesOf(3, 16), 0}}, false},
		{"an octet behind the frame", []turn{{0, ask, 0}, {1, tell, 0}, {0, append(toxFramesOf(3, 25), 0), 0}}, false},
		{"noise", []turn{{0, ask, 0}, {1, tell, 0}, {0, noiseOf(3, 100), 0}}, false},
		{"the relay begins", []turn{{0, tell, 0}, {1, ask, 0}, {0, toxFramesOf(3, 25), 0}}, false},
		{"hello of 127 octets", []turn{{0, ask[:127], 0}, {1, tell, 0}, {0, toxFramesOf(3, 25), 0}}, false},
		{"answer of 97 octets", []turn{{0, ask, 0}, {1, noiseOf(2, 97), 0}, {0, toxFramesOf(3, 25), 0}}, false},
		{"clear hello", []turn{{0, make([]byte, 128), 0}, {1, tell, 0}, {0, toxFramesOf(3, 25), 0}}, false},
	} {
		t.Run(r.name, func(t *testing.T) {
			k := newTalk(packet.TCP, [2]uint16{40001, 33445})
			for _, u := range r.turns {
				k.turn(u)
			}
			v := k.verdict()
			if got := k.claims()["tox.relay"] > 0; got != r.want || got && (v.Judgement != P2P || v.Family != "tox" || v.Path != Relayed) {
				t.Errorf("claimed %v; %s %s %s", got, v.Judgement, v.Family, v.Path)
			}
		})
	}
}
