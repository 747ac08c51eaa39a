package capture

import (
	"encoding/binary"

	"github.com/google/gopacket/pcapgo"

	"peeratlas/capture/packet"
)

// Block types (draft-ietf-opsawg-pcapng, section 4, and section 11.1 for the obsolete one).
const (
	blockInterface  = 1
	blockObsolete   = 2 // packet block
	blockSimple     = 3
	blockNames      = 4
	blockStatistics = 5
	blockEnhanced   = 6
	blockSection    = 0x0a0d0d0a // the same in both byte orders

	byteOrderMagic = 0x1a2b3c4d
)

// Lengths of the blocks without what varies in them: type, both lengths, and fixed fields.
const (
	blockFrame       = 12
	sectionLength    = 28
	interfaceLength  = 20
	statisticsLength = 24
	packetLength     = 32 // enhanced and obsolete
	packetData       = 28 // where their data begins
	simpleLength     = 16
)

// maxInterfaces is how many interfaces of one section are kept (4 MiB). The obsolete packet
// block counts them in 16 bits; the packets of further ones are counted as LostInterface.
const maxInterfaces = 1 << 16

// ngGuard lets the sound packet blocks of a pcapng stream through to pcapgo, and reads
// sections, interfaces and statistics itself.
type ngGuard struct {
	guard
	readers    [2]*pcapgo.NgReader
	interfaces []described
	skipping   bool  // the section is of an unknown version
	last       int64 // time of the last packet: simple packet blocks have none
	dropped    drops // of sections that are read
}

// newNgGuard starts in front of the first section.
func newNgGuard(g guard, s *stage) ngGuard {
	return ngGuard{guard: g, readers: s.ng, interfaces: s.interfaces[:0]}
}

// run delivers sound enhanced packet blocks from where they lie, none later than last, as
// many as follow one another in memory and dst takes. It reads nothing. What it leaves is
// for next.
func (g *ngGuard) run(dst []Packet, last int64) int {
	if g.skipping {
		return 0
	}
	b, n := g.ahead(), 0
	for n < len(dst) && len(b) >= packetLength && g.u32(b) == blockEnhanced {
		_, length := g.frame(b)
		if length == 0 || length > len(b) || g.trailer(b[:length]) != length {
			break
		}
		id, captured := g.u32(b[8:]), g.u32(b[20:])
		if captured > uint32(length-packetLength) || captured > MaxCaptured || id >= uint32(len(g.interfaces)) || !g.interfaces[id].known {
			break
		}
		from := &g.interfaces[id]
		ts := from.clock.nanoseconds(uint64(g.u32(b[12:]))<<32 | uint64(g.u32(b[16:])))
		if ts > last {
			break
		}
		p := &dst[n]
		end := packetData + int(captured)
		p.Data = b[packetData:end:end]
		p.Timestamp, p.OriginalLength, p.Interface, p.LinkType = ts, max(g.u32(b[24:]), captured), from.number, from.link
		g.last = ts
		b = b[length:]
		n++
	}
	g.at = g.end - len(b)
	return n
}

// next examines the blocks that are due and reads the next sound packet by pcapgo; false is
// the end. Data is valid until the next call.
func (g *ngGuard) next(p *Packet) bool {
	for {
		h, err := g.peek(blockFrame)
		if err != nil {
			if len(h) > 0 {
				g.skip(len(h))
				g.lost[LostTruncated]++
			}
			return false
		}
		kind, length := g.frame(h)
		if length > bufferSize {
			if !g.stream(length) {
				return false
			}
			continue
		}
		block, reason, ok := g.whole(length)
		if !ok {
			if !g.damaged(kind, reason) {
				return false
			}
			continue
		}
		if g.block(kind, block, p) {
			return true
		}
	}
}

// whole looks at the block that is due; false is why it is not sound as a frame.
func (g *ngGuard) whole(length int) (block []byte, reason Loss, ok bool) {
	if length == 0 {
		return nil, LostDamaged, false
	}
	block, err := g.peek(length)
	if err != nil {
		return nil, LostTruncated, false
	}
	return block, LostDamaged, g.trailer(block) == length
}

// frame reads type and length of the block that begins with h, and takes the byte
// order of a section header. A length that cannot be is 0.
func (g *ngGuard) frame(h []byte) (kind uint32, length int) {
	kind = g.u32(h)
	if kind == blockSection {
		switch uint32(byteOrderMagic) {
		case binary.LittleEndian.Uint32(h[8:]):
			g.large = false
		case binary.BigEndian.Uint32(h[8:]):
			g.large = true
		default:
			return kind, 0
		}
	}
	n := g.u32(h[4:])
	shortest, longest := lengths(kind)
	if n%4 != 0 || n < shortest || n > longest {
		return kind, 0
	}
	return kind, int(n)
}

// lengths bounds the length of a block of this type. Blocks that are used must fit the
// buffer: a longer one is damaged more likely than it is true.
func lengths(kind uint32) (shortest, longest uint32) {
	switch kind {
	case blockSection:
		return sectionLength, bufferSize
	case blockInterface:
		return interfaceLength, bufferSize
	case blockStatistics:
		return statisticsLength, bufferSize
	case blockEnhanced, blockObsolete:
		return packetLength, bufferSize
	case blockSimple:
		return simpleLength, bufferSize
	}
	return blockFrame, maxBlock
}

// trailer is the length that ends a block, and must repeat the one that begins it.
func (g *ngGuard) trailer(block []byte) int { return int(g.u32(block[len(block)-4:])) }

// block uses one block whose two lengths agree. It tells whether it was a packet.
func (g *ngGuard) block(kind uint32, block []byte, p *Packet) bool {
	if kind == blockSection {
		g.section(block)
		return false
	}
	if g.skipping {
		g.skip(len(block))
		return false
	}
	switch kind {
	case blockEnhanced, blockObsolete:
		return g.packet(kind, block, p)
	case blockSimple:
		return g.simple(block, p)
	case blockInterface:
		g.describe(block)
	case blockStatistics:
		g.statistics(block)
	}
	// Section 4: blocks of types that are not known are skipped, which is no loss.
	g.pass(len(block))
	return false
}

// packet reads an enhanced packet block (section 4.3) or an obsolete one (section 11.1),
// which differ in the interface field only.
func (g *ngGuard) packet(kind uint32, block []byte, p *Packet) bool {
	id := g.u32(block[8:])
	if kind == blockObsolete {
		id = uint32(g.u16(block[8:]))
	}
	captured := g.u32(block[20:])
	switch {
	case captured > uint32(len(block)-packetLength):
		return g.refuse(block, LostDamaged)
	case captured > MaxCaptured:
		return g.refuse(block, LostOversized)
	case id >= uint32(len(g.interfaces)) || !g.interfaces[id].known:
		return g.refuse(block, LostInterface)
	}
	from := &g.interfaces[id]
	if kind == blockObsolete {
		if drops := g.u16(block[10:]); drops != 0xffff { // 0xffff: not known
			g.dropped.byInterface = saturate(g.dropped.byInterface, uint64(drops))
		}
	}
	g.put32(block[8:], 0) // pcapgo has but the one interface of our own making
	g.last = from.clock.nanoseconds(uint64(g.u32(block[12:]))<<32 | uint64(g.u32(block[16:])))
	p.OriginalLength = max(g.u32(block[24:]), captured)
	return g.deliver(block, from, p)
}

// simple reads a simple packet block (section 4.4): it is of the section's first interface,
// its captured length follows from that interface's snap length, and it has no time; it
// gets that of the packet before it.
func (g *ngGuard) simple(block []byte, p *Packet) bool {
	if len(g.interfaces) == 0 || !g.interfaces[0].known {
		return g.refuse(block, LostInterface)
	}
	from := &g.interfaces[0]
	original := g.u32(block[8:])
	captured := original
	if from.snap != 0 {
		captured = min(captured, from.snap)
	}
	switch {
	case captured > uint32(len(block)-simpleLength):
		return g.refuse(block, LostDamaged)
	case captured > MaxCaptured:
		return g.refuse(block, LostOversized)
	}
	g.put32(block[8:], captured) // pcapgo reads as much as this says
	p.OriginalLength = original
	return g.deliver(block, from, p)
}

// deliver lets pcapgo read the block.
func (g *ngGuard) deliver(block []byte, from *described, p *Packet) bool {
	reader := g.readers[little]
	if g.large {
		reader = g.readers[big]
	}
	g.feed.rest = block
	data, _, err := reader.ZeroCopyReadPacketData()
	g.pass(len(block))
	if err != nil { // not possible after the checks; the end follows, for pcapgo's position is lost
		g.lost[LostDamaged]++
		g.skip(len(g.ahead()))
		return false
	}
	p.Data = data
	p.Timestamp = g.last
	p.Interface = from.number
	p.LinkType = from.link
	return true
}

// refuse skips a block that is sound as a frame, but not as what it holds.
func (g *ngGuard) refuse(block []byte, reason Loss) bool {
	g.lost[reason]++
	g.skip(len(block))
	return false
}

// ready tells whether the next block is in memory, so that reading it does not wait.
func (g *ngGuard) ready() bool {
	h := g.ahead()
	return len(h) >= blockFrame && len(h) >= int(min(g.u32(h[4:]), bufferSize))
}

// described is an interface of the current section.
type described struct {
	clock  clock
	drops  drops // by its last statistics block
	number uint32
	snap   uint32 // 0 is no limit
	link   packet.LinkType
	known  bool // false: its description is damaged
}

// drops are packets lost while the capture was made.
type drops struct{ byInterface, bySystem uint64 }

func (d *drops) add(e drops) {
	d.byInterface = saturate(d.byInterface, e.byInterface)
	d.bySystem = saturate(d.bySystem, e.bySystem)
}
