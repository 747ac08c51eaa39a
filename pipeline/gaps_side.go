package pipeline

import (
	"peeratlas/capture/packet"
	"peeratlas/report"
)

// ahead tells how far a is behind b in the sequence; negative is before it.
func ahead(a, b uint32) int32 { return int32(a - b) }

// send notes which octets a packet brings, and which it shows to be missing.
func (s *gapSide) send(h *packet.Headers, ts int64, found *report.Gaps) {
	begin := h.Seq
	if h.TCPFlags&packet.SYN != 0 {
		begin++ // takes one number, RFC 9293, section 3.4
	}
	end := begin + uint32(h.PayloadOctets)
	if h.TCPFlags&packet.FIN != 0 {
		end++ // likewise
	}
	unseen := !s.seen && ahead(s.acked, s.first) > gapUnseen
	s.seen = true
	distance := ahead(begin, s.high)
	switch {
	case !s.primed || unseen || distance > gapJump || distance < -gapJump:
		s.join(end, ts)
	case distance > 0:
		s.miss(s.high, begin, ts, found)
		s.high = end
	default:
		s.fill(begin, end)
		if ahead(end, s.high) > 0 {
			s.high = end
		}
	}
}

// join begins in the middle.
func (s *gapSide) join(at uint32, ts int64) {
	*s = gapSide{seen: s.seen, primed: true, high: at, acked: at, counted: at, first: s.first, warm: ts + gapWarming}
}

// miss notes a hole. If there are too many the oldest gives way: nobody knows of it.
func (s *gapSide) miss(from, to uint32, ts int64, found *report.Gaps) {
	if ts < s.warm {
		return
	}
	s.need(found)
	if s.count == gapHoles {
		s.drop(0)
	}
	s.holes[s.count] = gapHole{from: from, to: to}
	s.count++
}

func (s *gapSide) drop(i int) {
	copy(s.holes[i:], s.holes[i+1:s.count])
	s.count--
}

// fill takes octets that came late or once more out of the holes.
func (s *gapSide) fill(begin, end uint32) {
	for i := 0; i < int(s.count); i++ {
		hole := &s.holes[i]
		before, behind := ahead(begin, hole.from), ahead(end, hole.to)
		switch {
		case ahead(end, hole.from) <= 0 || ahead(begin, hole.to) >= 0: // beside it
		case before <= 0 && behind >= 0:
			s.drop(i)
			i--
		case before <= 0:
			hole.from = end
		case behind >= 0:
			hole.to = begin
		default: // in its middle; the rest behind is a hole of its own if there is room
			rest := *hole
			rest.from, rest.marks = end, rest.marks&^holeLeads
			hole.to = begin
			if s.count < gapHoles {
				copy(s.holes[i+2:], s.holes[i+1:s.count])
				s.holes[i+1] = rest
				s.count++
				i++
			}
		}
	}
}

// acknowledge notes that the other end has all octets before a.
func (s *gapSide) acknowledge(a uint32, ts int64, found *report.Gaps) {
	if !s.primed {
		return
	}
	distance := ahead(a, s.acked)
	if distance <= 0 {
		return
	}
	if beyond := ahead(a, s.high); distance > gapJump || beyond > gapJump {
		s.join(a, ts)
		return
	} else if beyond > 0 {
		s.miss(s.high, a, ts, found)
		s.high = a
	}
	s.acked = a
	if ts < s.warm {
		s.counted = a
		return
	}
	s.pending++
	leads := uint8(holeLeads)
	for i := 0; i < int(s.count); i++ {
		hole := &s.holes[i]
		if hole.marks&holeAcked != 0 || ahead(a, hole.from) <= 0 {
			continue
		}
		if ahead(hole.to, a) > 0 { // a part of it
			if s.count == gapHoles {
				continue // when all of it is
			}
			copy(s.holes[i+1:], s.holes[i:s.count])
			s.count++
			s.holes[i+1].from = a
			hole.to = a
		}
		hole.marks, hole.time = holeAcked|leads, uint32(ts>>20)
		leads = 0
	}
}

// need makes room for a hole: of those that are acknowledged the first is taken for lost early.
func (s *gapSide) need(found *report.Gaps) {
	if s.count < gapHoles {
		return
	}
	for i := range s.holes[:s.count] {
		if s.holes[i].marks&(holeAcked|holeConfirmed) == holeAcked|holeConfirmed {
			countLost(found, &s.holes[i])
			s.drop(i)
			return
		}
	}
}
