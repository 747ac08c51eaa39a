package view

import (
	"cmp"
	"net/netip"
	"slices"

	"peeratlas/classify/flow"
	"peeratlas/report"
)

// sighted names a flow: a five-tuple may come back.
type sighted struct {
	key   flow.Key
	start int64
}

// sighting is a flow as it was told of last.
type sighting struct {
	report.Sighting
	near, far int // ends: the host's and the peer's
}

// sightings are the flows that were told of, the newest of them, up to a bound.
type sightings struct {
	most  int
	of    map[sighted]*sighting
	list  []*sighting // by start, the newest first, when sorted
	gone  uint64      // that gave way
	dirty bool
}

func newSightings(most int) *sightings {
	return &sightings{most: most, of: map[sighted]*sighting{}}
}

// add takes the news of a look. What a flow was told of before gives way.
func (s *sightings) add(news []report.Sighting) {
	for i := range news {
		n := &news[i]
		id := sighted{n.Record.Flow.Key, n.Record.Flow.Start}
		is := s.of[id]
		if is == nil {
			is = &sighting{}
			s.of[id] = is
			s.list = append(s.list, is)
			s.dirty = true
		}
		owner := is.Owner
		is.Sighting = *n
		for e := range owner { // asked for when the flow is first told of
			if is.Owner[e] == (report.Owner{}) {
				is.Owner[e] = owner[e]
			}
		}
		is.near, is.far = ends(&is.Record)
	}
	if s.dirty {
		s.sort()
	}
	if n := len(s.list) - s.most; n > 0 {
		for _, old := range s.list[s.most:] {
			delete(s.of, sighted{old.Record.Flow.Key, old.Record.Flow.Start})
		}
		clear(s.list[s.most:])
		s.list = s.list[:s.most]
		s.gone += uint64(n)
	}
}

func (s *sightings) sort() {
	slices.SortStableFunc(s.list, func(a, b *sighting) int {
		return cmp.Or(cmp.Compare(b.Record.Flow.Start, a.Record.Flow.Start),
			cmp.Compare(b.Record.Flow.FirstFrame, a.Record.Flow.FirstFrame))
	})
	s.dirty = false
}

// ends tells which end of a flow is the host's: the one inside the home networks, else the one
// that is no peer, else the one that began.
func ends(r *report.Record) (near, far int) {
	near = int(r.Flow.Initiator & 1)
	far = 1 - near
	p := r.Verdict.Peer
	if r.Home[far] && !r.Home[near] || r.Home[far] == r.Home[near] && p[near] && !p[far] {
		near, far = far, near
	}
	return near, far
}

func (s *sighting) addr(e int) netip.Addr { return s.Record.Flow.Key.Addr[e].Netip() }

func (s *sighting) end(e int) netip.AddrPort {
	return netip.AddrPortFrom(s.addr(e), s.Record.Flow.Key.Port[e])
}

// with are the newest flows that pass, at most so many.
func (s *sightings) with(most int, pass func(*sighting) bool) []*sighting {
	var out []*sighting
	for _, x := range s.list {
		if len(out) == most {
			break
		}
		if pass(x) {
			out = append(out, x)
		}
	}
	return out
}
