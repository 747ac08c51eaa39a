package pipeline

import (
	"encoding/binary"

	"peeratlas/capture/packet"
	"peeratlas/report"
)

// GapMeter estimates what a mirror lost before any counter saw it: a receiver acknowledges
// octets of TCP (RFC 9293, section 3.4) that were never seen here. Zeek's capture-loss rests on
// the same. It watches 4,096 flows at once, chosen by hash, in 2.7 MiB, and allocates nothing
// later; a packet of another flow costs some nanoseconds. It is for one goroutine.
//
// Octets count as lost when they are acknowledged, 200 ms went by in which they could have come
// (mirrors of two directions are not in step), and their sender was seen to go on. So one
// direction that is not mirrored, or takes another way from some time on, is no loss. What is
// lost of a flow's last octets is not seen, nor that of more than 16 holes at once that nobody
// acknowledged. A flow joined in its middle counts after a second: what was on its way then is
// no gap. Keep-alives and window probes repeat or try octets and leave no hole.
type GapMeter struct {
	tags  [gapFlows]gapTag
	flows [gapFlows]gapFlow
	found report.Gaps
	now   int64
}

const (
	gapBits  = 12
	gapFlows = 1 << gapBits // watched at once
	gapHoles = 16           // of one direction at once

	gapQuiet   = 10e9    // ns without a packet after which a flow gives way to another
	gapUnpaid  = 1e9     // the same where one end alone was seen
	gapWarming = 1e9     // ns after a join in the middle before gaps count
	gapLag     = 200e6   // ns in which octets may come behind their acknowledgement
	gapUnseen  = 1 << 16 // octets acknowledged of an end that was never seen: it goes another way
	gapJump    = 1 << 28 // octets: no window is so large; what jumps so far begins anew
)

// gapTag is what a packet of another flow needs to see.
type gapTag struct {
	hash  uint64
	until int64 // the flow is not replaced before
}

// gapFlow is a flow that is watched.
type gapFlow struct {
	addr  [2]packet.Addr
	port  [2]uint16
	told  bool // counted among the sampled
	sides [2]gapSide
}

// gapSide is what is known of the octets that one end sends. Sequence numbers wrap: they are
// compared by the sign of their difference.
type gapSide struct {
	seen    bool   // a packet of it was
	primed  bool   // high is known: from its own packet, or from the SYN's acknowledgement
	count   uint8  // of holes
	pending uint32 // acknowledgements since the sender was seen last
	high    uint32 // behind the highest octet that was seen or acknowledged
	acked   uint32 // behind the highest that was acknowledged
	counted uint32 // of these, what is counted already
	first   uint32 // high when the flow began, to know a SYN that is repeated
	warm    int64  // no gaps are noted before
	holes   [gapHoles]gapHole
}

// gapHole are octets that were not seen, up to but not including to.
type gapHole struct {
	from, to uint32
	time     uint32 // when it was acknowledged, in units of 2^20 ns
	marks    uint8
}

// Marks of a hole.
const (
	holeAcked     = 1 << iota // all of it is acknowledged
	holeLeads                 // it is the first that this acknowledgement is about
	holeConfirmed             // its sender was seen since
)

// NewGapMeter returns one that has seen nothing.
func NewGapMeter() *GapMeter { return new(GapMeter) }

// Add sees a packet that was decoded with the outcome OK.
func (m *GapMeter) Add(h *packet.Headers, ts int64) {
	if h.Protocol != packet.TCP {
		return
	}
	hash := gapHash(h)
	i := hash >> (64 - gapBits)
	t := &m.tags[i]
	if t.hash != hash && uint64(t.until-ts) <= gapQuiet {
		return // another flow's, and that one is not quiet
	}
	m.sampled(i, hash, h, ts)
}

// gapHash mixes both ends, the same for both directions. Flows that share a hash are told apart later.
func gapHash(h *packet.Headers) uint64 {
	src, dst := &h.Src, &h.Dst
	x := binary.LittleEndian.Uint64(src[:8]) ^ binary.LittleEndian.Uint64(dst[:8])
	x += binary.LittleEndian.Uint64(src[8:]) + binary.LittleEndian.Uint64(dst[8:])
	x += (uint64(h.SrcPort) + 0x10000) * (uint64(h.DstPort) + 0x10000)
	x *= 0x9e3779b97f4a7c15
	return (x ^ x>>32) * 0xd6e8feb86659fd93
}

// sampled sees a packet whose place is its flow's, or free.
func (m *GapMeter) sampled(i, hash uint64, h *packet.Headers, ts int64) {
	t, f := &m.tags[i], &m.flows[i]
	m.now = max(m.now, ts)
	d := f.direction(h)
	if t.hash != hash || d < 0 && uint64(t.until-ts) > gapQuiet {
		m.end(f)
		*t = gapTag{hash: hash}
		*f = gapFlow{addr: [2]packet.Addr{h.Src, h.Dst}, port: [2]uint16{h.SrcPort, h.DstPort}}
		d = 0
	}
	switch {
	case d < 0, h.TCPFlags == 0: // another flow of the same hash, or the header was cut
		return
	case h.Flags&(packet.FirstFragment|packet.LaterFragment) != 0:
		*t, *f = gapTag{}, gapFlow{} // how long its segments are nobody knows
		return
	case h.TCPFlags&packet.RST != 0: // its numbers need not be the flow's
		m.end(f)
		*t, *f = gapTag{}, gapFlow{}
		return
	}
	s, other := &f.sides[d], &f.sides[1-d]
	if h.TCPFlags&packet.SYN != 0 {
		f.open(d, h)
	}
	s.send(h, ts, &m.found)
	m.confirm(f, s, ts)
	if h.TCPFlags&packet.ACK != 0 && h.TCPFlags&packet.SYN == 0 {
		other.acknowledge(h.Ack, ts, &m.found)
	}
	t.until = ts + gapUnpaid
	if s.seen && other.seen {
		t.until = ts + gapQuiet
	}
}

// direction is which end sent the packet; -1 is that of no end of f.
func (f *gapFlow) direction(h *packet.Headers) int {
	switch {
	case f.addr[0] == h.Src && f.addr[1] == h.Dst && f.port[0] == h.SrcPort && f.port[1] == h.DstPort:
		return 0
	case f.addr[1] == h.Src && f.addr[0] == h.Dst && f.port[1] == h.SrcPort && f.port[0] == h.DstPort:
		return 1
	}
	return -1
}

// open takes the initial numbers from a SYN, and from its acknowledgement those of the other end.
func (f *gapFlow) open(d int, h *packet.Headers) {
	s, other := &f.sides[d], &f.sides[1-d]
	begin := h.Seq + 1
	if s.primed && s.first == begin {
		return // repeated
	}
	if h.TCPFlags&packet.ACK == 0 {
		*other = gapSide{} // the ports are used anew
	} else if !other.primed {
		*other = gapSide{primed: true, high: h.Ack, acked: h.Ack, counted: h.Ack, first: h.Ack}
	}
	*s = gapSide{primed: true, high: begin, acked: begin, counted: begin, first: begin}
}

// confirm takes note that the sender of s goes on: what was acknowledged so far counts.
func (m *GapMeter) confirm(f *gapFlow, s *gapSide, ts int64) {
	if s.pending > 0 {
		m.found.Acks += uint64(s.pending)
		m.found.Octets += uint64(s.acked - s.counted)
		if !f.told {
			f.told = true
			m.found.Sampled++
		}
		s.pending = 0
	}
	s.counted = s.acked
	for i := 0; i < int(s.count); i++ {
		hole := &s.holes[i]
		if hole.marks&holeAcked == 0 {
			continue
		}
		hole.marks |= holeConfirmed
		if uint32(ts>>20)-hole.time > gapLag>>20 {
			countLost(&m.found, hole)
			s.drop(i)
			i--
		}
	}
}

// countLost counts a hole that was acknowledged.
func countLost(found *report.Gaps, hole *gapHole) {
	found.UnseenOctets += uint64(hole.to - hole.from)
	if hole.marks&holeLeads != 0 {
		found.Unseen++
	}
}

// end counts what is left of a flow.
func (m *GapMeter) end(f *gapFlow) {
	for d := range f.sides {
		s := &f.sides[d]
		for i := range s.holes[:s.count] {
			if hole := &s.holes[i]; hole.marks&holeConfirmed != 0 {
				countLost(&m.found, hole)
			}
		}
	}
}

// Gaps tells what was found so far. Octets that may still come do not count as lost, unless no
// more packets come.
func (m *GapMeter) Gaps(last bool) report.Gaps {
	if !last {
		return m.found
	}
	before := m.found
	for i := range m.flows {
		m.end(&m.flows[i])
	}
	all := m.found
	m.found = before
	return all
}
