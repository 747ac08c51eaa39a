package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var soak = flag.Duration("soak", 9*time.Second, "how long TestWatchSoak runs; 30m is the whole of it")

// After kill -9 in the middle, the log reads to its last whole line, and the next watch goes on with it.
func TestWatchIsKilled(t *testing.T) {
	inOwnNetwork(t)
	dir := outputs(t)
	log := filepath.Join(dir, "contacts.ndjson")
	list := frames(t, testdata+"office.pcapng")
	out := newWire(t)
	for round := range 3 {
		w := watching(t, "--log", log, "-w", filepath.Join(dir, fmt.Sprint("evidence", round, ".pcapng")), "--look", "100ms")
		out.send(t, list[:len(list)/(3-round)], 5000)
		time.Sleep(time.Duration(150+200*round) * time.Millisecond)
		w.end(t, syscall.SIGKILL)
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(string(text), "\n")
		for _, line := range lines[:len(lines)-1] {
			if !json.Valid([]byte(line)) {
				t.Errorf("round %d: %q", round, line)
			}
		}
		if status, printed, _ := peeratlas(t, nil, "log", "verify", dir); status != exitDamaged || !strings.Contains(printed, "NOT CLOSED: files 1 to ") {
			t.Errorf("round %d: status %d: %s", round, status, printed)
		}
	}
	w := watching(t, "--log", log, "--look", "100ms")
	if status, printed, _ := peeratlas(t, nil, "log", "verify", dir); status != exitDone || !strings.Contains(printed, "is being written") {
		t.Errorf("status %d: %s", status, printed)
	}
	out.send(t, list, 5000)
	time.Sleep(500 * time.Millisecond)
	if status, _ := w.end(t, syscall.SIGTERM); status != exitInterrupted {
		t.Errorf("status %d: %s", status, w.said())
	}
	if status, printed, words := peeratlas(t, nil, "log", "verify", dir); status != exitDone {
		t.Errorf("status %d: %s%s", status, printed, words)
	}
	for round := range 3 {
		if status, _, words := peeratlas(t, nil, "flows", filepath.Join(dir, fmt.Sprint("evidence", round, ".pcapng"))); status == exitError {
			t.Errorf("evidence of round %d: %s", round, words)
		}
	}
}

// SIGHUP begins new files and costs no packet; SIGUSR1 tells counters.
func TestWatchHangup(t *testing.T) {
	inOwnNetwork(t)
	dir := outputs(t)
	w := watching(t, "--log", filepath.Join(dir, "log.ndjson"), "-w", filepath.Join(dir, "all.pcapng"), "--keep", "all", "--look", "100ms", "--ring", "128MiB")
	list, out := frames(t, testdata+"skype-classic.pcap"), newWire(t)
	const rounds = 5
	for range rounds {
		out.send(t, list, 5000)
		w.Process.Signal(syscall.SIGHUP)
		w.Process.Signal(syscall.SIGUSR1)
		time.Sleep(300 * time.Millisecond)
	}
	status, _ := w.end(t, syscall.SIGINT)
	if status != exitInterrupted {
		t.Fatalf("status %d: %s", status, w.said())
	}
	if n := strings.Count(w.said(), " packets, 0 dropped, "); n != rounds {
		t.Errorf("%d counters of %d: %s", n, rounds, w.said())
	}
	kept := 0
	files, _ := filepath.Glob(filepath.Join(dir, "all.pcapng*"))
	for _, file := range files {
		kept += len(frames(t, file))
	}
	if kept != rounds*len(list) || len(files) < 2 {
		t.Errorf("%d packets in %d files, %d were sent", kept, len(files), rounds*len(list))
	}
	if status, printed, words := peeratlas(t, nil, "log", "verify", dir); status != exitDone {
		t.Errorf("status %d: %s%s", status, printed, words)
	}
}

// A watch of days in small: the same flows again and again, from other ports. What it holds at the
// end is what it held when a third of the time was over.
func TestWatchSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("takes its time")
	}
	inOwnNetwork(t)
	dir := outputs(t)
	w := watching(t, "--log", filepath.Join(dir, "log.ndjson"), "--log-keep", "3", "--look", "500ms", "--remember", "2s", "--idle-timeout", "2s",
		"--memory", "96MiB", "-w", filepath.Join(dir, "p2p.pcapng"), "-C", "5", "-W", "3")
	list, out := frames(t, testdata+"office.pcapng"), newWire(t)
	var settled, last int
	began := time.Now()
	for round := 0; time.Since(began) < *soak; round++ {
		for _, f := range list {
			f[len(f)-1] ^= byte(round) // the octets are others, the flows the same
		}
		out.send(t, list, 20_000)
		last = max(last, resident(t, w.Process.Pid))
		if time.Since(began) < *soak/3 {
			settled, last = max(settled, last), 0
		}
	}
	status, _ := w.end(t, syscall.SIGTERM)
	t.Logf("%d kB after a third of %v, %d kB at most later: %s", settled, *soak, last, w.said())
	if status != exitInterrupted {
		t.Errorf("status %d", status)
	}
	if last > settled+settled/4 {
		t.Errorf("memory grows: from %d to %d kB", settled, last)
	}
}

// resident is what a process has in memory, in kB.
func resident(t *testing.T, pid int) (kb int) {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(b), "VmRSS:")
	fmt.Sscan(after, &kb)
	return kb
}

// A command that hangs is ended in its time, in the jail too, and what fails at the end costs neither
// the report nor the status of a breach.
func TestWatchKillsItsCommand(t *testing.T) {
	inOwnNetwork(t)
	dir := outputs(t)
	hang, marks := filepath.Join(dir, "hang.sh"), filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(hang, []byte("#!/bin/sh\ncat >/dev/null\nexec sleep 97\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(marks, []byte("version: 1\ndefault: deny\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	w := watching(t, "--alert-command", hang, "--alert-command-time", "500ms", "--policy", marks, "--look", "200ms", "--webhook", "http://127.0.0.1:9/")
	newWire(t).send(t, frames(t, testdata+"skype-classic.pcap"), 5000)
	time.Sleep(2500 * time.Millisecond)
	status, _ := w.end(t, syscall.SIGTERM)
	if status != exitBreach || !strings.Contains(w.printed(), "Looked at ") {
		t.Errorf("status %d: %s\n%s", status, w.said(), w.printed())
	}
	if !strings.Contains(w.said(), "ran longer than") {
		t.Errorf("no run was ended: %s", w.said())
	}
}
