package classify

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// slowJoin is the evident twin of join: octet by octet, with no bound on spans.
type slowJoin struct {
	have [maxJoinOctets]bool
	data [maxJoinOctets]byte
}

func (s *slowJoin) put(at int, p []byte) {
	for i, b := range p {
		if n := at + i; n >= 0 && n < maxJoinOctets && !s.have[n] {
			s.have[n], s.data[n] = true, b
		}
	}
}

func (s *slowJoin) octets() []byte {
	n := 0
	for n < maxJoinOctets && s.have[n] {
		n++
	}
	return s.data[:n]
}

// runs counts the spans that the twin's octets make.
func (s *slowJoin) runs() int {
	n := 0
	for i := range s.have {
		if s.have[i] && (i == 0 || !s.have[i-1]) {
			n++
		}
	}
	return n
}

// TestJoinTwin puts random pieces, in any order and overlapping with other content, into both.
func TestJoinTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	compared := 0
	for range 3000 {
		var fast join
		var slow slowJoin
		for range 1 + r.IntN(12) {
			p := make([]byte, r.IntN(1500))
			for i := range p {
				p[i] = byte(r.Uint32())
			}
			at := r.IntN(9000) - 300
			if r.IntN(3) == 0 {
				at = r.IntN(1200)
			}
			fast.put(at, p)
			slow.put(at, p)
			if slow.runs() > maxJoinSpans {
				break // the fast one forgets a span: they part
			}
			compared++
			if !bytes.Equal(fast.octets(), slow.octets()) || fast.n != slow.runs() {
				t.Fatalf("%d octets in %d spans, want %d in %d", len(fast.octets()), fast.n, len(slow.octets()), slow.runs())
			}
			for _, s := range fast.spans[:fast.n] {
				if !bytes.Equal(fast.data[s.from:s.to], slow.data[s.from:s.to]) {
					t.Fatalf("span %v differs", s)
				}
			}
		}
	}
	if compared < 10000 {
		t.Errorf("only %d states compared", compared)
	}
}

// TestJoinSegments asserts that segments in any order, over the end of the sequence numbers too,
// make the same stream.
func TestJoinSegments(t *testing.T) {
	want := noiseOf(7, 3000)
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {2, 1, 0}, {1, 0, 2}, {2, 0, 1}, {1, 2, 0}, {1, 1, 0, 2, 2, 0}} {
		for _, start := range []uint32{1000, 0xfffffff0, 0xfffff900} {
			var j join
			j.base = start + uint32(max(order[0]*1000-50, 0))
			for _, k := range order {
				from, to := max(k*1000-50, 0), min(k*1000+1050, 3000) // overlapping
				j.segment(start+uint32(from), want[from:to])
			}
			if !bytes.Equal(j.octets(), want) || j.base != start {
				t.Errorf("order %v from %#x: %d octets", order, start, len(j.octets()))
			}
		}
	}
	var j join
	j.headed, j.base = true, 1000
	j.segment(995, want[:10])
	if !bytes.Equal(j.octets(), want[5:10]) {
		t.Error("octets before a known beginning were kept")
	}
}

func TestJoinCutHead(t *testing.T) {
	var j join
	j.base = 100
	j.segment(100, []byte("abcdef"))
	j.segment(110, []byte("klm"))
	j.cutHead(4)
	if string(j.octets()) != "ef" || j.base != 104 || j.n != 2 || string(j.data[6:9]) != "klm" {
		t.Errorf("%q behind the head, base %d, %v", j.octets(), j.base, j.spans[:j.n])
	}
	j.segment(106, []byte("ghij"))
	if string(j.octets()) != "efghijklm" {
		t.Errorf("%q after the hole was filled", j.octets())
	}
}

func FuzzJoin(f *testing.F) {
	f.Add([]byte{0, 0, 200, 1, 0, 100, 0, 50, 90})
	f.Fuzz(func(t *testing.T, p []byte) {
		var fast join
		var slow slowJoin
		for ; len(p) >= 3; p = p[3:] {
			at, piece := int(be16(p))-1000, bytes.Repeat(p[2:3], int(p[2])*8)
			fast.put(at, piece)
			slow.put(at, piece)
			if slow.runs() > maxJoinSpans {
				return
			}
			if !bytes.Equal(fast.octets(), slow.octets()) {
				t.Fatalf("%d octets, want %d", len(fast.octets()), len(slow.octets()))
			}
		}
		fast.shift(17)
		fast.cutHead(min(9, len(fast.octets())))
	})
}
