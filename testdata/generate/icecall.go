package main

import (
	"net/netip"
	"time"
)

// iceScene holds the three ways of a WebRTC call: direct over IPv4, direct over IPv6, and
// through a TURN server over UDP and over TCP. Interface 0 is the IPv4 side of the house,
// interface 1 its IPv6 side.
func iceScene() *scene {
	s := newScene("ice-call", "147.251.44.9", "192.168.60.0/24", "2001:718:801:60::/64")
	const resolver = "192.168.60.1"
	laptop := s.host(netip.MustParseAddr("192.168.60.21"))

	at := s.lookup(second, laptop, resolver, "stun.example.net", "134.58.60.3")
	c := s.startCall(endpoint{laptop, 50212})
	c.gather(at, s.at("134.58.60.3", 3478))
	c.try(2*second, s.at("10.20.0.15", 61110), "webrtc", "ICE check to the peer's private candidate, unanswered")
	path, at := c.connect(2*second+20*ms, s.peer("KR"), positive("webrtc", "direct call over IPv4: checks both ways, nominated, DTLS-SRTP"))
	s.media(at, at+6*second, 20*ms, 50, 90, path.say)
	c.consent(path, at+2*second, at+6*second)

	s.iceOverIPv6(20 * second)
	s.relayedOverUDP(40*second, laptop, resolver)
	s.relayedOverTCP(60*second, laptop)
	return s
}

func (s *scene) iceOverIPv6(at time.Duration) {
	s.iface = 1
	c := s.startCall(s.at("2001:718:801:60::21", 50300))
	c.gather(at, s.at("2001:4860:4864:5:8000::1", 19302))
	far := s.at("2001:6a8:3c80:8:9d21:14ff:fe03:7a1b", 54114) // BELNET
	path, at := c.connect(at+second, far, positive("webrtc", "direct call over IPv6: checks both ways, nominated, DTLS-SRTP"))
	s.media(at, at+4*second, 40*ms, 60, 110, path.say)
	c.consent(path, at+second, at+4*second)
	s.iface = 0
}

// The relay, and the peers that stand behind it: their addresses are in signalling alone.
const turnServer = "130.237.28.40"

func (s *scene) relayedOverUDP(at time.Duration, laptop *host, resolver string) {
	s.lookup(at, laptop, resolver, "turn.example.net", turnServer)
	c := s.startCall(endpoint{laptop, 50218})
	path := s.udp(c.local, s.at(turnServer, 3478),
		positive("webrtc", "call through TURN over UDP: XOR-PEER-ADDRESS, channel with media").viaRelay())
	t := s.turnClient(path.say, c.mapped, netip.AddrPortFrom(path.b.host.ip, 60124))
	at = t.allocate(at + second)
	t.relayedCall(at+ms, c, s.peer("CL").addrPort(), 4*second, 40*ms, false)
}

// relayedOverTCP puts the same messages on a TCP connection, one after the other, without
// other framing (RFC 8489, section 6.2.2).
func (s *scene) relayedOverTCP(at time.Duration, laptop *host) {
	c := s.startCall(endpoint{laptop, 50222})
	server := s.at(turnServer, 3478)
	stream := s.tcp(at, s.ephemeral(laptop), server,
		positive("webrtc", "call through TURN over TCP: XOR-PEER-ADDRESS, channel with media").viaRelay())
	queue := &inTurn{stream: stream}
	t := s.turnClient(queue.say, c.mapped, netip.AddrPortFrom(server.host.ip, 60900))
	t.relayedCall(t.allocate(at+second)+ms, c, s.peer("NZ").addrPort(), 3*second, 60*ms, true)
	queue.flush()
	stream.close()
}
