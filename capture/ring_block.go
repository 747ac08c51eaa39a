package capture

import (
	"encoding/binary"

	"peeratlas/capture/packet"
)

// A ring of Linux's TPACKET_V3 is memory that the kernel and the program share, in blocks. The
// kernel fills a block with packets one behind the other, and hands it over whole, when it is full
// or some time after it was begun (linux/if_packet.h, Documentation/networking/packet_mmap.rst).
//
//	block    0 version   4 offset of private   8 status     12 number of packets
//	        16 offset of the first packet     20 length     24 sequence number (8)
//	        32 time of the first (4+4)        40 time of the last (4+4)
//
//	packet   0 offset of the next, from here   4 seconds    8 nanoseconds
//	        12 octets captured                16 octets on the wire
//	        20 status                         24 offset of the frame (2)   26 of the network header (2)
//	        28 hash   32 tag (4)   36 EtherType of the tag (2)   38 unused (10)
//	        48 struct sockaddr_ll: 48 family (2)   50 protocol (2, network order)   52 interface (4)
//	           56 ARPHRD_ type (2)   58 packet type (1)   59 address length (1)   60 address (8)
//
// All is in the order of the processor but where said.
const (
	blockStatus  = 8
	blockPackets = 12
	blockFirst   = 16
	blockHeader  = 48

	packetNext     = 0
	packetSeconds  = 4
	packetNanos    = 8
	packetCaptured = 12
	packetOctets   = 16
	packetStatus   = 20
	packetMAC      = 24
	packetTag      = 32
	packetTagType  = 36
	packetProtocol = 50
	packetARPHRD   = 56
	packetType     = 58
	packetAddress  = 59 // its length, and itself
	packetHeader   = 68

	statusUser    = 1 << 0 // of a block: it is the program's
	statusTag     = 1 << 4 // TP_STATUS_VLAN_VALID
	statusTagType = 1 << 6 // TP_STATUS_VLAN_TPID_VALID

	outgoing = 4 // PACKET_OUTGOING, a packet type
)

// framing says what a frame of an interface looks like.
type framing struct {
	link         packet.LinkType
	number       uint32 // of the interface
	snap         int
	noneOutgoing bool // of loopback: each packet passes it twice, out and in
}

const (
	macOctets    = 12 // both addresses of an Ethernet header
	cookedHeader = 16 // LINKTYPE_LINUX_SLL
)

// ringBlock is one block that is being read. While packets are left, the next one's header lies
// within it.
type ringBlock struct {
	octets  []byte
	at      int // of the next packet
	left    int // packets
	damaged uint64
}

// open begins with a block that the kernel has handed over.
func (b *ringBlock) open(octets []byte) {
	b.octets, b.left = octets, 0
	if len(octets) < blockHeader {
		b.damaged++
		return
	}
	n := binary.NativeEndian.Uint32(octets[blockPackets:])
	if n == 0 {
		return
	}
	// A packet takes more than an octet: more packets than octets are none.
	b.left = int(min(uint64(n), uint64(len(octets))))
	b.at = 0
	b.step(binary.NativeEndian.Uint32(octets[blockFirst:]), blockHeader)
}

// step goes on to the packet that is offset octets further, at least so many.
func (b *ringBlock) step(offset uint32, least int) {
	if uint64(offset) < uint64(least) || uint64(offset) > uint64(len(b.octets)-b.at) || len(b.octets)-b.at-int(offset) < packetHeader {
		b.left = 0
		b.damaged++
		return
	}
	b.at += int(offset)
}

// time is the timestamp of the next packet, if one is left.
func (b *ringBlock) time() int64 {
	p := b.octets[b.at : b.at+packetHeader]
	return int64(binary.NativeEndian.Uint32(p[packetSeconds:]))*1e9 + int64(binary.NativeEndian.Uint32(p[packetNanos:]))
}

// take fills dst with packets up to that time, as they lie in the block. Octets that they had on
// the wire and the kernel keeps beside them are written in front of them, into the room that is
// left there for it.
func (b *ringBlock) take(dst []Packet, last int64, f *framing) (n int) {
	for n < len(dst) && b.left > 0 {
		ts := b.time()
		if ts > last {
			break
		}
		at := b.at
		p := b.octets[at : at+packetHeader]
		start := int(binary.NativeEndian.Uint16(p[packetMAC:]))
		captured := uint64(binary.NativeEndian.Uint32(p[packetCaptured:]))
		if start < packetHeader || uint64(start)+captured > uint64(len(b.octets)-at) {
			b.left = 0
			b.damaged++
			break
		}
		end := start + int(captured)
		next := binary.NativeEndian.Uint32(p[packetNext:])
		if !f.noneOutgoing || p[packetType] != outgoing {
			frame, original := f.restore(b.octets[at:at+end:at+end], start)
			dst[n] = Packet{Data: frame, Timestamp: ts, OriginalLength: original, Interface: f.number, LinkType: f.link}
			n++
		}
		if b.left--; b.left > 0 {
			b.step(next, end)
		}
	}
	return n
}

// restore returns the frame of a packet that begins at start of p, as it was on the wire, and its
// length there.
func (f *framing) restore(p []byte, start int) (frame []byte, original uint32) {
	original = binary.NativeEndian.Uint32(p[packetOctets:])
	switch {
	case f.link == packet.LinkLinuxSLL:
		if start >= packetHeader+cookedHeader {
			start -= cookedHeader
			original = addLength(original, cookedHeader)
			cook(p[start:start+cookedHeader], p)
		}
	case f.link == packet.LinkEthernet && binary.NativeEndian.Uint32(p[packetStatus:])&statusTag != 0:
		if start >= packetHeader+tagSize && len(p)-start >= macOctets {
			start -= tagSize
			original = addLength(original, tagSize)
			tag(p[start:start+macOctets+tagSize], p)
		}
	}
	frame = p[start:]
	if len(frame) > f.snap {
		frame = frame[:f.snap:f.snap]
	}
	return frame, max(original, uint32(len(frame)))
}

// addLength adds to a length that may be anything.
func addLength(length, more uint32) uint32 {
	if length+more < length {
		return ^uint32(0)
	}
	return length + more
}

// tag moves the addresses to the front of head and puts the tag of the packet behind them: the
// outermost one, which the kernel takes off. Its EtherType is 802.1Q's if the kernel does not say.
func tag(head, p []byte) {
	kind := uint16(0x8100)
	if binary.NativeEndian.Uint32(p[packetStatus:])&statusTagType != 0 {
		kind = binary.NativeEndian.Uint16(p[packetTagType:])
	}
	control := uint16(binary.NativeEndian.Uint32(p[packetTag:]))
	copy(head[:macOctets], head[tagSize:])
	binary.BigEndian.PutUint16(head[macOctets:], kind)
	binary.BigEndian.PutUint16(head[macOctets+2:], control)
}

// cook writes the header of LINKTYPE_LINUX_SLL: packet type, ARPHRD_ type, length of the address,
// address, protocol (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html).
func cook(head, p []byte) {
	binary.BigEndian.PutUint16(head, uint16(p[packetType]))
	binary.BigEndian.PutUint16(head[2:], binary.NativeEndian.Uint16(p[packetARPHRD:]))
	binary.BigEndian.PutUint16(head[4:], uint16(p[packetAddress]))
	copy(head[6:14], p[packetAddress+1:packetHeader])
	copy(head[14:16], p[packetProtocol:])
}
