package doctor

import (
	"bytes"

	"peeratlas/capture/packet"
	"peeratlas/report"
)

// The conversations that are held. When there are more, a sample of them is kept: those whose hash
// begins with enough zeros, so that each had the same chance, whenever it came. Of a share of a half
// among mostConversations/2, the least that a sample has, the error is under 1.6% (1.96 standard
// errors).
const (
	conversationSlots = 1 << 14
	mostConversations = conversationSlots / 2
)

// marks are what was seen of a TCP side. It is a bit set.
type marks uint8

const (
	sawSYN    marks = 1 << iota // without ACK
	sawSYNACK                   //
	sawACK                      // alone or with data: the other end is answering
	ackMoved                    // and goes on sending
	known                       // next is valid
)

// side is one direction of a conversation.
type side struct {
	from, to packet.MAC
	packets  uint32
	next     uint32 // TCP sequence number after the highest octet seen
	ack      uint32 // last acknowledgement
	gapFrom  uint32 // octets that were acknowledged and not seen, the last time
	gapTo    uint32
	gapTime  int64
	inf      uint16
	vid      uint16
	tagged   bool
	marks    marks
}

// conversation is what two sockets say to each other. side[0] is sent by addr[0].
type conversation struct {
	hash     uint64 // 0 is a free slot
	last     int64
	addr     [2]packet.Addr
	port     [2]uint16
	protocol packet.Protocol
	first    uint8 // the side that began, as far as is known
	side     [2]side
}

// conversations is a table of a sample of them.
type conversations struct {
	home    func(*[16]byte) bool
	slots   []conversation
	spare   []conversation
	used    int
	halved  uint   // a conversation is sampled if so many bits of its hash are zero
	packets uint64 // that belong to a conversation
	passed  uint64 // of these, packets of conversations that are not sampled

	acks, unseen, unseenOctets uint64
	late                       uint64 // acknowledgements that came before what they acknowledge
	resent                     uint64
}

func (c *conversations) init(home func(*[16]byte) bool) {
	c.home = home
	c.slots, c.spare = make([]conversation, conversationSlots), make([]conversation, conversationSlots)
}

// add counts f, and tells f when the packet before it came.
func (c *conversations) add(f *frame) {
	h := &f.h
	if f.outcome != packet.OK || f.cast != unicast || castOfIP(&h.Dst) != unicast {
		return
	}
	c.packets++
	d := 0
	if n := bytes.Compare(h.Src[:], h.Dst[:]); n > 0 || n == 0 && h.SrcPort > h.DstPort {
		d = 1
	}
	v := c.find(f, d)
	if v == nil {
		c.passed++
		return
	}
	s := &v.side[d]
	if s.packets == 0 {
		s.from, s.to, s.inf, s.vid, s.tagged = h.SrcMAC, h.DstMAC, f.inf, f.vid, f.tags > 0
	}
	if s.packets < 1<<32-1 {
		s.packets++
	}
	f.before, v.last = v.last, f.time
	if h.Protocol == packet.TCP && h.TCPFlags != 0 && h.Flags&packet.LaterFragment == 0 {
		c.tcp(f, v, d)
	}
}

// find finds or makes the conversation of f; nil if it is not sampled.
func (c *conversations) find(f *frame, d int) *conversation {
	h := &f.h
	src, dst := &h.Src, &h.Dst
	if d == 1 {
		src, dst = dst, src
	}
	ports := uint64(h.SrcPort)<<16 | uint64(h.DstPort)
	if d == 1 {
		ports = uint64(h.DstPort)<<16 | uint64(h.SrcPort)
	}
	hash := max(mixedAddr(mixedAddr(mixed(1, ports|uint64(h.Protocol)<<32), src), dst), 1)
	if !c.sampled(hash) {
		return nil
	}
	i := slotOf(hash)
	for ; c.slots[i].hash != 0; i = (i + 1) % conversationSlots {
		if c.slots[i].hash == hash {
			return &c.slots[i]
		}
	}
	if c.used == mostConversations {
		if c.halve(); !c.sampled(hash) || c.used == mostConversations {
			return nil
		}
		for i = slotOf(hash); c.slots[i].hash != 0; i = (i + 1) % conversationSlots {
		}
	}
	c.used++
	v := &c.slots[i]
	*v = conversation{hash: hash, last: noTime, addr: [2]packet.Addr{*src, *dst}, protocol: h.Protocol, first: uint8(d),
		port: [2]uint16{uint16(ports >> 16), uint16(ports)}}
	return v
}

func slotOf(hash uint64) int { return int(hash % conversationSlots) }

func (c *conversations) sampled(hash uint64) bool { return c.halved == 0 || hash>>(64-c.halved) == 0 }

// halve keeps every other conversation, until there is room. Nobody can be sure to have hashes that
// begin with 64 zeros, so it ends.
func (c *conversations) halve() {
	for c.used >= mostConversations && c.halved < 48 {
		c.halved++
		c.used = 0
		clear(c.spare)
		for j := range c.slots {
			v := &c.slots[j]
			if v.hash == 0 || !c.sampled(v.hash) {
				continue
			}
			i := slotOf(v.hash)
			for ; c.spare[i].hash != 0; i = (i + 1) % conversationSlots {
			}
			c.spare[i] = *v
			c.used++
		}
		c.slots, c.spare = c.spare, c.slots
	}
}

// Limits of what is made of TCP's numbers (RFC 9293, section 3.4).
const (
	// A window is 1 GiB at most (RFC 7323, section 2.3); a gap of more than some MiB is another
	// connection of the same ports, or nonsense.
	mostGap = 16 << 20
	// Where a mirror session sends both directions out of one port, one waits in a queue while the
	// other overtakes: that takes no longer than the queue is deep.
	lateWithin = 100e6
)

// tcp counts acknowledgements of octets that were never seen, as Zeek's capture-loss does.
func (c *conversations) tcp(f *frame, v *conversation, d int) {
	const syn, rst, ack, fin = packet.SYN, packet.RST, packet.ACK, packet.FIN
	h, s, o := &f.h, &v.side[d], &v.side[1-d]
	if h.Flags&packet.FirstFragment != 0 { // where it ends only the last one says
		s.marks &^= known
		return
	}
	end := h.Seq + uint32(h.PayloadOctets)
	if h.TCPFlags&fin != 0 {
		end++
	}
	switch {
	case h.TCPFlags&rst != 0:
		return
	case h.TCPFlags&(syn|ack) == syn:
		if s.marks&sawSYN == 0 || s.next != end+1 { // a new connection
			o.marks &^= known
		}
		s.marks |= sawSYN | known
		s.next, v.first = end+1, uint8(d)
		return
	case h.TCPFlags&syn != 0:
		if s.packets == 1 && o.packets == 0 {
			v.first = uint8(1 - d)
		}
		s.marks |= sawSYNACK | known
		s.next = end + 1
		return
	case h.TCPFlags&ack == 0:
		return
	}
	if s.marks&sawACK != 0 && h.Ack != s.ack {
		s.marks |= ackMoved
	}
	s.marks |= sawACK
	s.ack = h.Ack
	c.gap(f, o)
	switch ahead := int32(end - s.next); {
	case s.marks&known == 0, ahead > 0:
		s.next = end
		s.marks |= known
	case h.PayloadOctets == 0:
	case s.gapTo != s.gapFrom && int32(h.Seq-s.gapFrom) >= 0 && int32(end-s.gapTo) <= 0 && f.time-s.gapTime <= lateWithin:
		c.late++
		c.unseen--
		s.gapTo = s.gapFrom
	default:
		c.resent++
	}
}

// gap compares the acknowledgement of f with what was seen of the side that it acknowledges.
func (c *conversations) gap(f *frame, o *side) {
	if o.marks&known == 0 {
		return
	}
	c.acks++
	ahead := int32(f.h.Ack - o.next)
	switch {
	case ahead > mostGap:
		o.marks &^= known
	case ahead > 0:
		c.unseen++
		c.unseenOctets += uint64(ahead)
		o.gapFrom, o.gapTo, o.gapTime, o.next = o.next, f.h.Ack, f.time, f.h.Ack
	}
}

// all goes over the conversations that are sampled.
func (c *conversations) all(yield func(*conversation) bool) {
	for i := range c.slots {
		if c.slots[i].hash != 0 && !yield(&c.slots[i]) {
			return
		}
	}
}

// gaps is the estimate of what the mirror lost.
func (c *conversations) gaps() report.Gaps {
	return report.Gaps{Acks: c.acks, Unseen: c.unseen, Sampled: uint64(c.used)}
}
