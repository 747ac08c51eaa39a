package doctor

import (
	"encoding/binary"
	"math/bits"

	"peeratlas/capture"
	"peeratlas/capture/packet"
)

// cast is to how many a frame is sent.
type cast uint8

const (
	noCast cast = iota // not known
	unicast
	multicast
	broadcast
)

// role is what a Linux cooked capture says of its machine's part in a frame
// (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html).
type role uint8

const (
	noRole role = iota
	toMe
	fromMe
	toOther
)

// frame is one packet as all checks see it. It holds no octets longer than its packet lives.
type frame struct {
	data    []byte
	wire    uint32 // octets on the wire
	time    int64
	number  uint64 // of the packet, from 1
	inf     uint16 // interface
	link    packet.LinkType
	outcome packet.Outcome
	h       packet.Headers

	cast   cast
	role   role
	macs   bool   // h.SrcMAC and h.DstMAC are known
	tags   uint8  // 802.1Q tags in front of the network layer
	vid    uint16 // of the outermost one; 0 is also a priority tag's
	ip     int    // offset of the IP header that h is of; -1 if it was not found
	next   int    // offset of what follows that header, without IPv6 extension headers; valid if ip is
	ttl    uint8  // valid if ip is
	id     uint16 // IPv4's identification; 0 is none
	before int64  // time of the packet before it in the same conversation; noTime if there is none
}

const noTime = -1 << 63

// read decodes p into f.
func (f *frame) read(d *packet.Decoder, p *capture.Packet) {
	f.data, f.time, f.link = p.Data, p.Timestamp, p.LinkType
	f.number++
	f.wire = max(p.OriginalLength, uint32(len(p.Data)))
	f.inf = uint16(min(p.Interface, 0xffff))
	f.outcome = d.Decode(p.LinkType, p.Data, int(min(f.wire, 1<<30)), &f.h)
	f.before = noTime
	f.locate(f.linkLayer())
}

// linkLayer reads what the link header says beside the protocol, and returns where it ends.
func (f *frame) linkLayer() int {
	b := f.data
	f.cast, f.role, f.macs, f.tags, f.vid = noCast, noRole, false, 0, 0
	switch f.link {
	case packet.LinkEthernet:
		if len(b) < 14 {
			return -1
		}
		f.macs = true
		f.cast = castOf(b)
		return f.tagged(12, 14)
	case packet.LinkLinuxSLL:
		if len(b) < 16 {
			return -1
		}
		f.cooked(binary.BigEndian.Uint16(b))
		return f.tagged(14, 16)
	case packet.LinkLinuxSLL2:
		if len(b) < 20 {
			return -1
		}
		f.cooked(uint16(b[10]))
		return f.tagged(0, 20)
	case packet.LinkNull, packet.LinkLoop:
		return 4
	}
	return 0
}

func castOf(mac []byte) cast {
	switch {
	case [6]byte(mac) == [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}:
		return broadcast
	case mac[0]&1 != 0: // IEEE 802, 8.2.2: the group bit
		return multicast
	}
	return unicast
}

func (f *frame) cooked(kind uint16) {
	switch kind {
	case 0:
		f.cast, f.role = unicast, toMe
	case 1:
		f.cast = broadcast
	case 2:
		f.cast = multicast
	case 3:
		f.cast, f.role = unicast, toOther
	case 4:
		f.role = fromMe
	}
}

// tagged counts the 802.1Q tags of which the first EtherType is at t, and returns what follows them.
func (f *frame) tagged(t, next int) int {
	const most = 8
	for f.tags < most && len(f.data) >= next+4 {
		switch binary.BigEndian.Uint16(f.data[t:]) {
		case 0x8100, 0x88a8, 0x9100: // C-tag, S-tag, S-tag before 802.1ad
		default:
			return next
		}
		if f.tags == 0 {
			f.vid = binary.BigEndian.Uint16(f.data[next:]) & 0x0fff
		}
		f.tags++
		t, next = next+2, next+4
	}
	return next
}

// mostBefore bounds how far into a frame an IP header is looked for: a mirror session of an overlay
// that carries a tunnel has less in front of it.
const mostBefore = 256

// locate finds the IP header that h is of: at the offset at, or behind whatever was undone.
func (f *frame) locate(at int) {
	f.ip, f.next, f.ttl, f.id = -1, 0, 0, 0
	switch f.outcome {
	case packet.OK, packet.ICMPMessage, packet.OtherTransport, packet.LaterFragmentUnknown, packet.TunnelFragment:
	default:
		return
	}
	if at < 0 || !f.holds(at) || f.h.Depth > 0 {
		// Of equal headers the innermost is meant.
		at = -1
		for i := min(len(f.data)-20, mostBefore); i >= 0; i-- {
			if f.holds(i) {
				at = i
				break
			}
		}
		if at < 0 {
			return
		}
	}
	f.ip = at
	if b := f.data[at:]; b[0]>>4 == 4 {
		f.next, f.ttl, f.id = at+int(b[0]&15)*4, b[8], binary.BigEndian.Uint16(b[4:])
	} else {
		f.next, f.ttl = at+40, b[7]
	}
	if f.cast == noCast {
		f.cast = castOfIP(&f.h.Dst)
	}
}

// holds tells whether the IP header of h is at offset at.
func (f *frame) holds(at int) bool {
	if len(f.data) < at+20 {
		return false
	}
	b := f.data[at:]
	switch b[0] >> 4 {
	case 4:
		return b[0]&15 >= 5 && f.h.Src.Is4() && [4]byte(b[12:]) == [4]byte(f.h.Src[12:]) && [4]byte(b[16:]) == [4]byte(f.h.Dst[12:])
	case 6:
		return len(b) >= 40 && packet.Addr(b[8:24]) == f.h.Src && packet.Addr(b[24:40]) == f.h.Dst
	}
	return false
}

// castOfIP reads an address where no link layer tells (RFC 1112, section 4; RFC 4291, section 2.7).
func castOfIP(a *packet.Addr) cast {
	switch {
	case a.Is4() && [4]byte(a[12:]) == [4]byte{255, 255, 255, 255}:
		return broadcast
	case a.Is4() && a[12]>>4 == 0xe, !a.Is4() && a[0] == 0xff:
		return multicast
	}
	return unicast
}

// private tells the addresses that no registry assigns to one holder: RFC 1918, RFC 6598,
// RFC 3927, RFC 4193 and link-local ones of RFC 4291.
func private(a *[16]byte) bool {
	addr := packet.Addr(*a)
	if !addr.Is4() {
		return a[0]&0xfe == 0xfc || a[0] == 0xfe && a[1]&0xc0 == 0x80
	}
	switch b := a[12:]; b[0] {
	case 10, 127:
		return true
	case 172:
		return b[1]&0xf0 == 16
	case 192:
		return b[1] == 168
	case 100:
		return b[1]&0xc0 == 64
	case 169:
		return b[1] == 254
	}
	return false
}

// mixed takes one more word into a hash.
func mixed(h, word uint64) uint64 {
	high, low := bits.Mul64(h^word, 0x9e3779b97f4a7c15) // 2^64 divided by the golden ratio
	return high ^ low
}

// mixedOctets takes octets into a hash.
func mixedOctets(h uint64, b []byte) uint64 {
	for len(b) >= 8 {
		h = mixed(h, binary.LittleEndian.Uint64(b))
		b = b[8:]
	}
	if len(b) > 0 {
		var last [8]byte
		copy(last[:], b)
		h = mixed(h, binary.LittleEndian.Uint64(last[:])^uint64(len(b))<<56)
	}
	return h
}

func mixedAddr(h uint64, a *packet.Addr) uint64 {
	return mixed(mixed(h, binary.LittleEndian.Uint64(a[:8])), binary.LittleEndian.Uint64(a[8:]))
}
