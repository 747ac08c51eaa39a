package classify

import (
	"slices"
	"testing"

	"peeratlas/capture/packet"
)

// utpPacket is a uTP packet without extensions.
func utpPacket(kind, id, seq, ack int, body ...any) []byte {
	difference := 5000
	if kind == utpSyn {
		difference = 0
	}
	return wired(kind<<4|1, 0, be16Octets(id), be32Octets(0x5d3c1000+seq*900), be32Octets(difference), be32Octets(1<<20), be16Octets(seq), be16Octets(ack), wired(body...))
}

// utpTimed is p with a time that is so many microseconds after that of before.
func utpTimed(p, before []byte, microseconds int) []byte {
	p = slices.Clone(p)
	copy(p[4:], be32Octets(int(be32(before[4:]))+microseconds))
	return p
}

// cutAt cuts turns to captured octets.
func cutAt(captured int, turns ...turn) []turn {
	for n := range turns {
		turns[n] = turn{turns[n].dir, turns[n].payload[:captured:captured], len(turns[n].payload)}
	}
	return turns
}

func TestUTP(t *testing.T) {
	const id = 0x5be7
	syn, state := utpPacket(4, id, 1, 0), utpPacket(2, id, 7000, 1)
	hello := utpPacket(0, id+1, 2, 6999, "\x13BitTorrent protocol\x00\x00\x00\x00\x00\x10\x00\x05", randomOctets(1, 40))
	key := utpPacket(0, id+1, 2, 6999, noiseOctets(2, 310))
	answer := utpPacket(0, id, 7000, 2, noiseOctets(3, 200))
	request := func(n int) []byte {
		return utpPacket(0, id, 500+n, 900, be32Octets(13), 6, be32Octets(77), be32Octets(n<<14), be32Octets(1<<14))
	}
	sealed := func(n int) []byte { return utpPacket(0, id, 500+n, 900+n, noiseOctets(uint64(40+n), 60)) }
	ack := func(n int) []byte { return utpPacket(2, id+1, 900+n, 500+n) }
	piece := utpPacket(0, id+1, 901, 499, noiseOctets(9, 1380))
	// long is a transfer joined under way; head stands somewhere in packet at, if any does.
	long := func(packets, at int, head []byte) (turns []turn) {
		for n := range packets {
			body := noiseOctets(uint64(100+n), 1380)
			if n == at {
				copy(body[700:], head)
			}
			turns = append(turns, turn{1, utpPacket(0, id+1, 901+n, 499, body), 0}, turn{0, utpPacket(2, id, 500, 901+n), 0})
		}
		return turns
	}
	// timed is packet n of one direction, whose time advances by microseconds a turn of 20 ms.
	timed := func(n, id, microseconds, bytes int) turn {
		p := utpPacket(0, id, 900+n, 499, noiseOctets(uint64(200+n), bytes))
		copy(p[4:], be32Octets(0x5d3c1000+n*microseconds))
		return turn{1, p, 0}
	}
	dht := []byte("d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q9:find_node1:t2:aa1:y1:qe")
	checkMeshRows(t, []Detector{utp}, []meshRow{
		{name: "obfuscated from the start", turns: []turn{{0, syn, 0}, {1, state, 0}, {0, key, 0}, {1, answer, 0}},
			want: []string{"utp.syn", "utp.connection", "utp.hidden"}, never: []string{"utp.clear"}, judgement: P2P, path: Direct, family: "bittorrent"},
		{name: "obfuscated beside clear DHT", turns: []turn{{1, dht, 0}, {0, syn, 0}, {1, state, 0}, {0, key, 0}},
			want: []string{"utp.hidden", "bittorrent.dht"}, judgement: P2P, family: "bittorrent"},
		{name: "clear", turns: []turn{{0, syn, 0}, {1, state, 0}, {0, hello, 0}, {1, utpPacket(0, id, 7000, 2, hello[20:]), 0}},
			want: []string{"utp.connection", "utp.clear"}, never: []string{"utp.hidden"}, judgement: Other, service: "bittorrent"},
		{name: "connected and silent", turns: []turn{{0, syn, 0}, {1, state, 0}}, want: []string{"utp.connection"}, judgement: Other, service: "bittorrent-utp"},
		{name: "request unanswered", turns: []turn{{0, syn, 0}, {0, syn, 0}}, want: []string{"utp.syn"}, never: []string{"utp.connection"}, judgement: Other, service: "bittorrent-utp"},
		{name: "clear, joined under way", turns: []turn{{0, request(0), 0}, {1, piece, 0}, {0, request(1), 0}, {1, piece, 0}},
			want: []string{"utp.connection", "utp.clear"}, never: []string{"utp.hidden"}, judgement: Other},
		{name: "obfuscated, joined under way", turns: []turn{{0, sealed(0), 0}, {1, ack(0), 0}, {0, sealed(1), 0}, {1, ack(1), 0}, {0, sealed(2), 0}, {1, ack(2), 0}, {0, sealed(3), 0}},
			want: []string{"utp.connection", "utp.short_noise"}, never: []string{"utp.clear"}, judgement: P2P, family: "bittorrent"},
		{name: "only long data, joined under way", turns: []turn{{1, piece, 0}, {0, utpPacket(2, id, 500, 901), 0}, {1, utpPacket(0, id+1, 902, 499, noiseOctets(10, 1380)), 0}},
			want: []string{"utp.connection"}, never: []string{"utp.short", "utp.hidden", "utp.clear"}, judgement: Other},
		{name: "much long data, joined under way", turns: long(40, -1, nil), want: []string{"utp.long_noise"}, never: []string{"utp.clear"}, judgement: P2P, family: "bittorrent"},
		{name: "less of it", turns: long(34, -1, nil), want: []string{"utp.long_noise"}, never: []string{"utp.clear"}, judgement: Other},
		{name: "much, with the head of a block", turns: long(40, 20, hexOctets("00004009 07 00000123 00018000")), want: []string{"utp.clear"}, judgement: Other, service: "bittorrent"},
		{name: "much, with something like one", turns: long(40, 20, hexOctets("00004009 08 00000123")), want: []string{"utp.long_noise"}, never: []string{"utp.clear"}, judgement: P2P},
		{name: "one direction, obfuscated", turns: []turn{timed(0, id, 20000, 60), timed(1, id, 20000, 60), timed(2, id, 21000, 60), timed(3, id, 20500, 60)},
			want: []string{"utp.connection", "utp.short_noise"}, judgement: P2P, path: Probe, family: "bittorrent"},
		{name: "one direction from its request on", turns: []turn{{0, syn, 0}, {0, utpTimed(key, syn, 20000), 0}},
			want: []string{"utp.syn", "utp.connection", "utp.hidden"}, judgement: P2P},
		{name: "one direction, clear", turns: []turn{{0, syn, 0}, {0, utpTimed(hello, syn, 20000), 0}}, want: []string{"utp.clear"}, never: []string{"utp.hidden"}, judgement: Other},
		{name: "one direction, another clock", turns: []turn{timed(0, id, 2000, 60), timed(1, id, 2000, 60), timed(2, id, 2000, 60), timed(3, id, 2000, 60)}, never: []string{"utp"}},
		{name: "one direction, other ids", turns: []turn{timed(0, id, 20000, 60), timed(1, id+2, 20000, 60)}, never: []string{"utp"}},
		{name: "one direction, cut short", turns: cutAt(60, timed(0, id, 20000, 60), timed(1, id, 20000, 60), timed(2, id, 20000, 60), timed(3, id, 20000, 60)),
			want: []string{"utp.connection"}, never: []string{"utp.short", "utp.hidden"}, judgement: Other},
		{name: "selective ack", turns: []turn{{0, syn, 0}, {1, wired(0x21, 1, state[2:], 0, 4, hexOctets("80000000")), 0}}, want: []string{"utp.connection"}},
		{name: "numbers of zero", turns: []turn{{0, utpPacket(0, id, 0, 0, noiseOctets(5, 100)), 0}, {1, utpPacket(0, id+1, 0, 0, noiseOctets(6, 100)), 0}}, never: []string{"utp"}},
		{name: "state of another id", turns: []turn{{0, syn, 0}, {1, utpPacket(2, id+2, 7000, 1), 0}}, never: []string{"utp.connection"}},
		{name: "state of another number", turns: []turn{{0, syn, 0}, {1, utpPacket(2, id, 7000, 2), 0}}, never: []string{"utp.connection"}},
		{name: "version 2", turns: []turn{{0, changed(syn, 0, 0x42), 0}}, never: []string{"utp"}},
		{name: "type 5", turns: []turn{{0, changed(syn, 0, 0x51), 0}}, never: []string{"utp"}},
		{name: "syn with a body", turns: []turn{{0, append(syn[:20:20], 1, 2, 3), 0}}, never: []string{"utp"}},
		{name: "data without a body", turns: []turn{{0, utpPacket(0, id, 5, 6), 0}, {1, utpPacket(0, id+1, 6, 5), 0}}, never: []string{"utp"}},
		{name: "extension beyond the end", turns: []turn{{0, wired(0x21, 1, state[2:], 0, 40), 0}}, never: []string{"utp"}},
		{name: "unknown extension", turns: []turn{{0, wired(0x21, 9, state[2:], 0, 1, 0), 0}}, never: []string{"utp"}},
	})
	eachCut(packet.UDP, [2]uint16{1, 2}, []turn{{0, syn, 0}, {1, state, 0}}, func(k *talk, n int, _ bool) {
		if k.claims()["utp.connection"] > 0 {
			t.Errorf("a state cut to %d octets makes a connection", n)
		}
	})
}

func TestTorrentMessages(t *testing.T) {
	tests := []struct {
		name   string
		body   []byte
		length int
		want   bool
	}{
		{"handshake", []byte("\x13BitTorrent protocol and more"), 68, true},
		{"one letter off", []byte("\x13BitTorrent protocoL and more"), 68, false},
		{"keep-alive", make([]byte, 4), 4, true},
		{"keep-alive cut", make([]byte, 3), 4, false},
		{"have", hexOctets("00000005 04 00000011"), 9, true},
		{"extended", hexOctets("000000c1 14 00"), 197, true},
		{"unknown id", hexOctets("00000005 2a 00000011"), 9, false},
		{"too long", hexOctets("00200005 04 00000011"), 9, false},
		{"empty", nil, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := torrentMessages(tt.body, tt.length); got != tt.want {
				t.Errorf("torrentMessages = %v, want %v", got, tt.want)
			}
		})
	}
}
