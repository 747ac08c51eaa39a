package capture

import (
	"cmp"
	"slices"
	"time"
)

// handle is one interface that is read through a library, packet by packet.
type handle interface {
	// fill delivers what is there, copied into the store. It waits for the first packet as long
	// as it is told.
	fill(dst []Packet, s *batchStore, wait time.Duration) (int, error)
	// report fills in the state and the drops.
	report(*LiveStats)
	close()
}

// batchStore holds the octets of one batch.
type batchStore struct {
	octets []byte
	used   int
}

// room returns that many octets. Those given before stay where they are.
func (s *batchStore) room(n int) []byte {
	if s.used+n > len(s.octets) {
		s.octets = make([]byte, min(max(2*len(s.octets), arenaFirst, n), max(arenaSize, n)))
		s.used = 0
	}
	s.used += n
	return s.octets[s.used-n : s.used : s.used]
}

// full tells whether a batch has had its share of memory.
func (s *batchStore) full() bool { return s.used > arenaSize-MaxCaptured }

// handles is the engine that reads handles in turn.
type handles struct {
	all    []handle
	stores [2]batchStore // of this batch and the one before
	wait   time.Duration
	attend func() // looks after the interfaces every now and then; may be nil
}

// glance is how long one of several handles is waited for before the others are looked at.
const glance = 5 * time.Millisecond

func (e *handles) read(dst []Packet) (n int, err error) {
	e.stores[0], e.stores[1] = e.stores[1], e.stores[0]
	s := &e.stores[0]
	s.used = 0
	until := time.Now().Add(e.wait)
	for wait := time.Duration(0); ; wait = max(min(wait, time.Until(until)), 0) {
		if e.attend != nil {
			e.attend()
		}
		sources := 0
		for i, h := range e.all {
			// Each gets its part of the batch, so that one that is busy keeps none out.
			share := (len(dst) - n + len(e.all) - i - 1) / (len(e.all) - i)
			got, err := h.fill(dst[n:n+share], s, wait)
			n += got
			if got > 0 {
				sources++
				wait = 0
			}
			if err != nil {
				return n, err
			}
		}
		if sources > 1 {
			slices.SortStableFunc(dst[:n], func(a, b Packet) int { return cmp.Compare(a.Timestamp, b.Timestamp) })
		}
		if n > 0 || !time.Now().Before(until) {
			return n, nil
		}
		if wait = e.wait; len(e.all) > 1 {
			wait = glance
		}
	}
}

func (e *handles) stats(s *Stats) {
	for i, h := range e.all {
		h.report(&s.Live[i])
	}
}

func (e *handles) close() error {
	for _, h := range e.all {
		h.close()
	}
	return nil
}
