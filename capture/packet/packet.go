// Package packet decodes the headers of one captured frame in place, without allocating.
//
// It knows octets and RFCs; it knows no file, no flow and no clock.
//
// A Decoder takes frames in the order of their capture and overwrites one Headers
// for each. Of a tunnelled packet it reports the innermost one. What belongs to no
// flow is named by an Outcome, for the caller to count.
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
	// Cut: octets of this packet's transport payload (or of its headers) were not captured:
	// the snap length or a mirror that truncates took them.
	Cut
	// NoIPLength: the IP length field was 0 (segmentation offload), Octets is from the frame's length.
	NoIPLength
)

// Headers is one decoded frame: of a tunnelled packet the innermost one that was reached.
// It holds no pointer. Payload octets are Frame[PayloadStart:PayloadStart+PayloadCaptured].
//
// The outcome that came with it says which fields are valid. After OK all are. After
// ICMPMessage, OtherTransport, LaterFragmentUnknown and TunnelFragment all are but the
// ports and the TCP fields, which are 0. After the others only the MACs and VLAN are.
type Headers struct {
	Src, Dst           Addr
	OuterSrc, OuterDst Addr // of the outermost IP header; valid if Tunnel is not NoTunnel
	SrcMAC, DstMAC     MAC  // of the outermost Ethernet header (Linux cooked: source only); else zero
	SrcPort, DstPort   uint16
	VLAN               uint16 // 802.1Q VID of the outermost tag; 0 is none
	Protocol           Protocol
	TCPFlags           uint8  // valid if Protocol is TCP; 0 if they were not captured
	Tunnel             Tunnel // innermost encapsulation that was undone
	Depth              uint8  // how many encapsulations were undone
	Flags              Flags
	Seq, Ack           uint32 // valid if Protocol is TCP; 0 if they were not captured
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
	GRE              // RFC 2784, RFC 2890, RFC 2637 (PPTP); also NVGRE's transparent Ethernet bridging
	ERSPAN           // draft-foschiano-erspan, types I, II and III
	VXLAN            // RFC 7348
	GENEVE           // RFC 8926
	GTPU             // 3GPP TS 29.281
	Teredo           // RFC 4380
)

// NumTunnels is how many values Tunnel has: callers keep [NumTunnels]uint64 counters.
const NumTunnels = int(Teredo) + 1

// tunnelWords are the tunnels in the words of a record.
var tunnelWords = [NumTunnels]string{
	IPIP:      "ipip",
	SixInFour: "6in4",
	GRE:       "gre",
	ERSPAN:    "erspan",
	VXLAN:     "vxlan",
	GENEVE:    "geneve",
	GTPU:      "gtp-u",
	Teredo:    "teredo",
}

// String returns the tunnel's name as records and reports print it; "" is none.
func (t Tunnel) String() string {
	if int(t) < len(tunnelWords) {
		return tunnelWords[t]
	}
	return "unknown tunnel"
}

// Outcome says what became of a frame: OK, or why it belongs to no flow.
type Outcome uint8

// The outcomes of Decode.
const (
	// OK: TCP or UDP, with addresses and ports.
	OK Outcome = iota
	// LinkUnsupported: there is no decoder for the link type.
	LinkUnsupported
	// NotIP: a whole link header that carries no IP packet: ARP, LLDP, spanning tree, keepalives.
	NotIP
	// HeaderCut: the headers were sent, but the snap length cut them before the ports.
	HeaderCut
	// BadHeader: a header contradicts itself, its surroundings or its specification.
	BadHeader
	// ICMPMessage: ICMP or ICMPv6. The payload is the ICMP message itself, its header included.
	ICMPMessage
	// OtherTransport: an IP protocol whose ports are not read: ESP, SCTP, IGMP, GRE without
	// an IP packet inside. The payload is all that follows the IP headers.
	OtherTransport
	// LaterFragmentUnknown: a later fragment whose first fragment was not seen, or long ago.
	// Protocol is what its IP header says, which in IPv6 may be an extension header.
	LaterFragmentUnknown
	// TunnelFragment: a later fragment of a packet whose first fragment held a tunnelled packet;
	// that one was returned then, with the octets of the whole.
	TunnelFragment
	// TooDeep: more encapsulations or stacked headers than are undone.
	TooDeep
)

// NumOutcomes is how many outcomes there are: callers keep [NumOutcomes]uint64 counters.
const NumOutcomes = int(TooDeep) + 1

// outcomeWords are the outcomes in the words of a report.
var outcomeWords = [NumOutcomes]string{
	OK:                   "decoded",
	LinkUnsupported:      "link type not supported",
	NotIP:                "not IP (ARP, LLDP, ...)",
	HeaderCut:            "headers cut by the snap length",
	BadHeader:            "malformed headers",
	ICMPMessage:          "ICMP messages",
	OtherTransport:       "other IP protocols (ESP, SCTP, ...)",
	LaterFragmentUnknown: "fragments without their first",
	TunnelFragment:       "later fragments of tunnel packets",
	TooDeep:              "nested too deep",
}

// String returns o in the words of a report.
func (o Outcome) String() string {
	if int(o) < len(outcomeWords) {
		return outcomeWords[o]
	}
	return "unknown outcome"
}

// reachedIP tells whether o stands for a whole, plausible IP header.
func (o Outcome) reachedIP() bool {
	switch o {
	case OK, ICMPMessage, OtherTransport, LaterFragmentUnknown, TunnelFragment:
		return true
	}
	return false
}

// Bounds on what one frame may ask of the decoder.
const (
	// maxFrame bounds lengths so that no sum of offsets overflows a 32-bit int.
	// It is far above libpcap's largest snap length (262,144 octets).
	maxFrame = 1 << 28
	// maxShims bounds tags, labels, LLC headers and IPv6 extension headers together, over
	// all layers of a frame. RFC 8200, section 4.1 expects at most six extension headers
	// before the transport, provider networks stack up to about ten labels and two tags.
	maxShims = 32
)

// Decoder decodes frames in the order of their capture, because later fragments get
// their ports from the first. The zero value is ready. It allocates nothing, keeps no
// frame, and belongs to one goroutine. It is about 56 KiB: keep it, do not copy it.
type Decoder struct {
	fragments fragmentCache
	shims     int // how many of maxShims the frame at hand may still use

	// loose: the container of the next IP header may lack octets of it, so a total length
	// that reaches beyond is no lie. True of the frame itself (some switches truncate what
	// they mirror), of ERSPAN (the same) and of first fragments.
	loose bool
}

// NewDecoder returns a Decoder that has seen no frame.
func NewDecoder() *Decoder { return new(Decoder) }

// Decode overwrites *h with the headers of frame, which has originalLength octets on
// the wire, and says what became of it. The comment of Headers says which fields are
// valid after which outcome. frame is only read, and not kept.
func (d *Decoder) Decode(link LinkType, frame []byte, originalLength int, h *Headers) Outcome {
	d.fragments.clock++
	if link == LinkEthernet && plain(frame, h) {
		return OK
	}
	return d.layers(link, frame, originalLength, h)
}

// layers decodes any frame, layer by layer.
func (d *Decoder) layers(link LinkType, frame []byte, originalLength int, h *Headers) Outcome {
	*h = Headers{}
	d.shims = maxShims
	d.loose = true
	if len(frame) > maxFrame {
		frame = frame[:maxFrame]
	}
	// From here on b is the frame up to the end of the layer at hand, at is the offset of
	// that layer in it, and wire is the offset at which the layer ends on the wire:
	// at <= wire, len(b) <= wire, and octets from len(b) to wire were not captured.
	wire := min(max(originalLength, len(frame)), maxFrame)
	switch link {
	case LinkEthernet:
		return d.ethernet(frame, 0, wire, h)
	case LinkRaw, linkDLTRaw, linkDLTRawOpenBSD:
		return d.version(frame, 0, wire, h)
	case LinkIPv4:
		return d.ipv4(frame, 0, wire, h)
	case LinkIPv6:
		return d.ipv6(frame, 0, wire, h)
	case LinkLinuxSLL:
		return d.linuxSLL(frame, wire, h)
	case LinkLinuxSLL2:
		return d.linuxSLL2(frame, wire, h)
	case LinkNull, LinkLoop:
		return d.loopback(frame, wire, h)
	case LinkPPP, LinkPPPHDLC:
		return d.ppp(frame, 0, wire, h)
	case LinkPPPEther:
		return d.pppoe(frame, 0, wire, h)
	case LinkCHDLC:
		return d.ciscoHDLC(frame, wire, h)
	}
	return LinkUnsupported
}

// Supported tells whether there is a decoder for a link type.
func Supported(link LinkType) bool {
	var h Headers
	return NewDecoder().Decode(link, nil, 0, &h) != LinkUnsupported
}

// short names the lack of n octets at offset at: they were not captured, or never sent.
func short(at, n, wire int) Outcome {
	if at+n > wire {
		return BadHeader
	}
	return HeaderCut
}

// spend takes one of the frame's shims, and tells whether there was one left.
func (d *Decoder) spend() bool {
	d.shims--
	return d.shims >= 0
}
