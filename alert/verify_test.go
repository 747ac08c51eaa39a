package alert

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func verified(t *testing.T, path, chain string) *Verified {
	t.Helper()
	logs, err := VerifyLogs([]string{path}, chain)
	if err != nil || len(logs) != 1 {
		t.Fatal(err, len(logs))
	}
	return logs[0]
}

func damageOf(v *Verified) string {
	var out []string
	for _, d := range v.Damage {
		out = append(out, d.String())
	}
	return strings.Join(out, "\n")
}

// Every way of tampering is found.
func TestLogTampering(t *testing.T) {
	whole := t.TempDir()
	writeLog(t, whole, "none", 11)
	other := t.TempDir()
	writeLog(t, other, "none", 11)
	v := verified(t, whole, "")
	if len(v.Damage) > 0 || v.Last < 4 {
		t.Fatalf("%+v", v)
	}
	full := func(dir string, n int) string {
		files, _ := filepath.Glob(fmt.Sprintf("%s/contacts-%06d-*", dir, n))
		return files[0]
	}
	lines := func(change func([][]byte) [][]byte) func([]byte) []byte {
		return func(text []byte) []byte { return bytes.Join(change(bytes.SplitAfter(text, []byte("\n"))), nil) }
	}
	for name, change := range map[string]func([]byte) []byte{
		"a digit changed": func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"dst_port":17187`), []byte(`"dst_port":17188`), 1)
		},
		"a line taken away":    lines(func(l [][]byte) [][]byte { return slices.Delete(l, 2, 3) }),
		"the head taken away":  lines(func(l [][]byte) [][]byte { return l[1:] }),
		"lines swapped":        lines(func(l [][]byte) [][]byte { l[1], l[2] = l[2], l[1]; return l }),
		"a line twice":         lines(func(l [][]byte) [][]byte { return slices.Insert(l, 1, l[1]) }),
		"a line added":         lines(func(l [][]byte) [][]byte { return slices.Insert(l, 2, []byte("{\"a\":1}\n")) }),
		"the end taken away":   lines(func(l [][]byte) [][]byte { return l[:len(l)-2] }),
		"end and line taken":   lines(func(l [][]byte) [][]byte { return l[:len(l)-3] }),
		"a line after the end": lines(func(l [][]byte) [][]byte { return append(l, l[1]) }),
		"octets after the end": func(b []byte) []byte { return append(b, 'x') },
		"cut within a line":    func(b []byte) []byte { return b[:len(b)-100] },
		"last line feed":       func(b []byte) []byte { return b[:len(b)-1] },
		"line feeds changed":   func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")) },
		"a link changed":       lines(func(l [][]byte) [][]byte { l[1][len(l[1])-10] ^= 1; return l }),
		"a link in capitals": lines(func(l [][]byte) [][]byte {
			i := len(l[1]) - 67
			copy(l[1][i:], bytes.ToUpper(l[1][i:len(l[1])-3]))
			return l
		}),
		"head's time changed": func(b []byte) []byte { return bytes.Replace(b, []byte(`"program":"p`), []byte(`"program":"q`), 1) },
		"space in an object":  func(b []byte) []byte { return bytes.Replace(b, []byte(`"proto":`), []byte(`"proto": `), 1) },
		"emptied":             func([]byte) []byte { return nil },
		"another's file":      func([]byte) []byte { b, _ := os.ReadFile(full(other, 2)); return b },
		"a file of later":     func([]byte) []byte { b, _ := os.ReadFile(full(whole, 3)); return b },
		"noise":               func([]byte) []byte { return bytes.Repeat([]byte{0xa5}, 5000) },
		"a very long line":    func(b []byte) []byte { return append(bytes.Repeat([]byte{'x'}, maxLogLine+1), b...) },
	} {
		dir := copied(t, whole)
		text, _ := os.ReadFile(full(dir, 2))
		now := change(bytes.Clone(text))
		if bytes.Equal(now, text) {
			t.Errorf("%s: nothing changed", name)
		}
		os.WriteFile(full(dir, 2), now, 0o600)
		if d := damageOf(verified(t, dir, "")); !strings.Contains(d, full(dir, 2)) {
			t.Errorf("%s: not found: %q", name, d)
		}
	}
	chain := v.Chain
	for name, change := range map[string]func(dir string){
		"a file removed":          func(dir string) { os.Remove(full(dir, 2)) },
		"the first removed":       func(dir string) { os.Remove(full(dir, 1)) },
		"the written one removed": func(dir string) { os.Remove(dir + "/contacts.ndjson") },
		"the last two removed":    func(dir string) { os.Remove(dir + "/contacts.ndjson"); os.Remove(full(dir, int(v.Last)-1)) },
		"two files change names": func(dir string) {
			a, b := full(dir, 1), full(dir, 2)
			os.Rename(a, dir+"/x")
			os.Rename(b, a)
			os.Rename(dir+"/x", b)
		},
		"a file under a new number": func(dir string) { os.Rename(full(dir, 2), strings.Replace(full(dir, 2), "-000002-", "-000009-", 1)) },
		"a file twice":              func(dir string) { b, _ := os.ReadFile(full(dir, 2)); os.WriteFile(full(dir, 2)+".zst", b, 0o600) },
		"the written one cut":       func(dir string) { truncate(dir+"/contacts.ndjson", -40) },
		"a file renamed in time":    func(dir string) { a := full(dir, 2); os.Rename(a, a[:len(a)-len("00Z.ndjson")]+"59Z.ndjson") },
		"the end of all taken": func(dir string) { // shows only by a chain that was kept
			b, _ := os.ReadFile(dir + "/contacts.ndjson")
			truncate(dir+"/contacts.ndjson", -int64(len(b)-1-bytes.LastIndexByte(b[:len(b)-1], '\n')))
		},
	} {
		dir := copied(t, whole)
		change(dir)
		if len(verified(t, dir, chain).Damage) == 0 {
			t.Errorf("%s: not found", name)
		}
	}
	if d := damageOf(verified(t, whole, chain)); d != "" {
		t.Error(d)
	}
}

func truncate(name string, by int64) {
	if info, err := os.Stat(name); err == nil {
		os.Truncate(name, info.Size()+by)
	}
}

func copied(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestLogCompressedDamage(t *testing.T) {
	for _, how := range []string{"zstd", "gzip"} {
		whole := t.TempDir()
		writeLog(t, whole, how, 7)
		for _, at := range []int{-1, 5, 30, 200} {
			dir := copied(t, whole)
			files, _ := filepath.Glob(dir + "/contacts-000001-*")
			text, _ := os.ReadFile(files[0])
			if at < 0 {
				text = text[:len(text)*2/3]
			} else {
				text[at] ^= 0x10
			}
			os.WriteFile(files[0], text, 0o600)
			if v := verified(t, dir, ""); len(v.Damage) == 0 && at != 5 { // gzip's octet 5 is a time: nothing of the log
				t.Errorf("%s at %d: not found", how, at)
			}
		}
	}
}

// fullOf is file n of a log that was full.
func fullOf(t *testing.T, dir string, n int) string {
	t.Helper()
	files, _ := filepath.Glob(fmt.Sprintf("%s/contacts-%06d-*", dir, n))
	if len(files) != 1 {
		t.Fatalf("%d files %d", len(files), n)
	}
	return files[0]
}

// A log of which the last file lost its end is not closed; one that is being written is whole.
func TestLogNotClosed(t *testing.T) {
	whole := t.TempDir()
	writeLog(t, whole, "zstd", 5)
	for lines := 1; lines < 4; lines++ { // off the end, with it
		dir := copied(t, whole)
		name := dir + "/contacts.ndjson"
		text, _ := os.ReadFile(name)
		all := bytes.SplitAfter(text, []byte("\n"))
		if len(all) < 4 {
			t.Fatalf("%d lines", len(all))
		}
		os.WriteFile(name, bytes.Join(all[:len(all)-1-lines], nil), 0o600)
		for _, path := range []string{dir, name} {
			if v := verified(t, path, ""); lines < len(all)-1 && (len(v.Damage) > 0 || !v.Open || v.Written || v.Whole()) {
				t.Errorf("%d lines off %s: %+v", lines, path, v)
			}
		}
	}
	dir := copied(t, whole)
	os.Truncate(dir+"/contacts.ndjson", 0)
	if v := verified(t, dir, ""); damageOf(v) != dir+"/contacts.ndjson: it is empty" || v.Whole() || v.Last != verified(t, whole, "").Last || v.Chain == (link{}).String() {
		t.Errorf("emptied: %+v", v)
	}
	dir = t.TempDir()
	l := openLog(t, LogOptions{File: dir + "/contacts.ndjson"})
	for _, path := range []string{dir, dir + "/contacts.ndjson"} {
		if v := verified(t, path, ""); !v.Open || !v.Written || !v.Whole() {
			t.Errorf("being written: %+v", v)
		}
	}
	away := copied(t, dir)
	if v := verified(t, away, ""); !v.Open || v.Written || v.Whole() {
		t.Errorf("copied while it is written: %+v", v)
	}
	closeLog(t, l)
	if v := verified(t, dir, ""); v.Open || v.Written || !v.Whole() {
		t.Errorf("closed: %+v", v)
	}
}

// One who asks whether a log is written keeps no writer from it.
func TestLogLockAsked(t *testing.T) {
	dir := t.TempDir()
	closeLog(t, openLog(t, LogOptions{File: dir + "/c"}))
	stop, done := make(chan bool), make(chan bool)
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				lockHeld(dir + "/.c.lock")
			}
		}
	}()
	for range 50 {
		closeLog(t, openLog(t, LogOptions{File: dir + "/c"}))
	}
	close(stop)
	<-done
}

// A single file is compared with the one before it and the one after it, if they are beside it.
func TestLogSingleFile(t *testing.T) {
	whole := t.TempDir()
	writeLog(t, whole, "none", 11)
	anew := t.TempDir() // the same log, written otherwise
	writeLog(t, anew, "none", 11)
	for name, c := range map[string]struct {
		change       func(dir string)
		file         int // 0: the one that is written
		damage, note string
	}{
		"nothing":              {func(string) {}, 2, "", ""},
		"nothing, the last":    {func(string) {}, 0, "", ""},
		"the one before":       {func(dir string) { truncate(fullOf(t, dir, 1), -700) }, 2, "contacts-000002-", ""},
		"the one before, anew": {func(dir string) { replace(t, fullOf(t, dir, 1), fullOf(t, anew, 1)) }, 2, "is not what it was", ""},
		"this one, anew":       {func(dir string) { replace(t, fullOf(t, dir, 1), fullOf(t, anew, 1)) }, 1, "is not what it was", ""},
		"one far away":         {func(dir string) { truncate(fullOf(t, dir, 1), -700) }, 3, "", ""},
		"the one before gone":  {func(dir string) { os.Remove(fullOf(t, dir, 1)) }, 2, "", "file 1 is not in its folder"},
		"the one after gone":   {func(dir string) { os.Remove(fullOf(t, dir, 3)) }, 2, "", "file 3 is not in its folder"},
		"before the last":      {func(dir string) { n := newest(t, dir); replace(t, fullOf(t, dir, n), fullOf(t, anew, n)) }, 0, "is not what it was", ""},
		"the last taken away":  {func(dir string) { os.Remove(dir + "/contacts.ndjson") }, newest(t, whole), "", "is not in its folder"},
		"the last without end": {func(dir string) { truncate(dir+"/contacts.ndjson", -40) }, newest(t, whole), "", ""},
	} {
		dir := copied(t, whole)
		path := dir + "/contacts.ndjson"
		if c.file > 0 {
			path = fullOf(t, dir, c.file)
		}
		c.change(dir)
		v := verified(t, path, "")
		if d := damageOf(v); c.damage == "" && d != "" || !strings.Contains(d, c.damage) {
			t.Errorf("%s: damage %q", name, d)
		}
		if n := strings.Join(v.Notes, "\n"); c.note == "" && n != "" || !strings.Contains(n, c.note) {
			t.Errorf("%s: notes %q", name, n)
		}
		if v.Files != 1 {
			t.Errorf("%s: %d files", name, v.Files)
		}
	}
}

// newest is the number of the last full file.
func newest(t *testing.T, dir string) int {
	t.Helper()
	files, _ := filepath.Glob(dir + "/contacts-0*")
	if len(files) < 3 {
		t.Fatalf("%d full files", len(files))
	}
	return len(files)
}

func replace(t *testing.T, file, by string) {
	t.Helper()
	text, err := os.ReadFile(by)
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
