package pipeline

import (
	"runtime"
	"sync"

	"peeratlas/classify"
	"peeratlas/classify/flow"
)

// judgedAtOnce is how many flows are judged before they are written: their verdicts take 2 MiB.
const judgedAtOnce = 8192

// benches seats a judge at one lane for each processor; none if judge is nil.
func (s *street) benches(judge *classify.Judge) {
	s.seats = min(runtime.GOMAXPROCS(0), len(s.lanes))
	for i, l := range s.lanes[:s.seats] {
		if l.judge = judge; judge != nil && i > 0 {
			l.judge = judge.Beside()
		}
	}
}

// judge returns the verdicts of flows, which are those from number first on of the judges'. They are
// valid until the next call. Each seat takes a stretch of them, so that the first fault that is told
// is that of the first flow.
func (s *street) judge(flows []*flow.Flow, first int) []classify.Verdict {
	if cap(s.judged) < len(flows) {
		s.judged = make([]classify.Verdict, judgedAtOnce)
	}
	judged := s.judged[:len(flows)]
	var wait sync.WaitGroup
	for seat := range s.seats {
		from, to := seat*len(flows)/s.seats, (seat+1)*len(flows)/s.seats
		work := func() {
			for i := from; i < to; i++ {
				judged[i] = s.lanes[seat].verdict(first+i, flows[i])
			}
		}
		if seat == s.seats-1 {
			work()
		} else {
			wait.Go(work)
		}
	}
	wait.Wait()
	for _, l := range s.lanes {
		s.blame(&l.panics)
	}
	return judged
}

// verdict judges flow f, number i of the judge's.
func (l *lane) verdict(i int, f *flow.Flow) (v classify.Verdict) {
	defer v.Keep()
	if l.judge == nil {
		v, _ = l.alone(f)
		return v
	}
	panicked := false
	defer l.caught(judging, &panicked)
	l.about, v = f.FirstFrame, classify.Unjudged()
	return l.judge.Verdict(i)
}
