package capture

import (
	"bytes"
	"errors"
	"hash/fnv"
	"io"
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

// summarise reads at most a million packets: a small input can be a large stream.
func summarise(t *testing.T, o Options, batch int) (summary, Stats, error) {
	f, err := Open([]string{"-"}, o)
	if err != nil {
		if !errors.Is(err, ErrEmpty) && !errors.Is(err, ErrNotCapture) || strings.Contains(err.Error(), "\n") {
			t.Fatalf("error %q", err)
		}
		return summary{}, Stats{}, err
	}
	defer f.Close()
	hash := fnv.New64a()
	dst := make([]Packet, batch)
	for read := 0; read < 1<<20; {
		n, err := f.ReadBatch(dst)
		for _, p := range dst[:n] {
			if len(p.Data) > MaxCaptured || uint32(len(p.Data)) > p.OriginalLength || p.Timestamp < 0 {
				t.Fatalf("captured %d, original %d, timestamp %d", len(p.Data), p.OriginalLength, p.Timestamp)
			}
			hash.Write(p.Data)
			hash.Write([]byte{byte(p.Timestamp), byte(p.Timestamp >> 40), byte(p.LinkType), byte(p.Interface), byte(p.OriginalLength)})
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
	return summary{s.Packets, s.CapturedOctets, hash.Sum64(), s.Lost, [2]uint64{s.DroppedByInterface, s.DroppedBySystem},
		s.Interfaces, s.Inputs[0].Problem != ""}, s, nil
}

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
	f.Fuzz(func(t *testing.T, octets []byte) {
		whole, s, err := summarise(t, Options{Stdin: bytes.NewReader(octets)}, 256)
		if err == nil && s.Consumed != int64(len(octets)) && !whole.problem && s.Packets < 1<<20 {
			t.Fatalf("consumed %d of %d octets and no problem", s.Consumed, len(octets))
		}
		if len(octets) > 1<<14 {
			return
		}
		if careful, _, _ := summarise(t, Options{Stdin: bytes.NewReader(octets), careful: true}, 7); careful != whole {
			t.Fatalf("in place:  %+v\nby pcapgo: %+v", whole, careful)
		}
		parts, _, partsErr := summarise(t, Options{Stdin: slow{bytes.NewReader(octets)}}, 3)
		if (err == nil) != (partsErr == nil) || whole != parts {
			t.Fatalf("in one piece: %+v, %v\nby octets:    %+v, %v", whole, err, parts, partsErr)
		}
	})
}
