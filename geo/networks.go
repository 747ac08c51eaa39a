package geo

import (
	"net/netip"
	"slices"
)

// A network is a run of addresses of one family, both ends included, with what is said of it.
type network struct {
	first, last netip.Addr
	word        string
}

// networks is in order and without overlap, so one binary search answers.
type networks []network

// find returns the word of the network that holds a; ok is false if none does.
// a has no zone and is not IPv4-mapped. It does not allocate.
func (n networks) find(a netip.Addr) (word string, ok bool) {
	low, high := 0, len(n)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if n[middle].last.Less(a) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low == len(n) || a.Less(n[low].first) {
		return "", false
	}
	return n[low].word, true
}

// join sorts n and joins what overlaps or touches under one word. Networks with different words must
// not overlap; a test holds our tables to that.
func join(n []network) networks {
	slices.SortFunc(n, func(a, b network) int { return a.first.Compare(b.first) })
	joined := make(networks, 0, len(n))
	for _, next := range n {
		if len(joined) > 0 {
			before := &joined[len(joined)-1]
			touches := !before.last.Less(next.first) || before.last.Next() == next.first
			if touches && before.word == next.word {
				if before.last.Less(next.last) {
					before.last = next.last
				}
				continue
			}
		}
		joined = append(joined, next)
	}
	return joined
}

// networkOf returns the run of addresses that p stands for. An IPv4-mapped prefix is the IPv4 one.
func networkOf(p netip.Prefix, word string) network {
	p = p.Masked()
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return network{first: p.Addr(), last: lastOf(p), word: word}
}

// lastOf returns the highest address in p.
func lastOf(p netip.Prefix) netip.Addr {
	octets := p.Addr().AsSlice()
	for i := range octets {
		switch host := (i+1)*8 - p.Bits(); {
		case host >= 8:
			octets[i] = 0xff
		case host > 0:
			octets[i] |= 1<<host - 1
		}
	}
	last, _ := netip.AddrFromSlice(octets)
	return last
}
