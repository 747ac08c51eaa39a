package classify

import (
	"slices"

	"peeratlas/classify/flow"
)

// combine adds what several claims of one flow mean together, and silences claims that others
// explain. It keeps the order of lines.
func combine(f *flow.Flow, x *facts, lines []line) []line {
	var stirred stir
	for i := range lines {
		stirred.add(lines[i].id, lines[i].dirs)
	}
	if stirred.settle(f, x); stirred == 0 {
		return lines
	}
	// Pointers into lines stay good while lines are added: nothing below adds so many.
	lines = slices.Grow(lines, 64)
	var made [(numClaims + 63) / 64]uint64 // most questions are about claims that were not made
	for i := range lines {
		made[lines[i].id/64] |= 1 << (lines[i].id % 64)
	}
	claims := len(lines)
	at := func(id ClaimID) *line {
		from := claims
		if made[id/64]>>(id%64)&1 != 0 {
			from = 0
		}
		for i := from; i < len(lines); i++ {
			if lines[i].id == id {
				return &lines[i]
			}
		}
		return nil
	}
	// Called by their names: through a table, all that they are given would be allocated.
	known := len(lines)
	for step := stirICE; step <= stirKeepAlives; step <<= 1 {
		switch stirred & step {
		case stirICE:
			lines = combineICE(f, x, lines, at)
		case stirRandom:
			lines = combineRandom(f, x, lines, at)
		case stirTLS:
			lines = combineTLS(f, x, lines, at)
		case stirCalls:
			lines = combineCalls(f, x, lines, at)
		case stirMeshes:
			lines = combineMeshes(f, x, lines, at)
		case stirOverlays:
			lines = combineOverlays(f, x, lines, at)
		case stirClear:
			lines = combineClear(f, x, lines, at)
		case stirKeepAlives:
			lines = combineKeepAlives(f, x, lines, at)
		}
		for ; known < len(lines); known++ {
			stirred.add(lines[known].id, lines[known].dirs)
		}
	}
	return lines
}

// combineKeepAlives takes back what short packets among sealed ones claim to be clear.
func combineKeepAlives(f *flow.Flow, x *facts, lines []line, at func(ClaimID) *line) []line {
	if c := at(claimClearUDP); c != nil && (at(claimWireGuardInitiation) != nil || at(claimWireGuardData) != nil) {
		c.bits = 0 // handshakes end in zeros until a cookie was given
	}
	if c, r := at(claimClearUDP), at(claimRandomUDP); c != nil && r != nil && c.count*4 <= r.count {
		c.bits = 0 // a keep-alive among noise
	}
	return lines
}

// from tells whether a claim was made by the packets of one direction.
func (l *line) from(dir uint8) bool { return l != nil && l.dirs>>dir&1 != 0 }

// combineRandom joins the two directions of noise.
func combineRandom(f *flow.Flow, x *facts, lines []line, at func(ClaimID) *line) []line {
	for _, id := range [...]ClaimID{claimRandomFirst, claimRandomUDP} {
		l := at(id)
		if l == nil || l.dirs != 3 {
			continue
		}
		if c := at(claimClearUDP); id == claimRandomUDP && c != nil && c.count*4 > l.count {
			continue
		}
		both := plain(claimRandomBoth)
		both.frames, both.dirs = l.frames, l.dirs
		lines = append(lines, both)
	}
	return lines
}

// combineTLS lets what peers do with TLS outweigh that it is TLS.
func combineTLS(f *flow.Flow, x *facts, lines []line, at func(ClaimID) *line) []line {
	if g := at(claimTLSInGnutella); g != nil {
		at(claimGnutella).bits = 0
		if c := at(claimClearFirst); c != nil {
			c.bits = 0
		}
	}
	if at(claimTLSNameless) != nil && at(claimTLSSelfSigned) != nil && !servicePort(f.Key.Port[0]) && !servicePort(f.Key.Port[1]) {
		lines = append(lines, plain(claimTLSPeer))
	}
	if at(claimSkypeZeroTLS) != nil || at(claimSkypeHello443) != nil {
		if l := at(claimClearFirst); l != nil {
			l.bits = 0
		}
	}
	if a := at(claimTLSAnyDesk); a != nil && a.dirs != 3 {
		a.bits = 0 // only one end is a client: the other is the vendor's relay
	}
	if at(claimLineCall) != nil || at(claimTLSAnyDesk) != nil || at(claimTincID) != nil || at(claimRLPxAuth) != nil || at(claimPiaEncrypted) != nil {
		for _, id := range [...]ClaimID{claimClearFirst, claimClearUDP} {
			if l := at(id); l != nil {
				l.bits = 0
			}
		}
	}
	return lines
}
