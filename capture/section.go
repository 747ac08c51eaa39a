package capture

import "peeratlas/capture/packet"

// Options of blocks (draft-ietf-opsawg-pcapng, sections 4.2 and 4.6).
const (
	optionEnd        = 0
	optionResolution = 9  // if_tsresol, 1 octet
	optionOffset     = 14 // if_tsoffset, 8 octets, seconds, signed
	optionIfDrop     = 5  // isb_ifdrop, 8 octets
	optionOSDrop     = 7  // isb_osdrop, 8 octets
)

// section reads a section header block (section 4.1). The section's length is not
// asked for: writers leave it out, and its blocks are walked anyway.
func (g *ngGuard) section(block []byte) {
	g.endSection()
	major, minor := g.u16(block[12:]), g.u16(block[14:])
	// Section 4.1: minor 2 was written by some, and means the same as 0.
	g.skipping = major != 1 || minor != 0 && minor != 2
	if g.skipping {
		g.refuse(block, LostVersion)
		return
	}
	g.pass(len(block))
}

// endSection forgets the interfaces, of which each section has its own.
func (g *ngGuard) endSection() {
	g.dropped = g.drops()
	g.interfaces = g.interfaces[:0]
}

// drops sums up all sections so far.
func (g *ngGuard) drops() drops {
	sum := g.dropped
	for i := range g.interfaces {
		sum.add(g.interfaces[i].drops)
	}
	return sum
}

// describe reads an interface description block (section 4.2).
func (g *ngGuard) describe(block []byte) {
	if len(g.interfaces) == maxInterfaces {
		g.lost[LostDamaged]++
		return
	}
	d := described{
		link:  packet.LinkType(g.u16(block[8:])),
		snap:  g.u32(block[12:]),
		known: true,
	}
	resolution, offset := uint8(microseconds), int64(0)
	said := InterfaceInfo{LinkType: d.link, SnapLength: d.snap}
	ok := g.options(block[16:len(block)-4], func(code uint16, value []byte) {
		switch {
		case code == optionResolution && len(value) == 1:
			resolution = value[0]
		case code == optionOffset && len(value) == 8:
			offset = int64(g.u64(value))
		case g.ledger.told != nil:
			said.note(code, value)
		}
	})
	if !ok {
		g.lost[LostDamaged]++
	}
	d.clock = newClock(resolution, offset)
	d.number = g.ledger.describe(d.link)
	g.ledger.told.tell(d.number, g.order, said)
	g.interfaces = append(g.interfaces, d)
}

// statistics reads an interface statistics block (section 4.6). Its counts run from
// the start of the capture, so the last block of an interface stands.
func (g *ngGuard) statistics(block []byte) {
	id := g.u32(block[8:])
	if id >= uint32(len(g.interfaces)) {
		return
	}
	d := &g.interfaces[id].drops
	ok := g.options(block[20:len(block)-4], func(code uint16, value []byte) {
		switch {
		case code == optionIfDrop && len(value) == 8:
			d.byInterface = g.u64(value)
		case code == optionOSDrop && len(value) == 8:
			d.bySystem = g.u64(value)
		}
	})
	if !ok {
		g.lost[LostDamaged]++
	}
}

// options calls each for the options of a block (section 3.5). It tells whether
// their lengths stay inside; what came before one that does not is used.
func (g *ngGuard) options(b []byte, each func(code uint16, value []byte)) bool {
	for len(b) >= 4 {
		code, length := g.u16(b), int(g.u16(b[2:]))
		b = b[4:]
		if code == optionEnd {
			return true
		}
		if length > len(b) {
			return false
		}
		each(code, b[:length])
		b = b[min((length+3)&^3, len(b)):]
	}
	return true
}

// damaged skips to the next sound block. It tells whether there is one.
func (g *ngGuard) damaged(kind uint32, reason Loss) bool {
	switch kind {
	case blockSection:
		// What follows belongs to a section that cannot be read: its interfaces count anew.
		g.endSection()
	case blockInterface:
		// The ones behind it keep their places.
		if len(g.interfaces) < maxInterfaces && reason == LostDamaged {
			g.interfaces = append(g.interfaces, described{number: g.ledger.anonymous()})
		}
	}
	return g.resync(g.find, reason)
}

// stream passes a block that is longer than the buffer, piece by piece: one of a type that
// holds nothing for us. It tells whether the input goes on behind it. A length that lies would
// hide all packets that it covers: where a sound block begins inside, the long one is damage.
func (g *ngGuard) stream(length int) bool {
	window, err := g.peek(bufferSize)
	if at, ok := g.find(window, blockFrame, err != nil); ok {
		g.skip(at)
		g.lost[LostDamaged]++
		return true
	}
	n := g.discard(length - 4)
	end, err := g.peek(4)
	if err == nil && int(g.u32(end)) == length {
		return g.pass(4)
	}
	g.lost[LostOctets] += uint64(n)
	if err != nil {
		g.skip(4)
		g.lost[LostTruncated]++
		return false
	}
	return g.resync(g.find, LostDamaged)
}

// find is the finder of blocks: of a known type, with lengths that agree. It looks at
// every octet, not every fourth, since octets may have been lost or added before it.
func (g *ngGuard) find(window []byte, from int, end bool) (at int, ok bool) {
	large := g.large
	for at = from; at+blockFrame <= len(window); at++ {
		b := window[at:]
		kind := g.u32(b)
		if kind == 0 { // holes are of zeros
			at = min(zeros(window, at+4)-4, len(window)-blockFrame)
			continue
		}
		if kind != blockSection && kind > blockEnhanced {
			continue
		}
		_, length := g.frame(b)
		switch {
		case length == 0 || length > scanWindow:
		case length > len(b):
			if !end {
				g.large = large
				return at, false
			}
		case g.trailer(b[:length]) == length:
			return at, true // with the byte order of a section header, which next reads again
		}
		g.large = large
	}
	return at, false
}
