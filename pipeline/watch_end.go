package pipeline

import (
	"math"
	"time"

	"peeratlas/classify"
	"peeratlas/classify/flow"
)

const (
	// closedFor is how long a closed TCP connection is left for what is still under way. A FIN that
	// was lost comes again within some seconds.
	closedFor = int64(5 * time.Second)
	// heldOn bounds the flows of one socket that are held on beyond their time.
	heldOn = 256
	// ageEvery is how often what is kept beside flows is looked through.
	ageEvery = int64(time.Minute)
)

// toWrite tells whether a flow is final, and its record not yet written.
func (w *watching) toWrite(f *flow.Flow) bool {
	return !f.Written() && (w.last || f.EndReason != flow.Running && !w.options.all)
}

// end marks the flows that time made final, and finds when that will be so of the next.
func (w *watching) end(flows []*flow.Flow, now int64) {
	w.nextDue = math.MaxInt64
	if w.options.all || w.last {
		return
	}
	for _, f := range flows {
		if f.EndReason != flow.Running {
			continue
		}
		// A time far ahead is that of a clock that was set back since.
		silent := between(now, f.End)
		switch {
		case f.Closed() && silent >= closedFor:
			f.EndReason = flow.EndOfFlow
		case silent > w.idle:
			f.EndReason = flow.IdleTimeout
		case f.Closed():
			w.nextDue = min(w.nextDue, now+closedFor-silent)
		default:
			w.nextDue = min(w.nextDue, now+w.idle-silent+1)
		}
	}
}

// between is how far two times are from each other.
func between(a, b int64) int64 {
	d := a - b
	if a < b {
		d = b - a
	}
	if d < 0 {
		return math.MaxInt64 // farther than 64 bits tell
	}
	return d
}

// letGo forgets flows that ended, once nobody asks for them any more: those that are alone at once,
// the pieces of a flow that goes on, and others when Remember has passed. Where a socket is at work
// for peers, some of its flows are held on: they are what its verdict rests on.
func (w *watching) letGo(judge *classify.Judge, flows, sound []*flow.Flow, verdicts []classify.Judgement, now int64) {
	doomed := map[*flow.Flow]bool{}
	if len(sound) < len(flows) {
		good := make(map[*flow.Flow]bool, len(sound))
		for _, f := range sound {
			good[f] = true
		}
		for _, f := range flows { // judging these fails, each time
			if !good[f] {
				w.giveUp(f)
				doomed[f] = true
			}
		}
	}
	working := map[int]bool{} // sockets
	for i, f := range sound {
		if verdicts[i] >= classify.Likely && !f.Written() && judge != nil && judge.Socket(i) >= 0 {
			working[judge.Socket(i)] = true
		}
	}
	held := map[int]int{}
	since := now
	for i, f := range sound {
		if !f.Written() || w.untold(f) && f.EndReason != flow.ActiveTimeout {
			since = min(since, f.Start)
			continue
		}
		left := int64(w.options.Remember) - between(now, f.End)
		switch {
		case f.EndReason == flow.ActiveTimeout:
			doomed[f] = true
		case judge != nil && verdicts[i] < classify.Likely && judge.Alone(i):
			doomed[f] = true
		case left >= 0:
			w.nextDue = min(w.nextDue, now+left+1)
		case judge != nil && working[judge.Socket(i)] && held[judge.Socket(i)] < heldOn:
			held[judge.Socket(i)]++
		default:
			doomed[f] = true
		}
		if !doomed[f] {
			since = min(since, f.Start)
		}
	}
	w.sweep(doomed)
	if between(now, w.aged) >= ageEvery {
		w.aged = now
		w.s.classifier.Age(now, since)
	}
}

// untold tells whether the end of a flow is yet to be told.
func (w *watching) untold(f *flow.Flow) bool {
	t, was := w.told[f]
	return was && t.frame == f.FirstFrame && !t.ended
}

// giveUp writes a flow that cannot be judged, if it was not.
func (w *watching) giveUp(f *flow.Flow) {
	if !f.Written() {
		w.s.write(f, classify.Unjudged())
		f.SetWritten()
	}
}

// sweep forgets flows.
func (w *watching) sweep(doomed map[*flow.Flow]bool) {
	for _, l := range w.s.lanes {
		if len(doomed) > 0 {
			l.table.Sweep(func(f *flow.Flow) bool {
				if !doomed[f] {
					return true
				}
				l.forgetWhole(f)
				delete(w.told, f)
				return false
			})
		}
		// No piece is held any more that the active timeout cut.
		for i := range l.orphans {
			l.forgetWhole(&l.orphans[i])
		}
		l.orphans = l.orphans[:0]
		w.s.blame(&l.panics)
	}
	w.forgotten += uint64(len(doomed))
}

// forgetWhole gives back what is kept of a flow, also what it shares with earlier pieces of it; a
// piece that was cut leaves that to the next.
func (l *lane) forgetWhole(f *flow.Flow) {
	panicked := false
	defer l.caught(judging, &panicked)
	l.about = f.FirstFrame
	if f.EndReason == flow.ActiveTimeout {
		return
	}
	l.classifier.ForgetLast(f)
}
