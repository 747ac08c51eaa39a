package main

import (
	"cmp"
	"encoding/binary"
	"slices"
	"time"
)

// TCP control bits (RFC 9293, section 3.1).
const (
	fin = 0x01
	syn = 0x02
	rst = 0x04
	psh = 0x08
	ack = 0x10
)

// stream is a TCP connection with a clock of its own: what it says next, it says at now.
// Its segments are in order and none is lost; a receiver acknowledges with its own next
// segment, or with an empty one if the sender goes on.
type stream struct {
	*conversation
	now   time.Duration
	rtt   time.Duration // between the mirror port and b; a is next to it
	mss   int
	next  [2]uint32 // sequence number of the next octet, by side: 0 is a
	acked [2]uint32 // what the side has acknowledged of the other
}

// dial registers a TCP flow without a packet.
func (s *scene) dial(at time.Duration, a, b endpoint, t truth) *stream {
	c := &stream{
		conversation: s.converse(protocolTCP, a, b, t),
		now:          at, rtt: s.spread(12*ms, 120*ms), mss: 1460,
	}
	if a.host.ip.Is6() {
		c.mss = 1440
	}
	c.next = [2]uint32{uint32(s.random.Uint64()), uint32(s.random.Uint64())}
	return c
}

// tcp opens a connection: SYN, SYN with ACK, ACK.
func (s *scene) tcp(at time.Duration, a, b endpoint, t truth) *stream {
	c := s.dial(at, a, b, t)
	c.segment(0, syn, nil)
	c.now += c.rtt
	c.segment(1, syn|ack, nil)
	c.now += s.spread(40*time.Microsecond, ms/2)
	c.segment(0, ack, nil)
	return c
}

// knock sends SYNs that nobody answers, with the back-off of RFC 6298.
func (s *scene) knock(at time.Duration, a, b endpoint, times int, t truth) {
	c := s.dial(at, a, b, t)
	first := c.next[0]
	for wait := second; times > 0; times-- {
		c.next[0] = first
		c.segment(0, syn, nil)
		c.now += wait
		wait *= 2
	}
}

// refused sends a SYN that is answered by a reset.
func (s *scene) refused(at time.Duration, a, b endpoint, t truth) {
	c := s.dial(at, a, b, t)
	c.segment(0, syn, nil)
	c.now += c.rtt
	c.next[1] = 0 // RFC 9293, section 3.10.7.1: <SEQ=0><ACK=SEG.SEQ+SEG.LEN>
	c.segment(1, rst|ack, nil)
}

// segment emits one segment of a side and counts what it takes of the sequence space.
func (c *stream) segment(side int, flags byte, data []byte) {
	from, to := c.a, c.b
	if side == 1 {
		from, to = to, from
	}
	acknowledged := c.next[1-side]
	if flags&ack == 0 {
		acknowledged = 0
	}
	var options []byte
	if flags&syn != 0 { // MSS (RFC 9293, 3.2), SACK permitted (RFC 2018), window scale (RFC 7323)
		options = join([]byte{2, 4}, u16(c.mss), []byte{4, 2, 1, 3, 3, 7, 1, 1})
	}
	b := join(u16(int(from.port)), u16(int(to.port)), u32(c.next[side]), u32(acknowledged),
		[]byte{byte(20+len(options)) << 2, flags}, u16(64240), []byte{0, 0, 0, 0}, options, data)
	binary.BigEndian.PutUint16(b[16:], transportChecksum(protocolTCP, from.host.ip, to.host.ip, b))
	c.emit(c.now, from, to, b)
	c.acked[side] = acknowledged
	c.next[side] += uint32(len(data))
	if flags&(syn|fin) != 0 {
		c.next[side]++
	}
}

// settle has the receiver acknowledge what side has sent.
func (c *stream) settle(side int) {
	if c.acked[1-side] == c.next[side] {
		return
	}
	if side == 0 {
		c.now += c.rtt
	} else {
		c.now += 100 * time.Microsecond
	}
	c.segment(1-side, ack, nil)
}

// push sends data of one side, in segments.
func (c *stream) push(side int, data []byte) {
	c.settle(side)
	if side == 1 {
		c.now += c.rtt
	} else {
		c.now += c.scene.spread(ms/5, 3*ms)
	}
	for n := 0; len(data) > 0; n++ {
		if n > 0 && n%2 == 0 { // every second full segment is acknowledged: RFC 9293, section 3.8.6.3
			c.settle(side)
		}
		size := min(len(data), c.mss)
		flags := byte(ack)
		if size == len(data) {
			flags |= psh
		}
		c.now += 12 * time.Microsecond
		c.segment(side, flags, data[:size])
		data = data[size:]
	}
}

// send has a send data, each part in segments of its own.
func (c *stream) send(parts ...[]byte) {
	for _, data := range parts {
		c.push(0, data)
	}
}

// answer has b send data, each part in segments of its own.
func (c *stream) answer(parts ...[]byte) {
	for _, data := range parts {
		c.push(1, data)
	}
}

// pause lets time pass, after the receiver has acknowledged.
func (c *stream) pause(d time.Duration) {
	c.settle(0)
	c.settle(1)
	c.now += d
}

// close ends the connection in order, a first.
func (c *stream) close() {
	c.pause(5 * ms)
	c.segment(0, fin|ack, nil)
	c.now += c.rtt
	c.segment(1, fin|ack, nil)
	c.now += 80 * time.Microsecond
	c.segment(0, ack, nil)
}

// inTurn carries messages that are made out of order, such as both directions of a voice,
// on a stream: it says them in order of time once all are known.
type inTurn struct {
	stream *stream
	queue  []saying
}

type saying struct {
	at    time.Duration
	fromA bool
	data  []byte
}

func (q *inTurn) say(at time.Duration, fromA bool, data []byte) {
	q.queue = append(q.queue, saying{at, fromA, data})
}

// flush sends each message in one segment at its time; a segment acknowledges all before it.
func (q *inTurn) flush() {
	slices.SortStableFunc(q.queue, func(a, b saying) int { return cmp.Compare(a.at, b.at) })
	for _, m := range q.queue {
		side := 0
		if !m.fromA {
			side = 1
		}
		q.stream.now = max(q.stream.now+20*time.Microsecond, m.at)
		q.stream.segment(side, ack|psh, m.data)
	}
	q.queue = nil
}
