package classify

// gateSet is a set of gates by their number, rowSet one of clear protocols' rows.
type (
	gateSet [2]uint64
	rowSet  [4]uint64
)

const (
	maxGates = 128
	maxRows  = 256
)

func (s gateSet) with(i int) gateSet {
	s[i/64] |= 1 << (i % 64)
	return s
}

//lint:ignore U1000 setTable calls it, through its constraint
func (s rowSet) with(i int) rowSet {
	s[i/64] |= 1 << (i % 64)
	return s
}

func (s *gateSet) meet(t *gateSet) {
	s[0] &= t[0]
	s[1] &= t[1]
}

func (s *gateSet) join(t *gateSet) {
	s[0] |= t[0]
	s[1] |= t[1]
}

// setTable holds a set for each value of an octet or a length. Most values share theirs, so they
// are numbered in classes: the tables of all that is looked up for a payload then stay in the
// first-level cache.
type setTable[S interface{ with(int) S }] struct {
	class []uint8
	sets  [256]S
}

// newSetTable makes one of so many values that all have the same set.
func newSetTable[S interface{ with(int) S }](values int, all S) *setTable[S] {
	t := &setTable[S]{class: make([]uint8, values)}
	t.sets[0] = all
	return t
}

func (t *setTable[S]) at(v int) *S { return &t.sets[t.class[v]] }

// add puts member i into the sets of the values that pass.
func (t *setTable[S]) add(i int, passes func(v int) bool) {
	old, n := t.sets, 0
	var class [256][2]int // new class + 1 by the old one and whether it passes
	for v, c := range t.class {
		with := 0
		if passes(v) {
			with = 1
		}
		if class[c][with] == 0 {
			t.sets[n%len(t.sets)] = old[c]
			if with == 1 {
				t.sets[n%len(t.sets)] = old[c].with(i)
			}
			n++
			class[c][with] = n
		}
		t.class[v] = uint8(class[c][with] - 1)
	}
	if n > len(t.sets) {
		panic("classify: more classes of values than a setTable holds")
	}
}
