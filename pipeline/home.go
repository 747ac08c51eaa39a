package pipeline

import (
	"bytes"
	"encoding/binary"
	"maps"
	"net/netip"
	"slices"

	"peeratlas/capture/packet"
	"peeratlas/geo"
)

// homeFinder knows the home networks: those that were given, and public prefixes that the
// link layer gives away. At a mirror port all that comes from outside bears the router's MAC
// address, whatever its prefix, while stations bear their own. So a public prefix (a /64 of
// IPv6, a /24 of IPv4) is home if a router is seen that never sends from it, and several
// stations do, or one that also sends from a home address (a dual-stack host).
type homeFinder struct {
	given   geo.Home
	all     geo.Home                             // given, and what was learnt
	from    map[packet.MAC]map[netip.Prefix]bool // public prefixes that each MAC sent; true: it began flows
	inside  map[packet.MAC]bool                  // MACs that sent from a home address
	learnt  geo.Home                             // all, when it was learnt last
	changes uint64                               // how often something new was noted; where it was learnt, of what
	recent  [recentSenders]sender                // what see was told lately, by hash
}

// sender is who sent a packet: its MAC, the network of its address, and whether it began a flow.
// It is compared with every packet, so it is three words and no netip.Prefix.
type sender struct{ mac, high, low uint64 }

const recentSenders = 1 << 9

const (
	// routerPrefixes is how many public prefixes one MAC must have sent to be a router's.
	routerPrefixes = 4
	// homeStations is how many stations make a network without other sign.
	homeStations = 3
	// maxStations and maxPrefixes bound the memory of what is learnt.
	maxStations = 4096
	maxPrefixes = 64
)

func (h *homeFinder) init(given geo.Home) {
	h.given, h.all = given, given
	h.inside = map[packet.MAC]bool{}
	h.from = map[packet.MAC]map[netip.Prefix]bool{}
}

// see notes who sent a packet, and whether a flow began with it. Answers count too: where all
// flows begin inside, only they show the router.
func (h *homeFinder) see(p *packet.Headers, began bool) {
	if p.SrcMAC == (packet.MAC{}) || p.Tunnel != packet.NoTunnel {
		return
	}
	m, a := &p.SrcMAC, &p.Src
	s := sender{
		mac:  uint64(m[0])<<40 | uint64(m[1])<<32 | uint64(m[2])<<24 | uint64(m[3])<<16 | uint64(m[4])<<8 | uint64(m[5]),
		high: binary.BigEndian.Uint64(a[:8]),
	}
	if a.Is4() {
		s.low = binary.BigEndian.Uint64(a[8:]) &^ 0xff // the /24
	}
	if began {
		s.mac |= 1 << 48
	}
	slot := &h.recent[(s.mac*0x9e3779b97f4a7c15^s.high*0xd6e8feb86659fd93^s.low*0xc2b2ae3d27d4eb4f)>>32%recentSenders]
	if *slot == s {
		return
	}
	*slot = s
	h.note(p, began)
}

// note is see for what was not seen lately.
func (h *homeFinder) note(p *packet.Headers, began bool) {
	first := [16]byte(p.Src) // of its network
	if p.Src.Is4() {
		first[15] = 0
	} else {
		clear(first[8:])
	}
	if h.given.Holds(&first) {
		if !h.inside[p.SrcMAC] && len(h.inside) < maxStations {
			h.inside[p.SrcMAC] = true
			h.changes++
		}
		return
	}
	prefix := prefixOf(p.Src.Netip())
	if !public(prefix.Addr()) {
		return
	}
	sent := h.from[p.SrcMAC]
	if sent == nil {
		if len(h.from) >= maxStations {
			return
		}
		sent = map[netip.Prefix]bool{}
		h.from[p.SrcMAC] = sent
	}
	if known, old := sent[prefix]; old || len(sent) < maxPrefixes {
		sent[prefix] = known || began
		if !old || began && !known {
			h.changes++
		}
	}
}

// merge adds what another saw.
func (h *homeFinder) merge(other *homeFinder) {
	for _, mac := range inOrder(other.inside) {
		if len(h.inside) < maxStations {
			h.inside[mac] = true
		}
	}
	for _, mac := range inOrder(other.from) {
		if h.from[mac] == nil && len(h.from) < maxStations {
			h.from[mac] = map[netip.Prefix]bool{}
		}
		all, sent := h.from[mac], other.from[mac]
		for _, prefix := range slices.SortedFunc(maps.Keys(sent), comparePrefixes) {
			began := sent[prefix]
			if known, old := all[prefix]; all != nil && (old || len(all) < maxPrefixes) {
				all[prefix] = known || began
			}
		}
	}
}

// inOrder are the keys of m: what finds no room must not be a matter of luck.
func inOrder[T any](m map[packet.MAC]T) []packet.MAC {
	return slices.SortedFunc(maps.Keys(m), func(a, b packet.MAC) int { return bytes.Compare(a[:], b[:]) })
}

func comparePrefixes(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) }

// learn decides which public prefixes are home, and returns them in order.
func (h *homeFinder) learn() []netip.Prefix {
	outside := map[netip.Prefix]bool{}
	routers := 0
	for _, sent := range h.from {
		if len(sent) >= routerPrefixes {
			routers++
			for p := range sent {
				outside[p] = true
			}
		}
	}
	if routers == 0 {
		return nil // nobody stands out: both ends stay public
	}
	stations, dual := map[netip.Prefix]int{}, map[netip.Prefix]bool{}
	for mac, sent := range h.from {
		if len(sent) != 1 {
			continue // a station has one network
		}
		for p, began := range sent {
			stations[p]++
			// An answer may have come through a second router, which has a home address too.
			dual[p] = dual[p] || began && h.inside[mac]
		}
	}
	var found []netip.Prefix
	for p, n := range stations {
		if !outside[p] && (n >= homeStations || dual[p] && p.Addr().Is6()) {
			found = append(found, p)
		}
	}
	h.all = h.given.With(found)
	slices.SortFunc(found, comparePrefixes)
	return found
}

func (h *homeFinder) contains(a packet.Addr) bool {
	return h.all.Holds((*[16]byte)(&a))
}

// prefixOf is the network that one link usually has: a /64 (RFC 4291, section 2.5.4) or a /24.
func prefixOf(a netip.Addr) netip.Prefix {
	bits := 64
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

func public(a netip.Addr) bool {
	return a.IsValid() && a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLinkLocalUnicast()
}
