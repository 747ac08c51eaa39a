package classify

import "peeratlas/classify/flow"

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

// add widens s by f. The zero span is empty.
func (s *span) add(f *flow.Flow) {
	if s.start == 0 || f.Start < s.start {
		s.start = f.Start
	}
	s.end = max(s.end, f.End)
}

// near tells whether f lies within linkTime of s.
func (s *span) near(f *flow.Flow) bool {
	return f.Start-s.end < linkTime && s.start-f.End < linkTime
}
