package classify

import (
	"testing"

	"peeratlas/capture/packet"
)

func TestZoom(t *testing.T) {
	opening := func(address string) []byte {
		const id = "0b6f2a5e-58f4-4cc1-9e6c-0d2f9b1a7e11"
		return joined([]byte{0x1f, 2, 1}, noiseOf(1, 21), []byte{0, 0, 0, byte(len(address))}, []byte(address), []byte{0, 0, 0, byte(len(id))}, []byte(id), make([]byte, 4))
	}
	tail := opening("203.0.113.9")
	tail[len(tail)-1] = 1
	version := opening("203.0.113.9")
	version[2] = 2
	audio := func(sequence byte) []byte {
		return joined([]byte{15}, noiseOf(2, 8), []byte{0, sequence, 0, 0, 1, sequence}, make([]byte, 4), rtpOf(112, uint16(sequence), noiseOf(3, 80)))
	}
	server := func(sequence byte) []byte {
		return joined([]byte{5, 0, sequence, 1, 2, 3, 4, 4}, audio(sequence))
	}
	join := joined([]byte{1, 0, 2}, noiseOf(4, 16), make([]byte, 40))
	joinOK := joined([]byte{2, 0, 1}, join[3:19], make([]byte, 16))
	beat := joined([]byte{3}, noiseOf(5, 12))
	checkSheet(t, zoom, []sheetRow{
		{name: "opening between clients", turns: []turn{{dir: 0, payload: opening("203.0.113.9")}}, want: []string{"zoom.peer"}, least: 24 + 4 + 11 + 4},
		{name: "opening, cut behind the address", turns: []turn{{dir: 0, payload: opening("203.0.113.9")[:60], length: len(opening("203.0.113.9"))}}, want: []string{"zoom.peer"}, least: 24 + 4 + 11 + 4},
		{name: "opening, cut, no address", turns: []turn{{dir: 0, payload: opening("203.0.113.x")[:60], length: len(opening("203.0.113.x"))}}},
		{name: "tail not zero", turns: []turn{{dir: 0, payload: tail}}},
		{name: "one octet more", turns: []turn{{dir: 0, payload: append(opening("203.0.113.9"), 0)}}},
		{name: "third octet 2", turns: []turn{{dir: 0, payload: version}}},
		{name: "media between clients", turns: []turn{{dir: 0, payload: audio(1)}, {dir: 0, payload: audio(2)}}, want: []string{"zoom.peer_media"}, least: 31},
		{name: "media, the same sequence", turns: []turn{{dir: 0, payload: audio(1)}, {dir: 0, payload: audio(1)}}},
		{name: "media through a server", turns: []turn{{dir: 1, payload: server(1)}, {dir: 1, payload: server(2)}}, want: []string{"zoom.server"}, least: 39},
		{name: "join and answer", turns: []turn{{dir: 0, payload: join}, {dir: 1, payload: joinOK}}, want: []string{"zoom.server"}, least: 19},
		{name: "answer with another token", turns: []turn{{dir: 0, payload: join}, {dir: 1, payload: joined(joinOK[:18], []byte{joinOK[18] + 1}, joinOK[19:])}}},
		{name: "ping and answer", turns: []turn{{dir: 1, payload: beat}, {dir: 0, payload: joined([]byte{4}, beat[1:])}}, want: []string{"zoom.server"}, least: 13},
		{name: "ping and another's answer", turns: []turn{{dir: 1, payload: beat}, {dir: 0, payload: joined([]byte{4}, beat[1:12], []byte{beat[12] + 1})}}},
	})
	for _, r := range []struct {
		name string
		dir  int
		text string
		want int
	}{
		{"the far end's text", 1, "203.0.113.9", 1}, {"our own end's", 0, "203.0.113.9", 0},
		{"a private address", 1, "192.168.1.9", 0}, {"no address", 1, "203.0.113.x", 0},
	} {
		t.Run(r.name, func(t *testing.T) {
			k := newTalk(packet.UDP, [2]uint16{40000, 41000})
			k.say(r.dir, opening(r.text))
			if v := k.verdict(); len(v.Reported) != r.want {
				t.Errorf("reported %v, want %d", v.Reported, r.want)
			}
		})
	}
}

func TestTextIPv4(t *testing.T) {
	for _, r := range []struct{ text, want string }{
		{"203.0.113.9", "203.0.113.9"}, {"255.255.255.255", "255.255.255.255"}, {"0.0.0.0", "0.0.0.0"},
		{"", ""}, {"1.2.3", ""}, {"1.2.3.4.5", ""}, {"256.1.1.1", ""}, {"1.1.1.256", ""}, {"1..2.3", ""}, {"1.2.3.", ""}, {"0001.2.3.4", ""}, {"2001:db8::1", ""},
	} {
		t.Run(r.text, func(t *testing.T) {
			got := ""
			if a, ok := textIPv4([]byte(r.text)); ok {
				got = a.String()
			}
			if got != r.want {
				t.Errorf("%q, want %q", got, r.want)
			}
		})
	}
}

func FuzzZoomPeer(f *testing.F) {
	f.Add(joined(make([]byte, 21), []byte{0, 0, 0, 2, 'a', 'b', 0, 0, 0, 1, 'c', 0, 0, 0, 0}), uint8(0))
	f.Add(joined(make([]byte, 21), []byte{0, 0, 0, 2, '1', ':', 0, 0, 0, 9}), uint8(13))
	f.Add(joined(make([]byte, 21), []byte{0xff, 0xff, 0xff, 0xff}), uint8(200))
	f.Fuzz(func(t *testing.T, p []byte, beyond uint8) {
		k := newTalkOf(packet.UDP, [2]uint16{40000, 41000}, []Detector{zoom})
		q := joined([]byte{0x1f, 2, 1}, p)
		k.turn(turn{payload: q, length: len(q) + int(beyond)})
		textIPv4(p)
		if len(p) > 0 {
			zoomMedia(p)
		}
	})
}
