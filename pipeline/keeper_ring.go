package pipeline

import (
	"encoding/binary"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// keptRing holds the latest packets of flows, as many as its octets have room for. Positions rise
// for ever; a packet's place is its position modulo the size. Each packet leads to the one before
// it in its bucket, so that a flow's packets are found without looking at all others.
//
// A packet in the ring, little-endian; its data begins at keptData:
//
//	 0  size of all of it, a multiple of 8; 0: nothing more before the ring's end
//	 4  captured octets
//	 8  position of the one before in the bucket, and one
//	16  timestamp
//	24  original length            28  interface
//	32  link type                  34  protocol
//	36  ports, 2 octets each       40  addresses, 16 octets each
type keptRing struct {
	octets     []byte
	buckets    []uint64 // position of the latest packet, and one
	head, tail uint64   // positions of the next packet, and of the oldest that is held
}

const keptData = 72

// init makes the ring, which with its buckets takes so many octets.
func (r *keptRing) init(memory int64) {
	n := 1 << 10
	for int64(n)*1024 < memory && n < 1<<20 {
		n *= 2
	}
	r.buckets = make([]uint64, n)
	// The longest packet must have room, wherever the ring's end is.
	r.octets = make([]byte, max(memory-int64(n)*8, 2*(capture.MaxCaptured+keptData))&^7)
}

// add puts a packet in, in the place of the oldest ones.
func (r *keptRing) add(p *capture.Packet, key *flow.Key, hash uint64) {
	size := uint64(len(r.octets))
	captured := min(len(p.Data), capture.MaxCaptured)
	need := uint64(keptData+captured+7) &^ 7
	at := r.head % size
	if at+need > size {
		r.room(size - at)
		binary.LittleEndian.PutUint32(r.octets[at:], 0)
		r.head += size - at
		at = 0
	}
	r.room(need)
	b := r.octets[at : at+need]
	bucket := &r.buckets[hash>>32&uint64(len(r.buckets)-1)]
	le := binary.LittleEndian
	le.PutUint32(b[0:], uint32(need))
	le.PutUint32(b[4:], uint32(captured))
	le.PutUint64(b[8:], *bucket)
	le.PutUint64(b[16:], uint64(p.Timestamp))
	le.PutUint32(b[24:], p.OriginalLength)
	le.PutUint32(b[28:], p.Interface)
	le.PutUint16(b[32:], uint16(p.LinkType))
	b[34] = byte(key.Protocol)
	le.PutUint16(b[36:], key.Port[0])
	le.PutUint16(b[38:], key.Port[1])
	*(*[16]byte)(b[40:]) = key.Addr[0]
	*(*[16]byte)(b[56:]) = key.Addr[1]
	copy(b[keptData:], p.Data[:captured])
	*bucket = r.head + 1
	r.head += need
}

// room lets the oldest go until so many octets are free. Where the ring wraps the rest of it counts.
func (r *keptRing) room(need uint64) {
	size := uint64(len(r.octets))
	for r.head+need-r.tail > size {
		at := r.tail % size
		step := uint64(binary.LittleEndian.Uint32(r.octets[at:]))
		if step == 0 {
			step = size - at
		}
		r.tail += step
	}
}

// each calls yield with the position of each packet of a flow that is not earlier than start, the
// latest first.
func (r *keptRing) each(key *flow.Key, hash uint64, start int64, yield func(position uint64)) {
	for next := r.buckets[hash>>32&uint64(len(r.buckets)-1)]; next > r.tail; {
		b := r.octets[(next-1)%uint64(len(r.octets)):]
		if int64(binary.LittleEndian.Uint64(b[16:])) >= start && r.is(b, key) {
			yield(next - 1)
		}
		next = binary.LittleEndian.Uint64(b[8:])
	}
}

// is tells whether the packet in b is of this flow.
func (r *keptRing) is(b []byte, key *flow.Key) bool {
	return packet.Addr(b[40:56]) == key.Addr[0] && packet.Addr(b[56:72]) == key.Addr[1] && packet.Protocol(b[34]) == key.Protocol &&
		binary.LittleEndian.Uint16(b[36:]) == key.Port[0] && binary.LittleEndian.Uint16(b[38:]) == key.Port[1]
}

// packet is the one at a position that each gave, before anything was added. Its data lies in the ring.
func (r *keptRing) packet(position uint64, p *capture.Packet) {
	b := r.octets[position%uint64(len(r.octets)):]
	le := binary.LittleEndian
	captured := le.Uint32(b[4:])
	p.Data = b[keptData : keptData+captured : keptData+captured]
	p.Timestamp, p.OriginalLength, p.Interface = int64(le.Uint64(b[16:])), le.Uint32(b[24:]), le.Uint32(b[28:])
	p.LinkType = packet.LinkType(le.Uint16(b[32:]))
}
