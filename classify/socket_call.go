package classify

import "peeratlas/classify/flow"

// stranger tells whether a flow of socket s, with these lines, is none of the call that proves the
// socket. Agents of ICE check every path before media takes it and go on checking while it does (RFC
// 8445, section 12; RFC 7675, section 5.1), so media that shows no check is of another session on the
// same port, as with a conference's server; and so is what a lite agent answers. Where one direction
// alone was captured nobody knows whether the far end checks.
func (j *Judge) stranger(s *socket, f *flow.Flow, lines []line) bool {
	if s.best < 0 {
		return false
	}
	best := j.flows[s.best]
	if best.State == 0 {
		return false
	}
	if j.c.claimed(best, claimIceCheck) == nil && j.c.claimed(best, claimTurnControl) == nil && j.c.claimed(best, claimTurnChannel) == nil {
		return false
	}
	media, checked, oneWay := false, false, f.Packets[0] == 0 || f.Packets[1] == 0
	for n := range lines {
		switch lines[n].id {
		case claimRTPStream:
			media = lines[n].count >= 3
		case claimStunKeyed:
			return false // no server was given the key
		case claimIceCheck, claimIceAnswer, claimStunBinding, claimStunAnswer, claimTurnControl, claimTurnChannel, claimTurnData:
			checked = true
		}
	}
	return media && (!checked || oneWay) || checked && conference(lines)
}
