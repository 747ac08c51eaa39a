package capture

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"peeratlas/capture/packet"
)

// ringPacket is one packet as the kernel would put it into a block.
type ringPacket struct {
	data             []byte
	original         uint32
	seconds, nanos   uint32
	status           uint32
	control, tagType uint16
	kind             byte // PACKET_HOST, ...
	arphrd           uint16
	protocol         uint16 // in network order
	address          []byte
}

// newRingBlock builds a block with that room in front of each frame.
func newRingBlock(size, room int, packets ...ringPacket) []byte {
	b := make([]byte, size)
	u32 := binary.NativeEndian.PutUint32
	u32(b, 1)
	u32(b[blockStatus:], statusUser)
	u32(b[blockPackets:], uint32(len(packets)))
	u32(b[blockFirst:], blockHeader)
	at := blockHeader
	for i, p := range packets {
		h := b[at:]
		u32(h[packetSeconds:], p.seconds)
		u32(h[packetNanos:], p.nanos)
		u32(h[packetCaptured:], uint32(len(p.data)))
		u32(h[packetOctets:], max(p.original, uint32(len(p.data))))
		u32(h[packetStatus:], p.status)
		start := packetHeader + room
		binary.NativeEndian.PutUint16(h[packetMAC:], uint16(start))
		u32(h[packetTag:], uint32(p.control))
		binary.NativeEndian.PutUint16(h[packetTagType:], p.tagType)
		binary.BigEndian.PutUint16(h[packetProtocol:], p.protocol)
		binary.NativeEndian.PutUint16(h[packetARPHRD:], p.arphrd)
		h[packetType] = p.kind
		h[packetAddress] = byte(len(p.address))
		copy(h[packetAddress+1:packetHeader], p.address)
		copy(h[start:], p.data)
		next := (start + len(p.data) + 15) &^ 15
		if i < len(packets)-1 {
			u32(h[packetNext:], uint32(next))
		}
		at += next
	}
	return b
}

var ethernet = framing{link: packet.LinkEthernet, number: 3, snap: 1000}

// slowBlock is what take does, one thing after the other, each octet by itself.
func slowBlock(octets []byte, f *framing) (list []Packet, damaged bool) {
	word := func(at, size int) (v uint64) {
		buf := make([]byte, 8)
		for i := range size {
			buf[i] = octets[at+i]
		}
		switch size {
		case 1:
			return uint64(buf[0])
		case 2:
			return uint64(binary.NativeEndian.Uint16(buf))
		}
		return uint64(binary.NativeEndian.Uint32(buf))
	}
	if len(octets) < 48 {
		return nil, true
	}
	packets, at, least := word(12, 4), 0, uint64(48)
	next := word(16, 4)
	for range min(packets, uint64(len(octets))) {
		if next < least || uint64(at)+next+68 > uint64(len(octets)) {
			return list, true
		}
		at += int(next)
		start, captured := word(at+24, 2), word(at+12, 4)
		if start < 68 || uint64(at)+start+captured > uint64(len(octets)) {
			return list, true
		}
		next, least = word(at, 4), start+captured
		if f.noneOutgoing && word(at+58, 1) == 4 {
			continue
		}
		var front, data []byte
		data = append(data, octets[at+int(start):at+int(start+captured)]...)
		original := word(at+16, 4)
		switch {
		case f.link == packet.LinkLinuxSLL && start >= 68+16:
			front = binary.BigEndian.AppendUint16(front, uint16(word(at+58, 1)))
			front = binary.BigEndian.AppendUint16(front, uint16(word(at+56, 2)))
			front = binary.BigEndian.AppendUint16(front, uint16(word(at+59, 1)))
			front = append(front, octets[at+60:at+68]...)
			front = append(front, octets[at+50], octets[at+51])
		case f.link == packet.LinkEthernet && word(at+20, 4)&0x10 != 0 && len(data) >= 12 && start >= 68+4:
			kind := uint16(0x8100)
			if word(at+20, 4)&0x40 != 0 {
				kind = uint16(word(at+36, 2))
			}
			front = append(front, data[:12]...)
			front = binary.BigEndian.AppendUint16(front, kind)
			front = binary.BigEndian.AppendUint16(front, uint16(word(at+32, 4)))
			data = data[12:]
			original -= 12
		}
		data = append(front, data...)
		original = min(original+uint64(len(front)), math.MaxUint32)
		if len(data) > f.snap {
			data = data[:f.snap]
		}
		list = append(list, Packet{Data: data, Timestamp: int64(word(at+4, 4))*1e9 + int64(word(at+8, 4)),
			OriginalLength: uint32(max(original, uint64(len(data)))), Interface: f.number, LinkType: f.link})
	}
	return list, false
}

// quickBlock is take in batches of that size.
func quickBlock(octets []byte, f *framing, batch int) (list []Packet, damaged bool) {
	var b ringBlock
	b.open(octets)
	dst := make([]Packet, batch)
	for b.left > 0 {
		n := b.take(dst, math.MaxInt64, f)
		list = append(list, dst[:n]...)
	}
	return list, b.damaged > 0
}

func sampleBlock(room int) []byte {
	ip := etherFrame(0x0800, 0x45)
	return newRingBlock(8192, room,
		ringPacket{data: ip, seconds: 1_800_000_000, nanos: 999_999_999},
		ringPacket{data: ip, seconds: 4_294_967_295, status: statusTag, control: 0x2005},
		ringPacket{data: etherFrame(0x8100, 0, 7, 8, 0, 0x45), status: statusTag | statusTagType, control: 6, tagType: 0x88a8},
		ringPacket{data: ip[:12], original: 60, status: statusTag, control: 1},
		ringPacket{data: ip[:11], original: 60, status: statusTag, control: 1},
		ringPacket{data: ip, kind: outgoing, arphrd: 772, protocol: 0x0800, address: []byte{1, 2, 3, 4, 5, 6}},
		ringPacket{data: bytes.Repeat(ip, 20), original: 1400},
		ringPacket{original: 5},
		ringPacket{data: ip, original: math.MaxUint32, status: statusTag})
}

func framings() []framing {
	return []framing{ethernet, {link: packet.LinkEthernet, number: 1, snap: MaxCaptured, noneOutgoing: true},
		{link: packet.LinkRaw, snap: 40}, {link: packet.LinkLinuxSLL, number: 9, snap: 70}}
}

func TestRingBlock(t *testing.T) {
	var b ringBlock
	b.open(sampleBlock(16))
	dst := make([]Packet, 16)
	n := b.take(dst, math.MaxInt64, &ethernet)
	if n != 9 || b.left != 0 || b.damaged != 0 {
		t.Fatalf("%d packets, %d left, %d damaged", n, b.left, b.damaged)
	}
	ip := etherFrame(0x0800, 0x45)
	for i, want := range []Packet{
		{Data: ip, Timestamp: 1_800_000_000_999_999_999, OriginalLength: 60},
		{Data: tagged(ip, 0x81, 0, 0x20, 5), Timestamp: 4_294_967_295_000_000_000, OriginalLength: 64},
		{Data: tagged(etherFrame(0x8100, 0, 7, 8, 0, 0x45), 0x88, 0xa8, 0, 6), OriginalLength: 64},
		{Data: tagged(ip[:12], 0x81, 0, 0, 1), OriginalLength: 64},
		{Data: ip[:11], OriginalLength: 60},
		{Data: ip, OriginalLength: 60},
		{Data: bytes.Repeat(ip, 20)[:1000], OriginalLength: 1400},
		{Data: nil, OriginalLength: 5},
		{Data: tagged(ip, 0x81, 0, 0, 0), OriginalLength: math.MaxUint32},
	} {
		want.Interface, want.LinkType = 3, packet.LinkEthernet
		equalPackets(t, dst[i:i+1], []Packet{want})
	}
}

// A packet whose time has not come stays.
func TestRingBlockUntil(t *testing.T) {
	var b ringBlock
	b.open(newRingBlock(4096, 16, ringPacket{seconds: 1}, ringPacket{seconds: 2}, ringPacket{seconds: 2, nanos: 1}))
	dst := make([]Packet, 8)
	for _, step := range []struct {
		last int64
		n    int
	}{{0, 0}, {second, 1}, {second, 0}, {2 * second, 1}, {math.MaxInt64, 1}, {math.MaxInt64, 0}} {
		if n := b.take(dst, step.last, &ethernet); n != step.n {
			t.Errorf("until %d: %d packets, want %d", step.last, n, step.n)
		}
	}
}

func TestRingBlockTwin(t *testing.T) {
	for _, room := range []int{0, 3, 4, 15, 16, 44} {
		for i, f := range framings() {
			sameBlock(t, sampleBlock(room), &f, 1+i)
		}
	}
}

// Every octet of a block with every value that is likely to hurt.
func TestRingBlockHostile(t *testing.T) {
	sound := sampleBlock(16)[:1024]
	for at := range 600 {
		for _, v := range []byte{0, 1, 4, 0x7f, 0x80, 0xff, sound[at] + 1, sound[at] - 1, sound[at] ^ 0x10} {
			b := bytes.Clone(sound)
			b[at] = v
			sameBlock(t, b, &ethernet, 4)
			if at%7 == 0 {
				for _, f := range framings() {
					sameBlock(t, b, &f, 100)
				}
			}
		}
	}
	for n := range sound {
		sameBlock(t, sound[:n], &ethernet, 3)
	}
}

func sameBlock(t *testing.T, octets []byte, f *framing, batch int) {
	t.Helper()
	want, damaged := slowBlock(octets, f)
	// Some of these blocks are changed by the reading.
	room := bytes.Repeat([]byte{0x5a}, len(octets)+64)
	b := room[32 : 32+len(octets) : 32+len(octets)]
	copy(b, octets)
	got, hurt := quickBlock(b, f, batch)
	equalPackets(t, got, want)
	if damaged != hurt {
		t.Fatalf("damaged %v, want %v", hurt, damaged)
	}
	for i, v := range append(room[:32:32], room[32+len(octets):]...) {
		if v != 0x5a {
			t.Fatalf("octet %d outside the block was written", i)
		}
	}
}

func TestRingBlockAllocates(t *testing.T) {
	octets, dst := sampleBlock(16), make([]Packet, 4)
	var b ringBlock
	for _, f := range framings() {
		if n := testing.AllocsPerRun(100, func() {
			for b.open(octets); b.left > 0; {
				b.take(dst, math.MaxInt64, &f)
			}
		}); n != 0 {
			t.Errorf("link type %d: %v allocations", f.link, n)
		}
	}
}

func FuzzRingBlock(f *testing.F) {
	f.Add(sampleBlock(16)[:1024], byte(3))
	f.Add(sampleBlock(0)[:1024], byte(1))
	f.Add(newRingBlock(256, 16, ringPacket{data: etherFrame(0x0800), status: statusTag}), byte(7))
	r := rand.New(rand.NewPCG(1, 2))
	for range 8 {
		f.Add(mutant(r, sampleBlock(16)[:1024]), byte(r.Uint32()))
	}
	all := framings()
	f.Fuzz(func(t *testing.T, octets []byte, choice byte) {
		sameBlock(t, octets, &all[int(choice)%len(all)], 1+int(choice>>2))
	})
}

// BenchmarkRingBlock is the reading of a full block of small packets.
func BenchmarkRingBlock(b *testing.B) {
	for _, row := range []struct {
		name   string
		status uint32
	}{{"plain", 0}, {"tagged", statusTag}} {
		b.Run(row.name, func(b *testing.B) {
			var packets []ringPacket
			for range 1000 {
				packets = append(packets, ringPacket{data: make([]byte, 100), status: row.status})
			}
			octets, dst := newRingBlock(512<<10, 16, packets...), make([]Packet, 1024)
			var r ringBlock
			for b.Loop() {
				r.open(octets)
				if r.take(dst, math.MaxInt64, &ethernet) != 1000 {
					b.Fatal("packets are missing")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/packet")
		})
	}
}
