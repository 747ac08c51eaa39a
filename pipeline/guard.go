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
	var f panics
	f.note(doing, value, s.frameAt(doing))
	s.blame(&f)
}

// frameAt is the number of the packet that a step was about, or of the first of its flow; 0 if
// it was about no single one.
func (s *street) frameAt(doing step) uint32 {
	switch doing {
	case reading:
		return s.frame + uint32(s.filled) + 1
	case decoding:
		return s.frame
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

// decode takes packets to the batches of their lanes.
func (s *street) decode(packets []capture.Packet) {
	clear(s.keys)
	for s.next = 0; s.decodeFrom(packets); {
		s.failed++
	}
	s.taken += uint64(len(packets))
}

// decodeFrom takes packets from s.next on.
func (s *street) decodeFrom(packets []capture.Packet) (panicked bool) {
	defer s.caught(decoding, &panicked)
	h := &s.header
	for s.next < len(packets) {
		p := &packets[s.next]
		s.next++
		if s.frame++; s.frame == 0 {
			s.frame = 1 // 0 is no packet
		}
		s.period(p.Timestamp)
		outcome := s.decoder.Decode(p.LinkType, p.Data, int(p.OriginalLength), h)
		if s.options.Filter != nil && !s.options.Filter.Match(h) {
			s.filtered++
			continue
		}
		s.outcomes[outcome]++
		if outcome != packet.OK {
			s.notDecoded(p.Interface, outcome)
			continue
		}
		s.tunnels[h.Tunnel]++
		if s.options.Gaps != nil {
			s.options.Gaps.Add(h, p.Timestamp)
		}
		s.lanes[s.laneOf(h)].batches[s.turn].take(h, p.Timestamp, s.frame, p.Data)
		if s.keys != nil {
			s.keys[s.next-1], _ = flow.KeyOf(h)
		}
	}
	return false
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

// alone judges a flow by its own claims. The lanes rest.
func (s *street) alone(f *flow.Flow) (v classify.Verdict, panicked bool) {
	v, panicked = s.lanes[0].alone(f)
	s.blame(&s.lanes[0].panics)
	return v, panicked
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

// locate asks the databases for the place of an address, which is unknown if they panic.
func (s *street) locate(a netip.Addr) (l geo.Location) {
	panicked := false
	defer s.caught(judging, &panicked)
	l.Country = geo.Unknown
	return s.places.locate(a)
}
