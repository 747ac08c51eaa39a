package pipeline

import (
	"fmt"
	"strings"
	"time"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/report"
)

// coverage says what the verdicts rest on: what was counted as flows were written, and the rest.
func (s *street) coverage() report.Coverage {
	c, in := s.result.Coverage, s.source.Stats()
	for _, i := range in.Inputs {
		c.Inputs = append(c.Inputs, i.Path)
	}
	if s.taken > 0 {
		c.First, c.Last = time.Unix(0, s.first).UTC(), time.Unix(0, s.last).UTC()
	}
	c.Packets, c.CapturedOctets, c.WireOctets, c.Cut = in.Packets, in.CapturedOctets, in.WireOctets, in.Cut
	uncounted := uint64(0)
	for _, l := range s.lanes {
		uncounted += l.uncounted
	}
	c.InFlows, c.Filtered = s.outcomes[packet.OK]-uncounted, s.filtered
	for o, n := range s.outcomes {
		if n > 0 && packet.Outcome(o) != packet.OK {
			c.NotFlows = append(c.NotFlows, report.Count{Reason: outcomeWords(packet.Outcome(o), in.LinkTypes), Number: n})
		}
	}
	if n := s.failed + uncounted; n > 0 {
		c.NotFlows = append(c.NotFlows, report.Count{Reason: "passed over after a fault of this program", Number: n})
	}
	for t, n := range s.tunnels {
		if n > 0 && packet.Tunnel(t) != packet.NoTunnel {
			c.Tunnelled = append(c.Tunnelled, report.Count{Reason: packet.Tunnel(t).String(), Number: n})
		}
	}
	for _, l := range in.Lost.List() {
		c.Lost = append(c.Lost, report.Count{Reason: l.Reason.String(), Number: l.Number})
	}
	c.Interrupted = s.result.Interrupted && s.watch == nil // a watch is meant to be ended
	damagedInputs(&c, &in)
	if c.Dropped = in.DroppedByInterface + in.DroppedBySystem; c.Dropped < in.DroppedBySystem {
		c.Dropped = ^uint64(0) // a hostile file may claim anything
	}
	for _, d := range [...]report.Count{{Reason: "dropped by the capturing interface", Number: in.DroppedByInterface},
		{Reason: "dropped by the capturing system", Number: in.DroppedBySystem}} {
		if d.Number > 0 {
			c.Lost = append(c.Lost, d)
		}
	}
	c.Backwards = in.Backwards
	c.Evicted, c.Unobserved = s.evictions(), s.classifier.Unobserved()
	c.NamesEvicted, c.Unjoined = s.classifier.NamesEvicted(), s.classifier.Unjoined()
	return c
}

// Damaged tells whether the input was cut, damaged or incomplete.
func Damaged(c *report.Coverage) bool { return len(c.Lost) > 0 || c.Cut > 0 || c.Panics > 0 }

// damagedInputs says which input lost what, and which files were not read.
func damagedInputs(c *report.Coverage, in *capture.Stats) {
	for i := range in.Inputs {
		lost := in.Inputs[i].Lost
		if !lost.Any() {
			continue
		}
		d := report.Damage{Input: in.Inputs[i].Path, Problem: in.Inputs[i].Problem}
		for _, l := range lost.List() {
			d.Lost = append(d.Lost, report.Count{Reason: l.Reason.String(), Number: l.Number})
		}
		c.Damaged = append(c.Damaged, d)
	}
	unreadable := uint64(0)
	for _, s := range in.Skipped {
		c.Skipped = append(c.Skipped, report.Skipped{Input: s.Path, Reason: s.Reason, Unreadable: s.Unreadable})
		if s.Unreadable {
			unreadable++
		}
	}
	if unreadable > 0 {
		c.Lost = append(c.Lost, report.Count{Reason: "files that could not be read", Number: unreadable})
	}
}

// outcomeWords names the link types that have no decoder: they tell where the capture was made.
func outcomeWords(o packet.Outcome, links []packet.LinkType) string {
	if o != packet.LinkUnsupported {
		return o.String()
	}
	var numbers []string
	for _, l := range links {
		if !packet.Supported(l) && len(numbers) < 4 {
			numbers = append(numbers, fmt.Sprint(l))
		}
	}
	return o.String() + ": " + strings.Join(numbers, " ")
}
