package main

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// phone is a SIP call in clear whose SDP names the ports of its RTP, in clear too.
type phone struct {
	local, proxy  endpoint // SIP
	media, answer endpoint // RTP, local and far
	payload       byte     // 0 PCMU, 18 G729 (RFC 3551, section 6)
	interval      time.Duration
	sample        func(s *scene, n int) []byte
}

// call plays the phone call; it lasts that long.
func (p phone) call(s *scene, at, lasting time.Duration) {
	c := s.udp(p.local, p.proxy, negative("voip-plain", "SIP in clear"))
	id := fmt.Sprintf("%x@%s", s.octets(6), p.local.host.ip)
	c.send(at, p.message("INVITE sip:200@"+p.proxy.host.ip.String()+" SIP/2.0", "1 INVITE", id, p.description(p.media)))
	c.answer(at+30*ms, p.message("SIP/2.0 100 Trying", "1 INVITE", id, ""))
	c.answer(at+80*ms, p.message("SIP/2.0 180 Ringing", "1 INVITE", id, ""))
	at += 2 * second
	c.answer(at, p.message("SIP/2.0 200 OK", "1 INVITE", id, p.description(p.answer)))
	c.send(at+5*ms, p.message("ACK sip:200@"+p.proxy.host.ip.String()+" SIP/2.0", "1 ACK", id, ""))

	end := at + lasting
	p.speak(s, at+10*ms, end)
	c.send(end, p.message("BYE sip:200@"+p.proxy.host.ip.String()+" SIP/2.0", "2 BYE", id, ""))
	c.answer(end+30*ms, p.message("SIP/2.0 200 OK", "2 BYE", id, ""))
}

// message writes a SIP message (RFC 3261, section 7).
func (p phone) message(line, sequence, id, body string) []byte {
	kind := ""
	if body != "" {
		kind = "Content-Type: application/sdp\r\n"
	}
	return []byte(fmt.Sprintf("%s\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%.8s\r\nMax-Forwards: 70\r\nFrom: <sip:100@%s>;tag=1a2b\r\n"+
		"To: <sip:200@%s>\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: <sip:100@%s>\r\n%sContent-Length: %d\r\n\r\n%s",
		line, p.local.addrPort(), id, p.proxy.host.ip, p.proxy.host.ip, id, sequence, p.local.addrPort(), kind, len(body), body))
}

// description writes the SDP of one audio stream (RFC 8866).
func (p phone) description(media endpoint) string {
	name := map[byte]string{0: "PCMU", 18: "G729"}[p.payload]
	return strings.Join([]string{
		"v=0", fmt.Sprintf("o=- 1 1 IN IP4 %s", media.host.ip), "s=-", fmt.Sprintf("c=IN IP4 %s", media.host.ip), "t=0 0",
		fmt.Sprintf("m=audio %d RTP/AVP %d", media.port, p.payload), fmt.Sprintf("a=rtpmap:%d %s/8000", p.payload, name),
		fmt.Sprintf("a=ptime:%d", p.interval.Milliseconds()), "a=sendrecv", "",
	}, "\r\n")
}

// speak sends RTP both ways on the ports of the SDP, and RTCP one port above (RFC 3550).
func (p phone) speak(s *scene, from, to time.Duration) {
	t := negative("voip-plain", "RTP in clear on the ports that SDP announced")
	media := s.udp(p.media, p.answer, t)
	control := s.udp(endpoint{p.media.host, p.media.port + 1}, endpoint{p.answer.host, p.answer.port + 1}, t)
	samples := int(8 * p.interval.Milliseconds())
	ends := []*voice{s.voice(p.payload, uint32(samples)), s.voice(p.payload, uint32(samples))}
	octets := 0
	for at := from; at < to; at += p.interval {
		for side, v := range ends {
			b := p.sample(s, samples)
			octets += len(b)
			media.say(at+time.Duration(side)*4*ms+s.spread(0, ms), side == 0, v.packet(b))
		}
		if (at-from)%second == 0 {
			for side, v := range ends {
				name := vec8([]byte("phone"))
				report := join([]byte{0x80, 200}, u16(6), v.ssrc,
					u64(0xea9c_3c00_0000_0000+uint64(at)), u32(v.timestamp), u32(v.sent), u32(uint32(octets/2)))
				source := pad4(join(v.ssrc, []byte{1}, name, []byte{0}))
				control.say(at+10*ms, side == 0, join(report, []byte{0x81, 202}, u16(len(source)/4), source))
			}
		}
	}
}

// tone is PCMU of a hum: few values, as plain speech has (G.711).
func tone(s *scene, n int) []byte {
	b := make([]byte, n)
	phase := s.between(0, 39)
	for i := range b {
		level := math.Sin(2 * math.Pi * float64(i+phase) / 40)
		b[i] = 0xff - byte(40+math.Abs(level)*40)
		if level < 0 {
			b[i] &= 0x7f
		}
	}
	return b
}

// g729 is 10 octets for each 80 samples; what a good codec makes of speech looks random.
func g729(s *scene, n int) []byte { return s.octets(n / 8) }
