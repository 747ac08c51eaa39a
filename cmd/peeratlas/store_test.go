package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The report of a store is that of the capture that was stored, octet by octet, and so is its status.
func TestStoredReportIsTheSame(t *testing.T) {
	for _, path := range captures(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			file := t.TempDir() + "/history.db"
			for _, format := range []string{"text", "json", "csv", "md"} {
				wantStatus, want, _ := peeratlas(t, nil, "report", "--store", file, "--format", format, path)
				plainStatus, plain, stderr := peeratlas(t, nil, "report", "--format", format, path)
				if want != plain || wantStatus != plainStatus {
					t.Errorf("%s: with --store the report is another one: status %d and %d, %s\n%s", format, wantStatus, plainStatus, stderr, firstDifference(want, plain))
				}
				status, got, stderr := peeratlas(t, nil, "report", "--store", file, "--format", format)
				if status != wantStatus || got != want {
					t.Errorf("%s: status %d, want %d: %s\n%s", format, status, wantStatus, stderr, firstDifference(got, want))
				}
			}
		})
	}
}

// The records that are kept whole are those that flows writes, and the evidence is that of a report.
func TestStoredFlowsAreTheSame(t *testing.T) {
	for _, path := range captures(t) {
		file := t.TempDir() + "/history.db"
		_, all, _ := peeratlas(t, nil, "flows", "--store", file, path)
		_, p2p, _ := peeratlas(t, nil, "flows", "--p2p", path)
		status, got, stderr := peeratlas(t, nil, "flows", "--store", file, "--p2p")
		if got != p2p {
			t.Errorf("%s: --p2p, status %d, %s\n%s", path, status, stderr, firstDifference(got, p2p))
		}
		_, got, _ = peeratlas(t, nil, "flows", "--store", file)
		want := ""
		for line := range strings.Lines(all) {
			if strings.Contains(line, `"verdict":"p2p"`) || strings.Contains(line, `"verdict":"likely"`) || strings.Contains(line, `"reported_peer":`) {
				want += line
			}
		}
		if got != want {
			t.Errorf("%s: %s", path, firstDifference(got, want))
		}
	}
}

// A policy says the same of a store as of the capture.
func TestStoredAgainstPolicy(t *testing.T) {
	dir := t.TempDir()
	_, example, _ := peeratlas(t, nil, "policy", "example")
	if err := os.WriteFile(dir+"/policy.yaml", []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"report", "flows"} {
		args := []string{command, "--policy", dir + "/policy.yaml", "--store", dir + "/history.db"}
		wantStatus, want, _ := peeratlas(t, nil, append(args, testdata+"office.pcapng")...)
		status, got, stderr := peeratlas(t, nil, args...)
		if command == "flows" {
			kept := ""
			for line := range strings.Lines(want) {
				if strings.Contains(line, `"verdict":"p2p"`) || strings.Contains(line, `"verdict":"likely"`) || strings.Contains(line, `"reported_peer":`) {
					kept += line
				}
			}
			want = kept
		}
		if status != exitBreach || status != wantStatus || got != want {
			t.Errorf("%s: status %d, want %d: %s\n%s", command, status, wantStatus, stderr, firstDifference(got, want))
		}
	}
}

// rows counts what a store holds.
func rows(t *testing.T, file string) map[string]int {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	n := map[string]int{}
	for _, q := range []string{"SELECT count(*) FROM run", "SELECT count(*) FROM flow", "SELECT count(*) FROM total", "SELECT coalesce(sum(flows), 0) FROM total", "SELECT count(*) FROM span"} {
		var x int
		if err := db.QueryRow(q).Scan(&x); err != nil {
			t.Fatal(err)
		}
		n[q] = x
	}
	return n
}

// Storing a capture again, under another name or from a pipe, adds nothing.
func TestStoredTwiceIsStoredOnce(t *testing.T) {
	file, office := t.TempDir()+"/history.db", testdata+"office.pcapng"
	copied := t.TempDir() + "/copy.pcapng"
	if err := os.WriteFile(copied, read(t, office), 0o600); err != nil {
		t.Fatal(err)
	}
	peeratlas(t, nil, "report", "--store", file, testdata+"plain.pcap")
	peeratlas(t, nil, "report", "--store", file, office)
	want := rows(t, file)
	peeratlas(t, nil, "flows", "--store", file, office)
	peeratlas(t, nil, "report", "--store", file, copied)
	if status, _, stderr := peeratlas(t, read(t, office), "report", "--store", file, "-"); status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	for q, n := range rows(t, file) {
		if n != want[q] || n == 0 {
			t.Errorf("%s: %d, before %d", q, n, want[q])
		}
	}
	peeratlas(t, nil, "report", "--store", file, "--sensor", "elsewhere", office)
	if n := rows(t, file)["SELECT count(*) FROM run"]; n != 3 {
		t.Errorf("%d runs after another sensor saw the same, want 3", n)
	}
}

func TestStoreUsage(t *testing.T) {
	dir := t.TempDir()
	file, text, sample := dir+"/history.db", dir+"/notes.txt", testdata+"sample.pcap"
	if err := os.WriteFile(text, []byte("these are notes, and no database at all, however long they may go on and on"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := peeratlas(t, nil, "report", "--store", file, sample); status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	for _, tt := range []struct {
		name string
		args []string
		want int
		says string
	}{
		{"no store", []string{"report", "--store", dir + "/none.db"}, 2, "name one that --store has written"},
		{"no folder", []string{"report", "--store", dir + "/none/x.db", sample}, 2, "choose a folder that exists"},
		{"a folder", []string{"report", "--store", dir, sample}, 2, "this is no file"},
		{"notes", []string{"report", "--store", text, sample}, 2, "no store of peeratlas"},
		{"notes to read", []string{"report", "--store", text}, 2, "no store of peeratlas"},
		{"since when", []string{"report", "--store", file, "--since", "lunch"}, 2, "24h or 7d"},
		{"backwards", []string{"report", "--store", file, "--since", "1h", "--until", "2h"}, 2, "not before"},
		{"whose", []string{"report", "--store", file, "--host", "me"}, 2, "write an address"},
		{"a filter", []string{"report", "--store", file, "-f", "udp"}, 2, "needs packets"},
		{"since without a store", []string{"report", "--since", "1h", sample}, 2, "is for --store"},
		{"since with a capture", []string{"report", "--store", file, "--since", "1h", sample}, 2, "captures are given"},
		{"nothing then", []string{"report", "--store", file, "--until", "1999-01-01"}, 0, ""},
		{"diff of what", []string{"diff", "--store", file}, 2, "--before FROM/TO"},
		{"diff of captures", []string{"diff", "--store", file, sample, sample}, 2, "or periods of a store"},
		{"diff of a moment", []string{"diff", "--store", file, "--before", "1h", "--after", "1h/"}, 2, "FROM/TO"},
		{"diff without a store", []string{"diff", "--before", "2h/1h", sample, sample}, 2, "--store"},
		{"diff of periods", []string{"diff", "--store", file, "--before", "2000-01-01/2000-01-02", "--after", "2000-01-02/"}, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, out, stderr := peeratlas(t, nil, tt.args...)
			if status != tt.want || !strings.Contains(stderr, tt.says) {
				t.Errorf("status %d, want %d; stderr %q, want %q in it", status, tt.want, stderr, tt.says)
			}
			if (status == 0) != (out != "") {
				t.Errorf("status %d, and on standard output %q", status, out)
			}
		})
	}
	if left := string(read(t, text)); !strings.HasPrefix(left, "these are notes") {
		t.Error("what was no store was written to")
	}
	st, err := os.Stat(file)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
}

// A diff of two periods of a store is that of the two captures.
func TestStoredDiff(t *testing.T) {
	file, office := t.TempDir()+"/history.db", testdata+"office.pcapng"
	peeratlas(t, nil, "report", "--store", file, office)
	const when = "2025-03-12 09:04:00"
	_, want, _ := peeratlas(t, nil, "diff", "--format", "json", "--at", when, office)
	status, got, stderr := peeratlas(t, nil, "diff", "--format", "json", "--store", file, "--at", when)
	if want = strings.ReplaceAll(want, office, file); status != 0 || got != want {
		t.Errorf("status %d: %s\n%s", status, stderr, firstDifference(got, want))
	}
	_, periods, stderr := peeratlas(t, nil, "diff", "--store", file, "--before", "2025-03-12T09:00:00Z/2025-03-12T09:04:00Z", "--after", "2025-03-12T09:04:00Z/2025-03-12T09:10:00Z")
	if !strings.Contains(periods, "09:04:00") || strings.Count(periods, "\n") < 5 {
		t.Errorf("%s\n%s", stderr, periods)
	}
}

// A part of the history is told as what it is.
func TestStoredPart(t *testing.T) {
	file, office := t.TempDir()+"/history.db", testdata+"office.pcapng"
	peeratlas(t, nil, "report", "--store", file, office)
	_, whole, _ := peeratlas(t, nil, "report", "--store", file)
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{"--since", "2025-03-12T09:05:00Z"}, "not counted by time"},
		{[]string{"--until", "2025-03-12T09:03:00Z"}, "not counted by time"},
		{[]string{"--host", "192.168.10.31"}, "Flows are those asked for"},
		{[]string{"--country", "br"}, "Flows are those asked for"},
		{[]string{"--since", "2030-01-01"}, "knows of no sensor"},
	} {
		status, out, stderr := peeratlas(t, nil, append([]string{"report", "--store", file, "--format", "json"}, tt.args...)...)
		if status != 0 || !strings.Contains(out, tt.says) || out == whole {
			t.Errorf("%v: status %d, want %q told: %s\n%s", tt.args, status, tt.says, stderr, out[:min(len(out), 2000)])
		}
	}
	_, one, _ := peeratlas(t, nil, "report", "--store", file, "--host", "192.168.10.31")
	if strings.Contains(one, "192.168.10.23") || !strings.Contains(one, "192.168.10.31") {
		t.Errorf("of one host:\n%s", one)
	}
	_, net, _ := peeratlas(t, nil, "flows", "--store", file, "--host", "192.168.10.0/24")
	_, all, _ := peeratlas(t, nil, "flows", "--store", file)
	if net != all {
		t.Errorf("of the network: %s", firstDifference(net, all))
	}
}

// A watch whose store another program holds ends in time, says so, and has its report all the same.
func TestWatchOfBusyStore(t *testing.T) {
	file := t.TempDir() + "/history.db"
	peeratlas(t, nil, "report", "--store", file, testdata+"sample.pcap")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	status, out, stderr := peeratlas(t, nil, "watch", "-r", testdata+"office.pcapng", "--speed", "0", "--store", file)
	if took := time.Since(began); took > 8*time.Second { // five, and what the replay takes
		t.Errorf("it took %s", took)
	}
	if status != exitDamaged || !strings.Contains(out, "PEERS BY COUNTRY") || !strings.Contains(stderr, "another program is writing to it") {
		t.Errorf("status %d: %s", status, stderr)
	}
	if _, err := db.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := peeratlas(t, nil, "watch", "-r", testdata+"office.pcapng", "--speed", "0", "--store", file); status != exitDone || strings.Contains(stderr, "store") {
		t.Errorf("afterwards: status %d: %s", status, stderr)
	}
}
