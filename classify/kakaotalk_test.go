package classify

import (
	"encoding/binary"
	"testing"

	"peeratlas/capture/packet"
)

// locoOf is LOCO's handshake.
func locoOf(length, key, data uint32) []byte {
	p := binary.LittleEndian.AppendUint32(nil, length)
	p = binary.LittleEndian.AppendUint32(p, key)
	return joined(binary.LittleEndian.AppendUint32(p, data), noiseOf(5, 256))
}

func TestKakaoTalk(t *testing.T) {
	said := func(p []byte) []turn { return []turn{{dir: 0, payload: p}} }
	want := []string{"messenger"}
	checkSheet(t, kakaoTalk, []sheetRow{
		{name: "CFB, first key type", turns: said(locoOf(256, 12, 2)), want: want, least: 12},
		{name: "GCM, newest key type", turns: said(locoOf(256, 16, 3)), want: want, least: 12},
		{name: "with the first packet", turns: said(joined(locoOf(256, 16, 3), noiseOf(6, 80))), want: want, least: 12},
		{name: "header in a segment of its own", turns: said(locoOf(256, 15, 2)[:12]), want: want, least: 12},
		{name: "cut in the key", turns: said(locoOf(256, 15, 2)[:200])},
		{name: "another length of key", turns: said(locoOf(257, 15, 2))},
		{name: "key type 11", turns: said(locoOf(256, 11, 2))},
		{name: "key type 17", turns: said(locoOf(256, 17, 2))},
		{name: "data type 1", turns: said(locoOf(256, 15, 1))},
		{name: "data type 4", turns: said(locoOf(256, 15, 4))},
		{name: "from the server", turns: []turn{{dir: 1, payload: locoOf(256, 15, 2)}}},
		{name: "later in the stream", turns: []turn{{dir: 0, payload: noiseOf(1, 40)}, {dir: 0, payload: locoOf(256, 15, 2)}}},
	})
}

// callOf is an encrypted call without signalling: SRTP both ways, and SRTCP.
func callOf() []turn {
	noise := noiseOf(3, 200)
	call := []turn{{dir: 0, payload: joined([]byte{0x81, 200, 0, 12}, noise[:48], []byte{0x80, 0, 0, 1}, noise[100:110])}}
	for n := range uint16(8) {
		call = append(call, turn{dir: int(n & 1), payload: rtpOf(96, n, noiseOf(int64(n), 100))})
	}
	return call
}

// TestKakaoTalkCall asserts that an encrypted call without signalling is named after the chat of
// its own host, near in time, and only if nothing else names it.
func TestKakaoTalkCall(t *testing.T) {
	loco := []turn{{dir: 0, payload: locoOf(256, 16, 3)}, {dir: 1, payload: noiseOf(8, 90)}}
	certificate := []turn{{dir: 0, payload: helloFor("")}, {dir: 1, payload: serverFlight(certificateOf(t, "Kakao.com", "Kakao.com"))}}
	web := []turn{{dir: 0, payload: helloFor("")}, {dir: 1, payload: serverFlight(certificateOf(t, "CA", "*.kakao.com"))}}
	for _, r := range []struct {
		name, host string
		chat       []turn
		wait       int64
		more       []turn // on the call's flow
		want       string
	}{
		{"no chat", "10.0.0.2", []turn{{dir: 0, payload: noiseOf(1, 40)}}, 0, nil, "unknown"},
		{"LOCO", "10.0.0.2", loco, 0, nil, "kakaotalk"},
		{"LOCO's name", "10.0.0.2", []turn{{dir: 0, payload: helloFor("Ticket-LOCO.kakao.com")}}, 0, nil, "kakaotalk"},
		{"LOCO's certificate", "10.0.0.2", certificate, 0, nil, "kakaotalk"},
		{"Kakao's web by certificate", "10.0.0.2", web, 0, nil, "unknown"},
		{"Kakao's web by name", "10.0.0.2", []turn{{dir: 0, payload: helloFor("www.kakao.com")}}, 0, nil, "unknown"},
		{"a stranger's name", "10.0.0.2", []turn{{dir: 0, payload: helloFor("a-loco.kakao.com.example")}}, 0, nil, "unknown"},
		{"another host's chat", "10.0.0.3", loco, 0, nil, "unknown"},
		{"two hours before", "10.0.0.2", loco, 2 * linkTime, nil, "unknown"},
		{"a call that names itself", "10.0.0.2", loco, 0, []turn{{dir: 0, payload: lineOf(7, 300)}, {dir: 1, payload: lineOf(90, 200)}}, "line"},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := newStage()
			s.play(packet.TCP, addrPort(r.host+":40001"), addrPort("192.0.2.1:995"), r.chat)
			s.now += r.wait
			s.play(packet.UDP, addrPort("10.0.0.2:40000"), addrPort("198.51.100.9:41000"), joinedTurns(callOf(), r.more))
			v, got := s.has(1, "kakaotalk.chat")
			if v.Judgement != P2P || v.Family != r.want || got != (r.want == "kakaotalk") {
				t.Errorf("%s %s, kakaotalk.chat %v; want %s: %v", v.Judgement, v.Family, got, r.want, v.Evidence)
			}
			if c, _ := s.has(0, ""); c.Judgement == P2P {
				t.Errorf("the chat is %s: %v", c.Judgement, c.Evidence)
			}
		})
	}
}

// TestKakaoTalkPair asserts the same of a call whose RTCP has ports of its own, as KakaoTalk's has.
func TestKakaoTalkPair(t *testing.T) {
	s := newStage()
	call := callOf()
	s.play(packet.TCP, addrPort("10.0.0.2:40005"), addrPort("192.0.2.1:995"), []turn{{dir: 0, payload: locoOf(256, 16, 3)}})
	s.play(packet.UDP, addrPort("10.0.0.2:40000"), addrPort("198.51.100.9:41000"), call[1:])
	s.play(packet.UDP, addrPort("10.0.0.2:40001"), addrPort("198.51.100.9:41001"), []turn{{dir: 0, payload: call[0].payload}, {dir: 1, payload: call[0].payload}})
	for i := 1; i < 3; i++ {
		if v, _ := s.has(i, ""); v.Judgement != P2P || v.Family != "kakaotalk" {
			t.Errorf("flow %d: %s %s: %v", i, v.Judgement, v.Family, v.Evidence)
		}
	}
}
