package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"peeratlas/report"
)

// Flows that have ended are added up in packs: parts of a report (report.Builder.AppendPart), of an hour and of a day
// in which flows began, by sensor and country of the peer. A flow whose loose is 0 is in the packs of its hour and its
// day; any other is read by itself. Packs change in the transaction in which flows do.

// Lengths of time that packs are of, in seconds.
const (
	hourSpan = int64(3600)
	daySpan  = 24 * hourSpan
)

const (
	packAt     = 4096  // so many loose flows that have ended are packed by the write that finds them
	packAtMost = 65536 // are packed by one write, and so many an import gathers before it packs
	mostStart  = int64(1 << 62)
)

// packKey is what a pack is of.
type packKey struct {
	span, begins    int64 // seconds
	sensor, country string
}

func (k packKey) compare(o packKey) int {
	return cmp.Or(cmp.Compare(k.span, o.span), cmp.Compare(k.begins, o.begins), cmp.Compare(k.sensor, o.sensor), cmp.Compare(k.country, o.country))
}

// packMaker is a Builder without bounds: what it holds is bounded by the flows of a day.
func packMaker() *report.Builder {
	return report.NewBuilder(report.Options{MaxPeers: 1 << 30, MaxHosts: 1 << 30})
}

// pack packs loose flows that have ended, if there are so many at least.
func pack(ctx context.Context, tx *sql.Tx, least int) error {
	var loose int
	const ended = "loose = 1 AND loose <> 0 AND final = 1 AND start >= 0 AND start < ?1"
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM flow WHERE "+ended+" LIMIT ?2)", mostStart, least).Scan(&loose); err != nil {
		return err
	}
	if loose < least {
		return nil
	}
	rows, err := tx.QueryContext(ctx, "SELECT id, sensor, start, country, record FROM flow INDEXED BY flow_loose WHERE "+ended+" ORDER BY start LIMIT ?2", mostStart, packAtMost)
	if err != nil {
		return err
	}
	defer rows.Close()
	parts := map[packKey]*report.Builder{}
	var packed, broken []int64
	for rows.Next() {
		var id, start int64
		var k packKey
		var record []byte
		if err := rows.Scan(&id, &k.sensor, &start, &k.country, &record); err != nil {
			return err
		}
		r, err := decodeBrief(record)
		if err != nil { // who reads it will be told
			broken = append(broken, id)
			continue
		}
		packed = append(packed, id)
		k.span, k.begins = hourSpan, hourOf(start)
		if parts[k] == nil {
			parts[k] = packMaker()
		}
		parts[k].AddStored(r, id)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	if err := addParts(ctx, tx, parts); err != nil {
		return err
	}
	for value, ids := range map[int][]int64{0: packed, 2: broken} {
		list, _ := json.Marshal(ids)
		if _, err := tx.ExecContext(ctx, "UPDATE flow SET loose = ? WHERE id IN (SELECT value FROM json_each(?))", value, string(list)); err != nil {
			return err
		}
	}
	return nil
}

// addParts adds parts of hours to the packs of these hours and of their days.
func addParts(ctx context.Context, tx *sql.Tx, parts map[packKey]*report.Builder) error {
	bodies := map[packKey][][]byte{}
	for k, b := range parts {
		body := b.AppendPart(nil)
		bodies[k] = append(bodies[k], body)
		k.span, k.begins = daySpan, floor(k.begins, daySpan)
		bodies[k] = append(bodies[k], body)
	}
	keys := make([]packKey, 0, len(bodies))
	for k := range bodies {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, packKey.compare)
	for _, k := range keys {
		var held []byte
		err := tx.QueryRowContext(ctx, "SELECT body FROM pack WHERE span = ? AND begins = ? AND sensor = ? AND country = ?", k.span, k.begins, k.sensor, k.country).Scan(&held)
		if err == nil {
			bodies[k] = append(bodies[k], held)
		} else if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err := writePack(ctx, tx, k, bodies[k]); err != nil {
			return err
		}
	}
	return nil
}

// writePack writes a pack that is made of parts.
func writePack(ctx context.Context, tx *sql.Tx, k packKey, parts [][]byte) error {
	body := parts[0]
	if len(parts) > 1 {
		b := packMaker()
		for _, p := range parts {
			if err := b.Merge(p); err != nil {
				return fmt.Errorf("pack of %d: %w", k.begins, err)
			}
		}
		body = b.AppendPart(nil)
	}
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO pack (span, begins, sensor, country, body) VALUES (?, ?, ?, ?, ?)", k.span, k.begins, k.sensor, k.country, body)
	return err
}

// hours are those whose packs do not tell the truth any more.
type hours map[int64]bool

// note takes an hour of a flow that was packed and is gone, or another.
func (h hours) note(start, loose int64) {
	if loose <= 0 {
		h[hourOf(start)] = true
	}
}

// changed notes the hours of flows that were packed and have been written anew.
func (h hours) changed(ctx context.Context, tx *sql.Tx) error {
	return h.read(ctx, tx, "SELECT start, loose FROM flow INDEXED BY flow_loose WHERE loose = -1 AND loose <> 0")
}

// read notes the flows of a query for start and loose.
func (h hours) read(ctx context.Context, tx *sql.Tx, query string, values ...any) error {
	rows, err := tx.QueryContext(ctx, query, values...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var start, loose int64
		if err := rows.Scan(&start, &loose); err != nil {
			return err
		}
		h.note(start, loose)
	}
	return rows.Err()
}

// unpack takes these hours out of the packs: their flows are loose until they are packed again.
func (h hours) unpack(ctx context.Context, tx *sql.Tx) error {
	days := map[int64]bool{}
	for hour := range h {
		days[floor(hour, daySpan)] = true
		if _, err := tx.ExecContext(ctx, "DELETE FROM pack WHERE span = ? AND begins = ?", hourSpan, hour); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE flow SET loose = 1 WHERE start >= ? AND start < ? AND loose <> 1", hour*1e9, (hour+hourSpan)*1e9); err != nil {
			return err
		}
	}
	for day := range days {
		if err := packDay(ctx, tx, day); err != nil {
			return err
		}
	}
	return nil
}

// packDay makes the packs of a day anew, of those of its hours.
func packDay(ctx context.Context, tx *sql.Tx, day int64) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM pack WHERE span = ? AND begins = ?", daySpan, day); err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, "SELECT sensor, country, body FROM pack WHERE span = ? AND begins >= ? AND begins < ?", hourSpan, day, day+daySpan)
	if err != nil {
		return err
	}
	defer rows.Close()
	parts := map[packKey][][]byte{}
	for rows.Next() {
		k := packKey{span: daySpan, begins: day}
		var body []byte
		if err := rows.Scan(&k.sensor, &k.country, &body); err != nil {
			return err
		}
		parts[k] = append(parts[k], body)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for k, bodies := range parts {
		if err := writePack(ctx, tx, k, bodies); err != nil {
			return err
		}
	}
	return nil
}
