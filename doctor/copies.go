package doctor

import (
	"encoding/binary"
	"math/bits"

	"peeratlas/capture/packet"
)

// Limits of copies.
const (
	// A copy comes as soon as the packet has passed the next mirrored port or router: in
	// microseconds, or some milliseconds where a queue is full. A sender that repeats waits for an
	// answer first: TCP at least 200 ms in practice (RFC 6298, section 2.4 asks for a second), or a
	// round trip where duplicate acknowledgements tell it.
	copyWithin = 20e6
	// Without an IPv4 identification a packet that was sent again equals the first: only what is
	// quicker than any answer counts then.
	equalWithin = 1e6

	copiesHint    = 0.001 // one port too many for one host of many
	copiesProblem = 0.05  // octets, packets and rates are wrong by as much
	leastCopies   = 10
)

// kind is in what the copy of a packet differs from it.
type kind uint8

const (
	equal       kind = iota
	rewritten        // other MAC addresses: before and after a switch or router that keeps the TTL
	retagged         // other VLAN tags
	routed           // another TTL
	byInterface      // by another interface of the capture
	numKinds
)

var kindWords = [numKinds]string{
	equal:       "as they were",
	rewritten:   "with other MAC addresses",
	retagged:    "under other VLAN tags",
	routed:      "with another TTL, once before and once after a router",
	byInterface: "by two interfaces",
}

var kindFigures = [numKinds]string{"identical", "other_mac", "other_vlan", "other_ttl", "other_interface"}

const (
	copySlots  = 1 << 15 // 20 ms of 1.6 million packets a second
	copyOctets = 96      // of what follows the IP header; the checksum stands for the rest
)

// sent is one packet that may come again. The zero hash is a free slot.
type sent struct {
	hash uint64
	time int64
	macs uint32
	inf  uint16
	vid  uint16
	ttl  uint8
	tags uint8
}

// copies finds packets that came twice.
type copies struct {
	table    []sent
	compared uint64
	young    uint64 // packets that were pushed out of the table while a copy could still come
	kinds    [numKinds]uint64
	delays   [40]uint32 // of copies, by the binary logarithm of nanoseconds
}

func (c *copies) init() { c.table = make([]sent, copySlots) }

// add tells whether f is a copy of a packet before it.
func (c *copies) add(f *frame) bool {
	if f.ip < 0 || f.h.Flags&packet.LaterFragment != 0 {
		return false
	}
	c.compared++
	now := sent{hash: f.content(), time: f.time, inf: f.inf, vid: f.vid, ttl: f.ttl, tags: f.tags}
	if f.macs {
		now.macs = uint32(mixedOctets(1, f.data[:12]))
	}
	e := &c.table[now.hash%copySlots]
	apart := f.time - e.time
	if e.hash != now.hash {
		if e.hash != 0 && apart >= 0 && apart < equalWithin {
			c.young++
		}
		*e = now
		return false
	}
	if apart < 0 {
		apart = -max(apart, -copyWithin-1)
	}
	k := e.differs(&now)
	if apart > copyWithin || k == equal && !f.unrepeatable(apart) {
		*e = now
		return false
	}
	c.kinds[k]++
	c.delays[min(bits.Len64(uint64(apart)), len(c.delays)-1)]++
	return true
}

// content is a hash of what no router or switch changes on a packet's way, and a sender changes when
// it sends something again: addresses, identification, and what follows, without the checksum.
func (f *frame) content() uint64 {
	b := f.data[f.ip:]
	h := mixedAddr(mixedAddr(mixed(2, uint64(f.h.Octets)<<32|uint64(f.id)<<16|uint64(f.h.Protocol)), &f.h.Src), &f.h.Dst)
	if b[0]>>4 == 4 {
		h = mixed(h, uint64(binary.BigEndian.Uint16(b[6:])))
	}
	end := min(len(f.data), f.ip+int(f.h.Octets), f.next+copyOctets)
	if f.next >= end {
		return max(h, 1)
	}
	var rest [copyOctets]byte
	n := copy(rest[:], f.data[f.next:end])
	// What fills checksums in may sit between two copies; where an identification tells packets apart
	// nothing is lost without.
	if at := checksumAt(f.h.Protocol); f.id != 0 && at > 0 && n >= at+2 {
		rest[at], rest[at+1] = 0, 0
	}
	return max(mixedOctets(h, rest[:n]), 1)
}

// unrepeatable tells whether a packet equal to f, so long before, can only be the same one. An
// identification is not used twice within that time (RFC 6864, section 4). Without one, a pure
// acknowledgement is repeated by its sender, and data by those who do not wait.
func (f *frame) unrepeatable(apart int64) bool {
	switch {
	case f.id != 0:
		return true
	case apart > equalWithin || f.cast != unicast:
		return false
	}
	return f.h.Protocol != packet.TCP || f.h.PayloadOctets > 0 || f.h.TCPFlags&(packet.SYN|packet.FIN) != 0
}

// differs says in what a copy is another than the packet.
func (e *sent) differs(now *sent) kind {
	switch {
	case e.inf != now.inf:
		return byInterface
	case e.ttl != now.ttl:
		return routed
	case e.vid != now.vid || e.tags != now.tags:
		return retagged
	case e.macs != now.macs:
		return rewritten
	}
	return equal
}

func (c *copies) all() uint64 {
	n := uint64(0)
	for _, k := range c.kinds {
		n += k
	}
	return n
}

// delay is the median of the copies' delays, as the upper end of a power of two.
func (c *copies) delay() int64 {
	left := c.all() / 2
	for i, n := range c.delays {
		if left < uint64(n) {
			return 1 << i
		}
		left -= uint64(n)
	}
	return 1 << len(c.delays)
}

func (c *copies) finding(resent uint64) Finding {
	f := Finding{Check: "copies",
		Limit: "0.1% is a hint, 5% a problem: packets, octets and rates are counted too high by as much"}
	n := c.all()
	f.figure("copies", n)
	f.figure("compared", c.compared)
	most := kind(0)
	for k := range c.kinds {
		f.figure(kindFigures[k], c.kinds[k])
		if c.kinds[k] > c.kinds[most] {
			most = kind(k)
		}
	}
	f.figure("tcp_resent", resent)
	f.Measured = of(n, c.compared, "packets came twice")
	if n > 0 {
		f.Measured += ", most " + kindWords[most] + ", mostly within " + span(c.delay())
		f.figure("delay_ns", uint64(c.delay()))
	}
	if resent > 0 {
		f.Measured += "; " + grouped(resent) + " that TCP sent again are none"
	}
	if part := share(c.young, c.compared); part > 0.01 {
		f.Measured += "; up to " + percent(c.young, c.compared) + " more could not be compared"
	}
	part := share(n, c.compared)
	switch {
	case c.compared < fewPackets && n < leastCopies:
		if n > 0 || c.compared == 0 {
			f.Severity = Unknown
		}
	case n < leastCopies || part < copiesHint:
	case part < copiesProblem:
		f.is(Hint, "Some traffic is counted twice; a copy may pass for a packet that was sent again.", copiesRemedy[most])
	default:
		f.is(Problem, "Packets and octets are counted twice, and a copy passes for a packet that a program sent again.", copiesRemedy[most])
	}
	return f
}

var copiesRemedy = [numKinds]string{
	equal:       "Mirror each packet once: received packets (rx) of all ports or both directions of the uplink alone, not both directions of every port.",
	rewritten:   "Mirror on one side of the device that rewrites the packets: the inside port or the outside port, not both.",
	retagged:    "Mirror one of the VLANs between which packets are passed on, or only what is received (rx) on the ports.",
	routed:      "Mirror on one side of the router: its inside port or its outside port, or only what is received (rx).",
	byInterface: "Capture on one interface, or give each a part of the traffic; on Linux, name the interface instead of \"any\".",
}
