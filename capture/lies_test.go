package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// lies are lengths that a hostile file may claim.
var lies = []uint32{0, 1, 3, 4, 8, 11, 12, 13, 16, 20, 24, 28, 31, 32, 1 << 16, MaxCaptured, MaxCaptured + 4, bufferSize, bufferSize + 4,
	maxBlock, maxBlock + 4, 1<<31 - 1, 1 << 31, 1<<32 - 12, 1<<32 - 4, 1<<32 - 1}

// TestBlockLengthsThatLie tells every lie of the length before, the length behind, and both, of
// every type of block that stands before 50 sound packets: none may cost more than itself and
// what it covers of them, make a packet that is not there, or take memory.
func TestBlockLengthsThatLie(t *testing.T) {
	blocks := map[string]func(w *builder) *builder{
		"section":    func(w *builder) *builder { return w.section(1, 0).iface(1, 0, nil) },
		"interface":  func(w *builder) *builder { return w.iface(1, 0, w.in().option(2, []byte("eth0")).b) },
		"enhanced":   func(w *builder) *builder { return w.enhanced(0, 1, frame(99, 60), 60) },
		"simple":     func(w *builder) *builder { return w.simple(frame(99, 60), 60) },
		"obsolete":   func(w *builder) *builder { return w.obsolete(0, 0, 1, frame(99, 60), 60) },
		"statistics": func(w *builder) *builder { return w.statistics(0, w.in().option64(optionIfDrop, 3).b) },
		"names":      func(w *builder) *builder { return w.block(blockNames, make([]byte, 40)) },
		"unknown":    func(w *builder) *builder { return w.block(0xbad, make([]byte, 40)) },
	}
	for name, put := range blocks {
		for _, order := range []binary.AppendByteOrder{littleEndian, bigEndian} {
			for _, lie := range lies {
				for _, where := range []string{"before", "behind", "both"} {
					w := newPcapng(order).iface(1, 0, nil)
					from := len(w.b)
					put(w)
					size := int(uint32At(w, from+4))
					if where != "behind" {
						put32(w, from+4, lie)
					}
					if where != "before" {
						put32(w, from+size-4, lie)
					}
					for i := range 50 {
						w.enhanced(0, uint64(i+2)*1e6, frame(i, 50+i), 50+i)
					}
					checkLie(t, fmt.Sprintf("%s, %s, %d", name, where, lie), w.b)
				}
			}
		}
	}
}

func uint32At(w *builder, at int) uint32 {
	if w.order == bigEndian {
		return binary.BigEndian.Uint32(w.b[at:])
	}
	return binary.LittleEndian.Uint32(w.b[at:])
}

func put32(w *builder, at int, v uint32) { copy(w.b[at:], w.order.AppendUint32(nil, v)) }

// checkLie asserts that of the 50 packets nearly all are read: what a length covers is lost.
func checkLie(t *testing.T, name string, octets []byte) {
	t.Helper()
	var got []Packet
	var s Stats
	used := allocated(func() { got, s = read(t, octets) })
	if used > 6<<20 {
		t.Errorf("%s: %d octets allocated", name, used)
	}
	last, sound := -1, 0
	for _, p := range got {
		if i := len(p.Data) - 50; i > last && i < 50 && bytes.Equal(p.Data, frame(i, 50+i)) {
			last = i
			sound++
		}
	}
	if len(got) > sound+1 || sound < 47 && s.Lost[LostInterface] == 0 {
		t.Errorf("%s: %d packets, %d of them were written; lost %v", name, len(got), sound, s.Lost.List())
	}
	if sound < 50 && !s.Lost.Any() {
		t.Errorf("%s: %d packets and no loss", name, sound)
	}
}

// TestOptionLengthsThatLie does the same to the length of each option of an interface and of its
// statistics: what stands before it counts, and no packet is lost.
func TestOptionLengthsThatLie(t *testing.T) {
	for _, lie := range lies {
		for code := range uint16(20) {
			w := newPcapng(littleEndian)
			w.iface(1, 0, w.in().option(optionResolution, []byte{9}).u16(code, uint16(lie)).u32(0x09090909).b)
			w.statistics(0, w.in().option64(optionIfDrop, 3).u16(code, uint16(lie)).u32(7, 7).b)
			w.enhanced(0, 1_700_000_000e9, frame(1, 60), 60)
			var got []Packet
			var s Stats
			used := allocated(func() { got, s = read(t, w.b) })
			if len(got) != 1 || used > 6<<20 || got[0].Timestamp != 1_700_000_000e9 && code != optionResolution && code != optionOffset {
				t.Errorf("option %d of %d octets: %d packets, %d octets allocated, lost %v", code, lie, len(got), used, s.Lost.List())
			}
			if s.DroppedByInterface != 3 && code != optionIfDrop {
				t.Errorf("option %d of %d octets: %d packets dropped, want 3", code, lie, s.DroppedByInterface)
			}
		}
	}
}

// nothing is n zeros.
type nothing struct{ n int64 }

func (z *nothing) Read(p []byte) (int, error) {
	n := min(int64(len(p)), z.n)
	if clear(p[:n]); n == 0 {
		return 0, io.EOF
	}
	z.n -= n
	return int(n), nil
}

// A bomb that is no capture is refused at its beginning; one that begins as a capture is left
// behind some damage. Of ten gigabytes of zeros a small part is inflated, in little memory, and
// the report says so.
func TestBombOfZeros(t *testing.T) {
	whole, most := int64(10<<30), 60*time.Second
	if testing.Short() {
		whole = 1 << 30
	}
	heads := map[string][]byte{"pcap": newPcap(littleEndian, magicMicroseconds, 1).record(5, 0, frame(1, 60), 60).b,
		"pcapng": newPcapng(bigEndian).iface(1, 0, nil).enhanced(0, 1, frame(1, 60), 60).b, "nothing": nil}
	squeeze := map[string]func(io.Writer) io.WriteCloser{
		"gzip": func(w io.Writer) io.WriteCloser { z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed); return z },
		"zstd": func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1)); return z },
	}
	for name, head := range heads {
		for by, compress := range squeeze {
			t.Run(name+", "+by, func(t *testing.T) {
				// The bomb is made as it is read, and no more of it than is read.
				r, w := io.Pipe()
				defer r.Close()
				go func() {
					z := compress(w)
					if _, err := z.Write(head); err == nil {
						if _, err = io.Copy(z, &nothing{whole}); err == nil {
							z.Close()
						}
					}
					w.Close()
				}()
				begun := time.Now()
				f, err := Open([]string{"-"}, Options{Stdin: r})
				if head == nil {
					if err == nil {
						t.Error("zeros are taken for a capture")
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				got, s := drain(t, f, 64)
				equalLosses(t, s.Lost, losses(LostDamaged))
				if len(got) != 1 || s.Lost[LostOctets] < mostDamage || s.Lost[LostOctets] > mostDamage+2*bufferSize || s.Inputs[0].Problem == "" {
					t.Errorf("%d packets, lost %v, problem %q", len(got), s.Lost.List(), s.Inputs[0].Problem)
				}
				if took := time.Since(begun); took > most {
					t.Errorf("it took %v", took)
				}
			})
		}
	}
}

// What is not compressed is looked through to its end: a hole of any length costs what is in it.
func TestHoleOfZeros(t *testing.T) {
	order := littleEndian
	head, at := hundredPcap(order)
	hole := int64(mostDamage + 3<<20)
	f, err := Open([]string{"-"}, Options{Stdin: io.MultiReader(bytes.NewReader(head[:at[40]]), &nothing{hole}, bytes.NewReader(head[at[40]:]))})
	if err != nil {
		t.Fatal(err)
	}
	got, s := drain(t, f, 64)
	equalLosses(t, s.Lost, losses(LostDamaged))
	if len(got) != 100 || s.Lost[LostOctets] != uint64(hole) {
		t.Errorf("%d packets, lost %v", len(got), s.Lost.List())
	}
}

// The finders pass zeros by the word; their evident twins look at every octet.
func TestFindersAgainstTwins(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	record, _ := hundredPcap(littleEndian)
	blocks, _ := hundredPcapng(littleEndian)
	for n := range 3000 {
		b := make([]byte, r.IntN(600))
		for range r.IntN(4) {
			src := record[24:]
			if n%2 == 1 {
				src = blocks[28:]
			}
			copy(b[r.IntN(len(b)+1):], src[r.IntN(500):][:r.IntN(400)])
		}
		for range r.IntN(3) {
			clear(b[r.IntN(len(b)+1):][:0])
			if len(b) > 0 {
				b[r.IntN(len(b))] = byte(r.IntN(7))
			}
		}
		from, end := r.IntN(min(len(b), 2)+1), n%3 == 0
		p := pcapGuard{units: 1e6, header: pcapRecordLength, last: 1_700_000_000, any: r.IntN(2) == 0}
		at, ok := p.find(b, from, end)
		if wantAt, want := slowFind(&p, b, from, end); ok != want || at != wantAt {
			t.Fatalf("pcap: %d, %v; want %d, %v in %x", at, ok, wantAt, want, b)
		}
		g, twin := ngGuard{}, ngGuard{}
		at, ok = g.find(b, from, end)
		if wantAt, want := slowFindBlock(&twin, b, from, end); ok != want || at != wantAt || g.large != twin.large {
			t.Fatalf("pcapng: %d, %v; want %d, %v in %x", at, ok, wantAt, want, b)
		}
	}
}

func slowFind(g *pcapGuard, b []byte, from int, end bool) (int, bool) {
	for at := from; ; at++ {
		if at+g.header > len(b) {
			return at, false
		}
		r := g.parse(b[at:])
		next := at + g.header + int(r.captured)
		if !g.plausible(&r, g.last, g.any) {
			continue
		}
		if next+g.header > len(b) {
			if !end || next <= len(b) {
				return at, end
			}
			continue
		}
		if following := g.parse(b[next:]); g.plausible(&following, r.second, true) {
			return at, true
		}
	}
}

func slowFindBlock(g *ngGuard, b []byte, from int, end bool) (int, bool) {
	for at := from; ; at++ {
		if at+blockFrame > len(b) {
			return at, false
		}
		large, kind := g.large, g.u32(b[at:])
		if kind == blockSection || kind >= blockInterface && kind <= blockEnhanced {
			switch _, length := g.frame(b[at:]); {
			case length == 0 || length > scanWindow:
			case length > len(b)-at:
				if !end {
					g.large = large
					return at, false
				}
			case g.trailer(b[at:at+length]) == length:
				return at, true
			}
		}
		g.large = large
	}
}
