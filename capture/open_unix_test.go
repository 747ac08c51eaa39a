//go:build unix

package capture

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe in a folder must not be opened: nobody may ever write to it.
func TestFolderWithPipe(t *testing.T) {
	dir := t.TempDir()
	store(t, dir, "x.pcap", samplePcap(false, magicMicroseconds))
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open([]string{dir}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, s := drain(t, f, 3)
	if len(got) != 5 || len(s.Skipped) != 1 || s.Skipped[0] != (SkippedFile{filepath.Join(dir, "pipe"), "not a regular file", false}) {
		t.Errorf("%d packets, skipped %v", len(got), s.Skipped)
	}
}

func TestNamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		if w, err := os.OpenFile(path, os.O_WRONLY, 0); err == nil {
			w.Write(gzipped(t, samplePcapng(false, false)))
			w.Close()
		}
	}()
	f, err := Open([]string{path}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, s := drain(t, f, 256)
	equalPackets(t, got, sample(true))
	if s.Size != 0 {
		t.Errorf("size %d, want 0: not known", s.Size)
	}
}
