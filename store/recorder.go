package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
)

// RecorderOptions of a Recorder. The zero value of a field means its default.
type RecorderOptions struct {
	Flush     time.Duration     // how often is written what there is. Default 1 s
	Queue     int64             // octets of records that wait to be written at most. Default 64 MiB
	Retention Retention         // default: all is kept
	Tell      func(line string) // takes words for the user, on a goroutine of its own; nil for nobody
	Replace   bool              // takes the place of earlier runs of the same origin
}

// Recorder stores what a watch finds, while it runs. Its methods but Close are for the goroutine that
// reads packets: they never wait for the store. What finds no room in the queue is counted.
type Recorder struct {
	store   Store
	options RecorderOptions
	running map[uint32]uint64 // what was stored of flows that run, by their first packet
	judged  time.Time         // when hosts and sockets were stored last

	mutex  sync.Mutex // guards what follows
	g      gathering
	lost   uint64 // records that found no room
	unsent *Batch // that the store did not take yet; of the goroutine that writes

	last   report.InterfaceCount // sums over all interfaces, of the look before
	flows  uint64
	pushed uint64
	seen   bool

	failed error // of the latest attempt; of the goroutine that writes
	told   bool  // that it failed; likewise

	patience context.Context // of writes; it ends some time after Close was called
	giveUp   context.CancelFunc
	stop     chan struct{}
	done     chan struct{}
}

const (
	defaultFlush = time.Second
	defaultQueue = 64 << 20
	// judgeEvery is how often what is said of hosts and sockets together is stored.
	judgeEvery  = 10 * time.Second
	retainEvery = time.Minute
	// closeTime is how long the end of a watch waits for the store.
	closeTime = 3 * time.Second
)

// NewRecorder begins a run. Its ID is filled in. It is to be closed.
func NewRecorder(s Store, r Run, o RecorderOptions) *Recorder {
	if o.Flush <= 0 {
		o.Flush = defaultFlush
	}
	if o.Queue <= 0 {
		o.Queue = defaultQueue
	}
	if o.Tell == nil {
		o.Tell = func(string) {}
	}
	rec := &Recorder{store: s, options: o, running: map[uint32]uint64{}, g: newGathering(r), stop: make(chan struct{}), done: make(chan struct{})}
	if rec.g.run.Origin == "" {
		rec.g.run.Origin = fmt.Sprintf("watch %d", rec.g.run.ID)
	}
	rec.patience, rec.giveUp = context.WithCancel(context.Background())
	go rec.writeAll()
	return rec
}

// Add stores the record of a flow that has ended. It keeps nothing of r.
func (c *Recorder) Add(r *report.Record) error {
	_, known := c.running[r.Flow.FirstFrame]
	delete(c.running, r.Flow.FirstFrame)
	if known || whole(r) {
		return c.keep(r, true)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if !c.g.tally.add(r) {
		c.lost++
	}
	return nil
}

// Running stores how a flow that goes on stands, if it is kept whole. It keeps nothing of r.
func (c *Recorder) Running(r *report.Record) error {
	before, known := c.running[r.Flow.FirstFrame]
	if !known && !whole(r) {
		return nil
	}
	now := standing(r)
	if known && before == now {
		return nil
	}
	c.running[r.Flow.FirstFrame] = now
	return c.keep(r, false)
}

// standing tells one state of a flow from another.
func standing(r *report.Record) uint64 {
	f := &r.Flow
	h := fnv.New64a()
	var p []byte
	for _, n := range [...]uint64{uint64(f.Start), uint64(f.End), f.Octets(0), f.Octets(1), uint64(r.Verdict.Judgement), uint64(r.Verdict.Path)} {
		p = binary.BigEndian.AppendUint64(p, n)
	}
	h.Write(append(p, r.Verdict.Family...))
	return h.Sum64()
}

// keep puts a record into the queue, if there is room.
func (c *Recorder) keep(r *report.Record, final bool) error {
	f, err := flowOf(r, &c.g.run, uint64(r.Flow.FirstFrame), final)
	if err != nil {
		return err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.g.octets >= c.options.Queue {
		c.lost++
		return nil
	}
	c.g.keep(f)
	return nil
}

// Judge takes what is said of hosts and sockets together, at a time of the packets' clock.
func (c *Recorder) Judge(at int64, last bool, hosts []classify.Host, sockets []classify.Socket) error {
	if now := time.Now(); last || now.Sub(c.judged) >= judgeEvery {
		c.judged = now
		list, err := encodeJudged(c.g.run.ID, at, hosts, sockets)
		if err != nil {
			return err
		}
		c.mutex.Lock()
		defer c.mutex.Unlock()
		c.g.judged = list // what was not taken yet is older
	}
	return nil
}

// Look takes what was seen and lost so far.
func (c *Recorder) Look(l *report.Look) error {
	var sum report.InterfaceCount
	for i := range l.Interfaces {
		n := &l.Interfaces[i]
		sum.Received += n.Received
		sum.Octets += n.Octets
		sum.DroppedByKernel += n.DroppedByKernel + n.DroppedByInterface
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	at := l.Time.UnixNano()
	s := c.g.span(at)
	s.First, s.Last = min(s.First, at), max(s.Last, at)
	if first := l.Summary.Coverage.First; !c.seen && !first.IsZero() && intervalOf(first.UnixNano()) == s.Interval {
		s.First = min(s.First, first.UnixNano())
	}
	c.seen = true
	s.Packets += less(sum.Received, c.last.Received)
	s.Octets += less(sum.Octets, c.last.Octets)
	s.Dropped += less(sum.DroppedByKernel, c.last.DroppedByKernel)
	s.Flows += less(l.Since.Flows, c.flows)
	s.Evicted += less(l.Load.Evicted, c.pushed)
	c.last, c.flows, c.pushed = sum, l.Since.Flows, l.Load.Evicted
	spool := c.g.run.State.Spool
	c.g.run.Coverage, c.g.run.State = l.Summary.Coverage, stateOf(l, time.Now())
	c.g.run.State.Spool, c.g.run.State.Flush = spool, c.options.Flush
	if len(c.g.spans) > 2 { // earlier ones are on their way, and change no more
		for i := range c.g.spans {
			if i != s.Interval && !c.g.changed[i] {
				delete(c.g.spans, i)
			}
		}
	}
	return nil
}

// less is how much a count grew: one that an interface began anew did not shrink.
func less(now, before uint64) uint64 { return max(now, before) - before }

// writeAll writes what there is every now and then, and once more in the end.
func (c *Recorder) writeAll() {
	defer close(c.done)
	tick := time.NewTicker(c.options.Flush)
	defer tick.Stop()
	ctx := c.patience
	retained := time.Now() // the first look at it comes later
	for {
		select {
		case <-tick.C:
			c.write(ctx)
			if c.failed == nil && time.Since(retained) >= retainEvery {
				retained = c.retain(ctx, retained)
			}
		case <-c.stop:
			ctx, cancel := context.WithTimeout(context.Background(), closeTime)
			defer cancel()
			for c.write(ctx); c.failed != nil && ctx.Err() == nil; c.write(ctx) {
				select {
				case <-ctx.Done():
				case <-time.After(200 * time.Millisecond):
				}
			}
			return
		}
	}
}

// retain takes away a part of what is beyond the bounds; it returns when it was done last.
func (c *Recorder) retain(ctx context.Context, before time.Time) time.Time {
	more, err := c.store.Retain(ctx, c.options.Retention, time.Now())
	switch {
	case err != nil:
		c.options.Tell("store: " + err.Error())
	case more:
		return before
	}
	return time.Now()
}

// write writes what the store did not take before, then what was gathered since.
func (c *Recorder) write(ctx context.Context) {
	for range 2 {
		if c.unsent == nil {
			c.mutex.Lock()
			if len(c.g.flows)+len(c.g.tally.sums)+len(c.g.changed)+len(c.g.judged) > 0 || c.g.batches == 0 || c.g.run.Ended {
				c.g.run.NotStored = c.lost
				if s, ok := c.store.(interface{ Spool() Spool }); ok {
					c.g.run.State.Spool = s.Spool()
				}
				c.unsent = c.g.take()
				c.unsent.Replace = c.options.Replace
				c.g.run.Ended = false // told once
			}
			c.mutex.Unlock()
		}
		if c.unsent == nil {
			return
		}
		err := c.store.Write(ctx, c.unsent)
		if err != nil {
			if c.failed == nil && ctx.Err() == nil {
				c.told = true
				c.options.Tell("store: " + err.Error() + "; trying again")
			}
			if c.failed == nil || ctx.Err() == nil { // that time is up is no cause
				c.failed = err
			}
			return
		}
		if c.failed != nil {
			c.failed = nil
			if c.told {
				c.told = false
				c.options.Tell("store: it goes on")
			}
		}
		c.unsent = nil
	}
}

// Locate takes the databases that are asked from now on, beside those that were. Any goroutine may call it.
func (c *Recorder) Locate(sources []geo.Source) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, s := range sources {
		if !slices.Contains(c.g.run.Sources, s) {
			c.g.run.Sources = append(slices.Clip(c.g.run.Sources), s)
		}
	}
}

// Finish takes what the run came to. Close is to follow.
func (c *Recorder) Finish(v report.Coverage) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.g.run.Coverage, c.g.run.Ended = v, true
}

// Close writes what there is, in three seconds if the store takes it. It tells of what could not be stored.
func (c *Recorder) Close() error {
	late := time.AfterFunc(closeTime/2, c.giveUp) // a write that is under way is not waited for longer
	close(c.stop)
	<-c.done
	late.Stop()
	c.giveUp()
	switch {
	case c.failed != nil:
		return fmt.Errorf("store: the latest records are not in it: %w", c.failed)
	case c.lost > 0:
		return fmt.Errorf("store: %d records found no room in the queue and are not in it: it is too slow", c.lost)
	}
	return nil
}
