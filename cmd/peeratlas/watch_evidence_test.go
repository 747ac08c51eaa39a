package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"peeratlas/capture"
)

// parseWatchEvidence reads flags as the command line has them.
func parseWatchEvidence(t *testing.T, args ...string) (*watchEvidence, error) {
	t.Helper()
	w, f := new(watchEvidence), pflag.NewFlagSet("watch", pflag.ContinueOnError)
	w.addFlags(f)
	return w, f.Parse(args)
}

func TestWatchEvidenceFlags(t *testing.T) {
	tests := []struct {
		args   string
		size   fileSize
		period time.Duration
		count  int
		wrong  string
	}{
		{"-w x", 0, 0, 0, ""},
		{"-w x -C 5 -W 10", 5_000_000, 0, 10, ""},
		{"-w x -C 5k", 5 << 10, 0, 0, ""},
		{"-w x -C 5MiB -G 3600", 5 << 20, time.Hour, 0, ""},
		{"-w x -G 30m", 0, 30 * time.Minute, 0, ""},
		{"-w x -C 0", 0, 0, 0, "write it as 100"},
		{"-w x -C -5", 0, 0, 0, "write it as 100"},
		{"-w x -C 99999999999999g", 0, 0, 0, "write it as 100"},
		{"-w x -G 0", 0, 0, 0, "at least one second"},
		{"-w x -G 5ms", 0, 0, 0, "at least one second"},
		{"-w x -G soon", 0, 0, 0, "write it as 3600"},
	}
	for _, tt := range tests {
		w, err := parseWatchEvidence(t, strings.Fields(tt.args)...)
		switch {
		case tt.wrong != "":
			if err == nil || !strings.Contains(err.Error(), tt.wrong) {
				t.Errorf("%s: %v, want %q", tt.args, err, tt.wrong)
			}
		case err != nil || w.size != tt.size || time.Duration(w.period) != tt.period || w.count != tt.count || w.memory != 64<<20:
			t.Errorf("%s: %+v, %v", tt.args, w, err)
		}
	}
}

func TestWatchEvidenceOpens(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "x-%Y.pcapng")
	tests := []struct{ args, wrong string }{
		{"", ""},
		{"-w " + name, ""},
		{"-w " + name + " --keep all -C 1", ""},
		{"-C 5", "name the file with -w"},
		{"--keep all", "name the file with -w"},
		{"-w " + name + " --keep some", "choose p2p, likely or all"},
		{"-w " + name + " -W 3", "say with -C or -G"},
		{"-w " + dir + "/none/x", "choose a folder"},
		{"-w -", "name of a file"},
	}
	for _, tt := range tests {
		w, err := parseWatchEvidence(t, strings.Fields(tt.args)...)
		if err != nil {
			t.Fatal(err)
		}
		tap, err := w.open([]capture.InterfaceInfo{{Name: "eth1"}}, nil)
		if tt.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), tt.wrong) || tap != nil {
				t.Errorf("%s: %v, want %q", tt.args, err, tt.wrong)
			}
			continue
		}
		if err != nil || (tap != nil) != strings.Contains(tt.args, "-w") {
			t.Errorf("%s: %v, %v", tt.args, tap, err)
		}
		w.rotate()
		if words, err := w.close(); err != nil || (words == "") != (tap == nil) {
			t.Errorf("%s: %q, %v", tt.args, words, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, time.Now().Format("x-2006.pcapng"))); err != nil {
		t.Error(err)
	}
}

func TestWatchEvidenceFolder(t *testing.T) {
	for file, want := range map[string]string{"": "", "x": ".", "/var/x-%Y": "/var", "/var/%Y/x": "/var/", "%Y/x": "."} {
		w := watchEvidence{file: file}
		if got := w.folder(); got != want {
			t.Errorf("%q: got %q, want %q", file, got, want)
		}
	}
}
