package report

import (
	"slices"
	"strings"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
)

// addRest counts a flow whose peer found no room, by row.
func (b *Builder) addRest(r *Record, e int) {
	b.beyond.PeerFlows++
	row := rowOf(&r.Location[e])
	t := b.rest[row]
	if t == nil {
		t = new([2]Tally)
		b.rest[row] = t
	}
	kind := 0
	if r.Verdict.Judgement != classify.P2P {
		kind = 1
	}
	t[kind].add(Tally{Flows: 1, OctetsOut: r.Flow.Octets(flow.Direction(1 - e)), OctetsIn: r.Flow.Octets(flow.Direction(e))})
}

// addReported notes an address that signalling told of.
func (b *Builder) addReported(r *Record, i int) {
	p := r.Verdict.Reported[i]
	if !p.Addr.IsValid() {
		return
	}
	n, fresh := b.reported.number(packet.AddrFrom(p.Addr.Addr()))
	if n == none {
		b.beyond.Reported++
		return
	}
	if fresh {
		l := r.reported(i)
		b.told = append(b.told, toldBy(r, i, &l))
	}
	held := &b.told[n]
	if !fresh && !at(r.Flow.Start).After(held.First) {
		l := r.reported(i)
		held.take(toldBy(r, i, &l))
	}
	held.Flows++
}

// toldBy is the address i that r's signalling told of, and its place.
func toldBy(r *Record, i int, l *geo.Location) told {
	p := r.Verdict.Reported[i]
	near := r.Flow.Initiator & 1
	if !r.Home[near] && r.Home[1-near] {
		near = 1 - near
	}
	return told{host: r.Flow.Key.Addr[near], Reported: Reported{
		Addr: p.Addr.Addr().Unmap().WithZone(""), Port: p.Addr.Port(), By: p.By, First: at(r.Flow.Start),
		Row: rowOf(l), Country: country(l), ASN: l.ASN, ASOrg: l.ASOrg}}
}

// familyNumber numbers the words for families.
func (b *Builder) familyNumber(name string) int {
	if name == "" {
		name = "unknown"
	}
	for i, known := range b.families {
		if known == name {
			return i
		}
	}
	if len(b.families) == maxFamilies {
		return maxFamilies - 1
	}
	if len(b.families) == maxFamilies-1 {
		name = "others"
	}
	b.families = append(b.families, name)
	b.family = append(b.family, Family{Name: name})
	return len(b.families) - 1
}

func (b *Builder) addFamily(r *Record, family int, peers [2]bool) {
	f := &b.family[family]
	if r.Verdict.Judgement == classify.P2P {
		f.P2PFlows++
	} else {
		f.LikelyFlows++
	}
	if r.Verdict.Path == classify.Relayed {
		f.Relayed++
	}
	for e, is := range peers {
		if is {
			f.OctetsOut += r.Flow.Octets(flow.Direction(1 - e))
			f.OctetsIn += r.Flow.Octets(flow.Direction(e))
		}
	}
}

// addService counts a flow by what it was recognised as. The words come from the detectors.
func (b *Builder) addService(name string) {
	if name == "" {
		return // nobody asked what it is
	}
	if _, known := b.services[name]; !known && len(b.services) >= maxFamilies-1 {
		name = "others"
	}
	b.services[name]++
}

// rowOf is the row that an address belongs to.
func rowOf(l *geo.Location) string {
	if l.Anycast {
		return Anycast
	}
	return country(l)
}

// shorten copies the part of a name that is kept, so that no buffer behind it is.
func shorten(s string) string {
	return strings.Clone(s[:min(len(s), maxNameText)])
}

// reasons are the lines that speak most for a verdict, in the order of what they count.
func reasons(evidence []classify.Evidence, into []Reason) []Reason {
	for i := range evidence {
		e := &evidence[i]
		if finite(e.Counted) <= 0 {
			continue
		}
		at := len(into)
		for at > 0 && into[at-1].Bits < e.Counted {
			at--
		}
		if at < maxReasons {
			into = slices.Insert(into[:min(len(into), maxReasons-1)], at, Reason{Claim: e.Claim,
				Bits: e.Counted, Detail: e.Detail, Packets: append([]uint32{}, e.Packets...)})
		}
	}
	return into
}
