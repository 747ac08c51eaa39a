//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// countersOnSignal prints what was read so far when SIGUSR1 comes, as tcpdump does.
func (s *session) countersOnSignal() (stop func()) {
	signals := make(chan os.Signal, 1)
	done := make(chan struct{})
	signal.Notify(signals, syscall.SIGUSR1)
	go func() {
		for {
			select {
			case <-signals:
				s.counters()
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(signals); close(done) }
}
