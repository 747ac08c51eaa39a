// Package pipeline runs packets through the house: capture, packet, flow, classify, geo,
// report. Read this file first.
package pipeline

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"time"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

// Source is what the pipeline needs of a capture. ReadBatch fills up to len(dst) packets; as
// with io.Reader, the n packets are used before the error is looked at.
type Source interface {
	ReadBatch(dst []capture.Packet) (n int, err error)
	Stats() capture.Stats
	Close() error
}

// Options of a Run. The zero value of a field means its default.
type Options struct {
	Filter  *capture.Filter // nil lets every packet pass
	Home    geo.Home        // the home networks
	Locator geo.Locator     // nil places every address as unknown
	// Memory bounds what flows and verdicts may take, in octets. Default 256 MiB.
	Memory int64
	// MaxFlows bounds the flows held at once. Default: what Memory has room for.
	MaxFlows int
	// IdleTimeout and ActiveTimeout are flow.Options' own.
	IdleTimeout, ActiveTimeout time.Duration
	// MaxPackets stops the reading after so many packets; 0 reads all.
	MaxPackets uint64
	// Brief leaves out the evidence and the places of flows that are not at least likely
	// peer-to-peer: a summary needs neither.
	Brief bool
	// Places has the places of all flows told, though Brief is there.
	Places bool
	// MaxNames bounds the names that the traffic tells of addresses. Default: a quarter of
	// MaxFlows, 262,144 at most.
	MaxNames int
	// Resolver is asked for the names of peers that the traffic calls nothing; nil asks nobody.
	Resolver *Resolver
	// Gaps sees the packets of flows; nil estimates nothing.
	Gaps *GapMeter
	// Progress is told of the input; it may be nil. Source.Stats costs a little, so it is asked
	// only every progressEvery batches, and when a batch comes out short: the end, or a pipe
	// that has no more for now.
	Progress func(capture.Stats)
	// Write takes each flow's record: at the end in order of first packet, evicted ones at
	// once. The record is valid during the call.
	Write func(*report.Record) error

	detectors []classify.Detector // nil stands for all of the house
	seed      uint64              // of the flow tables' hash
}

// What the memory bound has room for: a flow costs up to 440 octets all told (table, slots,
// claims, windows, facts and sockets of the judgement, what is written of it, and the collector's
// reserve), and the program itself, its buffers and databases about baseOctets. From the peaks of
// floods and of 1.5 million short flows at --memory 96 and 256, 2026-11-25.
const (
	flowOctets = 440
	baseOctets = 48 << 20
)

const (
	defaultMemory = 256 << 20
	progressEvery = 64
)

// Result is what a Run found beside the records.
type Result struct {
	Coverage     report.Coverage
	Sockets      []classify.Socket
	Hosts        []classify.Host
	Interrupted  bool // ctx ended the reading early; what was read is judged
	Damaged      bool // the input was cut, damaged or incomplete: exit status 3
	FlowsWritten uint64
}

// street is one run: one source that is read and decoded by the caller's goroutine, and lanes that
// take it from there.
type street struct {
	source     Source
	options    Options
	decoder    *packet.Decoder
	lanes      []*lane
	classifier *classify.Classifier // of the first lane, for what all share
	crew       crew
	home       homeFinder
	places     places
	resolved   map[netip.Addr]classify.Name
	result     Result
	outcomes   [packet.NumOutcomes]uint64
	tunnels    [packet.NumTunnels]uint64
	filtered   uint64
	failed     uint64 // packets that the decoding failed on
	taken      uint64 // packets of batches that were decoded
	frame      uint32 // number of the latest packet: behind the highest comes 1
	about      uint32 // first frame of the flow that is judged
	first      int64
	last       int64
	writeErr   error
	record     report.Record // reused

	size    int // packets of a batch
	turn    int // of the two batches, the one that is filled
	filled  int // how many packets it has got
	next    int // of it: the packet to decode next
	packets [2][batchSize]capture.Packet
	seats   int                // lanes that judge
	judged  []classify.Verdict // reused
	kept    []byte             // octets of packets whose batch takes several reads
	header  packet.Headers
	watch   *watching  // nil in a Run
	keys    []flow.Key // of the batch that is decoded, where somebody wants them
	// undecodable counts by interface.
	undecodable []uint64
}

// batchSize is how many packets the lanes get at once: enough that the goroutines seldom wait for
// one another, few enough that a batch is still in the cache of the processor that looks at it.
const batchSize = 1024

// Run reads the source to its end or until ctx is done, judges every flow, and writes the
// records. It closes nothing. An error is one of reading or writing; damage of the input is
// no error but counted.
func Run(ctx context.Context, source Source, o Options) (*Result, error) {
	return newStreet(source, o).run(ctx)
}

func (s *street) run(ctx context.Context) (*Result, error) {
	s.crew.hire(s.lanes)
	defer s.crew.dismiss()
	err := s.readAll(ctx)
	s.crew.join()
	s.settle()
	if err == nil {
		err = s.writeErr
	}
	if err != nil {
		return nil, err
	}
	return s.finish(ctx)
}

// readAll reads one batch while the lanes are at the one before.
func (s *street) readAll(ctx context.Context) error {
	for batches := 0; ; batches++ {
		n, err := s.fill(ctx)
		s.decode(s.packets[s.turn][:n])
		if s.watch != nil {
			if werr := s.watch.came(s.packets[s.turn][:n]); werr != nil {
				return werr
			}
		}
		s.crew.join()
		s.settle()
		if s.writeErr != nil {
			return nil
		}
		s.crew.start(s.turn, s.watch != nil && s.watch.keepsUp())
		s.turn = 1 - s.turn
		if s.options.Progress != nil && (batches%progressEvery == 0 || n < s.size) {
			s.options.Progress(s.source.Stats())
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil && s.watch != nil {
			err = s.watch.round()
		}
		if err != nil {
			return err
		}
	}
}

// fill reads a whole batch, so that where one ends depends on the packets alone and not on when a
// pipe had them; a watch does not wait for that. The end, for whatever reason, is io.EOF.
func (s *street) fill(ctx context.Context) (n int, err error) {
	dst := s.packets[s.turn][:s.size]
	if o := &s.options; o.MaxPackets > 0 {
		dst = dst[:min(uint64(len(dst)), o.MaxPackets-s.taken)]
	}
	s.kept = s.kept[:0]
	for {
		if ctx.Err() != nil {
			s.result.Interrupted = true
			if s.watch == nil || !s.watch.drains() {
				return n, io.EOF
			}
		}
		if len(dst) == 0 {
			return 0, io.EOF // as many were read as were asked for
		}
		from := n
		s.filled = n
		var more int
		more, err = s.read(dst[n:])
		n += more
		switch {
		case errors.Is(err, io.EOF):
			s.result.Interrupted = ctx.Err() != nil // a pipe that nobody waits for any more ends so
			return n, err
		case err != nil || n == len(dst) || len(s.kept) > mostKept || s.watch != nil && s.watch.enough(n, more):
			return n, err
		}
		s.crew.join() // what the lanes look at does not outlive another read
		s.keep(dst[from:n])
		if s.options.Progress != nil {
			s.options.Progress(s.source.Stats())
		}
	}
}

// mostKept bounds the octets that are copied for one batch.
const mostKept = 4 << 20

// keep copies the octets of packets that further reads would take away.
func (s *street) keep(packets []capture.Packet) {
	for i := range packets {
		p := &packets[i]
		at := len(s.kept)
		s.kept = append(s.kept, p.Data...) // earlier packets keep what they have if it moves
		p.Data = s.kept[at:len(s.kept):len(s.kept)]
	}
}

func newStreet(source Source, o Options) *street {
	if o.Memory <= 0 {
		o.Memory = defaultMemory
	}
	if o.MaxFlows <= 0 {
		o.MaxFlows = int(max((o.Memory-baseOctets)/flowOctets, 1024))
	}
	if o.MaxNames <= 0 {
		o.MaxNames = max(min(o.MaxFlows/4, 1<<18), 1024)
	}
	if o.Write == nil {
		o.Write = func(*report.Record) error { return nil }
	}
	if o.detectors == nil && faults != nil {
		o.detectors = append(classify.Detectors(), faults...)
	}
	s := &street{source: source, options: o, decoder: packet.NewDecoder(), size: batchSize}
	s.places.init(o.Locator)
	s.home.init(o.Home)
	s.makeLanes(classify.Options{Home: s.home.contains, Brief: o.Brief, MaxWindows: max(min(o.MaxFlows/16, 1<<16), 256),
		Role: s.role, MaxSockets: max(o.MaxFlows/8, 1024), MaxNames: o.MaxNames},
		flow.Options{MaxFlows: o.MaxFlows, IdleTimeout: int64(o.IdleTimeout), ActiveTimeout: int64(o.ActiveTimeout), Seed: o.seed})
	return s
}

func (s *street) period(ts int64) {
	if s.taken == 0 && s.next == 1 {
		s.first, s.last = ts, ts
	}
	s.first, s.last = min(s.first, ts), max(s.last, ts)
}

// finish judges the flows that are held and writes their records.
func (s *street) finish(ctx context.Context) (*Result, error) {
	s.learnHome()
	flows := s.inOrder()
	for _, l := range s.lanes {
		l.table.Close()
		l.classifier.Close()
	}
	judge, sound := s.weigh(flows)
	if judge != nil {
		s.resolve(ctx, judge, sound)
	}
	s.benches(judge)
	_, err := s.judgeAll(judge, flows, sound, func(_ int, f *flow.Flow, v *classify.Verdict) { s.write(f, *v) })
	if err != nil {
		return nil, err
	}
	s.result.Coverage = s.coverage()
	s.result.Damaged = Damaged(&s.result.Coverage)
	return &s.result, nil
}

func (s *street) write(f *flow.Flow, v classify.Verdict) {
	panicked := false
	defer s.caught(writing, &panicked)
	s.about = f.FirstFrame
	s.addResolved(f, &v)
	s.describe(f, &v, s.options.Brief)
	countFlow(&s.result.Coverage, f)
	s.result.FlowsWritten++
	s.writeErr = s.options.Write(&s.record)
}

// describe makes the record of a flow.
func (s *street) describe(f *flow.Flow, v *classify.Verdict, brief bool) {
	r := &s.record
	*r = report.Record{Flow: *f, Verdict: *v, Reported: r.Reported[:0]}
	for _, told := range v.Reported {
		r.Reported = append(r.Reported, s.locate(told.Addr.Addr()))
	}
	if told := !brief || s.options.Places || v.Judgement >= classify.Likely; told || len(v.Reported) > 0 {
		for e := range r.Location {
			if told {
				r.Location[e] = s.locate(f.Key.Addr[e].Netip())
			}
			r.Home[e] = s.home.contains(f.Key.Addr[e])
		}
	}
}

// countFlow counts one flow.
func countFlow(c *report.Coverage, f *flow.Flow) {
	c.Flows++
	if f.Packets[0] == 0 || f.Packets[1] == 0 {
		c.OneWay++
	}
	if f.Cut() {
		c.CutFlows++
	}
}
