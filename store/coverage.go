package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"peeratlas/report"
)

// covering puts together what the runs of a query saw and lost, and says in words what of it is not known.
type covering struct {
	query Query
	runs  []Run
	spans map[int64][]Span // by run, in order of time
}

// cutOff tells whether the query takes only a part of a run.
func (c *covering) cutOff(r *Run) bool {
	v := &r.Coverage
	return !c.query.Since.IsZero() && v.First.Before(c.query.Since) || !c.query.Until.IsZero() && !v.Last.Before(c.query.Until)
}

// coverage adds up the runs: those of which the query takes only a part by their spans.
func (c *covering) coverage() report.Coverage {
	var all report.Coverage
	for i := range c.runs {
		r := &c.runs[i]
		v := r.Coverage
		if c.cutOff(r) {
			v = c.part(r)
		}
		if i == 0 {
			all = v
		} else {
			addCoverage(&all, &v)
		}
	}
	return all
}

// part is what a run covers of the time asked for, by its spans.
func (c *covering) part(r *Run) report.Coverage {
	v := report.Coverage{Inputs: r.Coverage.Inputs, LearntHome: r.Coverage.LearntHome, First: r.Coverage.First, Last: r.Coverage.Last}
	if v.First.Before(c.query.Since) {
		v.First = c.query.Since
	}
	if !c.query.Until.IsZero() && v.Last.After(c.query.Until) {
		v.Last = c.query.Until
	}
	for _, s := range c.spans[r.ID] {
		v.Packets += s.Packets
		v.WireOctets += s.Octets
		v.Flows += s.Flows
		v.Dropped += s.Dropped
		v.Evicted += s.Evicted
	}
	v.InFlows, v.CapturedOctets = v.Packets, v.WireOctets
	if v.Dropped > 0 {
		v.Lost = []report.Count{{Reason: "dropped by the capturing system or interface", Number: v.Dropped}}
	}
	return v
}

// addCoverage adds what another run saw and lost.
func addCoverage(a, b *report.Coverage) {
	for _, name := range b.Inputs {
		if !slices.Contains(a.Inputs, name) {
			a.Inputs = append(slices.Clip(a.Inputs), name)
		}
	}
	if a.First.IsZero() || !b.First.IsZero() && b.First.Before(a.First) {
		a.First = b.First
	}
	if b.Last.After(a.Last) {
		a.Last = b.Last
	}
	for _, n := range [...]struct {
		into *uint64
		more uint64
	}{
		{&a.Packets, b.Packets}, {&a.CapturedOctets, b.CapturedOctets}, {&a.WireOctets, b.WireOctets}, {&a.InFlows, b.InFlows}, {&a.Cut, b.Cut},
		{&a.Dropped, b.Dropped}, {&a.Flows, b.Flows}, {&a.OneWay, b.OneWay}, {&a.CutFlows, b.CutFlows}, {&a.Evicted, b.Evicted},
		{&a.Unobserved, b.Unobserved}, {&a.SocketsBeyond, b.SocketsBeyond}, {&a.HostsBeyond, b.HostsBeyond}, {&a.Backwards, b.Backwards},
		{&a.Filtered, b.Filtered}, {&a.NamesEvicted, b.NamesEvicted}, {&a.Unjoined, b.Unjoined}, {&a.Panics, b.Panics},
	} {
		*n.into += n.more
	}
	a.NotFlows, a.Lost, a.Tunnelled = addCounts(a.NotFlows, b.NotFlows), addCounts(a.Lost, b.Lost), addCounts(a.Tunnelled, b.Tunnelled)
	a.Damaged, a.Skipped = append(slices.Clip(a.Damaged), b.Damaged...), append(slices.Clip(a.Skipped), b.Skipped...)
	a.Interrupted = a.Interrupted || b.Interrupted
	if a.Panic == "" {
		a.Panic, a.PanicFrame = b.Panic, b.PanicFrame
	}
	for _, p := range b.LearntHome {
		if !slices.Contains(a.LearntHome, p) {
			a.LearntHome = append(slices.Clip(a.LearntHome), p)
		}
	}
	if a.Resolver == nil {
		a.Resolver = b.Resolver
	}
}

func addCounts(a, b []report.Count) []report.Count {
	a = slices.Clone(a)
	for _, c := range b {
		if i := slices.IndexFunc(a, func(x report.Count) bool { return x.Reason == c.Reason }); i >= 0 {
			a[i].Number += c.Number
		} else {
			a = append(a, c)
		}
	}
	return a
}

const (
	// gapLeast is how long nothing is known of a sensor to be called a gap: a watch looks every two
	// seconds, and after a kill it lacks the latest.
	gapLeast = 10 * time.Second
	mostGaps = 4
)

// warnings say what the store cannot tell.
func (c *covering) warnings(removed Removed) []string {
	var out []string
	if len(c.runs) == 0 {
		out = append(out, "The store knows of no sensor that ran in that time.")
	}
	if !removed.Before.IsZero() && (c.query.Since.IsZero() || c.query.Since.Before(removed.Before)) {
		out = append(out, "Of what ended before "+moment(removed.Before)+" the store has removed "+report.Counted(removed.Flows, "flow", "flows")+" and all sums: --store-age or --store-size asked for that.")
	}
	sensors := []string{}
	for i := range c.runs {
		r := &c.runs[i]
		if !slices.Contains(sensors, r.Sensor) && r.Kind != KindCapture {
			sensors = append(sensors, r.Sensor)
			out = append(out, c.sensor(r.Sensor)...)
		}
		if r.Kind == KindCapture && c.cutOff(r) {
			out = append(out, "Packets of a saved capture are not counted by time: those told here are of flows that began in the time asked for.")
		}
		if r.NotStored > 0 {
			out = append(out, report.Counted(r.NotStored, "record", "records")+" of sensor "+report.Clean(r.Sensor, 60)+" found no room on the way to the store.")
		}
	}
	if c.query.Host.IsValid() || c.query.Country != "" {
		out = append(out, "Flows are those asked for; packets and losses are of all that the sensors saw.")
	}
	return slices.Compact(out)
}

// sensor says when a sensor watched, and when not.
func (c *covering) sensor(name string) []string {
	var out, gaps []string
	var first, last time.Time
	dropped, more, running := uint64(0), 0, 0
	for i := range c.runs {
		r := &c.runs[i]
		if r.Sensor != name || r.Kind == KindCapture {
			continue
		}
		if !r.Ended {
			running++
		}
		end := r.Coverage.Last // a span ends with the latest look, which may be of a moment before
		if !c.query.Until.IsZero() && end.After(c.query.Until) {
			end = c.query.Until
		}
		for _, s := range c.spans[r.ID] {
			from, to := time.Unix(0, s.First).UTC(), time.Unix(0, s.Last).UTC()
			if first.IsZero() {
				first, last = from, from
			}
			if from.Sub(last) > gapLeast {
				if len(gaps) < mostGaps {
					gaps = append(gaps, moment(last)+" to "+moment(from))
				} else {
					more++
				}
			}
			if to.After(last) {
				last = to
			}
			dropped += s.Dropped
		}
		if !first.IsZero() && end.After(last) {
			last = end
		}
	}
	if !first.IsZero() {
		text := fmt.Sprintf("Sensor %s watched from %s to %s", report.Clean(name, 60), moment(first), moment(last))
		if len(gaps) > 0 {
			text += ", but not from " + strings.Join(gaps, ", nor from ")
		}
		if more > 0 {
			text += ", nor " + report.Counted(uint64(more), "more time", "more times")
		}
		lost := "no packet was lost"
		if dropped > 0 {
			lost = report.Counted(dropped, "packet was", "packets were") + " lost"
		}
		out = append(out, text+"; "+lost+".")
	}
	if running > 0 {
		out = append(out, report.Counted(uint64(running), "watch of it has not ended, or was killed", "watches of it have not ended, or were killed")+": flows under way that are not peer-to-peer are not counted.")
	}
	return out
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }
