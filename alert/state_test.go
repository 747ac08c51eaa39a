package alert

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func filledMemory() *memory {
	m := newMemory(100)
	for i := range 10 {
		m.set(fmt.Sprintf("host 10.0.0.%d", i), levelExchanged, begin.Add(time.Duration(i)))
	}
	m.set("country BR", levelProbed, begin)
	m.set("country BR 10.0.0.1", levelProbed, begin)
	m.level("host 10.0.0.0", begin.Add(time.Hour))
	return m
}

func TestStateRoundTrip(t *testing.T) {
	m := filledMemory()
	octets := m.appendState(nil, begin)
	back, err := readState(octets, 100)
	if err != nil {
		t.Fatal(err)
	}
	if again := back.appendState(nil, begin); !bytes.Equal(again, octets) {
		t.Errorf("got\n%s\nwant\n%s", again, octets)
	}
	if back.changed || back.evicted != 0 {
		t.Error("it counts as changed")
	}
	// With less room the oldest go.
	small, err := readState(octets, 3)
	if err != nil || len(small.entries) != 3 || small.entries["host 10.0.0.0"] == nil {
		t.Errorf("%v %v", err, small.entries)
	}
}

// Whatever is cut or changed is found.
func TestStateDamage(t *testing.T) {
	octets := filledMemory().appendState(nil, begin)
	for n := range octets {
		if _, err := readState(octets[:n], 100); err == nil {
			t.Errorf("cut to %d octets it is read", n)
		}
		changed := bytes.Clone(octets)
		changed[n] ^= 1
		if m, err := readState(changed, 100); err == nil && !bytes.Equal(m.appendState(nil, begin), octets) {
			t.Errorf("changed at %d it is read as something else", n)
		}
	}
}

func TestOpenState(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "state")
	var words told
	if m, err := openState(name, 10, words.tell); err != nil || len(m.entries) != 0 {
		t.Fatal(err)
	}
	if err := writeState(name, filledMemory().appendState(nil, begin)); err != nil {
		t.Fatal(err)
	}
	if m, err := openState(name, 100, words.tell); err != nil || len(m.entries) != 12 || words.all() != "" {
		t.Fatal(err, words.all())
	}
	whole, _ := os.ReadFile(name)
	os.WriteFile(name, whole[:len(whole)/2], 0o600)
	if m, err := openState(name, 100, words.tell); err != nil || len(m.entries) != 0 {
		t.Fatal(err)
	}
	if _, err := os.Stat(name + ".damaged"); err != nil || !strings.Contains(words.all(), "was renamed to "+name+".damaged") {
		t.Error(err, words.all())
	}
	// What is no state file is nobody's to move.
	os.WriteFile(name, []byte("my diary\n"), 0o600)
	if _, err := openState(name, 100, words.tell); err == nil || !strings.Contains(err.Error(), "name another file") {
		t.Error(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("left over: %v", entries)
	}
}

func TestKeeperTellsOnceAndGoesOn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	var words told
	k := newKeeper(filepath.Join(dir, "state"), time.Millisecond, words.tell)
	m := filledMemory()
	now := time.Now()
	for i := range 5 {
		k.keep(m, now.Add(time.Duration(i)*time.Second), false)
		time.Sleep(10 * time.Millisecond)
	}
	words.has(t, "no such file or directory; it is tried again")
	if n := strings.Count(words.all(), "tried again"); n != 1 {
		t.Errorf("told %d times", n)
	}
	os.Mkdir(dir, 0o700)
	k.keep(m, now.Add(time.Hour), false)
	words.has(t, "is written again")
	m.set("country DE", levelProbed, now)
	k.keep(m, now, true) // the last time is always the time
	close(k.work)
	<-k.done
	if back, err := openState(k.name, 100, words.tell); err != nil || back.entries["country DE"] == nil {
		t.Error(err)
	}
}
