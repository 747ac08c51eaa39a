package classify

import "peeratlas/classify/flow"

// combineClear adds what claims of clear protocols mean together.
func combineClear(f *flow.Flow, x *facts, lines []line, at func(ClaimID) *line) []line {
	if s := at(claimQUICShort); s != nil && (s.count < 4 || at(claimQUIC) != nil || at(claimTurnControl) != nil || at(claimIceCheck) != nil) {
		s.bits = 0 // too few to tell, told better, or relayed data
	}
	if r := at(claimTLSRecord); r != nil && at(claimTorLink) != nil {
		r.bits = 0 // a link of Tor, told by its cells
	}
	if h := at(claimClearOnce); h != nil {
		for _, id := range [...]ClaimID{claimClear, claimTunnel, claimMessenger, claimGame, claimClearPeer} {
			if at(id) != nil {
				h.bits = 0 // the hint came true, or another did
			}
		}
	}
	for _, id := range [...]ClaimID{claimSDPMedia, claimRTPPlain} {
		// Agents that check a path key their media as well (RFC 8827, section 6.5).
		if l := at(id); l != nil && (at(claimIceCheck) != nil || at(claimDTLSSRTP) != nil) {
			l.bits = 0
		}
	}
	return lines
}
