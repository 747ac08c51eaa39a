package pipeline

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// slowRing is what keptRing does, in the evident way: all packets ever, and where they would lie.
type slowRing struct {
	size, head uint64
	packets    []slowPacket
}

type slowPacket struct {
	at  uint64
	key flow.Key
	p   capture.Packet
}

func (r *slowRing) add(p *capture.Packet, key *flow.Key) {
	need := uint64(keptData+len(p.Data)+7) &^ 7
	if at := r.head % r.size; at+need > r.size {
		r.head += r.size - at
	}
	kept := *p
	kept.Data = bytes.Clone(p.Data)
	r.packets = append(r.packets, slowPacket{r.head, *key, kept})
	r.head += need
}

// held are those of a flow that were not written over.
func (r *slowRing) held(key *flow.Key, start int64) (all []capture.Packet) {
	for _, s := range r.packets {
		if s.key == *key && s.p.Timestamp >= start && s.at+r.size >= r.head {
			all = append(all, s.p)
		}
	}
	return all
}

func keyNumber(n byte) flow.Key {
	h := packet.Headers{Src: packet.Addr{10: 255, 255, 10, 0, 0, n}, Dst: packet.Addr{10: 255, 255, 192, 0, 2, 1}, SrcPort: 1000, DstPort: 2000, Protocol: packet.UDP}
	k, _ := flow.KeyOf(&h)
	return k
}

// compareRings puts packets of these lengths into both.
func compareRings(t testing.TB, memory int64, lengths []uint32, buckets int) {
	t.Helper()
	var r keptRing
	r.init(memory)
	r.octets = r.octets[:memory&^7] // smaller than a ring in use may be
	if buckets > 0 {
		r.buckets = r.buckets[:buckets]
	}
	slow := slowRing{size: uint64(len(r.octets))}
	most := uint32(len(r.octets)/2 - keptData)
	for i, n := range lengths {
		p := capture.Packet{Data: make([]byte, n%most), Timestamp: int64(i), OriginalLength: n, Interface: uint32(i % 3), LinkType: packet.LinkType(i % 300)}
		for j := range p.Data {
			p.Data[j] = byte(i*j + i)
		}
		key := keyNumber(byte(n % 5))
		r.add(&p, &key, key.Hash(7))
		slow.add(&p, &key)
	}
	for n := range byte(5) {
		key := keyNumber(n)
		for _, start := range []int64{0, int64(len(lengths)) - 3} {
			var got []capture.Packet
			var p capture.Packet
			r.each(&key, key.Hash(7), start, func(position uint64) {
				r.packet(position, &p)
				got = append([]capture.Packet{p}, got...)
			})
			want := slow.held(&key, start)
			if len(got) != len(want) {
				t.Fatalf("flow %d: %d packets, want %d", n, len(got), len(want))
			}
			for i := range got {
				g, w := &got[i], &want[i]
				if !bytes.Equal(g.Data, w.Data) || g.Timestamp != w.Timestamp || g.OriginalLength != w.OriginalLength || g.Interface != w.Interface || g.LinkType != w.LinkType {
					t.Fatalf("flow %d, packet %d: got %+v, want %+v", n, i, g, w)
				}
			}
		}
	}
}

func TestKeptRingAgainstAnEvidentOne(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		lengths := make([]uint32, random.IntN(200))
		for i := range lengths {
			lengths[i] = random.Uint32N(1 << (4 + random.IntN(9)))
		}
		compareRings(t, 2048+random.Int64N(8192), lengths, 1<<random.IntN(4))
	}
}

func FuzzKeptRing(f *testing.F) {
	f.Add([]byte{1, 2, 3, 200, 0, 0, 90}, uint16(3000))
	f.Add(bytes.Repeat([]byte{255, 0}, 300), uint16(2048))
	f.Fuzz(func(t *testing.T, b []byte, memory uint16) {
		lengths := make([]uint32, len(b))
		for i, n := range b {
			lengths[i] = uint32(n) * uint32(1+i%9)
		}
		compareRings(t, 2048+int64(memory), lengths, 1)
	})
}

func TestKeptRingAllocatesNothing(t *testing.T) {
	var r keptRing
	r.init(1 << 20)
	p := capture.Packet{Data: make([]byte, 700)}
	key := keyNumber(1)
	if n := testing.AllocsPerRun(5000, func() { r.add(&p, &key, key.Hash(1)) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// The longest packet that is ever read has room.
func TestKeptRingTakesTheLongestPacket(t *testing.T) {
	var r keptRing
	r.init(1)
	key := keyNumber(1)
	for i := range 5 {
		p := capture.Packet{Data: make([]byte, capture.MaxCaptured+i), Timestamp: int64(i)}
		r.add(&p, &key, 0)
		found := 0
		r.each(&key, 0, int64(i), func(uint64) { found++ })
		if found != 1 {
			t.Fatalf("packet %d is not there", i)
		}
	}
}
