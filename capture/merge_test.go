package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"testing"
)

// times writes a capture with a packet at each of these seconds; the payload names the file.
func times(name byte, seconds ...uint32) []byte {
	w := newPcap(littleEndian, magicMicroseconds, 1)
	for i, s := range seconds {
		w.record(s, 0, []byte{name, byte(i)}, 2)
	}
	return w.b
}

// order is the payloads of packets.
func order(packets []Packet) string {
	var s []byte
	for _, p := range packets {
		s = append(s, p.Data[0], '0'+p.Data[1], ' ')
	}
	return string(bytes.TrimSpace(s))
}

func TestMerge(t *testing.T) {
	tests := []struct {
		name      string
		inputs    [][]byte
		want      string
		backwards uint64
	}{
		{"one after the other", [][]byte{times('b', 10, 11), times('a', 1, 2)}, "a0 a1 b0 b1", 0},
		{"interleaved", [][]byte{times('a', 1, 3, 5), times('b', 2, 4, 6)}, "a0 b0 a1 b1 a2 b2", 0},
		{"equal times as given", [][]byte{times('b', 1, 2, 2), times('a', 1, 2, 2), times('c', 1)}, "b0 a0 c0 b1 b2 a1 a2", 0},
		{"one within the other", [][]byte{times('a', 1, 9), times('b', 2, 3, 4)}, "a0 b0 b1 b2 a1", 0},
		{"empty ones", [][]byte{times('a'), times('b', 2), times('c')}, "b0", 0},
		{"a clock that jumps back", [][]byte{times('a', 5, 1, 2, 9), times('b', 4, 6)}, "b0 a0 a1 a2 b1 a3", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			var paths []string
			var size int64
			for i, octets := range test.inputs {
				paths = append(paths, store(t, dir, fmt.Sprint(i), octets))
				size += int64(len(octets))
			}
			for _, batch := range []int{1, 2, 256} {
				f, err := Open(paths, Options{})
				if err != nil {
					t.Fatal(err)
				}
				got, s := drain(t, f, batch)
				if order(got) != test.want {
					t.Errorf("batch %d: order %s, want %s", batch, order(got), test.want)
				}
				if s.Backwards != test.backwards || s.Lost.Any() || s.Consumed != size || s.Size != size {
					t.Errorf("batch %d: stats %+v", batch, s)
				}
				if int(s.Interfaces) != len(paths) {
					t.Errorf("batch %d: %d interfaces, want %d", batch, s.Interfaces, len(paths))
				}
			}
		})
	}
}

// Standard input takes part in a merge like a file.
func TestMergeStdin(t *testing.T) {
	path := store(t, t.TempDir(), "x", times('a', 2, 4))
	f, err := Open([]string{path, "-"}, Options{Stdin: bytes.NewReader(gzipped(t, times('b', 1, 3, 5)))})
	if err != nil {
		t.Fatal(err)
	}
	got, s := drain(t, f, 256)
	if order(got) != "b0 a0 b1 a1 b2" || s.Size != 0 {
		t.Errorf("order %s, size %d", order(got), s.Size)
	}
}

// A rotation's files follow each other: one buffer must do for all of them.
func TestMergeOpensLate(t *testing.T) {
	dir := t.TempDir()
	var paths []string
	for i := range uint32(300) {
		paths = append(paths, store(t, dir, fmt.Sprintf("%03d", i), times('a', 1000-2*i, 1001-2*i)))
	}
	f, err := Open(paths, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.open) != 0 || len(f.stages) != 1 {
		t.Errorf("%d inputs open and %d buffers made before the first packet", len(f.open), len(f.stages))
	}
	dst := make([]Packet, 1)
	last := int64(0)
	for range 600 {
		n, err := f.ReadBatch(dst)
		if n != 1 || err != nil || dst[0].Timestamp < last {
			t.Fatalf("ReadBatch: %d, %v, time %d after %d", n, err, dst[0].Timestamp, last)
		}
		last = dst[0].Timestamp
		if len(f.open) > 2 || len(f.open)+len(f.stages) > 2 {
			t.Fatalf("%d inputs open, %d buffers free", len(f.open), len(f.stages))
		}
	}
	if s := f.Stats(); s.Consumed != s.Size || s.Interfaces != 300 {
		t.Errorf("consumed %d of %d, %d interfaces", s.Consumed, s.Size, s.Interfaces)
	}
	f.Close()
}

// A file that is gone when it is due is a loss; the others are read.
func TestMergeFileVanishes(t *testing.T) {
	dir := t.TempDir()
	a, b := store(t, dir, "a", times('a', 1, 2)), store(t, dir, "b", times('b', 3, 4))
	f, err := Open([]string{a, b}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(b); err != nil {
		t.Fatal(err)
	}
	got, s := drain(t, f, 1)
	if order(got) != "a0 a1" || s.Inputs[1].Problem == "" {
		t.Errorf("order %s, inputs %+v", order(got), s.Inputs)
	}
	equalLosses(t, s.Lost, losses(LostRead))
}

// Damage in front of the first packet is met twice, and counted once.
func TestMergeCountsOnce(t *testing.T) {
	w := newPcapng(littleEndian).iface(1, 0, nil).enhanced(5, 1, frame(1, 60), 60)
	w.statistics(0, w.in().option64(optionIfDrop, 3).b).enhanced(0, 1e6, frame(1, 60), 60)
	only := newPcapng(bigEndian).iface(9, 0, nil).enhanced(5, 1, frame(1, 60), 60) // no packet is left
	dir := t.TempDir()
	f, err := Open([]string{store(t, dir, "a", w.b), store(t, dir, "b", only.b)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, s := drain(t, f, 4)
	if len(got) != 1 || s.DroppedByInterface != 3 || s.Interfaces != 2 || len(s.LinkTypes) != 2 {
		t.Errorf("%d packets, stats %+v", len(got), s)
	}
	equalLosses(t, s.Lost, losses(LostInterface, LostInterface))
}

// Batches of any size hold the same packets, and a batch stays whole until the next.
func TestBatchSizes(t *testing.T) {
	w := newPcapng(littleEndian).iface(1, 0, nil)
	for i := range 300 {
		w.enhanced(0, uint64(i), frame(i, i*i*2%60000), 60000)
	}
	w.enhanced(0, 300, frame(1, MaxCaptured), MaxCaptured)
	want, _ := read(t, w.b)
	for _, size := range []int{1, 7, 256, 1000} {
		f, err := fromStdin(w.b)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := drain(t, f, size)
		equalPackets(t, got, want)
	}
	for i := range 300 {
		if !bytes.Equal(want[i].Data, frame(i, i*i*2%60000)) {
			t.Fatalf("packet %d differs", i)
		}
	}
}

// Reading packets allocates nothing, once buffers have their size.
func TestNoAllocations(t *testing.T) {
	const packets = 40_000
	pcap := func(magic uint32, order binary.AppendByteOrder) []byte {
		w := newPcap(order, magic, 1)
		for i := range uint32(packets) {
			if magic == magicKuznetzov {
				w.kuznetzov(i, i, frame(3, 60+int(i%1440)), 1500)
			} else {
				w.record(i, i, frame(3, 60+int(i%1440)), 1500)
			}
		}
		return w.b
	}
	ng := func(order binary.AppendByteOrder, write func(w *builder, i int)) []byte {
		w := newPcapng(order).iface(1, 0, nil).iface(1, 0, nil)
		for i := range packets {
			write(w, i)
		}
		return w.b
	}
	data := frame(3, 1400)
	tests := []struct {
		name   string
		octets []byte
		inputs int
	}{
		{"pcap", pcap(magicMicroseconds, littleEndian), 1},
		{"pcap big-endian nanosecond", pcap(magicNanoseconds, bigEndian), 1},
		{"pcap modified", pcap(magicKuznetzov, littleEndian), 1},
		{"pcap, two inputs", pcap(magicMicroseconds, littleEndian), 2},
		{"pcapng", ng(littleEndian, func(w *builder, i int) { w.enhanced(uint32(i%2), uint64(i), data[:i%1400], 1400) }), 1},
		{"pcapng, two inputs", ng(littleEndian, func(w *builder, i int) { w.enhanced(uint32(i%2), uint64(i), data[:i%1400], 1400) }), 2},
		{"pcapng big-endian obsolete", ng(bigEndian, func(w *builder, i int) { w.obsolete(uint16(i%2), 0, uint64(i), data[:i%1400], 1400) }), 1},
		{"pcapng simple", ng(littleEndian, func(w *builder, i int) { w.simple(data[:i%1400], i%1400) }), 1},
		{"pcapng with an undescribed interface", ng(littleEndian, func(w *builder, i int) { w.enhanced(uint32(i%3), uint64(i), data[:i%1400], 1400) }), 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := store(t, t.TempDir(), "x", test.octets)
			f, err := Open(slices.Repeat([]string{path}, test.inputs), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			dst := make([]Packet, 256)
			for range 10 { // warm up
				f.ReadBatch(dst)
			}
			allocations := testing.AllocsPerRun(80, func() {
				if n, err := f.ReadBatch(dst); n != 256 || err != nil {
					t.Fatalf("ReadBatch: %d, %v", n, err)
				}
			})
			if allocations != 0 {
				t.Errorf("%v allocations a batch, want 0", allocations)
			}
		})
	}
}
