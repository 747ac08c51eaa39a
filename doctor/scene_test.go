package doctor

import (
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"peeratlas/capture"
	"peeratlas/capture/packet"
)

const testdata = "../testdata/"

// end is one socket of a conversation, and how its packets look on the wire.
type end struct {
	addr netip.AddrPort
	mac  packet.MAC // of the host, or of the router in front of it
	ttl  byte
	id   uint16 // of the next packet; stays 0 where a sender counts none
}

// scene writes packets octet by octet.
type scene struct {
	packets []capture.Packet
	now     int64
	random  *rand.Rand
}

var sceneBegan = time.Date(2025, 3, 12, 9, 0, 0, 0, time.UTC).UnixNano()

func newScene() *scene {
	return &scene{now: sceneBegan, random: rand.New(rand.NewPCG(1, 2))}
}

// pause lets some time pass, never a whole number of microseconds' thousands.
func (s *scene) pause(d time.Duration) {
	s.now += int64(d)/2 + s.random.Int64N(int64(d)/1000+1)*1000 + 1000
}

func (s *scene) frame(data []byte) {
	s.packets = append(s.packets, capture.Packet{Data: data, Timestamp: s.now, OriginalLength: uint32(len(data)), LinkType: packet.LinkEthernet})
}

// ip sends a packet of one end to the other, with checksums that are right.
func (s *scene) ip(from, to *end, protocol packet.Protocol, segment []byte) {
	b := append([]byte(nil), to.mac[:]...)
	b = append(b, from.mac[:]...)
	src, dst := from.addr.Addr(), to.addr.Addr()
	if src.Is4() {
		b = append(b, 0x08, 0x00, 0x45, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(20+len(segment)))
		b = binary.BigEndian.AppendUint16(b, from.id)
		b = append(b, 0x40, 0, from.ttl, byte(protocol), 0, 0)
	} else {
		b = append(b, 0x86, 0xdd, 0x60, 0, 0, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(len(segment)))
		b = append(b, byte(protocol), from.ttl)
	}
	b = append(append(append(b, src.AsSlice()...), dst.AsSlice()...), segment...)
	if from.id != 0 {
		from.id = max(from.id+1, 1)
	}
	mend(b)
	s.frame(b)
}

// mend makes the checksums of an Ethernet frame of IPv4 without options or IPv6 right.
func mend(b []byte) {
	at, protocol, addresses := 34, packet.Protocol(b[23]), b[26:34]
	if b[14]>>4 == 6 {
		at, protocol, addresses = 54, packet.Protocol(b[20]), b[22:54]
	} else {
		b[24], b[25] = 0, 0
		binary.BigEndian.PutUint16(b[24:], ^folded(ones(0, b[14:34])))
	}
	segment := b[at:]
	if c := checksumAt(protocol); c > 0 && len(segment) >= c+2 {
		segment[c], segment[c+1] = 0, 0
		sum := ^folded(ones(ones(uint64(protocol)+uint64(len(segment)), addresses), segment))
		if sum == 0 {
			sum = 0xffff
		}
		binary.BigEndian.PutUint16(segment[c:], sum)
	}
}

func (s *scene) udp(from, to *end, payload []byte) {
	b := binary.BigEndian.AppendUint16(nil, from.addr.Port())
	b = binary.BigEndian.AppendUint16(b, to.addr.Port())
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(payload)))
	s.ip(from, to, packet.UDP, append(append(b, 0, 0), payload...))
}

func (s *scene) tcp(from, to *end, flags byte, seq, ack uint32, options, payload []byte) {
	b := binary.BigEndian.AppendUint16(nil, from.addr.Port())
	b = binary.BigEndian.AppendUint16(b, to.addr.Port())
	b = binary.BigEndian.AppendUint32(b, seq)
	b = binary.BigEndian.AppendUint32(b, ack)
	b = append(b, byte(20+len(options))/4<<4, flags, 0xff, 0xff, 0, 0, 0, 0)
	s.ip(from, to, packet.TCP, append(append(b, options...), payload...))
}

func (s *scene) octets(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(s.random.Uint32())
	}
	return b
}

// dial opens a TCP connection, and returns the numbers that go on.
func (s *scene) dial(a, b *end) (seq, ack uint32) {
	seq, ack = s.random.Uint32(), s.random.Uint32()
	mss := []byte{2, 4, 1460 >> 8, 1460 & 0xff}
	s.tcp(a, b, packet.SYN, seq, 0, mss, nil)
	s.pause(10 * time.Millisecond)
	s.tcp(b, a, packet.SYN|packet.ACK, ack, seq+1, mss, nil)
	s.pause(time.Millisecond)
	s.tcp(a, b, packet.ACK, seq+1, ack+1, nil, nil)
	return seq + 1, ack + 1
}

// session is a whole TCP conversation: a request, an answer in three segments, and its end.
func (s *scene) session(a, b *end) {
	seq, ack := s.dial(a, b)
	s.pause(time.Millisecond)
	s.tcp(a, b, packet.PSH|packet.ACK, seq, ack, nil, s.octets(200))
	seq += 200
	s.pause(10 * time.Millisecond)
	for range 3 {
		s.tcp(b, a, packet.PSH|packet.ACK, ack, seq, nil, s.octets(1200))
		ack += 1200
		s.pause(time.Millisecond)
		s.tcp(a, b, packet.ACK, seq, ack, nil, nil)
		s.pause(time.Millisecond)
	}
	s.tcp(a, b, packet.FIN|packet.ACK, seq, ack, nil, nil)
	s.pause(10 * time.Millisecond)
	s.tcp(b, a, packet.FIN|packet.ACK, ack, seq+1, nil, nil)
	s.pause(time.Millisecond)
	s.tcp(a, b, packet.ACK, seq+1, ack+1, nil, nil)
	s.pause(5 * time.Millisecond)
}

var router = packet.MAC{2, 0, 0, 0, 0, 1}

// host is inside, number n; server is outside, behind the router.
func (s *scene) host(n int, port uint16) *end {
	a := netip.AddrFrom4([4]byte{10, 1, byte(n >> 8), byte(n)})
	return &end{addr: netip.AddrPortFrom(a, port), mac: packet.MAC{2, 0, 0, 1, byte(n >> 8), byte(n)}, ttl: 64, id: uint16(s.random.Uint32() | 1)}
}

func (s *scene) server(n int, port uint16) *end {
	a := netip.AddrFrom4([4]byte{198, 51, 100, byte(n)})
	return &end{addr: netip.AddrPortFrom(a, port), mac: router, ttl: 50, id: uint16(s.random.Uint32() | 1)}
}

// host6 and server6 have addresses of IPv6, whose packets have no identification.
func (s *scene) host6(n int, port uint16) *end {
	e := s.host(n, port)
	e.addr, e.id = netip.AddrPortFrom(netip.AddrFrom16([16]byte{0xfd, 0, 15: byte(n)}), port), 0
	return e
}

func (s *scene) server6(n int, port uint16) *end {
	e := s.server(n, port)
	e.addr, e.id = netip.AddrPortFrom(netip.AddrFrom16([16]byte{0x20, 0x01, 0xd, 0xb8, 15: byte(n)}), port), 0
	return e
}

// office is a network with nothing wrong: 60 sessions of 20 hosts, each after a question to a name server.
func office() []capture.Packet {
	s := newScene()
	s.office(60)
	return s.packets
}

func (s *scene) office(sessions int) {
	resolver := s.server(53, 53)
	for n := range sessions {
		h := s.host(1+n%20, uint16(40000+n))
		s.udp(h, resolver, s.octets(40))
		s.pause(5 * time.Millisecond)
		s.udp(resolver, h, s.octets(120))
		s.pause(time.Millisecond)
		s.session(h, s.server(1+n%15, 443))
	}
}

// saved reads a capture of the project.
func saved(t testing.TB, name string) ([]capture.Packet, capture.Stats) {
	t.Helper()
	f, err := capture.Open([]string{testdata + name}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []capture.Packet
	var batch [64]capture.Packet
	for {
		n, err := f.ReadBatch(batch[:])
		for _, p := range batch[:n] {
			p.Data = append([]byte(nil), p.Data...)
			all = append(all, p)
		}
		if errors.Is(err, io.EOF) {
			return all, f.Stats()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// examine is what an Examiner says of packets.
func examine(packets []capture.Packet, o Options) *Report {
	e := New(o)
	e.Look(packets)
	in := Input{Name: "test", Stats: capture.Stats{Packets: uint64(len(packets))}, Live: len(o.Own) > 0}
	return e.Finish(in)
}

// of is the finding of a check.
func (r *Report) of(t testing.TB, check string) Finding {
	t.Helper()
	for _, f := range r.Findings {
		if f.Check == check {
			return f
		}
	}
	t.Fatalf("no finding of %q", check)
	return Finding{}
}

// change returns packets with copies of their octets, each as alter makes it; nil takes it away.
func change(packets []capture.Packet, alter func(i int, p *capture.Packet) bool) []capture.Packet {
	var out []capture.Packet
	for i, p := range packets {
		p.Data = append([]byte(nil), p.Data...)
		if alter(i, &p) {
			out = append(out, p)
		}
	}
	return out
}

// doubled returns each packet and its copy so much later, as alter makes it.
func doubled(packets []capture.Packet, later time.Duration, share int, alter func(p *capture.Packet)) []capture.Packet {
	var out []capture.Packet
	for i, p := range packets {
		out = append(out, p)
		if i%100 >= share {
			continue
		}
		p.Data = append([]byte(nil), p.Data...)
		p.Timestamp += int64(later)
		if alter != nil {
			alter(&p)
		}
		out = append(out, p)
	}
	return out
}

// tag puts a VLAN tag in front of a frame's type.
func tag(p *capture.Packet, vid uint16) {
	p.Data = append(append(append([]byte(nil), p.Data[:12]...), 0x81, 0, byte(vid>>8), byte(vid)), p.Data[12:]...)
	p.OriginalLength += 4
}

// inside tells whether a frame of the scene is sent by a host inside.
func inside(p *capture.Packet) bool { return packet.MAC(p.Data[6:12]) != router }
