package pipeline

import (
	"cmp"
	"runtime/metrics"
	"slices"
	"time"

	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

// look tells what is known now, and judges all flows if anything is new. The lanes rest.
func (w *watching) look(clock time.Time, last bool) error {
	w.last = last
	w.relocate()
	now := w.now(clock)
	w.time = now
	if last || w.fresh || now >= w.nextDue || w.summary == nil || len(w.gone) > 0 || w.withheld {
		if err := w.judge(now); err != nil {
			return err
		}
		w.taken = time.Since(clock)
	}
	return w.announce(last)
}

// announce tells of a look.
func (w *watching) announce(last bool) error {
	w.looks++
	w.inOrder()
	s := w.s
	l := &report.Look{
		Number: w.looks, Time: time.Unix(0, w.time).UTC(), Began: w.began, Last: last, Summary: w.summary, News: w.news, Since: w.written,
		Interfaces: s.interfaces(), Sandbox: w.options.Sandbox,
		Load: report.Load{MaxFlows: uint64(s.options.MaxFlows), Evicted: s.evictions(), Forgotten: w.forgotten, Judging: w.taken, Memory: heapInUse()},
	}
	if g := s.options.Gaps; g != nil {
		l.Gaps = g.Gaps(last)
	}
	l.Since.Flows += w.running.Flows
	l.Since.P2PFlows += w.running.P2PFlows
	l.Since.LikelyFlows += w.running.LikelyFlows
	l.Since.Octets += w.running.Octets
	l.Since.P2POctets += w.running.P2POctets
	for _, lane := range s.lanes {
		l.Load.Flows += uint64(lane.table.Len())
		l.Load.Forgotten += lane.forgotten
	}
	w.news = nil // the look's
	if w.options.Tap != nil {
		if err := w.options.Tap.Look(l); err != nil {
			return err
		}
	}
	return w.options.Tell(l)
}

// inOrder sorts the news by first packet: flows that were pushed out were judged before the others.
func (w *watching) inOrder() {
	oldest := w.s.frame + 1 // packet that a number can stand for, seen from the latest
	slices.SortStableFunc(w.news, func(a, b report.Sighting) int {
		return cmp.Compare(a.Record.Flow.FirstFrame-oldest, b.Record.Flow.FirstFrame-oldest)
	})
}

// relocate takes a database that came since the latest look.
func (w *watching) relocate() {
	select {
	case l := <-w.options.Locators:
		w.s.options.Locator = l
		w.s.places.init(l)
		w.s.classifier.Age(w.clock, w.clock) // what it knows of roles is the old one's
		w.fresh = true
	default:
	}
}

// judge judges all flows together as a Run does at its end, and goes on.
func (w *watching) judge(now int64) error {
	s := w.s
	s.learnHome()
	flows := s.inOrder()
	if w.last {
		for _, l := range s.lanes {
			l.table.Close()
			l.classifier.Close()
		}
	}
	w.end(flows, now)
	w.withheld, w.fresh = false, false
	w.running, w.covered = report.Since{}, report.Coverage{}
	if w.summary == nil {
		w.summary = report.NewBuilder(report.Options{}).Finish(nil, report.Coverage{}, nil) // should there be looks before it is made
	}
	w.news, w.gone = w.gone, nil
	w.builder = report.NewBuilder(report.Options{Program: w.options.Program, Now: time.Now(), Home: s.options.Home, Inputs: w.options.Inputs})
	judge, sound := s.weigh(flows)
	s.benches(judge)
	verdicts, err := s.judgeAll(judge, flows, sound, w.use)
	if err != nil {
		return err
	}
	w.summarize()
	if !w.last {
		w.letGo(judge, flows, sound, verdicts, now)
		s.home.all = s.home.given // what was learnt counts for judgements, as in a Run
	}
	for _, l := range s.lanes {
		l.judge, l.brief = nil, nil
	}
	return nil
}

// use takes the verdict of a flow: into the summary, the news, and, if the flow is final, its record.
func (w *watching) use(_ int, f *flow.Flow, v *classify.Verdict) {
	s := w.s
	if w.toWrite(f) {
		s.write(f, *v)
		f.SetWritten()
		w.tally(f, v, nil)
		return
	}
	if f.Written() {
		w.tally(f, v, nil)
		return
	}
	countFlow(&w.covered, f)
	w.tally(f, v, &w.running)
}

// tally counts a flow in the summary of this look and in running, and tells what is new of it.
func (w *watching) tally(f *flow.Flow, v *classify.Verdict, running *report.Since) {
	panicked := false
	defer w.s.caught(writing, &panicked)
	w.s.about = f.FirstFrame
	w.s.describe(f, v, true)
	w.builder.Add(&w.s.record)
	if running != nil {
		running.Add(&w.s.record)
		if err := w.passOn(); err != nil {
			w.s.writeErr = err
		}
	}
	w.compare(f, v)
}

// passOn passes on the record of a flow that goes on.
func (w *watching) passOn() error {
	if w.options.Running == nil {
		return nil
	}
	return w.options.Running(&w.s.record)
}

// summarize makes the summary of this look.
func (w *watching) summarize() {
	s := w.s
	panicked := false
	defer s.caught(writing, &panicked)
	s.about = 0
	c := s.coverage()
	c.Flows += w.covered.Flows
	c.OneWay += w.covered.OneWay
	c.CutFlows += w.covered.CutFlows
	var databases []geo.Source
	if known, ok := s.options.Locator.(interface{ Sources() []geo.Source }); ok {
		databases = known.Sources()
	}
	if w.options.Judged != nil {
		if err := w.options.Judged(w.time, w.last, s.result.Hosts, s.result.Sockets); err != nil {
			s.writeErr = err
		}
	}
	w.builder.Judge(s.result.Hosts)
	w.summary = w.builder.Finish(s.result.Sockets, c, databases)
	w.builder = nil
}

// heapInUse is octets of objects on the heap, those that wait to be collected too.
func heapInUse() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
