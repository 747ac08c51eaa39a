package classify

import (
	"slices"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// endpoints counts the distinct far (address, port) of a socket's unexplained flows. Peers keep
// one port each, so there are about as many endpoints as addresses; clients of a server open
// a port for each connection (Karagiannis et al., IMC 2004, section 4.2).
func (j *Judge) endpoints(s *socket) int {
	far := make([]endpoint, 0, len(s.flows))
	for _, i := range s.flows {
		f, x := j.flows[i], &j.facts[i]
		if !x.vetoed && f.Packets[x.near] != 0 {
			far = append(far, endpoint{f.Key.Addr[1-x.near], f.Key.Port[1-x.near]})
		}
	}
	slices.SortFunc(far, func(a, b endpoint) int {
		if c := compareAddr(a.addr, b.addr); c != 0 {
			return c
		}
		return int(a.port) - int(b.port)
	})
	return len(slices.Compact(far))
}

// endpointShare is how many endpoints an address may have before the far ends are clients.
const endpointShare = 2

// clients tells whether the far ends come from a new port again and again.
func (s *socket) clients() bool { return s.endpoints > endpointShare*s.peers }

// diverse tells whether the far ends lie apart as people's do, and not in a provider's few networks:
// seven networks of ten (Zhang et al., Detecting Stealthy P2P Botnets, 2011).
func (s *socket) diverse() bool { return s.peers >= fanOutPeers && s.networks*10 >= s.peers*7 }

// diverseLines adds that the socket's peers lie apart.
func (j *Judge) diverseLines(s *socket, lines []line) []line {
	if s.diverse() && s.fansOut() {
		lines = append(lines, valued(claimDiverse, uint32(s.peers), uint32(s.networks)))
	}
	return lines
}

// callShape tells whether flow f has the shape of a call: both ways 10 to 100 packets a second of
// 30 to 300 octets of payload for ten seconds at least (Chen et al., quoted by Bonfiglio et al.,
// Revealing Skype Traffic, SIGCOMM 2007), neither end with less than half of the other's octets.
func callShape(f *flow.Flow) bool {
	d := f.End - f.Start
	if f.Key.Protocol != packet.UDP || d < 10e9 {
		return false
	}
	overhead := uint64(28) // IPv4 and UDP headers
	if !f.Key.Addr[0].Is4() {
		overhead = 48
	}
	for e := range f.Packets {
		n, octets := uint64(f.Packets[e]), f.Octets(flow.Direction(e))
		rate := float64(n) * 1e9 / float64(d)
		if rate < 10 || rate > 100 || octets < n*(30+overhead) || octets > n*(300+overhead) {
			return false
		}
	}
	return min(f.Octets(0), f.Octets(1))*2 >= max(f.Octets(0), f.Octets(1))
}

// shapeLines adds that flow i has the shape of a call, if noise goes both ways. A conference's
// server has that shape as well, hence the few bits.
func (j *Judge) shapeLines(i int, lines []line) []line {
	x := &j.facts[i]
	if x.vetoed || !x.far || x.noisy != 3 || !callShape(j.flows[i]) {
		return lines
	}
	f := j.flows[i]
	return append(lines, valued(claimCallShape, uint32(min((f.End-f.Start)/1e9, 1<<32-1)),
		uint32(min((uint64(f.Packets[0])+uint64(f.Packets[1]))*1e9/uint64(f.End-f.Start), 1<<32-1))))
}
