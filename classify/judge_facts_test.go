package classify

import (
	"cmp"
	"math"
	"math/rand"
	"slices"
	"testing"

	"peeratlas/capture/packet"
)

// TestPlainFacts asserts that what is weighed without lines is what lines weigh, of any claims
// between any ends.
func TestPlainFacts(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	c := New(Options{Home: func(a packet.Addr) bool { return a.Is4() && a[12] == 10 }}, nil)
	c.names.clients[packet.Addr{10: 0xff, 11: 0xff, 12: 10, 15: 7}] = dnsClient{first: [2]int64{1, 1}}
	j := NewJudge(c, nil)
	ids, plain := detected(), 0
	common := []ClaimID{claimDNS, claimClear, claimClearPeer, claimTLSNamed, claimTLSServer, claimMessenger, claimClearUDP, claimRandomUDP, claimTLSRecord, claimGnutellaUDP}
	for n := range 300_000 {
		f := flowOf(r)
		f.Start = int64(r.Intn(3))
		if r.Intn(8) == 0 {
			f.Key.Addr[1] = packet.Addr{10: 0xff, 11: 0xff, 12: 224, 15: 251}
		}
		some := make([]ClaimID, r.Intn(4))
		for i := range some {
			if some[i] = ids[r.Intn(len(ids))]; r.Intn(2) == 0 {
				some[i] = common[r.Intn(len(common))]
			}
		}
		if n%10 == 0 {
			some = append(some, common...)
		}
		lines := claimed(r, some...)
		r.Shuffle(len(lines), func(a, b int) { lines[a], lines[b] = lines[b], lines[a] })
		if len(lines) > 0 {
			var s *state
			f.State, s = c.states.add()
			for _, l := range lines {
				node := c.claim(s, l.id)
				for i, frame := range l.frames {
					if frame != 0 || i == 0 {
						c.seen(node, frame, l.dirs&1)
					}
				}
				node.named, node.count, node.a, node.b = uint16(l.id)|uint16(l.dirs)<<dirsShift, l.count, l.a, l.b
			}
		}
		got := j.fact(f)
		want := facts{socket: -1, near: got.near, far: got.far, even: got.even, called: got.called, signs: got.signs}
		j.lineFact(f, &want)
		if got.plain {
			plain++
			want.plain = true
		}
		if got != want {
			t.Fatalf("%v: without lines %+v, by lines %+v", claimNames(some), got, want)
		}
		c.Forget(f)
	}
	if plain < 1000 {
		t.Errorf("%d flows were plain", plain)
	}
}

// TestOrderLines asserts that insertion sorts as the library does, and stays stable.
func TestOrderLines(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 20_000 {
		lines := make([]line, r.Intn(2*maxInserted))
		for n := range lines {
			lines[n] = line{id: ClaimID(1 + r.Intn(int(numClaims)-1)), bits: float64(r.Intn(9) - 4), a: uint32(n)}
		}
		want := slices.Clone(lines)
		slices.SortStableFunc(want, func(x, y line) int {
			return cmp.Or(cmp.Compare(math.Abs(y.worth()), math.Abs(x.worth())), cmp.Compare(x.id, y.id))
		})
		if orderLines(lines); !slices.Equal(lines, want) {
			t.Fatalf("%v, want %v", lines, want)
		}
		lines = lines[:0]
		for _, id := range r.Perm(int(numClaims))[:r.Intn(20)] {
			lines = append(lines, line{id: ClaimID(id)})
		}
		if sortLines(lines); !slices.IsSortedFunc(lines, func(x, y line) int { return cmp.Compare(x.id, y.id) }) {
			t.Fatalf("not in order: %v", lines)
		}
	}
}

// TestFamiliesOfWeights asserts that every word for a family has its number.
func TestFamiliesOfWeights(t *testing.T) {
	for id := range weights {
		if word := weights[id].family; familyOf(word).String() != word {
			t.Errorf("%s: family %q is numbered as %q", weights[id].name, word, familyOf(word))
		}
	}
	if len(families) > 255 {
		t.Errorf("%d families", len(families))
	}
}
