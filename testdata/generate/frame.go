package main

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// IANA protocol numbers.
const (
	protocolICMP     = 1
	protocolIPIP     = 4
	protocolTCP      = 6
	protocolUDP      = 17
	protocolIPv6     = 41
	protocolFragment = 44
	protocolGRE      = 47
)

// EtherTypes (IEEE 802).
const (
	etherIPv4 = 0x0800
	etherARP  = 0x0806
	etherIPv6 = 0x86dd
)

const dontFragment = 0x4000

// carrier makes frames of an IP packet that goes between two stations.
type carrier func(from, to *host, packet []byte) [][]byte

// ethernet is the carrier of an untagged LAN.
func ethernet(from, to *host, packet []byte) [][]byte {
	return [][]byte{ethernetFrame(from, to, etherType(packet), packet)}
}

func ethernetFrame(from, to *host, kind int, payload []byte) []byte {
	return join(to.mac[:], from.mac[:], u16(kind), payload)
}

func etherType(packet []byte) int {
	if packet[0]>>4 == 6 {
		return etherIPv6
	}
	return etherIPv4
}

// packet wraps a transport segment in the IP header that h would send.
func (h *host) packet(to *host, protocol byte, segment []byte) []byte {
	if h.ip.Is6() {
		return ipv6Packet(h.ip, to.ip, protocol, h.ttl, segment)
	}
	h.ident++
	return ipv4Packet(h.ip, to.ip, protocol, h.ttl, h.ident, dontFragment, segment)
}

// ipv4Packet writes an RFC 791 header; flags holds the flags and the fragment offset.
func ipv4Packet(from, to netip.Addr, protocol, ttl byte, ident uint16, flags int, payload []byte) []byte {
	if to.IsMulticast() && to.As4()[1] == 0 {
		ttl = 255 // mDNS: RFC 6762, section 11
	}
	header := join([]byte{0x45, 0}, u16(20+len(payload)), u16(int(ident)), u16(flags),
		[]byte{ttl, protocol, 0, 0}, from.AsSlice(), to.AsSlice())
	binary.BigEndian.PutUint16(header[10:], checksum(header))
	return append(header, payload...)
}

// ipv6Packet writes an RFC 8200 header, flow label 0.
func ipv6Packet(from, to netip.Addr, next, hops byte, payload []byte) []byte {
	return join([]byte{0x60, 0, 0, 0}, u16(len(payload)), []byte{next, hops},
		from.AsSlice(), to.AsSlice(), payload)
}

// udpDatagram writes an RFC 768 header with its checksum.
func udpDatagram(from, to endpoint, payload []byte) []byte {
	d := join(u16(int(from.port)), u16(int(to.port)), u16(8+len(payload)), []byte{0, 0}, payload)
	sum := transportChecksum(protocolUDP, from.host.ip, to.host.ip, d)
	if sum == 0 {
		sum = 0xffff // 0 would mean: no checksum
	}
	binary.BigEndian.PutUint16(d[6:], sum)
	return d
}

// transportChecksum covers the pseudo header (RFC 9293, section 3.1; RFC 8200, section 8.1).
func transportChecksum(protocol byte, from, to netip.Addr, segment []byte) uint16 {
	pseudo := join(from.AsSlice(), to.AsSlice(), u32(uint32(len(segment))), u32(uint32(protocol)))
	return checksum(join(pseudo, segment))
}

// checksum is the Internet checksum (RFC 1071).
func checksum(b []byte) uint16 {
	var sum uint32
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// unreachable has by tell c's last sender: destination unreachable (RFC 792).
// code 1 is host, 3 is port unreachable.
func (c *conversation) unreachable(at time.Duration, by *host, code byte) {
	s := c.scene
	quote := c.last[:28] // IP header and 8 octets
	body := join([]byte{3, code, 0, 0, 0, 0, 0, 0}, quote)
	binary.BigEndian.PutUint16(body[2:], checksum(body))
	s.loose(at, ethernetFrame(by, c.a.host, etherIPv4, by.packet(c.a.host, protocolICMP, body)))
}

// arp has h ask for target's Ethernet address, and target tell it (RFC 826).
func (s *scene) arp(at time.Duration, h, target *host) {
	everyone := &host{mac: [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}
	body := func(operation int, from, to *host, toMAC []byte) []byte {
		return join(u16(1), u16(etherIPv4), []byte{6, 4}, u16(operation),
			from.mac[:], from.ip.AsSlice(), toMAC, to.ip.AsSlice())
	}
	s.loose(at, ethernetFrame(h, everyone, etherARP, body(1, h, target, make([]byte, 6))))
	s.loose(at+ms/2, ethernetFrame(target, h, etherARP, body(2, target, h, h.mac[:])))
}
