package main

import (
	"net/netip"
	"time"
)

const officeResolver = "192.168.10.1"

// officeScene is ten minutes of a small office: Anna starts an old Skype and calls São
// Paulo, Ben has a call in his browser, Carl works. All three do what everybody does besides.
func officeScene() *scene {
	s := newScene("office", "130.75.88.12", "192.168.10.0/24")
	anna := s.host(netip.MustParseAddr("192.168.10.23"))
	ben := s.host(netip.MustParseAddr("192.168.10.31"))
	carl := s.host(netip.MustParseAddr("192.168.10.47"))
	gateway := s.host(netip.MustParseAddr(officeResolver))
	for i, h := range []*host{anna, ben, carl} {
		s.arp(time.Duration(i)*9*second, h, gateway)
		s.ntp(time.Duration(i+1)*17*second, h, "192.53.103.108", 2)
		s.mdns(time.Duration(i+2)*23*second, h)
	}
	s.annasDay(anna)
	s.bensDay(ben)
	s.carlsDay(carl)
	return s
}

// annasDay starts the client at 20 s; the call is from 120 s to 140 s.
func (s *scene) annasDay(anna *host) {
	s.secure(3*second, anna, officeResolver, "www.uni-hannover.de", "130.75.2.101", tls12, 1500, 800)
	k := s.skype(endpoint{anna, 24816})
	k.updateCheck(19*second, officeResolver)

	contacts := s.superNodes(5)
	for i, country := range []string{"US", "SG", "GB", "BR", "FR", "JP", "SE", "MC", "PL", "CA", "IT", "AU", "CH",
		"KR", "ES", "NO", "US", "ZA", "AR", "FI", "LU", "NL", "GR", "TR", "TW"} {
		contacts = append(contacts, contact{s.peer(country), fateOf(i + 8), skypePeer})
	}
	friend := contact{s.peer("BR"), refused, skypePeer}
	contacts = append(contacts, friend)
	open := k.startUp(20*second, contacts)

	k.keepAlive(open[friend.peer], 60*second, 300*second)
	k.talk(open[friend.peer], 120*second, 140*second, 0)
	k.fallback(28*second, 280*second, contacts[0].peer, skypeTCP.viaRelay())
	k.fallback(31*second, 90*second, contacts[8].peer, skypeTCP)
	k.fallback(33*second, 60*second, friend.peer, skypeTCP)
	s.knock(30*second, s.ephemeral(anna), contacts[7].peer, 2, unsure("tcp-no-payload", "SYN to a peer of the Skype socket, nobody answers"))
	s.refused(36*second, s.ephemeral(anna), contacts[10].peer, unsure("tcp-no-payload", "SYN to a peer of the Skype socket, refused"))
	k.disguised(40*second, endpoint{contacts[3].peer.host, 443}, skype443)
	k.run()
	s.web(200*second, anna, officeResolver, "www.example.org", "93.184.216.34")
}

// bensDay has a WebRTC call in the browser from 200 s on.
func (s *scene) bensDay(ben *host) {
	at := s.lookup(180*second, ben, officeResolver, "www.wikipedia.org", "185.15.59.224")
	s.quic(at, s.ephemeral(ben), s.at("185.15.59.224", 443), "www.wikipedia.org", 6)
	s.secure(195*second, ben, officeResolver, "meet.example.net", "131.130.70.8", tls13, 1200, 700, 300)

	c := s.startCall(endpoint{ben, 51604})
	at = s.lookup(199*second, ben, officeResolver, "stun.example.net", "134.58.60.3")
	c.gather(at, s.at("134.58.60.3", 3478))
	s.officeRelay(c, 199*second+300*ms)

	far := s.peer("IE")
	far.port = 58146
	c.try(200*second, s.at("192.168.1.74", 59017), "webrtc", "ICE check to the peer's private candidate, unanswered")
	c.try(200*second+50*ms, s.peer("GB"), "webrtc", "ICE check to a candidate of the peer's other network, unanswered")
	path, at := c.connect(200*second+100*ms, far, positive("webrtc", "ICE checks both ways, nominated, DTLS-SRTP media"))
	s.media(at, at+10*second, 40*ms, 30, 60, path.say)
	c.consent(path, at+second, at+10*second)
}

// officeRelay allocates on a TURN server, which the call then does not need.
func (s *scene) officeRelay(c *call, at time.Duration) {
	server := s.at("141.76.31.9", 3478)
	path := s.udp(c.local, server, unsure("webrtc", "TURN allocation without media").viaRelay())
	relayed := netip.AddrPortFrom(server.host.ip, 55310)
	t := s.turnClient(path.say, c.mapped, relayed)
	at = t.allocate(at)
	t.release(at + 4*second)
}

// carlsDay is a working day's traffic, and a desk phone that speaks in clear.
func (s *scene) carlsDay(carl *host) {
	s.ssh(50*second, carl, "130.75.6.40")
	s.secure(70*second, carl, officeResolver, "git.example.org", "129.132.19.216", tls13, 2200, 600)
	at := s.lookup(90*second, carl, officeResolver, "www.google.com", "142.250.74.196")
	s.quic(at, s.ephemeral(carl), s.at("142.250.74.196", 443), "www.google.com", 4)
	s.ssdp(100*second, carl)
	phone{
		local: endpoint{carl, 5060}, proxy: s.at("130.75.6.60", 5060),
		media: endpoint{carl, 16406}, answer: s.at("130.75.6.61", 11806),
		payload: 18, interval: 20 * ms, sample: g729,
	}.call(s, 400*second, 3*second)
	s.web(500*second, carl, officeResolver, "www.example.org", "93.184.216.34")
	s.secure(590*second, carl, officeResolver, "mail.example.org", "131.111.8.46", tls12, 500)
}
