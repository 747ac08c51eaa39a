package packet

import "encoding/binary"

// The link types that Decode reads. LINKTYPE_RAW is also met under the numbers that
// DLT_RAW has on some systems, 12 and on OpenBSD 14.
const (
	LinkNull      LinkType = 0   // BSD loopback, address family in the capturing host's byte order
	LinkEthernet  LinkType = 1   // IEEE 802.3 Ethernet
	LinkPPP       LinkType = 9   // PPP, with or without HDLC-like framing
	LinkPPPHDLC   LinkType = 50  // PPP in HDLC-like framing
	LinkPPPEther  LinkType = 51  // PPPoE, from its header on
	LinkRaw       LinkType = 101 // IPv4 or IPv6, told by the version
	LinkCHDLC     LinkType = 104 // Cisco HDLC
	LinkLoop      LinkType = 108 // OpenBSD loopback, address family in network byte order
	LinkLinuxSLL  LinkType = 113 // Linux cooked capture, version 1
	LinkIPv4      LinkType = 228
	LinkIPv6      LinkType = 229
	LinkLinuxSLL2 LinkType = 276 // Linux cooked capture, version 2

	linkDLTRaw        LinkType = 12
	linkDLTRawOpenBSD LinkType = 14
)

// version tells IPv4 and IPv6 apart by their first four bits.
func (d *Decoder) version(b []byte, at, wire int, h *Headers) Outcome {
	if len(b) <= at {
		return short(at, 1, wire)
	}
	switch b[at] >> 4 {
	case 4:
		return d.ipv4(b, at, wire, h)
	case 6:
		return d.ipv6(b, at, wire, h)
	}
	return BadHeader
}

// ethernet reads IEEE 802.3 and Ethernet II headers, without preamble and check sequence.
func (d *Decoder) ethernet(b []byte, at, wire int, h *Headers) Outcome {
	if len(b) < at+14 {
		return short(at, 14, wire)
	}
	p := (*[14]byte)(b[at:])
	if at == 0 {
		h.DstMAC = MAC(p[0:6])
		h.SrcMAC = MAC(p[6:12])
	}
	return d.etherType(etherType(binary.BigEndian.Uint16(p[12:])), b, at+14, wire, h)
}

// loopback reads the four octets of address family before a BSD loopback packet. Either
// byte order is taken under both link types: files travel, and no family exceeds 16 bits.
func (d *Decoder) loopback(b []byte, wire int, h *Headers) Outcome {
	if len(b) < 4 {
		return short(0, 4, wire)
	}
	family := binary.BigEndian.Uint32(b)
	if family > 0xffff {
		family = binary.LittleEndian.Uint32(b)
	}
	switch family {
	case 2: // AF_INET everywhere
		return d.ipv4(b, 4, wire, h)
	case 10, 23, 24, 28, 30: // AF_INET6 of Linux, Windows, NetBSD and OpenBSD, FreeBSD, Darwin
		return d.ipv6(b, 4, wire, h)
	}
	return NotIP
}

// linuxSLL reads LINKTYPE_LINUX_SLL: packet type, ARPHRD_ type, address length, address, protocol.
func (d *Decoder) linuxSLL(b []byte, wire int, h *Headers) Outcome {
	const size = 16
	if len(b) < size {
		return short(0, size, wire)
	}
	if binary.BigEndian.Uint16(b[4:]) == uint16(len(h.SrcMAC)) {
		h.SrcMAC = MAC(b[6:12])
	}
	return d.cooked(binary.BigEndian.Uint16(b[14:]), b, size, wire, h)
}

// linuxSLL2 reads LINKTYPE_LINUX_SLL2: protocol, reserved, interface index, ARPHRD_ type,
// packet type, address length, address.
func (d *Decoder) linuxSLL2(b []byte, wire int, h *Headers) Outcome {
	const size = 20
	if len(b) < size {
		return short(0, size, wire)
	}
	if int(b[11]) == len(h.SrcMAC) {
		h.SrcMAC = MAC(b[12:18])
	}
	return d.cooked(binary.BigEndian.Uint16(b), b, size, wire, h)
}

// cooked reads on by the protocol field of a Linux cooked header: an EtherType, or one of
// Linux's own ETH_P_ numbers, of which ETH_P_802_2 (4) may carry IP.
func (d *Decoder) cooked(protocol uint16, b []byte, at, wire int, h *Headers) Outcome {
	switch {
	case protocol == 4:
		return d.llc(b, at, wire, h)
	case protocol <= maxLength:
		return NotIP
	}
	return d.etherType(etherType(protocol), b, at, wire, h)
}

// ciscoHDLC reads address, control and EtherType (https://www.tcpdump.org/linktypes.html).
func (d *Decoder) ciscoHDLC(b []byte, wire int, h *Headers) Outcome {
	if len(b) < 4 {
		return short(0, 4, wire)
	}
	if b[0] != 0x0f && b[0] != 0x8f { // unicast, multicast
		return NotIP
	}
	t := binary.BigEndian.Uint16(b[2:])
	if t <= maxLength {
		return NotIP
	}
	return d.etherType(etherType(t), b, 4, wire, h)
}

// etherType is an IEEE 802 EtherType (IANA registry "IEEE 802 Numbers").
type etherType uint16

const (
	typeIPv4          etherType = 0x0800
	typeIPv6          etherType = 0x86dd
	typeCustomerTag   etherType = 0x8100 // 802.1Q C-tag
	typeServiceTag    etherType = 0x88a8 // 802.1Q S-tag (802.1ad)
	typeOldServiceTag etherType = 0x9100 // QinQ before 802.1ad
	typeVNTag         etherType = 0x8926 // Cisco VN-Tag
	typeETag          etherType = 0x893f // 802.1BR
	typeMPLS          etherType = 0x8847 // RFC 3032
	typeMPLSMulticast etherType = 0x8848 // RFC 5332
	typePPPoESession  etherType = 0x8864 // RFC 2516
	typeEthernet      etherType = 0x6558 // transparent Ethernet bridging, inside tunnels only
	typePPP           etherType = 0x880b // inside PPTP's GRE only (RFC 2637)
	typeERSPAN        etherType = 0x88be // inside GRE only, types I and II
	typeERSPANIII     etherType = 0x22eb // inside GRE only

	// maxLength is the largest value that is a length and no EtherType (IEEE 802.3, 3.2.6).
	maxLength = 1500
)

// etherType reads on by EtherType, through any tags.
func (d *Decoder) etherType(t etherType, b []byte, at, wire int, h *Headers) Outcome {
	for {
		size := 0 // of the tag after its own EtherType
		switch t {
		case typeIPv4:
			return d.ipv4(b, at, wire, h)
		case typeIPv6:
			return d.ipv6(b, at, wire, h)
		case typeCustomerTag, typeServiceTag, typeOldServiceTag:
			size = 2
		case typeVNTag:
			size = 4
		case typeETag:
			size = 6
		case typeMPLS, typeMPLSMulticast:
			return d.mpls(b, at, wire, h)
		case typePPPoESession:
			return d.pppoe(b, at, wire, h)
		default:
			if t > maxLength {
				return NotIP
			}
			// An 802.3 length: what lies beyond it is padding.
			wire = min(wire, at+int(t))
			return d.llc(b[:min(len(b), wire)], at, wire, h)
		}
		if !d.spend() {
			return TooDeep
		}
		if len(b) < at+size+2 {
			return short(at, size+2, wire)
		}
		if size == 2 && h.VLAN == 0 { // a priority tag has VID 0 and names no VLAN
			h.VLAN = binary.BigEndian.Uint16(b[at:]) & 0x0fff
		}
		t = etherType(binary.BigEndian.Uint16(b[at+size:]))
		at += size + 2
	}
}

// llc reads IEEE 802.2 headers: IP itself (SAP 06) or SNAP (RFC 1042).
func (d *Decoder) llc(b []byte, at, wire int, h *Headers) Outcome {
	const unnumbered = 0x03
	if !d.spend() {
		return TooDeep
	}
	if len(b) < at+3 {
		return short(at, 3, wire)
	}
	sap := [3]byte(b[at:])
	at += 3
	switch sap {
	case [3]byte{0x06, 0x06, unnumbered}:
		return d.ipv4(b, at, wire, h)
	case [3]byte{0xaa, 0xaa, unnumbered}:
	default:
		return NotIP
	}
	if len(b) < at+5 {
		return short(at, 5, wire)
	}
	if [3]byte(b[at:]) != [3]byte{} { // an organisation's own protocol numbers (CDP, ...)
		return NotIP
	}
	t := binary.BigEndian.Uint16(b[at+3:])
	if t <= maxLength {
		return NotIP
	}
	return d.etherType(etherType(t), b, at+5, wire, h)
}

// mpls reads a label stack (RFC 3032, section 2.1). Nothing in it says what it carries: the
// first four bits after it do (RFC 4928, section 3), unless they begin a MAC address.
func (d *Decoder) mpls(b []byte, at, wire int, h *Headers) Outcome {
	for bottom := false; !bottom; at += 4 {
		if !d.spend() {
			return TooDeep
		}
		if len(b) < at+4 {
			return short(at, 4, wire)
		}
		bottom = b[at+2]&1 != 0
	}
	if len(b) <= at {
		return short(at, 1, wire)
	}
	if soundIPv4(b[at:]) || fitsIPv6(b[at:], wire-at) {
		return d.version(b, at, wire, h)
	}
	return d.pseudowire(b, at, wire, h)
}

// pseudowire looks for Ethernet after a label stack (RFC 4448), with the control word that
// begins with four zero bits (RFC 4385, section 3) or without, as it is optional. A guess
// counts only if it leads to an IP packet.
func (d *Decoder) pseudowire(b []byte, at, wire int, h *Headers) Outcome {
	const controlWord = 4
	before, o := *h, NotIP
	if b[at]>>4 == 0 {
		if o = d.ethernet(b, at+controlWord, wire, h); o.reachedIP() {
			return o
		}
		*h = before
	}
	guess := d.ethernet(b, at, wire, h)
	if guess.reachedIP() {
		return guess
	}
	*h = before
	if guess == HeaderCut {
		return HeaderCut
	}
	if v := b[at] >> 4; v == 4 || v == 6 {
		return d.version(b, at, wire, h)
	}
	return o
}

// pppoe reads a PPPoE session header (RFC 2516, section 4).
func (d *Decoder) pppoe(b []byte, at, wire int, h *Headers) Outcome {
	const size, versionAndType = 6, 0x11
	if len(b) < at+size {
		return short(at, size, wire)
	}
	if b[at] != versionAndType {
		return BadHeader
	}
	if b[at+1] != 0 { // a discovery packet
		return NotIP
	}
	length := int(binary.BigEndian.Uint16(b[at+4:]))
	at += size
	wire = min(wire, at+length)
	return d.ppp(b[:min(len(b), wire)], at, wire, h)
}

// ppp reads an optional HDLC address and control (RFC 1662, section 3.1) and the protocol,
// of one octet if it is odd (RFC 1661, sections 2 and 6.5).
func (d *Decoder) ppp(b []byte, at, wire int, h *Headers) Outcome {
	if len(b) < at+2 {
		return short(at, 2, wire)
	}
	if [2]byte(b[at:]) == [2]byte{0xff, 0x03} {
		at += 2
	}
	if len(b) < at+2 {
		return short(at, 2, wire)
	}
	protocol, size := int(b[at]), 1
	if protocol&1 == 0 {
		protocol, size = protocol<<8|int(b[at+1]), 2
	}
	at += size
	switch protocol { // IANA registry "PPP Numbers"
	case 0x0021:
		return d.ipv4(b, at, wire, h)
	case 0x0057:
		return d.ipv6(b, at, wire, h)
	case 0x0281, 0x0283: // MPLS unicast, multicast
		return d.mpls(b, at, wire, h)
	}
	return NotIP
}
