package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
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

// version is that of the tables that are there; 0 if there are none.
func (c *ClickHouse) version(ctx context.Context) (version int, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.timeout())
	defer cancel()
	found := []string{}
	err = ask(ctx, c, "SELECT name FROM system.tables WHERE database = "+quote(c.database), func(r *struct{ Name string }) error {
		found = append(found, r.Name)
		return nil
	})
	if err != nil || len(found) == 0 {
		return 0, err
	}
	if !slices.Contains(found, "version") {
		return 0, fmt.Errorf("store %s: %w: the database holds other tables; choose another", c.name(), ErrForeign)
	}
	err = ask(ctx, c, "SELECT max(version) AS version FROM "+c.database+".version", func(r *struct {
		Version int `json:"version"`
	}) error {
		version = r.Version
		return nil
	})
	return version, err
}

// prepare learns what the server can do, and makes the tables or checks them.
func (c *ClickHouse) prepare(ctx context.Context) error {
	version, err := c.version(ctx)
	if err != nil {
		return err
	}
	if version > clickHouseVersion {
		return fmt.Errorf("store %s: its tables are of version %d, and this peeratlas knows %d: a newer one made them", c.name(), version, clickHouseVersion)
	}
	for _, table := range []string{"system.settings", "system.merge_tree_settings"} {
		err := ask(ctx, c, "SELECT name FROM "+table, func(r *struct{ Name string }) error {
			c.settings[r.Name] = slices.Contains(newer, r.Name)
			return nil
		})
		if err != nil && table == "system.settings" {
			return err // the other is not in every version
		}
	}
	err = ask(ctx, c, "SELECT version() AS version", func(r *struct{ Version string }) error {
		var major, minor int
		fmt.Sscanf(r.Version, "%d.%d", &major, &minor)
		c.ttl = major > 19 || major == 19 && minor >= 6
		return nil
	})
	if err != nil {
		return err
	}
	if version < clickHouseVersion {
		if err := c.makeTables(ctx); err != nil {
			return err
		}
	}
	return c.keepFor(ctx)
}

func (c *ClickHouse) makeTables(ctx context.Context) error {
	if err := c.exec(ctx, "CREATE DATABASE IF NOT EXISTS "+c.database); err != nil {
		return err
	}
	settings := ""
	if c.settings["non_replicated_deduplication_window"] {
		settings = " SETTINGS non_replicated_deduplication_window = 1000"
	}
	for _, t := range clickHouseTables {
		err := c.exec(ctx, fmt.Sprintf(`CREATE TABLE IF NOT EXISTS %s.%s (%s, written UInt64, day Date)
			ENGINE = ReplacingMergeTree(written) PARTITION BY toYYYYMM(day) ORDER BY (%s)%s`, c.database, t.name, t.columns, t.order, settings))
		if err != nil {
			return err
		}
	}
	if err := c.exec(ctx, "CREATE TABLE IF NOT EXISTS "+c.database+".version (version UInt32) ENGINE = MergeTree ORDER BY version"); err != nil {
		return err
	}
	return c.exec(ctx, fmt.Sprintf("INSERT INTO %s.version VALUES (%d)", c.database, clickHouseVersion))
}

// keepFor sets how many days rows are kept, if that was asked for.
func (c *ClickHouse) keepFor(ctx context.Context) error {
	days := c.options.Days
	if days <= 0 {
		return nil
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

// Removed implements Store: how many flows are gone the server does not tell.
func (c *ClickHouse) Removed(ctx context.Context) (r Removed, err error) {
	err = ask(ctx, c, "SELECT days FROM "+c.database+".retention FINAL WHERE id = 1", func(x *struct{ Days uint32 }) error {
		r.Before = time.Now().AddDate(0, 0, -int(x.Days)).UTC()
		return nil
	})
	if err != nil && strings.Contains(err.Error(), "Code: 60") { // there is no such table
		err = nil
	}
	return r, err
}
