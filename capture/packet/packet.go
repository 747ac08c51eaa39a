// Package packet decodes the headers of one captured frame in place, without allocating.
//
// It knows octets and RFCs; it knows no file, no flow and no clock.
package packet

import "net/netip"

// LinkType is a LINKTYPE_ value (https://www.tcpdump.org/linktypes.html).
type LinkType uint16

// Protocol is an IANA Assigned Internet Protocol Number.
type Protocol uint8

// The protocols that the house speaks of by name.
const (
	ICMP   Protocol = 1
	TCP    Protocol = 6
	UDP    Protocol = 17
	ICMPv6 Protocol = 58
)

// TCP control bits (RFC 9293, section 3.1).
const (
	FIN uint8 = 1 << iota
	SYN
	RST
	PSH
	ACK
)

// Addr is an IPv6 address; IPv4 is held IPv4-mapped (RFC 4291, section 2.5.5.2).
// It holds no pointer, so the garbage collector never walks a flow table.
type Addr [16]byte

// Netip returns a as the type that people and databases read.
func (a Addr) Netip() netip.Addr { return netip.AddrFrom16(a).Unmap() }

// AddrFrom returns ip as an Addr; the zone is dropped. An invalid ip gives the zero Addr.
func AddrFrom(ip netip.Addr) Addr {
	if !ip.IsValid() {
		return Addr{}
	}
	return ip.As16()
}

// Is4 tells whether a is an IPv4 address.
func (a *Addr) Is4() bool {
	return a[10] == 0xff && a[11] == 0xff &&
		[10]byte(a[:10]) == [10]byte{}
}

// MAC is an IEEE 802 address (EUI-48). The zero MAC is none.
type MAC [6]byte

// Flags are facts about one frame that most frames lack.
type Flags uint8

// The flags of Headers.
const (
	// FirstFragment: more fragments of this packet follow; the ports are known.
	FirstFragment Flags = 1 << iota
	// LaterFragment: ports were learnt from the first fragment; there is no payload.
	LaterFragment
	// Cut: the snap length cut octets off this packet's transport payload (or its headers).
	Cut
	// NoIPLength: the IP length field was 0 (segmentation offload), Octets is from the frame's length.
	NoIPLength
)

// Headers is one decoded frame: of a tunnelled packet the innermost one that was reached.
// It holds no pointer. Payload octets are Frame[PayloadStart:PayloadStart+PayloadCaptured].
type Headers struct {
	Src, Dst           Addr
	OuterSrc, OuterDst Addr // of the outermost IP header; valid if Tunnel is not NoTunnel
	SrcMAC, DstMAC     MAC  // of the outermost Ethernet header; zero without one
	SrcPort, DstPort   uint16
	VLAN               uint16 // 802.1Q VID of the outermost tag; 0 is none
	Protocol           Protocol
	TCPFlags           uint8  // valid if Protocol is TCP
	Tunnel             Tunnel // innermost encapsulation that was undone
	Depth              uint8  // how many encapsulations were undone
	Flags              Flags
	Seq, Ack           uint32 // valid if Protocol is TCP
	Octets             uint32 // IP octets (total length) of this packet: what its flow is billed for
	PayloadStart       int32  // offset of the transport payload in the frame
	PayloadCaptured    int32  // its octets present in the frame
	PayloadOctets      int32  // its octets on the wire, by the IP and UDP lengths
}

// Tunnel names an encapsulation.
type Tunnel uint8

// The encapsulations that are undone.
const (
	NoTunnel  Tunnel = iota
	IPIP             // RFC 2003, RFC 2473 (IP in IP, either version)
	SixInFour        // RFC 4213
	GRE              // RFC 2784, RFC 2890; also NVGRE's transparent Ethernet bridging
	ERSPAN           // draft-foschiano-erspan, types I, II and III
	VXLAN            // RFC 7348
	GENEVE           // RFC 8926
	GTPU             // 3GPP TS 29.281
	Teredo           // RFC 4380
)

// Outcome says what became of a frame: OK, or why it belongs to no flow.
type Outcome uint8
