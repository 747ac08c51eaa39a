package alert

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"peeratlas/report"
)

// Message is an alert on its way to a sink.
type Message struct {
	Alert *Alert
	Line  []byte // as AppendAlert writes it; shared by all sinks, who only read it
}

// Sink takes alerts to one place. Send is called by one goroutine, for one message at a time, and
// tries once: who calls it tries again. Its errors hold no secret, for they are printed.
type Sink interface {
	// Name is what people know it by, such as "syslog udp://192.0.2.1:514".
	Name() string
	// Send returns when the message was handed over, or ctx is done.
	Send(ctx context.Context, m *Message) error
	// Close waits for what Send began, until ctx is done.
	Close(ctx context.Context) error
}

// refused is an error that another try would not change.
type refused struct{ error }

func (r refused) Unwrap() error { return r.error }

// later is an error after which the other side asked for a pause.
type later struct {
	error
	after time.Duration
}

func (l later) Unwrap() error { return l.error }

// patience is how often and how quickly a sink is tried.
type patience struct {
	tries       int           // of one message; 0 is without end
	first, most time.Duration // pause after the first failure, and the longest; each is about twice the one before
}

// wait is the pause after failure number n, from 1: with jitter, so that many programs that lost
// one server do not all come back at once.
func (p patience) wait(n int) time.Duration {
	d := p.most
	if n < 32 && p.first<<(n-1) < p.most {
		d = p.first << (n - 1)
	}
	return d/2 + rand.N(d/2+1)
}

// queue stands before a sink, so that nobody waits for it.
type queue struct {
	sink     Sink
	patience patience
	tell     func(string)
	in       chan *Message
	closing  chan struct{} // closed when nothing more comes
	done     chan struct{} // closed when the goroutine has ended
	dropped  atomic.Uint64 // messages that were not told, and of which that was not told either
	lost     atomic.Uint64 // all messages that were not told
	sent     atomic.Uint64
	failing  bool // of the goroutine: the last try failed, which was told
	dead     bool // of the goroutine: a try failed since closing began
}

func newQueue(ctx context.Context, sink Sink, size int, p patience, tell func(string)) *queue {
	q := &queue{sink: sink, patience: p, tell: tell, in: make(chan *Message, size),
		closing: make(chan struct{}), done: make(chan struct{})}
	go q.run(ctx)
	return q
}

// offer hands m on if there is room; it never waits.
func (q *queue) offer(m *Message) {
	select {
	case q.in <- m:
	default:
		q.drop()
	}
}

func (q *queue) drop() {
	q.dropped.Add(1)
	q.lost.Add(1)
}

// close says that nothing more comes. What is queued is tried once each, until
// that fails.
func (q *queue) close() {
	close(q.closing)
	close(q.in)
}

func (q *queue) run(ctx context.Context) {
	defer close(q.done)
	for m := range q.in {
		if q.dead {
			q.drop() // as the rest would
			continue
		}
		if q.deliver(ctx, m) {
			q.tellDropped(ctx)
		}
	}
	if !q.dead {
		q.tellDropped(ctx)
	}
	if err := q.sink.Close(ctx); err != nil {
		q.tell(fmt.Sprintf("%s: %v", q.sink.Name(), err))
	}
}

func (q *queue) isClosing() bool {
	select {
	case <-q.closing:
		return true
	default:
		return false
	}
}

// tellDropped tells the sink how many alerts it missed, now that it can be told.
func (q *queue) tellDropped(ctx context.Context) {
	n := q.dropped.Swap(0)
	if n == 0 {
		return
	}
	a := &Alert{Time: time.Now(), Kind: AlertsDropped, Severity: Warning, Number: n}
	if !q.deliver(ctx, &Message{Alert: a, Line: AppendAlert(nil, a)}) {
		q.dropped.Add(n - 1) // this message itself was counted
		q.lost.Add(^uint64(0))
	}
}

// deliver tries until it succeeds, or there is no use in it.
func (q *queue) deliver(ctx context.Context, m *Message) bool {
	for n := 1; ; n++ {
		last := q.isClosing()
		err := q.sink.Send(ctx, m)
		if err == nil {
			q.sent.Add(1)
			if q.failing {
				q.failing = false
				q.tell(q.sink.Name() + " takes alerts again")
			}
			return true
		}
		if !q.failing {
			q.failing = true
			q.tell(fmt.Sprintf("%s: %s", q.sink.Name(), report.Clean(err.Error(), 0)))
		}
		var no refused
		refuses := errors.As(err, &no)
		q.dead = q.dead || last && !refuses
		if refuses || n == q.patience.tries || last || ctx.Err() != nil {
			q.drop()
			return false
		}
		pause := q.patience.wait(n)
		var asked later
		if errors.As(err, &asked) {
			pause = max(pause, min(asked.after, q.patience.most))
		}
		q.pause(ctx, pause)
	}
}

func (q *queue) pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-q.closing:
	case <-ctx.Done():
	}
}
