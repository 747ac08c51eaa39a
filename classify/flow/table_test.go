package flow

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
	"unsafe"

	"peeratlas/capture/packet"
)

// feed sends packets of the given times through t in batches of size, and returns the entries.
func feed(t *Table, ts []int64, hs []packet.Headers, size int) []Entry {
	all := make([]Entry, len(hs))
	frames := make([]uint32, len(hs))
	for i := range frames {
		frames[i] = uint32(i + 1)
	}
	for at := 0; at < len(hs); at += size {
		end := min(at+size, len(hs))
		t.Update(ts[at:end], frames[at:end], hs[at:end], all[at:end])
	}
	return all
}

// slowTable is the evident twin of Table: a map, no bound, no batch.
type slowTable struct {
	idle  int64
	flows []*Flow
	live  map[Key]*Flow
}

func (s *slowTable) add(ts int64, frame uint32, h *packet.Headers) {
	k, dir := KeyOf(h)
	f := s.live[k]
	if f != nil {
		syn := h.Protocol == packet.TCP && h.TCPFlags&(packet.SYN|packet.ACK) == packet.SYN
		switch {
		case syn && f.closed():
			f.EndReason = EndOfFlow
		case ts-f.End > s.idle:
			f.EndReason = IdleTimeout
		}
	}
	if f == nil || f.EndReason != Running {
		f = &Flow{Key: k, Start: ts, End: ts, Initiator: initiator(dir, h), FirstFrame: frame, Tunnel: h.Tunnel}
		f.SetVLAN(h.VLAN)
		s.live[k] = f
		s.flows = append(s.flows, f)
	}
	f.count(dir, ts, h)
}

// traffic makes n packets over some endpoints, with pauses, closings and a clock that jumps.
func traffic(n int, seed uint64) ([]int64, []packet.Headers) {
	r := rand.New(rand.NewPCG(seed, 9))
	ts, hs := make([]int64, n), make([]packet.Headers, n)
	now := int64(1e18)
	for i := range n {
		switch r.IntN(200) {
		case 0:
			now += int64(400 * time.Second)
		case 1:
			now -= int64(50 * time.Second)
		default:
			now += int64(r.IntN(1e7))
		}
		a := netip.AddrFrom4([4]byte{10, 0, 0, byte(r.IntN(6))})
		b := netip.AddrFrom4([4]byte{198, 51, 100, byte(r.IntN(12))})
		h := headers(netip.AddrPortFrom(a, uint16(1000+r.IntN(4))).String(), netip.AddrPortFrom(b, 443).String(), packet.UDP)
		if r.IntN(2) == 0 {
			h.Protocol = packet.TCP
			h.TCPFlags = []uint8{packet.SYN, packet.SYN | packet.ACK, packet.ACK, packet.ACK, packet.FIN | packet.ACK, packet.RST}[r.IntN(6)]
		}
		if r.IntN(2) == 0 {
			h = reversed(h)
		}
		h.Octets = uint32(40 + r.IntN(1400))
		ts[i], hs[i] = now, h
	}
	return ts, hs
}

func TestTableAgreesWithTwin(t *testing.T) {
	for _, size := range []int{1, 7, BatchSize} {
		for seed := range uint64(5) {
			ts, hs := traffic(20_000, seed)
			twin := slowTable{idle: DefaultIdleTimeout, live: map[Key]*Flow{}}
			for i := range hs {
				twin.add(ts[i], uint32(i+1), &hs[i])
			}
			table := NewTable(Options{}, nil)
			feed(table, ts, hs, size)
			got := table.InOrder()
			if len(got) != len(twin.flows) {
				t.Fatalf("batch %d, seed %d: %d flows, want %d", size, seed, len(got), len(twin.flows))
			}
			for i, f := range got {
				if *f != *twin.flows[i] {
					t.Fatalf("batch %d, seed %d, flow %d:\n got %+v\nwant %+v", size, seed, i, *f, *twin.flows[i])
				}
			}
		}
	}
}

func TestInitiator(t *testing.T) {
	syn := headers("10.0.0.1:5000", "192.0.2.1:80", packet.TCP)
	syn.TCPFlags = packet.SYN
	answer := reversed(syn)
	answer.TCPFlags = packet.SYN | packet.ACK
	ack := syn
	ack.TCPFlags = packet.ACK
	tests := []struct {
		name  string
		first packet.Headers
		want  packet.Addr
	}{
		{"SYN", syn, syn.Src},
		{"SYN-ACK whose SYN was missed", answer, syn.Src},
		{"joined mid-stream", reversed(ack), syn.Dst},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			table := NewTable(Options{}, nil)
			feed(table, []int64{1}, []packet.Headers{tt.first}, 1)
			f := table.InOrder()[0]
			if f.Key.Addr[f.Initiator] != tt.want {
				t.Errorf("initiator %v, want %v", f.Key.Addr[f.Initiator].Netip(), tt.want.Netip())
			}
		})
	}
}

func TestActiveTimeoutContinues(t *testing.T) {
	table := NewTable(Options{ActiveTimeout: int64(60 * time.Second)}, nil)
	h := headers("10.0.0.1:5000", "192.0.2.1:9000", packet.UDP)
	back := reversed(h)
	ts := []int64{0, 30e9, 61e9, 62e9}
	entries := feed(table, ts, []packet.Headers{h, back, back, h}, 1)
	if entries[2].Flow == entries[0].Flow || !entries[2].New || !entries[2].Flow.Continues() {
		t.Fatal("the active timeout did not cut the flow")
	}
	if entries[0].Flow.EndReason != ActiveTimeout {
		t.Errorf("end reason %d, want %d", entries[0].Flow.EndReason, ActiveTimeout)
	}
	if entries[2].Flow.Initiator != entries[0].Flow.Initiator {
		t.Error("the continuation forgot who began")
	}
}

// A counter without room cuts its flow, so that the parts add up.
func TestFullCounters(t *testing.T) {
	h := headers("10.0.0.1:5000", "192.0.2.1:9000", packet.UDP)
	_, dir := KeyOf(&h)
	for name, fill := range map[string]func(*Flow){
		"packets": func(f *Flow) { f.Packets[dir] = 1<<32 - 1 },
		"octets":  func(f *Flow) { f.SetOctets(dir, 1<<40-1<<32) },
	} {
		table := NewTable(Options{}, nil)
		first := feed(table, []int64{1}, []packet.Headers{h}, 1)[0].Flow
		fill(first)
		packets, octets := first.Packets[dir], first.Octets(dir)
		next := feed(table, []int64{2, 3}, []packet.Headers{h, h}, 2)
		if !next[0].New || next[1].New || !next[0].Flow.Continues() || first.EndReason != ActiveTimeout {
			t.Errorf("%s: %+v and %+v", name, *first, *next[0].Flow)
		}
		if first.Packets[dir] != packets || first.Octets(dir) != octets || next[0].Flow.Octets(dir) != 2*uint64(h.Octets) {
			t.Errorf("%s: packets or octets were lost", name)
		}
	}
}

// Octets go beyond what 32 bits hold.
func TestOctetsCarry(t *testing.T) {
	h := headers("10.0.0.1:5000", "192.0.2.1:9000", packet.UDP)
	h.Octets = 3 << 30
	_, dir := KeyOf(&h)
	table := NewTable(Options{}, nil)
	f := feed(table, []int64{1, 2, 3, 4, 5}, []packet.Headers{h, h, h, h, h}, 2)[4].Flow
	if f.Octets(dir) != 15<<30 || f.Octets(1-dir) != 0 {
		t.Errorf("%d and %d octets, want %d and 0", f.Octets(dir), f.Octets(1-dir), uint64(15<<30))
	}
	if size := unsafe.Sizeof(*f); size != 96 {
		t.Errorf("a flow has %d octets, want 96", size)
	}
}

func TestEviction(t *testing.T) {
	const room, strangers = 1000, 50_000
	var gone []Flow
	table := NewTable(Options{MaxFlows: room}, func(f *Flow) { gone = append(gone, *f) })
	var ts []int64
	var hs []packet.Headers
	keep := headers("10.0.0.1:5000", "192.0.2.1:9000", packet.UDP)
	for i := range strangers {
		h := headers(fmt.Sprintf("203.%d.%d.%d:4000", i>>16&255, i>>8&255, i&255), "10.0.0.2:7000", packet.UDP)
		hs, ts = append(hs, h), append(ts, int64(i)*1000)
		if i%500 == 0 {
			k := keep
			if i%1000 == 0 {
				k = reversed(keep)
			}
			hs, ts = append(hs, k), append(ts, int64(i)*1000)
		}
	}
	feed(table, ts, hs, BatchSize)
	if got := table.Len(); got != room {
		t.Errorf("%d flows held, want %d", got, room)
	}
	if want := uint64(strangers + 1 - room); table.Evicted() != want || uint64(len(gone)) != want {
		t.Errorf("evicted %d, told of %d, want %d", table.Evicted(), len(gone), want)
	}
	kept := 0
	for _, f := range table.InOrder() {
		if f.Packets[0]+f.Packets[1] == strangers/500 {
			kept++
		}
	}
	if kept != 1 {
		t.Error("the flood pushed out the one flow that goes both ways")
	}
	for _, f := range gone {
		if f.EndReason != LackOfResources {
			t.Fatalf("end reason %d, want %d", f.EndReason, LackOfResources)
		}
	}
}

// Every flow that goes in comes out once: evicted or held.
func TestEvictionLosesNoPacket(t *testing.T) {
	ts, hs := traffic(50_000, 3)
	var packets uint64
	table := NewTable(Options{MaxFlows: 37}, func(f *Flow) { packets += uint64(f.Packets[0]) + uint64(f.Packets[1]) })
	feed(table, ts, hs, 64)
	for _, f := range table.InOrder() {
		packets += uint64(f.Packets[0]) + uint64(f.Packets[1])
	}
	if packets != uint64(len(hs)) {
		t.Errorf("%d packets in the flows, want %d", packets, len(hs))
	}
}

func TestUpdateAllocatesNothing(t *testing.T) {
	ts, hs := traffic(BatchSize, 1)
	for i := range ts {
		ts[i] = int64(1e18) + int64(i)
	}
	frames, into := make([]uint32, BatchSize), make([]Entry, BatchSize)
	table := NewTable(Options{}, nil)
	table.Update(ts, frames, hs, into)
	if n := testing.AllocsPerRun(100, func() { table.Update(ts, frames, hs, into) }); n != 0 {
		t.Errorf("%v allocations a batch, want 0", n)
	}
}

// BenchmarkTable is the stage "table": flows drawn at random, which no real traffic is.
func BenchmarkTable(b *testing.B) {
	for _, flows := range []int{1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("flows=%d", flows), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 1))
			all := make([]packet.Headers, flows)
			for i := range all {
				all[i] = packet.Headers{SrcPort: uint16(r.Uint32()), DstPort: 443, Protocol: packet.UDP, Octets: 100, PayloadOctets: 72}
				copy(all[i].Src[:], "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x0a")
				all[i].Src[13], all[i].Src[14], all[i].Src[15] = byte(i>>16), byte(i>>8), byte(i)
				all[i].Dst = all[i].Src
				all[i].Dst[12] = 198
			}
			table := NewTable(Options{MaxFlows: 2 * flows}, nil)
			var hs [BatchSize]packet.Headers
			var ts [BatchSize]int64
			var frames [BatchSize]uint32
			var into [BatchSize]Entry
			b.ReportAllocs()
			for n := 0; b.Loop(); n += BatchSize {
				for i := range hs {
					hs[i] = all[r.IntN(flows)]
				}
				table.Update(ts[:], frames[:], hs[:], into[:])
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*BatchSize), "ns/packet")
		})
	}
}
