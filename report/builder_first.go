package report

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"

	"peeratlas/classify/flow"
	"peeratlas/geo"
)

// What a Builder keeps of several flows does not rest on the order in which they are added: what is told
// once for all is told by the flow that began first. Parts of an input may then be added up apart.

// placeBefore orders what flows tell that began at the same time: any order does, if it is one.
func placeBefore(x, y *geo.Location) bool {
	flags := func(l *geo.Location) (n int) {
		if l.Anycast {
			n++
		}
		if l.Hosting {
			n += 2
		}
		return n
	}
	return cmp.Or(cmp.Compare(x.Country, y.Country), cmp.Compare(x.ASN, y.ASN), cmp.Compare(x.ASOrg, y.ASOrg), cmp.Compare(flags(x), flags(y))) < 0
}

// place takes the location of a flow that began earlier than those that were counted.
func (p *peer) place(start int64, l *geo.Location) {
	if p.flows > 0 && (start < p.first || start == p.first && placeBefore(l, &p.location)) {
		p.location = *l
	}
}

// place is that of a peer, for a host.
func (h *host) place(start int64, l *geo.Location, home bool) {
	if start < h.first || start == h.first && (placeBefore(l, &h.location) || *l == h.location && home) {
		h.location, h.home = *l, home
	}
}

// better tells whether a flow speaks more for the host than the best so far.
func (h *host) better(probability float64, start int64, key uint64) bool {
	return probability > h.probability || probability == h.probability && probability > 0 &&
		(start < h.bestStart || start == h.bestStart && key < h.bestKey)
}

// take takes what an earlier flow told of the address.
func (t *told) take(o told) {
	if o.First.Before(t.First) || o.First.Equal(t.First) && o.Row < t.Row {
		o.Flows = t.Flows
		*t = o
	}
}

// speak lets a flow speak for the host, if it does so better than the best so far.
func (h *host) speak(r *Record, ref int64) {
	p := finite(r.Verdict.Probability)
	if p < h.probability {
		return
	}
	if key := keyNumber(&r.Flow.Key); h.better(p, r.Flow.Start, key) {
		h.probability, h.reasons = p, reasons(r.Verdict.Account(), h.reasons[:0])
		h.bestStart, h.bestKey, h.bestRef = r.Flow.Start, key, ref
	}
}

// keyNumber tells flows apart that are equal in all else.
func keyNumber(k *flow.Key) uint64 {
	f := fnv.New64a()
	for e := range k.Addr {
		f.Write(k.Addr[e][:])
	}
	var p [5]byte
	binary.BigEndian.PutUint16(p[:], k.Port[0])
	binary.BigEndian.PutUint16(p[2:], k.Port[1])
	p[4] = byte(k.Protocol)
	f.Write(p[:])
	return f.Sum64()
}
