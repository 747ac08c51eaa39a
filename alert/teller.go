package alert

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"peeratlas/report"
)

// Options of a Teller. The zero value of a field means its default.
type Options struct {
	Watcher WatcherOptions
	Least   Severity // of the alerts that are told; default all
	Sinks   []Sink
	Queue   int    // alerts that wait for each sink at most, default 1,024
	State   string // file of what was told, for the next start; "" for none
	Log     *Log   // of contacts; nil for none
	// Tell takes what people should know of the telling itself, a line without its end. It may be
	// called by several goroutines, but never by two at once. Default: nobody is told.
	Tell func(string)

	patience   *patience     // for tests
	stateEvery time.Duration // for tests; default 10 s
}

// closeTime is how long Close waits for all sinks together: a watch ends within five seconds, with
// its last look before.
const closeTime = 4 * time.Second

// Teller watches looks and tells what is new in them. Its methods are called by one goroutine,
// and none but Close waits for anybody.
type Teller struct {
	options Options
	watcher *Watcher
	queues  []*queue
	keeper  *keeper // nil if there is no state file
	cancel  context.CancelFunc
	within  time.Duration // that Close takes
	closed  bool
}

// NewTeller begins to tell. It reads the state file, and takes the sinks and the log for its own.
func NewTeller(o Options) (*Teller, error) {
	if o.Queue <= 0 {
		o.Queue = 1024
	}
	if o.stateEvery <= 0 {
		o.stateEvery = 10 * time.Second
	}
	o.Tell = oneAtATime(o.Tell)
	t := &Teller{options: o, watcher: NewWatcher(o.Watcher), within: closeTime}
	if o.State != "" {
		m, err := openState(o.State, t.watcher.options.Memory, o.Tell)
		if err == nil {
			err = writeState(o.State, m.appendState(nil, time.Now())) // now, while somebody reads the error
		}
		if err != nil {
			return nil, fmt.Errorf("--alert-state: %w", err)
		}
		t.watcher.memory = m
		t.keeper = newKeeper(o.State, o.stateEvery, o.Tell)
	}
	var ctx context.Context
	ctx, t.cancel = context.WithCancel(context.Background())
	for _, s := range o.Sinks {
		p := patienceWith(s)
		if o.patience != nil {
			p = *o.patience
		}
		t.queues = append(t.queues, newQueue(ctx, s, o.Queue, p, o.Tell))
	}
	return t, nil
}

func oneAtATime(tell func(string)) func(string) {
	var one sync.Mutex
	return func(line string) {
		if tell != nil {
			one.Lock()
			defer one.Unlock()
			tell(line)
		}
	}
}

// patienceWith is how a sink is tried. A message that a web server cannot digest must not hold
// up the others for ever; a syslog receiver takes any, or is not there.
func patienceWith(s Sink) patience {
	p := patience{tries: 1, first: 500 * time.Millisecond, most: time.Minute}
	switch s.(type) {
	case *syslog:
		p.tries = 0
	case *webhook:
		p.tries = 10
	}
	return p
}

// Look tells what is new in l. Its error is always nil: what cannot be told is counted.
func (t *Teller) Look(l *report.Look) error {
	if t.closed {
		return nil
	}
	for _, a := range t.watcher.Look(l) {
		if a.Severity < t.options.Least || len(t.queues) == 0 {
			continue
		}
		m := &Message{Alert: a, Line: AppendAlert(nil, a)}
		for _, q := range t.queues {
			q.offer(m)
		}
	}
	if t.options.Log != nil {
		t.options.Log.Look(l)
	}
	if t.keeper != nil {
		t.keeper.keep(t.watcher.memory, time.Now(), false)
	}
	return nil
}

// Rotate begins a new file of the log of contacts, as SIGHUP asks for. It does not wait.
func (t *Teller) Rotate() {
	if t.options.Log != nil && !t.closed {
		t.options.Log.Rotate()
	}
}

// Close tells what is queued, for four seconds at most in all, writes the state and ends the
// log. The error says what could not be told.
func (t *Teller) Close() error {
	if t.closed {
		return nil
	}
	t.closed = true
	deadline := time.Now().Add(t.within)
	// The sinks end a little before, so that they can still say how.
	soon := time.AfterFunc(t.within-t.within/8, t.cancel)
	defer soon.Stop()
	defer t.cancel()
	for _, q := range t.queues {
		q.close()
	}
	if t.keeper != nil {
		t.keeper.keep(t.watcher.memory, time.Now(), true)
		close(t.keeper.work)
	}
	var errs []error
	if t.options.Log != nil {
		errs = append(errs, t.options.Log.Close(deadline))
	}
	for _, q := range t.queues {
		if !ended(q.done, deadline) {
			errs = append(errs, fmt.Errorf("%s: it did not end in time: %d alerts were not told", q.sink.Name(), q.lost.Load()+uint64(len(q.in))))
		} else if n := q.lost.Load(); n > 0 {
			errs = append(errs, fmt.Errorf("%s: %d alerts were not told", q.sink.Name(), n))
		}
	}
	if t.keeper != nil && !ended(t.keeper.done, deadline) {
		errs = append(errs, errors.New("state of alerts: it was not written in time"))
	}
	return errors.Join(errs...)
}

// ended waits until done is closed, and tells whether it was.
func ended(done <-chan struct{}, deadline time.Time) bool {
	t := time.NewTimer(time.Until(deadline))
	defer t.Stop()
	select {
	case <-done:
		return true
	case <-t.C:
	}
	select { // both may have happened
	case <-done:
		return true
	default:
		return false
	}
}

// Count is what became of a sink's alerts.
type Count struct {
	Sink                string
	Sent, Lost, Waiting uint64
}

// Counts tells what became of the alerts so far, by sink, for who asks by a signal. It may be
// called at any time by any goroutine.
func (t *Teller) Counts() []Count {
	out := make([]Count, 0, len(t.queues))
	for _, q := range t.queues {
		out = append(out, Count{q.sink.Name(), q.sent.Load(), q.lost.Load(), uint64(len(q.in))})
	}
	return out
}
