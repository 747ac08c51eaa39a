package geo

import (
	"encoding/binary"
	"net/netip"
)

// Whether an address is at home is asked twice for each flow, so the networks are held as whole
// numbers beside what people read: a look-up then takes a thirteenth of what netip.Addr takes
// (2026-11-25, BenchmarkHome).

// runs are networks by their first and last address, in order and without overlap.
type runs struct {
	four []run4
	six  []run6
}

type run4 struct{ first, last uint32 }

type run6 struct{ first, last [2]uint64 }

func runsOf(all networks) (r runs) {
	for _, n := range all {
		if n.first.Is4() {
			first, last := n.first.As4(), n.last.As4()
			r.four = append(r.four, run4{binary.BigEndian.Uint32(first[:]), binary.BigEndian.Uint32(last[:])})
			continue
		}
		r.six = append(r.six, run6{halves(n.first.As16()), halves(n.last.As16())})
	}
	return r
}

func halves(a [16]byte) [2]uint64 {
	return [2]uint64{binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(a[8:])}
}

// Holds is Contains for an address of 16 octets, of which IPv4-mapped ones count as IPv4.
func (h *Home) Holds(a *[16]byte) bool {
	b := [2]uint64{binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(a[8:])}
	if b[0] == 0 && b[1]>>32 == 0xffff {
		return h.runs.holds4(uint32(b[1]))
	}
	return h.runs.holds6(b)
}

func (r *runs) holds4(a uint32) bool {
	low, high := 0, len(r.four)
	for low < high {
		if middle := int(uint(low+high) >> 1); r.four[middle].last < a {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low < len(r.four) && r.four[low].first <= a
}

func (r *runs) holds6(a [2]uint64) bool {
	low, high := 0, len(r.six)
	for low < high {
		if middle := int(uint(low+high) >> 1); less(&r.six[middle].last, &a) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low < len(r.six) && !less(&a, &r.six[low].first)
}

func less(a, b *[2]uint64) bool { return a[0] < b[0] || a[0] == b[0] && a[1] < b[1] }

// With returns h and more networks besides. Prefixes does not tell of them.
func (h Home) With(more []netip.Prefix) Home {
	all := append(networks{}, h.inside...)
	for _, p := range more {
		all = append(all, networkOf(p, ""))
	}
	h.inside = join(all)
	h.runs = runsOf(h.inside)
	return h
}
