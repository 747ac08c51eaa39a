package classify

import (
	"encoding/binary"
	"testing"

	"peeratlas/capture/packet"
)

func TestSnapchat(t *testing.T) {
	hello := func(name string) turn {
		return turn{dir: 0, payload: initialOf(t, 1, 0, map[int][]byte{0: helloOf(name, "h3", 0)})}
	}
	q046 := turn{dir: 0, payload: joined([]byte{0xc3}, binary.BigEndian.AppendUint32(nil, 'Q'<<24|'0'<<16|'4'<<8|'6'), []byte{0x50}, noiseOf(7, 8), []byte{0, 0, 0, 1}, noiseOf(8, 1200))}
	const name = "str1-euwest1-192-0-2-1.addlive.io"
	rtp := func(dir int, n uint16) turn { return turn{dir: dir, payload: rtpOf(96, n, noiseOf(int64(n), 100))} }
	report := turn{dir: 1, payload: rtcpOf(1, 201, 7, noiseOf(2, 40))}
	for _, r := range []struct {
		name        string
		port        uint16
		turns       []turn
		media, call int // how often they are claimed
	}{
		{"stream", 443, []turn{hello(name), rtp(0, 1), rtp(0, 2)}, 1, 1},
		{"stream of the server", 443, []turn{hello(name), rtp(1, 1), rtp(1, 2), rtp(1, 3)}, 2, 2},
		{"RTCP", 443, []turn{hello(name), report}, 1, 1},
		{"one packet", 443, []turn{hello(name), rtp(0, 1)}, 0, 0},
		{"the same packet again", 443, []turn{hello(name), rtp(0, 1), rtp(0, 1)}, 0, 0},
		{"one of each end", 443, []turn{hello(name), rtp(0, 1), rtp(1, 2)}, 0, 0},
		{"RTCP of a type behind APP's", 443, []turn{hello(name), {dir: 1, payload: rtcpOf(1, 207, 7, noiseOf(2, 40))}}, 0, 0},
		{"Q046 without a name", 443, []turn{q046, rtp(0, 1), rtp(0, 2)}, 1, 0},
		{"another name", 443, []turn{hello("www.example.com"), rtp(0, 1), rtp(0, 2)}, 1, 0},
		{"a name that only begins so", 443, []turn{hello(name + ".example"), rtp(0, 1), rtp(0, 2)}, 1, 0},
		{"the name's end alone", 443, []turn{hello("addlive.io"), rtp(0, 1), rtp(0, 2)}, 1, 0},
		{"another port", 4433, []turn{hello(name), rtp(0, 1), rtp(0, 2)}, 0, 0},
		{"no QUIC", 443, []turn{rtp(0, 1), rtp(0, 2)}, 0, 0},
	} {
		t.Run(r.name, func(t *testing.T) {
			ds := []Detector{quic, snapchat}
			k := newTalkOf(packet.UDP, [2]uint16{50000, r.port}, ds)
			for _, u := range r.turns {
				k.turn(u)
			}
			if got := k.claims(); got["quic.media"] != r.media || got["snapchat.call"] != r.call {
				t.Errorf("claims %v, want %d and %d", got, r.media, r.call)
			}
			last := r.turns[len(r.turns)-1]
			for n := range last.payload {
				for snapped := range 2 {
					k := newTalkOf(packet.UDP, [2]uint16{50000, r.port}, ds)
					for _, u := range r.turns[:len(r.turns)-1] {
						k.turn(u)
					}
					before := k.claims()["snapchat.call"]
					if snapped == 1 {
						k.cut(last.dir, last.payload, n)
					} else {
						k.say(last.dir, last.payload[:n:n])
					}
					if got := k.claims()["snapchat.call"]; n < 12 && got > before {
						t.Fatalf("claimed of %d octets", n)
					}
				}
			}
		})
	}
}

// TestSnapchatVerdict asserts that such a call is its server's, encrypted media or not.
func TestSnapchatVerdict(t *testing.T) {
	k := newTalk(packet.UDP, [2]uint16{50000, 443})
	k.say(0, initialOf(t, 1, 0, map[int][]byte{0: helloOf("a.addlive.io", "h3", 0)}))
	for _, u := range callOf() {
		k.turn(u)
	}
	if v := k.verdict(); v.Judgement != Other || v.Service != "snapchat-call" {
		t.Errorf("%s %s: %v", v.Judgement, v.Service, v.Evidence)
	}
}
