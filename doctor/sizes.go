package doctor

import (
	"encoding/binary"

	"peeratlas/capture/packet"
)

// Limits of sizes.
const (
	usualMTU = 1500 // RFC 894
	jumboMTU = 9216 // what switches carry at most
	// mergedHint: below, they are a few bulk transfers.
	mergedHint  = 0.01
	leastMerged = 5
)

// sizes counts packets that are larger than a link carries: a host's network card or driver merges
// segments on receipt (GRO, LRO) and splits them when it sends (TSO, GSO), and the capture sees
// them large.
type sizes struct {
	packets  uint64
	large    uint64 // above usualMTU
	merged   uint64 // of these, more than the hosts told each other that they take, or than jumboMTU
	noLength uint64 // of merged, whose IP length is left to the network card
	longest  uint32
	segment  uint16 // largest maximum segment size that was told (RFC 9293, section 3.7.1)
}

func (s *sizes) add(f *frame) {
	if f.outcome != packet.OK {
		return
	}
	s.packets++
	if f.h.Protocol == packet.TCP && f.h.TCPFlags&packet.SYN != 0 && f.ip >= 0 {
		s.segment = max(s.segment, segmentSize(f))
	}
	if f.h.Octets <= usualMTU {
		return
	}
	s.large++
	s.longest = max(s.longest, f.h.Octets)
	switch {
	case f.h.Flags&packet.NoIPLength != 0:
		s.noLength++
		s.merged++
	case f.h.Octets > jumboMTU, f.h.Protocol == packet.TCP && s.segment > 0 && f.h.PayloadOctets > int32(s.segment):
		s.merged++
	}
}

// segmentSize reads the option of a SYN, 0 if there is none.
func segmentSize(f *frame) uint16 {
	const end, noOperation, maximumSegmentSize = 0, 1, 2
	b := f.data[min(f.next, len(f.data)):min(int(f.h.PayloadStart), len(f.data))]
	for at := 20; at+4 <= len(b) && b[at] != end; {
		switch {
		case b[at] == noOperation:
			at++
		case b[at] == maximumSegmentSize && b[at+1] == 4:
			return binary.BigEndian.Uint16(b[at+2:])
		case b[at+1] < 2:
			return 0
		default:
			at += int(b[at+1])
		}
	}
	return 0
}

func (s *sizes) finding() Finding {
	f := Finding{Check: "sizes", Limit: "1% merged is a hint: sizes and numbers of packets are then the host's, not the wire's"}
	f.figure("above_1500", s.large)
	f.figure("merged", s.merged)
	f.figure("longest", uint64(s.longest))
	switch {
	case s.large == 0:
		f.Measured = "no packet is above 1,500 octets"
		return f
	case s.merged == 0:
		f.Measured = of(s.large, s.packets, "packets are above 1,500 octets") + ", " + grouped(uint64(s.longest)) + " at most: jumbo frames, or merged"
		return f
	}
	f.Measured = of(s.merged, s.packets, "packets are merged segments") + ", of " + grouped(uint64(s.longest)) + " octets at most"
	if s.merged >= leastMerged && share(s.merged, s.packets) >= mergedHint {
		f.is(Hint, "Octets are right; there were more and smaller packets on the wire, so that counts and lengths of packets say less.",
			"On the machine that captures turn merging of received packets off (generic and large receive offload: GRO, LRO); what it sends itself stays large (TSO).")
	}
	return f
}
