package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"peeratlas/report"
)

// clickHouseVersion is the version of the tables.
const clickHouseVersion = 1

// clickHouseTables are made where they are not. Each is a ReplacingMergeTree whose order is what makes
// a row that row, and keeps the one that was written last: a batch that is sent again changes nothing. day
// is for partitions and for the time to live.
var clickHouseTables = []struct{ name, columns, order string }{
	{"run", `id Int64, sensor String, kind String, origin String, program String, began Int64, ended UInt8, first Int64, last Int64,
		not_stored UInt64, about String`, "id"},
	{"flow", `run Int64, number UInt64, sensor String, start Int64, end Int64, community_id String, host String, peer String, country String,
		verdict String, family String, is_final UInt8, record String`, "sensor, start, community_id, run"},
	{"total", `sensor String, run Int64, batch UInt64, interval_start Int64, host String, country String, verdict String, family String, flows UInt64,
		packets UInt64, bytes_out UInt64, bytes_in UInt64, tcp UInt64, one_way UInt64, first Int64, last Int64`,
		"interval_start, run, host, country, verdict, family, batch"},
	{"span", `sensor String, run Int64, interval_start Int64, first Int64, last Int64, flows UInt64, packets UInt64, bytes UInt64, dropped UInt64,
		evicted UInt64`, "interval_start, run"},
	{"judged", "sensor String, run Int64, hour Int64, kind String, key String, number Int64, body String", "run, kind, key, hour"},
	// By hour, for pages that show weeks: of flows that have ended, those kept whole too.
	{"hour", `sensor String, run Int64, batch UInt64, hour Int64, host String, country String, verdict String, family String, flows UInt64,
		bytes_out UInt64, bytes_in UInt64`, "hour, country, host, family, verdict, run, batch"},
	{"retention", "id UInt8, days UInt32", "id"},
}

// newer are settings that not every server knows.
var newer = []string{"insert_deduplication_token", "max_partitions_per_insert_block", "non_replicated_deduplication_window"}

// errSchema is a database whose tables this program cannot use.
var errSchema = errors.New("its tables are not those that this peeratlas knows")

// layout is what the database has: the columns of each table.
func (c *ClickHouse) layout(ctx context.Context) (map[string][]string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.timeout())
	defer cancel()
	found := map[string][]string{}
	err := ask(ctx, c, "SELECT table, name FROM system.columns WHERE database = "+quote(c.database), func(r *struct{ Table, Name string }) error {
		found[r.Table] = append(found[r.Table], r.Name)
		return nil
	})
	return found, err
}

// version is that of the tables that are there; 0 if there are none, or not all yet.
func (c *ClickHouse) version(ctx context.Context, found map[string][]string) (version int, err error) {
	ours := map[string]bool{"version": true}
	for _, t := range clickHouseTables {
		ours[t.name] = true
	}
	for name := range found {
		if !ours[name] {
			return 0, fmt.Errorf("store %s: %w: the database holds other tables, such as %s; choose another", c.name(), ErrForeign, report.Clean(name, 60))
		}
	}
	if found["version"] == nil {
		return 0, nil
	}
	if !slices.Contains(found["version"], "version") {
		return 0, fmt.Errorf("store %s: %w: its table version is another program's; choose another database", c.name(), ErrForeign)
	}
	ctx, cancel := context.WithTimeout(ctx, c.options.timeout())
	defer cancel()
	err = ask(ctx, c, "SELECT max(version) AS latest FROM "+c.database+".version", func(r *struct{ Latest int }) error {
		version = r.Latest
		return nil
	})
	return version, err
}

// check holds what the database has against what this program needs.
func (c *ClickHouse) check(version int, found map[string][]string) error {
	if version != clickHouseVersion {
		return fmt.Errorf("store %s: %w: they are of version %d, and it knows %d; use the peeratlas that made them, or another database", c.name(), errSchema, version, clickHouseVersion)
	}
	for _, t := range clickHouseTables {
		if found[t.name] == nil {
			return fmt.Errorf("store %s: %w: the table %s is missing; restore it, or choose another database", c.name(), errSchema, t.name)
		}
		for column := range strings.SplitSeq(t.columns+", written UInt64, day Date", ",") {
			column = strings.TrimSpace(column)
			if name, _, _ := strings.Cut(column, " "); !slices.Contains(found[t.name], name) {
				return fmt.Errorf("store %s: %w: the table %s lacks a column; mend it by ALTER TABLE %s.%s ADD COLUMN %s, or choose another database", c.name(), errSchema, t.name, c.database, t.name, column)
			}
		}
	}
	return nil
}

// prepare learns what the server can do, and makes the tables or checks them.
func (c *ClickHouse) prepare(ctx context.Context) error {
	if err := c.learn(ctx); err != nil {
		return err
	}
	for tries := 1; ; tries++ {
		found, err := c.layout(ctx)
		if err != nil {
			return err
		}
		version, err := c.version(ctx, found)
		if err != nil {
			return err
		}
		if version > 0 {
			if err := c.check(version, found); err != nil {
				return err
			}
			return c.keepFor(ctx)
		}
		// Another sensor may be making them at the same time.
		if err := c.makeTables(ctx); err != nil && tries == 3 {
			return err
		} else if err != nil {
			sleep(ctx, 300*time.Millisecond)
		}
	}
}

// learn asks what the server can do.
func (c *ClickHouse) learn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.options.timeout())
	defer cancel()
	for _, table := range []string{"system.settings", "system.merge_tree_settings"} {
		err := ask(ctx, c, "SELECT name FROM "+table, func(r *struct{ Name string }) error {
			c.settings[r.Name] = slices.Contains(newer, r.Name)
			return nil
		})
		if err != nil && table == "system.settings" {
			return err // the other is not in every version
		}
	}
	return ask(ctx, c, "SELECT version() AS version", func(r *struct{ Version string }) error {
		var major, minor int
		fmt.Sscanf(r.Version, "%d.%d", &major, &minor)
		c.ttl = major > 19 || major == 19 && minor >= 6
		return nil
	})
}

// makeTables makes what is not there. That a table version is there first tells others whose the database is.
func (c *ClickHouse) makeTables(ctx context.Context) error {
	settings := ""
	if c.settings["non_replicated_deduplication_window"] {
		settings = " SETTINGS non_replicated_deduplication_window = 1000"
	}
	statements := []string{"CREATE DATABASE IF NOT EXISTS " + c.database,
		"CREATE TABLE IF NOT EXISTS " + c.database + ".version (version UInt32) ENGINE = MergeTree ORDER BY version"}
	for _, t := range clickHouseTables {
		statements = append(statements, fmt.Sprintf(`CREATE TABLE IF NOT EXISTS %s.%s (%s, written UInt64, day Date)
			ENGINE = ReplacingMergeTree(written) PARTITION BY toYYYYMM(day) ORDER BY (%s)%s`, c.database, t.name, t.columns, t.order, settings))
	}
	for _, s := range append(statements, fmt.Sprintf("INSERT INTO %s.version VALUES (%d)", c.database, clickHouseVersion)) {
		if err := c.exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// keepFor sets how many days rows are kept, if that was asked for and is not so yet: to set it is work for
// the server, and each sensor asks for it when it begins.
func (c *ClickHouse) keepFor(ctx context.Context) error {
	days := c.options.Days
	if days <= 0 {
		return nil
	}
	if now, err := c.kept(ctx); err != nil || now == days {
		return err
	}
	if c.ttl {
		for _, t := range clickHouseTables {
			if t.name == "run" || t.name == "retention" {
				continue
			}
			if err := c.exec(ctx, fmt.Sprintf("ALTER TABLE %s.%s MODIFY TTL day + INTERVAL %d DAY", c.database, t.name, days)); err != nil {
				return err
			}
		}
	}
	return c.exec(ctx, fmt.Sprintf("INSERT INTO %s.retention (id, days, written, day) VALUES (1, %d, %d, '1970-01-02')", c.database, days, time.Now().UnixNano()))
}

// Retain implements Store. A server that knows a time to live needs no help; of an old one, months of which
// all is too old are dropped.
func (c *ClickHouse) Retain(ctx context.Context, _ Retention, now time.Time) (more bool, err error) {
	if c.ttl || c.options.Days <= 0 || c.spool != nil && c.spool.away() {
		return false, nil
	}
	month := now.AddDate(0, 0, -c.options.Days).UTC().Format("200601")
	type part struct{ Table, Partition string }
	var old []part
	err = ask(ctx, c, "SELECT DISTINCT table, partition FROM system.parts WHERE active AND database = "+quote(c.database), func(p *part) error {
		if p.Table != "run" && p.Table != "retention" && p.Table != "version" && len(p.Partition) == len(month) && p.Partition < month {
			old = append(old, *p)
		}
		return nil
	})
	for _, p := range old {
		if err == nil && plainName(p.Table) && plainName(p.Partition) {
			err = c.exec(ctx, "ALTER TABLE "+c.database+"."+p.Table+" DROP PARTITION "+p.Partition)
		}
	}
	return false, err
}

// kept is how many days rows are kept; 0 is all.
func (c *ClickHouse) kept(ctx context.Context) (days int, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.timeout())
	defer cancel()
	err = ask(ctx, c, "SELECT days FROM "+c.database+".retention FINAL WHERE id = 1", func(x *struct{ Days int }) error {
		days = x.Days
		return nil
	})
	return days, err
}

// Removed implements Store: how many flows are gone the server does not tell.
func (c *ClickHouse) Removed(ctx context.Context) (r Removed, err error) {
	days, err := c.kept(ctx)
	if err != nil && strings.Contains(err.Error(), "Code: 60") { // there is no such table
		return r, nil
	}
	if days > 0 {
		r.Before = time.Now().AddDate(0, 0, -days).UTC()
	}
	return r, err
}
