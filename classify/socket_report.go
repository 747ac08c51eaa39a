package classify

import (
	"cmp"
	"slices"

	"peeratlas/capture/packet"
)

// Sockets tells of all sockets with a flow judged P2P, the busiest first. verdicts
// are those of the flows given to NewJudge. A local port that rested for an hour and was used
// again is one of them.
func (j *Judge) Sockets(verdicts func(i int) Judgement) []Socket {
	var out []Socket
	var far [][]packet.Addr
	place := map[listener]int{}
	for n := range j.sockets {
		s := &j.sockets[n]
		if !slices.ContainsFunc(s.flows, func(i int32) bool { return verdicts(int(i)) == P2P }) {
			continue
		}
		k := listener{endpoint{s.addr, s.port}, s.protocol}
		at, known := place[k]
		if !known {
			at = len(out)
			place[k] = at
			o := Socket{Host: s.addr.Netip(), Port: s.port, Protocol: "udp", Family: s.family, Evidence: j.socketEvidence(s)}
			if s.protocol == packet.TCP {
				o.Protocol = "tcp"
			}
			out, far = append(out, o), append(far, nil)
		}
		out[at].Flows += len(s.flows)
		for _, i := range s.flows {
			if verdicts(int(i)) < P2P {
				continue
			}
			out[at].P2P++
			if j.answered(i) {
				out[at].Answered++
			}
			far[at] = append(far[at], j.flows[i].Key.Addr[1-j.facts[i].near])
		}
	}
	for n := range out {
		peers, nets := spreadOf(far[n])
		out[n].Peers, out[n].Networks = int(peers), int(nets)
	}
	slices.SortStableFunc(out, func(a, b Socket) int { return cmp.Compare(b.P2P, a.P2P) })
	return out
}

// spreadOf counts the distinct addresses of far, which it sorts, and their networks.
func spreadOf(far []packet.Addr) (peers, nets int32) {
	far = distinct(far)
	return int32(len(far)), int32(networks(far))
}

// socketEvidence is the account of the socket's best flow.
func (j *Judge) socketEvidence(s *socket) []Evidence {
	best := s.best
	if best < 0 {
		best = s.flows[0]
	}
	v := j.Verdict(int(best))
	return v.Account()
}
