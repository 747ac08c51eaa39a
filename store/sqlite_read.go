package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// where collects the conditions of a query.
type where struct {
	terms  []string
	values []any
}

func (w *where) add(term string, values ...any) {
	w.terms = append(w.terms, term)
	w.values = append(w.values, values...)
}

func (w *where) String() string {
	if len(w.terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.terms, " AND ")
}

// rows passes each row of an answer to scan.
func (s *SQLite) rows(ctx context.Context, query string, values []any, scan func(*sql.Rows) error) error {
	rows, err := s.db.QueryContext(ctx, query, values...)
	if err != nil {
		return fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	return nil
}

// Runs implements Store.
func (s *SQLite) Runs(ctx context.Context, q Query) ([]Run, error) {
	var w where
	since, until := q.bounds()
	if !q.Since.IsZero() || !q.Until.IsZero() {
		w.add("last >= ? AND first < ?", since, until)
	}
	if q.Sensor != "" {
		w.add("sensor = ?", q.Sensor)
	}
	if q.Latest {
		w.add("id IN (SELECT id FROM (SELECT id, max(began) FROM run WHERE kind <> 'capture' GROUP BY sensor))")
	}
	var out []Run
	err := s.rows(ctx, "SELECT id, sensor, kind, origin, program, began, ended, not_stored, about FROM run"+w.String()+" ORDER BY began, id", w.values, func(rows *sql.Rows) error {
		var r Run
		var began, lost int64
		var text string
		if err := rows.Scan(&r.ID, &r.Sensor, &r.Kind, &r.Origin, &r.Program, &began, &r.Ended, &lost, &text); err != nil {
			return err
		}
		var a about
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			return fmt.Errorf("store %s: run %d: %w", s.name, r.ID, err)
		}
		r.Began, r.NotStored = time.Unix(0, began).UTC(), uint64(lost)
		r.Home, r.Words, r.Sources, r.Coverage, r.State = a.Home, a.Words, a.Sources, a.Coverage, a.State
		out = append(out, r)
		return nil
	})
	return out, err
}

// flowsAtOnce is how many flows are fetched together.
const flowsAtOnce = 500

// Flows implements Store. The order is made of numbers alone, and the records are fetched in parts: a
// store may hold more than fits in memory.
func (s *SQLite) Flows(ctx context.Context, q Query, visit func(*Flow) error) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil { // all of it is of one moment
		return fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	ids, err := s.flowsInOrder(ctx, conn, &q)
	if err != nil {
		return err
	}
	skip := q.Skip
	if !filtersHere(&q) {
		skip = 0 // the database has passed over them
	}
	passed, part := 0, make(map[int64]*Flow, flowsAtOnce)
	for len(ids) > 0 {
		some := ids[:min(len(ids), flowsAtOnce)]
		ids = ids[len(some):]
		clear(part)
		if err := s.fetch(ctx, conn, some, part); err != nil {
			return err
		}
		for _, id := range some {
			f := part[id]
			if f == nil || filtersHere(&q) && !within(q.Host, f.Host) && !within(q.Host, f.Peer) {
				continue
			}
			if skip > 0 {
				skip--
				continue
			}
			if err := visit(f); err != nil {
				return err
			}
			if passed++; passed == q.Most {
				return nil
			}
		}
	}
	return nil
}

// filtersHere tells whether the database cannot tell the hosts that are asked for.
func filtersHere(q *Query) bool { return q.Host.IsValid() && !q.Host.IsSingleIP() }

// flowsInOrder are the numbers of the rows that are asked for, in the order in which they were recorded.
func (s *SQLite) flowsInOrder(ctx context.Context, conn *sql.Conn, q *Query) (ids []int64, err error) {
	if q.Most > 0 && q.Since.IsZero() && q.Until.IsZero() && !q.Host.IsValid() && q.Country == "" && q.CommunityID == "" {
		return s.flowsByRun(ctx, conn, q)
	}
	var w where
	since, until := q.bounds()
	if q.Host.IsSingleIP() {
		host := q.Host.Addr().Unmap().String()
		w.add("(host = ? OR peer = ?)", host, host)
	}
	w.of(q)
	if q.CommunityID != "" {
		w.add("community_id = ?", q.CommunityID)
	}
	if q.P2P {
		w.add("verdict = 'p2p'")
	}
	from := ""
	if q.Since.IsZero() || q.Host.IsSingleIP() || q.Country != "" {
		if !q.Since.IsZero() {
			w.add("end >= ?", since)
		}
		if !q.Until.IsZero() {
			w.add("start < ?", until)
		}
		from = "SELECT id, run, number FROM flow" + w.String()
	} else { // long ones are few, and the others began at most so long before
		long := w
		long.terms, long.values = slices.Clone(w.terms), slices.Clone(w.values)
		w.add("start >= ? AND start < ? AND end >= ?", sinceLong(since), until, since)
		long.add("end - start >= 3600000000000 AND end >= ? AND start < ?", since, min(sinceLong(since), until))
		from = "SELECT id, run, number FROM flow INDEXED BY flow_start" + w.String() + " UNION ALL SELECT id, run, number FROM flow INDEXED BY flow_long" + long.String()
		w.values = append(w.values, long.values...)
	}
	query := "SELECT f.id FROM (" + from + ") AS f LEFT JOIN run ON run.id = f.run ORDER BY run.began, f.run, f.number, f.id"
	if !filtersHere(q) && (q.Skip > 0 || q.Most > 0) {
		query += " LIMIT ? OFFSET ?"
		w.values = append(w.values, mostRows(q.Most), q.Skip)
	}
	return s.numbers(ctx, conn, query, w.values...)
}

// sinceLong is since when flows begin that end at a time or later, and are not long.
func sinceLong(since int64) int64 { return max(since, math.MinInt64+longFlow) - longFlow }

// mostRows is a bound as SQLite has it: -1 is none.
func mostRows(most int) int {
	if most == 0 {
		return -1
	}
	return most
}

// flowsByRun is flowsInOrder where a part of all flows is asked for: it looks at no more runs than it has to.
func (s *SQLite) flowsByRun(ctx context.Context, conn *sql.Conn, q *Query) (ids []int64, err error) {
	var w where
	w.of(q)
	if q.P2P {
		w.add("verdict = 'p2p'")
	}
	runs, err := s.numbers(ctx, conn, `WITH RECURSIVE r(x) AS (SELECT min(run) FROM flow UNION ALL SELECT (SELECT min(run) FROM flow WHERE run > x) FROM r WHERE x IS NOT NULL)
		SELECT x FROM r LEFT JOIN run ON run.id = x WHERE x IS NOT NULL ORDER BY run.began, x`)
	if err != nil {
		return nil, err
	}
	skip := q.Skip
	w.add("run = ?")
	for _, run := range runs {
		values := append(slices.Clone(w.values), run)
		if skip > 0 {
			n, err := s.numbers(ctx, conn, "SELECT count(*) FROM (SELECT 1 FROM flow INDEXED BY flow_run"+w.String()+" LIMIT ?)", append(slices.Clone(values), skip)...)
			if err != nil {
				return nil, err
			}
			if int(n[0]) < skip {
				skip -= int(n[0])
				continue
			}
		}
		some, err := s.numbers(ctx, conn, "SELECT id FROM flow INDEXED BY flow_run"+w.String()+" ORDER BY number, id LIMIT ? OFFSET ?", append(values, q.Most-len(ids), skip)...)
		if err != nil {
			return nil, err
		}
		skip = 0
		if ids = append(ids, some...); len(ids) == q.Most {
			break
		}
	}
	return ids, nil
}

// numbers are those that a query answers.
func (s *SQLite) numbers(ctx context.Context, conn *sql.Conn, query string, values ...any) (out []int64, err error) {
	rows, err := conn.QueryContext(ctx, query, values...)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, fmt.Errorf("store %s: a flow: %w", s.name, err)
		}
		out = append(out, n)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	return out, nil
}

// fetch reads some flows.
func (s *SQLite) fetch(ctx context.Context, conn *sql.Conn, ids []int64, into map[int64]*Flow) error {
	list, _ := json.Marshal(ids)
	rows, err := conn.QueryContext(ctx, `SELECT id, run, number, sensor, start, end, community_id, host, peer, country, verdict, family, final, record
		FROM flow WHERE id IN (SELECT value FROM json_each(?))`, string(list))
	if err != nil {
		return fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	defer rows.Close()
	for rows.Next() {
		f := new(Flow)
		var id, number int64
		if err := rows.Scan(&id, &f.Run, &number, &f.Sensor, &f.Start, &f.End, &f.CommunityID, &f.Host, &f.Peer, &f.Country, &f.Verdict, &f.Family,
			&f.Final, &f.Record); err != nil {
			return fmt.Errorf("store %s: a flow: %w", s.name, err)
		}
		f.Number = uint64(number)
		into[id] = f
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	return nil
}

// within tells whether an address, as text, is in a network.
func within(p netip.Prefix, text string) bool {
	a, err := netip.ParseAddr(text)
	return err == nil && p.Contains(a)
}

// Totals implements Store.
func (s *SQLite) Totals(ctx context.Context, q Query, visit func(*Total) error) error {
	var w where
	from, to := q.intervals()
	w.add("interval >= ? AND interval < ?", from, to)
	if q.Host.IsSingleIP() {
		w.add("host = ?", q.Host.Addr().Unmap().String())
	}
	if q.Country != "" {
		w.add("country = ?", q.Country)
	}
	if q.Sensor != "" {
		w.add("run IN (SELECT id FROM run WHERE sensor = ?)", q.Sensor)
	}
	return s.rows(ctx, `SELECT run, interval, host, country, verdict, family, flows, packets, bytes_out, bytes_in, tcp, one_way, first, last
		FROM total`+w.String()+" ORDER BY interval, run, host, country, verdict, family", w.values, func(rows *sql.Rows) error {
		var t Total
		var n [6]int64
		if err := rows.Scan(&t.Run, &t.Interval, &t.Host, &t.Country, &t.Verdict, &t.Family, &n[0], &n[1], &n[2], &n[3], &n[4], &n[5],
			&t.First, &t.Last); err != nil {
			return fmt.Errorf("store %s: a sum: %w", s.name, err)
		}
		t.Flows, t.Packets, t.Out, t.In, t.TCP, t.OneWay = uint64(n[0]), uint64(n[1]), uint64(n[2]), uint64(n[3]), uint64(n[4]), uint64(n[5])
		if q.Host.IsValid() && !within(q.Host, t.Host) {
			return nil
		}
		return visit(&t)
	})
}

// Spans implements Store.
func (s *SQLite) Spans(ctx context.Context, q Query) ([]Span, error) {
	var w where
	from, to := q.intervals()
	w.add("interval >= ? AND interval < ?", from, to)
	if q.Sensor != "" {
		w.add("run IN (SELECT id FROM run WHERE sensor = ?)", q.Sensor)
	}
	var out []Span
	err := s.rows(ctx, "SELECT run, interval, first, last, flows, packets, bytes, dropped, evicted FROM span"+w.String()+" ORDER BY interval, run", w.values, func(rows *sql.Rows) error {
		var p Span
		var n [5]int64
		if err := rows.Scan(&p.Run, &p.Interval, &p.First, &p.Last, &n[0], &n[1], &n[2], &n[3], &n[4]); err != nil {
			return fmt.Errorf("store %s: a span: %w", s.name, err)
		}
		p.Flows, p.Packets, p.Octets, p.Dropped, p.Evicted = uint64(n[0]), uint64(n[1]), uint64(n[2]), uint64(n[3]), uint64(n[4])
		out = append(out, p)
		return nil
	})
	return out, err
}

// Judged implements Store. Of each hour the latest word is stored, and of several hours the latest
// counts that the query touches.
func (s *SQLite) Judged(ctx context.Context, q Query) ([]Judged, error) {
	var w where
	since, until := q.bounds()
	if !q.Since.IsZero() {
		w.add("hour >= ?", hourOf(since))
	}
	if !q.Until.IsZero() {
		// Saved captures are judged once, at their end.
		w.add("(hour < ? OR run IN (SELECT id FROM run WHERE kind = 'capture' AND first < ?))", (until-1)/1e9+1, until)
	}
	if q.Sensor != "" {
		w.add("run IN (SELECT id FROM run WHERE sensor = ?)", q.Sensor)
	}
	var out []Judged
	err := s.rows(ctx, "SELECT run, hour, kind, key, number, body FROM (SELECT run, kind, key, max(hour) AS hour FROM judged INDEXED BY judged_key"+w.String()+
		" GROUP BY run, kind, key) CROSS JOIN judged USING (run, kind, key, hour) ORDER BY (SELECT began FROM run WHERE run.id = judged.run), run, kind, number", w.values, func(rows *sql.Rows) error {
		var j Judged
		if err := rows.Scan(&j.Run, &j.Hour, &j.Kind, &j.Key, &j.Number, &j.Body); err != nil {
			return fmt.Errorf("store %s: a host or socket: %w", s.name, err)
		}
		out = append(out, j)
		return nil
	})
	return out, err
}

// Verdicts implements Store.
func (s *SQLite) Verdicts(ctx context.Context, since time.Time) (out []VerdictCount, err error) {
	from := hourOf(since.UnixNano())
	err = s.rows(ctx, `SELECT verdict, family, country, sum(n) FROM (
		SELECT verdict, family, country, count(*) AS n FROM flow WHERE final AND end >= ?1 AND start >= ?1 GROUP BY verdict, family, country
		UNION ALL SELECT verdict, family, country, sum(flows) FROM total WHERE interval >= ?2 GROUP BY verdict, family, country)
		GROUP BY verdict, family, country`, []any{from * 1e9, from}, func(rows *sql.Rows) error {
		var v VerdictCount
		if err := rows.Scan(&v.Verdict, &v.Family, &v.Country, &v.Flows); err != nil {
			return err
		}
		out = append(out, v)
		return nil
	})
	return out, err
}
