package packet

import "encoding/binary"

// Header sizes in octets: UDP (RFC 768) and TCP without options (RFC 9293, section 3.1).
const (
	sizeUDP  = 8
	minTCP   = 20
	sizePort = 4 // both ports, which come first in either
)

// transport reads what an IP header carries.
func (d *Decoder) transport(p Protocol, b []byte, at, wire int, h *Headers) Outcome {
	h.Protocol = p
	switch p {
	case TCP:
		return tcp(b, at, wire, h)
	case UDP:
		return d.udp(b, at, wire, h)
	case ICMP, ICMPv6:
		h.payload(b, at, wire)
		return ICMPMessage
	case protocolIPv4, protocolIPv6:
		return d.ipInIP(p, b, at, wire, h)
	case protocolGRE:
		return d.gre(b, at, wire, h)
	case authentication: // IPv4 has this one extension header, too
		return d.extensions(p, b, at, wire, h)
	}
	h.payload(b, at, wire)
	return OtherTransport
}

// payload notes that the transport payload goes from offset at to wire, of which b has
// what was captured. at may lie beyond b: then the headers were cut as well.
func (h *Headers) payload(b []byte, at, wire int) {
	h.PayloadOctets = int32(wire - at)
	captured := min(len(b), wire) - at
	if captured < wire-at {
		h.Flags |= Cut
	}
	h.PayloadStart = int32(min(at, len(b)))
	h.PayloadCaptured = int32(max(captured, 0))
}

// tcp reads a TCP header. A first fragment must hold all of it: one that does not hides
// the flags from filters (RFC 1858, section 3; RFC 8200, section 4.5).
func tcp(b []byte, at, wire int, h *Headers) Outcome {
	captured := len(b) - at
	switch {
	case at+minTCP > wire:
		return BadHeader
	case captured < sizePort:
		return HeaderCut
	case captured < minTCP:
		return tcpCut(b, at, wire, h)
	}
	p := (*[minTCP]byte)(b[at:])
	header := int(p[12]>>4) * 4
	if header < minTCP || at+header > wire {
		return BadHeader
	}
	h.SrcPort = binary.BigEndian.Uint16(p[0:])
	h.DstPort = binary.BigEndian.Uint16(p[2:])
	h.Seq = binary.BigEndian.Uint32(p[4:])
	h.Ack = binary.BigEndian.Uint32(p[8:])
	h.TCPFlags = p[13]
	h.payload(b, at+header, wire)
	return OK
}

// tcpCut reads what the snap length left of a TCP header: the ports at least. Without the
// data offset nobody knows where the payload begins, so there is none.
func tcpCut(b []byte, at, wire int, h *Headers) Outcome {
	p := b[at:]
	begin := wire
	if len(p) > 12 {
		header := int(p[12]>>4) * 4
		if begin = at + header; header < minTCP || begin > wire {
			return BadHeader
		}
	}
	h.SrcPort = binary.BigEndian.Uint16(p)
	h.DstPort = binary.BigEndian.Uint16(p[2:])
	if len(p) >= 8 {
		h.Seq = binary.BigEndian.Uint32(p[4:])
	}
	if len(p) >= 12 {
		h.Ack = binary.BigEndian.Uint32(p[8:])
	}
	if len(p) > 13 {
		h.TCPFlags = p[13]
	}
	h.payload(b, begin, wire)
	h.Flags |= Cut
	return OK
}

// udp reads a UDP header, and the tunnel inside if there is one.
func (d *Decoder) udp(b []byte, at, wire int, h *Headers) Outcome {
	captured := len(b) - at
	switch {
	case at+sizeUDP > wire:
		return BadHeader
	case captured < sizePort:
		return HeaderCut
	}
	h.SrcPort = binary.BigEndian.Uint16(b[at:])
	h.DstPort = binary.BigEndian.Uint16(b[at+2:])
	if captured < sizeUDP {
		h.payload(b, at+sizeUDP, wire)
		h.Flags |= Cut
		return OK
	}
	length := int(binary.BigEndian.Uint16(b[at+4:]))
	if length == 0 && (wire-at > 0xffff || h.Flags&NoIPLength != 0) {
		length = wire - at // a jumbogram (RFC 2675, section 4), or segmentation offload
	}
	if length < sizeUDP || at+length > wire && h.Flags&FirstFragment == 0 {
		return BadHeader
	}
	wire = min(wire, at+length)
	if len(b) > wire {
		b = b[:wire] // a surplus beyond the UDP length is no payload (RFC 9868)
	}
	at += sizeUDP
	h.payload(b, at, wire)
	if t := udpTunnel(b, at, h); t != NoTunnel {
		return d.undoUDP(t, b, at, wire, h)
	}
	return OK
}
