package classify

import "peeratlas/classify/flow"

// overlayClaims are those that recognise an overlay whose framing, or part of it, is in clear:
// what the statistics say of such octets is explained.
var overlayClaims = [...]ClaimID{
	claimRLPxAuth, claimRLPxAck, claimRLPxShape, claimLibp2pHello, claimLightningTwo, claimLightningThree, claimToxExchange, claimToxKey,
	claimSoulseekHidden, claimZeroAccess,
}

// combineOverlays adds what claims of overlays mean together.
func combineOverlays(f *flow.Flow, x *facts, lines []line, at func(ClaimID) *line) []line {
	for _, id := range overlayClaims {
		if at(id) == nil {
			continue
		}
		for _, statistic := range [...]ClaimID{claimClearFirst, claimClearUDP} {
			if l := at(statistic); l != nil {
				l.bits = 0
			}
		}
		break
	}
	return lines
}
