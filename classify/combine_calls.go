package classify

import "peeratlas/classify/flow"

// combineCalls adds what claims of calls mean together.
func combineCalls(f *flow.Flow, x *facts, lines []line, at func(ClaimID) *line) []line {
	return lines
}
