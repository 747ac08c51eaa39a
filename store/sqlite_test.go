package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, name string) *SQLite {
	t.Helper()
	s, err := OpenSQLite(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// someFlows are flows of run 1, one a minute from the epoch of 2025 on.
func someFlows(n int) (list []Flow) {
	for i := range n {
		at := time.Date(2025, 1, 1, 0, i, 0, 0, time.UTC).UnixNano()
		list = append(list, Flow{Run: 1, Number: uint64(i), Sensor: "s", CommunityID: fmt.Sprint("1:", i), Start: at, End: at + 1e9, Host: "10.0.0.1",
			Peer: "192.0.2.1", Country: "DE", Verdict: "p2p", Family: "skype", Final: true, Record: bytes.Repeat([]byte("x"), 1000)})
	}
	return list
}

func count(t *testing.T, s *SQLite, query string) (n int) {
	t.Helper()
	if err := s.db.QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A file of each earlier version is brought to the tables of a new one, and keeps what it holds.
func TestMigrates(t *testing.T) {
	tables := func(s *SQLite) string {
		var b strings.Builder
		rows, err := s.db.Query("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var text string
			rows.Scan(&text)
			b.WriteString(text + "\n")
		}
		return b.String()
	}
	want := tables(open(t, t.TempDir()+"/new.db"))
	for version := 1; version < len(migrations); version++ {
		name := t.TempDir() + "/old.db"
		db, err := sql.Open("sqlite", name)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range append(append([]string{}, migrations[:version]...), fmt.Sprintf("PRAGMA user_version = %d", version),
			fmt.Sprintf("PRAGMA application_id = %d", applicationID),
			"INSERT INTO run VALUES (7, 's', 'capture', 'o', 'p', 1, 1, 1, 2, 0, '{}')",
			"INSERT INTO flow VALUES (NULL, 7, 1, 's', 1, 2, '1:a', '10.0.0.1', '192.0.2.1', 'DE', 'p2p', 'skype', 1, '{}')") {
			if _, err := db.Exec(step); err != nil {
				t.Fatal(err)
			}
		}
		db.Close()
		if _, err := ReadSQLite(context.Background(), name); err == nil || !strings.Contains(err.Error(), "write to it once") {
			t.Errorf("reading version %d: %v", version, err)
		}
		s := open(t, name)
		if got := tables(s); got != want {
			t.Errorf("version %d became\n%s\nwant\n%s", version, got, want)
		}
		if n := count(t, s, "SELECT count(*) FROM flow JOIN run ON run.id = flow.run"); n != 1 {
			t.Errorf("version %d: %d flows are left", version, n)
		}
		if v := count(t, s, "PRAGMA user_version"); v != len(migrations) {
			t.Errorf("version %d", v)
		}
	}
}

// What is no store, or one of another time, is left alone.
func TestRefuses(t *testing.T) {
	foreign, newer, damaged := t.TempDir()+"/foreign.db", t.TempDir()+"/newer.db", t.TempDir()+"/damaged.db"
	for name, steps := range map[string][]string{
		foreign: {"CREATE TABLE mail (text)"},
		newer:   {"CREATE TABLE x (y)", fmt.Sprintf("PRAGMA application_id = %d", applicationID), "PRAGMA user_version = 99"},
	} {
		db, err := sql.Open("sqlite", name)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range steps {
			if _, err := db.Exec(step); err != nil {
				t.Fatal(err)
			}
		}
		db.Close()
	}
	s := open(t, damaged)
	if err := s.Write(context.Background(), &Batch{Run: Run{ID: 1, Sensor: "s"}, Flows: someFlows(500)}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	octets, err := os.ReadFile(damaged)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(octets) / 4; i < len(octets)/2; i++ {
		octets[i] = 0xa5
	}
	if err := os.WriteFile(damaged, octets, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, says := range map[string]string{foreign: "another program's", newer: "a newer one wrote it", damaged: "the file is damaged"} {
		before, _ := os.ReadFile(name)
		s, err := OpenSQLite(context.Background(), name)
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want %q", filepath.Base(name), err, says)
		}
		if after, _ := os.ReadFile(name); !bytes.Equal(before, after) {
			t.Errorf("%s was written to", filepath.Base(name))
		}
	}
}

// A large file is checked by the first write, not while a watch that opens it loses packets.
func TestLargeFileIsCheckedLate(t *testing.T) {
	defer func(n int64) { checkAtOnce = n }(checkAtOnce)
	checkAtOnce = 1
	name, ctx := t.TempDir()+"/x.db", context.Background()
	for _, spoiled := range []bool{false, true} {
		s := open(t, name)
		err := s.Write(ctx, &Batch{Run: Run{ID: 1, Sensor: "s"}, Flows: someFlows(500)})
		again := s.Write(ctx, &Batch{Run: Run{ID: 1, Sensor: "s"}})
		if (err != nil) != spoiled || (again != nil) != spoiled || spoiled && !strings.Contains(err.Error(), "the file is damaged") {
			t.Errorf("spoiled %v: %v, %v", spoiled, err, again)
		}
		s.Close()
		octets, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := len(octets) / 4; i < len(octets)/2; i++ {
			octets[i] = 0xa5
		}
		if err := os.WriteFile(name, octets, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestErrForeign(t *testing.T) {
	name := t.TempDir() + "/x.db"
	os.WriteFile(name, bytes.Repeat([]byte("text and more text\n"), 100), 0o600)
	if _, err := OpenSQLite(context.Background(), name); !errors.Is(err, ErrForeign) {
		t.Errorf("error %v", err)
	}
}

// All of a run that says that more comes is seen with its end, or never.
func TestMoreIsSeenAtTheEnd(t *testing.T) {
	name, ctx := t.TempDir()+"/x.db", context.Background()
	for _, end := range []bool{false, true} {
		s := open(t, name)
		if err := s.Write(ctx, &Batch{Run: Run{ID: 1, Sensor: "s"}, Flows: someFlows(10), More: true}); err != nil {
			t.Fatal(err)
		}
		r, err := ReadSQLite(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		if n := count(t, r, "SELECT count(*) FROM flow"); n != 0 {
			t.Errorf("%d flows are seen before the end", n)
		}
		if end {
			if err := s.Write(ctx, &Batch{Run: Run{ID: 1, Sensor: "s"}, Flows: someFlows(12)[10:]}); err != nil {
				t.Fatal(err)
			}
		}
		s.Close()
		if n := count(t, r, "SELECT count(*) FROM flow"); n != map[bool]int{true: 12}[end] {
			t.Errorf("%d flows", n)
		}
		r.Close()
	}
}

func TestRetention(t *testing.T) {
	ctx, now := context.Background(), time.Date(2025, 1, 10, 0, 0, 0, 0, time.UTC)
	s := open(t, t.TempDir()+"/x.db")
	const all = 6000 // a little over four days
	b := &Batch{Run: Run{ID: 1, Sensor: "s", Ended: true}, Flows: someFlows(all)}
	for _, f := range b.Flows {
		b.Totals = append(b.Totals, Total{Run: 1, Interval: intervalOf(f.Start), Host: f.Host, Country: "FR", Verdict: "other", Sums: Sums{Flows: 1}})
	}
	if err := s.Write(ctx, b); err != nil {
		t.Fatal(err)
	}
	if n := count(t, s, "SELECT count(*) FROM total"); n != all/5 {
		t.Fatalf("%d sums of 5 minutes, want %d", n, all/5)
	}
	retain := func(r Retention) {
		t.Helper()
		for i := 0; ; i++ {
			more, err := s.Retain(ctx, r, now)
			if err != nil || i > 100 {
				t.Fatalf("after %d: %v", i, err)
			}
			if !more {
				return
			}
		}
	}
	retain(Retention{})
	if n := count(t, s, "SELECT count(*) FROM flow"); n != all {
		t.Errorf("without bounds %d of %d are left", n, all)
	}
	retain(Retention{Age: 7 * 24 * time.Hour}) // from January 3
	const left = all - 2*24*60
	if n := count(t, s, "SELECT count(*) FROM flow"); n != left {
		t.Errorf("%d flows of the last days, want %d", n, left)
	}
	if n := count(t, s, "SELECT count(*) FROM total"); n != left/5 {
		t.Errorf("%d sums of the last days, want %d", n, left/5)
	}
	before, _ := os.Stat(s.name)
	const most = 2 << 20
	retain(Retention{Octets: most})
	size, err := s.size(ctx)
	n := count(t, s, "SELECT count(*) FROM flow")
	if err != nil || size > most || n < 500 {
		t.Errorf("%d octets with %d flows, %v; want at most %d", size, n, err, most)
	}
	if oldest := count(t, s, "SELECT min(number) FROM flow"); oldest != all-n {
		t.Errorf("the oldest of %d is number %d: others than the oldest were removed", n, oldest)
	}
	s.db.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	if after, _ := os.Stat(s.name); after.Size() >= before.Size() || after.Size() > most+most/4 {
		t.Errorf("the file has %d octets, before %d", after.Size(), before.Size())
	}
	removed, err := s.Removed(ctx)
	if err != nil || removed.Flows != uint64(all-n) || removed.Before.IsZero() {
		t.Errorf("removed: %+v, %v; want %d flows", removed, err, all-n)
	}
	_, words, err := Coverage(ctx, s, Query{})
	if err != nil || !strings.Contains(strings.Join(words, " "), "the store has removed") {
		t.Errorf("%q, %v", words, err)
	}
}

func TestIntervals(t *testing.T) {
	for _, tt := range []struct{ ns, interval int64 }{
		{0, 0}, {299e9, 0}, {300e9, 300}, {-1, -300}, {-300e9, -300}, {-300e9 - 1, -600}, {1<<63 - 1, 9223372036 / 300 * 300}, {-1 << 63, -9223372200},
	} {
		if got := intervalOf(tt.ns); got != tt.interval {
			t.Errorf("%d ns is in interval %d, want %d", tt.ns, got, tt.interval)
		}
	}
}
