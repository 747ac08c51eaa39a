package pipeline

import (
	"net/netip"
	"sync"

	"peeratlas/geo"
)

// maxPlaces bounds the memory of looked-up addresses; the table starts anew when it is full.
const maxPlaces = 1 << 16

// places asks the databases once for each address. Lanes may ask at the same time.
type places struct {
	locator geo.Locator // nil knows no place
	mutex   sync.Mutex
	known   map[netip.Addr]geo.Location
}

func (p *places) init(l geo.Locator) { p.locator, p.known = l, map[netip.Addr]geo.Location{} }

func (p *places) locate(a netip.Addr) geo.Location {
	if p.locator == nil {
		return geo.Location{Country: geo.Unknown}
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if l, known := p.known[a]; known {
		return l
	}
	if len(p.known) >= maxPlaces {
		clear(p.known)
	}
	l := p.locator.Locate(a)
	p.known[a] = l
	return l
}
