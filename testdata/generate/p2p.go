package main

import (
	"net/netip"
	"slices"
	"time"
)

const unknownResolver = "192.168.40.1"

// unknownScene holds an application that no signature names: one local UDP port, 40 peers in
// 30 networks, random octets, no names. Behaviour alone tells it.
func unknownScene() *scene {
	s := newScene("unknown-p2p", "131.114.20.7", "192.168.40.0/24")
	node := endpoint{s.host(netip.MustParseAddr("192.168.40.12")), 38217}
	s.unknownBackground(node.host)

	t := positive("unknown", "unnamed encrypted application: one port, 40 peers, random octets")
	for i, peer := range s.fortyPeers() {
		at := 5*second + time.Duration(i)*s.spread(700*ms, 1300*ms)
		c := s.udp(node, peer, t)
		switch {
		case i%5 < 2: // 16 of 40: nobody there
			for n := range 1 + i%3 {
				c.send(at+time.Duration(n)*3*second, s.octets(s.between(48, 240)))
			}
			if i%10 == 0 {
				c.unreachable(at+90*ms, peer.host, 3)
			}
		case i%5 == 2: // the peer comes to us, on the same port
			s.chatter(s.udp(peer, node, t), at)
		default:
			s.chatter(c, at)
		}
	}
	s.unknownOverTCP(node)
	return s
}

// fortyPeers are in 30 networks (/16): ten of these hold two.
func (s *scene) fortyPeers() []endpoint {
	var countries []string
	for country := range networks {
		countries = append(countries, country)
	}
	slices.Sort(countries) // a map's order is not the same twice
	var peers []endpoint
	for i := range 40 {
		peers = append(peers, s.peer(countries[i%30]))
	}
	return peers
}

// chatter exchanges datagrams of uneven sizes at uneven times.
func (s *scene) chatter(c *conversation, at time.Duration) {
	rtt := s.spread(30*ms, 280*ms)
	for range s.between(5, 14) {
		for range s.between(1, 2) {
			c.send(at, s.octets(s.between(40, 700)))
			at += s.spread(2*ms, 30*ms)
		}
		c.answer(at+rtt, s.octets(s.between(36, 1100)))
		at += rtt + s.spread(200*ms, 9*second)
	}
}

// unknownOverTCP meets six of the peers by TCP too, on the port that they have for UDP.
func (s *scene) unknownOverTCP(node endpoint) {
	t := positive("unknown", "unnamed encrypted application: peer of the UDP port, random first segments")
	met := 0
	for _, peer := range s.answering(node) {
		if met++; met > 6 {
			return
		}
		at := 40*second + time.Duration(met)*4*second
		c := s.tcp(at, s.ephemeral(node.host), peer, t)
		c.send(s.octets(s.between(120, 560)))
		c.answer(s.octets(s.between(120, 560)))
		for range s.between(3, 6) {
			c.pause(s.spread(100*ms, 2*second))
			c.send(s.octets(s.between(40, 900)))
			c.answer(s.octets(s.between(40, 2200)))
		}
		c.close()
	}
}

// answering returns the far ends that have sent to node so far, in order.
func (s *scene) answering(node endpoint) []endpoint {
	var far []endpoint
	for _, f := range s.inOrder() {
		e := endpoint{s.host(f.from.Addr()), f.from.Port()}
		if f.flow != nil && f.to == node.addrPort() && !slices.Contains(far, e) {
			far = append(far, e)
		}
	}
	return far
}

// unknownBackground shows that the host asks for names in clear when it wants one.
func (s *scene) unknownBackground(h *host) {
	s.secure(second, h, unknownResolver, "www.kernel.org", "147.75.198.156", tls13, 1400)
	s.secure(30*second, h, unknownResolver, "mail.unipi.it", "131.114.72.30", tls12, 900)
	s.web(50*second, h, unknownResolver, "www.example.org", "93.184.216.34")
	s.ntp(10*second, h, "193.204.114.232", 2)
}
