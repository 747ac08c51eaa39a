package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// firstsOf are all that a store tells of what is first.
func firstsOf(t *testing.T, s Store, q Query) (out []First) {
	t.Helper()
	for _, kind := range []string{FirstCountry, FirstHost, FirstPeer} {
		list, err := Firsts(context.Background(), s, kind, q, 50)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, list...)
	}
	return out
}

func TestFirsts(t *testing.T) {
	s := open(t, t.TempDir()+"/x.db")
	var list []Flow
	for i, f := range someFlows(6) {
		f.Sensor = []string{"a", "b"}[i%2]
		f.Country = []string{"DE", "DE", "FR", "DE", "JP", "FR"}[i]
		f.Host = []string{"10.0.0.1", "10.0.0.2", "10.0.0.1", "10.0.0.1", "10.0.0.3", "10.0.0.3"}[i]
		f.Peer = []string{"192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.2"}[i]
		if i == 4 {
			f.Verdict = "likely"
		}
		list = append(list, f)
	}
	if err := s.Write(context.Background(), &Batch{Run: Run{ID: 1, Sensor: "s"}, Flows: list}); err != nil {
		t.Fatal(err)
	}
	minute := func(n int) time.Time { return time.Date(2025, 1, 1, 0, n, 0, 0, time.UTC) }
	for _, tt := range []struct {
		name string
		q    Query
		want string
	}{
		{"all", Query{}, "country FR 2, country DE 0, host 10.0.0.3 5, host 10.0.0.2 1, host 10.0.0.1 0, peer 192.0.2.3 3, peer 192.0.2.2 2, peer 192.0.2.1 0"},
		{"since", Query{Since: minute(2)}, "country FR 2, host 10.0.0.3 5, peer 192.0.2.3 3, peer 192.0.2.2 2"},
		{"until", Query{Until: minute(1)}, "country DE 0, host 10.0.0.1 0, peer 192.0.2.1 0"},
		{"of one sensor", Query{Sensor: "b"}, "country FR 5, country DE 1, host 10.0.0.3 5, host 10.0.0.1 3, host 10.0.0.2 1, peer 192.0.2.2 5, peer 192.0.2.3 3, peer 192.0.2.1 1"},
		{"of a country", Query{Country: "FR"}, "country FR 2, host 10.0.0.3 5, peer 192.0.2.2 2"},
		{"of a host", Query{Host: netipPrefix("10.0.0.2/32")}, "host 10.0.0.2 1"},
		{"of none", Query{Sensor: "c"}, ""},
	} {
		var got []string
		for _, f := range firstsOf(t, s, tt.q) {
			name := map[string]string{FirstCountry: f.Country, FirstHost: f.Host, FirstPeer: f.Peer}[f.Kind]
			got = append(got, fmt.Sprint(f.Kind, " ", name, " ", time.Unix(0, f.Start).UTC().Minute()))
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, strings.Join(got, ", "), tt.want)
		}
	}
	if list, err := Firsts(context.Background(), s, FirstPeer, Query{}, 2); err != nil || len(list) != 2 {
		t.Errorf("two peers: %d, %v", len(list), err)
	}
	if _, err := Firsts(context.Background(), s, "family", Query{}, 2); err == nil {
		t.Error("a family is met")
	}
	if rows := plans(t, s); slices.ContainsFunc(rows, func(r string) bool { return r == "SCAN flow" || r == "SCAN g" }) {
		t.Errorf("a table is read whole:\n%s", strings.Join(rows, "\n"))
	}
}

// plans are the steps of the statements.
func plans(t *testing.T, s *SQLite) (out []string) {
	t.Helper()
	for _, statement := range []string{fmt.Sprintf(firstOfColumn, "host", 9), fmt.Sprintf(firstPeers, 9)} {
		rows, err := s.db.Query("EXPLAIN QUERY PLAN "+statement, "", 0, 1, "", 9)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			out = append(out, detail)
		}
		rows.Close()
	}
	return out
}
