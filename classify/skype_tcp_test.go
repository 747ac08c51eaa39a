package classify

import (
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
)

func TestSkypeTCP(t *testing.T) {
	hello := joined(skypeHello, noiseOf(1, 16))
	browser := append([]byte{}, hello...)
	copy(browser[11:], []byte{1, 0, 0x80, 3, 0, 0x80, 7, 0, 0xc0}) // SSL 2 suites first, as browsers had them
	answer := joined(skypeAnswer, make([]byte, 60))
	time := append([]byte{}, answer...)
	time[14]++
	login := joined([]byte{0x16, 3, 1, 0, 0xcd, 0x41}, skypeLogin, noiseOf(2, 190))
	checkSheet(t, skypeTCP, []sheetRow{
		{name: "hello", turns: []turn{{payload: hello}}, want: []string{"skype.hello_443"}, least: 20},
		{name: "hello of 73", turns: []turn{{payload: append(append([]byte{}, hello...), 0)}}},
		{name: "hello of a browser", turns: []turn{{payload: browser}}},
		{name: "answer", turns: []turn{{payload: hello}, {dir: 1, payload: answer}}, want: []string{"skype.hello_443", "skype.answer_443"}, least: 19},
		{name: "answer of another second", turns: []turn{{dir: 1, payload: time}}},
		{name: "zero records", turns: []turn{{payload: zeroHello}, {dir: 1, payload: zeroAnswer}}, want: []string{"skype.zero_tls"}, least: 5},
		{name: "login", turns: []turn{{payload: zeroHello}, {dir: 1, payload: zeroAnswer}, {payload: login}}, want: []string{"skype.zero_tls", "skype.login"}, least: 10},
		{name: "login without zero records", turns: []turn{{payload: login}}},
		{name: "record header alone", turns: []turn{{payload: []byte{0x16, 3, 1, 0, 0xba}}, {payload: noiseOf(3, 186)}}},
		{name: "zero record of TLS 1.2", turns: []turn{{payload: []byte{0x16, 3, 3, 0, 0}}}},
		{name: "zero record later", turns: []turn{{payload: noiseOf(4, 40)}, {payload: zeroHello}}},
	})
}

// TestSkypeOverlay plays to the detector of noise as well: sizes count only behind noise.
func TestSkypeOverlay(t *testing.T) {
	nibbles := noiseOf(5, 40)
	for i := 5; i <= 13; i++ {
		nibbles[i+10] = nibbles[i]&0xf0 | nibbles[i+10]&0x0f
	}
	short := noiseOf(6, 16)
	short[14], short[15] = short[4]&0xf0|1, short[5]&0xf0|2
	off := append([]byte{}, nibbles...)
	off[20] ^= 0x80
	web, free := [2]uint16{50000, 80}, [2]uint16{50000, 40002}
	rows := []struct {
		name  string
		ports [2]uint16
		turns []turn
		pause int64 // before the last turn, nanoseconds
		want  string
	}{
		{"sizes of 2004", free, []turn{{payload: noiseOf(1, 14)}, {dir: 1, payload: noiseOf(2, 25)}, {payload: noiseOf(3, 90)}, {dir: 1, payload: noiseOf(4, 16)}}, 0, "skype.sizes"},
		{"first of 15", free, []turn{{payload: noiseOf(1, 15)}, {dir: 1, payload: noiseOf(2, 25)}, {payload: noiseOf(3, 90)}, {dir: 1, payload: noiseOf(4, 16)}}, 0, ""},
		{"second of 30", free, []turn{{payload: noiseOf(1, 14)}, {dir: 1, payload: noiseOf(2, 30)}, {payload: noiseOf(3, 90)}, {dir: 1, payload: noiseOf(4, 16)}}, 0, ""},
		{"refused by 339", free, []turn{{payload: noiseOf(1, 14)}, {dir: 1, payload: noiseOf(2, 25)}, {payload: noiseOf(3, 339)}, {dir: 1, payload: noiseOf(4, 16)}}, 0, ""},
		{"sizes of 2012", free, []turn{{payload: noiseOf(1, 70)}, {dir: 1, payload: noiseOf(2, 96)}, {payload: noiseOf(3, 8)}}, 0, "skype.sizes"},
		{"third of 9", free, []turn{{payload: noiseOf(1, 70)}, {dir: 1, payload: noiseOf(2, 96)}, {payload: noiseOf(3, 9)}}, 0, ""},
		{"clear first", free, []turn{{payload: make([]byte, 70)}, {dir: 1, payload: noiseOf(2, 96)}, {payload: noiseOf(3, 8)}}, 0, ""},
		{"port 80, nine nibbles", web, []turn{{payload: nibbles}}, 0, "skype.port_80"},
		{"port 80, sixteen octets", web, []turn{{payload: short}}, 0, "skype.port_80"},
		{"port 80, one nibble off", web, []turn{{payload: off}}, 0, ""},
		{"nibbles on another port", free, []turn{{payload: nibbles}}, 0, ""},
		{"HTTP", web, []turn{{payload: []byte("GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n")}}, 0, ""},
		{"zeros", web, []turn{{payload: make([]byte, 40)}}, 0, ""},
		{"refresh", free, []turn{{payload: noiseOf(1, 70)}, {dir: 1, payload: noiseOf(2, 96)}, {payload: noiseOf(3, 30)}, {payload: noiseOf(4, 30)}}, 60e9, "skype.refresh"},
		{"after 62 seconds", free, []turn{{payload: noiseOf(1, 70)}, {dir: 1, payload: noiseOf(2, 96)}, {payload: noiseOf(3, 30)}, {payload: noiseOf(4, 30)}}, 62e9, ""},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			k := newTalkOf(packet.TCP, r.ports, []Detector{tcpRandom, skypeOverlay})
			for n, u := range r.turns {
				if n == len(r.turns)-1 {
					k.wait(r.pause)
				}
				k.turn(u)
			}
			got := k.claims()
			for _, claim := range []string{"skype.sizes", "skype.port_80", "skype.refresh"} {
				if (got[claim] > 0) != (claim == r.want) {
					t.Errorf("%s is claimed %d times, want %q", claim, got[claim], r.want)
				}
			}
		})
	}
	checkNoAllocs(t, skypeOverlay, web, []turn{{payload: nibbles}})
}

func TestSkypeTCPVerdict(t *testing.T) {
	k := newTalk(packet.TCP, [2]uint16{50000, 443})
	k.say(0, joined(skypeHello, noiseOf(1, 16)))
	k.say(0, noiseOf(2, 27))
	if v := k.verdict(); v.Judgement != P2P || v.Family != "skype" || v.Path != Relayed {
		t.Errorf("the hello is %v %q %v", v.Judgement, v.Family, v.Path)
	}
	k = newTalk(packet.TCP, [2]uint16{50000, 33033})
	k.say(0, zeroHello)
	k.say(1, zeroAnswer)
	if v := k.verdict(); v.Judgement == P2P || v.Service != "skype-server" {
		t.Errorf("the login server is %v, service %q", v.Judgement, v.Service)
	}
}

// TestSkypeHosted asserts that the address of a hosted super-node is a hint that needs a payload.
func TestSkypeHosted(t *testing.T) {
	for _, row := range []struct {
		to   string
		want bool
	}{{"157.55.56.170:40015", true}, {"157.55.57.170:40015", false}, {"157.55.56.170:40051", false}} {
		t.Run(row.to, func(t *testing.T) {
			s := newStage()
			f := s.play(packet.TCP, netip.AddrPortFrom(homeEnd, 50033), netip.MustParseAddrPort(row.to), []turn{{payload: noiseOf(1, 63)}, {dir: 1, payload: noiseOf(2, 59)}})
			found := false
			for _, e := range s.classifier.Alone(f).Evidence {
				found = found || e.Claim == "skype.hosted"
			}
			if found != row.want {
				t.Errorf("skype.hosted %v, want %v", found, row.want)
			}
			silent := s.play(packet.TCP, netip.AddrPortFrom(homeEnd, 50034), netip.MustParseAddrPort(row.to), []turn{{payload: []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")}})
			for _, e := range s.classifier.Alone(silent).Evidence {
				if e.Claim == "skype.hosted" {
					t.Error("the address counts though the payload is HTTP")
				}
			}
		})
	}
}
