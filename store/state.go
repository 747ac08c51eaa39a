package store

import (
	"time"

	"peeratlas/report"
)

// State is how a watch stood at its latest look: what its counts came to since it began, and how much of
// its bounds it used. The zero value is that of a run that is no watch.
type State struct {
	Told  time.Time     `json:"told,omitzero"` // of the look, by the clock of the machine
	Flush time.Duration `json:"flush"`         // how often the store is told

	Packets            uint64 `json:"packets"`              // that interfaces gave, and the filter let pass
	Octets             uint64 `json:"bytes"`                // of these, on the wire
	DroppedByKernel    uint64 `json:"dropped_by_kernel"`    // the ring was full
	DroppedByInterface uint64 `json:"dropped_by_interface"` // as interfaces count themselves
	Undecodable        uint64 `json:"undecodable"`          // of Packets: damaged, or nothing that is understood
	Cut                uint64 `json:"packets_cut"`          // of Packets: by the snap length

	Flows   uint64      `json:"flows"`
	Evicted uint64      `json:"flows_evicted"` // pushed out for want of memory
	Gaps    report.Gaps `json:"gaps"`          // what the mirror lost, as far as TCP tells

	Held     uint64 `json:"flows_held"`      // at the moment
	MostHeld uint64 `json:"flows_held_most"` // that there is room for
	Memory   uint64 `json:"memory"`          // octets of heap in use

	Spool Spool `json:"spool,omitzero"`
}

// Spool is what waits in a folder for a server.
type Spool struct {
	Batches int    `json:"batches"` // that wait
	Octets  int64  `json:"bytes"`   // of these, in files
	Most    int64  `json:"most"`    // octets that there is room for
	Kept    uint64 `json:"kept"`    // batches that had to wait, since the watch began
	Sent    uint64 `json:"sent"`    // batches that waited and were taken, since the watch began
	Damaged uint64 `json:"damaged"` // batches that could not be read any more
}

// stateOf is what a look tells. What waits in a spool it does not know.
func stateOf(l *report.Look, now time.Time) State {
	s := State{Told: now.UTC(), Flows: l.Since.Flows, Evicted: l.Load.Evicted, Gaps: l.Gaps, Held: l.Load.Flows, MostHeld: l.Load.MaxFlows,
		Memory: l.Load.Memory}
	for i := range l.Interfaces {
		n := &l.Interfaces[i]
		s.Packets += n.Received
		s.Octets += n.Octets
		s.DroppedByKernel += n.DroppedByKernel
		s.DroppedByInterface += n.DroppedByInterface
		s.Undecodable += n.Undecodable
		s.Cut += n.Cut
	}
	return s
}
