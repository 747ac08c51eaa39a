package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"peeratlas/geo"
	"peeratlas/report"
)

// about is what a run says of itself, as it is stored.
type about struct {
	Home     []string        `json:"home,omitempty"`
	Words    []string        `json:"inputs,omitempty"`
	Sources  []geo.Source    `json:"databases,omitempty"`
	Coverage report.Coverage `json:"coverage"`
	State    State           `json:"state,omitzero"`
}

// Write adds a batch in one transaction, or in that of the batches before it that said that more comes.
func (s *SQLite) Write(ctx context.Context, b *Batch) error {
	tx := s.tx
	if err := s.checkLate(ctx); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	if tx == nil {
		var err error
		if tx, err = s.db.BeginTx(context.WithoutCancel(ctx), nil); err != nil {
			return fmt.Errorf("%s: %w", s.name, damaged(err))
		}
	}
	s.tx = nil
	err := writeBatch(ctx, tx, b)
	if err == nil {
		err = packBatch(ctx, tx, b)
	}
	if err == nil && b.More {
		s.tx = tx
		return nil
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		tx.Rollback()
		return fmt.Errorf("%s: %w", s.name, damaged(err))
	}
	return nil
}

// packBatch brings the packs up to what a batch has changed.
func packBatch(ctx context.Context, tx *sql.Tx, b *Batch) error {
	if len(b.Flows) > 0 {
		h := hours{}
		if err := h.changed(ctx, tx); err != nil {
			return err
		}
		if err := h.unpack(ctx, tx); err != nil {
			return err
		}
	}
	switch {
	case b.More:
		return pack(ctx, tx, packAtMost)
	case b.Run.Ended:
		return pack(ctx, tx, 1)
	}
	return pack(ctx, tx, packAt)
}

func writeBatch(ctx context.Context, tx *sql.Tx, b *Batch) error {
	if b.Replace {
		if err := replace(ctx, tx, &b.Run); err != nil {
			return err
		}
	}
	if err := writeRun(ctx, tx, &b.Run); err != nil {
		return err
	}
	if err := writeFlows(ctx, tx, b.Flows); err != nil {
		return err
	}
	if err := writeTotals(ctx, tx, b.Totals); err != nil {
		return err
	}
	if err := writeSpans(ctx, tx, b.Spans); err != nil {
		return err
	}
	return writeJudged(ctx, tx, b.Judged)
}

// replace takes away what other runs of the same sensor over the same packets left.
func replace(ctx context.Context, tx *sql.Tx, r *Run) error {
	const others = "run IN (SELECT id FROM run WHERE sensor = ?1 AND origin = ?2 AND id <> ?3)"
	h := hours{}
	if err := h.read(ctx, tx, "SELECT start, loose FROM flow WHERE "+others+" AND loose <= 0", r.Sensor, r.Origin, r.ID); err != nil {
		return err
	}
	for _, table := range []string{"flow", "total", "span", "judged"} {
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE "+others, r.Sensor, r.Origin, r.ID); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM run WHERE sensor = ? AND origin = ? AND id <> ?", r.Sensor, r.Origin, r.ID); err != nil {
		return err
	}
	return h.unpack(ctx, tx)
}

func writeRun(ctx context.Context, tx *sql.Tx, r *Run) error {
	text, err := json.Marshal(about{r.Home, r.Words, r.Sources, r.Coverage, r.State})
	if err != nil {
		return fmt.Errorf("what the run is about: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO run (id, sensor, kind, origin, program, began, ended, first, last, not_stored, about)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET origin = excluded.origin, ended = max(ended, excluded.ended),
		first = excluded.first, last = excluded.last, not_stored = excluded.not_stored, about = excluded.about`,
		r.ID, r.Sensor, r.Kind, r.Origin, r.Program, r.Began.UnixNano(), r.Ended, nanoseconds(r.Coverage.First), nanoseconds(r.Coverage.Last),
		int64(r.NotStored), string(text))
	return err
}

// nanoseconds are those since the Unix epoch; 0 for no time.
func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// each runs a statement for each of a list.
func each[T any](ctx context.Context, tx *sql.Tx, query string, list []T, values func(*T) []any) error {
	if len(list) == 0 {
		return nil
	}
	statement, err := tx.PrepareContext(ctx, query)
	if err != nil {
		return err
	}
	defer statement.Close()
	for i := range list {
		if _, err := statement.ExecContext(ctx, values(&list[i])...); err != nil {
			return err
		}
	}
	return nil
}

// A flow that is there already, of this run or of another one of the sensor, is taken over: there is
// one row for a flow.
func writeFlows(ctx context.Context, tx *sql.Tx, list []Flow) error {
	return each(ctx, tx, `INSERT INTO flow (run, number, sensor, start, end, community_id, host, peer, country, verdict, family, final, record)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sensor, start, community_id) DO UPDATE SET run = excluded.run,
		number = excluded.number, end = excluded.end, host = excluded.host, peer = excluded.peer, country = excluded.country,
		verdict = excluded.verdict, family = excluded.family, final = excluded.final, record = excluded.record,
		loose = CASE WHEN loose IN (0, -1) THEN -1 ELSE 1 END`, list, func(f *Flow) []any {
		return []any{f.Run, int64(f.Number), f.Sensor, f.Start, f.End, f.CommunityID, f.Host, f.Peer, f.Country, f.Verdict, f.Family, f.Final,
			string(f.Record)}
	})
}

func writeTotals(ctx context.Context, tx *sql.Tx, list []Total) error {
	return each(ctx, tx, `INSERT INTO total VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
		flows = flows + excluded.flows, packets = packets + excluded.packets, bytes_out = bytes_out + excluded.bytes_out,
		bytes_in = bytes_in + excluded.bytes_in, tcp = tcp + excluded.tcp, one_way = one_way + excluded.one_way,
		first = min(first, excluded.first), last = max(last, excluded.last)`, list, func(t *Total) []any {
		return []any{t.Run, t.Interval, t.Host, t.Country, t.Verdict, t.Family, int64(t.Flows), int64(t.Packets), int64(t.Out), int64(t.In),
			int64(t.TCP), int64(t.OneWay), t.First, t.Last}
	})
}

func writeSpans(ctx context.Context, tx *sql.Tx, list []Span) error {
	return each(ctx, tx, `INSERT OR REPLACE INTO span VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, list, func(s *Span) []any {
		return []any{s.Run, s.Interval, s.First, s.Last, int64(s.Flows), int64(s.Packets), int64(s.Octets), int64(s.Dropped), int64(s.Evicted)}
	})
}

func writeJudged(ctx context.Context, tx *sql.Tx, list []Judged) error {
	return each(ctx, tx, `INSERT OR REPLACE INTO judged (run, hour, kind, key, number, body) VALUES (?, ?, ?, ?, ?, ?)`, list, func(j *Judged) []any {
		return []any{j.Run, j.Hour, j.Kind, j.Key, j.Number, string(j.Body)}
	})
}
