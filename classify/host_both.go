package classify

import (
	"maps"

	"peeratlas/capture/packet"
)

// findBoth learns which pairs of addresses talk over TCP and over UDP, both ways and with
// nothing that explains it: programs that make their own paths try both (Karagiannis et al.,
// Transport Layer Identification of P2P Traffic, IMC 2004). QUIC beside TLS is the usual other
// reason and is recognised, hence vetoed.
func (j *Judge) findBoth() {
	j.both = map[pair]uint8{}
	var some []int32
	for i := range j.facts {
		if j.speaksUnexplained(i) {
			f := j.flows[i]
			j.both[pair{f.Key.Addr[0], f.Key.Addr[1]}] |= 1 << transportIndex(f.Key.Protocol)
			some = append(some, int32(i))
		}
	}
	maps.DeleteFunc(j.both, func(_ pair, transports uint8) bool { return transports != 3 })
	for _, i := range some {
		f := j.flows[i]
		j.facts[i].both = len(j.both) > 0 && j.both[pair{f.Key.Addr[0], f.Key.Addr[1]}] == 3
	}
}

func (j *Judge) speaksUnexplained(i int) bool {
	x := &j.facts[i]
	if !x.far || x.vetoed {
		return false
	}
	f := j.flows[i]
	return j.answered(int32(i)) && !servicePort(f.Key.Port[0]) && !servicePort(f.Key.Port[1]) &&
		(f.Key.Protocol == packet.TCP || f.Key.Protocol == packet.UDP)
}

// bothLines adds the claim to flows that look hidden.
func (j *Judge) bothLines(i int, lines []line) []line {
	if j.facts[i].both {
		lines = append(lines, plain(claimTCPUDP))
	}
	return lines
}
