package packet

import "encoding/binary"

// The extension headers that are read through (IANA registry "IPv6 Extension Header Types").
// Those that end a chain (ESP, mobility) or are not met in practice (HIP, Shim6) are
// reported as OtherTransport.
const (
	hopByHop       Protocol = 0
	routing        Protocol = 43
	fragmentHeader Protocol = 44
	authentication Protocol = 51
	noNextHeader   Protocol = 59
	destination    Protocol = 60
)

// ipv6 reads an IPv6 header (RFC 8200, section 3).
func (d *Decoder) ipv6(b []byte, at, wire int, h *Headers) Outcome {
	const size = 40
	if len(b) < at+size {
		return short(at, size, wire)
	}
	p := (*[size]byte)(b[at:])
	if p[0]>>4 != 6 {
		return BadHeader
	}
	next := Protocol(p[6])
	length := int(binary.BigEndian.Uint16(p[4:]))
	if length == 0 && next != noNextHeader {
		jumbo := 0
		if next == hopByHop {
			jumbo = jumboLength(b[at+size:])
		}
		// Without the option it is segmentation offload, as in IPv4.
		if length = jumbo; jumbo == 0 {
			length = wire - at - size
			h.Flags |= NoIPLength
		}
	}
	if length > maxFrame || at+size+length > wire && !d.loose {
		return BadHeader
	}
	h.Src, h.Dst = Addr(p[8:24]), Addr(p[24:40])
	// An IPv4-mapped address is never valid on the wire (RFC 6890, section 2.2.3), and here
	// it would be taken for IPv4.
	if h.Src.Is4() || h.Dst.Is4() {
		return BadHeader
	}
	at += size
	wire = at + length
	if len(b) > wire {
		b = b[:wire]
	}
	h.Protocol = next
	h.Octets = uint32(size + length)
	return d.extensions(next, b, at, wire, h)
}

// fitsIPv6 tells whether b begins with an IPv6 header whose packet fills the wire octets.
func fitsIPv6(b []byte, wire int) bool {
	const size = 40
	return len(b) >= size && b[0]>>4 == 6 && size+int(binary.BigEndian.Uint16(b[4:])) == wire
}

// jumboLength returns the Jumbo Payload Length of the hop-by-hop header that begins b
// (RFC 2675, section 2); 0 if it has none, or one that is forbidden or was not captured.
func jumboLength(b []byte) int {
	const pad1, jumboPayload = 0x00, 0xc2
	if len(b) < 2 {
		return 0
	}
	b = b[:min(len(b), (int(b[1])+1)*8)]
	for at := 2; at+2 <= len(b); {
		switch {
		case b[at] == pad1:
			at++
			continue
		case b[at] == jumboPayload && b[at+1] == 4 && at+6 <= len(b):
			// No frame comes near 31 bits; more would overflow a 32-bit int.
			if n := binary.BigEndian.Uint32(b[at+2:]); n > 0xffff && n < 1<<31 {
				return int(n)
			}
			return 0
		}
		at += 2 + int(b[at+1])
	}
	return 0
}

// extensions reads through extension headers to the transport. Their order and number are
// the sender's affair (RFC 8200, section 4.1), their total is bounded by maxShims.
func (d *Decoder) extensions(next Protocol, b []byte, at, wire int, h *Headers) Outcome {
	for {
		unit, plus := 8, 1
		switch next {
		case hopByHop, routing, destination:
		case authentication:
			unit, plus = 4, 2 // RFC 4302, section 2.2
		case fragmentHeader:
			unit = 0 // of fixed size; its second octet is reserved
		default:
			return d.transport(next, b, at, wire, h)
		}
		if !d.spend() {
			return TooDeep
		}
		if len(b) < at+8 {
			return short(at, 8, wire)
		}
		size := max(8, (int(b[at+1])+plus)*unit)
		if len(b) < at+size {
			return short(at, size, wire)
		}
		p := b[at : at+size]
		next = Protocol(p[0])
		at += size
		h.Protocol = next
		// A fragment header without offset and without more to follow is the whole
		// packet (RFC 6946, section 4).
		if unit == 0 && binary.BigEndian.Uint16(p[2:])&0xfff9 != 0 {
			return d.ipv6Fragment((*[8]byte)(p), b, at, wire, h)
		}
	}
}

// ipv6Fragment reads on after the fragment header p (RFC 8200, section 4.5). The protocol
// is no part of the fragments' key: only the first one says it.
func (d *Decoder) ipv6Fragment(p *[8]byte, b []byte, at, wire int, h *Headers) Outcome {
	field := binary.BigEndian.Uint16(p[2:])
	offset := int(field &^ 7)
	id := binary.BigEndian.Uint32(p[4:])
	if field&1 != 0 && (wire-at)%8 != 0 && h.Flags&NoIPLength == 0 {
		return BadHeader
	}
	if offset == 0 {
		first := fragmentOf(h, 0, id)
		h.Flags |= FirstFragment
		return d.fragments.remember(first, d.extensions(Protocol(p[0]), b, at, wire, h), h)
	}
	if offset+wire-at > 0xffff {
		return BadHeader
	}
	return d.fragments.recall(fragmentOf(h, 0, id), offset, len(b), h)
}
