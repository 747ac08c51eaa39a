//go:build unix

package main

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// The built binary prints counters for SIGUSR1, lives through SIGHUP, and ends with totals.
func TestBinaryWatches(t *testing.T) {
	for _, last := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		c := exec.Command(program(t), "watch", "-r", testdata+"office.pcapng", "--speed", "100", "--look", "100ms")
		status, out, words := waited(t, c, syscall.SIGHUP, syscall.SIGUSR1, last)
		if status != exitInterrupted || !strings.Contains(out, " p2p skype ") || !strings.Contains(out, "Looked at ") {
			t.Errorf("status %d: %s\n%s", status, words, out)
		}
		if !strings.Contains(words, " packets, 0 dropped, ") || !strings.Contains(words, " held, 0 evicted, ") {
			t.Errorf("SIGUSR1 printed no counters: %q", words)
		}
	}
}
