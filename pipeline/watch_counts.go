package pipeline

import (
	"strings"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/report"
)

// mostInterfaces bounds the interfaces that are told apart: a capture may describe any number.
const mostInterfaces = 64

// notDecoded counts a packet that is in no flow, if that is for damage or for want of a decoder.
func (s *street) notDecoded(number uint32, o packet.Outcome) {
	switch o {
	case packet.LinkUnsupported, packet.HeaderCut, packet.BadHeader, packet.TooDeep:
	default:
		return
	}
	at := int(min(number, mostInterfaces-1))
	for len(s.undecodable) <= at {
		s.undecodable = append(s.undecodable, 0)
	}
	s.undecodable[at]++
}

// interfaces tells what came by each interface. Saved captures that are replayed are one.
func (s *street) interfaces() []report.InterfaceCount {
	in := s.source.Stats()
	if len(in.Live) > 0 {
		return s.liveInterfaces(in.Live)
	}
	names := make([]string, 0, len(in.Inputs))
	for i := range in.Inputs {
		names = append(names, in.Inputs[i].Path)
	}
	all := report.InterfaceCount{Name: strings.Join(names, " "), Up: true, Received: in.Packets, Octets: in.WireOctets,
		DroppedByKernel: in.DroppedBySystem, DroppedByInterface: in.DroppedByInterface, Cut: in.Cut}
	for _, n := range s.undecodable {
		all.Undecodable += n
	}
	return []report.InterfaceCount{all}
}

// liveInterfaces tells what came by each interface that is read.
func (s *street) liveInterfaces(live []capture.LiveStats) []report.InterfaceCount {
	counts := make([]report.InterfaceCount, len(live))
	for i := range live {
		l := &live[i]
		counts[i] = report.InterfaceCount{Name: l.Name, Up: l.Up, Received: l.Received, Octets: l.Octets,
			DroppedByKernel: l.DroppedByKernel, DroppedByInterface: l.DroppedByInterface, Cut: l.Cut}
		if i < len(s.undecodable) {
			counts[i].Undecodable = s.undecodable[i]
		}
	}
	return counts
}
