//go:build race

package pipeline

// raceEnabled shortens the longest loops where the race detector slows them tenfold.
const raceEnabled = true
