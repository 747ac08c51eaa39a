package pipeline

import (
	"fmt"
	"io"
	"net/netip"
	"path/filepath"
	"runtime"
	"strings"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
)

// No input may make this program panic: the fuzz targets and mutants of every package see to
// that. Should one do it nevertheless, the fault costs the packet or the flow that it befell and
// nothing else, and it is told: every step below defers caught, once for a batch or a flow and
// never for a packet, and whoever called it goes on behind what made it panic.

// faults are detectors that fail: none but in a program that is built to show it (faulty.go).
var faults []classify.Detector

// step is what the street was about.
type step uint8

const (
	reading step = iota
	decoding
	counting
	observing
	judging
	writing
)

func (s step) String() string {
	return [...]string{"reading", "decoding", "counting", "observing", "judging", "writing"}[s]
}

// caught is deferred by every step. It counts a panic, notes where the first one was, and tells
// its step through panicked.
func (s *street) caught(doing step, panicked *bool) {
	value := recover()
	if value == nil {
		return
	}
	*panicked = true
	c := &s.result.Coverage
	if c.Panics++; c.Panics == 1 {
		c.Panic = doing.String() + ": " + fmt.Sprint(value) + panicPlace()
	}
	if c.PanicFrame == 0 {
		c.PanicFrame = s.frameAt(doing)
	}
}

// frameAt is the number of the packet that a step was about, or of the first of its flow; 0 if
// it was about no single one.
func (s *street) frameAt(doing step) uint32 {
	switch doing {
	case reading:
		return s.frame + 1
	case decoding:
		return s.frame
	case counting:
		return s.frames[0]
	case observing:
		return s.frames[min(s.next+s.classifier.At(), len(s.frames)-1)]
	}
	return s.about
}

// panicPlace names the line that panicked. It is called by a function that recovers.
func panicPlace() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
	for thrown := false; ; {
		f, more := frames.Next()
		if thrown && !strings.HasPrefix(f.Function, "runtime.") {
			return fmt.Sprintf(" (%s:%d)", filepath.Base(f.File), f.Line)
		}
		thrown = thrown || f.Function == "runtime.gopanic"
		if !more {
			return ""
		}
	}
}

// read fills packets. A source that panics is at its end.
func (s *street) read(packets []capture.Packet) (n int, err error) {
	panicked := false
	defer func() {
		if panicked {
			n, err = 0, io.EOF
		}
	}()
	defer s.caught(reading, &panicked)
	return s.source.ReadBatch(packets)
}

// decode takes packets from s.next on, and keeps at s.kept and behind it what goes on to the table.
func (s *street) decode(packets []capture.Packet) (panicked bool) {
	defer s.caught(decoding, &panicked)
	for s.next < len(packets) {
		p, h := &packets[s.next], &s.headers[s.kept]
		s.next++
		s.frame++
		s.period(p.Timestamp)
		outcome := s.decoder.Decode(p.LinkType, p.Data, int(p.OriginalLength), h)
		if s.options.Filter != nil && !s.options.Filter.Match(h) {
			s.filtered++
			continue
		}
		s.outcomes[outcome]++
		if outcome != packet.OK {
			continue
		}
		s.tunnels[h.Tunnel]++
		s.times[s.kept], s.frames[s.kept], s.data[s.kept] = p.Timestamp, s.frame, p.Data
		s.kept++
	}
	return false
}

// count brings the first n headers to their flows.
func (s *street) count(n int) (panicked bool) {
	defer s.caught(counting, &panicked)
	s.table.Update(s.times[:n], s.frames[:n], s.headers[:n], s.entries[:n])
	for i := range n {
		s.home.see(&s.headers[i], s.entries[i].New)
	}
	return false
}

// observe lets the detectors see the payloads from s.next to n.
func (s *street) observe(n int) (panicked bool) {
	defer s.caught(observing, &panicked)
	i := s.next
	s.classifier.Observe(s.entries[i:n], s.times[i:n], s.frames[i:n], s.headers[i:n], s.data[i:n])
	return false
}

// batch takes packets through decoding, filter, table and detectors, each over the whole batch.
func (s *street) batch(packets []capture.Packet) {
	for s.next, s.kept = 0, 0; s.decode(packets); {
		s.failed++
	}
	n := s.kept
	if n == 0 {
		return
	}
	if s.count(n) { // which of them reached their flows is not known
		s.uncounted += uint64(n)
		return
	}
	for s.next = 0; s.observe(n); {
		s.next += s.classifier.At() + 1
		s.abandon(s.entries[s.next-1].Flow)
	}
}

// abandon examines f no more. What made examining it fail may do the same here.
func (s *street) abandon(f *flow.Flow) {
	panicked := false
	defer s.caught(observing, &panicked)
	s.classifier.Abandon(f)
}

// forget gives back what is kept of a flow, or loses it.
func (s *street) forget(f *flow.Flow) {
	panicked := false
	defer s.caught(judging, &panicked)
	s.about = f.FirstFrame
	s.classifier.Forget(f)
}

// weigh prepares the judgement of flows together. Flows that cannot be weighed are set apart, and
// the rest weighed again; a nil judge says that even this went wrong.
func (s *street) weigh(flows []*flow.Flow) (judge *classify.Judge, sound []*flow.Flow) {
	if judge, panicked := s.tryWeigh(flows); !panicked {
		return judge, flows
	}
	for _, f := range flows {
		if _, panicked := s.alone(f); !panicked {
			sound = append(sound, f)
		}
	}
	judge, _ = s.tryWeigh(sound)
	return judge, sound
}

func (s *street) tryWeigh(flows []*flow.Flow) (judge *classify.Judge, panicked bool) {
	defer s.caught(judging, &panicked)
	s.about = 0
	return classify.NewJudge(s.classifier, flows), false
}

// alone judges a flow by its own claims.
func (s *street) alone(f *flow.Flow) (v classify.Verdict, panicked bool) {
	defer s.caught(judging, &panicked)
	s.about, v = f.FirstFrame, classify.Unjudged()
	return s.classifier.Alone(f), false
}

// verdict judges flow f, number i of judge's.
func (s *street) verdict(judge *classify.Judge, i int, f *flow.Flow) (v classify.Verdict) {
	if judge == nil {
		v, _ = s.alone(f)
		return v
	}
	panicked := false
	defer s.caught(judging, &panicked)
	s.about, v = f.FirstFrame, classify.Unjudged()
	return judge.Verdict(i)
}

// together asks judge what is said of sockets and hosts as a whole.
func (s *street) together(judge *classify.Judge, verdictOf func(int) classify.Judgement) {
	panicked := false
	defer s.caught(judging, &panicked)
	s.about = 0
	s.result.Sockets, s.result.Hosts = judge.Sockets(verdictOf), judge.Hosts(verdictOf)
	beyond := judge.Beyond()
	s.result.Coverage.SocketsBeyond, s.result.Coverage.HostsBeyond = beyond.Sockets, beyond.Hosts
}

// lookup asks the databases for the place of an address, which is unknown if they panic.
func (s *street) lookup(a netip.Addr) (l geo.Location) {
	panicked := false
	defer s.caught(judging, &panicked)
	l.Country = geo.Unknown
	return s.options.Locator.Locate(a)
}
