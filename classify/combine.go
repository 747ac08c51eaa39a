package classify

import (
	"slices"

	"peeratlas/classify/flow"
)

// combine adds what several claims of one flow mean together, and silences claims that others
// explain. It keeps the order of lines.
func combine(f *flow.Flow, x *facts, lines []line) []line {
	if inert(lines) {
		return lines
	}
	return combineAll(f, x, lines)
}

func combineAll(f *flow.Flow, x *facts, lines []line) []line {
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
	lines = combineICE(f, x, lines, at)
	lines = combineRandom(f, lines, at)
	lines = combineTLS(f, lines, at)
	lines = combineCalls(f, x, lines, at)
	lines = combineMeshes(f, x, lines, at)
	lines = combineOverlays(f, x, lines, at)
	lines = combineClear(f, x, lines, at)
	if c := at(claimClearUDP); c != nil && (at(claimWireGuardInitiation) != nil || at(claimWireGuardData) != nil) {
		c.bits = 0 // handshakes end in zeros until a cookie was given
	}
	if c, r := at(claimClearUDP), at(claimRandomUDP); c != nil && r != nil && c.count*4 <= r.count {
		c.bits = 0 // a keep-alive among noise
	}
	return lines
}

// inertClaims are those that combine makes nothing of as long as the flow has no others: most
// flows have but one or two of them.
var inertClaims = [numClaims]bool{
	claimDNS: true, claimClear: true, claimClearPeer: true, claimMessenger: true, claimGame: true, claimTunnel: true,
	claimTLSNamed: true, claimTLSServer: true, claimQUICNamed: true, claimClearFirst: true, claimClearUDP: true, claimRandomUDP: true,
}

// inert tells whether combine would leave the lines as they are.
func inert(lines []line) bool {
	for i := range lines {
		if l := &lines[i]; !inertClaims[l.id] || l.id == claimRandomUDP && (l.dirs == 3 || len(lines) > 1) {
			return false
		}
	}
	return true
}

// from tells whether a claim was made by the packets of one direction.
func (l *line) from(dir uint8) bool { return l != nil && l.dirs>>dir&1 != 0 }

// combineRandom joins the two directions of noise.
func combineRandom(f *flow.Flow, lines []line, at func(ClaimID) *line) []line {
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
func combineTLS(f *flow.Flow, lines []line, at func(ClaimID) *line) []line {
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
