package classify

import (
	"testing"

	"peeratlas/capture/packet"
)

func TestEmuleUDP(t *testing.T) {
	contacts := func(n int) []byte { return wired(0xe4, 0x29, randomOctets(1, 16), n, randomOctets(2, 25*n)) }
	checkMeshRows(t, []Detector{emuleUDP}, []meshRow{
		{name: "ping and pong", turns: []turn{{0, hexOctets("e460"), 0}, {1, hexOctets("e461 1234"), 0}}, want: []string{"emule.clear"}, judgement: Other, service: "emule"},
		{name: "request and answer", turns: []turn{{0, wired(0xe4, 0x21, 2, randomOctets(1, 32)), 0}, {1, contacts(4), 0}}, want: []string{"emule.clear"}, judgement: Other},
		{name: "packed", turns: []turn{{0, wired(0xe5, 0x09, 0x78, 0xda, randomOctets(1, 200)), 0}}, want: []string{"emule.clear"}},
		{name: "packed, wrong check octet", turns: []turn{{0, wired(0xe5, 0x09, 0x78, 0xdb, randomOctets(1, 200)), 0}}, never: []string{"emule"}},
		{name: "ping unanswered", turns: []turn{{0, hexOctets("e460"), 0}, {0, hexOctets("e460"), 0}}, never: []string{"emule"}},
		{name: "pong to nothing", turns: []turn{{0, hexOctets("e450"), 0}, {1, hexOctets("e461 1234"), 0}}, never: []string{"emule"}},
		{name: "bootstrap answer", turns: []turn{{0, wired(0xe4, 0x09, randomOctets(1, 16), le16Octets(4672), 9, le16Octets(2), randomOctets(2, 50)), 0}}, want: []string{"emule.clear"}},
		{name: "request of an unknown type", turns: []turn{{0, wired(0xe4, 0x21, 3, randomOctets(1, 32)), 0}}, never: []string{"emule"}},
		{name: "one octet more", turns: []turn{{0, append(contacts(4), 0), 0}}, never: []string{"emule"}},
		{name: "request of another length", turns: []turn{{0, wired(0xe4, 0x21, 2, randomOctets(1, 33)), 0}}, never: []string{"emule"}},
		{name: "unknown opcode", turns: []turn{{0, hexOctets("e47f"), 0}}, never: []string{"emule"}},
	})
}

func TestEmuleTCP(t *testing.T) {
	hello := wired(0xe3, le32Octets(94), 1, 16, randomOctets(1, 92))
	ask := wired(0x51, noiseOctets(1, 20)) // not one of the protocols' octets first
	shaped := func(a, b int) []turn {
		return []turn{{0, wired(0x51, noiseOctets(1, a-1)), 0}, {1, noiseOctets(2, b), 0}, {0, noiseOctets(3, 110), 0}}
	}
	row := func(name string, turns []turn, want, never []string) meshRow {
		return meshRow{name: name, transport: packet.TCP, ports: [2]uint16{50000, 4662}, turns: turns, want: want, never: never}
	}
	shape := []string{"emule.shape"}
	checkMeshRows(t, []Detector{emuleTCP}, []meshRow{
		row("hello", []turn{{0, hello, 0}}, []string{"emule.clear"}, shape),
		row("hello, length off", []turn{{0, changed(hello, 1, 95), 0}}, nil, []string{"emule"}),
		row("obfuscated", shaped(21, 15), shape, []string{"emule.clear"}),
		row("least", shaped(12, 6), shape, nil),
		row("most", shaped(266, 260), shape, nil),
		row("first turn too long", shaped(267, 15), nil, []string{"emule"}),
		row("second turn too long", shaped(21, 261), nil, []string{"emule"}),
		row("text", []turn{{0, []byte("HELLO mail.example"), 0}, {1, []byte("250 ok fine"), 0}, {0, noiseOctets(3, 110), 0}}, nil, []string{"emule"}),
		row("zeros", []turn{{0, make([]byte, 16), 0}, {1, make([]byte, 8), 0}, {0, noiseOctets(3, 110), 0}}, nil, []string{"emule"}),
		row("no lockstep", []turn{{0, ask, 0}, {0, noiseOctets(3, 110), 0}, {1, noiseOctets(2, 15), 0}}, nil, []string{"emule"}),
	})
}

func TestEmuleHostNamesObfuscatedStream(t *testing.T) {
	s := newStage()
	s.play(packet.UDP, end("10.0.0.2:4672"), end("198.51.100.1:4672"), []turn{{0, hexOctets("e460"), 0}, {1, hexOctets("e461 1234"), 0}})
	s.play(packet.TCP, end("10.0.0.2:50000"), end("203.0.113.5:14662"), []turn{{0, wired(0x51, streamNoise(1, 20)), 0}, {1, streamNoise(2, 18), 0}, {0, noiseOctets(3, 110), 0}})
	v := NewJudge(s.classifier, s.flows).Verdict(1)
	if v.Judgement != P2P || v.Family != "emule" {
		t.Errorf("judged %v (%.3f) %q: %v", v.Judgement, v.Probability, v.Family, v.Evidence)
	}
}

func TestObfuscatedKad(t *testing.T) {
	s := newStage()
	s.play(packet.UDP, end("10.0.0.2:4672"), end("198.51.100.1:4672"), []turn{{0, hexOctets("e460"), 0}, {1, hexOctets("e461 1234"), 0}})
	same := s.play(packet.UDP, end("10.0.0.2:4672"), end("203.0.113.5:14672"), []turn{{0, noiseOctets(1, 43), 0}, {1, noiseOctets(2, 90), 0}})
	other := s.play(packet.UDP, end("10.0.0.2:5000"), end("203.0.113.5:5000"), []turn{{0, noiseOctets(3, 43), 0}, {1, noiseOctets(4, 90), 0}})
	j := NewJudge(s.classifier, s.flows)
	for i, f := range s.flows {
		switch v := j.Verdict(i); f {
		case same:
			if v.Judgement != P2P || v.Family != "emule" {
				t.Errorf("noise of Kad's socket: %v (%.3f) %q %v", v.Judgement, v.Probability, v.Family, v.Evidence)
			}
		case other:
			if v.Judgement == P2P {
				t.Errorf("noise of another socket: %v (%.3f) %v", v.Judgement, v.Probability, v.Evidence)
			}
		}
	}
}
