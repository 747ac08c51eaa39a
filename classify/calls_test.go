package classify

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
)

// Tests of the small fact sheets of calls, and what their tests share.

func addrPort(text string) netip.AddrPort { return netip.MustParseAddrPort(text) }

func hasEvidence(v Verdict, claim string) bool {
	for _, e := range v.Evidence {
		if e.Claim == claim && e.Bits != 0 {
			return true
		}
	}
	return false
}

func TestViber(t *testing.T) {
	token := noiseOf(1, 8)
	now := []byte{0xb3, 0x39, 0x92, 0x91, 0x63, 1, 0, 0}
	session := []byte{0xed, 0xf6}
	ping := joined(session, []byte{9, 0}, now, token)
	pong := joined(session, []byte{0x0b, 0}, now, make([]byte, 22))
	setup := joined(session, []byte{1, 0, 5, 0}, token, noiseOf(2, 243))
	answer := joined(session, []byte{0x0c, 0, 1, 0}, token, make([]byte, 62))
	ask := joined(session, []byte{3, 0}, noiseOf(3, 8))
	told := joined(session, []byte{4, 0}, noiseOf(4, 8))
	checkSheet(t, viber, []sheetRow{
		{name: "ping", turns: []turn{{dir: 0, payload: ping}}},
		{name: "ping and pong", turns: []turn{{dir: 0, payload: ping}, {dir: 1, payload: pong}}, want: []string{"viber.echo"}, least: 12},
		{name: "pong of another time", turns: []turn{{dir: 0, payload: ping}, {dir: 1, payload: joined(pong[:4], noiseOf(5, 30))}}},
		{name: "pong of another session", turns: []turn{{dir: 0, payload: ping}, {dir: 1, payload: joined([]byte{1, 1}, pong[2:])}}},
		{name: "pong of the same end", turns: []turn{{dir: 0, payload: ping}, {dir: 0, payload: pong}}},
		{name: "set-up and answer", turns: []turn{{dir: 0, payload: setup}, {dir: 0, payload: ping}, {dir: 1, payload: answer}}, want: []string{"viber.echo"}, least: 14},
		{name: "request and answer of 12", turns: []turn{{dir: 0, payload: ask}, {dir: 1, payload: told}}, want: []string{"viber.pair"}, least: 12},
		{name: "request and answer of 13", turns: []turn{{dir: 0, payload: ask}, {dir: 1, payload: append(joined(told), 0)}}},
	})
}

func TestNintendo(t *testing.T) {
	pia := func(version byte) []byte { return joined([]byte{0x32, 0xab, 0x98, 0x64, version}, noiseOf(1, 60)) }
	request := joined([]byte{0, 0, 0, 0x65}, make([]byte, 12))
	answer := []byte{0, 0, 0, 0x65, 0, 0, 0xda, 0x6b, 203, 0, 113, 9, 192, 0, 2, 1}
	toCheck, toSink := [2]uint16{50000, 10025}, [2]uint16{50000, 33334}
	checkSheet(t, nintendo, []sheetRow{
		{name: "encrypted, old", turns: []turn{{dir: 0, payload: pia(2)}}, want: []string{"nintendo.pia"}, least: 16},
		{name: "encrypted, version 9", turns: []turn{{dir: 0, payload: pia(0x89)}}, want: []string{"nintendo.pia"}, least: 16},
		{name: "encrypted, version 16", turns: []turn{{dir: 0, payload: pia(0x90)}}, want: []string{"nintendo.pia"}},
		{name: "clear, old", turns: []turn{{dir: 0, payload: pia(1)}}, want: []string{"clear.peer"}},
		{name: "clear, version 5", turns: []turn{{dir: 0, payload: pia(5)}}, want: []string{"clear.peer"}},
		{name: "version 0", turns: []turn{{dir: 0, payload: pia(0)}}},
		{name: "encrypted, version 2", turns: []turn{{dir: 0, payload: pia(0x82)}}},
		{name: "mark one off", turns: []turn{{dir: 0, payload: joined([]byte{0x32, 0xab, 0x98, 0x65}, pia(2)[4:])}}},
		{name: "check's dummy", turns: []turn{{dir: 0, payload: joined(pia(1)[:44], natDummy, []byte{0})}}, want: []string{"nintendo.nat_check"}, least: 59},
		{name: "check asked", ports: toCheck, turns: []turn{{dir: 0, payload: request}}, want: []string{"nintendo.nat_check"}, least: 16},
		{name: "check asked elsewhere", turns: []turn{{dir: 0, payload: request}}},
		{name: "check asked and answered elsewhere", turns: []turn{{dir: 0, payload: request}, {dir: 1, payload: answer}}, want: []string{"nintendo.nat_check"}, least: 16},
		{name: "answer alone", ports: [2]uint16{50000, 0xda6b}, turns: []turn{{dir: 0, payload: answer}}, want: []string{"nintendo.nat_check"}, least: 16},
		{name: "answer alone, through a gateway", ports: [2]uint16{10125, 50000}, turns: []turn{{dir: 0, payload: answer}}, want: []string{"nintendo.nat_check"}, least: 16},
		{name: "answer alone, of another port", turns: []turn{{dir: 0, payload: answer}}},
		{name: "answer alone, port 0", ports: [2]uint16{10125, 50000}, turns: []turn{{dir: 0, payload: joined(answer[:6], []byte{0, 0}, answer[8:])}}},
		{name: "answer of another kind", turns: []turn{{dir: 0, payload: request}, {dir: 1, payload: joined([]byte{0, 0, 0, 0x66}, answer[4:])}}},
		{name: "answer alone", ports: toCheck, turns: []turn{{dir: 1, payload: answer}}, want: []string{"nintendo.nat_check"}, least: 16},
		{name: "answer alone, from elsewhere", turns: []turn{{dir: 1, payload: answer}}},
		{name: "answer alone, of no port", ports: toCheck, turns: []turn{{dir: 1, payload: joined(answer[:4], []byte{0, 1, 0, 0}, answer[8:])}}},
		{name: "kind 100", ports: toCheck, turns: []turn{{dir: 0, payload: joined([]byte{0, 0, 0, 100}, make([]byte, 12))}}},
		{name: "zeros to the sink", ports: toSink, turns: []turn{{dir: 0, payload: make([]byte, 16)}}, want: []string{"nintendo.nat_check"}, least: 16},
		{name: "zeros to another port", turns: []turn{{dir: 0, payload: make([]byte, 16)}}},
	})
}

func TestDiscord(t *testing.T) {
	beat := []byte{0x13, 0x37, 0xca, 0xfe, 1, 0, 0, 0}
	discover := func(kind byte) []byte { return joined([]byte{0, kind, 0, 70, 1, 2, 3, 4}, make([]byte, 66)) }
	other := discover(2)
	other[7]++
	checkSheet(t, discord, []sheetRow{
		{name: "keep-alive", turns: []turn{{dir: 0, payload: beat}}, want: []string{"discord.voice"}, least: 8},
		{name: "keep-alive, mark one off", turns: []turn{{dir: 0, payload: joined([]byte{0x13, 0x37, 0xca, 0xff}, beat[4:])}}},
		{name: "keep-alive of nine octets", turns: []turn{{dir: 0, payload: append(joined(beat), 0)}}},
		{name: "discovery", turns: []turn{{dir: 0, payload: discover(1)}, {dir: 1, payload: discover(2)}}, want: []string{"discord.voice"}, least: 8},
		{name: "discovery asked", turns: []turn{{dir: 0, payload: discover(1)}}},
		{name: "discovery answered to another source", turns: []turn{{dir: 0, payload: discover(1)}, {dir: 1, payload: other}}},
	})
}

func TestGoToMeeting(t *testing.T) {
	word := func(text string) []byte { return joined([]byte(text), make([]byte, 12)) }
	server := [2]uint16{50000, 8200}
	checkSheet(t, goToMeeting, []sheetRow{
		{name: "ping and pong", ports: server, turns: []turn{{dir: 0, payload: word("PING")}, {dir: 1, payload: word("PONG")}}, want: []string{"gotomeeting.server"}, least: 4},
		{name: "pong of the client", ports: server, turns: []turn{{dir: 1, payload: word("PING")}, {dir: 0, payload: word("PONG")}}},
		{name: "another port", turns: []turn{{dir: 0, payload: word("PING")}, {dir: 1, payload: word("PONG")}}},
		{name: "pong alone", ports: server, turns: []turn{{dir: 1, payload: word("PONG")}}},
		{name: "17 octets", ports: server, turns: []turn{{dir: 0, payload: word("PING")}, {dir: 1, payload: append(word("PONG"), 0)}}},
	})
}

// zrtpOf returns a ZRTP message whose CRC is right.
func zrtpOf(kind string, body int) []byte {
	p := joined([]byte{0x10, 0, 0, 1}, []byte("ZRTP"), []byte{1, 2, 3, 4, 0x50, 0x5a, 0, byte(3 + body/4)}, []byte(kind), noiseOf(6, body))
	return binary.BigEndian.AppendUint32(p, crc32.Checksum(p, castagnoli))
}

func TestZRTP(t *testing.T) {
	hello := zrtpOf("Hello   ", 76)
	swapped := joined(hello)
	binary.BigEndian.PutUint32(swapped[len(swapped)-4:], bits.ReverseBytes32(binary.BigEndian.Uint32(swapped[len(swapped)-4:])))
	broken := joined(hello)
	broken[30]++
	checkSheet(t, zrtp, []sheetRow{
		{name: "hello", turns: []turn{{dir: 0, payload: hello}}, want: []string{"zrtp.message"}, least: 28},
		{name: "CRC in the other order", turns: []turn{{dir: 0, payload: swapped}}, want: []string{"zrtp.message"}, least: 28},
		{name: "CRC wrong", turns: []turn{{dir: 0, payload: broken}}},
		{name: "cookie one off", turns: []turn{{dir: 0, payload: joined(hello[:7], []byte{'Q'}, hello[8:])}}},
		{name: "preamble one off", turns: []turn{{dir: 0, payload: joined(hello[:13], []byte{0x5b}, hello[14:])}}},
	})
	k := newTalk(packet.UDP, [2]uint16{40000, 41000})
	k.say(0, hello)
	if v := k.verdict(); v.Judgement != Likely && v.Judgement != Other {
		t.Errorf("from one end: %s", v.Judgement)
	}
	k.say(1, zrtpOf("HelloACK", 0))
	if v := k.verdict(); v.Judgement != P2P || v.Family != "zrtp" {
		t.Errorf("from both ends: %s, %s", v.Judgement, v.Family)
	}
}

func TestPseudoTLS(t *testing.T) {
	ms := joined([]byte{0x16, 3, 1, 0, 0x2d, 1, 0, 0, 0x29, 3, 1}, noiseOf(1, 32), []byte{0, 0, 2, 0, 0x18, 1, 0})
	msAnswer := joined([]byte{0x16, 3, 1, 0, 0x4e, 2, 0, 0, 0x46, 3, 1}, noiseOf(2, 32), []byte{32}, noiseOf(3, 32), []byte{0, 0x18, 0, 0x0e, 0, 0, 0})
	google := joined([]byte{0x80, 0x46, 1, 3, 1, 0, 0x2d, 0, 0, 0, 0x10}, noiseOf(4, 45),
		[]byte{0x1f, 0x17, 0x0c, 0xa6, 0x2f, 0, 0x78, 0xfc, 0x46, 0x55, 0x2e, 0xb1, 0x83, 0x39, 0xf1, 0xea})
	googleAnswer := joined([]byte{0x16, 3, 1, 0, 0x4a, 2, 0, 0, 0x46, 3, 1, 0x42, 0x85, 0x45, 0xa7}, noiseOf(5, 64))
	suite := joined(ms)
	suite[47] = 0x35
	checkSheet(t, pseudoTLS, []sheetRow{
		{name: "Microsoft's hello", turns: []turn{{dir: 0, payload: ms}}, want: []string{"turn.microsoft_tls"}, least: 50},
		{name: "Microsoft's answer", turns: []turn{{dir: 1, payload: msAnswer}}, want: []string{"turn.microsoft_tls"}, least: 83},
		{name: "another cipher suite", turns: []turn{{dir: 0, payload: suite}}},
		{name: "libjingle's hello", turns: []turn{{dir: 0, payload: google}}, want: []string{"turn.libjingle_tls"}, least: 72},
		{name: "Skype's hello: another challenge", turns: []turn{{dir: 0, payload: joined(google[:56], noiseOf(6, 16))}}},
		{name: "libjingle's answer", turns: []turn{{dir: 1, payload: googleAnswer}}, want: []string{"turn.libjingle_tls"}, least: 50},
		{name: "another time", turns: []turn{{dir: 1, payload: joined(googleAnswer[:14], []byte{0xa8}, googleAnswer[15:])}}},
		{name: "not first", turns: []turn{{dir: 0, payload: noiseOf(7, 30)}, {dir: 0, payload: ms}}},
	})
	if got := converse(t, packet.TCP, [2]uint16{50000, 443}, []turn{{dir: 0, payload: google}}); got["skype.hello_443"] != 0 {
		t.Error("libjingle's hello passes for Skype's, though its cipher suites stand in another order")
	}
	k := newTalk(packet.TCP, [2]uint16{50000, 443})
	k.say(0, google)
	k.say(1, googleAnswer)
	if v := k.verdict(); v.Judgement == P2P || v.Family == "skype" {
		t.Errorf("libjingle's relay: %s, %s", v.Judgement, v.Family)
	}
}

func TestFaceTime(t *testing.T) {
	message := func(class, method byte) []byte { return joined([]byte{class, method, 0, 40}, noiseOf(1, 56)) }
	pair := func(a, b byte) []byte { return joined([]byte{0, a, 0, b}, noiseOf(2, 12)) }
	apple := [2]uint16{16403, 16385}
	checkSheet(t, facetime, []sheetRow{
		{name: "request", turns: []turn{{dir: 0, payload: message(0x0e, 0xe0)}}, want: []string{"facetime.request"}, least: 4},
		{name: "request and answer", turns: []turn{{dir: 0, payload: message(0x0e, 0xe1)}, {dir: 1, payload: message(0x0f, 0xe1)}}, want: []string{"facetime.request", "facetime.answer"}, least: 16},
		{name: "answer seen first", turns: []turn{{dir: 1, payload: message(0x0f, 0xe1)}, {dir: 0, payload: message(0x0e, 0xe1)}}, want: []string{"facetime.request", "facetime.answer"}, least: 16},
		{name: "answer of another method", turns: []turn{{dir: 0, payload: message(0x0e, 0xe1)}, {dir: 1, payload: message(0x0f, 0xe4)}}, want: []string{"facetime.request"}},
		{name: "method e2", turns: []turn{{dir: 0, payload: message(0x0e, 0xe2)}}},
		{name: "length one off", turns: []turn{{dir: 0, payload: append(message(0x0e, 0xe0), 0)}}},
		{name: "Apple's check", ports: apple, turns: []turn{{dir: 0, payload: pair(1, 2)}, {dir: 1, payload: pair(1, 1)}}, want: []string{"facetime.check"}, least: 16},
		{name: "on other ports", turns: []turn{{dir: 0, payload: pair(1, 2)}, {dir: 1, payload: pair(1, 1)}}},
		{name: "asked only", ports: apple, turns: []turn{{dir: 0, payload: pair(1, 2)}}},
	})
	k := newTalk(packet.UDP, [2]uint16{16402, 16402})
	k.say(0, message(0x0e, 0xe0))
	k.say(1, message(0x0e, 0xe0))
	if v := k.verdict(); v.Judgement != P2P || v.Family != "facetime" {
		t.Errorf("requests from both ends: %s, %s", v.Judgement, v.Family)
	}
}

func TestWeChat(t *testing.T) {
	of := func(first byte, n int) []byte { return joined([]byte{first, 8}, noiseOf(int64(n), n-2)) }
	beat := func(n byte) []byte { return joined([]byte{0xd1, 0x0a, n, 0x0a}, noiseOf(1, int(n))) }
	checkSheet(t, wechat, []sheetRow{
		{name: "one end", turns: []turn{{dir: 0, payload: of(0xa3, 96)}}},
		{name: "a3", turns: []turn{{dir: 0, payload: of(0xa3, 96)}, {dir: 1, payload: of(0xa3, 96)}}, want: []string{"wechat.call"}, least: 4},
		{name: "a3, one octet more", turns: []turn{{dir: 0, payload: of(0xa3, 96)}, {dir: 1, payload: of(0xa3, 97)}}},
		{name: "d6", turns: []turn{{dir: 0, payload: of(0xd6, 200)}, {dir: 1, payload: of(0xd6, 200)}}, want: []string{"wechat.call"}},
		{name: "d5, either way", turns: []turn{{dir: 0, payload: of(0xd5, 104)}, {dir: 1, payload: of(0xd5, 90)}}, want: []string{"wechat.call"}},
		{name: "a1", turns: []turn{{dir: 0, payload: of(0xa1, 92)}, {dir: 1, payload: of(0xa1, 75)}}, want: []string{"wechat.call"}},
		{name: "a1 and a3", turns: []turn{{dir: 0, payload: of(0xa1, 96)}, {dir: 1, payload: of(0xa3, 96)}}},
		{name: "heartbeat", turns: []turn{{dir: 0, payload: beat(46)}, {dir: 1, payload: beat(41)}}, want: []string{"wechat.heartbeat"}, least: 4},
		{name: "heartbeat of 47", turns: []turn{{dir: 0, payload: beat(46)}, {dir: 1, payload: beat(47)}}},
	})
}

func TestImo(t *testing.T) {
	ten := joined([]byte{9, 2}, noiseOf(1, 8))
	eleven := joined([]byte{0, 9, 3}, noiseOf(2, 8))
	checkSheet(t, imo, []sheetRow{
		{name: "one end", turns: []turn{{dir: 0, payload: ten}, {dir: 0, payload: eleven}}},
		{name: "both ends", turns: []turn{{dir: 0, payload: ten}, {dir: 1, payload: eleven}}, want: []string{"imo.call"}, least: 3},
		{name: "behind an octet", turns: []turn{{dir: 0, payload: []byte{7}}, {dir: 1, payload: ten}}, want: []string{"imo.call"}, least: 2},
		{name: "two octets", turns: []turn{{dir: 0, payload: []byte{7, 7}}, {dir: 1, payload: ten}}},
		{name: "the long one", turns: []turn{{dir: 0, payload: ten}, {dir: 1, payload: joined([]byte{0x88, 0x49, 0x1a, 0}, noiseOf(3, 1095))}}, want: []string{"imo.call"}, least: 4},
		{name: "the long one, an octet more", turns: []turn{{dir: 0, payload: ten}, {dir: 1, payload: joined([]byte{0x88, 0x49, 0x1a, 0}, noiseOf(3, 1096))}}},
		{name: "mark one off", turns: []turn{{dir: 0, payload: ten}, {dir: 1, payload: joined([]byte{0, 9, 4}, eleven[3:])}}},
	})
}

// TestSkypeMediaIsNoRTP asserts that no sequence number passes for Skype's media.
func TestSkypeMediaIsNoRTP(t *testing.T) {
	turns := []turn{}
	for n := range uint16(600) {
		turns = append(turns, turn{dir: int(n & 1), payload: rtpOf(96, 0x0200+n, noiseOf(int64(n), 60))})
	}
	if got := converse(t, packet.UDP, [2]uint16{40000, 41000}, turns); got["skype.media"] != 0 {
		t.Errorf("skype.media claimed %d times", got["skype.media"])
	}
}
