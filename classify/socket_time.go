package classify

import (
	"math"

	"peeratlas/classify/flow"
)

// A local port is one program's for as long as it is in use. After an hour's silence the number
// may be another's: in a capture of days a busy host gives each of its ports to many programs,
// and their far ends together would look like a peer's.

// runs cuts the flows of one local port, in order of their first packet, where nothing was sent
// for linkTime. The parts share the memory of members.
func (j *Judge) runs(members []int32, use func([]int32)) {
	first, end := 0, int64(0)
	for n, i := range members {
		f := j.flows[i]
		if n > first && f.Start-end >= linkTime {
			use(members[first:n:n])
			first = n
		}
		end = max(end, f.End)
	}
	use(members[first:])
}

// span is the time in which something was proven.
type span struct{ start, end int64 }

// add widens s by f.
func (s *span) add(f *flow.Flow) { s.start, s.end = min(s.start, f.Start), max(s.end, f.End) }

// near tells whether f lies within linkTime of s.
func (s *span) near(f *flow.Flow) bool {
	return f.Start-s.end < linkTime && s.start-f.End < linkTime
}

// spans are times in which something was proven, with linkTime or more between them.
type spans []span

// add widens the latest of s by f, or begins another. Flows come in order of their first packet.
func (s *spans) add(f *flow.Flow) {
	if n := len(*s); n > 0 && (*s)[n-1].near(f) {
		(*s)[n-1].add(f)
		return
	}
	*s = append(*s, span{f.Start, f.End})
}

// near tells whether f lies within linkTime of any of s.
func (s spans) near(f *flow.Flow) bool {
	for n := range s {
		if s[n].near(f) {
			return true
		}
	}
	return false
}

// later is d nanoseconds after t, or the last moment of 2262 that can be told.
func later(t, d int64) int64 {
	if t > math.MaxInt64-d {
		return math.MaxInt64
	}
	return t + d
}
