package capture

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// What is delivered from where it lies, and what pcapgo reads, is the same: on sound captures
// and on damaged ones.
func TestInPlaceAgainstPcapgo(t *testing.T) {
	var captures [][]byte
	for _, big := range []bool{false, true} {
		for _, magic := range []uint32{magicMicroseconds, magicNanoseconds, magicKuznetzov} {
			captures = append(captures, samplePcap(big, magic))
		}
		captures = append(captures, samplePcapng(big, false), samplePcapng(big, true))
	}
	hundred, _ := hundredPcap(littleEndian)
	hundredNg, _ := hundredPcapng(bigEndian)
	captures = append(captures, hundred, hundredNg, bulky(littleEndian))
	paths, _ := filepath.Glob("../testdata/*.pcap*")
	for _, path := range paths {
		octets, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		captures = append(captures, octets)
	}
	r := rand.New(rand.NewPCG(7, 7))
	for i, octets := range captures {
		sameBothWays(t, fmt.Sprintf("capture %d", i), octets)
		for n := range 40 {
			m := mutant(r, octets)
			sameBothWays(t, fmt.Sprintf("capture %d, mutant %d", i, n), m)
		}
	}
}

// mutant flips bits, cuts octets out, doubles some, or ends early.
func mutant(r *rand.Rand, octets []byte) []byte {
	m := bytes.Clone(octets)
	for range 1 + r.IntN(4) {
		at := r.IntN(len(m))
		switch r.IntN(4) {
		case 0:
			m[at] ^= 1 << r.IntN(8)
		case 1:
			m = append(m[:at], m[min(at+r.IntN(100), len(m)):]...)
		case 2:
			m = append(m[:at:at], m[max(at-r.IntN(100), 0):]...)
		case 3:
			m = m[:max(at, len(m)*3/4)]
		}
		if len(m) == 0 {
			return octets
		}
	}
	return m
}

func sameBothWays(t *testing.T, name string, octets []byte) {
	t.Helper()
	for _, batch := range []int{1, 256} {
		in, _, err := summarise(t, Options{Stdin: bytes.NewReader(octets)}, batch)
		by, _, byErr := summarise(t, Options{Stdin: bytes.NewReader(octets), careful: true}, batch)
		if in != by || fmt.Sprint(err) != fmt.Sprint(byErr) {
			t.Fatalf("%s, batches of %d: in place %+v, %v\nby pcapgo %+v, %v", name, batch, in, err, by, byErr)
		}
	}
}

// TestCorpusInPlace: the same of real captures, one by one and merged.
func TestCorpusInPlace(t *testing.T) {
	paths := corpus(t)
	for _, list := range append([][]string{paths}, one(paths)...) {
		var got [2][]Packet
		for i, careful := range []bool{false, true} {
			f, err := Open(list, Options{careful: careful})
			if err != nil {
				t.Fatal(err)
			}
			got[i], _ = drain(t, f, 100+i)
		}
		equalPackets(t, got[0], got[1])
	}
}

// one makes a list of each element.
func one(paths []string) (lists [][]string) {
	for i := range paths {
		lists = append(lists, paths[i:i+1])
	}
	return lists
}
