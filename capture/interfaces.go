package capture

import (
	"fmt"
	"net"
	"net/netip"

	"peeratlas/capture/packet"
)

// Interface is one that this system has, as its user sees it.
type Interface struct {
	Name        string
	State       string // "up", "no carrier" or "down"
	Link        string // type of link in words; empty if the system does not tell
	LinkType    packet.LinkType
	Unreadable  string // why it cannot be read, in words; empty if it can
	MAC         net.HardwareAddr
	Addresses   []netip.Prefix
	MTU         int
	Megabits    int // a second; 0 if not known
	Promiscuous bool
	Master      bool   // it is a port of a bridge or a bond
	Received    uint64 // packets since it exists; 0 if the system does not tell
	Sent        uint64
}

// Mirror tells whether the interface looks like one that is fed by a mirror (SPAN) port or a tap:
// it is up, has no address but one that it gave itself, and receives much and sends next to
// nothing, or somebody listens to all that comes. why says what that rests on, or what speaks
// against it.
func (i *Interface) Mirror() (looks bool, why string) {
	switch {
	case i.Unreadable != "":
		return false, i.Unreadable
	case i.LinkType != packet.LinkEthernet || i.State == "down" || i.Link == "loopback":
		return false, ""
	case i.Master:
		return false, "port of a bridge or a bond"
	}
	for _, a := range i.Addresses {
		if !a.Addr().IsLinkLocalUnicast() {
			return false, ""
		}
	}
	// A host that sends nothing still resolves its neighbours; a mirror port's few packets out are
	// IPv6 looking for routers.
	const few, much = 20, 1000
	switch {
	case i.Received >= much && i.Sent < i.Received/few:
		return true, fmt.Sprintf("no address, %d packets in and %d out", i.Received, i.Sent)
	case i.Promiscuous:
		return true, "no address, and promiscuous"
	}
	return false, "no address: a mirror port that is silent, or not in use"
}

// Interfaces lists the interfaces of this system in its own order. It needs no right.
func Interfaces() ([]Interface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	list := make([]Interface, len(all))
	for n, one := range all {
		i := &list[n]
		i.Name, i.MAC, i.MTU, i.State = one.Name, one.HardwareAddr, one.MTU, "down"
		switch {
		case one.Flags&net.FlagUp != 0 && one.Flags&net.FlagRunning != 0:
			i.State = "up"
		case one.Flags&net.FlagUp != 0:
			i.State = "no carrier"
		}
		if one.Flags&net.FlagLoopback != 0 {
			i.Link = "loopback"
		}
		addresses, _ := one.Addrs() // of one that was removed meanwhile there are none
		for _, a := range addresses {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				i.Addresses = append(i.Addresses, p)
			}
		}
	}
	return list, describe(list)
}
