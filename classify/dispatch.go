package classify

import "slices"

// Which detectors see a payload. A hundred detectors look at each payload of an undecided flow,
// and nearly all would turn away at once: what turns them away (the transport, the first octet,
// how much was captured, which payload of the flow it is) is looked up in lists that are made
// once. The evident twin, asking each detector in turn, is in the tests.

// phase is which payload of its flow one is.
type phase uint8

const (
	opening phase = iota // the first of its direction
	early                // one of the first windowLength
	late                 // any later one
	numPhases
)

func (o *Observation) phase() phase {
	switch {
	case o.first:
		return opening
	case o.window.n < windowLength:
		return early
	}
	return late
}

// gated is a detector, and how many octets must have been captured for it to care.
type gated struct {
	detect func(*Observation)
	least  int
}

// dispatch holds the detectors by transport, phase and first octet, and the rows of the clear
// protocols by the same.
type dispatch struct {
	detectors [2][numPhases][256][]gated
	clear     [2]clearIndex
}

func newDispatch(ds []Detector) *dispatch {
	t := &dispatch{}
	for i := range ds {
		d := &ds[i]
		transport := transportIndex(d.Transport)
		if d.clear != nil {
			t.clear[transport].add(d.clear)
			continue
		}
		for p := range numPhases {
			if d.First && p != opening || d.Within > 0 && d.Within <= windowLength && p == late {
				continue
			}
			for first := range 256 {
				if d.Opens == nil || d.Opens(byte(first)) {
					list := &t.detectors[transport][p][first]
					*list = append(*list, gated{d.Detect, d.Least})
				}
			}
		}
	}
	return t
}

// show lets all detectors that may care see the payload, which is not empty.
func (t *dispatch) show(o *Observation) {
	transport, p, n := transportIndex(o.Flow.Key.Protocol), o.phase(), len(o.Payload)
	first := o.Payload[0]
	if p != late {
		t.clear[transport].detect(o) // first: others read on in what a row recognised
	}
	list := t.detectors[transport][p][first]
	for i := range list {
		if g := &list[i]; n >= g.least {
			g.detect(o)
		}
	}
}

// clearIndex holds the rows of several tables by first octet and by port. Of each table the
// first row that matches speaks, and rows that want a port go first.
type clearIndex struct {
	tables []*clearTable
	any    [256][]clearGate
	ports  [1 << 16 / 64]uint64 // that rows want, a bit each: most flows are spared the look-up
	onPort map[uint16][]clearGate
}

// clearGate is what spares most rows their comparison: the least length, and one octet of the
// pattern, for rows of any port beyond the first.
type clearGate struct {
	at, bound          uint16
	octet, mask        byte
	table, row         byte
	firstOctet, firstM byte // of rows that want a port: what the payload must open with
}

// gate is the row's gate, with its numbers.
func (r *clearRow) gate(table, row int) clearGate {
	g := clearGate{table: byte(table), row: byte(row), bound: uint16(r.bound), at: uint16(r.at)}
	if r.at == 0 && r.opens != "" {
		g.firstOctet, g.firstM = r.opens[0], r.maskAt(0)
	}
	i := 0
	if r.at == 0 && len(r.opens) > 1 {
		i = 1
	}
	if i < len(r.opens) { // else no pattern: a mask of 0 lets everything pass
		g.at, g.octet, g.mask = uint16(r.at+i), r.opens[i], r.maskAt(i)
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
			x.ports[p/64] |= 1 << (p % 64)
			x.onPort[p] = append(x.onPort[p], g)
		}
		if r.ports != nil {
			continue
		}
		for b := range 256 {
			if r.mayOpen(byte(b)) {
				x.any[b] = append(x.any[b], g)
			}
		}
	}
}

func (x *clearIndex) known(p uint16) bool { return x.ports[p/64]>>(p%64)&1 != 0 }

// detect claims what the rows say of the payload.
func (x *clearIndex) detect(o *Observation) {
	p, k := o.Payload, &o.Flow.Key
	matched := uint32(0) // tables of which a row spoke
	if a, b := k.Port[0], k.Port[1]; x.known(a) || x.known(b) {
		matched = x.match(o, x.onPort[a], matched)
		if a != b {
			matched = x.match(o, x.onPort[b], matched)
		}
	}
	gates := x.any[p[0]]
	n := len(p)
	for i := range gates {
		g := &gates[i]
		if n < int(g.bound) || p[g.at]&g.mask != g.octet || matched>>g.table&1 != 0 {
			continue
		}
		if x.tables[g.table].rows[g.row].speak(o) {
			matched |= 1 << g.table
		}
	}
}

// match lets the rows of one port speak.
func (x *clearIndex) match(o *Observation, gates []clearGate, matched uint32) uint32 {
	p := o.Payload
	for i := range gates {
		g := &gates[i]
		if len(p) < int(g.bound) || p[0]&g.firstM != g.firstOctet || p[g.at]&g.mask != g.octet || matched>>g.table&1 != 0 {
			continue
		}
		if x.tables[g.table].rows[g.row].speak(o) {
			matched |= 1 << g.table
		}
	}
	return matched
}

// octetsOpening tells which first octets any row of t may open with.
func (t *clearTable) octetsOpening(b byte) bool {
	return slices.ContainsFunc(t.rows, func(r clearRow) bool { return r.mayOpen(b) })
}
