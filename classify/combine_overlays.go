package classify

import "peeratlas/classify/flow"

// combineOverlays adds what claims of overlays mean together.
func combineOverlays(f *flow.Flow, x *facts, lines []line, at func(ClaimID) *line) []line {
	return lines
}
