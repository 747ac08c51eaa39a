package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// p2pLines are what flows tells of the p2p flows of captures, less what depends on the file and on
// the flows around them.
func p2pLines(t *testing.T, paths ...string) (lines []string) {
	t.Helper()
	status, out, stderr := peeratlas(t, nil, append([]string{"flows", "--p2p"}, paths...)...)
	if status != exitDone {
		t.Fatalf("status %d: %s", status, stderr)
	}
	for line := range strings.Lines(out) {
		var r map[string]any
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		kept := map[string]any{}
		for _, k := range []string{"start", "end", "proto", "src_ip", "src_port", "dst_ip", "dst_port", "community_id", "src_packets", "dst_packets", "src_bytes", "dst_bytes", "verdict", "family"} {
			if kept[k] = r[k]; r[k] == nil {
				t.Fatalf("no %s in %s", k, line)
			}
		}
		b, _ := json.Marshal(kept)
		lines = append(lines, string(b))
	}
	return lines
}

// The comments of the flows tell the same evidence, whichever command wrote them and in whichever format.
func TestWriteEvidenceTellsWhy(t *testing.T) {
	office, want := testdata+"office.pcapng", []byte(nil)
	for _, args := range [][]string{{"report", office}, {"flows", office}, {"explain", office}, {"report", "--format", "md", office},
		{"flows", "--format", "zeek", office}, {"flows", "--format", "parquet", office}} {
		name := filepath.Join(t.TempDir(), "evidence.pcapng")
		if status, _, stderr := peeratlas(t, nil, append(args, "--write-evidence", name)...); status != exitDone {
			t.Fatalf("%s: status %d: %s", args, status, stderr)
		}
		got := read(t, name)
		if n := bytes.Count(got, []byte("both ends sent connectivity checks: two ICE agents [ice.two_way_checks]")); n != 1 {
			t.Errorf("%s: %d comments tell of connectivity checks", args, n)
		}
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: another evidence", args)
		}
	}
}

func TestWriteEvidence(t *testing.T) {
	office, guard := testdata+"office.pcapng", testdata+"wireguard.pcap"
	for _, args := range [][]string{{"report", office, guard}, {"flows", office, guard}, {"explain", office, guard}} {
		name := filepath.Join(t.TempDir(), "evidence.pcapng")
		_, plain, _ := peeratlas(t, nil, args...)
		status, out, stderr := peeratlas(t, nil, append(args, "--write-evidence", name)...)
		if status != exitDone || !strings.Contains(stderr, "packets of") {
			t.Fatalf("%s: status %d: %s", args, status, stderr)
		}
		if out != plain {
			t.Errorf("%s: standard output is another with --write-evidence", args)
		}
		got, want := p2pLines(t, name), p2pLines(t, office, guard)
		if len(want) < 30 || !slices.Equal(got, want) {
			t.Errorf("%s: %d p2p flows in the evidence, want %d", args, len(got), len(want))
		}
	}
}

func TestWriteEvidenceOfASubject(t *testing.T) {
	name := filepath.Join(t.TempDir(), "evidence.pcapng")
	status, _, stderr := peeratlas(t, nil, "explain", testdata+"office.pcapng", "192.168.10.31", "--write-evidence", name)
	if status != exitDone {
		t.Fatal(stderr)
	}
	_, out, _ := peeratlas(t, nil, "flows", name)
	for line := range strings.Lines(out) {
		if !strings.Contains(line, "192.168.10.31") {
			t.Errorf("another host's: %s", line)
		}
	}
	if out == "" {
		t.Error("no flow")
	}
}

func TestWriteEvidenceRefuses(t *testing.T) {
	dir := t.TempDir()
	copied := filepath.Join(dir, "x.pcapng")
	data := read(t, testdata+"office.pcapng")
	if err := os.WriteFile(copied, data, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"standard input", []string{"report", "-", "--write-evidence", filepath.Join(dir, "y")}, "cannot be read twice"},
		{"standard output", []string{"report", copied, "--write-evidence", "-"}, "name a file"},
		{"the capture itself", []string{"flows", copied, "--write-evidence", copied}, "choose another name"},
		{"the capture itself, in a folder", []string{"flows", dir, "--write-evidence", copied}, "choose another name"},
		{"no folder", []string{"report", copied, "--write-evidence", filepath.Join(dir, "none", "y")}, "choose a folder"},
	}
	for _, tt := range tests {
		status, _, stderr := peeratlas(t, data, tt.args...)
		if status != exitError || !strings.Contains(stderr, tt.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d: %s", tt.name, status, stderr)
		}
	}
	if !bytes.Equal(read(t, copied), data) {
		t.Error("the capture was written over")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("files are left: %v", entries)
	}
}

// Evidence is written into the folder that is read, and not read itself.
func TestWriteEvidenceIntoTheFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.pcapng"), read(t, testdata+"office.pcapng"), 0o600); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "evidence.pcapng")
	if status, _, stderr := peeratlas(t, nil, "report", dir, "--write-evidence", name); status != exitDone {
		t.Fatal(stderr)
	}
	if got, want := p2pLines(t, name), p2pLines(t, testdata+"office.pcapng"); !slices.Equal(got, want) {
		t.Errorf("%d flows, want %d", len(got), len(want))
	}
}
