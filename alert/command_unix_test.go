//go:build unix

package alert

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// script writes a program.
func script(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}

func newCommand(t *testing.T, o CommandOptions, words *told) Sink {
	t.Helper()
	s, err := NewCommand(o, words.tell)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCommandGetsJSON(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("OUT", dir)
	t.Setenv(TokenVariable, "s3cret")
	t.Setenv("PEERATLAS_HOST", "someone else's")
	var words told
	s := newCommand(t, CommandOptions{Program: script(t, `cat > "$OUT/json"; env > "$OUT/env"; echo "$#" > "$OUT/args"`)}, &words)
	m := message(t)
	if err := s.Send(context.Background(), m); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(context.Background()); err != nil || words.all() != "" {
		t.Fatal(err, words.all())
	}
	got, _ := os.ReadFile(dir + "/json")
	if !bytes.Equal(got, m.Line) {
		t.Errorf("%q", got)
	}
	args, _ := os.ReadFile(dir + "/args")
	if string(args) != "0\n" {
		t.Errorf("%q arguments", args)
	}
	env, _ := os.ReadFile(dir + "/env")
	var ours []string
	for line := range strings.Lines(string(env)) {
		if strings.HasPrefix(line, "PEERATLAS_") {
			ours = append(ours, strings.TrimSpace(line))
		}
	}
	a := m.Alert
	want := map[string]bool{"PEERATLAS_ALERT_VERSION=1": true, "PEERATLAS_ID=" + a.id(): true, "PEERATLAS_KIND=" + string(a.Kind): true,
		"PEERATLAS_SEVERITY=" + a.Severity.String(): true, "PEERATLAS_TIME=2026-03-12T09:00:02.123456789Z": true,
		"PEERATLAS_HOST=10.0.0.9": true, "PEERATLAS_PEER=198.51.100.1": true, "PEERATLAS_COUNTRY=DE": true}
	if len(ours) != len(want) {
		t.Errorf("%d values: %q", len(ours), ours)
	}
	for _, v := range ours {
		if !want[v] {
			t.Errorf("%q", v)
		}
	}
	if bytes.Contains(env, []byte("s3cret")) || bytes.Contains(env, []byte("reboot")) {
		t.Errorf("%s", env)
	}
}

// What hangs is killed with all that it started, and told once.
func TestCommandThatHangs(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("OUT", dir)
	var words told
	s := newCommand(t, CommandOptions{Timeout: 300 * time.Millisecond, AtOnce: 4,
		Program: script(t, `sleep 1000 & echo $! >> "$OUT/pids"; echo $$ >> "$OUT/pids"; wait`)}, &words)
	start := time.Now()
	for range 4 {
		s.Send(context.Background(), message(t))
	}
	s.Close(context.Background())
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	if got := words.all(); strings.Count(got, "\n") != 0 || !strings.HasSuffix(got, "it ran longer than 300ms and was killed") {
		t.Errorf("%q", got)
	}
	pids, _ := os.ReadFile(dir + "/pids")
	n := 0
	for line := range strings.Lines(string(pids)) {
		pid, _ := strconv.Atoi(strings.TrimSpace(line))
		n++
		eventually(t, fmt.Sprintf("process %d to be gone", pid), func() bool { return gone(pid) })
	}
	if n != 8 {
		t.Errorf("%d processes", n)
	}
}

// gone tells whether a process has ended; one that nobody waited for has.
func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err == nil {
		return strings.Contains(string(stat), ") Z ")
	}
	return syscall.Kill(pid, 0) == syscall.ESRCH
}

// No more than AtOnce run at a time, and none is lost.
func TestCommandsAtOnce(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("OUT", dir)
	var words told
	sink := newCommand(t, CommandOptions{AtOnce: 2, Program: script(t, `d="$OUT/$$"; : > "$d.on"; ls "$OUT" | grep -c '[.]on$' >> "$OUT/count"; sleep 0.05; mv "$d.on" "$d.off"`)}, &words)
	n := teller(t, Options{Sinks: []Sink{sink}})
	n.within = 20 * time.Second
	for i := range 10 {
		n.Look(look(i, hostLook(i)))
	}
	if err := n.Close(); err != nil || words.all() != "" {
		t.Error(err, words.all())
	}
	counts, _ := os.ReadFile(dir + "/count")
	lines := strings.Fields(string(counts))
	for _, c := range lines {
		if c != "1" && c != "2" {
			t.Errorf("%s at once", c)
		}
	}
	if len(lines) != 10 {
		t.Errorf("%d runs", len(lines))
	}
}

// What a program says is told, bounded and clean; its failure once; that it does not read is no fault.
func TestCommandSays(t *testing.T) {
	var words told
	s := newCommand(t, CommandOptions{AtOnce: 1, Program: script(t, `printf 'a\033[2J\n\n\377\n' >&2; yes | head -c 100000; exit 3`)}, &words)
	for range 2 {
		s.Send(context.Background(), message(t))
	}
	s.Close(context.Background())
	got := words.all()
	if strings.Count(got, "exit status 3") != 1 || !strings.Contains(got, `says: a\x1b[2J`+"\n") || !strings.Contains(got, `says: \xff`+"\n") {
		t.Errorf("%q", got)
	}
	if n := strings.Count(got, "\n"); n != 2*maxOutputLines {
		t.Errorf("%d lines", n)
	}
	words = told{}
	s = newCommand(t, CommandOptions{Program: "true"}, &words)
	for range 20 {
		s.Send(context.Background(), message(t))
	}
	if s.Close(context.Background()); words.all() != "" {
		t.Error(words.all())
	}
}

func TestCommandThatIsNone(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	os.WriteFile(plain, nil, 0o644)
	for _, program := range []string{"", "/none", plain, "sh -c 'rm'", t.TempDir()} {
		if _, err := NewCommand(CommandOptions{Program: program}, nil); err == nil {
			t.Errorf("%q is a command", program)
		}
	}
}

// A run that outlasts Close is killed.
func TestCommandAtClose(t *testing.T) {
	var words told
	sink := newCommand(t, CommandOptions{Timeout: time.Hour, Program: script(t, "sleep 1000")}, &words)
	n := teller(t, Options{Sinks: []Sink{sink}, Tell: words.tell})
	n.within = time.Second
	n.Look(look(1, hostLook(1)))
	start := time.Now()
	n.Close()
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("took %v", took)
	}
	words.has(t, "it had no time: the watch ended")
}
