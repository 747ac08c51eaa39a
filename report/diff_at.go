package report

import (
	"fmt"
	"time"
)

// MomentDiffer compares what a capture holds before a moment with what it holds after it, while other
// things are done with its flows. One goroutine uses it: Add for each flow, Finish once.
type MomentDiffer struct {
	*Differ
	at time.Time
}

// NewMomentDiffer returns one for a moment; it holds as much as NewDiffer does by default.
func NewMomentDiffer(at time.Time) *MomentDiffer { return &MomentDiffer{NewDiffer(0), at} }

// Add counts a flow. One that runs across the moment counts in both windows.
func (d *MomentDiffer) Add(r *Record) {
	cut := d.at.UnixNano()
	if r.Flow.Start < cut {
		d.Differ.Add(r, WindowBefore)
	}
	if r.Flow.End >= cut {
		d.Differ.Add(r, WindowAfter)
	}
}

// Finish compares. It is an error if the moment is not within the capture.
func (d *MomentDiffer) Finish(input string, c *Coverage) (*Diff, error) {
	if !d.at.After(c.First) || d.at.After(c.Last) {
		return nil, fmt.Errorf("the capture runs from %s to %s; choose a moment in it", c.First.Format(time.RFC3339), c.Last.Format(time.RFC3339))
	}
	return d.Differ.Finish(DiffWindow{Input: input, First: c.First, Last: d.at, Coverage: c}, DiffWindow{Input: input, First: d.at, Last: c.Last, Coverage: c}), nil
}
