package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
)

// tunnelScene holds the same small conversations inside everything that a mirror port may
// carry. Each encapsulation has inner hosts of its own, so that each has its own flows:
// the inner LAN of number n is 10.10.n.0/24, or 2001:718:801:n::/64.
func tunnelScene() *scene {
	s := newScene("tunnels", "147.251.4.33", "10.10.0.0/16", "2001:718:801::/48", "2001:0::/32")
	outer := func(n int) (*host, *host) {
		return s.host(netip.AddrFrom4([4]byte{10, 10, 250, byte(n)})), s.host(netip.AddrFrom4([4]byte{10, 10, 251, byte(n)}))
	}
	s.mirrored(1, "802.1Q", tagged(etherTag(0x8100, 100)), false)
	s.mirrored(2, "QinQ", tagged(etherTag(0x88a8, 200), etherTag(0x8100, 300)), false)
	s.mirrored(3, "MPLS", mpls(16000, 16011), false)
	s.mirrored(4, "PPPoE", pppoe(0x1207), false)
	a, b := outer(5)
	s.mirrored(5, "GRE", within(a, b, protocolGRE, greHeader), false)
	a, b = outer(6)
	s.mirrored(6, "VXLAN", s.overUDP(a, b, 4789, join([]byte{8, 0, 0, 0}, u24(4242), []byte{0}), true), false)
	a, b = outer(7)
	geneve := join([]byte{0x02, 0, 0x65, 0x58}, u24(777), []byte{0}, u16(0x0102), []byte{0x80, 1}, u32(7)) // one option
	s.mirrored(7, "GENEVE", s.overUDP(a, b, 6081, geneve, true), false)
	a, b = outer(8)
	s.mirrored(8, "GTP-U", s.overUDP(a, b, 2152, nil, false), false)
	a, b = outer(9)
	s.mirrored(9, "6in4", within(a, b, protocolIPv6, nil), true)
	a, b = outer(10)
	s.mirrored(10, "IPIP", within(a, b, protocolIPIP, nil), false)
	s.mirrored(11, "IPv4 fragments", fragments4(576), false)
	s.mirrored(12, "IPv6 fragments", s.fragments6(1280), true)
	s.teredo(13)
	return s
}

// mirrored plays a call and a TLS session inside one encapsulation.
func (s *scene) mirrored(n int, name string, carry carrier, six bool) {
	s.carry = carry
	local, server := fmt.Sprintf("10.10.%d.23", n), "129.132.19.216"
	far := s.peer([]string{"SE", "NO", "FI", "DK", "GB", "IE", "FR", "ES", "PT", "IT", "AT", "PL", "CZ"}[n-1])
	if six {
		local, server = fmt.Sprintf("2001:718:801:%x::23", n), "2001:67c:10ec::23"
		far = s.at(fmt.Sprintf("2001:6a8:3c80:8:9d21:14ff:fe03:%x", 0x7a00+n), 54000+n)
	}
	at := time.Duration(n) * 10 * second
	s.smallCall(at, s.at(local, 50000+n), far, name)
	c := s.tcp(at+4*second, s.at(local, 51000+n), s.at(server, 443), negative("tls-client-server", "TLS inside "+name))
	c.mss = 1280
	s.tls13(c, "www.example.org", "h2", 1800)
	s.carry = ethernet
}

// smallCall is a direct call of half a second, with video, so that some datagrams are large.
func (s *scene) smallCall(at time.Duration, local, far endpoint, name string) {
	c := s.startCall(local)
	path, at := c.connect(at, far, positive("webrtc", "direct call inside "+name))
	s.media(at, at+500*ms, 40*ms, 60, 90, path.say)
	video := s.voice(96, 3000)
	for i := range 4 {
		path.answer(at+time.Duration(i)*100*ms+50*ms, video.packet(s.octets(1380)))
	}
}

func etherTag(kind, vlan int) []byte { return join(u16(kind), u16(vlan)) }

// tagged puts IEEE 802.1Q tags before the EtherType.
func tagged(tags ...[]byte) carrier {
	return func(from, to *host, packet []byte) [][]byte {
		return [][]byte{join(to.mac[:], from.mac[:], join(tags...), u16(etherType(packet)), packet)}
	}
}

// mpls stacks labels, traffic class 0, TTL 64 (RFC 3032, section 2.1).
func mpls(labels ...uint32) carrier {
	return func(from, to *host, packet []byte) [][]byte {
		var stack []byte
		for i, label := range labels {
			entry := label<<12 | 64
			if i == len(labels)-1 {
				entry |= 1 << 8 // bottom of stack
			}
			stack = join(stack, u32(entry))
		}
		return [][]byte{ethernetFrame(from, to, 0x8847, join(stack, packet))}
	}
}

// pppoe is a PPPoE session on Ethernet (RFC 2516, section 4).
func pppoe(session int) carrier {
	return func(from, to *host, packet []byte) [][]byte {
		body := join(u16(0x0021), packet) // PPP: IPv4
		return [][]byte{ethernetFrame(from, to, 0x8864, join([]byte{0x11, 0}, u16(session), u16(len(body)), body))}
	}
}

// within puts packets inside IPv4 between two routers, whichever inner way they go.
func within(a, b *host, protocol byte, header func(packet []byte) []byte) carrier {
	return func(from, to *host, packet []byte) [][]byte {
		if header != nil {
			packet = join(header(packet), packet)
		}
		if from.mac == gatewayMAC { // from outside: the far router sends
			return ethernet(b, a, b.packet(a, protocol, packet))
		}
		return ethernet(a, b, a.packet(b, protocol, packet))
	}
}

// greHeader has a key (RFC 2784, RFC 2890).
func greHeader(packet []byte) []byte {
	return join(u16(0x2000), u16(etherType(packet)), u32(99))
}

// overUDP puts packets, or their Ethernet frames, behind a header in UDP. The source port
// stands for entropy (RFC 7348, section 5). A nil header is that of GTP-U (TS 29.281, 5.1),
// which counts what follows it.
func (s *scene) overUDP(a, b *host, port uint16, header []byte, frames bool) carrier {
	c := s.udp(endpoint{a, port}, endpoint{b, port}, truth{})
	c.carry = ethernet
	return func(from, to *host, packet []byte) [][]byte {
		inner := packet
		if frames {
			inner = ethernetFrame(from, to, etherType(packet), packet)
		}
		h := header
		if h == nil {
			h = join([]byte{0x30, 0xff}, u16(len(inner)), u32(0x00c0ffee))
		}
		out, back := c.a, c.b
		if from.mac == gatewayMAC {
			out, back = back, out
		}
		return ethernet(out.host, back.host, out.host.packet(back.host, protocolUDP, udpDatagram(out, back, join(h, inner))))
	}
}

// fragments4 cuts packets for a link of that MTU (RFC 791, section 3.2).
func fragments4(mtu int) carrier {
	return func(from, to *host, packet []byte) [][]byte {
		if len(packet) <= mtu {
			return ethernet(from, to, packet)
		}
		var frames [][]byte
		body, size := packet[20:], (mtu-20)/8*8
		for at := 0; at < len(body); at += size {
			end, flags := min(at+size, len(body)), at/8
			if end < len(body) {
				flags |= 0x2000 // more fragments
			}
			ident := binary.BigEndian.Uint16(packet[4:])
			frames = append(frames, ethernetFrame(from, to, etherIPv4,
				ipv4Packet(from.ip, to.ip, packet[9], packet[8], ident, flags, body[at:end])))
		}
		return frames
	}
}

// fragments6 cuts packets for a link of that MTU (RFC 8200, section 4.5).
func (s *scene) fragments6(mtu int) carrier {
	return func(from, to *host, packet []byte) [][]byte {
		if len(packet) <= mtu {
			return ethernet(from, to, packet)
		}
		var frames [][]byte
		ident := s.octets(4)
		body, size := packet[40:], (mtu-48)/8*8
		for at := 0; at < len(body); at += size {
			end, offset := min(at+size, len(body)), at
			if end < len(body) {
				offset |= 1 // more fragments
			}
			header := join([]byte{packet[6], 0}, u16(offset), ident)
			frames = append(frames, ethernetFrame(from, to, etherIPv6,
				ipv6Packet(from.ip, to.ip, protocolFragment, packet[7], join(header, body[at:end]))))
		}
		return frames
	}
}

// teredo has a client behind a NAT call an IPv6 host through a Teredo relay (RFC 4380): the
// client's address holds the server, its own port and address, the last two inverted.
func (s *scene) teredo(n int) {
	client, relay := s.host(netip.AddrFrom4([4]byte{10, 10, byte(n), 23})), s.at("130.225.9.80", 3544)
	server, mapped := netip.MustParseAddr("65.54.227.120").As4(), s.public.As4()
	port := 51413
	address := [16]byte{0x20, 0x01, 0, 0, server[0], server[1], server[2], server[3], 0x80, 0, byte(^port >> 8), byte(^port)}
	for i, octet := range mapped {
		address[12+i] = ^octet
	}
	tunnel := s.udp(endpoint{client, uint16(port)}, relay, truth{})
	tunnel.carry = ethernet
	s.carry = func(from, to *host, packet []byte) [][]byte {
		a, b := tunnel.a, tunnel.b
		if from.ip != netip.AddrFrom16(address) {
			a, b = b, a
		}
		return ethernet(a.host, b.host, a.host.packet(b.host, protocolUDP, udpDatagram(a, b, packet)))
	}
	far := s.at("2001:6a8:3c80:8:9d21:14ff:fe03:7a0d", 54013)
	s.smallCallOfWords(time.Duration(n)*10*second, endpoint{s.host(netip.AddrFrom16(address)), 50013}, far, "Teredo")
	s.carry = ethernet
}

// smallCallOfWords is a call without video: Teredo's MTU is 1280 (RFC 4380, section 5.1.1).
func (s *scene) smallCallOfWords(at time.Duration, local, far endpoint, name string) {
	c := s.startCall(local)
	path, at := c.connect(at, far, positive("webrtc", "direct call inside "+name))
	s.media(at, at+500*ms, 40*ms, 60, 90, path.say)
}
