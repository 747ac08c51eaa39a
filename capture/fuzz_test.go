package capture

import (
	"bytes"
	"errors"
	"hash/maphash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// summary is what must not depend on how the octets arrive, nor on the size of batches.
type summary struct {
	packets, octets, sum uint64
	lost                 Losses
	dropped              [2]uint64
	interfaces           uint32
	problem              bool
}

// mostRead bounds the packets that are read: a small input can be a large stream.
const mostRead = 1 << 17

// desk reads one capture after another in the same memory, as Files does with its inputs: what
// one leaves behind must not matter to the next.
type desk struct {
	files Files
	stage *stage
	hash  maphash.Hash
	dst   [256]Packet
}

// open is Open of standard input.
func (d *desk) open(o Options) (*Files, error) {
	f := &d.files
	if d.stage == nil {
		var err error
		if d.stage, err = newStage(&f.batch); err != nil {
			return nil, err
		}
		d.hash.SetSeed(hashSeed)
	}
	*f = Files{batch: f.batch + 1, careful: o.careful, stages: []*stage{d.stage}}
	if err := f.collect([]string{"-"}, o); err != nil {
		return nil, err
	}
	return f, f.look(f.inputs[0])
}

var hashSeed = maphash.MakeSeed()

// summarise reads a capture in batches of that size.
func (d *desk) summarise(t *testing.T, o Options, batch int) (summary, Stats, error) {
	f, err := d.open(o)
	if f != nil {
		defer f.Close()
	}
	if err != nil {
		if !errors.Is(err, ErrEmpty) && !errors.Is(err, ErrNotCapture) || strings.Contains(err.Error(), "\n") {
			t.Fatalf("error %q", err)
		}
		return summary{}, Stats{}, err
	}
	d.hash.Reset()
	for read := 0; read < mostRead; {
		n, err := f.ReadBatch(d.dst[:batch])
		for i := range d.dst[:n] {
			p := &d.dst[i]
			if len(p.Data) > MaxCaptured || uint32(len(p.Data)) > p.OriginalLength || p.Timestamp < 0 {
				t.Fatalf("captured %d, original %d, timestamp %d", len(p.Data), p.OriginalLength, p.Timestamp)
			}
			d.hash.Write(p.Data)
			d.hash.Write([]byte{byte(p.Timestamp), byte(p.Timestamp >> 40), byte(p.LinkType), byte(p.Interface), byte(p.OriginalLength)})
		}
		read += n
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s := f.Stats()
	return summary{s.Packets, s.CapturedOctets, d.hash.Sum64(), s.Lost, [2]uint64{s.DroppedByInterface, s.DroppedBySystem},
		s.Interfaces, s.Inputs[0].Problem != ""}, s, nil
}

// summarise reads a capture in memory of its own.
func summarise(t *testing.T, o Options, batch int) (summary, Stats, error) {
	return new(desk).summarise(t, o, batch)
}

// pieces gives n octets a read, as a pipe may.
type pieces struct {
	r io.Reader
	n int
}

func (p pieces) Read(b []byte) (int, error) { return p.r.Read(b[:min(p.n, len(b))]) }

func FuzzOpen(f *testing.F) {
	for _, big := range []bool{false, true} {
		for _, magic := range []uint32{magicMicroseconds, magicNanoseconds, magicKuznetzov} {
			f.Add(samplePcap(big, magic))
		}
		f.Add(samplePcapng(big, false))
		f.Add(samplePcapng(big, true))
	}
	w := newPcapng(littleEndian).iface(1, 96, nil)
	w.simple(frame(1, 60), 60).statistics(0, w.in().option64(optionIfDrop, 5).b).section(2, 0).enhanced(0, 1, nil, 0)
	w.order = bigEndian
	w.section(1, 2).iface(276, 0, w.in().option(optionResolution, []byte{0x94}).option64(optionOffset, 1<<40).b)
	w.enhanced(0, 1<<50, frame(1, 30), 60).u32(blockNames, 2<<20)
	f.Add(w.b)
	f.Add(gzipped(f, w.b[:100], w.b[100:]))
	f.Add(zstandard(f, w.b[:100], w.b[100:]))
	f.Add(zstandard(f, gzipped(f, samplePcap(false, magicMicroseconds))))
	hundred, at := hundredPcap(littleEndian)
	copy(hundred[at[3]:], bytes.Repeat([]byte{0xff}, 20))
	f.Add(hundred[:at[9]+5])
	paths, _ := filepath.Glob("../testdata/*.pcap*")
	for _, pattern := range []string{"*.pcap", "*.pcapng"} {
		open, _ := filepath.Glob(filepath.Join(corpusDir, pattern))
		paths = append(paths, open...)
	}
	for _, path := range paths {
		octets, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(octets[:min(len(octets), 1000)]) // short ones are tried more often
	}
	var d desk
	f.Fuzz(func(t *testing.T, octets []byte) {
		whole, s, err := d.summarise(t, Options{Stdin: bytes.NewReader(octets)}, 256)
		if err == nil && s.Consumed != int64(len(octets)) && !whole.problem && s.Packets < mostRead {
			t.Fatalf("consumed %d of %d octets and no problem", s.Consumed, len(octets))
		}
		if len(octets) > 1<<14 || s.Packets >= 1<<14 {
			return
		}
		if careful, _, _ := d.summarise(t, Options{Stdin: bytes.NewReader(octets), careful: true}, 7); careful != whole {
			t.Fatalf("in place:  %+v\nby pcapgo: %+v", whole, careful)
		}
		slow := pieces{bytes.NewReader(octets), 1 + len(octets)/200}
		parts, _, partsErr := d.summarise(t, Options{Stdin: slow}, 3)
		if (err == nil) != (partsErr == nil) || whole != parts {
			t.Fatalf("in one piece: %+v, %v\nin parts:     %+v, %v", whole, err, parts, partsErr)
		}
	})
}
