package store

import (
	"context"
	"fmt"
)

// migrations are the steps from an empty file to the tables of today; the version of a file is how many
// of them it has seen. A step that was published is never changed: what is to change is another step.
var migrations = []string{
	`CREATE TABLE run (
		id INTEGER PRIMARY KEY,
		sensor TEXT NOT NULL,
		kind TEXT NOT NULL,
		origin TEXT NOT NULL,
		program TEXT NOT NULL,
		began INTEGER NOT NULL,   -- nanoseconds since the Unix epoch, as all times but those of intervals
		ended INTEGER NOT NULL,
		first INTEGER NOT NULL,   -- of the packets
		last INTEGER NOT NULL,
		not_stored INTEGER NOT NULL,
		about TEXT NOT NULL       -- JSON: inputs, home networks, databases, coverage
	) STRICT;
	CREATE INDEX run_origin ON run (sensor, origin);
	CREATE TABLE flow (
		id INTEGER PRIMARY KEY,
		run INTEGER NOT NULL,
		number INTEGER NOT NULL,
		sensor TEXT NOT NULL,
		start INTEGER NOT NULL,
		end INTEGER NOT NULL,
		community_id TEXT NOT NULL,
		host TEXT NOT NULL,
		peer TEXT NOT NULL,
		country TEXT NOT NULL,
		verdict TEXT NOT NULL,
		family TEXT NOT NULL,
		final INTEGER NOT NULL,
		record TEXT NOT NULL,     -- JSON
		UNIQUE (sensor, start, community_id)
	) STRICT;
	CREATE INDEX flow_run ON flow (run, number);
	CREATE INDEX flow_end ON flow (end);
	CREATE INDEX flow_host ON flow (host, end);
	CREATE INDEX flow_peer ON flow (peer, end);
	CREATE INDEX flow_country ON flow (country, end);
	CREATE TABLE total (
		run INTEGER NOT NULL,
		interval INTEGER NOT NULL, -- seconds since the Unix epoch, when it begins
		host TEXT NOT NULL,
		country TEXT NOT NULL,
		verdict TEXT NOT NULL,
		family TEXT NOT NULL,
		flows INTEGER NOT NULL,
		packets INTEGER NOT NULL,
		bytes_out INTEGER NOT NULL,
		bytes_in INTEGER NOT NULL,
		tcp INTEGER NOT NULL,
		one_way INTEGER NOT NULL,
		first INTEGER NOT NULL,
		last INTEGER NOT NULL,
		PRIMARY KEY (interval, run, host, country, verdict, family)
	) STRICT, WITHOUT ROWID;
	CREATE INDEX total_run ON total (run);
	CREATE TABLE span (
		run INTEGER NOT NULL,
		interval INTEGER NOT NULL,
		first INTEGER NOT NULL,
		last INTEGER NOT NULL,
		flows INTEGER NOT NULL,
		packets INTEGER NOT NULL,
		bytes INTEGER NOT NULL,
		dropped INTEGER NOT NULL,
		evicted INTEGER NOT NULL,
		PRIMARY KEY (interval, run)
	) STRICT, WITHOUT ROWID;
	CREATE TABLE judged (
		run INTEGER NOT NULL,
		hour INTEGER NOT NULL,
		kind TEXT NOT NULL,
		key TEXT NOT NULL,
		number INTEGER NOT NULL,
		body TEXT NOT NULL,       -- JSON
		PRIMARY KEY (run, kind, key, hour)
	) STRICT, WITHOUT ROWID`,

	// What retention took away is told, so that a report knows what it cannot know.
	`CREATE TABLE removed (
		id INTEGER PRIMARY KEY CHECK (id = 1),
		flows INTEGER NOT NULL,
		before INTEGER NOT NULL   -- flows that ended before this are gone, or some are
	) STRICT;
	INSERT INTO removed VALUES (1, 0, 0);
	CREATE INDEX judged_hour ON judged (hour)`,

	// Flows are added up by hour and day in which they began, sensor and country: see sqlite_pack.go.
	`ALTER TABLE flow ADD COLUMN loose INTEGER NOT NULL DEFAULT 1; -- 0: it is in the packs of its hour and its day
	CREATE INDEX flow_loose ON flow (loose, final, start) WHERE loose <> 0;
	CREATE INDEX flow_start ON flow (start, end, run, number);
	CREATE INDEX flow_long ON flow (end, start) WHERE end - start >= 3600000000000;
	CREATE INDEX judged_key ON judged (run, kind, key, hour);
	CREATE TABLE pack (
		id INTEGER PRIMARY KEY,
		span INTEGER NOT NULL,    -- 3600 or 86400
		begins INTEGER NOT NULL,  -- seconds since the Unix epoch
		sensor TEXT NOT NULL,
		country TEXT NOT NULL,
		body BLOB NOT NULL,       -- as report.Builder.AppendPart writes it
		UNIQUE (span, begins, sensor, country)
	) STRICT`,
}

// migrate takes the file from one version to the next: wholly, or not at all.
func (s *SQLite) migrate(ctx context.Context, version int) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	// Another program may have been faster.
	var now int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&now); err != nil {
		return err
	}
	if now > version {
		return nil
	}
	for _, step := range []string{migrations[version], fmt.Sprintf("PRAGMA user_version = %d", version+1),
		fmt.Sprintf("PRAGMA application_id = %d", applicationID)} {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return err
		}
	}
	return tx.Commit()
}
