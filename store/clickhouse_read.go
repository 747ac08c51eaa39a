package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// live chooses the runs that count: of those of one sensor over the same packets the one that was
// written last. An import whose end has not come is not among them.
func (c *ClickHouse) live() string {
	return "(SELECT argMax(id, written) FROM " + c.database + ".run GROUP BY sensor, origin)"
}

// terms joins conditions.
func terms(list ...string) string {
	var kept []string
	for _, t := range list {
		if t != "" {
			kept = append(kept, t)
		}
	}
	if len(kept) == 0 {
		return "1"
	}
	return strings.Join(kept, " AND ")
}

func equals(column, value string) string {
	if value == "" {
		return ""
	}
	return column + " = " + quote(value)
}

// Runs implements Store.
func (c *ClickHouse) Runs(ctx context.Context, q Query) ([]Run, error) {
	since, until := q.bounds()
	period := ""
	if !q.Since.IsZero() || !q.Until.IsZero() {
		period = fmt.Sprintf("last >= %d AND first < %d", since, until)
	}
	runs := c.live()
	if q.Latest {
		runs = "(SELECT argMax(id, began) FROM " + c.database + ".run WHERE kind != 'capture' GROUP BY sensor)"
	}
	type row struct {
		ID        int64 `json:"id,string"`
		Sensor    string
		Kind      string
		Origin    string
		Program   string
		Began     int64 `json:"began,string"`
		Ended     uint8
		NotStored uint64 `json:"not_stored,string"`
		About     string
	}
	var out []Run
	err := ask(ctx, c, "SELECT id, sensor, kind, origin, program, began, ended, not_stored, about FROM "+c.database+".run FINAL WHERE "+
		terms("id IN "+runs, period, equals("sensor", q.Sensor))+" ORDER BY began, id", func(x *row) error {
		var a about
		if err := json.Unmarshal([]byte(x.About), &a); err != nil {
			return fmt.Errorf("store %s: run %d: %w", c.name(), x.ID, err)
		}
		out = append(out, Run{ID: x.ID, Sensor: x.Sensor, Kind: x.Kind, Origin: x.Origin, Program: x.Program, Began: time.Unix(0, x.Began).UTC(),
			Ended: x.Ended != 0, NotStored: x.NotStored, Home: a.Home, Words: a.Words, Sources: a.Sources, Coverage: a.Coverage, State: a.State})
		return nil
	})
	return out, err
}

// Flows implements Store. Of the rows of one flow the one that was written last counts, so what may
// differ between them is asked of that one.
func (c *ClickHouse) Flows(ctx context.Context, q Query, visit func(*Flow) error) error {
	since, until := q.bounds()
	began, ended, host, p2p := "", "", "", ""
	if !q.Until.IsZero() {
		began = fmt.Sprintf("start < %d", until)
	}
	if !q.Since.IsZero() {
		ended = fmt.Sprintf("end >= %d", since)
	}
	if q.Host.IsSingleIP() {
		a := quote(q.Host.Addr().Unmap().String())
		host = "(host = " + a + " OR peer = " + a + ")"
	}
	if q.P2P {
		p2p = "verdict = 'p2p'"
	}
	type row struct {
		Run       int64  `json:"run,string"`
		Number    uint64 `json:"number,string"`
		Sensor    string
		Start     int64  `json:"start,string"`
		End       int64  `json:"end,string"`
		Community string `json:"community_id"`
		Host      string
		Peer      string
		Country   string
		Verdict   string
		Family    string
		Final     uint8 `json:"is_final"`
		Record    string
	}
	const shown = "run, number, sensor, start, end, community_id, host, peer, country, verdict, family, is_final"
	// The rows that count, of what is chosen, in order.
	choose := func(columns, chosen, page string) string {
		return "SELECT " + columns + " FROM (SELECT " + columns + ", written FROM " + c.database + ".flow WHERE " +
			terms("run IN "+c.live(), began, equals("sensor", q.Sensor), equals("community_id", q.CommunityID), chosen) +
			" ORDER BY written DESC LIMIT 1 BY sensor, start, community_id) ANY LEFT JOIN (SELECT id AS run, min(began) AS since FROM " + c.database +
			".run GROUP BY id) USING run WHERE " + terms(ended, host, equals("country", q.Country), p2p) + " ORDER BY since, run, number, start" + page
	}
	query := choose(shown+", record", "", "")
	if q.Most > 0 && !filtersHere(&q) { // records are large: which to read is chosen without them
		query = choose(shown+", record", "(sensor, start, community_id) IN (SELECT sensor, start, community_id FROM ("+
			choose(shown, "", fmt.Sprintf(" LIMIT %d, %d", q.Skip, q.Most))+"))", "")
		q.Skip = 0
	}
	passed := 0
	err := ask(ctx, c, query, func(x *row) error {
		if q.Host.IsValid() && !within(q.Host, x.Host) && !within(q.Host, x.Peer) {
			return nil
		}
		if q.Skip > 0 {
			q.Skip--
			return nil
		}
		err := visit(&Flow{Run: x.Run, Number: x.Number, Sensor: x.Sensor, Start: x.Start, End: x.End, CommunityID: x.Community, Host: x.Host,
			Peer: x.Peer, Country: x.Country, Verdict: x.Verdict, Family: x.Family, Final: x.Final != 0, Record: []byte(x.Record)})
		if passed++; err == nil && passed == q.Most {
			err = errPage
		}
		return err
	})
	if errors.Is(err, errPage) {
		return nil
	}
	return err
}

// errPage ends the reading of an answer of which enough was read.
var errPage = errors.New("enough")

// Totals implements Store.
func (c *ClickHouse) Totals(ctx context.Context, q Query, visit func(*Total) error) error {
	from, to := q.intervals()
	host := ""
	if q.Host.IsSingleIP() {
		host = equals("host", q.Host.Addr().Unmap().String())
	}
	type row struct {
		Run      int64 `json:"run,string"`
		Interval int64 `json:"interval_start,string"`
		Host     string
		Country  string
		Verdict  string
		Family   string
		Flows    uint64 `json:"n,string"`
		Packets  uint64 `json:"p,string"`
		Out      uint64 `json:"o,string"`
		In       uint64 `json:"i,string"`
		TCP      uint64 `json:"t,string"`
		OneWay   uint64 `json:"w,string"`
		First    int64  `json:"f,string"`
		Last     int64  `json:"l,string"`
	}
	return ask(ctx, c, `SELECT run, interval_start, host, country, verdict, family, sum(flows) AS n, sum(packets) AS p, sum(bytes_out) AS o, sum(bytes_in) AS i,
		sum(tcp) AS t, sum(one_way) AS w, min(first) AS f, max(last) AS l FROM `+c.database+".total FINAL WHERE "+
		terms("run IN "+c.live(), fmt.Sprintf("interval_start >= %d AND interval_start < %d", from, to), host, equals("country", q.Country), equals("sensor", q.Sensor))+
		" GROUP BY run, interval_start, host, country, verdict, family ORDER BY interval_start, run, host, country, verdict, family", func(x *row) error {
		if q.Host.IsValid() && !within(q.Host, x.Host) {
			return nil
		}
		return visit(&Total{x.Run, x.Interval, x.Host, x.Country, x.Verdict, x.Family, Sums{x.Flows, x.Packets, x.Out, x.In, x.TCP, x.OneWay, x.First, x.Last}})
	})
}

// Spans implements Store.
func (c *ClickHouse) Spans(ctx context.Context, q Query) ([]Span, error) {
	from, to := q.intervals()
	type row struct {
		Run      int64  `json:"run,string"`
		Interval int64  `json:"interval_start,string"`
		First    int64  `json:"first,string"`
		Last     int64  `json:"last,string"`
		Flows    uint64 `json:"flows,string"`
		Packets  uint64 `json:"packets,string"`
		Octets   uint64 `json:"bytes,string"`
		Dropped  uint64 `json:"dropped,string"`
		Evicted  uint64 `json:"evicted,string"`
	}
	var out []Span
	err := ask(ctx, c, "SELECT run, interval_start, first, last, flows, packets, bytes, dropped, evicted FROM "+c.database+".span FINAL WHERE "+
		terms("run IN "+c.live(), fmt.Sprintf("interval_start >= %d AND interval_start < %d", from, to), equals("sensor", q.Sensor))+" ORDER BY interval_start, run", func(x *row) error {
		out = append(out, Span(*x))
		return nil
	})
	return out, err
}

// Judged implements Store.
func (c *ClickHouse) Judged(ctx context.Context, q Query) ([]Judged, error) {
	since, until := q.bounds()
	from, to := "", ""
	if !q.Since.IsZero() {
		from = fmt.Sprintf("hour >= %d", hourOf(since))
	}
	if !q.Until.IsZero() {
		to = fmt.Sprintf("(hour < %d OR run IN (SELECT id FROM %s.run WHERE kind = 'capture' AND first < %d))", (until-1)/1e9+1, c.database, until)
	}
	type row struct {
		Run    int64 `json:"run,string"`
		Hour   int64 `json:"hour,string"`
		Kind   string
		Key    string
		Number int64 `json:"number,string"`
		Body   string
	}
	var out []Judged
	err := ask(ctx, c, "SELECT run, hour, kind, key, number, body FROM (SELECT * FROM "+c.database+".judged WHERE "+
		terms("run IN "+c.live(), from, to, equals("sensor", q.Sensor))+" ORDER BY hour DESC, written DESC LIMIT 1 BY run, kind, key) ANY LEFT JOIN (SELECT id AS run, min(began) AS since FROM "+
		c.database+".run GROUP BY id) USING run ORDER BY since, run, kind, number", func(x *row) error {
		out = append(out, Judged{x.Run, x.Hour, x.Kind, x.Key, int(x.Number), []byte(x.Body)})
		return nil
	})
	return out, err
}

// Verdicts implements Store.
func (c *ClickHouse) Verdicts(ctx context.Context, since time.Time) (out []VerdictCount, err error) {
	type row struct {
		Verdict, Family, Country string
		Flows                    uint64 `json:"n,string"`
	}
	err = ask(ctx, c, "SELECT verdict, family, country, sum(flows) AS n FROM "+c.database+".hour FINAL WHERE "+
		terms("run IN "+c.live(), fmt.Sprintf("hour >= %d", hourOf(since.UnixNano())))+" GROUP BY verdict, family, country", func(x *row) error {
		out = append(out, VerdictCount{x.Verdict, x.Family, x.Country, x.Flows})
		return nil
	})
	return out, err
}
