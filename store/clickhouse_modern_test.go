package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// modern stands in for a server of today, as far as sensors speak to one: it knows the settings that 18.16
// does not, and notes what it is told.
type modern struct {
	mutex   sync.Mutex
	version string
	tables  map[string][]string // columns
	rows    map[string][]string // of version and retention: latest value
	told    []string            // statements
	inserts []inserted
	fail    string // inserts into this table are answered with an error
}

// inserted is one insert.
type inserted struct{ table, token, rows string }

var (
	creates = regexp.MustCompile(`(?s)^CREATE TABLE IF NOT EXISTS traffic\.(\w+) \((.*?)\)\s+ENGINE`)
	inserts = regexp.MustCompile(`^INSERT INTO traffic\.(\w+) (?:\((.*?)\) )?(?:VALUES \((.*)\)|FORMAT JSONEachRow)$`)
)

func (m *modern) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	body, _ := io.ReadAll(r.Body)
	query := r.URL.Query().Get("query")
	if query == "" {
		query, body = string(body), nil
	}
	query = strings.TrimSuffix(query, " FORMAT JSONEachRow")
	switch {
	case query == "SELECT name FROM system.settings":
		fmt.Fprintln(w, `{"name":"insert_deduplication_token"}`+"\n"+`{"name":"max_partitions_per_insert_block"}`)
	case query == "SELECT name FROM system.merge_tree_settings":
		fmt.Fprintln(w, `{"name":"non_replicated_deduplication_window"}`)
	case query == "SELECT version() AS version":
		fmt.Fprintf(w, `{"version":%q}`, m.version)
	case strings.HasPrefix(query, "SELECT table, name FROM system.columns"):
		for table, columns := range m.tables {
			for _, c := range columns {
				fmt.Fprintf(w, `{"table":%q,"name":%q}`+"\n", table, c)
			}
		}
	case strings.HasPrefix(query, "SELECT max(version)"):
		fmt.Fprintf(w, `{"latest":%s}`, strings.Join(append(m.rows["version"], "0")[:1], ""))
	case strings.HasPrefix(query, "SELECT days"):
		for _, days := range m.rows["retention"] {
			fmt.Fprintf(w, `{"days":%s}`, days)
		}
	default:
		m.change(w, r, query, body)
	}
}

// change takes a statement that is no question.
func (m *modern) change(w http.ResponseWriter, r *http.Request, query string, body []byte) {
	m.told = append(m.told, query)
	if c := creates.FindStringSubmatch(query); c != nil {
		m.tables[c[1]] = []string{"written", "day"}
		for column := range strings.SplitSeq(c[2], ",") {
			name, _, _ := strings.Cut(strings.TrimSpace(column), " ")
			m.tables[c[1]] = append(m.tables[c[1]], name)
		}
	}
	i := inserts.FindStringSubmatch(strings.TrimSpace(query))
	if i == nil && strings.HasPrefix(query, "INSERT INTO") { // FORMAT JSONEachRow was cut off
		i = inserts.FindStringSubmatch(strings.TrimSpace(query) + " FORMAT JSONEachRow")
	}
	switch {
	case i == nil:
	case i[1] == m.fail:
		m.fail = ""
		http.Error(w, "Code: 241. DB::Exception: Memory limit exceeded", 500)
	case i[3] == "":
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil || r.Header.Get("Content-Encoding") != "gzip" {
			http.Error(w, "no gzip", 400)
			return
		}
		rows, _ := io.ReadAll(z)
		m.inserts = append(m.inserts, inserted{i[1], r.URL.Query().Get("insert_deduplication_token"), string(rows)})
	case i[1] == "version":
		m.rows["version"] = []string{i[3]}
	case i[1] == "retention":
		m.rows["retention"] = []string{strings.TrimSpace(strings.Split(i[3], ",")[1])}
	}
}

// count is how many statements begin so.
func (m *modern) count(prefix string) (n int) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for _, s := range m.told {
		if strings.HasPrefix(s, prefix) {
			n++
		}
	}
	return n
}

// newModern starts one on loopback.
func newModern(t *testing.T) (*modern, ClickHouseOptions) {
	t.Helper()
	m := &modern{version: "25.8.1.5101", tables: map[string][]string{}, rows: map[string][]string{}}
	s := httptest.NewServer(m)
	t.Cleanup(s.Close)
	return m, ClickHouseOptions{URL: strings.Replace(s.URL, "http://", "clickhouse://watcher@", 1) + "/traffic", Timeout: 5 * time.Second}
}

// A server that knows a time to live is told of one when it is asked for, again when that changes, and not
// each time that a sensor begins.
func TestTimeToLive(t *testing.T) {
	m, o := newModern(t)
	ctx := context.Background()
	kept := len(clickHouseTables) - 2 // runs and retention stay
	for _, step := range []struct{ days, alters int }{{0, 0}, {30, kept}, {30, kept}, {0, kept}, {7, 2 * kept}, {7, 2 * kept}} {
		o.Days = step.days
		c, err := OpenClickHouse(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		if n := m.count("ALTER TABLE traffic."); n != step.alters {
			t.Errorf("%d days: the time to live was set %d times, want %d: %q", step.days, n, step.alters, m.told)
		}
		if more, err := c.Retain(ctx, Retention{}, time.Now()); more || err != nil || m.count("ALTER TABLE traffic.flow DROP") > 0 {
			t.Errorf("retain: %v, %v", more, err)
		}
		c.Close()
	}
	if n := m.count("ALTER TABLE traffic.flow MODIFY TTL day + INTERVAL 7 DAY"); n != 1 {
		t.Errorf("7 days were set %d times", n)
	}
	if n := m.count("CREATE TABLE IF NOT EXISTS"); n != len(clickHouseTables)+1 {
		t.Errorf("%d tables were made", n)
	}
	for _, s := range m.told {
		if strings.Contains(s, "ReplacingMergeTree") && !strings.Contains(s, "non_replicated_deduplication_window = 1000") {
			t.Errorf("no deduplication is asked for: %s", s)
		}
	}
}

// The same batch has the same tokens whenever it is sent, and another has others; what was sent before a
// failure is sent again octet by octet.
func TestDeduplicationTokens(t *testing.T) {
	m, o := newModern(t)
	ctx := context.Background()
	c, err := OpenClickHouse(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var totals []Total
	for n := range int64(200) {
		totals = append(totals, Total{Run: 1, Interval: 300 * n, Host: fmt.Sprint(n), Verdict: "other", Sums: Sums{Flows: 1}})
	}
	batch := func(number uint64) *Batch {
		return &Batch{Run: Run{ID: 1, Sensor: "s", Began: time.Unix(1e9, 0)}, Flows: someFlows(3), Totals: totals, Number: number, Written: number}
	}
	m.fail = "hour"
	if err := c.Write(ctx, batch(1)); err == nil || !strings.Contains(err.Error(), "Memory limit") {
		t.Fatalf("an insert that failed: %v", err)
	}
	first := slices.Clone(m.inserts)
	if err := c.Write(ctx, batch(1)); err != nil {
		t.Fatal(err)
	}
	again := m.inserts[len(first):]
	if len(first) != 2 || len(again) != 4 || !slices.Equal(first, again[:2]) {
		t.Errorf("sent %d, then %d inserts, which differ", len(first), len(again))
	}
	seen := map[string]bool{}
	if err := c.Write(ctx, batch(1)); err != nil {
		t.Fatal(err)
	}
	if third := m.inserts[len(first)+4:]; !slices.Equal(third, again) {
		t.Errorf("the third time other rows or tokens are sent")
	}
	if err := c.Write(ctx, batch(2)); err != nil {
		t.Fatal(err)
	}
	for _, i := range append(again, m.inserts[len(first)+8:]...) {
		if i.token == "" || seen[i.token] {
			t.Errorf("%s: token %q of other rows", i.table, i.token)
		}
		seen[i.token] = true
	}
	// Put together with another batch, it is another insert.
	if err := c.send(ctx, batch(1), batch(2)); err != nil {
		t.Fatal(err)
	}
	for _, i := range m.inserts[len(m.inserts)-4:] {
		if i.table != "run" && seen[i.token] {
			t.Errorf("%s: two batches have the token of one", i.table)
		}
	}
}
