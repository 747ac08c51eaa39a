package main

import (
	"net/netip"
)

const classicResolver = "192.168.50.1"

// Truths of the classic client's flows.
var (
	skypePeer  = positive("skype", "classic Skype socket: peer")
	skypeSuper = positive("skype", "classic Skype socket: vendor's super-node").viaRelay()
	skypeTCP   = positive("skype", "classic Skype over TCP: random first segments, port known from UDP")
	skype443   = positive("skype", "classic Skype over TCP 443: constant SSLv2 hello").viaRelay()
)

// superNodes are of the vendor's blocks of 2012 to 2014, ports 40001 to 40050.
var superNodes = []string{"157.55.56.151", "157.55.130.146", "157.55.235.160", "111.221.74.31", "111.221.77.155",
	"213.199.179.158", "64.4.23.148", "65.55.223.22", "157.56.52.18", "213.199.179.174"}

// classicScene holds one classic Skype client and what its computer does besides.
func classicScene() *scene {
	s := newScene("skype-classic", "129.132.77.201", "192.168.50.0/24")
	k := s.skype(endpoint{s.host(netip.MustParseAddr("192.168.50.34")), 13021})
	s.arp(0, k.local.host, s.host(netip.MustParseAddr(classicResolver)))
	k.natPMP(200*ms, classicResolver)
	k.updateCheck(400*ms, classicResolver)
	k.login(6*second, s.at("111.221.74.12", 33033))

	contacts := s.superNodes(10)
	bootstrap := []contact{
		{s.at("65.55.223.15", 33033), answered, skypeSuper},
		{s.at("213.199.179.141", 33033), repeated, skypeSuper},
	}
	contacts = append(bootstrap, contacts...)
	for i, country := range []string{"US", "DE", "FR", "BR", "JP", "SE", "PL", "ES", "IT", "CH", "AT", "GB",
		"CA", "AU", "KR", "TW", "MX", "AR", "FI", "NO", "DK", "PT", "GR", "HU", "SG", "LU", "IE", "NL", "CZ", "BE"} {
		contacts = append(contacts, contact{s.peer(country), fateOf(i), skypePeer})
	}
	open := k.startUp(2*second, contacts)

	far := contacts[13].peer // a refused probe, then friends
	k.keepAlive(open[far], 30*second, 130*second)
	k.keepAlive(open[contacts[17].peer], 31*second, 130*second)
	k.talk(open[far], 60*second, 98*second, 0x70)
	k.fallback(12*second, 135*second, contacts[0].peer, skypeTCP.viaRelay())
	k.fallback(14*second, 60*second, far, skypeTCP)
	k.disguised(20*second, endpoint{contacts[3].peer.host, 443}, skype443)
	s.knock(16*second, s.ephemeral(k.local.host), contacts[20].peer, 3,
		unsure("tcp-no-payload", "SYN to a peer of the Skype socket, nobody answers"))
	k.run()
	s.web(25*second, k.local.host, classicResolver, "www.example.org", "93.184.216.34")
	s.web(70*second, k.local.host, classicResolver, "www.ethz.ch", "129.132.19.216")
	return s
}

// fateOf gives most peers silence, as a start-up on a real network does.
func fateOf(i int) fate {
	return []fate{silent, refused, repeated, silent, answered, silent, lost, repeated, turned, silent}[i%10]
}

// superNodes returns n of the vendor's super-nodes; every third answers.
func (s *scene) superNodes(n int) []contact {
	var list []contact
	for i, ip := range superNodes[:n] {
		what := silent
		if i%3 == 0 {
			what = answered
		}
		list = append(list, contact{s.at(ip, 40001+s.between(0, 32)), what, skypeSuper})
	}
	return list
}
