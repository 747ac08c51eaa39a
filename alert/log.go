package alert

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"peeratlas/report"
)

// LogOptions of a Log. The zero value of a field means its default.
type LogOptions struct {
	// File is written now; files that are full stand beside it, as NAME-SEQUENCE-TIME.EXT. All
	// that a Log does it does in this folder.
	File string
	// A file is full at so many octets (default 100 MiB), after so long (default 24 h), or with so
	// many lines (default: no bound).
	Size  int64
	Age   time.Duration
	Lines uint64
	// Keep is how many full files are kept; the oldest are removed. Default: all.
	Keep int
	// Compress is "zstd", the default, "gzip" or "none": for full files.
	Compress string
	// Sync is how old lines may be that a loss of power takes. Default 5 s. What kills the program
	// alone takes none that was written.
	Sync time.Duration
	// Waiting bounds the octets of lines that wait for the disk. Default 32 MiB.
	Waiting int
	Program string       // name and version, for the heads
	Tell    func(string) // as Options.Tell

	now   func() time.Time // for tests
	retry time.Duration    // for tests; default 1 s
	open  openFile         // for tests
}

func (o LogOptions) filled() LogOptions {
	if o.Size <= 0 {
		o.Size = 100 << 20
	}
	if o.Age <= 0 {
		o.Age = 24 * time.Hour
	}
	if o.Compress == "" {
		o.Compress = "zstd"
	}
	if o.Sync <= 0 {
		o.Sync = 5 * time.Second
	}
	if o.Waiting <= 0 {
		o.Waiting = 32 << 20
	}
	if o.now == nil {
		o.now = time.Now
	}
	if o.retry <= 0 {
		o.retry = time.Second
	}
	if o.open == nil {
		o.open = func(name string, flag int, mode os.FileMode) (file, error) { return os.OpenFile(name, flag, mode) }
	}
	o.Tell = oneAtATime(o.Tell)
	return o
}

// Log is the log of contacts. A goroutine of its own writes it. Look and Rotate never wait.
type Log struct {
	options LogOptions
	writer  *logWriter // the goroutine's

	mutex   sync.Mutex // held for moments only, never while something is written
	waiting []byte     // bodies with line feeds
	count   uint64     // of these
	lost    uint64     // lines that had no room, and of which that is not in the log yet
	allLost uint64
	rotate  bool

	wake    chan struct{} // holds one
	closing chan struct{}
	done    chan struct{}
	err     error // of the end, once done is closed
}

// OpenLog begins a file, after it has ended what a program that was killed left. What it cannot
// write is an error now; later it is told, counted, and tried again.
func OpenLog(o LogOptions) (*Log, error) {
	o = o.filled()
	if !compressible(o.Compress) {
		return nil, fmt.Errorf("log of contacts: there is no compression %q; it is zstd, gzip or none", o.Compress)
	}
	w, err := openWriter(o)
	if err != nil {
		return nil, fmt.Errorf("log of contacts: %w", err)
	}
	l := &Log{options: o, writer: w, wake: make(chan struct{}, 1), closing: make(chan struct{}), done: make(chan struct{})}
	go l.run()
	return l, nil
}

// Look logs the contacts that are new or final in k.
func (l *Log) Look(k *report.Look) {
	body, n := appendContacts(nil, k)
	if n == 0 {
		return
	}
	l.mutex.Lock()
	if len(l.waiting) > 0 && len(l.waiting)+len(body) > l.options.Waiting {
		l.lost += n
		l.allLost += n
	} else {
		l.waiting = append(l.waiting, body...)
		l.count += n
	}
	l.mutex.Unlock()
	l.nudge()
}

// Rotate begins a new file soon.
func (l *Log) Rotate() {
	l.mutex.Lock()
	l.rotate = true
	l.mutex.Unlock()
	l.nudge()
}

func (l *Log) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Lost is how many lines could not be written for want of room.
func (l *Log) Lost() uint64 {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.allLost
}

// Close writes what waits and ends the file, until the deadline. It is called once, and nothing
// else after it.
func (l *Log) Close(deadline time.Time) error {
	close(l.closing)
	if !ended(l.done, deadline) {
		return errors.New("log of contacts: it was not ended in time; the next start does that")
	}
	if !l.writer.compressor.close(deadline) {
		l.options.Tell("log of contacts: a full file is not compressed yet; the next start does that")
	}
	if l.err != nil {
		return fmt.Errorf("log of contacts: %w", l.err)
	}
	return nil
}

// batch is what is on its way to the file.
type batch struct {
	bodies []byte
	lines  uint64
	lost   uint64 // lines that had no room before these
}

func (l *Log) run() {
	defer close(l.done)
	defer l.writer.unlock()
	tick := time.NewTicker(min(l.options.retry, l.options.Sync))
	defer tick.Stop()
	var b batch
	for {
		closing, retry := false, false
		select {
		case <-l.wake:
		case <-tick.C:
			retry = true
		case <-l.closing:
			closing = true
		}
		if l.writer.failing && !retry && !closing {
			continue // not more often than the ticks
		}
		asked := l.take(&b)
		l.step(&b, asked, closing)
		if closing {
			l.end(&b)
			return
		}
	}
}

// take moves what waits to b, if b was written, and tells whether a new file was asked for.
func (l *Log) take(b *batch) (rotate bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if b.lines == 0 {
		b.bodies, l.waiting = l.waiting, b.bodies[:0]
		b.lines, l.count = l.count, 0
		b.lost, l.lost = b.lost+l.lost, 0
	}
	rotate, l.rotate = l.rotate, false
	return rotate
}

// step writes b, and begins a new file if it is time.
func (l *Log) step(b *batch, asked, closing bool) {
	w := l.writer
	err := w.write(b)
	if err == nil {
		err = w.rotate(asked, closing)
	} else {
		w.asked = w.asked || asked
	}
	switch {
	case err != nil && !w.failing:
		l.options.Tell(fmt.Sprintf("log of contacts: %v; capture goes on, and lines wait until there is room", err))
	case err == nil && w.failing:
		l.options.Tell(fmt.Sprintf("log of contacts: %s is written again; %d lines had no room so far", l.options.File, l.Lost()))
	}
	w.failing = err != nil
}

// end writes what came at the last moment, and the end of the file.
func (l *Log) end(b *batch) {
	for range 2 { // what b held, and what waited behind it
		l.take(b)
		if l.err = l.writer.write(b); l.err != nil {
			break
		}
	}
	if l.err == nil {
		l.err = l.writer.finish(endClosed)
	}
	if n := b.lines + b.lost + l.left(); n > 0 {
		l.err = errors.Join(l.err, fmt.Errorf("%d lines were not written", n))
	} else if n := l.Lost(); n > 0 {
		l.err = errors.Join(l.err, fmt.Errorf("%d lines had no room", n))
	}
}

// left is how many lines wait.
func (l *Log) left() uint64 {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.count
}
