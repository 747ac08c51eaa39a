package classify

import (
	"bytes"
	"encoding/binary"
	"testing"

	"peeratlas/capture/packet"
)

// rtpOf returns one packet of a stream.
func rtpOf(kind byte, sequence uint16, body []byte) []byte {
	p := binary.BigEndian.AppendUint16([]byte{0x80, kind}, sequence)
	p = binary.BigEndian.AppendUint32(p, uint32(sequence)*960)
	return joined(p, []byte{0xca, 0xfe, 0xba, 0xbe}, body)
}

func TestRTP(t *testing.T) {
	body, speech := noiseOf(1, 120), bytes.Repeat([]byte{0xff, 0x7f, 0xfe}, 53)
	extended := func(sequence uint16) []byte {
		p := rtpOf(96, sequence, joined([]byte{0xbe, 0xde, 0, 1, 0x10, 0, 0, 0}, body))
		p[0] |= 0x10
		return p
	}
	other := rtpOf(96, 2, body)
	other[11]++
	checkSheet(t, rtp, []sheetRow{
		{name: "one packet", turns: []turn{{dir: 0, payload: rtpOf(96, 1, body)}}},
		{name: "encrypted stream", turns: []turn{{dir: 0, payload: rtpOf(96, 1, body)}, {dir: 0, payload: rtpOf(96, 2, body)}}, want: []string{"rtp.noise", "rtp.stream"}, least: 12},
		{name: "clear stream", turns: []turn{{dir: 0, payload: rtpOf(0, 1, speech)}, {dir: 0, payload: rtpOf(0, 2, speech)}}, want: []string{"rtp.clear", "rtp.stream"}, least: 12},
		{name: "body of 39 octets: too short to tell", turns: []turn{{dir: 0, payload: rtpOf(96, 1, body[:39])}, {dir: 0, payload: rtpOf(96, 2, body[:39])}}, want: []string{"rtp.stream"}, least: 12},
		{name: "header extension", turns: []turn{{dir: 0, payload: extended(1)}, {dir: 0, payload: extended(2)}}, want: []string{"rtp.noise", "rtp.stream"}, least: 16},
		{name: "sequence wraps", turns: []turn{{dir: 0, payload: rtpOf(96, 65535, nil)}, {dir: 0, payload: rtpOf(96, 0, body[:20])}}, want: []string{"rtp.stream"}},
		{name: "the same sequence", turns: []turn{{dir: 0, payload: rtpOf(96, 1, body)}, {dir: 0, payload: rtpOf(96, 1, body)}}},
		{name: "sequence 65 ahead", turns: []turn{{dir: 0, payload: rtpOf(96, 1, body)}, {dir: 0, payload: rtpOf(96, 66, body)}}},
		{name: "other source", turns: []turn{{dir: 0, payload: rtpOf(96, 1, body)}, {dir: 0, payload: other}}},
		{name: "other payload type", turns: []turn{{dir: 0, payload: rtpOf(96, 1, body)}, {dir: 0, payload: rtpOf(97, 2, body)}}},
		{name: "other direction", turns: []turn{{dir: 0, payload: rtpOf(96, 1, body)}, {dir: 1, payload: rtpOf(96, 2, body)}}},
		{name: "RTCP's packet types", turns: []turn{{dir: 0, payload: rtpOf(72, 1, body)}, {dir: 0, payload: rtpOf(72, 2, body)}}},
		{name: "version 1", turns: []turn{{dir: 0, payload: rtpOf(96, 1, body)}, {dir: 0, payload: joined([]byte{0x40}, rtpOf(96, 2, body)[1:])}}},
		{name: "nothing behind the header", turns: []turn{{dir: 0, payload: rtpOf(96, 1, nil)}, {dir: 0, payload: rtpOf(96, 2, nil)}}},
		{name: "extension longer than the packet", turns: []turn{{dir: 0, payload: extended(1)}, {dir: 0, payload: joined(extended(2)[:14], []byte{0xff, 0xff}, body)}}},
	})
}

// rtcpOf returns one RTCP packet of n words behind its first.
func rtcpOf(count, kind byte, words int, body []byte) []byte {
	p := []byte{0x80 | count, kind, byte(words >> 8), byte(words)}
	return append(p, body[:4*words]...)
}

func TestRTCP(t *testing.T) {
	noise := noiseOf(2, 200)
	report := rtcpOf(1, 200, 12, noise) // a sender's report with one block: 52 octets
	receiver := rtcpOf(1, 201, 7, noise)
	names := rtcpOf(1, 202, 3, []byte("\xca\xfe\xba\xbe\x01\x04nick"+"\x00\x00"))
	tag := noise[100:110]
	secured := func(index ...byte) []byte { return joined(report[:8], noise[20:64], index, tag) }
	checkSheet(t, rtcp, []sheetRow{
		{name: "clear report", turns: []turn{{dir: 0, payload: report}}, want: []string{"rtcp", "rtcp.clear"}, least: 52},
		{name: "clear compound", turns: []turn{{dir: 0, payload: joined(receiver, names)}}, want: []string{"rtcp", "rtcp.clear"}, least: 32},
		{name: "feedback in clear tells nothing", turns: []turn{{dir: 0, payload: rtcpOf(11, 205, 11, noise)}}, want: []string{"rtcp"}},
		{name: "report of too few octets for its blocks", turns: []turn{{dir: 0, payload: rtcpOf(2, 200, 12, noise)}}, want: []string{"rtcp"}},
		{name: "SRTCP", turns: []turn{{dir: 0, payload: secured(0x80, 0, 0, 1)}}, want: []string{"rtcp", "srtcp"}, least: 66},
		{name: "SRTCP of GCM", turns: []turn{{dir: 0, payload: joined(report, noise[:16], []byte{0x80, 0, 0, 7})}}, want: []string{"rtcp", "srtcp"}, least: 72},
		{name: "SRTCP, index of 65,536", turns: []turn{{dir: 0, payload: secured(0x80, 1, 0, 0)}}, want: []string{"rtcp"}},
		{name: "SRTCP without encryption", turns: []turn{{dir: 0, payload: secured(0, 0, 0, 1)}}, want: []string{"rtcp"}},
		{name: "index 0", turns: []turn{{dir: 0, payload: secured(0x80, 0, 0, 0)}}, want: []string{"rtcp"}},
		{name: "length behind the end", turns: []turn{{dir: 0, payload: report[:48]}}},
		{name: "length of all ones", turns: []turn{{dir: 0, payload: []byte{0x80, 200, 0xff, 0xff, 1, 2, 3, 4}}}},
		{name: "packet type 199", turns: []turn{{dir: 0, payload: joined([]byte{0x81, 199}, report[2:])}}},
		{name: "SRTCP with a key identifier", turns: []turn{{dir: 0, payload: joined(report, []byte{0x80, 0, 0, 7, 1}, noise[:10])}}, want: []string{"rtcp", "srtcp"}, least: 66},
		{name: "SRTCP with another identifier", turns: []turn{{dir: 0, payload: joined(report, []byte{0x80, 0, 0, 7, 2}, noise[:10])}}, want: []string{"rtcp"}},
		{name: "SRTCP of type 208, as WhatsApp's", turns: []turn{{dir: 0, payload: joined([]byte{0x81, 208, 0, 2}, noise[:8], []byte{0x80, 0, 0, 3}, noise[20:30])}}, want: []string{"rtcp", "srtcp"}, least: 26},
		{name: "packet type 214", turns: []turn{{dir: 0, payload: joined([]byte{0x81, 214}, report[2:])}}},
		{name: "four octets", turns: []turn{{dir: 0, payload: []byte{0x80, 200, 0, 0}}}},
	})
}

// TestMedia asserts what media alone makes of a flow.
func TestMedia(t *testing.T) {
	noise := noiseOf(3, 200)
	srtcp := joined([]byte{0x81, 200, 0, 12}, noise[:48], []byte{0x80, 0, 0, 1}, noise[100:110])
	clear := rtcpOf(1, 201, 7, noise)
	stream := func(dir int) []turn {
		turns := []turn{}
		for n := range uint16(5) {
			turns = append(turns, turn{dir: dir, payload: rtpOf(96, n, noiseOf(int64(n), 100))})
		}
		return turns
	}
	for _, r := range []struct {
		name  string
		ports [2]uint16
		more  []turn
		want  Judgement
	}{
		{"SRTP both ways, no signalling of a server", [2]uint16{40000, 41000}, []turn{{dir: 0, payload: srtcp}}, P2P},
		{"the same with clear reports", [2]uint16{40000, 41000}, []turn{{dir: 0, payload: clear}}, Other},
		{"noise without RTCP", [2]uint16{40000, 41000}, nil, Other},
		{"SRTP of a Discord server", [2]uint16{40000, 41000}, []turn{{dir: 0, payload: srtcp}, {dir: 0, payload: []byte{0x13, 0x37, 0xca, 0xfe, 1, 0, 0, 0}}}, Other},
		{"SRTP of a lite agent", [2]uint16{40000, 41000}, []turn{{dir: 0, payload: srtcp}, {dir: 0, payload: checkMessage}, {dir: 1, payload: bindingAnswer}, {dir: 1, payload: bindingAnswer}}, Other},
		{"SRTP of a telephone system", [2]uint16{40000, 5061}, []turn{{dir: 0, payload: srtcp}}, Other},
	} {
		t.Run(r.name, func(t *testing.T) {
			k := newTalk(packet.UDP, r.ports)
			for _, u := range joinedTurns(stream(0), stream(1), r.more) {
				k.turn(u)
			}
			if v := k.verdict(); v.Judgement != r.want {
				t.Errorf("%s (%.3f), want %s; evidence %v", v.Judgement, v.Probability, r.want, v.Evidence)
			}
		})
	}
}

func joinedTurns(parts ...[]turn) []turn {
	all := []turn{}
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func FuzzMedia(f *testing.F) {
	f.Add(rtpOf(96, 1, []byte{1, 2, 3}))
	f.Add([]byte{0x81, 200, 0, 1, 1, 2, 3, 4, 0x80, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	f.Add(clientHello(true))
	f.Fuzz(func(t *testing.T, p []byte) {
		rtpHeader(p)
		rtcpChain(p)
		srtcpIndex(p, rtcpLength(p))
		dtlsHello(p, len(p))
		dtlsUseSRTP(p)
	})
}

// TestTelephone asserts that an encrypted call of a host that speaks SIP is not taken for a
// messenger's.
func TestTelephone(t *testing.T) {
	noise := noiseOf(3, 200)
	call := []turn{{dir: 0, payload: joined([]byte{0x81, 200, 0, 12}, noise[:48], []byte{0x80, 0, 0, 1}, noise[100:110])}}
	for n := range uint16(8) {
		call = append(call, turn{dir: int(n & 1), payload: rtpOf(96, n, noiseOf(int64(n), 100))})
	}
	for _, r := range []struct {
		name, server string
		want         bool
	}{{"no telephone", "192.0.2.1:443", true}, {"telephone", "192.0.2.1:5061", false}} {
		t.Run(r.name, func(t *testing.T) {
			s := newStage()
			s.play(packet.UDP, addrPort("10.0.0.2:40000"), addrPort("198.51.100.9:41000"), call)
			s.play(packet.TCP, addrPort("10.0.0.2:40001"), addrPort(r.server), []turn{{dir: 0, payload: noiseOf(9, 60)}})
			if got := hasEvidence(NewJudge(s.classifier, s.flows).Verdict(0), "srtp.call"); got != r.want {
				t.Errorf("srtp.call %v, want %v", got, r.want)
			}
		})
	}
}

// TestMediaPair asserts that RTP and its RTCP, on ports of their own, speak for each other.
func TestMediaPair(t *testing.T) {
	noise := noiseOf(3, 200)
	srtcp := joined([]byte{0x81, 200, 0, 12}, noise[:48], []byte{0x80, 0, 0, 1}, noise[100:110])
	stream := []turn{}
	for n := range uint16(10) {
		stream = append(stream, turn{dir: int(n & 1), payload: rtpOf(96, n, noiseOf(int64(n), 100))})
	}
	report := []turn{{dir: 0, payload: srtcp}, {dir: 1, payload: srtcp}}
	clear := []turn{{dir: 0, payload: rtcpOf(1, 201, 7, noise)}, {dir: 1, payload: srtcp}}
	for _, r := range []struct {
		name    string
		control string
		said    []turn
		want    Judgement
	}{
		{"the next ports", "198.51.100.9:41001", report, P2P},
		{"clear reports", "198.51.100.9:41001", clear, Other},
		{"another host", "198.51.100.8:41001", report, Other},
		{"another pair", "198.51.100.9:41003", report, Other},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := newStage()
			s.play(packet.UDP, addrPort("10.0.0.2:40000"), addrPort("198.51.100.9:41000"), stream)
			s.play(packet.UDP, addrPort("10.0.0.2:40001"), addrPort(r.control), r.said)
			j := NewJudge(s.classifier, s.flows)
			for i := range s.flows {
				if v := j.Verdict(i); v.Judgement != r.want && (r.want == P2P || v.Judgement == P2P) {
					t.Errorf("flow %d: %s, want %s; %v", i, v.Judgement, r.want, v.Evidence)
				}
			}
		})
	}
}
