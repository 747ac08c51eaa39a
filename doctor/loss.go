package doctor

import (
	"strings"

	"peeratlas/capture"
	"peeratlas/report"
)

// Limits of loss. A verdict lives on the first payloads of a flow: of a hundred flows one loses its
// handshake where one packet of a hundred is lost.
const (
	lossProblem = 0.01
	// TCP itself loses and repairs; an acknowledgement of what was never seen is the mirror's loss,
	// or of a capture's edge.
	gapHint    = 0.005
	gapProblem = 0.02
	leastAcks  = 100
	leastGaps  = 5 // the edges of a capture and single losses before the mirror
	// Acknowledgements that overtake what they acknowledge: no loss, but an order that is none.
	lateHint = 0.02
)

// lossFinding says what the capture itself tells of loss.
func lossFinding(in *Input) Finding {
	s := &in.Stats
	f := Finding{Check: "drops", Limit: "any is a hint, 1% a problem: of a hundred flows one loses its handshake"}
	dropped := s.DroppedByInterface + s.DroppedBySystem
	if dropped < s.DroppedBySystem {
		dropped = ^uint64(0)
	}
	f.figure("dropped_by_interface", s.DroppedByInterface)
	f.figure("dropped_by_system", s.DroppedBySystem)
	all := s.Packets + dropped
	if all < dropped {
		all = dropped
	}
	damaged := ""
	if s.Lost.Any() {
		damaged = "; the input itself is damaged or incomplete"
	}
	switch {
	case dropped > 0:
		f.Measured = of(dropped, all, "packets were dropped") + damaged
		severity := Hint
		if share(dropped, all) >= lossProblem || damaged != "" {
			severity = Problem
		}
		f.is(severity, "Flows lack handshakes and first payloads: verdicts are missed, and rates are too low.",
			"Give the capture a larger ring or buffer, capture on a faster machine or disk, or filter out what nobody needs (backups, storage).")
	case damaged != "":
		f.Measured = strings.TrimPrefix(damaged, "; ")
		f.is(Problem, "What could not be read is in no number.", "Copy the capture again from its source; end captures with ^C so that they are written out.")
	case in.Live:
		f.Measured = "none by the kernel or the interface"
	case tellsDrops(s):
		f.Measured = "none that the capture tells of"
	default:
		f.Measured = "this format cannot tell: see gaps"
		f.Severity = Unknown
	}
	return f
}

// tellsDrops tells whether an input's format has a place for drop counts.
func tellsDrops(s *capture.Stats) bool {
	for i := range s.Inputs {
		if strings.HasPrefix(s.Inputs[i].Format, "pcapng") {
			return true
		}
	}
	return false
}

// gapFinding estimates what was lost before anybody counted.
func gapFinding(g report.Gaps, c *conversations) Finding {
	f := Finding{Check: "gaps", Limit: "0.5% is a hint, 2% a problem, of at least 100: flows whose packets are lost at random lose proofs at random"}
	f.figure("acks", g.Acks)
	f.figure("acks_unseen", g.Unseen)
	f.figure("acks_early", c.late)
	f.Measured = of(g.Unseen, g.Acks, "TCP acknowledgements are of octets that were never seen")
	if g.Acks < leastAcks {
		f.Measured = "too few TCP acknowledgements to tell (" + grouped(g.Acks) + ")"
		f.Severity = Unknown
		return f
	}
	switch part := share(g.Unseen, g.Acks); {
	case part >= gapHint && g.Unseen >= leastGaps:
		severity := Hint
		if part >= gapProblem {
			severity = Problem
		}
		f.is(severity, "The mirror loses packets before they are captured: verdicts are missed, rates are too low.",
			"Mirror less into this port: the sum of both directions must fit its speed. Use a faster destination port, fewer sources, or a tap.")
	case share(c.late, g.Acks) >= lateHint && c.late >= leastGaps:
		f.Measured += "; " + of(c.late, g.Acks, "overtook them")
		f.is(Hint, "The mirror mixes up the order of the two directions: who began a flow may be taken wrong.",
			"Send both directions out of one mirror session, or capture a tap's two ports with one clock and merge by time.")
	}
	return f
}
