package report

import (
	"encoding/binary"
	"math"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/geo"
)

// partFormat is the version of what AppendPart writes.
const partFormat = 1

// AddStored counts one flow as Add does. ref, which is not 0, is where the caller has it: a part names by it the
// flow that speaks most for a host, and Options.Reasons is asked for what it says.
func (b *Builder) AddStored(r *Record, ref int64) {
	b.ref = ref
	b.Add(r)
	b.ref = 0
}

// AppendPart appends what the Builder holds of peers, hosts and addresses that were told of, in octets that
// Merge reads. Totals, families and services are not in it, nor whose sockets they are.
//
// It is a sequence of varints (encoding/binary), fixed numbers and strings with their lengths before them:
// words, places, peers, hosts, contacts, addresses told of, each list with its length before it.
func (b *Builder) AppendPart(dst []byte) []byte {
	w := partWriter{p: append(dst, partFormat), places: map[geo.Location]int{}}
	w.number(len(b.families))
	for _, name := range b.families {
		w.text(name)
	}
	places := b.partPlaces(&w)
	w.number(len(places))
	for i := range places {
		w.location(&places[i])
	}
	w.number(len(b.peer))
	for i := range b.peer {
		w.peer(&b.peer[i])
	}
	w.number(len(b.host))
	for i := range b.host {
		w.host(&b.host[i])
	}
	w.number(len(b.contact))
	for i := range b.contact {
		c := &b.contact[i]
		w.number(int(c.peer))
		w.number(int(c.host))
		w.sums(&c.sums)
	}
	w.number(len(b.told))
	for i := range b.told {
		t := &b.told[i]
		a := packet.AddrFrom(t.Addr)
		w.p = append(w.p, a[:]...)
		w.text(t.Row)
		w.p = binary.AppendVarint(w.p, t.First.UnixNano())
		w.unsigned(t.Flows)
	}
	return w.p
}

// partPlaces numbers the places of peers and hosts.
func (b *Builder) partPlaces(w *partWriter) (places []geo.Location) {
	note := func(l geo.Location) {
		if _, known := w.places[l]; !known {
			w.places[l] = len(places)
			places = append(places, l)
		}
	}
	for i := range b.peer {
		note(b.peer[i].location)
	}
	for i := range b.host {
		note(b.host[i].location)
	}
	return places
}

// partWriter appends to p.
type partWriter struct {
	p      []byte
	places map[geo.Location]int
}

func (w *partWriter) unsigned(n uint64) { w.p = binary.AppendUvarint(w.p, n) }
func (w *partWriter) number(n int)      { w.unsigned(uint64(n)) }
func (w *partWriter) text(s string) {
	w.number(len(s))
	w.p = append(w.p, s...)
}

// flags are eight at most.
func (w *partWriter) flags(all ...bool) {
	n := byte(0)
	for i, f := range all {
		if f {
			n |= 1 << i
		}
	}
	w.p = append(w.p, n)
}

func (w *partWriter) location(l *geo.Location) {
	w.text(l.Country)
	w.unsigned(uint64(l.ASN))
	w.text(l.ASOrg)
	w.flags(l.Anycast, l.Hosting)
}

func (w *partWriter) name(n *classify.Name) {
	w.p = append(w.p, byte(n.Source))
	if n.Source == classify.NoName {
		return
	}
	w.text(n.Text)
	w.p = binary.AppendVarint(w.p, n.Time)
	w.flags(n.ECH)
}

func (w *partWriter) sums(s *sums) {
	w.flags(s.p2p, s.exchanged)
	w.unsigned(s.flows)
	w.unsigned(s.out)
	w.unsigned(s.in)
	w.p = binary.AppendVarint(w.p, s.first)
	w.p = binary.AppendVarint(w.p, s.last-s.first)
}

func (w *partWriter) fixed(n uint64) { w.p = binary.LittleEndian.AppendUint64(w.p, n) }

func (w *partWriter) peer(p *peer) {
	w.p = append(w.p, p.addr[:]...)
	w.number(w.places[p.location])
	w.name(&p.name)
	w.fixed(math.Float64bits(p.probability))
	w.p = append(w.p, byte(p.protocols), byte(p.paths))
	w.unsigned(uint64(p.families))
	w.flags(p.relayed)
	w.sums(&p.sums)
}

func (w *partWriter) host(h *host) {
	w.p = append(w.p, h.addr[:]...)
	w.number(w.places[h.location])
	w.flags(h.home)
	w.name(&h.name)
	w.p = binary.AppendVarint(w.p, h.first)
	w.p = binary.AppendVarint(w.p, h.last-h.first)
	w.p = append(w.p, byte(h.best))
	w.fixed(math.Float64bits(h.probability))
	w.p = binary.AppendVarint(w.p, h.bestStart-h.first)
	w.fixed(h.bestKey)
	w.p = binary.AppendVarint(w.p, h.bestRef)
	some := 0
	for _, n := range h.flows {
		if n > 0 {
			some++
		}
	}
	w.number(some)
	for i, n := range h.flows {
		if n > 0 {
			w.number(i)
			w.unsigned(uint64(n))
		}
	}
}
