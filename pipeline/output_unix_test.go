//go:build unix

package pipeline

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// writeOut writes words to an output as a command does.
func writeOut(t *testing.T, name, words string) error {
	t.Helper()
	o, err := NewOutput(name, io.Discard)
	if err != nil {
		return err
	}
	defer o.Discard()
	if _, err := io.WriteString(o, words); err != nil {
		return err
	}
	return o.Commit()
}

func TestOutputKeepsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	old := syscall.Umask(0o027)
	defer syscall.Umask(old)
	for name, mode := range map[string]os.FileMode{"old": 0o600, "shared": 0o664} {
		if err := os.WriteFile(in(name), []byte("old"), mode); err != nil {
			t.Fatal(err)
		}
		os.Chmod(in(name), mode)
	}
	for link, to := range map[string]string{"link": "old", "dangling": "made", "chain": "link"} {
		if err := os.Symlink(to, in(link)); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name, lands string
		mode        os.FileMode
	}{
		{"new", "new", 0o640},
		{"shared", "shared", 0o664},
		{"link", "old", 0o600},
		{"chain", "old", 0o600},
		{"dangling", "made", 0o640},
	}
	for _, tt := range tests {
		if err := writeOut(t, in(tt.name), tt.name); err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		info, err := os.Lstat(in(tt.lands))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if info.Mode() != tt.mode {
			t.Errorf("%s: mode %v, want the plain file %s with mode %v", tt.name, info.Mode(), tt.lands, tt.mode)
		}
		if got, _ := os.ReadFile(in(tt.lands)); string(got) != tt.name {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
	if hidden, _ := filepath.Glob(in(".*")); len(hidden) != 0 {
		t.Errorf("left behind: %v", hidden)
	}
}

// A device or a pipe is written as it is: a file in its place would be the end of it.
func TestOutputToPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	got := make(chan string)
	go func() {
		octets, _ := os.ReadFile(pipe)
		got <- string(octets)
	}()
	if err := writeOut(t, pipe, "words"); err != nil {
		t.Fatal(err)
	}
	if s := <-got; s != "words" {
		t.Errorf("read %q", s)
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("the pipe is gone: %v %v", info, err)
	}
}

func TestOutputRefused(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{
		dir:                             "folder; name a file",
		filepath.Join(dir, "no", "x"):   "choose a folder",
		filepath.Join(dir, "file", "x"): "not a directory",
	} {
		os.WriteFile(filepath.Join(dir, "file"), nil, 0o600)
		if err := writeOut(t, name, "words"); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "/.") {
			t.Errorf("%s: error %v, want %q", name, err, want)
		}
	}
	fixed := filepath.Join(dir, "fixed")
	if err := os.WriteFile(fixed, []byte("old"), 0o444); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		t.Skip("root may write to any file")
	}
	if err := writeOut(t, fixed, "new"); err == nil || !strings.Contains(err.Error(), "choose another name") {
		t.Errorf("a read-only file: error %v", err)
	}
}
