package store

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"

	"peeratlas/report"
)

// beforePacks is how many migrations a file has seen that was written before flows were added up.
const beforePacks = 2

// A store from before flows were added up answers as it did: when it is opened, and when its flows are in packs.
func TestMigrationPacks(t *testing.T) {
	ctx := context.Background()
	name := filepath.Join(t.TempDir(), "old.db")
	db, err := sql.Open("sqlite", name)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range append(append([]string{}, migrations[:beforePacks]...), fmt.Sprintf("PRAGMA user_version = %d", beforePacks),
		fmt.Sprintf("PRAGMA application_id = %d", applicationID), "INSERT INTO run VALUES (1, 'a', 'watch', 'x', 'p', 1, 0, 1, 2, 0, '{}')") {
		if _, err := db.Exec(step); err != nil {
			t.Fatal(err)
		}
	}
	random := rand.New(rand.NewPCG(1, 9))
	run := Run{ID: 1, Sensor: "a", Origin: "x"}
	want := report.NewBuilder(report.Options{})
	for n := range uint64(200) {
		f := someFlow(t, random, &run, n)
		f.CommunityID = fmt.Sprint(n)
		r, err := f.decode()
		if err != nil {
			t.Fatal(err)
		}
		want.Add(r)
		if _, err := db.Exec("INSERT INTO flow VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", f.Run, f.Number, f.Sensor, f.Start, f.End, f.CommunityID,
			f.Host, f.Peer, f.Country, f.Verdict, f.Family, f.Final, string(f.Record)); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	peers := want.List(report.ListPeers, nil)
	s := open(t, name)
	same := func(packed bool) {
		t.Helper()
		if got := count(t, s, "SELECT count(*) FROM flow WHERE loose = 0") > 0; got != packed {
			t.Fatalf("flows are packed: %v", got)
		}
		got, err := List(ctx, s, Query{}, report.ListPeers)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, peers) {
			t.Fatalf("got  %+v\nwant %+v", got, peers)
		}
		for range 10 {
			sameLists(t, s, someQuery(random))
		}
	}
	same(false)
	run.Ended = true
	if err := s.Write(ctx, &Batch{Run: run, Number: 1}); err != nil {
		t.Fatal(err)
	}
	same(true)
	if n := count(t, s, "SELECT count(*) FROM flow WHERE final = 1 AND loose = 1"); n > 0 {
		t.Errorf("%d flows that have ended are left out", n)
	}
	// A pack that was damaged is told of.
	if _, err := s.db.Exec("UPDATE pack SET body = x'0102'"); err != nil {
		t.Fatal(err)
	}
	if _, err := List(ctx, s, Query{}, report.ListPeers); err == nil {
		t.Error("damaged sums are taken for good")
	}
}
