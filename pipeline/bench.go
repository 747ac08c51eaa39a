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
		if l.judge, l.brief = judge, nil; judge == nil {
			continue
		}
		if i > 0 {
			l.judge = judge.Beside()
		}
		if s.watch != nil {
			l.brief = judge.InBrief()
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
	if l.brief != nil && !l.whole(f) {
		return l.brief.Verdict(i)
	}
	return l.judge.Verdict(i)
}

// judgeAll judges flows, in order, and hands each with its verdict to use, together with its number
// among sound, those that can be judged; -1 if it is not one of them. It returns the verdicts of
// sound, and fails as soon as a record cannot be written.
func (s *street) judgeAll(judge *classify.Judge, flows, sound []*flow.Flow,
	use func(i int, f *flow.Flow, v *classify.Verdict)) ([]classify.Judgement, error) {
	verdicts := make([]classify.Judgement, 0, len(sound))
	for from := 0; from < len(flows); from += judgedAtOnce {
		part := flows[from:min(from+judgedAtOnce, len(flows))]
		first := len(verdicts) // of sound: what was judged before
		judged := s.judge(sound[first:min(first+len(part), len(sound))], first)
		for _, f := range part {
			if i := len(verdicts); i < len(sound) && sound[i] == f {
				v := &judged[i-first]
				verdicts = append(verdicts, v.Judgement)
				if judge != nil {
					judge.Note(i, v)
				}
				use(i, f, v)
			} else {
				v := classify.Unjudged()
				use(-1, f, &v)
			}
			if s.writeErr != nil {
				return nil, s.writeErr
			}
		}
	}
	if judge != nil {
		s.together(judge, func(i int) classify.Judgement { return verdicts[i] })
	}
	return verdicts, nil
}
