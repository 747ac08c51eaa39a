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
	return combineTor(lines, at)
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
