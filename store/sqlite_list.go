package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"

	"peeratlas/report"
)

// longFlow is from how long on a flow is looked for by itself, in nanoseconds: it is in the schema.
const longFlow = int64(3600e9)

// addUp passes finish a Builder with all flows of q, from packs where whole hours are asked for and from flows at the
// edges. All of it is of one moment, which lasts until finish returns.
func (s *SQLite) addUp(ctx context.Context, q Query, finish func(*report.Builder) error) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	var flows int
	if err := conn.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM flow").Scan(&flows); err != nil {
		return fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	peers := min(flows/32, 1<<15) // about: room for those of a large store at once
	b := report.NewBuilder(report.Options{Peers: peers, Reasons: func(id int64) (why []report.Reason) {
		var record []byte
		if conn.QueryRowContext(ctx, "SELECT record FROM flow WHERE id = ?", id).Scan(&record) == nil {
			if r, err := DecodeRecord(record); err == nil {
				why = r.Reasons()
			}
		}
		return why
	}})
	if err := s.addWhole(ctx, conn, &q, b); err != nil {
		return err
	}
	return finish(b)
}

// wholeHours are the first hour of which q asks for all, and the one behind the last, in seconds; MinInt64 and MaxInt64
// where there is no bound that leaves out anything.
func wholeHours(ctx context.Context, conn *sql.Conn, q *Query) (lo, hi int64, err error) {
	since, until := q.bounds()
	lo, hi = math.MinInt64, math.MaxInt64
	if !q.Since.IsZero() {
		lo = hourOf(since)
		if lo*1e9 < since {
			lo += hourSpan
		}
	}
	if !q.Until.IsZero() {
		var latest int64
		if err := conn.QueryRowContext(ctx, "SELECT coalesce(max(start), 0) FROM flow").Scan(&latest); err != nil {
			return 0, 0, err
		}
		if until <= latest {
			hi = hourOf(until)
		}
	}
	return lo, hi, nil
}

// nsOf are nanoseconds of seconds, as far as they reach.
func nsOf(s int64) int64 {
	switch {
	case s > math.MaxInt64/int64(1e9):
		return math.MaxInt64
	case s < math.MinInt64/int64(1e9):
		return math.MinInt64
	}
	return s * 1e9
}

// addHost adds the flows of one address.
func (s *SQLite) addHost(ctx context.Context, conn *sql.Conn, q *Query, b *report.Builder) error {
	since, until := q.bounds()
	host := q.Host.Addr().Unmap().String()
	if err := s.addFlows(ctx, conn, q, b, "flow_host", "host = ? AND end >= ? AND start < ?", host, since, until); err != nil {
		return err
	}
	return s.addFlows(ctx, conn, q, b, "flow_peer", "peer = ? AND host <> ? AND end >= ? AND start < ?", host, host, since, until)
}

func (s *SQLite) addWhole(ctx context.Context, conn *sql.Conn, q *Query, b *report.Builder) error {
	if q.Host.IsValid() {
		return s.addHost(ctx, conn, q, b)
	}
	lo, hi, err := wholeHours(ctx, conn, q)
	if err != nil {
		return fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	since, until := q.bounds()
	edge := nsOf(lo) // flows that began before are at the edge
	if lo < hi {
		if err := s.mergePacks(ctx, conn, q, lo, hi, b); err != nil {
			return err
		}
		if err := s.addFlows(ctx, conn, q, b, "flow_loose", "loose <> 0 AND start >= ? AND start <= ?", nsOf(lo), nsOf(hi)-1); err != nil {
			return err
		}
		if hi != math.MaxInt64 {
			err = s.addFlows(ctx, conn, q, b, "flow_start", "start >= ? AND start < ?", nsOf(hi), until)
		}
	} else {
		edge = until
	}
	if err != nil || q.Since.IsZero() {
		return err
	}
	if err := s.addFlows(ctx, conn, q, b, "flow_start", "start >= ? AND start < ? AND end >= ?", sinceLong(since), edge, since); err != nil {
		return err
	}
	return s.addFlows(ctx, conn, q, b, "flow_long", "end - start >= 3600000000000 AND end >= ? AND start < ?", since, min(sinceLong(since), until))
}

// mergePacks adds the packs of [lo, hi): of days where they are whole, else of hours.
func (s *SQLite) mergePacks(ctx context.Context, conn *sql.Conn, q *Query, lo, hi int64, b *report.Builder) error {
	first, behind := lo, hi
	if lo != math.MinInt64 && floor(lo, daySpan) != lo {
		first = floor(lo, daySpan) + daySpan
	}
	if hi != math.MaxInt64 {
		behind = floor(hi, daySpan)
	}
	if first >= behind {
		return s.mergeSpan(ctx, conn, q, hourSpan, lo, hi, b)
	}
	if err := s.mergeSpan(ctx, conn, q, daySpan, first, behind, b); err != nil {
		return err
	}
	if err := s.mergeSpan(ctx, conn, q, hourSpan, lo, first, b); err != nil {
		return err
	}
	return s.mergeSpan(ctx, conn, q, hourSpan, behind, hi, b)
}

func (s *SQLite) mergeSpan(ctx context.Context, conn *sql.Conn, q *Query, span, from, to int64, b *report.Builder) error {
	if from >= to {
		return nil
	}
	var w where
	w.add("span = ? AND begins >= ? AND begins <= ?", span, from, to-1)
	w.of(q)
	rows, err := conn.QueryContext(ctx, "SELECT begins, body FROM pack"+w.String(), w.values...)
	if err != nil {
		return fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	defer rows.Close()
	for rows.Next() {
		var begins int64
		var body sql.RawBytes
		if err := rows.Scan(&begins, &body); err != nil {
			return fmt.Errorf("store %s: %w", s.name, damaged(err))
		}
		if err := b.Merge(body); err != nil {
			return fmt.Errorf("store %s: sums of %d: %w", s.name, begins, err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	return nil
}

// of adds what q asks for beside times.
func (w *where) of(q *Query) {
	if q.Country != "" {
		w.add("country = ?", q.Country)
	}
	if q.Sensor != "" {
		w.add("sensor = ?", q.Sensor)
	}
}

// addFlows adds flows one by one.
func (s *SQLite) addFlows(ctx context.Context, conn *sql.Conn, q *Query, b *report.Builder, index, term string, values ...any) error {
	var w where
	w.add(term, values...)
	w.of(q)
	rows, err := conn.QueryContext(ctx, "SELECT id, start, community_id, record FROM flow INDEXED BY "+index+w.String(), w.values...)
	if err != nil {
		return fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	defer rows.Close()
	for rows.Next() {
		var f Flow
		var id int64
		var record sql.RawBytes
		if err := rows.Scan(&id, &f.Start, &f.CommunityID, &record); err != nil {
			return fmt.Errorf("store %s: %w", s.name, damaged(err))
		}
		r, err := f.told(decodeBrief(record))
		if err != nil {
			return err
		}
		b.AddStored(r, id)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	return nil
}
