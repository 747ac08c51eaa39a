package process

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/report"
)

// socket is one that the kernel has, or had a moment ago.
type socket struct {
	protocol      packet.Protocol
	local, remote netip.AddrPort // an end that is not bound or not connected is unspecified, with port 0
	cookie        uint64         // of the kernel, never given twice; 0 if it tells none
	inode         uint32         // 0: no process has it any more
	uid           uint32
	only6         bool // bound to [::], it does not take IPv4
	space         int  // network namespace: 0 is the own one
}

// known is a socket with its owner.
type known struct {
	socket
	owner report.Owner
	found bool      // the process was found
	tried int       // scans that did not find it
	seen  time.Time // when the kernel told of it last
}

// identity tells sockets apart over snapshots. Inodes are given again, cookies are not.
type identity struct {
	protocol      packet.Protocol
	local, remote netip.AddrPort
	cookie        uint64
	inode         uint32
	space         int
}

func (s *socket) identity() identity {
	return identity{s.protocol, s.local, s.remote, s.cookie, s.inode, s.space}
}

// ends is the identity of whatever sockets have these ends.
func (s *socket) ends() identity {
	return identity{protocol: s.protocol, local: s.local, remote: s.remote, space: s.space}
}

// index finds sockets by a flow's end. Once made, it is only read.
type index struct {
	sockets []known // in order of protocol and local port
	// own are the addresses of each namespace: a socket that is bound to none takes what is sent
	// to these, not what passes by.
	own []map[netip.Addr]bool
	at  time.Time
}

// newIndex takes the sockets, which it orders.
func newIndex(sockets []known, own []map[netip.Addr]bool, at time.Time) *index {
	slices.SortFunc(sockets, func(a, b known) int { return a.order() - b.order() })
	return &index{sockets: sockets, own: own, at: at}
}

func (s *socket) order() int { return int(s.protocol)<<16 | int(s.local.Port()) }

// on returns the sockets of a protocol and local port.
func (x *index) on(protocol packet.Protocol, port uint16) []known {
	wanted := socket{protocol: protocol, local: netip.AddrPortFrom(netip.Addr{}, port)}
	from, _ := slices.BinarySearchFunc(x.sockets, wanted.order(), func(k known, want int) int { return k.order() - want })
	to := from
	for to < len(x.sockets) && x.sockets[to].order() == wanted.order() {
		to++
	}
	return x.sockets[from:to]
}

// The ranks of how well a socket fits a flow's end, best first.
const (
	unfit = iota
	bound // to no address
	boundTo
	connected
)

// fit ranks k for a flow between local and remote.
func (x *index) fit(k *known, local, remote netip.AddrPort) int {
	if k.remote.Port() != 0 {
		if k.local == local && k.remote == remote {
			return connected
		}
		return unfit
	}
	if k.local.Addr() == local.Addr() {
		return boundTo
	}
	if !k.local.Addr().IsUnspecified() || !x.has(k.space, local.Addr()) {
		return unfit
	}
	if k.local.Addr().Is4() != local.Addr().Is4() && (k.local.Addr().Is4() || k.only6) {
		return unfit
	}
	return bound
}

// has tells whether a is an address of the namespace. All of 127.0.0.0/8 is.
func (x *index) has(space int, a netip.Addr) bool {
	return space < len(x.own) && x.own[space][a] || space == 0 && a.IsLoopback()
}

// owner tells who has the socket of a flow's end, and whether any was known. Of sockets that fit
// equally well the ones that are there come before those that are gone, and the newest of these
// first. If several processes may be meant (SO_REUSEPORT), what they have in common is told.
func (x *index) owner(protocol packet.Protocol, local, remote netip.AddrPort) (report.Owner, bool) {
	var best []*known
	rank, newest := unfit, time.Time{}
	candidates := x.on(protocol, local.Port())
	for i := range candidates {
		k := &candidates[i]
		r := x.fit(k, local, remote)
		if r == unfit || r < rank || r == rank && k.seen.Before(newest) {
			continue
		}
		if r > rank || k.seen.After(newest) {
			best, rank, newest = best[:0], r, k.seen
		}
		best = append(best, k)
	}
	if len(best) == 0 {
		return report.Owner{}, false
	}
	o := best[0].owner
	var names []string
	for _, k := range best {
		if k.owner.PID != o.PID {
			o.PID = 0
		}
		if k.owner.User != o.User {
			o.User = ""
		}
		if k.owner.Name != "" && !slices.Contains(names, k.owner.Name) {
			names = append(names, k.owner.Name)
		}
	}
	slices.Sort(names)
	if len(names) > 3 {
		names = append(names[:3], "others")
	}
	o.Name = strings.Join(names, " or ")
	return o, true
}
