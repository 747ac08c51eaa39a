package classify

import (
	"math/bits"
	"slices"
	"sync"
)

// Which detectors see a payload. A hundred detectors look at each payload of an undecided flow,
// and nearly all would turn away at once: what turns them away (the transport, the first octet,
// how much was captured, which payload of the flow it is) is looked up in lists that are made
// once. The evident twin, asking each detector in turn, is in the tests.

// dispatch holds the detectors by transport, and the rows of the clear protocols by the same.
type dispatch struct {
	sieves [2]sieve
	clear  [2]clearIndex
}

// house is the dispatch of all detectors. It is only read: classifiers share it.
var house = sync.OnceValue(func() *dispatch { return newDispatch(Detectors()) })

func newDispatch(ds []Detector) *dispatch {
	t := &dispatch{}
	for i := range ds {
		d := &ds[i]
		transport := transportIndex(d.Transport)
		if d.clear != nil {
			t.clear[transport].add(d.clear)
			continue
		}
		gates := d.Gates
		if gates == nil {
			gates = []Gate{{}}
		}
		for g := range gates {
			t.sieves[transport].add(i, d, &gates[g])
		}
	}
	return t
}

// show lets all detectors that may care see the payload, which is not empty.
func (t *dispatch) show(o *Observation) {
	transport := transportIndex(o.Flow.Key.Protocol)
	if !o.beyondClear() {
		t.clear[transport].detect(o) // first: others read on in what a row recognised
	}
	s, asked := &t.sieves[transport], -1
	for half, set := range s.passing(o) {
		for ; set != 0; set &= set - 1 {
			g := &s.gates[64*half+bits.TrailingZeros64(set)]
			if g.number == asked || (g.made != 0 && o.state.made&g.made == 0) || g.joins && o.state.joins == 0 {
				continue
			}
			asked = g.number
			g.detect(o)
		}
	}
}

// clearIndex holds the rows of several tables by their first octets and by port. Of each table the
// first row that matches speaks, and rows that want a port go first.
type clearIndex struct {
	tables []*clearTable
	rows   []clearGate                   // of any port
	opens  [clearOpens]*setTable[rowSet] // those that the payload's first octets let pass
	ports  portSet                       // that rows want
	onPort map[uint16][]clearGate
}

// clearOpens is how many octets of a payload rows are looked up by.
const clearOpens = 4

// clearGate is what spares most rows their comparison: the least length, and up to eight octets of
// the pattern, in one word.
type clearGate struct {
	value, mask uint64 // little-endian
	bound       uint16
	at          uint8 // below clearHead
	table, row  byte
}

// clearHead is how far into a payload gates begin; eight octets more are looked at.
const clearHead = 24

// gate is the row's gate, with its numbers.
func (r *clearRow) gate(table, row int) clearGate {
	g := clearGate{table: byte(table), row: byte(row), bound: uint16(r.bound)}
	if r.at >= clearHead {
		return g // no mask: everything passes
	}
	g.at = uint8(r.at)
	for i := range min(len(r.opens), 8) {
		g.value |= uint64(r.opens[i]) << (8 * i)
		g.mask |= uint64(r.maskAt(i)) << (8 * i)
	}
	return g
}

func (x *clearIndex) add(t *clearTable) {
	number := len(x.tables)
	x.tables = append(x.tables, t)
	if x.onPort == nil {
		x.onPort = map[uint16][]clearGate{}
	}
	for i := range t.rows {
		r := &t.rows[i]
		g := r.gate(number, i)
		for _, p := range r.ports {
			x.ports.add(p)
			x.onPort[p] = append(x.onPort[p], g)
		}
		if r.ports == nil {
			x.addRow(r, g)
		}
	}
}

func (x *clearIndex) addRow(r *clearRow, g clearGate) {
	i := len(x.rows)
	if i == maxRows {
		panic("classify: more rows than a rowSet holds")
	}
	x.rows = append(x.rows, g)
	for at := range x.opens {
		if i == 0 {
			x.opens[at] = newSetTable(256, rowSet{})
		}
		x.opens[at].add(i, func(b int) bool {
			stands := at - r.at // in the pattern
			return (at > 0 || r.mayOpen(byte(b))) && (stands < 0 || stands >= len(r.opens) || byte(b)&r.maskAt(stands) == r.opens[stands])
		})
	}
}

// detect claims what the rows say of the payload.
func (x *clearIndex) detect(o *Observation) {
	p, k := o.Payload, &o.Flow.Key
	var short [clearHead + 8]byte // of a payload that is shorter
	head := &short
	if len(p) >= len(short) {
		head = (*[clearHead + 8]byte)(p)
	} else {
		copy(short[:], p)
	}
	matched := uint32(0) // tables of which a row spoke
	if a, b := k.Port[0], k.Port[1]; x.ports.has(a) || x.ports.has(b) {
		matched = x.match(o, head, x.onPort[a], matched)
		if a != b {
			matched = x.match(o, head, x.onPort[b], matched)
		}
	}
	if len(x.rows) == 0 {
		return
	}
	first, second, third, fourth := x.opens[0].at(int(head[0])), x.opens[1].at(int(head[1])), x.opens[2].at(int(head[2])), x.opens[3].at(int(head[3]))
	for k := range first {
		for set := first[k] & second[k] & third[k] & fourth[k]; set != 0; set &= set - 1 {
			g := &x.rows[64*k+bits.TrailingZeros64(set)]
			if g.passes(head, len(p)) && matched>>g.table&1 == 0 && x.tables[g.table].rows[g.row].speak(o) {
				matched |= 1 << g.table
			}
		}
	}
}

// match lets the rows of one port speak.
func (x *clearIndex) match(o *Observation, head *[clearHead + 8]byte, gates []clearGate, matched uint32) uint32 {
	for i := range gates {
		g := &gates[i]
		if g.passes(head, len(o.Payload)) && matched>>g.table&1 == 0 && x.tables[g.table].rows[g.row].speak(o) {
			matched |= 1 << g.table
		}
	}
	return matched
}

// passes tells whether a payload of n octets that begins with head passes.
func (g *clearGate) passes(head *[clearHead + 8]byte, n int) bool {
	at := g.at % clearHead
	return (le64(head[at:at+8])^g.value)&g.mask == 0 && n >= int(g.bound)
}

// octetsOpening tells which first octets any row of t may open with.
func (t *clearTable) octetsOpening(b byte) bool {
	return slices.ContainsFunc(t.rows, func(r clearRow) bool { return r.mayOpen(b) })
}
