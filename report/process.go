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

// Ownership is what listings of sockets say of one end of a flow.
type Ownership struct {
	Covered bool    // a listing was taken on the machine of that end
	Owners  []Owner // none: no listing tells; several: it is one of them, and which is not known
	By      OwnedBy // by what it was found
	Doubt   Doubt   // why there are several
}

// OwnedBy says what row of a listing an end of a flow was found by.
type OwnedBy string

// The values of OwnedBy, the surest first.
const (
	ByConnection OwnedBy = "connection" // the row has both ends of the flow
	BySocket     OwnedBy = "socket"     // it is bound to the address and port
	ByListener   OwnedBy = "listener"   // it is bound to the port, on any address
)

// Doubt says why a socket has several owners.
type Doubt string

// The values of Doubt.
const (
	NoDoubt  Doubt = ""
	Shared   Doubt = "several processes have the socket"
	Disagree Doubt = "the listings disagree"
)

// OwnerOf tells whose an end of a flow is, as far as listings say.
type OwnerOf func(f *flow.Flow, end int) Ownership

// Same tells whether two owners are one process: listings tell of it more or less.
func (o Owner) Same(other Owner) bool {
	if o.PID != 0 && other.PID != 0 {
		return o.PID == other.PID && (o.Name == other.Name || o.Name == "" || other.Name == "")
	}
	return o.PID == other.PID && o.Name == other.Name
}

// words is the owner as "name (pid)", clean.
func (o Owner) words() string {
	name := Clean(o.Name, maxOwner)
	switch {
	case o.PID == 0:
		return name
	case name == "":
		return "pid " + strconv.Itoa(o.PID)
	}
	return name + " (" + strconv.Itoa(o.PID) + ")"
}

// Bounds of what is kept and shown of owners.
const (
	maxOwner       = 40 // columns of a name
	maxOwners      = 16 // owners of one socket or host
	maxOwnerOctets = 255
	shownOwners    = 3
	defaultSockets = 1 << 16 // of hosts, whose owners are kept
	maxPortHosts   = 1 << 12
)

// Listing tells of a listing of sockets that was joined with the flows.
type Listing struct {
	Name   string       `json:"file"`
	Hosts  []netip.Addr `json:"hosts"`  // addresses of the machine that it was taken on
	Rows   uint64       `json:"rows"`   // sockets of TCP and UDP
	Nobody uint64       `json:"nobody"` // of these, without a process
	Other  uint64       `json:"other"`  // lines of other sockets
	Unread uint64       `json:"unread"` // lines that were not understood
	// Guessed are those of Hosts, if several of one family, for whom a port that is bound to no address
	// was taken, and nobody said that it is of them.
	Guessed []netip.Addr `json:"guessed,omitempty"`
	Told    bool         `json:"-"` // somebody said whose the listing is
}

// Joined is what joining listings with flows came to. Sockets are the local ports of hosts with
// flows that are p2p or likely.
type Joined struct {
	Listings  []Listing `json:"listings"`
	Sockets   uint64    `json:"sockets"`   // of hosts that a listing was taken on
	Unowned   uint64    `json:"unowned"`   // of these, without an owner in a listing
	Doubtful  uint64    `json:"doubtful"`  // with several owners
	Elsewhere uint64    `json:"elsewhere"` // sockets of hosts that no listing was taken on
	Beyond    uint64    `json:"beyond"`    // flows whose socket is not counted for want of memory
}

// Process is an owner and what it has.
type Process struct {
	Owner
	Flows   uint64   `json:"flows"`   // p2p and likely ones
	Sockets []string `json:"sockets"` // as udp/24816; ports dialled from over TCP are told as tcp, once
}

// words say what joining came to.
func (j *Joined) words() string {
	text := "none of its hosts has peer-to-peer sockets"
	if j.Sockets > 0 {
		text = grouped(j.Sockets-j.Unowned) + " of " + counted(j.Sockets, "socket has", "sockets have") + " an owner there, " + grouped(j.Unowned) + " none"
	}
	if j.Doubtful > 0 {
		text += "; " + grouped(j.Doubtful) + " may be of several processes"
	}
	if j.Elsewhere > 0 {
		text += "; " + counted(j.Elsewhere, "socket is", "sockets are") + " of other hosts"
	}
	if j.Beyond > 0 {
		text += "; " + counted(j.Beyond, "flow was", "flows were") + " not joined for want of memory"
	}
	for i := range j.Listings {
		if l := &j.Listings[i]; len(l.Guessed) > 0 {
			text += "; " + Clean(l.Name, 60) + " was taken for " + counted(uint64(len(l.Guessed)), "host", "hosts") + ", " + addressWords(l.Guessed) +
				": if it is of one of them, say which with --netstat-host"
		}
	}
	return text
}

func addressWords(all []netip.Addr) string {
	var words []string
	for _, a := range all {
		words = append(words, a.String())
	}
	return list(words, shownOwners)
}

// Words tells in a sentence what joining came to; it is clean.
func (j *Joined) Words() string {
	var names []string
	for i := range j.Listings {
		l := &j.Listings[i]
		names = append(names, Clean(l.Name, 60)+" ("+counted(l.Rows, "row", "rows")+" of "+addressWords(l.Hosts)+")")
	}
	return list(names, shownOwners) + ": " + j.words()
}

// ownerWords are owners in words, the first few; joined by or if it is but one of them.
func ownerWords(owners []Owner, between string) string {
	var words []string
	for _, o := range owners[:min(len(owners), shownOwners)] {
		words = append(words, o.words())
	}
	if n := len(owners) - shownOwners; n > 0 {
		words = append(words, grouped(uint64(n))+" more")
	}
	return strings.Join(words, between)
}

// processWords are the first processes of a host in words.
func processWords(list []Process) string {
	var all []Owner
	for _, p := range list {
		all = append(all, p.Owner)
	}
	return ownerWords(all, ", ")
}

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
		s.owners = addProcess(s.owners, owner)
	}
	return o
}

// addProcess counts a flow for an owner.
func addProcess(list []Process, o Owner) []Process {
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
			q.Flows += p.Flows
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
