package packet

import "encoding/binary"

// The cache of first fragments is small because fragments of one packet travel together:
// what is not asked for within some thousand frames is not asked for at all.
const (
	fragmentSets = 256
	fragmentWays = 4 // entries that one hash value may fill

	// fragmentLife is how many frames a first fragment is remembered. A sender that counts
	// its IPv4 identifications up repeats one after 65,536 datagrams at the earliest, so
	// within so many frames it cannot be mistaken for its successor.
	fragmentLife = 1 << 16
)

// fragment is what a first fragment tells of those that follow. The zero fragment is none.
type fragment struct {
	src, dst         Addr
	id               uint32
	srcPort, dstPort uint16
	born             uint64   // the cache's clock when it was remembered
	keyed            Protocol // part of the key in IPv4 (RFC 791, section 2.3), 0 in IPv6
	protocol         Protocol
	outcome          Outcome
	depth            uint8 // of h before what the fragment carries was read
}

// fragmentCache remembers first fragments. A forged flood can push others out, which costs
// them their later fragments' ports, never memory.
type fragmentCache struct {
	clock   uint64 // frames decoded
	entries [fragmentSets * fragmentWays]fragment
}

// fragmentOf returns the key of h's fragments.
func fragmentOf(h *Headers, keyed Protocol, id uint32) fragment {
	return fragment{src: h.Src, dst: h.Dst, id: id, keyed: keyed, depth: h.Depth}
}

// same tells whether f and g are keys of the same packet.
func (f *fragment) same(g *fragment) bool {
	return f.id == g.id && f.keyed == g.keyed && f.src == g.src && f.dst == g.dst
}

// set returns the entries in which f may be.
func (c *fragmentCache) set(f *fragment) []fragment {
	const odd = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio: spreads over the high bits
	x := uint64(f.id) ^ uint64(f.keyed)<<32
	for _, half := range [...][]byte{f.src[:8], f.src[8:], f.dst[:8], f.dst[8:]} {
		x = (x ^ binary.LittleEndian.Uint64(half)) * odd
		x ^= x >> 32
	}
	i := int(x%fragmentSets) * fragmentWays
	return c.entries[i : i+fragmentWays]
}

// remember keeps what the first fragment f came to, and returns that outcome. h is its
// headers after the transport was read, or of the packet that was inside.
func (c *fragmentCache) remember(f fragment, o Outcome, h *Headers) Outcome {
	if !o.reachedIP() {
		return o
	}
	f.born, f.outcome = c.clock, o
	if h.Depth > f.depth {
		f.outcome = TunnelFragment
	} else {
		f.protocol, f.srcPort, f.dstPort = h.Protocol, h.SrcPort, h.DstPort
	}
	set := c.set(&f)
	place := &set[0]
	for i := range set {
		if set[i].born != 0 && set[i].same(&f) {
			place = &set[i] // the newest wins: identifications return
			break
		}
		if set[i].born < place.born {
			place = &set[i]
		}
	}
	*place = f
	return o
}

// recall gives h what the first fragment told of the later fragment f, which lies offset
// octets into its packet. end is the frame's length as far as it belongs to this packet.
func (c *fragmentCache) recall(f fragment, offset, end int, h *Headers) Outcome {
	h.Flags |= LaterFragment
	h.PayloadStart = int32(end)
	o := LaterFragmentUnknown
	set := c.set(&f)
	for i := range set {
		e := &set[i]
		if e.born == 0 || c.clock-e.born >= fragmentLife || !e.same(&f) {
			continue
		}
		o = e.outcome
		if o != TunnelFragment {
			h.Protocol, h.SrcPort, h.DstPort = e.protocol, e.srcPort, e.dstPort
		}
		break
	}
	// A fragment that would overwrite the TCP header of the first one is an attack
	// (RFC 1858, section 4; RFC 3128; RFC 8200, section 4.5 for any overlap).
	if h.Protocol == TCP && offset < minTCP {
		return BadHeader
	}
	return o
}
