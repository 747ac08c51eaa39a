package packet

import "encoding/binary"

// maxDepth is how many encapsulations are undone. A mirror session (ERSPAN) of an overlay
// (VXLAN) that carries a site's own tunnel (GRE, then 6in4) is four; nothing met is deeper.
const maxDepth = 4

// IP protocols that carry packets (IANA registry "Protocol Numbers").
const (
	protocolIPv4 Protocol = 4
	protocolIPv6 Protocol = 41
	protocolGRE  Protocol = 47
)

// UDP ports of tunnels (IANA registry "Service Name and Transport Protocol Port Number").
const (
	portGTPU     = 2152
	portTeredo   = 3544
	portVXLAN    = 4789
	portVXLANOld = 8472 // Linux's default, from before the assignment
	portGENEVE   = 6081
)

// undo decodes what a tunnel carries, from offset at, as t says. It tells whether an IP
// packet was reached; if not, *h is again that of the carrier.
func (d *Decoder) undo(tunnel Tunnel, t etherType, b []byte, at, wire int, h *Headers) (Outcome, bool) {
	if h.Depth >= maxDepth {
		return TooDeep, false
	}
	carrier, loose := *h, d.loose
	d.loose = tunnel == ERSPAN || h.Flags&FirstFragment != 0
	if h.Depth == 0 {
		h.OuterSrc, h.OuterDst = h.Src, h.Dst
	}
	h.Depth++
	h.Tunnel = tunnel
	h.SrcPort, h.DstPort, h.Flags = 0, 0, 0
	h.PayloadStart, h.PayloadCaptured, h.PayloadOctets = 0, 0, 0
	var o Outcome
	switch t {
	case typeEthernet:
		o = d.ethernet(b, at, wire, h)
	case typePPP:
		o = d.ppp(b, at, wire, h)
	default:
		o = d.etherType(t, b, at, wire, h)
	}
	if o.reachedIP() {
		return o, true
	}
	*h, d.loose = carrier, loose
	return o, false
}

// undoIP is undo for carriers without ports, whose payload was noted. If there is no IP
// packet inside, the carrier is reported for what it is.
func (d *Decoder) undoIP(tunnel Tunnel, t etherType, b []byte, at, wire int, h *Headers) Outcome {
	o, reached := d.undo(tunnel, t, b, at, wire, h)
	if !reached && o == NotIP {
		return OtherTransport
	}
	return o
}

// ipInIP undoes RFC 2003, RFC 2473 and RFC 4213.
func (d *Decoder) ipInIP(p Protocol, b []byte, at, wire int, h *Headers) Outcome {
	h.payload(b, at, wire)
	switch {
	case p == protocolIPv4:
		return d.undoIP(IPIP, typeIPv4, b, at, wire, h)
	case h.Src.Is4():
		return d.undoIP(SixInFour, typeIPv6, b, at, wire, h)
	}
	return d.undoIP(IPIP, typeIPv6, b, at, wire, h)
}

// gre undoes GRE (RFC 2784, RFC 2890), PPTP's enhanced GRE (RFC 2637) and ERSPAN.
func (d *Decoder) gre(b []byte, at, wire int, h *Headers) Outcome {
	const checksum, routes, key, sequence, acknowledgement = 0x8000, 0x4000, 0x2000, 0x1000, 0x0080
	if len(b) < at+4 {
		return short(at, 4, wire)
	}
	h.payload(b, at, wire)
	flags := binary.BigEndian.Uint16(b[at:])
	t := etherType(binary.BigEndian.Uint16(b[at+2:]))
	size := 4
	for _, f := range [...]uint16{checksum, key, sequence} {
		if flags&f != 0 {
			size += 4
		}
	}
	switch flags & 7 {
	case 0:
		if flags&routes != 0 || t <= maxLength { // RFC 1701's source routes; keepalives
			return OtherTransport
		}
	case 1:
		if flags&acknowledgement != 0 {
			size += 4
		}
		if t != typePPP || flags&key == 0 || flags&sequence == 0 { // bare acknowledgement
			return OtherTransport
		}
	default:
		return OtherTransport
	}
	if len(b) < at+size {
		return short(at, size, wire)
	}
	switch t {
	case typeERSPAN, typeERSPANIII:
		return d.erspan(t, flags&sequence != 0, b, at+size, wire, h)
	}
	return d.undoIP(GRE, t, b, at+size, wire, h)
}

// erspan undoes a mirror session that came over IP (draft-foschiano-erspan-02).
// Type I has no header of its own, and is told by the absence of a GRE sequence number.
func (d *Decoder) erspan(t etherType, sequence bool, b []byte, at, wire int, h *Headers) Outcome {
	size, version := 0, byte(0)
	switch {
	case t == typeERSPANIII:
		size, version = 12, 2
	case sequence:
		size, version = 8, 1
	}
	if len(b) < at+size {
		return short(at, size, wire)
	}
	if size > 0 && b[at]>>4 != version {
		return OtherTransport
	}
	if size == 12 {
		if b[at+11]&1 != 0 { // an optional platform-specific subheader
			size += 8
		}
		if b[at+10]>>2&0x1f != 0 { // frame type: not Ethernet
			return OtherTransport
		}
	}
	return d.undoIP(ERSPAN, typeEthernet, b, at+size, wire, h)
}

// udpTunnel names the tunnel that the UDP payload at offset at may hold, by port and first
// octet; NoTunnel is most often the answer, so that must be quick.
func udpTunnel(b []byte, at int, h *Headers) Tunnel {
	if h.PayloadCaptured < 8 {
		return NoTunnel
	}
	// The source port of these is arbitrary (RFC 7348, section 5; RFC 8926, section 3.3;
	// TS 29.281, section 4.4.2), the destination port is not, in both directions.
	switch h.DstPort {
	case portVXLAN, portVXLANOld:
		return VXLAN
	case portGENEVE:
		return GENEVE
	case portGTPU:
		return GTPU
	}
	// 3544 is the Teredo server's port (RFC 4380, section 2.7), clients use any among
	// themselves. The packets begin with an IPv6 version or with an indicator's zero.
	if first := b[at]; first>>4 == 6 || first == 0 {
		return Teredo
	}
	return NoTunnel
}

// undoUDP undoes a UDP tunnel. Ports are hints: if the octets do not bear the guess out,
// the packet is an ordinary UDP packet of its carrier's flow.
func (d *Decoder) undoUDP(tunnel Tunnel, b []byte, at, wire int, h *Headers) Outcome {
	var t etherType
	switch tunnel {
	case VXLAN:
		t, at = vxlan(b, at)
	case GENEVE:
		t, at = geneve(b, at)
	case GTPU:
		t, at, wire = gtpu(b, at, wire, h.Flags&FirstFragment != 0)
	case Teredo:
		t, at, wire = teredo(b, at, wire, h.SrcPort == portTeredo || h.DstPort == portTeredo)
	}
	if t != 0 {
		if len(b) > wire {
			b = b[:wire]
		}
		if o, reached := d.undo(tunnel, t, b, at, wire, h); reached {
			return o
		}
	}
	return OK
}

// vxlan returns what a VXLAN header (RFC 7348, section 5) carries, and where; 0 if it is none.
// The Group Policy extension (draft-smith-vxlan-group-policy) sets one more flag, and uses
// the octets that are reserved otherwise. Receivers ignore reserved octets; a bystander who
// has only a port to go by asks that they be zero, as senders must make them.
func vxlan(b []byte, at int) (etherType, int) {
	const valid, policy = 0x08, 0x80
	reserved := [3]byte(b[at+1:])
	if b[at] == valid|policy {
		reserved = [3]byte{reserved[0] &^ 0x48} // don't learn, policy applied; then the group
	} else if b[at] != valid {
		return 0, 0
	}
	if reserved != [3]byte{} || b[at+7] != 0 {
		return 0, 0
	}
	return typeEthernet, at + 8
}

// geneve returns what a GENEVE header (RFC 8926, section 3.4) carries, and where; 0 if it is
// none, or a control packet. Reserved bits must be zero for the same reason as in vxlan.
func geneve(b []byte, at int) (etherType, int) {
	const control, reserved = 0x80, 0x3f
	if b[at]>>6 != 0 || b[at+1]&(control|reserved) != 0 || b[at+7] != 0 {
		return 0, 0
	}
	t := etherType(binary.BigEndian.Uint16(b[at+2:]))
	if t <= maxLength {
		return 0, 0
	}
	return t, at + 8 + int(b[at]&0x3f)*4
}

// gtpu returns what a G-PDU (TS 29.281, section 5.1) carries, where, and where it ends; 0 if it
// is none. A first fragment lacks octets that its length counts.
func gtpu(b []byte, at, wire int, first bool) (etherType, int, int) {
	const versionAndType, extension, optional, gpdu, maxExtensions = 0x30, 0x04, 0x07, 255, 8
	if b[at]&0xf0 != versionAndType || b[at+1] != gpdu {
		return 0, 0, 0
	}
	end := at + 8 + int(binary.BigEndian.Uint16(b[at+2:]))
	if end > wire && !first {
		return 0, 0, 0
	}
	end = min(end, wire)
	flags := b[at]
	at += 8
	if flags&optional != 0 {
		at += 4 // sequence number, N-PDU number, type of the next extension header
		more := flags&extension != 0
		for n := 0; more && at <= len(b) && b[at-1] != 0; n++ {
			// Section 5.2.1: length in units of four octets, content, type of the next.
			if at >= len(b) || b[at] == 0 || n == maxExtensions {
				return 0, 0, 0
			}
			at += int(b[at]) * 4
		}
	}
	if at >= len(b) {
		return 0, 0, 0
	}
	switch b[at] >> 4 {
	case 4:
		return typeIPv4, at, end
	case 6:
		return typeIPv6, at, end
	}
	return 0, 0, 0
}

// teredo returns the offset of the IPv6 packet in a Teredo packet (RFC 4380, section 5.1.1) and
// its end; 0 if it is none. Away from the server's port the claim must be strong: a length
// that fits exactly and a Teredo address (section 2.6).
func teredo(b []byte, at, wire int, port bool) (etherType, int, int) {
	const authenticationIndicator, originIndicator, sizeIPv6 = 1, 0, 40
	if len(b) >= at+4 && binary.BigEndian.Uint16(b[at:]) == authenticationIndicator {
		at += 13 + int(b[at+2]) + int(b[at+3]) // client identifier, authentication value
	}
	if len(b) >= at+8 && binary.BigEndian.Uint16(b[at:]) == originIndicator {
		at += 8
	}
	if len(b) < at+sizeIPv6 {
		return 0, 0, 0
	}
	p := (*[sizeIPv6]byte)(b[at:])
	end := at + sizeIPv6 + int(binary.BigEndian.Uint16(p[4:]))
	// A bubble (section 2.8) carries nothing. Trailers (RFC 6081, section 4) may follow.
	if p[0]>>4 != 6 || Protocol(p[6]) == noNextHeader || end > wire || end < wire && !port {
		return 0, 0, 0
	}
	service := [4]byte{0x20, 0x01, 0x00, 0x00}
	if !port && [4]byte(p[8:]) != service && [4]byte(p[24:]) != service {
		return 0, 0, 0
	}
	return typeIPv6, at, end
}
