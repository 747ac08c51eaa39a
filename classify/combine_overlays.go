package classify

import "peeratlas/classify/flow"

// overlayClaims are those that recognise an overlay whose framing, or part of it, is in clear:
// what the statistics say of such octets is explained.
var overlayClaims = [...]ClaimID{
	claimRLPxAuth, claimRLPxAck, claimRLPxShape, claimLibp2pHello, claimLightningTwo, claimLightningThree, claimToxExchange, claimToxKey,
	claimSoulseekHidden, claimZeroAccess, claimGnutellaCertificate, claimDirectCertificate, claimRetroShareCertificate, claimTorCertificate,
}

// combineOverlays adds what claims of overlays mean together.
func combineOverlays(f *flow.Flow, x *facts, lines []line, at func(ClaimID) *line) []line {
	silence := func(ids ...ClaimID) {
		for _, id := range ids {
			if l := at(id); l != nil {
				l.bits = 0
			}
		}
	}
	for _, id := range overlayClaims {
		if at(id) != nil {
			silence(claimClearFirst, claimClearUDP)
			break
		}
	}
	if at(claimGnutellaCertificate) != nil || at(claimDirectCertificate) != nil || at(claimRetroShareCertificate) != nil {
		silence(claimTLSNameless) // a peer's certificate explains why nobody is named
	}
	if s := at(claimHyphanetSession); s != nil && s.dirs != 3 {
		s.bits = 0 // half a handshake
	}
	return combineTor(combineSkype(f, x, lines, at), at)
}

// skypeMediaLeast and skypeOutLeast are how many packets media must have to count: a sequence
// number or a type passes for it now and then.
const (
	skypePings      = 4 // starts of message of both ends that are no chance: octet 2 alone is 2^-8 each
	skypeMediaLeast = 6
	skypeOutLeast   = 40
)

// combineSkype takes back what is refuted or too rare, and adds the hosted super-nodes.
func combineSkype(f *flow.Flow, x *facts, lines []line, at func(ClaimID) *line) []line {
	if at(claimSkypeNoID) != nil {
		for _, id := range [...]ClaimID{claimSkypeProbe, claimSkypeAnswer, claimSkypePing, claimSkypeMedia} {
			if l := at(id); l != nil {
				l.bits = 0
			}
		}
	}
	if l, p := at(claimSkypePing), at(claimSkypeProbe); l != nil && p != nil && l.bits > 0 && p.dirs == 3 && p.count >= skypePings &&
		uint32(p.count)*4 >= 3*min(f.Payloads[0]+f.Payloads[1], observeFirst) {
		l.bits = 6 // hardly anything else is said
	}
	if l := at(claimSkypeMedia); l != nil && l.count < skypeMediaLeast {
		l.bits = 0
	}
	if l := at(claimSkypePort80); l != nil && l.a == 2 {
		l.bits /= 3 // two nibbles and a length are a third of nine nibbles
	}
	if l := at(claimSkypeOut); l != nil && l.count >= skypeOutLeast {
		out := plain(claimSkypeTelephone)
		out.frames = l.frames
		lines = append(lines, out)
	}
	if skypeHosted(f, 1-x.near) && (at(claimRandomFirst) != nil || at(claimSkypeProbe) != nil) {
		lines = append(lines, plain(claimSkypeHosted))
	}
	return lines
}

// torCells is how many records of one cell speak of Tor: anybody sends one by chance.
const torCells = 4

// combineTor names Tor, and takes back what its disguise claims.
func combineTor(lines []line, at func(ClaimID) *line) []line {
	name, certificate, cell, asked := at(claimTorName), at(claimTorCertificate), at(claimTorCell), at(claimTLSNamed)
	if cell != nil && (cell.count < torCells || asked != nil && name == nil) {
		cell.bits = 0
		cell = nil
	}
	if name == nil && certificate == nil && cell == nil {
		return lines
	}
	if asked != nil && name != nil {
		asked.bits = 0 // the name is a die's
	}
	if l := at(claimTLSNameless); l != nil {
		l.bits = 0
	}
	return append(lines, plain(claimTorLink))
}
