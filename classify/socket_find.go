package classify

import (
	"cmp"
	"math/bits"
	"slices"

	"peeratlas/capture/packet"
)

// findSockets groups the flows by their home end. Over TCP the end that dials takes a new port
// each time, so only the end that listens is a socket. A lone flow that nothing speaks for is
// left out: its socket could add nothing, and a flood has a million of them.
//
// Members are chained by index through an open-addressed table: 12 to 20 octets a flow, where
// a map of sockets took 400 (2026-11-23, one million flows).
func (j *Judge) findSockets() {
	slots, before := j.chainSockets()
	for _, latest := range slots {
		if latest == 0 {
			continue
		}
		i := latest - 1
		if before[i] < 0 && j.facts[i].own <= loneOdds {
			continue
		}
		n := 0
		for k := i; k >= 0; k = before[k] {
			n++
		}
		members := make([]int32, n)
		for k := i; k >= 0; k = before[k] {
			n--
			members[n] = k
		}
		j.runs(members, j.addSocket)
	}
	slices.SortFunc(j.sockets, func(a, b socket) int { return cmp.Compare(a.flows[0], b.flows[0]) })
	for n := range j.sockets {
		for _, i := range j.sockets[n].flows {
			j.facts[i].socket = int32(n)
		}
	}
}

// loneOdds is what a flow that is alone on its socket must have for the socket to be listed.
const loneOdds = -3.0

// chainSockets returns a table whose slots hold the latest flow of a socket, plus one, and the
// flow before each on the same socket, -1 for the first.
func (j *Judge) chainSockets() (slots, before []int32) {
	size := 16
	for size < 2*len(j.flows) {
		size *= 2
	}
	slots, before = make([]int32, size), make([]int32, len(j.flows))
	for i, f := range j.flows {
		x := &j.facts[i]
		before[i] = -1
		if f.Key.Protocol == packet.TCP && x.near == uint8(f.Initiator) {
			continue
		}
		addr, port := &f.Key.Addr[x.near], f.Key.Port[x.near]
		for s := int(socketHash(addr, port, f.Key.Protocol)>>32) & (size - 1); ; s = (s + 1) & (size - 1) {
			if slots[s] == 0 {
				slots[s] = int32(i) + 1
				break
			}
			other := slots[s] - 1
			g, y := j.flows[other], &j.facts[other]
			if g.Key.Addr[y.near] == *addr && g.Key.Port[y.near] == port && g.Key.Protocol == f.Key.Protocol {
				before[i], slots[s] = other, int32(i)+1
				break
			}
		}
	}
	return slots, before
}

// socketHash mixes what a socket is told by, so that its upper half depends on every bit: hosts of
// one network with the same port must not meet.
func socketHash(addr *packet.Addr, port uint16, protocol packet.Protocol) uint64 {
	h := le64(addr[:])*0x9e3779b97f4a7c15 ^ le64(addr[8:]) ^ uint64(port)<<16 ^ uint64(protocol)
	high, low := bits.Mul64(h, 0xd6e8feb86659fd93)
	return (high ^ low) * 0x9e3779b97f4a7c15
}
