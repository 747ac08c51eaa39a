package classify

import (
	"slices"

	"peeratlas/capture/packet"
)

// acceptance is how a socket treats strangers that it did not ask.
type acceptance struct {
	strangers, networks int32 // that it answered
	asked, askedNets    int32 // far ends that it turned to itself
}

// Bounds from which acceptance speaks. A server answers strangers and asks at most a few others,
// such as its list or its upstream; a client is asked by nobody.
const (
	acceptNetworks = 3
	askedNetworks  = 3
	askedShare     = 4 // at least one far end in so many
	// settleTime is how long after the start of the capture a flow that a stranger seems to begin
	// may have begun before it: the longest of usual keep-alives.
	settleTime = int64(60e9)
)

// findAcceptance counts the strangers that the socket answers on the port that it asks from. It
// needs both directions.
func (j *Judge) findAcceptance(s *socket) {
	if s.protocol != packet.UDP || servicePort(s.port) || len(s.flows) < acceptNetworks+askedNetworks {
		return
	}
	var asked, strangers []packet.Addr
	for _, i := range s.flows {
		f, x := j.flows[i], &j.facts[i]
		if x.vetoed || !x.far || f.Packets[x.near] == 0 {
			continue
		}
		far := f.Key.Addr[1-x.near]
		switch {
		case j.homeBegan(f, x.near):
			asked = append(asked, far)
		case f.Start-j.flows[0].Start >= settleTime && j.answered(i):
			strangers = append(strangers, far)
		}
	}
	asked = distinct(asked)
	strangers = slices.DeleteFunc(distinct(strangers), func(a packet.Addr) bool {
		_, known := slices.BinarySearchFunc(asked, a, compareAddr)
		return known
	})
	s.accepts = acceptance{int32(len(strangers)), int32(networks(strangers)), int32(len(asked)), int32(networks(asked))}
}

// accepts tells whether the socket both asks and answers strangers, as only peers do.
func (a *acceptance) both() bool {
	return a.networks >= acceptNetworks && a.askedNets >= askedNetworks && a.asked*askedShare >= a.strangers
}

// acceptLines adds that flow i is of a socket that asks and answers.
func (j *Judge) acceptLines(s *socket, lines []line) []line {
	if s.accepts.both() && !s.repeats() && !s.scans() && !s.serves {
		lines = append(lines, valued(claimAccepts, uint32(s.accepts.strangers), uint32(s.accepts.asked)))
	}
	return lines
}
