package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Write sends a batch, or puts it into the spool if the server does not take it now.
func (c *ClickHouse) Write(ctx context.Context, b *Batch) error {
	if b.Written == 0 { // above that of the batch before, also where the clock was set back
		c.written = max(uint64(time.Now().UnixNano()), c.written+1)
		b.Written = c.written
	}
	if c.spool == nil {
		return c.send(ctx, b)
	}
	return c.spool.write(ctx, b)
}

// send sends batches. Where it fails midway, they are sent again as a whole: the rows are the same.
func (c *ClickHouse) send(ctx context.Context, batches ...*Batch) error {
	tables := map[string][]byte{}
	for i, b := range batches {
		// Of the rows of a run the last counts, and an import's comes with its end.
		superseded := b.More || i+1 < len(batches) && batches[i+1].Run.ID == b.Run.ID
		err := rowsOf(b, func(table string, at int64, row map[string]any) error {
			if table == "run" && superseded {
				return nil
			}
			row["written"], row["day"] = b.Written, dayOf(at)
			line, err := json.Marshal(row)
			tables[table] = append(append(tables[table], line...), '\n')
			return err
		})
		if err != nil {
			return fmt.Errorf("store %s: a batch: %w", c.name(), err)
		}
	}
	// The run comes last: until it is there, nothing of it shows.
	for _, table := range []string{"flow", "total", "span", "judged", "hour", "run"} {
		// The same rows have the same token, and others another, however batches were put together.
		sum := sha256.Sum256(tables[table])
		if err := c.insert(ctx, table, tables[table], hex.EncodeToString(sum[:16])); err != nil {
			return err
		}
	}
	return nil
}

// dayOf is the day of a time in nanoseconds, as far as ClickHouse's Date reaches.
func dayOf(ns int64) string {
	t := time.Unix(0, ns).UTC()
	if y := t.Year(); y < 1970 {
		t = time.Unix(0, 0)
	} else if y > 2100 {
		t = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t.Format(time.DateOnly)
}

// hourKey is what a row by hour is the sum of.
type hourKey struct {
	hour                           int64
	host, country, verdict, family string
}

func (k hourKey) compare(o hourKey) int {
	return cmp.Or(cmp.Compare(k.hour, o.hour), cmp.Compare(k.host, o.host), cmp.Compare(k.country, o.country), cmp.Compare(k.verdict, o.verdict),
		cmp.Compare(k.family, o.family))
}

// rowsOf passes the rows of a batch to add, with the time in nanoseconds that they are of.
func rowsOf(b *Batch, add func(table string, at int64, row map[string]any) error) (err error) {
	put := func(table string, at int64, row map[string]any) { err = errors.Join(err, add(table, at, row)) }
	r := &b.Run
	text, jerr := json.Marshal(about{r.Home, r.Words, r.Sources, r.Coverage, r.State})
	if jerr != nil {
		return fmt.Errorf("what the run is about: %w", jerr)
	}
	ended := 0
	if r.Ended {
		ended = 1
	}
	put("run", r.Began.UnixNano(), map[string]any{"id": r.ID, "sensor": r.Sensor, "kind": r.Kind, "origin": r.Origin, "program": r.Program,
		"began": r.Began.UnixNano(), "ended": ended, "first": nanoseconds(r.Coverage.First), "last": nanoseconds(r.Coverage.Last),
		"not_stored": r.NotStored, "about": string(text)})
	hours := map[hourKey]*[3]uint64{}
	hour := func(k hourKey, flows, out, in uint64) {
		if hours[k] == nil {
			hours[k] = new([3]uint64)
		}
		hours[k][0] += flows
		hours[k][1] += out
		hours[k][2] += in
	}
	for i := range b.Flows {
		f := &b.Flows[i]
		final := 0
		if f.Final {
			final = 1
			hour(hourKey{hourOf(f.Start), f.Host, f.Country, f.Verdict, f.Family}, 1, f.Out, f.In)
		}
		put("flow", f.Start, map[string]any{"run": f.Run, "number": f.Number, "sensor": f.Sensor, "start": f.Start, "end": f.End,
			"community_id": f.CommunityID, "host": f.Host, "peer": f.Peer, "country": f.Country, "verdict": f.Verdict, "family": f.Family,
			"is_final": final, "record": string(f.Record)})
	}
	for i := range b.Totals {
		t := &b.Totals[i]
		hour(hourKey{floor(t.Interval, 3600), t.Host, t.Country, t.Verdict, t.Family}, t.Flows, t.Out, t.In)
		put("total", t.Interval*1e9, map[string]any{"sensor": r.Sensor, "run": t.Run, "batch": b.Number, "interval_start": t.Interval, "host": t.Host,
			"country": t.Country, "verdict": t.Verdict, "family": t.Family, "flows": t.Flows, "packets": t.Packets, "bytes_out": t.Out,
			"bytes_in": t.In, "tcp": t.TCP, "one_way": t.OneWay, "first": t.First, "last": t.Last})
	}
	for i := range b.Spans {
		s := &b.Spans[i]
		put("span", s.Interval*1e9, map[string]any{"sensor": r.Sensor, "run": s.Run, "interval_start": s.Interval, "first": s.First, "last": s.Last,
			"flows": s.Flows, "packets": s.Packets, "bytes": s.Octets, "dropped": s.Dropped, "evicted": s.Evicted})
	}
	for i := range b.Judged {
		j := &b.Judged[i]
		put("judged", j.Hour*1e9, map[string]any{"sensor": r.Sensor, "run": j.Run, "hour": j.Hour, "kind": j.Kind, "key": j.Key,
			"number": j.Number, "body": string(j.Body)})
	}
	for _, k := range slices.SortedFunc(maps.Keys(hours), hourKey.compare) { // the same rows each time
		n := hours[k]
		put("hour", k.hour*1e9, map[string]any{"sensor": r.Sensor, "run": r.ID, "batch": b.Number, "hour": k.hour, "host": k.host,
			"country": k.country, "verdict": k.verdict, "family": k.family, "flows": n[0], "bytes_out": n[1], "bytes_in": n[2]})
	}
	return err
}
