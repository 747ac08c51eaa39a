package pipeline

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
)

// lane is a part of the street: the flows whose addresses and ports hash to it, with a table, a
// classifier and counts of its own. One goroutine at a time owns it. How many lanes there are
// follows from the options and never from the processors, so that the same input has the same
// outcome everywhere.
type lane struct {
	table      *flow.Table
	classifier *classify.Classifier
	home       homeFinder
	batches    [2]batch
	work       *batch          // that the lane is at
	from, to   int             // of work: the part that the table has
	next       int             // of work: the packet to examine next
	judge      *classify.Judge // of all flows, once they are judged together; nil if that failed
	about      uint32          // first frame of the flow that is judged
	uncounted  uint64          // packets of parts that the table failed on
	pushed     []pushed
	watched    bool                  // flows are forgotten, too
	whole      func(*flow.Flow) bool // whether a verdict is to be whole, though brief is there
	orphans    []flow.Flow           // latest pieces that were pushed out, while earlier ones may be held
	forgotten  uint64                // flows that were pushed out when their records were written already
	brief      *classify.Judge       // of flows that are not written yet; nil: judge is of all
	panics     panics

	entries [flow.BatchSize]flow.Entry
}

// batch is what one batch holds for a lane; the slices belong together by index.
type batch struct {
	headers []packet.Headers
	times   []int64
	frames  []uint32
	data    [][]byte
}

// pushed is a flow that the memory bound pushed out, judged on what was known then.
type pushed struct {
	flow    flow.Flow
	verdict classify.Verdict
	at      *flow.Flow // where it was
}

// manyFlows is from how many flows on they are shared among lanes: fewer would make the share of
// each a matter of luck.
const manyFlows = 1 << 14

func (s *street) makeLanes(o classify.Options, t flow.Options) {
	n := 1
	if t.MaxFlows >= manyFlows {
		n = classify.MaxLanes
	}
	t.MaxFlows /= n
	for _, c := range classify.NewLanes(o, s.options.detectors, n) {
		l := &lane{classifier: c}
		l.home.init(s.options.Home)
		l.table = flow.NewTable(t, l.evicted)
		s.lanes = append(s.lanes, l)
	}
	s.classifier = s.lanes[0].classifier
}

// laneOf is the number of the lane that a packet goes to, the same for both directions.
func (s *street) laneOf(h *packet.Headers) int {
	src, dst := &h.Src, &h.Dst
	x := binary.LittleEndian.Uint64(src[:8]) ^ binary.LittleEndian.Uint64(dst[:8])
	x += binary.LittleEndian.Uint64(src[8:]) + binary.LittleEndian.Uint64(dst[8:])
	x += uint64(h.SrcPort) + uint64(h.DstPort)
	high, _ := bits.Mul64(x*0x9e3779b97f4a7c15, uint64(len(s.lanes)))
	return int(high)
}

// take puts a packet into the batch that is being filled.
func (b *batch) take(h *packet.Headers, ts int64, frame uint32, data []byte) {
	b.headers = append(b.headers, *h)
	b.times, b.frames, b.data = append(b.times, ts), append(b.frames, frame), append(b.data, data)
}

func (b *batch) reset() {
	b.headers, b.times, b.frames, b.data = b.headers[:0], b.times[:0], b.frames[:0], b.data[:0]
}

// run takes a batch through table and detectors, in parts that fit the cache.
func (l *lane) run(b *batch) {
	l.work = b
	for l.from = 0; l.from < len(b.headers); l.from = l.to {
		l.to = min(l.from+flow.BatchSize, len(b.headers))
		if l.count() { // which of them reached their flows is not known
			l.uncounted += uint64(l.to - l.from)
			continue
		}
		for l.next = l.from; l.observe(); {
			l.next += l.classifier.At() + 1
			l.abandon(l.entries[l.next-1-l.from].Flow)
		}
	}
	b.reset()
}

// count brings a part of the batch to its flows.
func (l *lane) count() (panicked bool) {
	defer l.caught(counting, &panicked)
	b, n := l.work, l.to-l.from
	hs := b.headers[l.from:l.to]
	l.table.Update(b.times[l.from:l.to], b.frames[l.from:l.to], hs, l.entries[:n])
	for i := range hs {
		if e := &l.entries[i]; e.First { // a flow's later packets take the same way
			l.home.see(&hs[i], e.New)
		}
	}
	return false
}

// observe lets the detectors see the payloads from next on.
func (l *lane) observe() (panicked bool) {
	defer l.caught(observing, &panicked)
	b, at := l.work, l.next
	l.classifier.Observe(l.entries[at-l.from:l.to-l.from], b.times[at:l.to], b.frames[at:l.to], b.headers[at:l.to], b.data[at:l.to])
	return false
}

// evicted judges a flow that the memory bound pushes out, on what is known now.
func (l *lane) evicted(f *flow.Flow) {
	if l.watched && f.Continues() && f.EndReason != flow.ActiveTimeout {
		l.orphans = append(l.orphans, *f)
	}
	if f.Written() {
		l.forgotten++
		l.pushed = append(l.pushed, pushed{flow: *f, at: f})
		l.forget(f)
		return
	}
	v, _ := l.alone(f)
	v.Keep()
	l.pushed = append(l.pushed, pushed{*f, v, f})
	l.forget(f)
}

// abandon examines f no more. What made examining it fail may do the same here.
func (l *lane) abandon(f *flow.Flow) {
	panicked := false
	defer l.caught(observing, &panicked)
	l.classifier.Abandon(f)
}

// forget gives back what is kept of a flow, or loses it.
func (l *lane) forget(f *flow.Flow) {
	panicked := false
	defer l.caught(judging, &panicked)
	l.about = f.FirstFrame
	l.classifier.Forget(f)
}

// alone judges a flow by its own claims.
func (l *lane) alone(f *flow.Flow) (v classify.Verdict, panicked bool) {
	defer l.caught(judging, &panicked)
	l.about, v = f.FirstFrame, classify.Unjudged()
	return l.classifier.Alone(f), false
}

func (l *lane) caught(doing step, panicked *bool) {
	value := recover()
	if value == nil {
		return
	}
	*panicked = true
	frame := l.about
	switch doing {
	case counting:
		frame = l.work.frames[l.from]
	case observing:
		frame = l.work.frames[min(l.next+l.classifier.At(), l.to-1)]
	}
	l.panics.note(doing, value, frame)
}

// panics are those that were caught: how many, and the first.
type panics struct {
	number uint64
	words  string
	frame  uint32 // of the first that was about a packet or flow
}

// note counts a panic. The function that recovered calls it.
func (p *panics) note(doing step, value any, frame uint32) {
	if p.number++; p.number == 1 {
		p.words = doing.String() + ": " + fmt.Sprint(value) + panicPlace()
	}
	if p.frame == 0 {
		p.frame = frame
	}
}

// settle brings together what the lanes have for all. None may be at work.
func (s *street) settle() {
	s.classifier.Settle()
	for _, l := range s.lanes {
		for i := range l.pushed {
			p := &l.pushed[i]
			if s.writeErr == nil && !p.flow.Written() {
				s.write(&p.flow, p.verdict)
			}
			if s.watch != nil {
				s.watch.pushedOut(p)
			}
		}
		clear(l.pushed)
		l.pushed = l.pushed[:0]
		s.blame(&l.panics)
	}
}

// blame adds the panics of a lane to those of the street.
func (s *street) blame(p *panics) {
	c := &s.result.Coverage
	if p.number > 0 && c.Panics == 0 {
		c.Panic = p.words
	}
	if c.PanicFrame == 0 {
		c.PanicFrame = p.frame
	}
	c.Panics += p.number
	*p = panics{}
}

// inOrder are the flows of all lanes in the order of their first packets.
func (s *street) inOrder() []*flow.Flow {
	lists, n := make([][]*flow.Flow, 0, len(s.lanes)), 0
	oldest := s.frame + 1 // packet that a number can stand for, seen from the latest
	for _, l := range s.lanes {
		lists = append(lists, l.table.InOrder())
		n += len(lists[len(lists)-1])
	}
	if len(lists) == 1 {
		return lists[0]
	}
	all := make([]*flow.Flow, 0, n)
	for len(all) < n {
		first := -1
		for i, list := range lists {
			if len(list) > 0 && (first < 0 || list[0].FirstFrame-oldest < lists[first][0].FirstFrame-oldest) {
				first = i
			}
		}
		all = append(all, lists[first][0])
		lists[first] = lists[first][1:]
	}
	return all
}

// evictions counts the flows that the memory bound pushed out before their records were written.
func (s *street) evictions() (n uint64) {
	for _, l := range s.lanes {
		n += l.table.Evicted() - l.forgotten
	}
	return n
}

// learnHome puts together what the lanes saw of the link, and decides which public prefixes are
// home. It may be asked again and again.
func (s *street) learnHome() {
	changes := uint64(1)
	for _, l := range s.lanes {
		changes += l.home.changes
	}
	if s.home.changes != changes {
		var h homeFinder
		h.init(s.options.Home)
		for _, l := range s.lanes {
			h.merge(&l.home)
		}
		s.result.Coverage.LearntHome = slices.Clip(h.learn())
		s.home.learnt, s.home.changes = h.all, changes
	}
	s.home.all = s.home.learnt
}
