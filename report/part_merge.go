package report

import (
	"encoding/binary"
	"errors"
	"math"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/geo"
)

var errPart = errors.New("a part of a report cannot be read")

// Merge adds what AppendPart wrote of other flows: the lists are then as if those had been added one by one, in
// any order, as long as nothing is beyond the bounds of memory. What is not so is an error, and the
// Builder is then of no use.
func (b *Builder) Merge(part []byte) error {
	if b.words == nil {
		b.words = map[string]string{}
	}
	r := partReader{p: part, words: b.words}
	if r.octet() != partFormat {
		return errPart
	}
	families := make([]int, r.length(1))
	if len(families) > maxFamilies {
		return errPart
	}
	for i := range families {
		families[i] = b.familyNumber(r.text())
	}
	places := make([]geo.Location, r.length(4))
	for i := range places {
		places[i] = r.location()
	}
	if len(places) == 0 {
		places = append(places, geo.Location{})
	}
	peers := make([]int32, r.length(36))
	for i := range peers {
		peers[i] = b.mergePeer(&r, places, families)
	}
	hosts := make([]int32, r.length(40))
	for i := range hosts {
		hosts[i] = b.mergeHost(&r, places, families)
	}
	for range r.length(8) {
		b.mergeContact(&r, peers, hosts)
	}
	for range r.length(19) {
		b.mergeTold(&r)
	}
	if r.bad || len(r.p) > 0 {
		return errPart
	}
	return nil
}

func (b *Builder) mergePeer(r *partReader, places []geo.Location, families []int) int32 {
	o := peer{addr: r.addr(), location: places[r.below(len(places))], name: r.name(), probability: finite(math.Float64frombits(r.fixed())),
		protocols: set(r.octet() & 3), paths: set(r.octet() & 15)}
	told := set(r.unsigned())
	for i, n := range families {
		if told.has(i) {
			o.families.add(n)
		}
	}
	o.relayed = r.octet()&1 != 0
	o.sums = r.sums()
	n, fresh := b.peers.number(o.addr)
	switch {
	case n == none:
		b.beyond.PeerFlows += o.flows
		row := rowOf(&o.location)
		t := b.rest[row]
		if t == nil {
			t = new([2]Tally)
			b.rest[row] = t
		}
		kind := 1
		if o.p2p {
			kind = 0
		}
		t[kind].add(Tally{Flows: o.flows, OctetsOut: o.out, OctetsIn: o.in})
	case fresh:
		b.peer = append(b.peer, o)
	default:
		p := &b.peer[n]
		p.place(o.first, &o.location)
		p.sums.merge(&o.sums)
		betterName(&p.name, o.name)
		p.probability = max(p.probability, o.probability)
		p.protocols, p.paths, p.families = p.protocols|o.protocols, p.paths|o.paths, p.families|o.families
		p.relayed = p.relayed || o.relayed
	}
	return n
}

// merge adds what other flows add up to.
func (s *sums) merge(o *sums) {
	s.first, s.last = min(s.first, o.first), max(s.last, o.last)
	s.p2p, s.exchanged = s.p2p || o.p2p, s.exchanged || o.exchanged
	s.flows += o.flows
	s.out += o.out
	s.in += o.in
}

func (b *Builder) mergeHost(r *partReader, places []geo.Location, families []int) int32 {
	o := host{addr: r.addr(), location: places[r.below(len(places))], home: r.octet()&1 != 0, name: r.name(), first: r.signed()}
	o.last = o.first + r.signed()
	o.best = classify.Judgement(min(r.octet(), uint8(classify.P2P)))
	o.probability = finite(math.Float64frombits(r.fixed()))
	o.bestStart = o.first + r.signed()
	o.bestKey, o.bestRef = r.fixed(), r.signed()
	for range r.length(2) {
		if i := r.below(max(len(families), 1)); i < len(families) {
			o.flows[families[i]] += uint32(r.unsigned())
		}
	}
	n, fresh := b.hosts.number(o.addr)
	switch {
	case n == none:
	case fresh:
		b.host = append(b.host, o)
	default:
		h := &b.host[n]
		h.place(o.first, &o.location, o.home)
		h.first, h.last = min(h.first, o.first), max(h.last, o.last)
		betterName(&h.name, o.name)
		h.best = max(h.best, o.best)
		if h.better(o.probability, o.bestStart, o.bestKey) {
			h.probability, h.reasons, h.bestStart, h.bestKey, h.bestRef = o.probability, nil, o.bestStart, o.bestKey, o.bestRef
		}
		for i, k := range o.flows[:len(b.families)] {
			h.flows[i] += k
		}
	}
	return n
}

func (b *Builder) mergeContact(r *partReader, peers, hosts []int32) {
	p, h := r.below(max(len(peers), 1)), r.below(max(len(hosts), 1))
	s := r.sums()
	if r.bad || p >= len(peers) || h >= len(hosts) {
		r.bad = true
		return
	}
	l := link{peers[p], hosts[h]}
	if l.peer == none {
		return // its flows were counted as beyond already
	}
	c, known := b.links[l]
	switch {
	case known:
		b.contact[c].merge(&s)
	case l.host == none || len(b.links) >= 2*b.options.MaxPeers:
		b.beyond.HostFlows += s.flows
	default:
		b.links[l] = int32(len(b.contact))
		b.contact = append(b.contact, contact{link: l, sums: s})
	}
}

func (b *Builder) mergeTold(r *partReader) {
	a := r.addr()
	o := told{Reported: Reported{Addr: a.Netip(), Row: r.text(), First: at(r.signed()), Flows: r.unsigned()}}
	if r.bad {
		return
	}
	n, fresh := b.reported.number(a)
	switch {
	case n == none:
		b.beyond.Reported += o.Flows
	case fresh:
		b.told = append(b.told, o)
	default:
		t := &b.told[n]
		t.Flows += o.Flows
		t.take(o)
	}
}

// partReader reads from p; bad tells that something was not there.
type partReader struct {
	p     []byte
	words map[string]string
	bad   bool
}

func (r *partReader) take(n int) []byte {
	if n > len(r.p) {
		r.bad, r.p = true, nil
		return nil
	}
	t := r.p[:n]
	r.p = r.p[n:]
	return t
}

func (r *partReader) octet() byte {
	if t := r.take(1); t != nil {
		return t[0]
	}
	return 0
}

func (r *partReader) unsigned() uint64 {
	n, size := binary.Uvarint(r.p)
	if size <= 0 {
		r.bad, r.p = true, nil
		return 0
	}
	r.p = r.p[size:]
	return n
}

func (r *partReader) signed() int64 {
	n, size := binary.Varint(r.p)
	if size <= 0 {
		r.bad, r.p = true, nil
		return 0
	}
	r.p = r.p[size:]
	return n
}

// length is that of a list of which each item takes so many octets at least.
func (r *partReader) length(each int) int {
	n := r.unsigned()
	if n > uint64(len(r.p)/each) {
		r.bad, r.p = true, nil
		return 0
	}
	return int(n)
}

// below is a number below n, which is above 0.
func (r *partReader) below(n int) int {
	i := r.unsigned()
	if i >= uint64(n) {
		r.bad, r.p = true, nil
		return 0
	}
	return int(i)
}

func (r *partReader) text() string {
	p := r.take(r.length(1))
	if held, known := r.words[string(p)]; known {
		return held
	}
	s := string(p)
	if len(r.words) < 1<<16 {
		r.words[s] = s
	}
	return s
}

func (r *partReader) fixed() uint64 {
	if t := r.take(8); t != nil {
		return binary.LittleEndian.Uint64(t)
	}
	return 0
}

func (r *partReader) addr() (a packet.Addr) {
	copy(a[:], r.take(len(a)))
	return a
}

func (r *partReader) location() geo.Location {
	l := geo.Location{Country: r.text(), ASN: uint32(r.unsigned()), ASOrg: r.text()}
	f := r.octet()
	l.Anycast, l.Hosting = f&1 != 0, f&2 != 0
	return l
}

func (r *partReader) name() (n classify.Name) {
	source := r.octet()
	if source == byte(classify.NoName) {
		return n
	}
	n = classify.Name{Source: classify.NameSource(min(source, byte(classify.FromResolver))), Text: r.text(), Time: r.signed(), ECH: r.octet()&1 != 0}
	return n
}

func (r *partReader) sums() sums {
	f := r.octet()
	s := sums{p2p: f&1 != 0, exchanged: f&2 != 0, flows: r.unsigned(), out: r.unsigned(), in: r.unsigned(), first: r.signed()}
	s.last = s.first + r.signed()
	return s
}

// Lists are those of a Summary that are by country, host and peer.
type Lists struct {
	Countries []Country
	Hosts     []Host
	Peers     []Peer
}

// Kinds of Lists.
const (
	ListCountries = "countries"
	ListHosts     = "hosts"
	ListPeers     = "peers"
)

// List finishes one of the lists alone, as Finish would. The Builder is spent.
func (b *Builder) List(kind string, sockets []classify.Socket) (l Lists) {
	switch kind {
	case ListCountries:
		told := make([]Reported, 0, len(b.told))
		for i := range b.told {
			told = append(told, b.told[i].Reported)
		}
		l.Countries = b.finishCountries(told)
	case ListHosts:
		l.Hosts = b.finishHosts(sockets)
	case ListPeers:
		l.Peers = b.finishPeers()
	}
	return l
}
