package flow

// slots is an open-addressed index of flows. A slot holds the upper half of the hash in its
// upper half and the flow's number + 1 in its lower; 0 is free.
//
// The place of a flow follows from the upper bits of what its slot holds, so growing and
// closing gaps walk through slots alone, in order, and touch no flow.
type slots struct {
	slot  []uint64
	shift uint // 32 - log2(len(slot))
	used  int
}

// firstSlots is how many slots a table begins with, as a power of two.
const firstSlots = 10

func newSlots() slots {
	return slots{slot: make([]uint64, 1<<firstSlots), shift: 32 - firstSlots}
}

func (s *slots) mask() uint32 { return uint32(len(s.slot) - 1) }

// find returns the first slot at or after from that holds hash, and its flow's number + 1;
// 0 is none.
func (s *slots) find(hash, from uint32) (at, number uint32) {
	for at = from; ; at = (at + 1) & s.mask() {
		e := s.slot[at]
		if e == 0 || uint32(e>>32) == hash {
			return at, uint32(e)
		}
	}
}

func (s *slots) home(hash uint32) uint32 { return hash >> s.shift }

// insert adds a flow, growing at a load of five eighths: a search for what is not there
// looks at 4 slots then, at three quarters it would be 8 (Knuth, TAOCP 6.4, (21)).
func (s *slots) insert(hash, number uint32) {
	if s.used*8 >= len(s.slot)*5 {
		s.grow()
	}
	s.used++
	s.put(uint64(hash)<<32 | uint64(number+1))
}

func (s *slots) put(e uint64) {
	at := s.home(uint32(e >> 32))
	for s.slot[at] != 0 {
		at = (at + 1) & s.mask()
	}
	s.slot[at] = e
}

// grow doubles. What was in order stays nearly so: both arrays are walked from end to end.
func (s *slots) grow() {
	old := s.slot
	s.slot = make([]uint64, 2*len(old))
	s.shift--
	for _, e := range old {
		if e != 0 {
			s.put(e)
		}
	}
}

// place returns the slot that leads to a flow, and whether there is one.
func (s *slots) place(hash, number uint32) (at uint32, ok bool) {
	for at = s.home(hash); s.slot[at] != 0; at = (at + 1) & s.mask() {
		if uint32(s.slot[at]) == number+1 {
			return at, true
		}
	}
	return at, false
}

// remove takes out the slot that leads to a flow, if there is one, and closes the gap so
// that linear probing still finds what comes behind.
func (s *slots) remove(hash, number uint32) {
	gap, ok := s.place(hash, number)
	if !ok {
		return // a later flow of the same key took the slot
	}
	for at := (gap + 1) & s.mask(); s.slot[at] != 0; at = (at + 1) & s.mask() {
		home := s.home(uint32(s.slot[at] >> 32))
		if (at-home)&s.mask() >= (at-gap)&s.mask() {
			s.slot[gap] = s.slot[at]
			gap = at
		}
	}
	s.slot[gap] = 0
	s.used--
}
