package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Receivers that take nothing do not keep a watch from ending in time, nor from telling how they are.
func TestWatchEndsInTime(t *testing.T) {
	inOwnNetwork(t)
	stuck, err := net.Listen("tcp", "127.0.0.1:0") // nobody accepts
	if err != nil {
		t.Fatal(err)
	}
	defer stuck.Close()
	dir := outputs(t)
	hangs, policy := filepath.Join(dir, "hangs"), filepath.Join(dir, "office.yaml")
	for name, text := range map[string]string{hangs: "#!/bin/sh\nsleep 100\n", policy: "version: 1\ndefault: allow\n"} {
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	w := watching(t, "--webhook", "http://"+stuck.Addr().String()+"/", "--alert-command", hangs, "--syslog", "tcp://127.0.0.1:1", "--look", "200ms",
		"--log", dir+"/log.ndjson", "-w", dir+"/p2p.pcapng", "--policy", policy)
	newWire(t).send(t, frames(t, testdata+"skype-classic.pcap"), 5000)
	time.Sleep(500 * time.Millisecond)
	w.Process.Signal(syscall.SIGUSR1)
	time.Sleep(100 * time.Millisecond)
	w.Process.Signal(syscall.SIGHUP)
	time.Sleep(300 * time.Millisecond)
	if err := os.WriteFile(policy, []byte("version: 1\ndefault: [\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.Process.Signal(syscall.SIGHUP)
	time.Sleep(300 * time.Millisecond)
	status, took := w.end(t, syscall.SIGTERM)
	if status != exitInterrupted || took > 5*time.Second {
		t.Errorf("status %d after %v", status, took)
	}
	for _, words := range []string{"syslog tcp://127.0.0.1:1: 0 alerts told, 0 not told, ", "read anew: " + policy, "going on with what was read before",
		"syslog tcp://127.0.0.1:1: connect: ", "alerts were not told", "evidence: "} {
		if !strings.Contains(w.said(), words) {
			t.Errorf("%q is missing: %s", words, w.said())
		}
	}
	if n := strings.Count(w.said(), "read anew"); n != 1 {
		t.Errorf("read anew %d times", n)
	}
	t.Logf("ended after %v", took)
}
