package main

import (
	"net/netip"
	"time"
)

// call is one ICE session of a local socket: its agents and what the world sees of the socket.
type call struct {
	scene  *scene
	local  endpoint
	mapped netip.AddrPort // of the socket, outside the NAT
	a, b   agent          // local and far
}

// startCall makes the agents. The local one controls: its user places the call.
func (s *scene) startCall(local endpoint) *call {
	mapped := local.addrPort()
	if local.host.ip.Is4() { // the NAT keeps the port
		mapped = netip.AddrPortFrom(s.public, local.port)
	}
	return &call{s, local, mapped, s.agent(true), s.agent(false)}
}

// gather asks a public STUN server for the mapped address.
func (c *call) gather(at time.Duration, server endpoint) {
	s := c.scene
	t := s.udp(c.local, server, negative("stun-server", "STUN Binding to a public server: only it answers, no USERNAME"))
	request := s.stunMessage(stunBinding).add(attrSoftware, []byte("ice")).sealed(nil)
	t.send(at, request)
	t.answer(at+s.spread(15*ms, 40*ms), reply(request, stunSuccess).address(attrMapped, c.mapped).sealed(nil))
}

// try checks a candidate of the peer that never answers: back-off of RFC 8489, section 6.2.1.
func (c *call) try(at time.Duration, candidate endpoint, family, why string) {
	s := c.scene
	t := s.udp(c.local, candidate, positive(family, why))
	request := s.check(c.a, c.b, preferReflexive, false)
	for i, wait := 0, 500*ms; i < 4; i++ {
		t.send(at, request)
		at += wait
		wait *= 2
	}
}

// connect has both agents check the path, nominates it, and agrees on keys. The far agent
// is ready last, so the first local check is lost. It returns the conversation and its end.
func (c *call) connect(at time.Duration, far endpoint, t truth) (*conversation, time.Duration) {
	s := c.scene
	path := s.udp(c.local, far, t)
	rtt := s.spread(30*ms, 140*ms)
	path.send(at, s.check(c.a, c.b, preferReflexive, false))

	at += 300 * ms
	theirs := s.check(c.b, c.a, preferReflexive, false)
	path.answer(at, theirs)
	path.send(at+ms, success(theirs, c.a, far.addrPort()))
	ours := s.check(c.a, c.b, preferReflexive, false) // a triggered check: RFC 8445, 7.3.1.4
	path.send(at+2*ms, ours)
	path.answer(at+2*ms+rtt, success(ours, c.b, c.mapped))

	at += 50*ms + rtt
	nomination := s.check(c.a, c.b, preferReflexive, true)
	path.send(at, nomination)
	at += rtt
	path.answer(at, success(nomination, c.b, c.mapped))
	return path, path.srtpHandshake(at+5*ms, false, rtt)
}

// consent has both ends ask whether they are still wanted, about every 5 s (RFC 7675).
func (c *call) consent(path *conversation, from, to time.Duration) {
	s := c.scene
	far := path.b.addrPort()
	for at := from; at < to; at += s.spread(4*second, 6*second) {
		ours := s.check(c.a, c.b, preferReflexive, false)
		path.send(at, ours)
		path.answer(at+60*ms, success(ours, c.b, c.mapped))
		theirs := s.check(c.b, c.a, preferReflexive, false)
		path.answer(at+90*ms, theirs)
		path.send(at+91*ms, success(theirs, c.a, far))
	}
}

// voice is one direction's RTP state (RFC 3550).
type voice struct {
	ssrc      []byte
	sequence  int
	timestamp uint32
	payload   byte
	step      uint32 // clock units between packets
	sent      uint32
}

func (s *scene) voice(payload byte, step uint32) *voice {
	return &voice{ssrc: s.octets(4), sequence: s.between(0, 60000), timestamp: uint32(s.random.Uint64()), payload: payload, step: step}
}

// packet is the next RTP packet with that payload (and, of SRTP, tag).
func (v *voice) packet(payload []byte) []byte {
	v.sequence++
	v.timestamp += v.step
	v.sent++
	first := byte(0)
	if v.sent == 1 {
		first = 0x80 // marker: a talk spurt begins (RFC 3551, section 4.1)
	}
	return join([]byte{0x80, v.payload | first}, u16(v.sequence), u32(v.timestamp), v.ssrc, payload)
}

// srtcp is a sealed sender report with one report block: the header and SSRC are clear,
// then the encrypted rest, the E bit with the index, and the tag (RFC 3711, section 3.4).
func (v *voice) srtcp(s *scene, index int) []byte {
	return join([]byte{0x81, 200}, u16(12), v.ssrc, s.octets(44), u32(1<<31|uint32(index)), s.octets(10))
}

// media sends voice both ways, one packet an interval, with SRTCP now and then, by way of say.
func (s *scene) media(from, to, interval time.Duration, low, high int, say func(at time.Duration, fromA bool, packet []byte)) {
	step := uint32(int64(interval) * 48000 / int64(second)) // Opus: RFC 7587, section 4.1
	ends := []*voice{s.voice(111, step), s.voice(111, step)}
	reports := 0
	for at := from; at < to; at += interval {
		for side, v := range ends {
			late := s.spread(0, 3*ms) + time.Duration(side)*interval/2
			say(at+late, side == 0, v.packet(s.octets(s.between(low, high)+10)))
		}
		if (at-from)/(3*second) > time.Duration(reports) {
			reports++
			say(at+interval/3, true, ends[0].srtcp(s, reports))
			say(at+2*interval/3, false, ends[1].srtcp(s, reports))
		}
	}
}
