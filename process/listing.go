package process

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
	"peeratlas/report"
)

// Listings are tables of sockets that were taken of machines whose packets were captured: what
// netstat, ss or lsof printed there. They tell whose the ends of flows are. Add is called for each,
// by one goroutine; after that they are only read, by as many as like.
type Listings struct {
	all []report.Listing
	own []map[netip.Addr]bool // by listing: the addresses of its machine
	// The sockets of which a process is told, by how well they fit a flow's end.
	connected map[connection][]listed
	bound     map[place][]listed
	wild      map[wildcard][]listed
	rows      int
}

// connection is a socket that has one peer.
type connection struct {
	protocol      packet.Protocol
	local, remote netip.AddrPort
}

// place is a socket that is bound to one address, and has no peer.
type place struct {
	protocol packet.Protocol
	local    netip.AddrPort
}

// wildcard is a socket that takes what is sent to any address of its machine, of a family.
type wildcard struct {
	protocol packet.Protocol
	port     uint16
	family   wildFamily
}

type wildFamily uint8

const (
	only4 wildFamily = iota
	only6
	both
)

// listed is who has a socket, as one listing tells.
type listed struct {
	listing int
	owner   report.Owner
}

// mostHeld bounds the processes that are kept for one socket.
const mostHeld = 2 * maxShared

// ErrWhose is the error of a listing that names no address of its machine.
var ErrWhose = errors.New("no address of the machine is in it, so that nobody knows whose it is")

// Add reads a listing, which has a name and was taken on the machine of hosts. Without hosts it is
// the machine of the addresses that it names itself; ErrWhose if it names none. Beyond the bounds
// of ParseTable, or of all listings together, nothing of it is kept.
func (l *Listings) Add(name string, text []byte, hosts []netip.Addr) ([]Unread, error) {
	table, err := ParseTable(text)
	if err != nil {
		return nil, err
	}
	if l.rows+len(table.Rows) > maxRows {
		return nil, fmt.Errorf("all listings together have at most %d rows", maxRows)
	}
	if len(table.Rows) == 0 {
		return table.Unread, errors.New("no socket of TCP or UDP is in it: is this the output of netstat, ss or lsof?")
	}
	own := map[netip.Addr]bool{}
	for _, a := range hosts {
		own[a.Unmap().WithZone("")] = true
	}
	for _, r := range table.Rows {
		if a := r.Local.Addr(); len(hosts) == 0 && !a.IsUnspecified() && !a.IsLoopback() && !a.IsMulticast() {
			own[a] = true
		}
	}
	if len(own) == 0 {
		return table.Unread, ErrWhose
	}
	told := report.Listing{Name: name, Rows: uint64(len(table.Rows)), Unread: uint64(len(table.Unread)), Other: uint64(table.Other), Told: len(hosts) > 0}
	for _, r := range table.Rows {
		if r.PID == 0 && r.Name == "" {
			told.Nobody++
			continue
		}
		l.keep(r, listed{len(l.all), report.Owner{PID: r.PID, Name: r.Name, User: r.User}})
	}
	told.Hosts = slices.SortedFunc(maps.Keys(own), netip.Addr.Compare)
	l.all, l.own, l.rows = append(l.all, told), append(l.own, own), l.rows+len(table.Rows)
	return table.Unread, nil
}

func (l *Listings) keep(r Row, h listed) {
	if l.connected == nil {
		l.connected, l.bound, l.wild = map[connection][]listed{}, map[place][]listed{}, map[wildcard][]listed{}
	}
	switch {
	case r.Connected():
		add(l.connected, connection{r.Protocol, r.Local, r.Remote}, h)
	case !r.Local.Addr().IsUnspecified():
		add(l.bound, place{r.Protocol, r.Local}, h)
	case r.Local.Port() != 0:
		w := wildcard{r.Protocol, r.Local.Port(), both}
		if r.Local.Addr().Is4() {
			w.family = only4
		} else if r.Only6 {
			w.family = only6
		}
		add(l.wild, w, h)
	}
}

func add[K comparable](to map[K][]listed, key K, h listed) {
	if all := to[key]; len(all) < mostHeld && !slices.Contains(all, h) {
		to[key] = append(all, h)
	}
}

// All tells of the listings, in the order of Add.
func (l *Listings) All() []report.Listing { return slices.Clone(l.all) }

// FlowOwner tells whose an end of a flow is.
func (l *Listings) FlowOwner(f *flow.Flow, end int) report.Ownership {
	local, remote := ends(f.Key, end)
	return l.Owner(f.Key.Protocol, local, remote)
}

// Owner tells whose the socket at the local end of a flow is: of the connection itself if it is
// listed, else of a socket that is bound to the local address and port, else of one that is bound
// to the port alone, on a machine that has the address.
func (l *Listings) Owner(protocol packet.Protocol, local, remote netip.AddrPort) report.Ownership {
	var o report.Ownership
	a := local.Addr()
	for i := range l.own {
		o.Covered = o.Covered || l.own[i][a]
	}
	all, by := l.connected[connection{protocol, local, remote}], report.ByConnection
	if len(all) == 0 {
		all, by = l.bound[place{protocol, local}], report.BySocket
	}
	families := [...]wildFamily{only4, both}
	if !a.Is4() {
		families[0] = only6
	}
	for _, f := range families {
		if len(all) == 0 {
			all, by = l.of(l.wild[wildcard{protocol, local.Port(), f}], a), report.ByListener
		}
	}
	if len(all) == 0 {
		return o
	}
	o.Covered, o.By = true, by
	o.Owners, o.Doubt = l.judge(all)
	return o
}

// of are those of all whose machine has the address.
func (l *Listings) of(all []listed, a netip.Addr) (some []listed) {
	for _, h := range all {
		if l.own[h.listing][a] {
			some = append(some, h)
		}
	}
	return some
}

// judge puts together what listings say of one socket.
func (l *Listings) judge(all []listed) ([]report.Owner, report.Doubt) {
	var owners []report.Owner
	by := map[int][]report.Owner{}
	for _, h := range all {
		by[h.listing] = append(by[h.listing], h.owner)
		if i := slices.IndexFunc(owners, h.owner.Same); i < 0 {
			owners = append(owners, h.owner)
		} else if owners[i].Name == "" {
			owners[i].Name = h.owner.Name
		}
	}
	slices.SortStableFunc(owners, func(a, b report.Owner) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.PID, b.PID))
	})
	if len(owners) == 1 {
		return owners, report.NoDoubt
	}
	for _, some := range by {
		for _, o := range owners {
			if !slices.ContainsFunc(some, o.Same) {
				return owners, report.Disagree
			}
		}
	}
	return owners, report.Shared
}
