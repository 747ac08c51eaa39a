package capture

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// TestPacketsOutliveOneRead asserts that what a batch got stays as it was while the next batch is
// read, whatever the sizes of packets and batches, and through pcapgo as well.
func TestPacketsOutliveOneRead(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	data := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	data = append(data, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0)
	for n := range uint32(30_000) {
		size := 60 + random.IntN(1500)
		if n%1000 == 999 {
			size = 200_000
		}
		for _, v := range []uint32{n, 0, uint32(size), uint32(size)} {
			data = binary.LittleEndian.AppendUint32(data, v)
		}
		data = append(data, bytes.Repeat([]byte{byte(n), byte(n >> 8)}, size/2)...)
		data = append(data, make([]byte, size%2)...)
	}
	path := filepath.Join(t.TempDir(), "large.pcap")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, careful := range []bool{false, true} {
		f, err := Open([]string{path}, Options{careful: careful})
		if err != nil {
			t.Fatal(err)
		}
		batches, number := [2][]Packet{make([]Packet, 5000), make([]Packet, 5000)}, [2]uint32{}
		total := uint32(0)
		for turn := 0; ; turn = 1 - turn {
			want := 1 + random.IntN(5000)
			n, err := f.ReadBatch(batches[turn][:want:cap(batches[turn])])
			batches[turn] = batches[turn][:n]
			number[turn] = total
			total += uint32(n)
			for i, p := range batches[1-turn] {
				if v := number[1-turn] + uint32(i); len(p.Data) > 0 && !filledWith(p.Data, v) {
					t.Fatalf("careful %v: packet %d changed while the next batch was read", careful, v)
				}
			}
			if err != nil {
				break
			}
			batches[1-turn] = batches[1-turn][:5000]
			clear(batches[1-turn])
		}
		f.Close()
		if total != 30_000 {
			t.Errorf("careful %v: %d packets", careful, total)
		}
	}
}

func filledWith(p []byte, n uint32) bool {
	for i := 0; i+1 < len(p); i += 2 {
		if p[i] != byte(n) || p[i+1] != byte(n>>8) {
			return false
		}
	}
	return true
}
