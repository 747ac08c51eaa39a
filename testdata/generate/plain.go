package main

import (
	"net/netip"
	"time"
)

const plainResolver = "192.168.20.1"

// plainScene holds what is not encrypted peer-to-peer, and looks like it in one way or another.
func plainScene() *scene {
	s := newScene("plain", "141.76.12.40", "192.168.20.0/24")
	pc := s.host(netip.MustParseAddr("192.168.20.14"))
	s.arp(0, pc, s.host(netip.MustParseAddr(plainResolver)))
	s.plainWeb(pc)
	s.plainServices(pc)
	s.plainTunnels(s.host(netip.MustParseAddr("192.168.20.15")))
	s.plainMedia(s.host(netip.MustParseAddr("192.168.20.16")))
	s.plainPeers(s.host(netip.MustParseAddr("192.168.20.17")))
	s.scan(s.host(netip.MustParseAddr("192.168.20.66")))
	return s
}

func (s *scene) plainWeb(pc *host) {
	s.lookup(100*ms, pc, plainResolver, "www.example.org", "93.184.216.34")
	s.lookup(150*ms, pc, plainResolver, "www.example.org", "2606:2800:220:1:248:1893:25c8:1946")
	s.dnsOverTCP(200*ms, pc, plainResolver)
	s.web(second, pc, plainResolver, "www.example.org", "93.184.216.34")
	s.secure(3*second, pc, plainResolver, "www.uni-wien.ac.at", "131.130.70.8", tls12, 1800, 2600)
	s.secure(5*second, pc, plainResolver, "www.ethz.ch", "129.132.19.216", tls13, 900, 3100)
	at := s.lookup(8*second, pc, plainResolver, "www.google.com", "142.250.74.196")
	s.quic(at, s.ephemeral(pc), s.at("142.250.74.196", 443), "www.google.com", 8)
	at = s.lookup(10*second, pc, plainResolver, "dns.quad9.net", "9.9.9.9")
	dot := s.tcp(at, s.ephemeral(pc), s.at("9.9.9.9", 853), negative("dot", "DNS over TLS to one resolver"))
	s.tls13(dot, "dns.quad9.net", "dot", 130, 130, 260)
}

func (s *scene) plainServices(pc *host) {
	s.ssh(12*second, pc, "130.75.6.40")
	s.ntp(2*second, pc, "192.53.103.108", 2)
	s.snmp(14*second, pc, "192.168.20.2")
	s.tftp(20*second, pc, "192.168.20.3")
	s.radius(22*second, pc, "192.168.20.4")
	s.memcached(24*second, pc, "192.168.20.5")
	s.mdns(25*second, pc)
	s.ssdp(26*second, pc)
	s.coaps(15*second, s.ephemeral(pc), s.at("134.58.10.20", 5684))
	s.dnsCrypt(30*second, pc, "158.64.1.50")
	c := s.startCall(s.ephemeral(pc))
	c.gather(32*second, s.at("74.125.250.129", 19302))
}

func (s *scene) plainTunnels(laptop *host) {
	s.openVPNOverUDP(10*second, laptop, "131.111.8.42")
	s.openVPNOverTCP(20*second, laptop, "131.111.8.43")
	s.ipsec(30*second, laptop, "129.215.1.7")
}

func (s *scene) plainMedia(console *host) {
	s.rakNet(5*second, console, "130.89.4.4")
	s.kcp(12*second, console, "140.112.8.8")
	s.srt(20*second, console, "147.83.2.2")
	far := s.host(netip.MustParseAddr("130.225.9.77"))
	phone{
		local: endpoint{console, 5060}, proxy: s.at("130.225.9.10", 5060),
		media: endpoint{console, 17384}, answer: endpoint{far, 23844},
		interval: 20 * ms, sample: tone,
	}.call(s, 30*second, 3*second)
}

func (s *scene) plainPeers(box *host) {
	b := &torrent{s, box, 6881, s.octets(20)}
	for i, country := range []string{"SE", "NL", "PL", "CA", "BR", "JP", "AU", "GR", "PT", "ZA", "FI", "KR"} {
		node := s.peer(country)
		b.query(time.Duration(i)*2*second, node, i%3 != 2)
		if i%6 == 0 {
			b.fetch(time.Duration(i)*2*second+700*ms, node)
		}
	}
}

// scan tries one port at ascending addresses: the same octets to all over UDP, and SYNs.
// The octets would pass for a classic Skype probe, were they not the same.
func (s *scene) scan(h *host) {
	from := s.ephemeral(h)
	payload := s.octets(22)
	payload[2] = skypeRequest
	for i := range 48 {
		far := s.host(netip.AddrFrom4([4]byte{147, 102, 31, byte(20 + i)}))
		at := 40*second + time.Duration(i)*50*ms
		s.udp(from, endpoint{far, 34567}, negative("scan", "scanner: ascending addresses, one port, the same octets to all")).send(at, payload)
		t := negative("scan", "scanner: ascending addresses, one port, SYN alone")
		if i%8 == 0 {
			s.refused(at+7*ms, s.ephemeral(h), endpoint{far, 34567}, t)
		} else {
			s.knock(at+7*ms, s.ephemeral(h), endpoint{far, 34567}, 1, t)
		}
	}
}
