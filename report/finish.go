package report

import (
	"cmp"
	"math/bits"
	"net/netip"
	"slices"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/geo"
)

// Finish returns the Summary of all records. sockets, coverage and databases are the caller's
// words on the same input. The Builder is spent.
func (b *Builder) Finish(sockets []classify.Socket, coverage Coverage, databases []geo.Source) *Summary {
	s := &Summary{Program: b.options.Program, Totals: b.totals, Coverage: coverage, Beyond: b.beyond}
	s.Peers = b.finishPeers()
	b.contacted(s)
	s.Hosts = b.finishHosts(sockets)
	s.Families = b.finishFamilies()
	s.Services = b.finishServices()
	s.Countries = b.finishCountries(s.Reported)
	s.Databases = finishDatabases(databases, b.options.Now)
	s.Joined = b.owners.finish(b.options.Listings)
	s.Home = homeWords(b.options.Home, coverage.LearntHome)
	b.addTotals(s)
	s.Finding = finding(s)
	s.Warnings = append(b.warnings(s), s.Joined.warnings()...)
	inputs := b.options.Inputs
	if len(inputs) == 0 {
		inputs = coverage.Inputs
	}
	s.Next = next(s, inputs)
	return s
}

// hostsOf lists, for each peer, the hosts that it had to do with, in order of first contact. The lists share
// one array, which holds the numbers of contacts until they are in order.
func (b *Builder) hostsOf() [][]int32 {
	ends := make([]int32, len(b.peer)+1)
	for i := range b.contact {
		ends[b.contact[i].peer+1]++
	}
	for i := range b.peer {
		ends[i+1] += ends[i]
	}
	all, filled := make([]int32, len(b.contact)), slices.Clone(ends)
	for i := range b.contact {
		p := b.contact[i].peer
		all[filled[p]] = int32(i)
		filled[p]++
	}
	of := make([][]int32, len(b.peer))
	for i := range of {
		list := all[ends[i]:ends[i+1]:ends[i+1]]
		slices.SortFunc(list, func(x, y int32) int {
			a, c := &b.contact[x], &b.contact[y]
			return cmp.Or(cmp.Compare(a.first, c.first), slices.Compare(b.host[a.host].addr[:], b.host[c.host].addr[:]))
		})
		for k, c := range list {
			list[k] = b.contact[c].host
		}
		of[i] = list
	}
	return of
}

func (b *Builder) finishPeers() []Peer {
	of := b.hostsOf()
	out := make([]Peer, 0, len(b.peer))
	for i := range b.peer {
		p := &b.peer[i]
		o := Peer{
			Addr: p.addr.Netip(), Row: rowOf(&p.location), Country: country(&p.location),
			ASN: p.location.ASN, ASOrg: p.location.ASOrg, Anycast: p.location.Anycast, Hosting: p.location.Hosting,
			Contact: p.word(), Verdict: p.verdict(), Probability: p.probability,
			Flows: p.flows, OctetsOut: p.out, OctetsIn: p.in, First: at(p.first), Last: at(p.last),
			Hosts: []netip.Addr{}, Protocols: p.protocols.words([]string{"tcp", "udp"}),
			Families: p.families.words(b.families),
			Paths:    p.paths.words([]string{"", classify.Direct.String(), classify.Relayed.String(), classify.Probe.String()}),
		}
		slices.Sort(o.Families)
		o.Name, o.NameSource, o.NameTime, o.NameECH = nameWords(p.name)
		for _, own := range sortProcesses(b.peerOwners[int32(i)]) {
			o.Owners = append(o.Owners, own.Owner)
		}
		for n, h := range of[i] {
			if n < maxPeerHosts {
				o.Hosts = append(o.Hosts, b.host[h].addr.Netip())
			} else {
				o.MoreHosts++
			}
		}
		out = append(out, o)
	}
	slices.SortFunc(out, func(x, y Peer) int {
		return cmp.Or(cmp.Compare(x.Verdict, y.Verdict)*-1, // "p2p" before "likely"
			cmp.Compare(y.OctetsOut+y.OctetsIn, x.OctetsOut+x.OctetsIn), x.Addr.Compare(y.Addr))
	})
	return out
}

// nameWords is a name as summaries hold it; all empty if there is none.
func nameWords(n classify.Name) (text, source string, when time.Time, ech bool) {
	if n.Source == classify.NoName || n.Text == "" {
		return "", "", time.Time{}, false
	}
	if n.Time != 0 {
		when = at(n.Time)
	}
	return n.Text, n.Source.String(), when, n.ECH
}

// contacted marks the reported addresses that are peers too.
func (b *Builder) contacted(s *Summary) {
	s.Reported = make([]Reported, 0, len(b.told))
	for i := range b.told {
		o := b.told[i].Reported
		o.Host = b.told[i].host.Netip()
		_, o.Contacted = b.peers.numbers[packet.AddrFrom(o.Addr)]
		s.Reported = append(s.Reported, o)
	}
}

func (s *sums) word() string {
	if s.exchanged {
		return Exchanged
	}
	return Probed
}

func (s *sums) verdict() string {
	if s.p2p {
		return classify.P2P.String()
	}
	return classify.Likely.String()
}

func (s *sums) tally() Tally {
	t := Tally{Flows: s.flows, OctetsOut: s.out, OctetsIn: s.in}
	if s.exchanged {
		t.Exchanged = 1
	} else {
		t.Probed = 1
	}
	return t
}

// words are the members of s, by their place in all.
func (s set) words(all []string) []string {
	out := make([]string, 0, bits.OnesCount64(uint64(s)))
	for i, w := range all {
		if s.has(i) && w != "" {
			out = append(out, w)
		}
	}
	return out
}

func (b *Builder) finishHosts(sockets []classify.Socket) []Host {
	countries, processes := make([]map[string]bool, len(b.host)), b.owners.byHost()
	out := make([]Host, len(b.host))
	for i := range b.host {
		h := &b.host[i]
		countries[i] = map[string]bool{}
		out[i] = Host{Addr: h.addr.Netip(), Home: h.home, Country: country(&h.location), Verdict: h.best.String(),
			Probability: h.probability, First: at(h.first), Last: at(h.last),
			Families: b.shares(h.flows[:]), Sockets: []Socket{}, Reasons: h.reasons, Processes: processes[h.addr]}
		out[i].judge(b.judged[h.addr])
		out[i].Name, out[i].NameSource, out[i].NameTime, _ = nameWords(h.name)
	}
	for i := range b.contact {
		c := &b.contact[i]
		o := &out[c.host]
		if c.p2p {
			o.P2P.add(c.tally())
		} else {
			o.Likely.add(c.tally())
		}
		if row := rowOf(&b.peer[c.peer].location); isCountry(row) {
			countries[c.host][row] = true
		}
	}
	for i := range out {
		out[i].Countries = uint64(len(countries[i]))
	}
	b.addSockets(out, sockets)
	slices.SortStableFunc(out, func(x, y Host) int {
		return cmp.Or(cmp.Compare(y.P2P.Peers(), x.P2P.Peers()), cmp.Compare(y.P2P.Flows, x.P2P.Flows),
			cmp.Compare(y.Likely.Peers(), x.Likely.Peers()), x.Addr.Compare(y.Addr))
	})
	return out
}

// addSockets gives the hosts their sockets. What speaks for the first, the busiest, speaks for the host.
func (b *Builder) addSockets(hosts []Host, sockets []classify.Socket) {
	for i := range sockets {
		s := &sockets[i]
		n, known := b.hosts.numbers[packet.AddrFrom(s.Host)]
		if !known {
			continue
		}
		h := &hosts[n]
		if len(h.Sockets) == maxSockets {
			h.MoreSockets++
			continue
		}
		why := reasons(s.Evidence, []Reason{})
		if len(h.Sockets) == 0 && len(why) > 0 {
			h.Reasons = why
		}
		h.Sockets = append(h.Sockets, Socket{Protocol: s.Protocol, Port: s.Port, Family: s.Family,
			Flows: uint64(s.Flows), P2PFlows: uint64(s.P2P), Peers: uint64(s.Peers),
			Networks: uint64(s.Networks), Answered: uint64(s.Answered), Reasons: why,
			Owners: b.owners.socketOwners(packet.AddrFrom(s.Host), transport(s.Protocol), s.Port)})
	}
	for i := range hosts {
		if ref := b.host[i].bestRef; hosts[i].Reasons == nil && ref != 0 && b.options.Reasons != nil {
			hosts[i].Reasons = b.options.Reasons(ref)
		}
		if hosts[i].Reasons == nil {
			hosts[i].Reasons = []Reason{}
		}
	}
}

// shares lists the families that have any, the largest first.
func (b *Builder) shares(numbers []uint32) []Share {
	out := []Share{}
	for i, name := range b.families {
		if i < len(numbers) && numbers[i] > 0 {
			out = append(out, Share{name, uint64(numbers[i])})
		}
	}
	slices.SortStableFunc(out, func(x, y Share) int {
		return cmp.Or(cmp.Compare(y.Number, x.Number), cmp.Compare(x.Family, y.Family))
	})
	return out
}

func (b *Builder) finishFamilies() []Family {
	for i := range b.family {
		for p := range b.peer {
			if b.peer[p].families.has(i) {
				b.family[i].Peers++
			}
		}
		for h := range b.host {
			if b.host[h].flows[i] > 0 {
				b.family[i].Hosts++
			}
		}
	}
	out := slices.Clone(b.family)
	slices.SortFunc(out, func(x, y Family) int {
		return cmp.Or(cmp.Compare(y.P2PFlows, x.P2PFlows), cmp.Compare(y.LikelyFlows, x.LikelyFlows), cmp.Compare(x.Name, y.Name))
	})
	if out == nil {
		out = []Family{}
	}
	return out
}

func (b *Builder) finishServices() []Share {
	out := make([]Share, 0, len(b.services))
	for name, n := range b.services {
		out = append(out, Share{name, n})
	}
	slices.SortFunc(out, func(x, y Share) int {
		return cmp.Or(cmp.Compare(y.Number, x.Number), cmp.Compare(x.Family, y.Family))
	})
	return out
}

func finishDatabases(sources []geo.Source, now time.Time) []Database {
	out := make([]Database, 0, len(sources))
	for _, s := range sources {
		out = append(out, Database{Name: s.Name, Kind: s.Kind, Date: s.Date, Path: s.Path, Licence: s.Licence,
			Attribution: s.Attribution, Link: s.Link, Stale: !now.IsZero() && s.Stale(now)})
	}
	return out
}

// addTotals adds up the lists.
func (b *Builder) addTotals(s *Summary) {
	t := &s.Totals
	for i := range s.Countries {
		c := &s.Countries[i]
		t.P2P.add(c.P2P)
		t.Likely.add(c.Likely)
		t.Relayed += c.Relayed
		t.Hosting += c.Hosting
		t.Reported += c.Reported
		if !c.IsCountry() {
			continue
		}
		if c.P2P.Flows > 0 {
			t.Countries++
		}
		if c.P2P.Exchanged > 0 {
			t.CountriesData++
		}
		if c.Likely.Flows > 0 {
			t.LikelyCountries++
		}
	}
	for i := range s.Hosts {
		if s.Hosts[i].P2P.Flows > 0 {
			t.Hosts++
		} else {
			t.LikelyHosts++
		}
	}
}
