package alert

import (
	"time"

	"peeratlas/report"
)

// leastAcks is how many acknowledgements a share is taken of: fewer say little.
const leastAcks = 500

// losses is what is known of each cause of loss and interface.
type losses map[[2]string]*losing

// losing is one way in which packets get lost.
type losing struct {
	lost, of   uint64    // the counters at the look before, or, of the mirror, when a share was last taken
	on         bool      // it was told that packets get lost
	began      time.Time // when that was
	sinceLost  uint64    // since then
	sinceOf    uint64
	last       time.Time // when the last was lost
	fromTheEnd uint64    // of sinceOf, what came after the last loss
}

// loss tells when packets begin to get lost, and when none was for a while.
func (w *Watcher) loss(l *report.Look) {
	for i := range l.Interfaces {
		c := &l.Interfaces[i]
		w.count(l, CauseKernel, c.Name, c.DroppedByKernel, c.Received+c.DroppedByKernel)
		w.count(l, CauseInterface, c.Name, c.DroppedByInterface, c.Received+c.DroppedByInterface)
	}
	w.gaps(l)
}

// count looks at a pair of counters that rise.
func (w *Watcher) count(l *report.Look, cause, name string, lost, of uint64) {
	s := w.losses.of(cause, name)
	newLost, newOf := lost-s.lost, of-s.of
	if lost < s.lost || of < s.of { // the interface was made anew: its counters begin at 0
		newLost, newOf = lost, of
	}
	s.lost, s.of = lost, of
	w.step(l, s, cause, name, newLost, newOf, newLost > 0)
}

// gaps looks at what the mirror lost, once there are enough acknowledgements to take a share of.
func (w *Watcher) gaps(l *report.Look) {
	s := w.losses.of(CauseMirror, "")
	if l.Gaps.Acks < s.of || l.Gaps.Unseen < s.lost {
		s.lost, s.of = 0, 0
	}
	unseen, acks := l.Gaps.Unseen-s.lost, l.Gaps.Acks-s.of
	if acks < leastAcks {
		w.step(l, s, CauseMirror, "", 0, 0, false)
		return
	}
	s.lost, s.of = l.Gaps.Unseen, l.Gaps.Acks
	w.step(l, s, CauseMirror, "", unseen, acks, float64(unseen) >= w.options.GapShare*float64(acks))
}

// step tells the beginning and the end of a loss.
func (w *Watcher) step(l *report.Look, s *losing, cause, name string, lost, of uint64, loses bool) {
	if loses && !s.on {
		s.on, s.began, s.sinceLost, s.sinceOf = true, l.Time, 0, 0
		w.tell(&Alert{Time: l.Time, Kind: LossBegan, Severity: Warning,
			Loss: &Loss{Cause: cause, Interface: name, Lost: lost, Of: of, Began: l.Time}})
	}
	if !s.on {
		return
	}
	s.sinceLost += lost
	s.sinceOf += of
	s.fromTheEnd += of
	if loses {
		s.last, s.fromTheEnd = l.Time, 0
	}
	if l.Time.Sub(s.last) < w.options.Quiet {
		return
	}
	s.on = false
	w.tell(&Alert{Time: l.Time, Kind: LossEnded, Severity: Notice,
		Loss: &Loss{Cause: cause, Interface: name, Lost: s.sinceLost, Of: s.sinceOf - s.fromTheEnd, Began: s.began}})
}

func (s losses) of(cause, name string) *losing {
	key := [2]string{cause, name}
	if s[key] == nil {
		s[key] = &losing{}
	}
	return s[key]
}
