package pipeline

import (
	"fmt"
	"strings"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/report"
)

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
