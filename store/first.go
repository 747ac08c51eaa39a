package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// First is the first flow judged p2p of something, as far back as the store reaches.
type First struct {
	Kind        string // FirstCountry, FirstHost or FirstPeer
	Start, End  int64  // of the flow, nanoseconds since the Unix epoch
	Sensor      string
	CommunityID string
	Host        string
	Peer        string
	Country     string // row of the peer
	Family      string
}

// What may be met for the first time.
const (
	FirstCountry = "country" // a country, or another row, with peers
	FirstHost    = "host"    // a host that has peers
	FirstPeer    = "peer"
)

// Bounds of a search for what is first.
const (
	latestFlows   = 5000  // among the latest flows of the time asked for, peers are looked for
	mostFirstKeys = 10000 // hosts, or rows of countries, that are looked at
)

// firsts is a Store that can tell what is first.
type firsts interface {
	firsts(ctx context.Context, kind string, q Query, most int) ([]First, error)
}

// Firsts are countries, hosts or peers that were met for the first time in [Since, Until) of q, the
// latest first, at most so many. "First" goes by what the store holds, of q.Sensor if that is given. Of
// several flows that of which the end came first counts, and that end is what lies in the time. Peers are looked for among the latest 5,000 flows
// of that time.
func Firsts(ctx context.Context, s Store, kind string, q Query, most int) ([]First, error) {
	f, ok := s.(firsts)
	if !ok {
		return nil, nil
	}
	list, err := f.firsts(ctx, kind, q, most)
	if err != nil {
		return nil, err
	}
	since, until := q.bounds()
	list = slices.DeleteFunc(list, func(x First) bool {
		return x.End < since || x.End >= until || q.Country != "" && x.Country != q.Country ||
			q.Host.IsValid() && !within(q.Host, x.Host) && !within(q.Host, x.Peer)
	})
	slices.SortStableFunc(list, func(a, b First) int { return cmp.Compare(b.End, a.End) })
	return list[:min(len(list), most)], nil
}

// Every statement walks an index: of a column's values each is found by a step from the one before.
const (
	firstOfColumn = `WITH RECURSIVE key(x) AS (SELECT min(%[1]s) FROM flow UNION ALL
		SELECT (SELECT min(%[1]s) FROM flow WHERE %[1]s > x) FROM key WHERE x IS NOT NULL LIMIT %[2]d)
		SELECT (SELECT f.id FROM flow f WHERE f.%[1]s = key.x AND f.verdict = 'p2p' AND (?1 = '' OR f.sensor = ?1) ORDER BY f.end LIMIT 1)
		FROM key WHERE x IS NOT NULL`
	firstPeers = `SELECT f.id FROM (SELECT id, peer, end FROM flow WHERE end >= ?2 AND end < ?3 AND verdict = 'p2p' AND (?1 = '' OR sensor = ?1)
		AND (?4 = '' OR +country = ?4) ORDER BY end DESC LIMIT %d) f WHERE NOT EXISTS
		(SELECT 1 FROM flow g WHERE g.peer = f.peer AND g.end < f.end AND g.verdict = 'p2p' AND (?1 = '' OR g.sensor = ?1)) ORDER BY f.end DESC LIMIT ?5`
)

func (s *SQLite) firsts(ctx context.Context, kind string, q Query, most int) (out []First, err error) {
	since, until := q.bounds()
	statement, values := "", []any{q.Sensor}
	switch kind {
	case FirstPeer:
		if q.Host.IsValid() {
			most = latestFlows // of these, some are of other hosts
		}
		statement, values = fmt.Sprintf(firstPeers, latestFlows), append(values, since, until, q.Country, most)
	case FirstCountry, FirstHost:
		statement = fmt.Sprintf(firstOfColumn, kind, mostFirstKeys)
	default:
		return nil, fmt.Errorf("store %s: nothing is met as a %q", s.name, kind)
	}
	err = s.rows(ctx, "SELECT sensor, start, end, community_id, host, peer, country, family FROM flow WHERE id IN ("+statement+")", values, func(rows *sql.Rows) error {
		f := First{Kind: kind}
		if err := rows.Scan(&f.Sensor, &f.Start, &f.End, &f.CommunityID, &f.Host, &f.Peer, &f.Country, &f.Family); err != nil {
			return fmt.Errorf("store %s: a first flow: %w", s.name, err)
		}
		out = append(out, f)
		return nil
	})
	return out, err
}

func (c *ClickHouse) firsts(ctx context.Context, kind string, q Query, most int) (out []First, err error) {
	if kind != FirstPeer && kind != FirstCountry && kind != FirstHost {
		return nil, fmt.Errorf("store %s: nothing is met as a %q", c.name(), kind)
	}
	since, until := q.bounds()
	if q.Host.IsValid() || q.Country != "" {
		most = mostFirstKeys
	}
	type row struct {
		Start     int64 `json:"start,string"`
		End       int64 `json:"end,string"`
		Sensor    string
		Community string `json:"community_id"`
		Host      string
		Peer      string
		Country   string
		Family    string
	}
	const list = "sensor, community_id, host, peer, country, family"
	// The first row of each, by the end of the flow as SQLite's index has it.
	err = ask(ctx, c, fmt.Sprintf(`SELECT start, end, %s FROM (SELECT start, end, %s FROM %s.flow WHERE %s ORDER BY end LIMIT 1 BY %s)
		WHERE end >= %d AND end < %d ORDER BY end DESC LIMIT %d`, list, list, c.database,
		terms("run IN "+c.live(), "verdict = 'p2p'", equals("sensor", q.Sensor)), kind, since, until, most), func(x *row) error {
		out = append(out, First{kind, x.Start, x.End, x.Sensor, x.Community, x.Host, x.Peer, x.Country, x.Family})
		return nil
	})
	return out, err
}
