package classify

import "peeratlas/classify/flow"

// serves tells whether the socket only answers: hardly any of its contacts was begun by the
// home end. A peer also asks; a server of any kind (a voice server, a hidden tunnel, a game's)
// has many far ends in many networks and noise both ways, and is none.
//
// Who began is not known of what was under way when the capture began: whoever spoke first
// after that seems to. If enough contacts came later, those decide.
func (j *Judge) serves(s *socket) bool {
	var began, contacts [2]int // all, and those that came later
	for _, i := range s.flows {
		f, x := j.flows[i], &j.facts[i]
		if x.vetoed || f.Packets[x.near] == 0 {
			continue
		}
		home := j.homeBegan(f, x.near)
		for n := range 2 {
			if n == 1 && f.Start-j.flows[0].Start < underWay {
				break
			}
			contacts[n]++
			if home {
				began[n]++
			}
		}
	}
	if contacts[1] >= fanOutPeers {
		return began[1]*begunShare < contacts[1]
	}
	return began[0]*begunShare < contacts[0]
}

// homeBegan tells whether the home end began flow f: by its handshake where that tells, else by who
// spoke first.
func (j *Judge) homeBegan(f *flow.Flow, near uint8) bool {
	if home, known := j.wireguardBegan(f, near); known {
		return home
	}
	return uint8(f.Initiator) == near
}

// begunShare: a peer begins at least one contact in so many. A server seems to begin those whose
// request the mirror lost or showed late, one in five of them on a bad day.
const begunShare = 4

// underWay is how long after the capture's beginning a flow may show up that began before it:
// tunnels and sessions keep their ways open every 10 to 25 s.
const underWay = int64(30e9)
