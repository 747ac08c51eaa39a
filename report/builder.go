package report

import (
	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
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
	services               map[string]uint64    // of flows judged other
	rest                   map[string]*[2]Tally // by row, of peers that are in no list
	ref                    int64                // where the caller has the flow that is being added
	words                  map[string]string    // of parts: most are in many
	beyond                 Beyond
	judged                 map[packet.Addr]*classify.Host // by Judge
	owners                 owners
	peerOwners             map[int32][]Process // by number of the peer, without their sockets
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

func (s *set) add(n int)     { *s |= 1 << n }
func (s set) has(n int) bool { return s>>n&1 != 0 }

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
	name        classify.Name
	first, last int64
	best        classify.Judgement
	probability float64
	flows       [maxFamilies]uint32 // by family
	reasons     []Reason
	// The flow of that probability: of several the one that began first.
	bestStart int64
	bestKey   uint64
	bestRef   int64 // where the caller has it, 0 if nowhere
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
		peers:    index{make(map[packet.Addr]int32, o.Peers), o.MaxPeers},
		hosts:    index{map[packet.Addr]int32{}, o.MaxHosts},
		reported: index{map[packet.Addr]int32{}, o.MaxPeers},
		links:    make(map[link]int32, 2*o.Peers),
		services: map[string]uint64{},
		rest:     map[string]*[2]Tally{},
		owners:   newOwners(o.Owner),

		peerOwners: map[int32][]Process{},
		peer:       make([]peer, 0, o.Peers),
		contact:    make([]contact, 0, 2*o.Peers),
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
		b.addService(v.Service)
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

// peers tells which ends count as peers. A flow that is P2P has one: if nobody marked it, it is
// the end that was dialled. Where both are marked, a home address that sent nothing had no peers:
// it may be a private address of somewhere else that was only tried.
func (r *Record) peers() [2]bool {
	p := r.Verdict.Peer
	if !p[0] && !p[1] {
		p[r.Flow.Responder()&1] = true
	}
	if p[0] && p[1] {
		for e := range p {
			if r.Home[1-e] && r.Flow.Packets[1-e] == 0 {
				p[e] = false
			}
		}
	}
	return p
}

// hostOf is the end of r that had peer e to do with: none if both are strangers and e began.
func (r *Record) hostOf(e int) (end int, ok bool) {
	other := 1 - e
	if r.Verdict.Peer[other] && !r.Home[other] {
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
	p.place(f.Start, &r.Location[e])
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
	betterName(&p.name, v.Name[e])
	b.addHost(r, e, n, family)
}

// betterName puts name in place of one that tells less; of equal ones that stays which was seen first.
func betterName(held *classify.Name, name classify.Name) {
	if name.Text == "" {
		return
	}
	short := name.Text[:min(len(name.Text), maxNameText)]
	if name.Better(*held) || !held.Better(name) && (name.Time < held.Time || name.Time == held.Time && short < held.Text) {
		*held = name
		held.Text = shorten(name.Text)
	}
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
	s.out += f.Octets(flow.Direction(1 - e))
	s.in += f.Octets(flow.Direction(e))
}

// addHost counts r for the host that had the peer at end e, number n, to do with.
func (b *Builder) addHost(r *Record, e int, n int32, family int) {
	end, ok := r.hostOf(e)
	if !ok {
		return
	}
	f, v := &r.Flow, &r.Verdict
	all := b.owners.add(f, end).Owners
	for _, o := range all {
		b.peerOwners[n] = addProcess(b.peerOwners[n], o, len(all))
	}
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
	o.place(f.Start, &r.Location[end], r.Home[end])
	o.first, o.last = min(o.first, f.Start), max(o.last, f.End)
	o.flows[family]++
	betterName(&o.name, v.Name[end])
	o.best = max(o.best, v.Judgement)
	o.speak(r, b.ref)
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
