package report

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// endSocket is a local port of a host.
type endSocket struct {
	addr     packet.Addr
	protocol packet.Protocol
	port     uint16
}

// owned is what is known of one.
type owned struct {
	owners  []Process // without their sockets
	dialled bool      // every flow was begun by the host, over TCP: the port says nothing
	covered bool
	doubt   bool
}

// owners adds up whose the sockets of hosts are, in bounded memory. The zero value holds nobody.
type owners struct {
	of     OwnerOf
	most   int
	socket map[endSocket]*owned
	ports  map[netip.Addr]bool // hosts of which an end was found by its port alone, at most maxPortHosts
	beyond uint64
}

func newOwners(of OwnerOf) owners {
	return owners{of: of, most: defaultSockets, socket: map[endSocket]*owned{}, ports: map[netip.Addr]bool{}}
}

// add counts a flow for its end at the host, and returns whose that is.
func (w *owners) add(f *flow.Flow, end int) Ownership {
	if w.of == nil {
		return Ownership{}
	}
	o := w.of(f, end)
	key := endSocket{f.Key.Addr[end], f.Key.Protocol, f.Key.Port[end]}
	s := w.socket[key]
	if s == nil {
		if len(w.socket) >= w.most {
			w.beyond++
			return o
		}
		s = &owned{dialled: true}
		w.socket[key] = s
	}
	s.dialled = s.dialled && f.Key.Protocol == packet.TCP && int(f.Initiator&1) == end
	s.covered = s.covered || o.Covered
	if o.By == ByListener && len(w.ports) < maxPortHosts {
		w.ports[key.addr.Netip()] = true
	}
	s.doubt = s.doubt || o.Doubt != NoDoubt
	for _, owner := range o.Owners {
		s.owners = addProcess(s.owners, owner, len(o.Owners))
	}
	return o
}

// addProcess counts a flow for an owner, one of so many that it may be of.
func addProcess(list []Process, o Owner, of int) []Process {
	i := slices.IndexFunc(list, func(p Process) bool { return p.Same(o) })
	if i < 0 {
		if len(list) == maxOwners {
			return list
		}
		o.Name = strings.Clone(o.Name[:min(len(o.Name), maxOwnerOctets)])
		o.User = strings.Clone(o.User[:min(len(o.User), maxOwnerOctets)])
		i = len(list)
		list = append(list, Process{Owner: o})
	}
	if p := &list[i]; p.Name == "" {
		p.Name = o.Name
	}
	list[i].Flows++
	if of > 1 {
		list[i].Doubtful++
	}
	return list
}

// finish tells what joining came to; nil if nobody was asked.
func (w *owners) finish(listings []Listing) *Joined {
	if w.of == nil {
		return nil
	}
	j := &Joined{Listings: slices.Clone(listings), Beyond: w.beyond}
	fill(&j.Listings)
	for i := range j.Listings {
		j.Listings[i].Guessed = w.guessed(&j.Listings[i])
	}
	for _, s := range w.socket {
		switch {
		case !s.covered:
			j.Elsewhere++
			continue
		case len(s.owners) == 0:
			j.Unowned++
		case len(s.owners) > 1:
			j.Doubtful++
		}
		j.Sockets++
	}
	return j
}

// guessed are the hosts that a listing was taken for, if nobody said so and they are several of one family.
func (w *owners) guessed(l *Listing) []netip.Addr {
	var out []netip.Addr
	for _, four := range []bool{true, false} {
		var some []netip.Addr
		for _, a := range l.Hosts {
			if a.Is4() == four && w.ports[a] && !l.Told {
				some = append(some, a)
			}
		}
		if len(some) > 1 {
			out = append(out, some...)
		}
	}
	return out
}

// socketOwners are the owners of one local port, the busiest first.
func (w *owners) socketOwners(addr packet.Addr, protocol packet.Protocol, port uint16) []Owner {
	s := w.socket[endSocket{addr, protocol, port}]
	if s == nil {
		return nil
	}
	var out []Owner
	for _, p := range sortProcesses(slices.Clone(s.owners)) {
		out = append(out, p.Owner)
	}
	return out
}

// byHost are the processes of each host, the busiest first.
func (w *owners) byHost() map[packet.Addr][]Process {
	out := map[packet.Addr][]Process{}
	keys := slices.SortedFunc(maps.Keys(w.socket), func(a, b endSocket) int { // the order of a map is another each time
		return cmp.Or(a.addr.Netip().Compare(b.addr.Netip()), cmp.Compare(a.protocol, b.protocol), cmp.Compare(a.port, b.port))
	})
	for _, key := range keys {
		s, word := w.socket[key], protocol(key.protocol)
		if !s.dialled {
			word += "/" + strconv.Itoa(int(key.port))
		}
		list := out[key.addr]
		for _, p := range s.owners {
			i := slices.IndexFunc(list, func(q Process) bool { return q.Same(p.Owner) })
			if i < 0 {
				i, list = len(list), append(list, Process{Owner: p.Owner})
			}
			q := &list[i]
			q.Name = cmp.Or(q.Name, p.Name)
			q.Flows, q.Doubtful = q.Flows+p.Flows, q.Doubtful+p.Doubtful
			if len(q.Sockets) < maxDiffSockets && !slices.Contains(q.Sockets, word) {
				q.Sockets = append(q.Sockets, word)
			}
		}
		out[key.addr] = list
	}
	for a, list := range out {
		list = sortProcesses(list)
		for i := range list {
			slices.Sort(list[i].Sockets)
			list[i].Sockets = list[i].Sockets[:min(len(list[i].Sockets), maxSockets)]
		}
		out[a] = list[:min(len(list), maxOwners)]
	}
	return out
}

// transport is the protocol that a socket's word stands for; 0 if it is neither.
func transport(word string) packet.Protocol {
	switch word {
	case "tcp":
		return packet.TCP
	case "udp":
		return packet.UDP
	}
	return 0
}

func sortProcesses(list []Process) []Process {
	slices.SortFunc(list, func(a, b Process) int {
		return cmp.Or(cmp.Compare(b.Flows, a.Flows), strings.Compare(a.Name, b.Name), cmp.Compare(a.PID, b.PID))
	})
	return list
}
