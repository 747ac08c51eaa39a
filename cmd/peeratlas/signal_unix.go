//go:build unix

package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"peeratlas/capture"
	"peeratlas/pipeline"
)

// countersOnSignal prints what was read so far when SIGUSR1 comes, as tcpdump does. The
// counters are those of the latest progress report, at most some thousand packets old.
func countersOnSignal(stderr io.Writer, o *pipeline.Options) (stop func()) {
	var latest atomic.Pointer[capture.Stats]
	next := o.Progress
	o.Progress = func(s capture.Stats) {
		latest.Store(&s)
		if next != nil {
			next(s)
		}
	}
	signals := make(chan os.Signal, 1)
	done := make(chan struct{})
	signal.Notify(signals, syscall.SIGUSR1)
	go func() {
		for {
			select {
			case <-signals:
				if s := latest.Load(); s != nil {
					fmt.Fprintf(stderr, "peeratlas: %d packets, %d octets read\n", s.Packets, s.Consumed)
				}
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(signals); close(done) }
}
