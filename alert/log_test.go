package alert

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"peeratlas/report"
)

func openLog(t *testing.T, o LogOptions) *Log {
	t.Helper()
	l, err := OpenLog(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func closeLog(t *testing.T, l *Log) {
	t.Helper()
	if err := l.Close(time.Now().Add(20 * time.Second)); err != nil {
		t.Error(err)
	}
}

// writeLog makes a log of so many lines, a new file for each three.
func writeLog(t *testing.T, dir, compress string, lines int) {
	t.Helper()
	l := openLog(t, LogOptions{File: filepath.Join(dir, "contacts.ndjson"), Lines: 3, Compress: compress, Program: "peeratlas test"})
	for i := range lines {
		l.Look(look(i, hostLook(i)))
		eventually(t, "the line", func() bool { l.mutex.Lock(); defer l.mutex.Unlock(); return l.count == 0 })
		time.Sleep(2 * time.Millisecond)
	}
	closeLog(t, l)
}

func TestLogRotatesAndVerifies(t *testing.T) {
	for _, how := range []string{"zstd", "gzip", "none"} {
		dir := t.TempDir()
		writeLog(t, dir, how, 10)
		writeLog(t, dir, how, 4) // goes on where the first ended
		v := verified(t, dir, "")
		if len(v.Damage) > 0 || v.Lines != 14 || v.First != 1 || v.Open {
			t.Errorf("%s: %+v", how, v)
		}
		entries, _ := os.ReadDir(dir)
		ext := map[string]string{"zstd": ".zst", "gzip": ".gz", "none": ".ndjson"}[how]
		n := 0
		for _, e := range entries {
			if e.Name() != "contacts.ndjson" && !strings.HasSuffix(e.Name(), ".lock") {
				if n++; !strings.HasSuffix(e.Name(), ext) {
					t.Errorf("%s: %s", how, e.Name())
				}
			}
		}
		if n != int(v.Last)-1 {
			t.Errorf("%s: %d full files of %d", how, n, v.Last)
		}
	}
}

func TestLogLines(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, LogOptions{File: dir + "/c.ndjson"})
	f := far{host: h1, peer: p1, country: "BR", answered: true, owner: report.Owner{PID: 7, Name: hostile, User: "ann"}, detail: hostile}
	l.Look(look(1, f))
	f.news = report.Changed
	l.Look(look(2, f))
	f.news = report.Changed | report.Ended
	l.Look(look(3, f))
	f.news, f.inbound = report.Appeared|report.Ended, true
	l.Look(look(4, f))
	closeLog(t, l)
	text, _ := os.ReadFile(dir + "/c.ndjson")
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 5 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, want := range []string{`"event":"appeared","logged":"2026-03-12T09:00:02.123456789Z","direction":"outbound","process":{"src":{"pid":7,`,
		`"event":"final","logged":"2026-03-12T09:00:06.123456789Z","direction":"outbound","process":{"src":{"pid":7,`,
		`"event":"final","logged":"2026-03-12T09:00:08.123456789Z","direction":"inbound","process":{"dst":{"pid":7,`} {
		if !strings.HasPrefix(lines[i+1], `{"v":1,"start":`) || !strings.Contains(lines[i+1], want) || lines[i+1] != report.Clean(lines[i+1], 0) {
			t.Errorf("%s", lines[i+1])
		}
	}
}

func TestLogKeep(t *testing.T) {
	dir := t.TempDir()
	for range 6 {
		l := openLog(t, LogOptions{File: dir + "/c.ndjson", Keep: 2})
		l.Look(look(1, hostLook(1)))
		closeLog(t, l)
	}
	v := verified(t, dir, "")
	if len(v.Damage) > 0 || v.First != 4 || v.Last != 6 || v.Files != 3 {
		t.Errorf("%+v", v)
	}
	files, _ := filepath.Glob(dir + "/c-000004-*")
	os.Remove(files[0])
	if d := damageOf(verified(t, dir, "")); !strings.Contains(d, "files 4 to 4 before it are missing") {
		t.Error(d)
	}
}

func TestLogRotatesByAgeSizeAndWish(t *testing.T) {
	dir := t.TempDir()
	var now atomic.Int64
	now.Store(begin.UnixNano())
	var words told
	l := openLog(t, LogOptions{File: dir + "/c.ndjson", Age: time.Hour, retry: time.Millisecond, Tell: words.tell, Compress: "none",
		now: func() time.Time { return time.Unix(0, now.Load()) }})
	l.Look(look(1, hostLook(1)))
	time.Sleep(20 * time.Millisecond)
	now.Add(int64(2 * time.Hour))
	words.has(t, "file 1 is whole: 1 lines, chain ")
	l.Rotate()
	words.has(t, "file 2 is whole: 0 lines, chain ")
	closeLog(t, l)
	l = openLog(t, LogOptions{File: dir + "/c.ndjson", Size: 1000, Tell: words.tell, Compress: "none"})
	l.Look(look(1, hostLook(1), hostLook(2)))
	words.has(t, "file 4 is whole: 2 lines, chain ")
	closeLog(t, l)
	for n, reason := range []string{"age", "asked", "closed", "size"} {
		files, _ := filepath.Glob(fmt.Sprintf("%s/c-%06d-*", dir, n+1))
		text, _ := os.ReadFile(files[0])
		if !strings.Contains(string(text), `"reason":"`+reason+`"`) {
			t.Errorf("file %d was not ended by %s", n+1, reason)
		}
	}
	if d := damageOf(verified(t, dir, "")); d != "" {
		t.Error(d)
	}
}

// TestMain is the child of TestLogKilled, too.
func TestMain(m *testing.M) {
	if dir := os.Getenv("PEERATLAS_TEST_LOG"); dir != "" {
		l, err := OpenLog(LogOptions{File: dir + "/contacts.ndjson", Size: 20_000, Tell: func(s string) { fmt.Fprintln(os.Stderr, s) }})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("open")
		for i := 0; ; i++ {
			l.Look(look(i, hostLook(i), hostLook(i+1)))
			time.Sleep(200 * time.Microsecond)
		}
	}
	os.Exit(m.Run())
}

// Twenty kills in mid-run leave a log that reads to the last whole line, and goes on.
func TestLogKilled(t *testing.T) {
	dir := t.TempDir()
	name := dir + "/contacts.ndjson"
	torn := 0
	for i := range 20 {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "PEERATLAS_TEST_LOG="+dir)
		out, _ := c.StdoutPipe()
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if line, _ := bufio.NewReader(out).ReadString('\n'); line != "open\n" {
			t.Fatalf("start %d: %q", i, line)
		}
		time.Sleep(time.Duration(20+i*7) * time.Millisecond)
		c.Process.Kill()
		c.Wait()
		// As a file system may leave it: behind lines. Killed between making a file and its head, the
		// log leaves an empty one, and what is written there by others is no line of it that was cut.
		if info, err := os.Stat(name); i%4 == 3 && err == nil && info.Size() > 0 {
			if f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0); err == nil {
				f.WriteString(`{"v":1,"start":"2026-`)
				f.Close()
				torn++
			}
		}
	}
	closeLog(t, openLog(t, LogOptions{File: name}))
	v := verified(t, dir, "")
	if len(v.Damage) > 0 || v.Lines < 100 || v.Last < 21 {
		t.Errorf("%d lines in %d files: %s", v.Lines, v.Files, damageOf(v))
	}
	aside, _ := filepath.Glob(dir + "/*.torn")
	if len(aside) != torn || torn == 0 {
		t.Errorf("%d torn files of %d", len(aside), torn)
	}
	t.Logf("%d lines in %d files, %d torn", v.Lines, v.Files, torn)
}

// failing is a file on a disk without room.
type failing struct {
	*os.File
	full *atomic.Bool
}

func (f failing) Write(b []byte) (int, error) {
	if f.full.Load() {
		n, _ := f.File.Write(b[:len(b)/2])
		return n, errors.New("no space left on device")
	}
	return f.File.Write(b)
}

func TestLogOnFullDisk(t *testing.T) {
	var full atomic.Bool
	var words told
	dir := t.TempDir()
	l := openLog(t, LogOptions{File: dir + "/c.ndjson", Waiting: 20_000, retry: 5 * time.Millisecond, Tell: words.tell,
		open: func(name string, flag int, mode os.FileMode) (file, error) {
			f, err := os.OpenFile(name, flag, mode)
			return failing{f, &full}, err
		}})
	l.Look(look(0, hostLook(0)))
	time.Sleep(30 * time.Millisecond)
	full.Store(true)
	for i := range 100 {
		start := time.Now()
		l.Look(look(i, hostLook(i)))
		if took := time.Since(start); took > time.Second {
			t.Errorf("a look took %v", took)
		}
		time.Sleep(time.Millisecond)
	}
	words.has(t, "no space left on device; capture goes on")
	lost := l.Lost()
	if lost == 0 || lost > 99 {
		t.Errorf("%d lost", lost)
	}
	full.Store(false)
	words.has(t, "is written again")
	l.Look(look(101, hostLook(101)))
	err := l.Close(time.Now().Add(10 * time.Second))
	lost = l.Lost() // while what waited was still on its way, more may have had no room
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%d lines had no room", lost)) {
		t.Error(err)
	}
	if n := strings.Count(words.all(), "no space left"); n != 1 {
		t.Errorf("told %d times", n)
	}
	text, _ := os.ReadFile(dir + "/c.ndjson")
	v := verified(t, dir, "")
	told, events := uint64(0), uint64(0)
	for line := range strings.Lines(string(text)) {
		var e struct {
			Event string
			Lines uint64
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Error(err)
		}
		if e.Event == eventLost {
			told, events = told+e.Lines, events+1
		}
	}
	// 102 looks gave a contact each.
	if len(v.Damage) > 0 || told != lost || v.Lines != 102-lost+events {
		t.Errorf("%d told as lost of %d, %d lines: %s", told, lost, v.Lines, damageOf(v))
	}
}

func TestLogRefuses(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(dir+"/diary", []byte("dear diary\n"), 0o600)
	for _, o := range []LogOptions{{File: dir + "/diary"}, {File: dir + "/none/c"}, {File: dir + "/c", Compress: "rar"}} {
		if _, err := OpenLog(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	l := openLog(t, LogOptions{File: dir + "/c"})
	if _, err := OpenLog(LogOptions{File: dir + "/c"}); err == nil {
		t.Error("two write one log")
	}
	closeLog(t, l)
}

// A log that is no file is refused, and nothing is left beside it.
func TestLogThatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "contacts")
	if err := os.Mkdir(name, 0o700); err != nil {
		t.Fatal(err)
	}
	if l, err := OpenLog(LogOptions{File: name}); err == nil || !strings.Contains(err.Error(), "contacts is no ordinary file") {
		t.Errorf("%v, %v", l, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
}

// A log that was killed between making its file and the file's head goes on.
func TestLogKilledBeforeItsHead(t *testing.T) {
	for _, left := range []string{"", `{"v":1,"ev`} {
		dir := t.TempDir()
		name := filepath.Join(dir, "contacts.ndjson")
		if err := os.WriteFile(name, []byte(left), 0o600); err != nil {
			t.Fatal(err)
		}
		l := openLog(t, LogOptions{File: name})
		l.Look(look(1, hostLook(1), hostLook(2)))
		closeLog(t, l)
		if v := verified(t, dir, ""); len(v.Damage) > 0 || v.Lines == 0 {
			t.Errorf("%q: %d lines: %s", left, v.Lines, damageOf(v))
		}
	}
}
