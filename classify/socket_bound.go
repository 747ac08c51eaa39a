package classify

// Beyond counts what the bounds of Options left out of the judgement.
type Beyond struct {
	Sockets uint64 // whose flows were judged by themselves
	Hosts   uint64 // likely flows whose host got no verdict
}

// Beyond tells what the bounds left out.
func (j *Judge) Beyond() Beyond { return j.beyond }

// addSocket adds the socket of members, which are in order of their first packet. Sockets of a
// few flows that nothing speaks for may take half of the room: a flood of them must not push out
// those that matter.
func (j *Judge) addSocket(members []int32) {
	room := j.c.options.MaxSockets
	if !j.worthy(members) {
		if len(members) == 1 {
			return // alone, and nothing speaks for it: its socket could add nothing
		}
		room /= 2
	}
	if len(j.sockets) >= room {
		j.beyond.Sockets++
		return
	}
	f := j.flows[members[0]]
	near := j.facts[members[0]].near
	j.sockets = append(j.sockets, socket{addr: f.Key.Addr[near], port: f.Key.Port[near],
		protocol: f.Key.Protocol, best: -1, flows: members})
}

// worthy tells whether something speaks for a flow of a socket, or it is busy.
func (j *Judge) worthy(members []int32) bool {
	if len(members) >= fanOutPeers {
		return true
	}
	for _, i := range members {
		if j.facts[i].own > loneOdds {
			return true
		}
	}
	return false
}
