package alert

import (
	"container/list"
	"time"
)

// memory is what was told before, bounded: beyond its bound what was met longest ago is
// forgotten, counted, and would be told again.
type memory struct {
	most    int
	entries map[string]*list.Element
	recent  *list.List // of *memorised, the latest first
	evicted uint64
	changed bool // since it was last written
}

// memorised is one thing that was told. Kinds of keys: "host ADDRESS", "country CC",
// "country CC ADDRESS", "breach HASH", "warning HASH".
type memorised struct {
	key   string
	level uint8 // what was told of it: see the levels
	met   int64 // when it was met last, nanoseconds since the Unix epoch
}

// Levels of what was told.
const (
	levelNone      = iota // nothing
	levelProbed           // of countries: tried; of hosts: likely; of breaches: told
	levelExchanged        // of countries: data was exchanged; of hosts: p2p
	levelSettled          // of hosts: p2p again after it was likely
)

// entryOctets is about what one entry takes, its key aside (TestMemoryOctets, 2026-11-25).
const entryOctets = 200

func newMemory(most int) *memory {
	return &memory{most: most, entries: map[string]*list.Element{}, recent: list.New()}
}

// level is what was told of key, which is met now.
func (m *memory) level(key string, now time.Time) uint8 {
	e := m.entries[key]
	if e == nil {
		return levelNone
	}
	m.recent.MoveToFront(e)
	it := e.Value.(*memorised)
	it.met = max(it.met, now.UnixNano())
	return it.level
}

// set notes what was told of key.
func (m *memory) set(key string, level uint8, now time.Time) {
	m.changed = true
	if e := m.entries[key]; e != nil {
		e.Value.(*memorised).level = level
		return
	}
	for m.recent.Len() >= m.most {
		oldest := m.recent.Back()
		delete(m.entries, oldest.Value.(*memorised).key)
		m.recent.Remove(oldest)
		m.evicted++
	}
	m.entries[key] = m.recent.PushFront(&memorised{key: key, level: level, met: now.UnixNano()})
}

// raise notes level for key, and tells whether less was told before.
func (m *memory) raise(key string, level uint8, now time.Time) bool {
	if m.level(key, now) >= level {
		return false
	}
	m.set(key, level, now)
	return true
}
