package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"testing"
	"testing/iotest"
)

// hundredPcap writes a hundred packets a second apart, the first at 1,700,000,000, and returns
// where each begins.
func hundredPcap(order binary.AppendByteOrder) (octets []byte, at []int) {
	w := newPcap(order, magicMicroseconds, 1)
	for i := range 100 {
		at = append(at, len(w.b))
		w.record(uint32(1_700_000_000+i), 1, frame(i, 50+i), 50+i)
	}
	return w.b, append(at, len(w.b))
}

func hundredPcapng(order binary.AppendByteOrder) (octets []byte, at []int) {
	w := newPcapng(order).iface(1, 0, nil)
	for i := range 100 {
		at = append(at, len(w.b))
		w.enhanced(0, uint64(1_700_000_000+i)*1e6+1, frame(i, 50+i), 50+i)
	}
	return w.b, append(at, len(w.b))
}

// TestDamage does one thing to packet 40 of a hundred, and says how many of them are
// read and why the others are not.
func TestDamage(t *testing.T) {
	overwrite := func(offset int, with ...byte) func([]byte, int, int) []byte {
		return func(b []byte, from, to int) []byte { copy(b[from+offset:], with); return b }
	}
	cut := func(offset, n int) func([]byte, int, int) []byte {
		return func(b []byte, from, to int) []byte { return append(b[:from+offset:from+offset], b[from+offset+n:]...) }
	}
	insert := func(offset int, with []byte) func([]byte, int, int) []byte {
		return func(b []byte, from, to int) []byte {
			return append(append(bytes.Clone(b[:from+offset]), with...), b[from+offset:]...)
		}
	}
	ff := bytes.Repeat([]byte{0xff}, 4)
	pcap := []struct {
		name   string
		damage func(b []byte, from, to int) []byte
		read   int
		lost   []Loss
	}{
		{"captured length too large", overwrite(8, ff...), 99, []Loss{LostDamaged}},
		{"all of the header", overwrite(0, bytes.Repeat(ff, 4)...), 99, []Loss{LostDamaged}},
		{"header of zeros", overwrite(0, make([]byte, 16)...), 99, []Loss{LostDamaged}},
		{"octets cut from the header", cut(3, 7), 99, []Loss{LostDamaged}},
		{"octets cut from the packet", cut(30, 5), 99, []Loss{LostDamaged}}, // it ends in its neighbour, which is lost
		{"a hole of zeros", insert(0, make([]byte, 4096)), 100, []Loss{LostDamaged}},
		{"text between", insert(0, []byte("no space left on device\n")), 100, []Loss{LostDamaged}},
		{"noise of a MiB", insert(0, noise(1<<20)), 100, []Loss{LostDamaged}},
		{"original length less than captured", overwrite(12, 0, 0, 0, 0), 100, nil},
		{"fraction beyond a second", overwrite(4, 0xff, 0xff, 0xff, 0xff), 100, nil},
	}
	ng := []struct {
		name   string
		damage func(b []byte, from, to int) []byte
		read   int
		lost   []Loss
	}{
		{"block length too large", overwrite(4, ff...), 99, []Loss{LostDamaged}},
		{"block length zero", overwrite(4, 0, 0, 0, 0), 99, []Loss{LostDamaged}},
		{"block length odd", overwrite(4, 0x81, 0, 0, 0x81), 99, []Loss{LostDamaged}},
		{"block length beyond the end", overwrite(4, 0, 0, 0x0f, 0, 0), 99, []Loss{LostDamaged}},
		{"all of the block", func(b []byte, from, to int) []byte { copy(b[from:to], bytes.Repeat(ff, 500)); return b }, 99, []Loss{LostDamaged}},
		{"octets cut from the header", cut(3, 7), 99, []Loss{LostDamaged}},
		{"octets cut from the packet", cut(30, 5), 99, []Loss{LostDamaged}},
		{"a hole of zeros", insert(0, make([]byte, 4096)), 100, []Loss{LostDamaged}},
		{"noise of a MiB", insert(0, noise(1<<20)), 100, []Loss{LostDamaged}},
		{"captured length beyond the block", overwrite(20, 0, 0xff, 0xff, 0), 99, []Loss{LostDamaged}},
		{"captured length of 4 GiB", overwrite(20, ff...), 99, []Loss{LostDamaged}},
		{"interface not described", overwrite(8, 1, 0, 0, 1), 99, []Loss{LostInterface}},
		{"interface below zero", overwrite(8, ff...), 99, []Loss{LostInterface}},
		{"trailing length differs", func(b []byte, from, to int) []byte { b[to-4] ^= 4; return b }, 99, []Loss{LostDamaged}},
		{"type not known", overwrite(0, 77, 0, 0, 77), 99, nil}, // as the standard asks
	}
	for name, order := range map[string]binary.AppendByteOrder{"little-endian": littleEndian, "big-endian": bigEndian} {
		for _, test := range pcap {
			t.Run("pcap "+test.name+", "+name, func(t *testing.T) {
				octets, at := hundredPcap(order)
				checkDamage(t, test.damage(octets, at[40], at[41]), test.read, test.lost)
			})
		}
		for _, test := range ng {
			t.Run("pcapng "+test.name+", "+name, func(t *testing.T) {
				octets, at := hundredPcapng(order)
				checkDamage(t, test.damage(octets, at[40], at[41]), test.read, test.lost)
			})
		}
	}
}

func checkDamage(t *testing.T, octets []byte, want int, lost []Loss) {
	t.Helper()
	got, s := read(t, octets)
	if len(got) != want {
		t.Errorf("%d packets read, want %d", len(got), want)
	}
	equalLosses(t, s.Lost, losses(lost...))
	if (s.Lost[LostOctets] > 0) != (len(lost) > 0) {
		t.Errorf("%d octets skipped with losses %v", s.Lost[LostOctets], s.Lost.List())
	}
	last := -1
	for _, p := range got {
		i := len(p.Data) - 50 // each packet has a length of its own
		if i <= last || i > 99 || i != 40 && !bytes.Equal(p.Data, frame(i, 50+i)) {
			t.Fatalf("a packet that was not in the file: time %d, %d octets", p.Timestamp, len(p.Data))
		}
		last = i
	}
}

// noise is octets without any order, always the same.
func noise(n int) []byte {
	b := make([]byte, n)
	x := uint64(88172645463325252)
	for i := range b {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b[i] = byte(x)
	}
	return b
}

// TestEveryPrefix cuts captures after each octet. All whole records are read, and a part
// of one is counted.
func TestEveryPrefix(t *testing.T) {
	pcap, pcapAt := hundredPcap(bigEndian)
	pcap, pcapAt = pcap[:pcapAt[6]], pcapAt[:7]
	ng, ngAt := hundredPcapng(littleEndian)
	ng, ngAt = ng[:ngAt[6]], append([]int{28}, ngAt[:7]...) // 28: behind the section header
	tests := []struct {
		name   string
		octets []byte
		at     []int // where a cut leaves nothing over
		header int   // octets that make it a capture
	}{
		{"pcap", pcap, pcapAt, pcapHeaderLength},
		{"pcapng", ng, ngAt, blockFrame},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			whole, _ := read(t, test.octets)
			for n := range test.octets {
				f, err := fromStdin(test.octets[:n])
				switch {
				case n == 0 && !errors.Is(err, ErrEmpty), n > 0 && n < test.header && !errors.Is(err, ErrNotCapture):
					t.Fatalf("%d octets: error %v", n, err)
				case n >= test.header && err != nil:
					t.Fatalf("%d octets: %v", n, err)
				case n < test.header:
					continue
				}
				got, s := drain(t, f, 64)
				want, part := 0, true
				for i, at := range test.at {
					if n == at {
						part = false
					}
					if n >= at {
						want = i
					}
				}
				if test.name == "pcapng" {
					want = max(0, want-1) // the first boundary is not a packet's
				}
				equalPackets(t, got, whole[:want])
				if part {
					equalLosses(t, s.Lost, losses(LostTruncated))
				} else {
					equalLosses(t, s.Lost, Losses{})
				}
			}
		})
	}
}

// bulky is a capture of many blocks of compression.
func bulky(order binary.AppendByteOrder) []byte {
	w := newPcapng(order).iface(1, 0, nil)
	for i := range 600 {
		w.enhanced(0, uint64(i)*1e6, noise(1000+i), 1600)
	}
	return w.b
}

// Cut compression: what was inflated is used, and the loss is counted.
func TestCutCompression(t *testing.T) {
	octets := bulky(bigEndian)
	half := len(octets) / 2
	for name, octets := range map[string][]byte{
		"gzip": gzipped(t, octets), "gzip, two members": gzipped(t, octets[:half], octets[half:]),
		"zstd": zstandard(t, octets), "zstd, two frames": zstandard(t, octets[:half], octets[half:]),
	} {
		t.Run(name, func(t *testing.T) {
			whole, _ := read(t, octets)
			for n := 1; n < len(octets); n += 1 + n/3 {
				f, err := fromStdin(octets[:n])
				if err != nil {
					if !errors.Is(err, ErrNotCapture) {
						t.Fatalf("%d octets: %v", n, err)
					}
					continue
				}
				got, s := drain(t, f, 64)
				equalPackets(t, got, whole[:len(got)])
				if s.Lost[LostCompression] != 1 || s.Inputs[0].Problem == "" {
					t.Fatalf("%d octets: lost %v, problem %q", n, s.Lost.List(), s.Inputs[0].Problem)
				}
				// A zstd block is 128 KiB, and the noise does not compress.
				if least := (n - 200<<10) / 1600; len(got) < least {
					t.Errorf("%d octets: %d packets read, want %d at least", n, len(got), least)
				}
			}
		})
	}
}

// A member or frame of which only the end is missing has all its packets.
func TestCutChecksum(t *testing.T) {
	octets := bulky(littleEndian)
	for name, octets := range map[string][]byte{"gzip": gzipped(t, octets), "zstd": zstandard(t, octets)} {
		t.Run(name, func(t *testing.T) {
			got, s := read(t, octets[:len(octets)-1])
			if len(got) != 600 {
				t.Errorf("%d packets, want 600", len(got))
			}
			equalLosses(t, s.Lost, losses(LostCompression))
		})
	}
}

func TestCorruptCompression(t *testing.T) {
	octets := bulky(littleEndian)
	for name, octets := range map[string][]byte{"gzip": gzipped(t, octets), "zstd": zstandard(t, octets)} {
		t.Run(name, func(t *testing.T) {
			for i := len(octets) * 3 / 4; i < len(octets)*3/4+1000; i++ {
				octets[i] = 0xff
			}
			got, s := read(t, octets)
			if s.Lost[LostCompression] != 1 || len(got) < 300 || s.Inputs[0].Problem == "" {
				t.Errorf("%d packets, lost %v, problem %q", len(got), s.Lost.List(), s.Inputs[0].Problem)
			}
		})
	}
}

func TestReadError(t *testing.T) {
	octets, at := hundredPcap(littleEndian)
	broken := io.MultiReader(bytes.NewReader(octets[:at[30]+20]), iotest.ErrReader(errors.New("device gone")))
	f, err := Open([]string{"-"}, Options{Stdin: broken})
	if err != nil {
		t.Fatal(err)
	}
	got, s := drain(t, f, 64)
	if len(got) != 30 || s.Inputs[0].Problem != "device gone" {
		t.Errorf("%d packets, problem %q; want 30", len(got), s.Inputs[0].Problem)
	}
	equalLosses(t, s.Lost, losses(LostRead, LostTruncated))
}

// allocated runs f and returns the octets that it allocated.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestHostile has a row for everything that pcapgo reads and trusts (see stage).
// None may panic, and none may make more memory than the buffers that any capture gets.
func TestHostile(t *testing.T) {
	ng := func(build func(w *builder)) []byte {
		w := newPcapng(littleEndian)
		build(w)
		return w.b
	}
	one := func(options func(w *builder) []byte) []byte {
		return ng(func(w *builder) { w.iface(1, 0, options(w)).enhanced(0, 1e6, frame(1, 60), 60) })
	}
	tests := []struct {
		name    string
		octets  []byte
		packets int
		lost    []Loss
	}{
		{"resolution 10^-64 divides by zero", one(func(w *builder) []byte { return w.in().option(9, []byte{64}).b }), 1, nil},
		{"resolution 2^-64 divides by zero", one(func(w *builder) []byte { return w.in().option(9, []byte{0x80 | 64}).b }), 1, nil},
		{"resolution without an octet", one(func(w *builder) []byte { return w.in().option(9, nil).b }), 1, nil},
		{"offset of one octet", one(func(w *builder) []byte { return w.in().option(14, []byte{1}).b }), 1, nil},
		{"filter without an octet", one(func(w *builder) []byte { return w.in().option(11, nil).b }), 1, nil},
		{"option length with padding wraps", one(func(w *builder) []byte { return w.in().u16(2, 65535).u32(0).b }), 1, []Loss{LostDamaged}},
		{"option longer than its block", one(func(w *builder) []byte { return w.in().u16(2, 50).u32(0).b }), 1, []Loss{LostDamaged}},
		{"end of options with a length", one(func(w *builder) []byte { return w.in().u16(0, 900).b }), 1, nil},
		{"snap length of 4 GiB", ng(func(w *builder) { w.iface(1, 1<<32-1, nil).enhanced(0, 1e6, frame(1, 60), 60) }), 1, nil},
		{"pcap snap length of 4 GiB", func() []byte {
			w := newPcap(littleEndian, magicMicroseconds, 1)
			binary.LittleEndian.PutUint32(w.b[16:], 1<<32-1)
			return w.record(1, 1, frame(1, 60), 60).b
		}(), 1, nil},
		{"simple packet longer than its block", ng(func(w *builder) { w.iface(1, 0, nil).simple(frame(1, 60), -1) }), 0, []Loss{LostDamaged}},
		{"simple packet of no interface", ng(func(w *builder) { w.simple(frame(1, 60), 60) }), 0, []Loss{LostInterface}},
		{"packet of no interface", ng(func(w *builder) { w.enhanced(0, 1, frame(1, 60), 60) }), 0, []Loss{LostInterface}},
		{"packet of interface 2^31", ng(func(w *builder) { w.iface(1, 0, nil).enhanced(1<<31, 1, frame(1, 60), 60) }), 0, []Loss{LostInterface}},
		{"obsolete packet of interface 65535", ng(func(w *builder) { w.iface(1, 0, nil).obsolete(65535, 0, 1, frame(1, 60), 60) }), 0, []Loss{LostInterface}},
		{"statistics of interface 2^31", ng(func(w *builder) { w.iface(1, 0, nil).statistics(1<<31, nil) }), 0, nil},
		{"statistics with a lying option", ng(func(w *builder) { w.iface(1, 0, nil).statistics(0, w.in().u16(5, 8).u32(0).b) }), 0, []Loss{LostDamaged}},
		{"captured 300 KiB", ng(func(w *builder) {
			w.iface(1, 0, nil).enhanced(0, 1, frame(1, 300<<10), 300<<10).enhanced(0, 2, frame(1, 60), 60)
		}), 1, []Loss{LostOversized}},
		{"captured as much as is read", ng(func(w *builder) { w.iface(1, 0, nil).enhanced(0, 1, frame(1, MaxCaptured), MaxCaptured) }), 1, nil},
		{"enhanced packet too short for its fields", ng(func(w *builder) { w.iface(1, 0, nil).block(blockEnhanced, make([]byte, 16)) }), 0, []Loss{LostDamaged}},
		{"interface too short for its fields", ng(func(w *builder) { w.block(blockInterface, make([]byte, 4)).enhanced(0, 1, frame(1, 60), 60) }), 0, []Loss{LostDamaged, LostInterface}},
		{"section too short for its fields", ng(func(w *builder) {
			w.block(blockSection, w.in().u32(byteOrderMagic).b).iface(1, 0, nil).enhanced(0, 1, frame(1, 60), 60)
		}), 1, []Loss{LostDamaged}},
		{"section of no byte order", ng(func(w *builder) {
			w.iface(9, 0, nil).block(blockSection, make([]byte, 16)).iface(1, 0, nil).enhanced(0, 1, frame(1, 60), 60)
		}), 1, []Loss{LostDamaged}},
		{"damaged interface keeps its place", ng(func(w *builder) {
			w.iface(9, 0, nil)
			w.b[len(w.b)-4] ^= 8
			w.iface(1, 0, nil).enhanced(1, 1, frame(1, 60), 60).enhanced(0, 1, frame(1, 60), 60)
		}), 1, []Loss{LostDamaged, LostInterface}},
		{"long block cut", ng(func(w *builder) { w.u32(77, 8<<20).octets(make([]byte, 3<<20)) }), 0, []Loss{LostTruncated}},
		{"long block with another end", ng(func(w *builder) {
			w.iface(1, 0, nil).u32(77, 2<<20).octets(make([]byte, 2<<20-12)).u32(5).enhanced(0, 1, frame(1, 60), 60)
		}), 1, []Loss{LostDamaged}},
		{"ends in a lone section type", ng(func(w *builder) { w.u32(blockSection, 28, byteOrderMagic) }), 0, []Loss{LostTruncated}},
		{"pcap of empty packets", newPcap(littleEndian, magicMicroseconds, 1).record(5, 0, nil, 0).record(5, 0, nil, 0).b, 2, nil},
		{"pcap of zeros", append(newPcap(littleEndian, magicMicroseconds, 1).b, make([]byte, 1<<20)...), 0, []Loss{LostDamaged}},
		{"pcapng of zeros", append(newPcapng(littleEndian).b, make([]byte, 1<<20)...), 0, []Loss{LostDamaged}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []Packet
			var s Stats
			used := allocated(func() { got, s = read(t, test.octets) })
			if len(got) != test.packets {
				t.Errorf("%d packets, want %d", len(got), test.packets)
			}
			equalLosses(t, s.Lost, losses(test.lost...))
			if used > 6<<20 {
				t.Errorf("%d octets allocated", used)
			}
		})
	}
}

// TestBomb reads a gzip and a zstd stream of 128 MiB in a few hundred KiB: memory stays flat.
func TestBomb(t *testing.T) {
	w := newPcap(littleEndian, magicMicroseconds, 1)
	for i := range 512 {
		w.record(uint32(i+1), 0, make([]byte, MaxCaptured), MaxCaptured)
	}
	for name, octets := range map[string][]byte{"gzip": gzipped(t, w.b), "zstd": zstandard(t, w.b)} {
		t.Run(name, func(t *testing.T) {
			used := allocated(func() {
				f, err := fromStdin(octets)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				dst := make([]Packet, 64)
				total := 0
				for {
					n, err := f.ReadBatch(dst)
					total += n
					if err == io.EOF {
						break
					}
				}
				if total != 512 {
					t.Errorf("%d packets, want 512", total)
				}
			})
			t.Logf("%d octets in, %d inflated, %d allocated", len(octets), len(w.b), used)
			if used > 32<<20 {
				t.Errorf("%d octets allocated for a stream of %d", used, len(w.b))
			}
		})
	}
}
