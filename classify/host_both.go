package classify

import "peeratlas/capture/packet"

// findBoth learns which pairs of addresses talk over TCP and over UDP, both ways and with
// nothing that explains it: programs that make their own paths try both (Karagiannis et al.,
// Transport Layer Identification of P2P Traffic, IMC 2004). QUIC beside TLS is the usual other
// reason and is recognised, hence vetoed.
func (j *Judge) findBoth() {
	j.both = map[pair]uint8{}
	for i, f := range j.flows {
		if j.speaksUnexplained(i) {
			j.both[pair{f.Key.Addr[0], f.Key.Addr[1]}] |= 1 << transportIndex(f.Key.Protocol)
		}
	}
}

func (j *Judge) speaksUnexplained(i int) bool {
	f, x := j.flows[i], &j.facts[i]
	return x.far && !x.vetoed && j.answered(int32(i)) && !servicePort(f.Key.Port[0]) && !servicePort(f.Key.Port[1]) &&
		(f.Key.Protocol == packet.TCP || f.Key.Protocol == packet.UDP)
}

// bothLines adds the claim to flows that look hidden.
func (j *Judge) bothLines(i int, lines []line) []line {
	f := j.flows[i]
	if j.both[pair{f.Key.Addr[0], f.Key.Addr[1]}] == 3 && j.speaksUnexplained(i) {
		lines = append(lines, plain(claimTCPUDP))
	}
	return lines
}
