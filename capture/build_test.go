package capture

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// builder writes captures octet by octet, sound ones and others.
type builder struct {
	order binary.AppendByteOrder
	b     []byte
}

var littleEndian, bigEndian binary.AppendByteOrder = binary.LittleEndian, binary.BigEndian

func (w *builder) u16(v ...uint16) *builder {
	for _, x := range v {
		w.b = w.order.AppendUint16(w.b, x)
	}
	return w
}

func (w *builder) u32(v ...uint32) *builder {
	for _, x := range v {
		w.b = w.order.AppendUint32(w.b, x)
	}
	return w
}

func (w *builder) octets(b []byte) *builder { w.b = append(w.b, b...); return w }

// pcap begins a pcap file.
func newPcap(order binary.AppendByteOrder, magic, network uint32) *builder {
	w := &builder{order: order}
	return w.u32(magic).u16(2, 4).u32(0, 0, 65535, network)
}

// record appends a pcap record.
func (w *builder) record(second, fraction uint32, data []byte, original int) *builder {
	return w.u32(second, fraction, uint32(len(data)), uint32(original)).octets(data)
}

// kuznetzov appends a record of the modified format.
func (w *builder) kuznetzov(second, fraction uint32, data []byte, original int) *builder {
	return w.u32(second, fraction, uint32(len(data)), uint32(original), 7).u16(0x800).octets([]byte{4, 0}).octets(data)
}

// block appends a pcapng block with its frame.
func (w *builder) block(kind uint32, body []byte) *builder {
	body = append(bytes.Clone(body), make([]byte, -len(body)&3)...)
	length := uint32(len(body) + blockFrame)
	return w.u32(kind, length).octets(body).u32(length)
}

// in returns a builder of the same order, for a block's body.
func (w *builder) in() *builder { return &builder{order: w.order} }

func (w *builder) option(code uint16, value []byte) *builder {
	return w.u16(code, uint16(len(value))).octets(value).octets(make([]byte, -len(value)&3))
}

func (w *builder) option64(code uint16, value uint64) *builder {
	return w.option(code, w.order.AppendUint64(nil, value))
}

func newPcapng(order binary.AppendByteOrder) *builder {
	w := &builder{order: order}
	return w.section(1, 0)
}

func (w *builder) section(major, minor uint16) *builder {
	body := w.in().u32(byteOrderMagic).u16(major, minor).u32(^uint32(0), ^uint32(0))
	return w.block(blockSection, body.b)
}

// iface appends an interface description; options are as built by option.
func (w *builder) iface(link uint16, snap uint32, options []byte) *builder {
	body := w.in().u16(link, 0).u32(snap).octets(options)
	if options != nil {
		body.u32(0) // opt_endofopt
	}
	return w.block(blockInterface, body.b)
}

func (w *builder) enhanced(id uint32, units uint64, data []byte, original int) *builder {
	body := w.in().u32(id, uint32(units>>32), uint32(units), uint32(len(data)), uint32(original)).octets(data)
	return w.block(blockEnhanced, body.b)
}

func (w *builder) obsolete(id, drops uint16, units uint64, data []byte, original int) *builder {
	body := w.in().u16(id, drops).u32(uint32(units>>32), uint32(units), uint32(len(data)), uint32(original)).octets(data)
	return w.block(blockObsolete, body.b)
}

func (w *builder) simple(data []byte, original int) *builder {
	return w.block(blockSimple, w.in().u32(uint32(original)).octets(data).b)
}

func (w *builder) statistics(id uint32, options []byte) *builder {
	return w.block(blockStatistics, w.in().u32(id, 0, 0).octets(options).b)
}

// frame is a payload that can be told from others, of length n.
func frame(seed, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(seed*31 + i*7)
	}
	return b
}

func gzipped(t testing.TB, members ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, m := range members {
		z := gzip.NewWriter(&b)
		z.Write(m)
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func zstandard(t testing.TB, frames ...[]byte) []byte {
	t.Helper()
	var b []byte
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range frames {
		b = z.EncodeAll(f, b)
	}
	return b
}

// fromStdin opens octets as standard input.
func fromStdin(octets []byte) (*Files, error) {
	return Open([]string{"-"}, Options{Stdin: bytes.NewReader(octets)})
}

// drain reads all packets in batches of size, with Data copied, and checks what always holds.
func drain(t testing.TB, f *Files, size int) ([]Packet, Stats) {
	t.Helper()
	defer f.Close()
	var all []Packet
	dst := make([]Packet, size)
	for {
		n, err := f.ReadBatch(dst)
		for _, p := range dst[:n] {
			if len(p.Data) > MaxCaptured || uint32(len(p.Data)) > p.OriginalLength || p.Timestamp < 0 {
				t.Fatalf("packet %d: captured %d, original %d, timestamp %d", len(all), len(p.Data), p.OriginalLength, p.Timestamp)
			}
			p.Data = bytes.Clone(p.Data)
			all = append(all, p)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("ReadBatch: %v; only io.EOF is expected", err)
		}
	}
	if n, err := f.ReadBatch(dst); n != 0 || err != io.EOF {
		t.Fatalf("ReadBatch after the end: %d, %v; want 0, io.EOF", n, err)
	}
	s := f.Stats()
	if s.Packets != uint64(len(all)) {
		t.Fatalf("Stats counts %d packets, %d were read", s.Packets, len(all))
	}
	return all, s
}

// read opens octets as standard input and reads all.
func read(t testing.TB, octets []byte) ([]Packet, Stats) {
	t.Helper()
	f, err := fromStdin(octets)
	if err != nil {
		t.Fatal(err)
	}
	return drain(t, f, 64)
}

// store writes a file for a test.
func store(t testing.TB, dir, name string, octets []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, octets, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func equalPackets(t *testing.T, got, want []Packet) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d packets, want %d", len(got), len(want))
	}
	for i := range got {
		g, w := &got[i], &want[i]
		if g.Timestamp != w.Timestamp || g.OriginalLength != w.OriginalLength || g.Interface != w.Interface ||
			g.LinkType != w.LinkType || !bytes.Equal(g.Data, w.Data) {
			t.Fatalf("packet %d: got time %d original %d interface %d link %d, %d octets; want %d %d %d %d, %d octets (equal: %v)",
				i, g.Timestamp, g.OriginalLength, g.Interface, g.LinkType, len(g.Data),
				w.Timestamp, w.OriginalLength, w.Interface, w.LinkType, len(w.Data), bytes.Equal(g.Data, w.Data))
		}
	}
}

// losses makes the expected Losses but for LostOctets, which tests check apart.
func losses(reasons ...Loss) (l Losses) {
	for _, r := range reasons {
		l[r]++
	}
	return l
}

func equalLosses(t *testing.T, got, want Losses) {
	t.Helper()
	got[LostOctets], want[LostOctets] = 0, 0
	if got != want {
		t.Errorf("lost %v, want %v", got.List(), want.List())
	}
}

// corpusDir holds real captures that are not part of the project.
const corpusDir = "../../shared/corpus/open"

// corpus lists its captures.
func corpus(t testing.TB) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.pcap", "*.pcapng", "*.cap"} {
		found, _ := filepath.Glob(filepath.Join(corpusDir, pattern))
		all = append(all, found...)
	}
	if len(all) == 0 {
		t.Skipf("no captures in %s: they are not part of the project", corpusDir)
	}
	return all
}

const second = int64(1e9)
