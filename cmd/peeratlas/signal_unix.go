//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// onSignals runs count when SIGUSR1 comes, to print what was read so far as tcpdump does, and again
// when SIGHUP comes; again may be nil, and SIGHUP ends the program then.
func onSignals(count, again func()) (stop func()) {
	signals := make(chan os.Signal, 2)
	done := make(chan struct{})
	signal.Notify(signals, syscall.SIGUSR1)
	if again != nil {
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		for {
			select {
			case s := <-signals:
				if s == syscall.SIGHUP {
					again()
				} else {
					count()
				}
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(signals); close(done) }
}
