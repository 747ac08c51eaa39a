package report

import (
	"slices"
	"strings"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/geo"
)

// Builder adds up records to a Summary in bounded memory. It is used by one goroutine, and once:
// NewBuilder, Add for each flow, Finish.
type Builder struct {
	options  Options
	totals   Totals
	tcp      uint64 // TCP flows with payload
	oneWay   uint64 // of these, flows of which one direction was seen only: that cannot be
	homeless uint64 // P2P flows with no end inside the home networks

	peers, hosts, reported index
	peer                   []peer
	host                   []host
	told                   []told
	links                  map[link]int32
	contact                []contact
	families               []string
	family                 []Family
	rest                   map[string]*[2]Tally // by row, of peers that are in no list
	beyond                 Beyond
}

// index numbers addresses in order of their first mention, up to a bound.
type index struct {
	numbers map[packet.Addr]int32
	most    int
}

const none = int32(-1)

// number returns the number of a, and whether it is new; none if there is no room for it.
func (x *index) number(a packet.Addr) (n int32, fresh bool) {
	if n, known := x.numbers[a]; known {
		return n, false
	}
	if len(x.numbers) >= x.most {
		return none, false
	}
	n = int32(len(x.numbers))
	x.numbers[a] = n
	return n, true
}

// set is a set of small numbers.
type set uint64

func (s *set) add(n int)      { *s |= 1 << n }
func (s set) has(n int) bool  { return s>>n&1 != 0 }
func (s *set) union(more set) { *s |= more }

// sums are what flows add up to, whoever they are counted for.
type sums struct {
	p2p, exchanged bool
	flows          uint64
	out, in        uint64
	first, last    int64
}

// peer is one peer address.
type peer struct {
	sums
	addr        packet.Addr
	location    geo.Location
	name        classify.Name
	probability float64
	protocols   set
	families    set
	paths       set
	relayed     bool
}

// host is one home address with peers.
type host struct {
	addr        packet.Addr
	location    geo.Location
	home        bool
	first, last int64
	best        classify.Judgement
	probability float64
	flows       [maxFamilies]uint32 // by family
	reasons     []Reason
}

// told is one address that signalling told of.
type told struct {
	Reported
	host packet.Addr
}

// link joins a peer and a host by their numbers.
type link struct{ peer, host int32 }

// contact is what a host and a peer had to do with each other.
type contact struct {
	link
	sums
}

// maxFamilies bounds the words for families, which come from the detectors: the last place takes
// what has none of its own.
const maxFamilies = 64

// Numbers of protocols within a set.
const (
	overTCP = iota
	overUDP
)

// NewBuilder returns an empty Builder.
func NewBuilder(o Options) *Builder {
	if o.MaxPeers <= 0 {
		o.MaxPeers = 1 << 16
	}
	if o.MaxHosts <= 0 {
		o.MaxHosts = 1 << 12
	}
	return &Builder{
		options:  o,
		peers:    index{map[packet.Addr]int32{}, o.MaxPeers},
		hosts:    index{map[packet.Addr]int32{}, o.MaxHosts},
		reported: index{map[packet.Addr]int32{}, o.MaxPeers},
		links:    map[link]int32{},
		rest:     map[string]*[2]Tally{},
	}
}

// Add counts one flow. It keeps nothing of r but strings.
func (b *Builder) Add(r *Record) {
	v := &r.Verdict
	b.totals.Flows++
	switch v.Judgement {
	case classify.P2P:
		b.totals.P2PFlows++
	case classify.Likely:
		b.totals.LikelyFlows++
	case classify.Other:
		b.totals.OtherFlows++
	default:
		b.totals.UnknownFlows++
	}
	if f := &r.Flow; f.Key.Protocol == packet.TCP && f.Payloads[0]+f.Payloads[1] > 0 {
		b.tcp++
		if f.Packets[0] == 0 || f.Packets[1] == 0 {
			b.oneWay++
		}
	}
	for i := range v.Reported {
		b.addReported(r, i)
	}
	if v.Judgement < classify.Likely {
		return
	}
	if !r.Home[0] && !r.Home[1] {
		b.homeless++
	}
	family := b.familyNumber(v.Family)
	peers := r.peers()
	for e, is := range peers {
		if is {
			b.addPeer(r, e, family)
		}
	}
	b.addFamily(r, family, peers)
}

// peers tells which ends are peers. A flow that is P2P has one: if nobody marked it, it is the
// end that was dialled.
func (r *Record) peers() [2]bool {
	p := r.Verdict.Peer
	if !p[0] && !p[1] {
		p[r.Flow.Responder()&1] = true
	}
	return p
}

// hostOf is the end of r that had peer e to do with: none if both are strangers and e began.
func (r *Record) hostOf(e int) (end int, ok bool) {
	other := 1 - e
	if r.peers()[other] && !r.Home[other] {
		return other, int(r.Flow.Initiator&1) == other
	}
	return other, true
}

// exchanged tells whether payload went both ways.
func (r *Record) exchanged() bool { return r.Flow.Payloads[0] > 0 && r.Flow.Payloads[1] > 0 }

// addPeer counts r for the peer at end e and for the host that it talked to.
func (b *Builder) addPeer(r *Record, e, family int) {
	f, v := &r.Flow, &r.Verdict
	n, fresh := b.peers.number(f.Key.Addr[e])
	if n == none {
		b.addRest(r, e)
		return
	}
	if fresh {
		b.peer = append(b.peer, peer{addr: f.Key.Addr[e], location: r.Location[e]})
	}
	p := &b.peer[n]
	p.count(r, e)
	p.probability = max(p.probability, finite(v.Probability))
	p.relayed = p.relayed || v.Path == classify.Relayed
	p.families.add(family)
	p.paths.add(int(v.Path))
	if f.Key.Protocol == packet.TCP {
		p.protocols.add(overTCP)
	} else {
		p.protocols.add(overUDP)
	}
	if name := v.Name[e]; name.Source != classify.NoName && p.name.Source == classify.NoName {
		p.name = name
		p.name.Text = shorten(name.Text)
	}
	b.addHost(r, e, n, family)
}

// count adds r to what end e sent and received.
func (s *sums) count(r *Record, e int) {
	f := &r.Flow
	if s.flows == 0 {
		s.first, s.last = f.Start, f.End
	}
	s.first, s.last = min(s.first, f.Start), max(s.last, f.End)
	s.p2p = s.p2p || r.Verdict.Judgement == classify.P2P
	s.exchanged = s.exchanged || r.exchanged()
	s.flows++
	s.out += f.Octets[1-e]
	s.in += f.Octets[e]
}

// addHost counts r for the host that had the peer at end e, number n, to do with.
func (b *Builder) addHost(r *Record, e int, n int32, family int) {
	end, ok := r.hostOf(e)
	if !ok {
		return
	}
	f, v := &r.Flow, &r.Verdict
	h, fresh := b.hosts.number(f.Key.Addr[end])
	if h == none {
		b.beyond.HostFlows++
		return
	}
	if fresh {
		b.host = append(b.host, host{addr: f.Key.Addr[end], location: r.Location[end], home: r.Home[end],
			first: f.Start, last: f.End})
	}
	o := &b.host[h]
	o.first, o.last = min(o.first, f.Start), max(o.last, f.End)
	o.flows[family]++
	o.best = max(o.best, v.Judgement)
	if p := finite(v.Probability); p > o.probability {
		o.probability, o.reasons = p, reasons(v.Evidence, o.reasons[:0])
	}
	l := link{n, h}
	c, known := b.links[l]
	if !known {
		if len(b.links) >= 2*b.options.MaxPeers {
			b.beyond.HostFlows++
			return
		}
		c = int32(len(b.contact))
		b.links[l] = c
		b.contact = append(b.contact, contact{link: l})
	}
	b.contact[c].count(r, e)
}

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
	t[kind].add(Tally{Flows: 1, OctetsOut: r.Flow.Octets[1-e], OctetsIn: r.Flow.Octets[e]})
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
		near := r.Flow.Initiator & 1
		if !r.Home[near] && r.Home[1-near] {
			near = 1 - near
		}
		b.told = append(b.told, told{host: r.Flow.Key.Addr[near], Reported: Reported{
			Addr: p.Addr.Addr().Unmap().WithZone(""), Port: p.Addr.Port(), By: p.By, First: at(r.Flow.Start),
			Row: rowOf(&l), Country: country(&l), ASN: l.ASN, ASOrg: l.ASOrg}})
	}
	b.told[n].Flows++
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
			f.OctetsOut += r.Flow.Octets[1-e]
			f.OctetsIn += r.Flow.Octets[e]
		}
	}
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
