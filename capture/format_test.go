package capture

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"testing"

	"peeratlas/capture/packet"
)

// sample is what the captures of TestFormats hold.
func sample(nanoseconds bool) []Packet {
	var all []Packet
	for i := range 5 {
		at := int64(1_700_000_000+i)*second + 123_456_000
		if nanoseconds {
			at += 789
		}
		data := frame(i, 40+i*300)
		all = append(all, Packet{Data: data, Timestamp: at, OriginalLength: uint32(len(data) + i%2*9), LinkType: 276})
	}
	return all
}

// samplePcap writes the sample as pcap.
func samplePcap(big bool, magic uint32) []byte {
	order := littleEndian
	if big {
		order = bigEndian
	}
	// The upper half of the network field is not the link type.
	w := newPcap(order, magic, 0x2400_0000|276)
	for _, p := range sample(magic == magicNanoseconds) {
		s, ns := uint32(p.Timestamp/second), uint32(p.Timestamp%second)
		switch magic {
		case magicNanoseconds:
			w.record(s, ns, p.Data, int(p.OriginalLength))
		case magicKuznetzov:
			w.kuznetzov(s, ns/1000, p.Data, int(p.OriginalLength))
		default:
			w.record(s, ns/1000, p.Data, int(p.OriginalLength))
		}
	}
	return w.b
}

// samplePcapng writes the sample as pcapng with enhanced packet blocks, or obsolete ones.
func samplePcapng(big, old bool) []byte {
	order := littleEndian
	if big {
		order = bigEndian
	}
	w := newPcapng(order)
	w.iface(276, 0, w.in().option(1, []byte("a comment")).option(optionResolution, []byte{9}).b)
	w.block(0x0bad, []byte("a block of a custom type"))
	for _, p := range sample(true) {
		if old {
			w.obsolete(0, 0xffff, uint64(p.Timestamp), p.Data, int(p.OriginalLength))
		} else {
			w.enhanced(0, uint64(p.Timestamp), p.Data, int(p.OriginalLength))
		}
	}
	w.block(blockNames, make([]byte, 20))
	return w.b
}

func TestFormats(t *testing.T) {
	tests := []struct {
		name, format string
		octets       []byte
		nanoseconds  bool
	}{
		{"pcap little-endian", "pcap", samplePcap(false, magicMicroseconds), false},
		{"pcap big-endian", "pcap", samplePcap(true, magicMicroseconds), false},
		{"pcap nanosecond little-endian", "pcap nanosecond", samplePcap(false, magicNanoseconds), true},
		{"pcap nanosecond big-endian", "pcap nanosecond", samplePcap(true, magicNanoseconds), true},
		{"pcap modified little-endian", "pcap modified", samplePcap(false, magicKuznetzov), false},
		{"pcap modified big-endian", "pcap modified", samplePcap(true, magicKuznetzov), false},
		{"pcapng little-endian", "pcapng", samplePcapng(false, false), true},
		{"pcapng big-endian", "pcapng", samplePcapng(true, false), true},
		{"pcapng obsolete block little-endian", "pcapng", samplePcapng(false, true), true},
		{"pcapng obsolete block big-endian", "pcapng", samplePcapng(true, true), true},
	}
	for _, test := range tests {
		half := len(test.octets) / 2
		skippable := []byte{0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'x', 'y', 'z'}
		packings := []struct {
			words  string
			octets []byte
		}{
			{"", test.octets},
			{", gzip", gzipped(t, test.octets)},
			{", gzip", gzipped(t, test.octets[:half], nil, test.octets[half:])},
			{", zstd", zstandard(t, test.octets)},
			{", zstd", zstandard(t, test.octets[:half], test.octets[half:])},
			{", zstd", append(skippable, zstandard(t, test.octets)...)},
			{", gzip, zstd", zstandard(t, gzipped(t, test.octets))},
			{", zstd, gzip", gzipped(t, zstandard(t, test.octets))},
		}
		for _, packing := range packings {
			t.Run(test.name+packing.words, func(t *testing.T) {
				got, s := read(t, packing.octets)
				equalPackets(t, got, sample(test.nanoseconds))
				checkSample(t, s, test.format+packing.words, 0, len(packing.octets))

				f, err := Open([]string{store(t, t.TempDir(), "x", packing.octets)}, Options{})
				if err != nil {
					t.Fatal(err)
				}
				got, s = drain(t, f, 2)
				equalPackets(t, got, sample(test.nanoseconds))
				checkSample(t, s, test.format+packing.words, len(packing.octets), len(packing.octets))
			})
		}
	}
}

func checkSample(t *testing.T, s Stats, format string, size, consumed int) {
	t.Helper()
	if s.Lost.Any() || s.Cut != 2 || s.Backwards != 0 || s.Interfaces != 1 || !slices.Equal(s.LinkTypes, []packet.LinkType{276}) {
		t.Errorf("stats: %+v", s)
	}
	if s.Size != int64(size) || s.Consumed != int64(consumed) {
		t.Errorf("size %d consumed %d, want %d %d", s.Size, s.Consumed, size, consumed)
	}
	if s.WireOctets != s.CapturedOctets+18 {
		t.Errorf("captured %d, wire %d octets; want 18 more", s.CapturedOctets, s.WireOctets)
	}
	if in := s.Inputs[0]; in.Format != format || in.Packets != 5 || in.Last-in.First != 4*second {
		t.Errorf("input: %+v, want format %q", in, format)
	}
}

func TestEmptyButValid(t *testing.T) {
	for name, octets := range map[string][]byte{
		"pcap":           newPcap(littleEndian, magicMicroseconds, 1).b,
		"pcapng":         newPcapng(bigEndian).b,
		"pcapng, gzip":   gzipped(t, newPcapng(bigEndian).iface(1, 0, nil).b),
		"pcap big, zstd": zstandard(t, newPcap(bigEndian, magicNanoseconds, 1).b),
	} {
		t.Run(name, func(t *testing.T) {
			got, s := read(t, octets)
			if len(got) != 0 || s.Lost.Any() {
				t.Errorf("%d packets, lost %v; want none", len(got), s.Lost.List())
			}
		})
	}
}

func TestTooNested(t *testing.T) {
	octets := samplePcap(false, magicMicroseconds)
	for range maxNesting {
		octets = gzipped(t, octets)
	}
	if got, _ := read(t, octets); len(got) != 5 {
		t.Errorf("nested %d times: %d packets, want 5", maxNesting, len(got))
	}
	if _, err := fromStdin(gzipped(t, octets)); err == nil {
		t.Error("nested once more: no error")
	}
}

// slow gives one octet a read, as a pipe may.
type slow struct{ r io.Reader }

func (s slow) Read(p []byte) (int, error) { return s.r.Read(p[:min(1, len(p))]) }

func TestOctetByOctet(t *testing.T) {
	for _, octets := range [][]byte{samplePcap(true, magicNanoseconds), samplePcapng(false, false), gzipped(t, samplePcapng(true, true))} {
		f, err := Open([]string{"-"}, Options{Stdin: slow{bytes.NewReader(octets)}})
		if err != nil {
			t.Fatal(err)
		}
		got, _ := drain(t, f, 256)
		equalPackets(t, got, sample(true))
	}
}

// A pipe that pauses must not hold back the packets that came before the pause.
func TestPipeIsNotAwaited(t *testing.T) {
	for name, octets := range map[string][]byte{
		"pcap":   samplePcap(false, magicNanoseconds),
		"pcapng": samplePcapng(false, false)[:len(samplePcapng(false, false))-32], // without the last block
	} {
		t.Run(name, func(t *testing.T) {
			r, w := io.Pipe()
			go w.Write(octets) // and never closes
			f, err := Open([]string{"-"}, Options{Stdin: r})
			if err != nil {
				t.Fatal(err)
			}
			var got []Packet
			dst := make([]Packet, 256)
			for len(got) < 5 {
				n, err := f.ReadBatch(dst)
				if n == 0 || err != nil {
					t.Fatalf("ReadBatch: %d, %v", n, err)
				}
				for _, p := range dst[:n] {
					p.Data = bytes.Clone(p.Data)
					got = append(got, p)
				}
			}
			equalPackets(t, got, sample(true))
			r.Close()
			if _, err := f.ReadBatch(dst); err != io.EOF {
				t.Errorf("closed pipe: %v, want io.EOF", err)
			}
		})
	}
}

func TestTimestamps(t *testing.T) {
	const most = 1<<63 - 1
	tests := []struct {
		name       string
		resolution uint8
		offset     int64
		units      uint64
		want       int64
	}{
		{"seconds", 0, 0, 1_700_000_000, 1_700_000_000 * second},
		{"milliseconds", 3, 0, 1_700_000_000_123, 1_700_000_000_123_000_000},
		{"microseconds", 6, 0, 1_700_000_000_123_456, 1_700_000_000_123_456_000},
		{"nanoseconds", 9, 0, 1_700_000_000_123_456_789, 1_700_000_000_123_456_789},
		{"picoseconds", 12, 1_700_000_000, 123_456_789_999, 1_700_000_000_123_456_789},
		{"10^-19", 19, 5, 12_345_678_901_234_567_890, 6_234_567_890},
		{"10^-28", 28, 0, 1<<64 - 1, 1},
		{"10^-29", 29, 7, 1<<64 - 1, 7 * second},
		{"10^-127", 127, 0, 12345, 0},
		{"2^-0", 0x80, 0, 77, 77 * second},
		{"2^-10", 0x80 | 10, 0, 1024 + 512, 1_500_000_000},
		{"2^-32", 0x80 | 32, 1000, 3<<32 | 1<<31, 1003*second + 500_000_000},
		{"2^-63", 0x80 | 63, 0, 1 << 62, 500_000_000},
		{"2^-64", 0x80 | 64, 0, 1 << 63, 500_000_000},
		{"2^-65", 0x80 | 65, 0, 1 << 63, 250_000_000},
		{"2^-127", 0x80 | 127, 3, 1<<64 - 1, 3 * second},
		{"too late", 6, 0, 1<<64 - 1, most},
		{"too late, binary", 0x80, 0, 1<<64 - 1, most},
		{"last second", 9, 0, most, most},
		{"offset forward", 6, 1_700_000_000, 1_000_000, 1_700_000_001 * second},
		{"offset back", 6, -10, 12_000_000, 2 * second},
		{"offset before 1970", 6, -10, 9_000_000, 0},
		{"offset too far", 6, most, 1, most},
		{"offset too far back", 6, -most - 1, 1, 0},
		{"offset overflows the sum", 9, 9_000_000_000, 9_000_000_000_000_000_000, most},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, order := range []int{little, big} {
				w := newPcapng([...]binary.AppendByteOrder{littleEndian, bigEndian}[order])
				options := w.in().option64(optionOffset, uint64(test.offset)).option(optionResolution, []byte{test.resolution})
				w.iface(1, 0, options.b).enhanced(0, test.units, frame(1, 60), 60)
				got, s := read(t, w.b)
				if len(got) != 1 || got[0].Timestamp != test.want || s.Lost.Any() {
					t.Errorf("got %+v, lost %v; want timestamp %d", got, s.Lost.List(), test.want)
				}
			}
		})
	}
}

// Without if_tsresol a unit is a microsecond; the row "seconds" above has it as 0.
func TestResolutionMissing(t *testing.T) {
	got, _ := read(t, newPcapng(littleEndian).iface(1, 0, nil).enhanced(0, 1_500_000, frame(1, 60), 60).b)
	if len(got) != 1 || got[0].Timestamp != 1_500_000_000 {
		t.Errorf("got %+v, want microseconds", got)
	}
}
