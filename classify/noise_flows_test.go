package classify

import (
	"bytes"
	"testing"

	"peeratlas/capture/packet"
)

func TestTCPRandom(t *testing.T) {
	a, b := streamNoise(1, 200), streamNoise(2, 300)
	mid := newTalk(packet.TCP, [2]uint16{40000, 40001})
	mid.joined = true
	mid.say(0, a)
	if got := mid.claims(); got["payload.first_random"] > 0 {
		t.Errorf("a stream joined under way: %v", got)
	}
	row := func(name string, first, answer []byte, want, never []string) meshRow {
		return meshRow{name: name, transport: packet.TCP, turns: []turn{{0, first, 0}, {1, answer, 0}}, want: want, never: never}
	}
	random, clear := []string{"payload.first_random"}, []string{"payload.first_clear"}
	checkMeshRows(t, []Detector{tcpRandom}, []meshRow{
		row("noise both ways", a, b, random, clear),
		row("text", []byte("nobody's protocol says this of itself"), b, append(random, clear...), nil),
		row("what is recognised needs no statistics", []byte("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"), b, nil, append(random, clear...)),
		row("TLS hello", meshHello("example.org", ""), meshHello("", ""), nil, append(random, clear...)),
		row("TLS record of noise", wired(hexOctets("160301"), a), wired(hexOctets("170303"), b), nil, random),
		row("six letters first", wired("SECRET", a), nil, nil, random),
		row("a word inside", wired(a[:60], "this is a sentence in clear", a[60:]), nil, clear, random),
		row("zeros", make([]byte, 100), nil, clear, random),
		row("short", a[:13], nil, nil, random),
		row("behind its length", wired(be16Octets(len(a)), a), b, []string{"payload.first_framed"}, clear),
		row("behind its length, off by one", wired(be16Octets(len(a)+1), a), b, random, []string{"payload.first_framed"}),
	})
}

func TestUDPRandom(t *testing.T) {
	random, clear := []string{"payload.random"}, []string{"payload.clear"}
	checkMeshRows(t, []Detector{udpRandom}, []meshRow{
		{name: "noise", turns: []turn{{0, noiseOctets(1, 100), 0}, {1, noiseOctets(2, 60), 0}}, want: append(random, "payload.random"), never: clear},
		{name: "structure", turns: []turn{{0, make([]byte, 60), 0}}, want: clear, never: random},
		{name: "doubt", turns: []turn{{0, append(make([]byte, 6), noiseOctets(2, 30)...), 0}}, never: append(random, clear...)},
		{name: "one octet over and over", turns: []turn{{0, bytes.Repeat([]byte{7}, 8), 0}}, want: clear, never: random},
		{name: "a small number", turns: []turn{{0, hexOctets("00000065000000000000000000000000"), 0}}, want: clear, never: random},
		{name: "six zeros of eight", turns: []turn{{0, hexOctets("0100000000000002"), 0}}, want: clear, never: random},
		{name: "six zeros of eight, last", turns: []turn{{0, hexOctets("0102000000000000"), 0}}, want: clear, never: random},
		{name: "five zeros of eight", turns: []turn{{0, hexOctets("0100000000030203"), 0}}, never: append(random, clear...)},
		{name: "seven zeros", turns: []turn{{0, make([]byte, 7), 0}}, never: append(random, clear...)},
		{name: "cut to the length of an id", turns: []turn{{0, noiseOctets(1, 18), 90}}, never: append(random, clear...)},
		{name: "cut to two ids", turns: []turn{{0, noiseOctets(1, 32), 90}}, want: random, never: clear},
		{name: "short", turns: []turn{{0, noiseOctets(1, 13), 0}}, never: append(random, clear...)},
		{name: "empty", turns: []turn{{0, nil, 20}}, never: append(random, clear...)},
	})
}

// Noise alone, without a sign of who the far end is, must never be enough.
func TestNoiseAloneDecidesNothing(t *testing.T) {
	for _, transport := range [...]packet.Protocol{packet.TCP, packet.UDP} {
		k := newTalk(transport, [2]uint16{40000, 40001})
		for i := range 12 {
			k.say(i%2, streamNoise(uint64(i), 200))
		}
		if v := k.verdict(); v.Judgement == P2P {
			t.Errorf("%v: judged p2p (%.3f): %v", transport, v.Probability, v.Evidence)
		}
	}
}

func TestLengthPrefix(t *testing.T) {
	tests := []struct {
		name   string
		p      []byte
		length int
		want   int
	}{
		{"big 16", hexOctets("0102 ffff"), 260, 2},
		{"little 16", hexOctets("0201 ffff"), 260, 2},
		{"big 24", hexOctets("000101 ff"), 260, 3},
		{"big 32", hexOctets("00000100"), 260, 4},
		{"little 24, or 32 with itself", hexOctets("04010000"), 260, 3},
		{"little 32", hexOctets("00010000"), 260, 4},
		{"none", hexOctets("01020304"), 100, 0},
		{"cut", hexOctets("0102 ff"), 260, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := lengthPrefix(tt.p, tt.length); got != tt.want {
				t.Errorf("lengthPrefix = %d, want %d", got, tt.want)
			}
		})
	}
}
