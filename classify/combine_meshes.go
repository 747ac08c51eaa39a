package classify

import "peeratlas/classify/flow"

// combineMeshes adds what claims of meshes mean together.
func combineMeshes(f *flow.Flow, x *facts, lines []line, at func(ClaimID) *line) []line {
	return lines
}
