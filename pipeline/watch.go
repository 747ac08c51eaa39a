package pipeline

import (
	"context"
	"math/rand/v2"
	"time"

	"peeratlas/capture"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
	"peeratlas/report"
)

// WatchOptions of a Watch, which has those of a Run too: Write takes each flow's record once, when
// it is final. Resolver is not asked. ActiveTimeout is an hour by default, so that a flow that runs
// for days is written meanwhile; one below 0 never cuts.
type WatchOptions struct {
	Options
	// Look is the least time between two looks. Default 2 s. Where a look takes long, the next one
	// waits so that looks take a tenth of the time at most.
	Look time.Duration
	// Remember is how long a flow that ended still counts for its socket and host. Default 15 min.
	Remember time.Duration
	// Tell takes each look, on the goroutine that reads: it must not wait for anybody.
	Tell func(*report.Look) error
	// Running takes the record of each flow that goes on, at each look that judges; nil for nobody. It is
	// valid during the call, and must not wait for anybody.
	Running func(*report.Record) error
	// Judged takes what each such look says of hosts and sockets together, at a time of the packets'
	// clock in nanoseconds; nil for nobody. Both are valid during the call.
	Judged func(at int64, last bool, hosts []classify.Host, sockets []classify.Socket) error
	// Tap sees the packets; nil for nobody.
	Tap Tap
	// Locators brings databases that are to be used from the next look on.
	Locators <-chan geo.Locator
	// Owner tells the process at one end of a flow, asked when the flow is first told of; nil if
	// nobody knows.
	Owner func(f *flow.Flow, end int) report.Owner
	// Program names this program and its version in summaries; Inputs are what it reads, as given.
	Program string
	Inputs  []string
	Sandbox string

	due  func() bool // for tests: whether to look now
	all  bool        // for tests: nothing is final before the end
	news int         // of one look at most; 0 is mostNews
}

// Tap sees what goes down the street: whoever keeps packets as evidence. Its methods are called
// by the goroutine that reads.
type Tap interface {
	// Packets is told of a batch in the order in which it came. keys[i] is the flow's of packets[i];
	// its Protocol is 0 if the packet is of none. Both are valid during the call.
	Packets(packets []capture.Packet, keys []flow.Key) error
	// Look is told of each look before Tell is.
	Look(*report.Look) error
}

const (
	defaultLook     = 2 * time.Second
	defaultRemember = 15 * time.Minute
	watchActive     = time.Hour

	// looksShare is the part of the time that looks may take: one in so many.
	looksShare = 10
	// watchOctets is what a flow costs in a watch, all told: what it costs in a Run, and what a look
	// makes of it. 1.5 million short flows, one in eighteen told of, took 253 MiB with 600 and
	// 236 MiB with 800, of 256 (2026-11-25).
	watchOctets = 640

	// patience is how long a batch waits to be full. A live source's ReadBatch may wait 100 ms.
	patience = 50 * time.Millisecond
)

// Watch runs packets down the street as Run does, and looks at what it has got every now and then,
// until the source ends or ctx is done. At the last look the answer is the one that Run gives for
// the same packets, save for flows that became final earlier, and for what these would have told
// after they were forgotten.
//
// A flow is final when it was closed some seconds ago, when it was silent for IdleTimeout (by the
// packets' clock, and by this machine's where no packets come), when the active timeout cut it, or
// when the memory bound pushed it out. It stays for its socket and host until Remember has passed.
// It closes nothing. An error is one of reading, writing, the Tap or Tell.
func Watch(ctx context.Context, source Source, o WatchOptions) (*Result, error) {
	return newWatching(source, o).run(ctx)
}

// watching is what a watch has beside a street.
type watching struct {
	s       *street
	options WatchOptions
	began   time.Time
	next    time.Time // when to look again
	looks   uint64
	idle    int64 // nanoseconds
	last    bool  // the look that is taken is the last
	time    int64 // of the latest look

	// The clock of the packets.
	clock   int64     // of the latest batch
	arrived time.Time // when that came
	since   time.Time // when the batch that is filled got its first packet
	rested  time.Time // when all that was there had been read
	stopped time.Time // when the watch was to end
	dry     bool      // and nothing from before that is left to be read

	fresh   bool  // packets came since the latest judgement, or something else made it old
	nextDue int64 // when time alone will make a flow final, or forgotten
	aged    int64 // when Age was called last

	told      map[*flow.Flow]told
	news      []report.Sighting
	withheld  bool              // news found no room
	gone      []report.Sighting // of flows that were pushed out since the latest look
	summary   *report.Summary   // of the latest judgement
	builder   *report.Builder   // of the look that is taken
	running   report.Since      // of it: flows that are not final
	written   report.Since
	covered   report.Coverage // of it: what flows that are not final add
	forgotten uint64
	taken     time.Duration // by the latest judgement
}

func newWatching(source Source, o WatchOptions) *watching {
	if o.Look <= 0 {
		o.Look = defaultLook
	}
	if o.Remember <= 0 {
		o.Remember = defaultRemember
	}
	if o.Tell == nil {
		o.Tell = func(*report.Look) error { return nil }
	}
	if o.ActiveTimeout == 0 {
		o.ActiveTimeout = watchActive
	}
	if o.Memory <= 0 {
		o.Memory = defaultMemory
	}
	if o.MaxFlows <= 0 {
		o.MaxFlows = int(max((o.Memory-baseOctets)/watchOctets, 1024))
	}
	if o.news <= 0 {
		o.news = mostNews
	}
	o.Resolver = nil
	o.seed = rand.Uint64()
	w := &watching{options: o, idle: int64(o.IdleTimeout), told: map[*flow.Flow]told{}}
	if w.idle <= 0 {
		w.idle = flow.DefaultIdleTimeout
	}
	w.s = newStreet(source, o.Options)
	w.s.watch = w
	if o.Tap != nil {
		w.s.keys = make([]flow.Key, batchSize)
	}
	for _, l := range w.s.lanes {
		l.watched, l.whole = true, w.toWrite
	}
	write := w.s.options.Write
	w.s.options.Write = func(r *report.Record) error {
		w.written.Add(r)
		w.written.Written++
		return write(r)
	}
	return w
}

func (w *watching) run(ctx context.Context) (*Result, error) {
	s := w.s
	w.began = time.Now()
	w.next = w.began.Add(w.options.Look)
	s.crew.hire(s.lanes)
	defer s.crew.dismiss()
	err := s.readAll(ctx)
	s.crew.join()
	s.settle()
	if err == nil {
		err = s.writeErr
	}
	if err == nil {
		err = w.look(time.Now(), true)
	}
	if err != nil {
		return nil, err
	}
	s.result.Coverage = s.coverage()
	s.result.Damaged = Damaged(&s.result.Coverage)
	return &s.result, nil
}

const (
	// drainTime bounds how long what an interface brought before the end is still read.
	drainTime = time.Second
	// heldBack is how long the kernel may keep a packet before it can be read: 40 ms in a block that
	// does not fill up, its tick, and as much again on a busy machine. That a read brings nothing
	// before says nothing: it does not wait while blocks are to be given back.
	heldBack = 150 * time.Millisecond
)

// drains tells, once the watch is to end, whether there may be packets from before that in an
// interface's ring. A capture that is replayed has none that came.
func (w *watching) drains() bool {
	switch {
	case w.stopped.IsZero():
		w.stopped = time.Now()
		w.dry = len(w.s.source.Stats().Live) == 0
	case time.Since(w.stopped) > drainTime || w.clock > w.stopped.UnixNano():
		w.dry = true
	}
	return !w.dry
}

// enough tells whether a batch of n packets is to go on, though there is room for more. more is
// how many the latest read brought.
func (w *watching) enough(n, more int) bool {
	if more == 0 {
		w.dry = !w.stopped.IsZero() && time.Since(w.stopped) >= heldBack
		return true
	}
	if n == more {
		w.since = time.Now()
		return false
	}
	return time.Since(w.since) >= patience
}

// came is told of each batch that was decoded.
func (w *watching) came(packets []capture.Packet) error {
	n := len(packets)
	if n < w.s.size {
		w.rested = time.Now()
	}
	if n == 0 {
		return nil
	}
	// Not the latest packet of all: a clock may be set back, and one packet may lie.
	w.clock = min(packets[0].Timestamp, packets[n-1].Timestamp)
	w.arrived, w.fresh = time.Now(), true
	if w.options.Tap == nil {
		return nil
	}
	return w.options.Tap.Packets(packets, w.s.keys[:n])
}

// rest is how long reading may go without a rest before further processors are woken.
const rest = 100 * time.Millisecond

// keepsUp tells whether one processor suffices: all that was there to be read was read lately. To
// wake others for each batch took 12 % more CPU at 200,000 packets a second (2026-11-26).
func (w *watching) keepsUp() bool { return w.arrived.Sub(w.rested) < rest }

// lately is how long the packets' clock stands for the time after a packet.
const lately = time.Second

// now is the time by the packets' clock; where none came lately, this machine's tells how it goes on.
func (w *watching) now(clock time.Time) int64 {
	if w.arrived.IsZero() {
		return clock.UnixNano()
	}
	if silent := clock.Sub(w.arrived); silent > lately {
		return w.clock + int64(silent)
	}
	return w.clock
}

// round looks, if it is time to. The lanes may be at work.
func (w *watching) round() error {
	now := time.Now()
	if due := w.options.due; due != nil && !due() || due == nil && now.Before(w.next) {
		return nil
	}
	w.s.crew.join()
	w.s.settle()
	if w.s.writeErr != nil {
		return nil // told by the next round
	}
	err := w.look(now, false)
	w.next = now.Add(max(w.options.Look, looksShare*time.Since(now)))
	return err
}
