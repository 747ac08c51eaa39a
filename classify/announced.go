package classify

import (
	"net/netip"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// announced is where clear signalling expects media without encryption. Bounded: when it is
// full, nothing is added.
type announced struct {
	ends map[place][]span // when it was said
	size int              // spans in ends
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
	// announcedLate is how long media may precede it: an answer that comes with the ringing.
	announcedLate = int64(60e9)
)

func (a *announced) note(addr packet.Addr, port uint16, now int64) {
	if a.ends == nil {
		a.ends = map[place][]span{}
	}
	k := place{addr, port}
	said := a.ends[k]
	if n := len(said); n > 0 && now-said[n-1].end < announcedFor {
		s := &said[n-1]
		s.start, s.end = min(s.start, now), max(s.end, now)
		return
	}
	if a.size < maxAnnounced {
		a.ends[k] = append(said, span{now, now})
		a.size++
	}
}

// covers tells whether an end of the flow, or the even port below it (RTCP), was announced.
func (a *announced) covers(f *flow.Flow) bool {
	if a.size == 0 {
		return false
	}
	k := &f.Key
	for e := range 2 {
		for _, port := range [...]uint16{k.Port[e], k.Port[e] &^ 1} {
			for _, s := range a.ends[place{k.Addr[e], port}] {
				if f.Start-s.end < announcedFor && s.start-f.Start < announcedLate {
					return true
				}
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
