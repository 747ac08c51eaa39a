package capture

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	empty := store(t, dir, "empty.pcap", nil)
	text := store(t, dir, "notes.txt", []byte("hello, world"))
	short := store(t, dir, "a", []byte{0xd4})
	version := samplePcap(true, magicMicroseconds)
	version[5] = 3
	tests := []struct {
		name  string
		paths []string
		stdin []byte
		is    error
		says  []string
	}{
		{"nothing", nil, nil, nil, []string{"no capture given", `"-"`}},
		{"missing", []string{filepath.Join(dir, "x.pcap")}, nil, fs.ErrNotExist, []string{"open " + filepath.Join(dir, "x.pcap"), "check the spelling"}},
		{"empty", []string{empty}, nil, ErrEmpty, []string{empty + ": empty file", "capture again"}},
		{"empty standard input", []string{"-"}, nil, ErrEmpty, []string{"standard input: empty file"}},
		{"text", []string{text}, nil, ErrNotCapture, []string{text + ": not a capture (pcap, pcapng, or either gzip- or zstd-compressed)", "68 65 6c 6c"}},
		{"one octet", []string{short}, nil, ErrNotCapture, []string{"begins with d4"}},
		{"second of two", []string{"-", text}, samplePcap(true, magicMicroseconds), ErrNotCapture, []string{text}},
		{"standard input twice", []string{"-", "-"}, samplePcap(true, magicMicroseconds), nil, []string{"twice"}},
		{"xz", []string{"-"}, []byte("\xfd7zXZ\x00\x00\x04"), ErrNotCapture, []string{"xz -d"}},
		{"zip", []string{"-"}, []byte("PK\x03\x04\x14\x00"), ErrNotCapture, []string{"unzip"}},
		{"snoop", []string{"-"}, []byte("snoop\x00\x00\x00"), ErrNotCapture, []string{"editcap"}},
		{"gzip of text", []string{"-"}, gzipped(t, []byte("hello")), ErrNotCapture, []string{"begins with 68 65"}},
		{"gzip of nothing", []string{"-"}, gzipped(t, nil), ErrEmpty, nil},
		{"gzip cut in its header", []string{"-"}, gzipped(t, version)[:9], ErrNotCapture, []string{"damaged from the start"}},
		{"gzip name without end", []string{"-"}, append([]byte{0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3}, "never ends"...), ErrNotCapture, []string{"damaged from the start", "copy it again"}},
		{"zstd cut in its header", []string{"-"}, zstandard(t, version)[:5], ErrNotCapture, []string{"damaged from the start"}},
		{"zstd asks for 2 GiB", []string{"-"}, []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 21 << 3, 1, 0, 0}, ErrNotCapture, []string{"window"}},
		{"pcap version", []string{"-"}, version, ErrNotCapture, []string{"version 3.4", "editcap"}},
		{"pcap header cut", []string{"-"}, version[:20], ErrNotCapture, []string{"cut short"}},
		{"folder without captures", []string{dir}, nil, ErrNotCapture, []string{dir + ": no capture in this folder (3 other files)"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, err := Open(test.paths, Options{Stdin: bytes.NewReader(test.stdin)})
			if err == nil {
				f.Close()
				t.Fatal("no error")
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("%v: is not %v", err, test.is)
			}
			for _, word := range test.says {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%q does not say %q", err, word)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q has several lines", err)
			}
		})
	}
}

func TestPermission(t *testing.T) {
	path := store(t, t.TempDir(), "x.pcap", samplePcap(false, magicMicroseconds))
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Open(path); err == nil {
		f.Close()
		// The user may read everything; the words are tested all the same.
		err = openError(path, &fs.PathError{Op: "open", Path: path, Err: syscall.EACCES})
		checkPermission(t, err)
		return
	}
	_, err := Open([]string{path}, Options{})
	checkPermission(t, err)
}

func checkPermission(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "pipe it in") {
		t.Errorf("%v: want fs.ErrPermission and what to do", err)
	}
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	store(t, dir, "b.pcap", samplePcap(false, magicMicroseconds))
	store(t, dir, "a.dat", gzipped(t, samplePcapng(true, false)))
	store(t, dir, "empty", nil)
	store(t, dir, "notes.txt", []byte("hello"))
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	store(t, filepath.Join(dir, "sub"), "c.pcap", samplePcap(false, magicMicroseconds))
	if err := os.Symlink("nowhere", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	f, err := Open([]string{dir}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, s := drain(t, f, 3)
	if len(got) != 10 || len(s.Inputs) != 2 {
		t.Fatalf("%d packets of %d inputs, want 10 of 2", len(got), len(s.Inputs))
	}
	if a, b := s.Inputs[0], s.Inputs[1]; a.Path != filepath.Join(dir, "a.dat") || a.Format != "pcapng, gzip" ||
		b.Path != filepath.Join(dir, "b.pcap") || b.Format != "pcap" || a.Packets != 5 || b.Packets != 5 {
		t.Errorf("inputs: %+v", s.Inputs)
	}
	want := []SkippedFile{
		{filepath.Join(dir, "empty"), "empty file", false},
		{filepath.Join(dir, "link"), "file does not exist", true},
		{filepath.Join(dir, "notes.txt"), ErrNotCapture.Error(), false},
	}
	if len(s.Skipped) != len(want) {
		t.Fatalf("skipped: %v, want %v", s.Skipped, want)
	}
	for i := range want {
		if s.Skipped[i] != want[i] {
			t.Errorf("skipped: %v, want %v", s.Skipped[i], want[i])
		}
	}
}

func TestClose(t *testing.T) {
	f, err := fromStdin(samplePcap(false, magicMicroseconds))
	if err != nil {
		t.Fatal(err)
	}
	dst := make([]Packet, 2)
	if n, err := f.ReadBatch(dst); n != 2 || err != nil {
		t.Fatalf("ReadBatch: %d, %v", n, err)
	}
	for range 2 {
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := f.ReadBatch(dst); n != 0 || !errors.Is(err, os.ErrClosed) {
		t.Errorf("ReadBatch after Close: %d, %v", n, err)
	}
	if s := f.Stats(); s.Packets != 2 || s.Inputs[0].Packets != 2 {
		t.Errorf("stats after Close: %+v", s)
	}
}

func TestLossWords(t *testing.T) {
	seen := map[string]bool{}
	for l := range Loss(NumLosses) {
		if w := l.String(); w == "" || seen[w] {
			t.Errorf("loss %d: word %q", l, w)
		} else {
			seen[w] = true
		}
	}
	if Loss(200).String() != "loss 200" {
		t.Errorf("loss 200: %q", Loss(200))
	}
	var l Losses
	if l.Any() || l.List() != nil {
		t.Error("no loss is a loss")
	}
	l[LostOctets], l[LostDamaged] = 7, 2
	list := l.List()
	if !l.Any() || len(list) != 2 || list[0] != (LossCount{LostDamaged, 2}) || list[1] != (LossCount{LostOctets, 7}) {
		t.Errorf("list: %v", list)
	}
}
