package alert

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// The state file holds what was told, so that a restart does not call everything first again.
// It is NDJSON: a head, a line for each thing that was told, those met longest ago first, and an
// end with the number of these lines and the SHA-256 of all octets before it.
const stateVersion = 1

// Bounds of what is read.
const (
	maxState = 64 << 20 // octets of a file
	maxKey   = 128      // octets of a key
)

type stateHead struct {
	Version int    `json:"peeratlas_alert_state"`
	Written string `json:"written"`
}

type stateEntry struct {
	Key   string `json:"key"`
	Level uint8  `json:"level"`
	Met   int64  `json:"met"` // nanoseconds since the Unix epoch
}

type stateEnd struct {
	Entries int    `json:"entries"`
	SHA256  string `json:"sha256"`
}

// errState tells that a file is no whole state file.
var errState = errors.New("not a whole state file of alerts")

// appendState writes the memory as a state file.
func (m *memory) appendState(dst []byte, now time.Time) []byte {
	dst = appendTime(append(dst, `{"peeratlas_alert_state":1`...), "written", now)
	dst = append(dst, '}', '\n')
	for e := m.recent.Back(); e != nil; e = e.Prev() {
		it := e.Value.(*memorised)
		dst = appendText(append(dst, '{'), "key", it.key)
		dst = appendUint(dst, "level", uint64(it.level))
		dst = append(fmt.Appendf(dst, `,"met":%d`, it.met), '}', '\n')
	}
	sum := sha256.Sum256(dst)
	return fmt.Appendf(dst, `{"entries":%d,"sha256":"%x"}`+"\n", m.recent.Len(), sum)
}

// readState reads a state file into an empty memory of at most so many entries. It is all or
// nothing.
func readState(octets []byte, most int) (*memory, error) {
	m := newMemory(most)
	body := bytes.TrimSuffix(octets, []byte("\n"))
	at := bytes.LastIndexByte(body, '\n') + 1
	var end stateEnd
	if len(body) == len(octets) || at == 0 || json.Unmarshal(body[at:], &end) != nil {
		return nil, fmt.Errorf("%w: it has no end", errState)
	}
	if sum := sha256.Sum256(octets[:at]); end.SHA256 != hex.EncodeToString(sum[:]) {
		return nil, fmt.Errorf("%w: it was changed or cut", errState)
	}
	lines := bytes.Split(body[:at-1], []byte("\n"))
	var head stateHead
	if json.Unmarshal(lines[0], &head) != nil || head.Version != stateVersion {
		return nil, fmt.Errorf("%w: its head is not of version %d", errState, stateVersion)
	}
	if len(lines)-1 != end.Entries {
		return nil, fmt.Errorf("%w: %d lines where %d are told", errState, len(lines)-1, end.Entries)
	}
	for i, line := range lines[1:] {
		var e stateEntry
		if json.Unmarshal(line, &e) != nil || !knownKey(e.Key) || e.Level < levelProbed || e.Level > levelSettled {
			return nil, fmt.Errorf("%w: line %d is none of its kind", errState, i+2)
		}
		m.set(e.Key, e.Level, time.Unix(0, e.Met))
	}
	m.changed, m.evicted = false, 0
	return m, nil
}

func knownKey(key string) bool {
	if len(key) > maxKey {
		return false
	}
	kind, rest, _ := strings.Cut(key, " ")
	return rest != "" && (kind == "host" || kind == "country" || kind == "breach")
}

// openState reads the memory of a watch before. No file is an empty memory. A file that is
// damaged is set aside, and tell is told: better to tell things again than not to watch.
func openState(name string, most int, tell func(string)) (*memory, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return newMemory(most), nil
	}
	if err != nil {
		return nil, fmt.Errorf("state of alerts: %w", err)
	}
	octets, err := io.ReadAll(io.LimitReader(f, maxState+1))
	f.Close()
	if err != nil {
		return nil, fmt.Errorf("state of alerts: %w", err)
	}
	m, err := readState(octets, most)
	if err == nil {
		return m, nil
	}
	if !bytes.HasPrefix(octets, []byte(`{"peeratlas_alert_state"`)) && len(octets) > 0 {
		return nil, fmt.Errorf("state of alerts: %s is something else and is left alone; name another file", name)
	}
	aside := name + ".damaged"
	if rerr := os.Rename(name, aside); rerr != nil {
		return nil, fmt.Errorf("state of alerts: %s: %w; it cannot be set aside: %w", name, err, rerr)
	}
	tell(fmt.Sprintf("state of alerts: %v; it was renamed to %s, and what was told before may be told again", err, aside))
	return newMemory(most), nil
}

// writeState puts octets in the place of the file, which is whole at any time.
func writeState(name string, octets []byte) error {
	beside := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".new")
	f, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(octets)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(beside, name)
	}
	if err != nil {
		os.Remove(beside)
		return err
	}
	syncFolder(filepath.Dir(name))
	return nil
}

// syncFolder makes a change of names last through a loss of power, where the system can.
func syncFolder(name string) {
	if d, err := os.Open(name); err == nil {
		d.Sync()
		d.Close()
	}
}

// keeper writes the state on a goroutine of its own.
type keeper struct {
	name    string
	every   time.Duration
	next    time.Time
	work    chan []byte // holds one at most
	done    chan struct{}
	failing atomic.Bool
	tell    func(string)
}

func newKeeper(name string, every time.Duration, tell func(string)) *keeper {
	k := &keeper{name: name, every: every, work: make(chan []byte, 1), done: make(chan struct{}), tell: tell}
	go k.run()
	return k
}

func (k *keeper) run() {
	defer close(k.done)
	for octets := range k.work {
		err := writeState(k.name, octets)
		switch {
		case err != nil && !k.failing.Load():
			k.tell(fmt.Sprintf("state of alerts: %v; it is tried again, and until then a restart would tell things again", err))
		case err == nil && k.failing.Load():
			k.tell("state of alerts: " + k.name + " is written again")
		}
		k.failing.Store(err != nil)
	}
}

// keep hands the memory on if it changed and it is time, or now is the last time.
func (k *keeper) keep(m *memory, now time.Time, last bool) {
	if !m.changed && !k.failing.Load() || !last && (now.Before(k.next) || len(k.work) > 0) {
		return
	}
	if last {
		select { // what waits there is older
		case <-k.work:
		default:
		}
	}
	k.work <- m.appendState(nil, now)
	m.changed, k.next = false, now.Add(k.every)
}
