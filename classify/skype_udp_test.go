package classify

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
)

// skypeStart is a start of message: id, IV and CRC by value, the rest noise.
func skypeStart(id uint16, iv, crc uint32, length int) []byte {
	for seed := int64(iv)<<20 ^ int64(crc) ^ int64(id); ; seed++ {
		p := noiseOf(seed, length)
		binary.BigEndian.PutUint16(p, id)
		p[2] = 2
		binary.BigEndian.PutUint32(p[3:], iv)
		binary.BigEndian.PutUint32(p[7:], crc)
		if skypeBody(p) {
			return p
		}
	}
}

// skypeRefusal is the NAK of a request, which tells an address.
func skypeRefusal(id uint16, function byte, address netip.Addr, challenge uint32) []byte {
	a := address.As4()
	return binary.BigEndian.AppendUint32(joined([]byte{byte(id >> 8), byte(id), function}, a[:]), challenge)
}

// skypeAgain is the resend of a request after a NAK.
func skypeAgain(request []byte, challenge uint32) []byte {
	p := joined(request[:2], []byte{3, 1})
	p = binary.BigEndian.AppendUint32(p, challenge)
	to := farEnd.As4()
	return joined(p, to[:], request[7:11], request[11:])
}

func skypeFlag(seed int64, id uint16, function byte, length int) []byte {
	p := noiseOf(seed, length)
	binary.BigEndian.PutUint16(p, id)
	p[2] = function
	return p
}

func TestSkypeUDP(t *testing.T) {
	nat := netip.MustParseAddr("93.184.216.34")
	ask := skypeStart(0x1234, 0xa1b2c3d4, 0x5e6f7081, 22)
	repeat := skypeStart(0x1234, 0x99a0b1c2, 0x5e6f7081, 22)
	nak := skypeRefusal(0x1234, 0x77, nat, 0xcafe1234)
	resend := skypeAgain(ask, 0xcafe1234)
	off := append([]byte{}, resend...)
	off[13] ^= 1
	private := skypeRefusal(0x1234, 0x77, netip.MustParseAddr("192.168.1.7"), 1)
	rows := []sheetRow{
		{name: "request", turns: []turn{{payload: ask}}, want: []string{"skype.probe_shape"}, least: 11},
		{name: "request of 137", turns: []turn{{payload: skypeStart(1, 2, 0xd3adbeef, 137)}}, want: []string{"skype.probe_shape"}},
		{name: "request of 17", turns: []turn{{payload: skypeStart(1, 0x8912aa01, 0xd3adbeef, 17)}}},
		{name: "request of 138", turns: []turn{{payload: skypeStart(1, 2, 0xd3adbeef, 138)}}},
		{name: "function 12", turns: []turn{{payload: skypeFlag(1, 0x1234, 0x12, 22)}}},
		{name: "retransmission", turns: []turn{{payload: ask}, {payload: repeat}}, want: []string{"skype.probe_shape", "skype.retransmission"}, least: 11},
		{name: "the same packet twice", turns: []turn{{payload: ask}, {payload: ask}}, want: []string{"skype.probe_shape"}},
		{name: "another CRC", turns: []turn{{payload: ask}, {payload: skypeStart(0x1234, 0x99a0b1c2, 0x11223344, 22)}}, want: []string{"skype.probe_shape", "skype.no_id"}},
		{name: "another id", turns: []turn{{payload: ask}, {payload: skypeStart(0x1236, 0x99a0b1c2, 0x11223344, 22)}}, want: []string{"skype.probe_shape"}},

		{name: "NAK behind a NAT", turns: []turn{{payload: ask}, {dir: 1, payload: nak}}, want: []string{"skype.probe_shape", "skype.nak"}, least: 11},
		{name: "NAK tells the receiver", turns: []turn{{payload: ask}, {dir: 1, payload: skypeRefusal(0x1234, 0x07, homeEnd, 9)}},
			want: []string{"skype.probe_shape", "skype.nak_address"}, least: 11},
		{name: "NAK with nibble 5", turns: []turn{{payload: ask}, {dir: 1, payload: skypeRefusal(0x1234, 0x35, nat, 9)}}, want: []string{"skype.probe_shape", "skype.nak"}, least: 11},
		{name: "NAK of an older request", turns: []turn{{payload: ask}, {payload: skypeStart(0x1236, 0xf00df00d, 0x87654321, 25)}, {dir: 1, payload: nak}},
			want: []string{"skype.probe_shape", "skype.nak"}, least: 11},
		{name: "NAK with bit 7", turns: []turn{{payload: ask}, {dir: 1, payload: skypeRefusal(0x1234, 0xf7, nat, 9)}}, want: []string{"skype.probe_shape"}},
		{name: "NAK of another id", turns: []turn{{payload: ask}, {dir: 1, payload: skypeRefusal(0x1235, 0x77, nat, 9)}}, want: []string{"skype.probe_shape"}},
		{name: "NAK tells a private address", turns: []turn{{payload: ask}, {dir: 1, payload: private}}, want: []string{"skype.probe_shape"}},
		{name: "NAK of the same end", turns: []turn{{payload: ask}, {payload: nak}}, want: []string{"skype.probe_shape"}},
		{name: "NAK alone", turns: []turn{{dir: 1, payload: nak}}},

		{name: "resend", turns: []turn{{payload: ask}, {dir: 1, payload: nak}, {payload: resend}},
			want: []string{"skype.probe_shape", "skype.nak", "skype.resend"}, least: 16},
		{name: "resend of another CRC", turns: []turn{{payload: ask}, {dir: 1, payload: nak}, {payload: off}}, want: []string{"skype.probe_shape", "skype.nak"}},
		{name: "resend, one octet more", turns: []turn{{payload: ask}, {dir: 1, payload: nak}, {payload: append(skypeAgain(ask, 0xcafe1234), 0)}},
			want: []string{"skype.probe_shape", "skype.nak"}},
		{name: "resend without the NAK", turns: []turn{{payload: ask}, {payload: resend}}, want: []string{"skype.probe_shape"}},

		{name: "accepted", turns: []turn{{payload: ask}, {dir: 1, payload: skypeStart(0x7001, 0xdeadbeef, 0x90abcdef, 18)}},
			want: []string{"skype.probe_shape", "skype.answer"}, least: 11},
		{name: "refused by 26", turns: []turn{{payload: ask}, {dir: 1, payload: skypeStart(0x7001, 0xdeadbeef, 0x90abcdef, 26)}}, want: []string{"skype.probe_shape", "skype.answer"}},
		{name: "refused by 51", turns: []turn{{payload: ask}, {dir: 1, payload: skypeStart(0x7001, 0xdeadbeef, 0x90abcdef, 51)}}, want: []string{"skype.probe_shape", "skype.answer"}},
		{name: "refused by 53", turns: []turn{{payload: ask}, {dir: 1, payload: skypeStart(0x7001, 0xdeadbeef, 0x90abcdef, 53)}}, want: []string{"skype.probe_shape", "skype.answer"}},
		{name: "ping", turns: []turn{{payload: ask}, {dir: 1, payload: skypeStart(0x7001, 0xdeadbeef, 0x90abcdef, 52)}}, want: []string{"skype.probe_shape", "skype.ping"}, least: 11},
		{name: "answer with the request's id", turns: []turn{{payload: ask}, {dir: 1, payload: skypeStart(0x1234, 0xdeadbeef, 0x90abcdef, 18)}}, want: []string{"skype.probe_shape"}},

		{name: "fragment", turns: []turn{{payload: ask}, {payload: skypeFlag(3, 0x1234, 0x0f, 60)}}, want: []string{"skype.probe_shape", "skype.fragment"}, least: 14},
		{name: "fragments of no request", turns: []turn{{payload: skypeFlag(3, 0x1234, 0x4f, 60)}, {payload: skypeFlag(4, 0x1234, 0x1f, 60)}}},
		{name: "fragment of another id", turns: []turn{{payload: ask}, {payload: skypeFlag(3, 0x1235, 0x0f, 60)}}, want: []string{"skype.probe_shape"}},

		{name: "keep alive", turns: []turn{{payload: []byte{1, 2, 0x0d}}, {payload: []byte{7, 9, 0x6d}}}, want: []string{"skype.keep_alive"}, least: 3},
		{name: "keep alive, same id", turns: []turn{{payload: []byte{1, 2, 0x0d}}, {payload: []byte{1, 2, 0x6d}}}},
		{name: "keep alive with bit 7", turns: []turn{{payload: []byte{1, 2, 0x0d}}, {payload: []byte{7, 9, 0x8d}}}},
		{name: "media", turns: []turn{{payload: skypeFlag(1, 11, 0x0d, 67)}, {payload: skypeFlag(2, 12, 0x5d, 67)}}, want: []string{"skype.media"}, least: 14},
		{name: "media, upper bits stay", turns: []turn{{payload: skypeFlag(1, 11, 0x5d, 67)}, {payload: skypeFlag(2, 12, 0x5d, 67)}}},
		{name: "media, id stays", turns: []turn{{payload: skypeFlag(1, 11, 0x0d, 67)}, {payload: skypeFlag(2, 11, 0x5d, 67)}}},

		{name: "telephone", ports: [2]uint16{50000, 12340}, turns: []turn{{payload: telephone(1, 60)}, {payload: telephone(2, 60)}}, want: []string{"skype.out"}, least: 24},
		{name: "telephone on another port", ports: [2]uint16{50000, 12341}, turns: []turn{{payload: telephone(1, 60)}, {payload: telephone(2, 60)}}},
		{name: "telephone, octet 4 stays", ports: [2]uint16{50000, 12340}, turns: []turn{{payload: telephone(1, 60)}, {payload: telephone(1, 60)}}},
	}
	checkSheet(t, skypeUDP, rows)
}

// telephone is packet n of a call by a gateway.
func telephone(n byte, length int) []byte {
	return joined([]byte{0xde, 0xad, 0x44, 0x01, n}, noiseOf(int64(n), length-5))
}

// TestSkypeLookAlikes asserts that protocols with a 2 at octet 2 are not taken for Skype, as
// users of other classifiers had to report.
func TestSkypeLookAlikes(t *testing.T) {
	hexOf := func(text string) []byte { return octetsOf(t, text) }
	// rtp is one of a stream of SRTP whose sequence passes 0x02xx.
	rtp := func(ssrc uint32, seq uint16) []byte {
		p := joined([]byte{0x80, 0x60}, binary.BigEndian.AppendUint16(nil, seq), binary.BigEndian.AppendUint32(nil, 160*uint32(seq)),
			binary.BigEndian.AppendUint32(nil, ssrc), noiseOf(int64(seq)<<8|int64(ssrc&0xff), 60))
		return p
	}
	rows := map[string][]turn{
		"Omron FINS": {
			{payload: hexOf("8000020001000022001501018200000000010000")},
			{dir: 1, payload: hexOf("c00002002200000100150101000000000000")},
			{payload: hexOf("8000020001000022001601018200000000010000")},
			{dir: 1, payload: hexOf("c00002002200000100160101000000000000")},
		},
		"SNMP": {
			{payload: joined(hexOf("302902010004067075626c6963a01c0204"), []byte{0x71, 2, 3, 4}, hexOf("020100020100300e300c06082b060102010101000500"))},
			{dir: 1, payload: joined(hexOf("303102010004067075626c6963a2240204"), []byte{0x71, 2, 3, 4}, hexOf("0201000201003016301406082b06010201010100040868756220746578"))},
		},
		"CAPWAP": {
			{payload: hexOf("00100200000000000000000d010017000000000000000000")},
			{dir: 1, payload: hexOf("00100200000000000000000e010017000000000000000000")},
		},
		"CIP input and output": {
			{payload: hexOf("020002800800a1000100e5030000b100140001000000000000000000000000000000")},
			{dir: 1, payload: hexOf("020002800800a2000100e4030000b100140001000000000000000000000000000000")},
		},
		"RADIUS": {
			{payload: joined(hexOf("01150208"), noiseOf(1, 16), []byte("\x01\x07user01\x04\x06"), make([]byte, 496))},
		},
		"HSRP":       {{payload: hexOf("000002030a0300000000636973636f0000000a000001")}, {dir: 1, payload: hexOf("000002030a0300000000636973636f0000000a000001")}},
		"battle.net": {{payload: hexOf("ff5002003a0006000000000036385849505832440000000000000000")}, {dir: 1, payload: hexOf("ff5002003a0006000000000036385849505832440000000000000000")}},
		"NTP":        {{payload: hexOf("23000200000000000000000000000000000000000000000000000000000000000000000000000000dea2c1a1b2c3d4e5")}},
		"RTP": {
			{payload: rtp(0x1a2b3c4d, 0x0201)}, {dir: 1, payload: rtp(0x5e6f7a8b, 0x0277)},
			{payload: rtp(0x1a2b3c4d, 0x0202)}, {dir: 1, payload: rtp(0x5e6f7a8b, 0x0278)},
			{payload: rtp(0x1a2b3c4d, 0x0203)}, {dir: 1, payload: rtp(0x5e6f7a8b, 0x0279)},
		},
		"RTP of the media nibble": {
			{payload: rtp(0x1a2b3c4d, 0x0d01)}, {dir: 1, payload: rtp(0x5e6f7a8b, 0x1d77)},
			{payload: rtp(0x1a2b3c4d, 0x0d02)}, {dir: 1, payload: rtp(0x5e6f7a8b, 0x1d78)},
			{payload: rtp(0x1a2b3c4d, 0x0d03)}, {dir: 1, payload: rtp(0x5e6f7a8b, 0x1d79)},
		},
		"counted header before noise": {
			{payload: joined(hexOf("110002000000010000"), noiseOf(1, 40))}, {dir: 1, payload: joined(hexOf("120002000000010000"), noiseOf(2, 40))},
			{payload: joined(hexOf("110002000000020000"), noiseOf(3, 40))}, {dir: 1, payload: joined(hexOf("120002000000020000"), noiseOf(4, 40))},
		},
	}
	for name, turns := range rows {
		t.Run(name, func(t *testing.T) {
			k := newTalk(packet.UDP, [2]uint16{40000, 40001})
			for _, u := range turns {
				k.turn(u)
			}
			got := k.claims()
			for _, claim := range []string{"skype.answer", "skype.media", "skype.retransmission", "skype.nak", "skype.nak_address", "skype.resend", "skype.fragment"} {
				if got[claim] != 0 {
					t.Errorf("%s is claimed", claim)
				}
			}
			if v := k.verdict(); v.Judgement == P2P || v.Family == "skype" {
				t.Errorf("%v %q: %v", v.Judgement, v.Family, v.Evidence)
			}
		})
	}
}

func TestSkypeUDPVerdict(t *testing.T) {
	nat := netip.MustParseAddr("93.184.216.34")
	ask := skypeStart(0x1234, 0xa1b2c3d4, 0x5e6f7081, 22)
	rows := []struct {
		name  string
		turns []turn
		want  Judgement
	}{
		{"a request alone proves nothing", []turn{{payload: ask}}, Other},
		{"NAK", []turn{{payload: ask}, {dir: 1, payload: skypeRefusal(0x1234, 0x77, nat, 9)}}, P2P},
		{"retransmission", []turn{{payload: ask}, {payload: skypeStart(0x1234, 0x99a0b1c2, 0x5e6f7081, 22)}}, P2P},
		{"accepted", []turn{{payload: ask}, {dir: 1, payload: skypeStart(0x7001, 0xdeadbeef, 0x90abcdef, 18)}}, P2P},
		{"starts of message both ways, and nothing else", []turn{{payload: ask}, {dir: 1, payload: skypeStart(0x7001, 0xdeadbeef, 0x90abcdef, 30)},
			{payload: skypeStart(0x1236, 0xb1a2c3d4, 0x6e5f7081, 33)}, {dir: 1, payload: skypeStart(0x7003, 0xdeadbfef, 0x91abcdef, 24)}}, P2P},
		{"two of them", []turn{{payload: ask}, {dir: 1, payload: skypeStart(0x7001, 0xdeadbeef, 0x90abcdef, 30)}}, Likely},
		{"sequence numbers before a type of 2", []turn{{payload: ask}, {dir: 1, payload: skypeStart(0x7001, 0xdeadbeef, 0x90abcdef, 30)},
			{payload: skypeStart(0x1235, 0xb1a2c3d4, 0x6e5f7081, 33)}, {dir: 1, payload: skypeStart(0x7002, 0xdeadbfef, 0x91abcdef, 24)}}, Other},
		{"media", []turn{
			{payload: skypeFlag(1, 1, 0x0d, 67)}, {payload: skypeFlag(2, 2, 0x5d, 67)}, {payload: skypeFlag(3, 3, 0x1d, 67)},
			{dir: 1, payload: skypeFlag(4, 11, 0x0d, 67)}, {dir: 1, payload: skypeFlag(5, 12, 0x5d, 67)}, {dir: 1, payload: skypeFlag(6, 13, 0x1d, 67)},
			{payload: skypeFlag(7, 4, 0x4d, 67)}, {payload: skypeFlag(8, 5, 0x6d, 67)}, {payload: skypeFlag(9, 6, 0x1d, 67)},
		}, P2P},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			k := newTalk(packet.UDP, [2]uint16{13021, 23456})
			for _, u := range r.turns {
				k.turn(u)
			}
			if v := k.verdict(); v.Judgement != r.want {
				t.Errorf("%v (%.3f), want %v: %v", v.Judgement, v.Probability, r.want, v.Evidence)
			}
		})
	}
	k := newTalk(packet.UDP, [2]uint16{50000, 12340})
	for n := range 50 {
		k.say(n%2, joined([]byte{0xde, 0xad, 0x44, byte(n % 2), byte(n)}, noiseOf(int64(n), 60)))
	}
	if v := k.verdict(); v.Judgement != Other || v.Service != "skype-out" {
		t.Errorf("a call to a telephone is %v, service %q", v.Judgement, v.Service)
	}
}

// TestSkypeIDs asserts the rule of the socket: message ids rise by 2 over all peers, though
// nobody answers.
func TestSkypeIDs(t *testing.T) {
	for _, row := range []struct {
		name string
		step uint16
		want bool
	}{{"by 2", 2, true}, {"by 1", 1, false}, {"by 3", 3, false}, {"by 0", 0, false}} {
		t.Run(row.name, func(t *testing.T) {
			s := newStage()
			for n := range uint16(12) {
				to := netip.AddrPortFrom(netip.AddrFrom4([4]byte{byte(60 + n), byte(3 * n), 7, 9}), 20000+911*n)
				s.play(packet.UDP, netip.AddrPortFrom(homeEnd, 13021), to, []turn{{payload: skypeStart(0xfffc+row.step*n, 0xa1b2c3d4+uint32(n), 0x5e6f7081*uint32(n+1), 18+int(n))}})
			}
			j := NewJudge(s.classifier, s.flows)
			for i := range s.flows {
				v := j.Verdict(i)
				if got := v.Judgement == P2P && v.Family == "skype"; got != row.want {
					t.Errorf("flow %d is %v %q", i, v.Judgement, v.Family)
				}
			}
		})
	}
}
