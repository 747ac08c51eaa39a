package classify

import (
	"net/netip"

	"peeratlas/capture/packet"
)

// announced is where clear signalling expects media without encryption. Bounded: when it is
// full, nothing is added.
type announced struct {
	ends map[place]int64 // when it was said
}

// place is an address and a port.
type place struct {
	addr packet.Addr
	port uint16
}

const (
	maxAnnounced = 8192
	// announcedFor is how long after it was said an announcement stands: a call that rings and
	// is answered later, or begins anew after a hold.
	announcedFor = int64(3600e9)
)

func (a *announced) note(addr packet.Addr, port uint16, now int64) {
	if a.ends == nil {
		a.ends = map[place]int64{}
	}
	k := place{addr, port}
	if _, known := a.ends[k]; known || len(a.ends) < maxAnnounced {
		a.ends[k] = now
	}
}

// covers tells whether an end of the flow, or the even port below it (RTCP), was announced.
func (a *announced) covers(o *Observation) bool {
	if len(a.ends) == 0 {
		return false
	}
	k := &o.Flow.Key
	for e := range 2 {
		for _, port := range [...]uint16{k.Port[e], k.Port[e] &^ 1} {
			if t, ok := a.ends[place{k.Addr[e], port}]; ok && o.Time-t < announcedFor {
				return true
			}
		}
	}
	return false
}

// parseAddr reads an address in text without allocating: only what netip.ParseAddr accepts and
// is no name.
func parseAddr(text []byte) (packet.Addr, bool) {
	a, err := netip.ParseAddr(string(text))
	if err != nil || a.Zone() != "" {
		return packet.Addr{}, false
	}
	return packet.AddrFrom(a), !a.IsUnspecified()
}
