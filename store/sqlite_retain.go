package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// retainRows is how many rows one call takes away at most: other writes get their turn between.
const retainRows = 2000

// Retain implements Store. What is older than the age goes first; then, while the file is too large,
// the oldest of what is there.
func (s *SQLite) Retain(ctx context.Context, r Retention, now time.Time) (more bool, err error) {
	if r.Age > 0 {
		n, err := s.removeBefore(ctx, now.Add(-r.Age).UnixNano())
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	if r.Octets <= 0 {
		return false, nil
	}
	used, err := s.size(ctx)
	if err != nil || used <= r.Octets {
		return false, err
	}
	// The oldest flows go, and with them what is as old.
	var end int64
	err = s.db.QueryRowContext(ctx, "SELECT coalesce(max(end), 0) FROM (SELECT end FROM flow ORDER BY end LIMIT ?)", retainRows/4).Scan(&end)
	if err != nil {
		return false, fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	if end == 0 {
		var interval int64 // no flows: sums alone
		if err := s.db.QueryRowContext(ctx, "SELECT coalesce(min(interval), 0) FROM total").Scan(&interval); err != nil || interval == 0 {
			return false, damaged(err)
		}
		end = (interval + intervalSeconds) * 1e9
	}
	n, err := s.removeBefore(ctx, end+1)
	return n > 0, err
}

// size is how many octets the file takes, without pages that are free.
func (s *SQLite) size(ctx context.Context) (int64, error) {
	var pages, free, page int64
	for query, into := range map[string]*int64{"PRAGMA page_count": &pages, "PRAGMA freelist_count": &free, "PRAGMA page_size": &page} {
		if err := s.db.QueryRowContext(ctx, query).Scan(into); err != nil {
			return 0, fmt.Errorf("store %s: %w", s.name, damaged(err))
		}
	}
	return (pages - free) * page, nil
}

// removeBefore takes away a part of what ended before a time in nanoseconds.
func (s *SQLite) removeBefore(ctx context.Context, end int64) (rows int64, err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	defer tx.Rollback()
	interval := intervalOf(end)
	flows, err := removeFlows(ctx, tx, end)
	if err != nil {
		return 0, fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	rows = flows
	for _, step := range []struct {
		query string
		value int64
	}{
		{"DELETE FROM total WHERE (interval, run, host, country, verdict, family) IN (SELECT interval, run, host, country, verdict, family FROM total WHERE interval < ? ORDER BY interval LIMIT ?)", interval},
		{"DELETE FROM span WHERE (interval, run) IN (SELECT interval, run FROM span WHERE interval < ? LIMIT ?)", interval},
		{"DELETE FROM judged WHERE (run, kind, key, hour) IN (SELECT run, kind, key, hour FROM judged WHERE hour < ? LIMIT ?)", hourOf(end) - 3600},
	} {
		done, err := tx.ExecContext(ctx, step.query, step.value, retainRows)
		if err != nil {
			return 0, fmt.Errorf("store %s: %w", s.name, damaged(err))
		}
		n, _ := done.RowsAffected()
		rows += n
	}
	if rows == 0 {
		return 0, nil
	}
	// A run of which nothing is left has ended long ago.
	for _, query := range []string{
		"DELETE FROM run WHERE ended AND last < ?1 AND NOT EXISTS (SELECT 1 FROM flow WHERE run = run.id) AND NOT EXISTS (SELECT 1 FROM total WHERE run = run.id)",
		"UPDATE removed SET before = max(before, ?1)",
	} {
		if _, err := tx.ExecContext(ctx, query, end); err != nil {
			return 0, fmt.Errorf("store %s: %w", s.name, damaged(err))
		}
	}
	if _, err := tx.ExecContext(ctx, "UPDATE removed SET flows = flows + ?", flows); err != nil {
		return 0, fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	if err := tx.Commit(); err != nil {
		return 0, fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	_, err = s.db.ExecContext(ctx, "PRAGMA incremental_vacuum")
	return rows, damaged(err)
}

// removeFlows takes away flows that ended before a time, and takes them out of the packs.
func removeFlows(ctx context.Context, tx *sql.Tx, end int64) (n int64, err error) {
	rows, err := tx.QueryContext(ctx, "DELETE FROM flow WHERE id IN (SELECT id FROM flow WHERE end < ? ORDER BY end LIMIT ?) RETURNING start, loose", end, retainRows)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	h := hours{}
	for rows.Next() {
		var start, loose int64
		if err := rows.Scan(&start, &loose); err != nil {
			return 0, err
		}
		h.note(start, loose)
		n++
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return 0, err
	}
	if err := h.unpack(ctx, tx); err != nil {
		return 0, err
	}
	return n, pack(ctx, tx, packAt)
}

// Removed implements Store.
func (s *SQLite) Removed(ctx context.Context) (r Removed, err error) {
	var flows, before int64
	if err := s.db.QueryRowContext(ctx, "SELECT flows, before FROM removed").Scan(&flows, &before); err != nil {
		return r, fmt.Errorf("store %s: %w", s.name, damaged(err))
	}
	r.Flows = uint64(flows)
	if before != 0 {
		r.Before = time.Unix(0, before).UTC()
	}
	return r, nil
}
