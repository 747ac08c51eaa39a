package policy

import (
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

// watch is what an Evaluator remembers between looks.
type watch struct {
	on    bool
	seen  map[flowID][2]uint64 // octets counted of flows that run
	fresh []report.Breach      // since the look before
}

// flowID tells flows of one key apart.
type flowID struct {
	key   flow.Key
	start int64
}

// Look holds what is new in a look against the policy, and returns the breaches and warnings that
// were not told before, in the order in which they were found: each once, as long as it is
// remembered (MaxBreaches). Octets are counted as far as News tells of them: when a flow appears, when
// its verdict changes and when it ends. An Evaluator that is given looks is not given records.
func (e *Evaluator) Look(l *report.Look) []report.Breach {
	w := &e.watch
	if !w.on {
		w.on, w.seen = true, map[flowID][2]uint64{}
	}
	w.fresh = nil
	if l.Summary != nil && len(l.Summary.Databases) > 0 {
		e.by = countryBy(sourcesOf(l.Summary.Databases))
	}
	for i := range l.News {
		s := &l.News[i]
		f := &s.Record.Flow
		id := flowID{f.Key, f.Start}
		now := [2]uint64{f.Octets(0), f.Octets(1)}
		before, known := w.seen[id]
		for e := range now {
			now[e] = max(now[e], before[e])
		}
		if e.policy.Consider.counts(&s.Record) {
			e.add(&s.Record, !known, [2]uint64{now[0] - before[0], now[1] - before[1]})
			if !known && len(w.seen) >= e.options.MaxCounted {
				e.counts.beyond++ // it will be counted again when it ends
			} else {
				w.seen[id] = now
			}
		}
		if s.News&report.Ended != 0 {
			delete(w.seen, id)
		}
	}
	return w.fresh
}

func sourcesOf(all []report.Database) []geo.Source {
	var out []geo.Source
	for _, d := range all {
		out = append(out, geo.Source{Name: d.Name, Kind: d.Kind, Date: d.Date})
	}
	return out
}
