// Package process knows which process of a machine has a socket: from the kernel while a watch
// runs (Finder), and from what netstat, ss or lsof printed on it (ParseTable, Listings).
package process

import (
	"net/netip"

	"peeratlas/capture/packet"
)

// Row is one socket of a table.
type Row struct {
	Protocol packet.Protocol // TCP or UDP
	// Local and Remote are as the table has them. An address that is not bound is the unspecified
	// one of its family; one that is not connected has port 0. "*", which tells no family, is [::].
	Local, Remote netip.AddrPort
	State         string // as the tool calls it; "" if it tells none
	PID           int    // 0: not told
	Name          string // of the process, as it calls itself: it may hold anything
	User          string // name or number; "" if it is not told
	Only6         bool   // bound to [::], it does not take IPv4
}

// Connected tells whether the socket has one peer.
func (r Row) Connected() bool { return r.Remote.Port() != 0 }
