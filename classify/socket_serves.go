package classify

// serves tells whether the socket only answers: hardly any of its contacts was begun by the
// home end. A peer also asks; a server of any kind (a voice server, a hidden tunnel, a game's)
// has many far ends in many networks and noise both ways, and is none.
func (j *Judge) serves(s *socket) bool {
	began, contacts := 0, 0
	for _, i := range s.flows {
		f, x := j.flows[i], &j.facts[i]
		if x.vetoed || f.Packets[x.near] == 0 {
			continue
		}
		contacts++
		if uint8(f.Initiator) == x.near {
			began++
		}
	}
	return began*8 < contacts
}
