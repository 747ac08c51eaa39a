package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// applicationID marks a database as a store in its header (sqlite.org/fileformat.html, section 1.3.15):
// "PAts" in ASCII.
const applicationID = 0x50417473

// busyTime is how long a write waits for another program that writes.
const busyTime = 10 * time.Second

// SQLite is a store in one file. Several programs may have it open at once; one of them writes at a time.
type SQLite struct {
	name   string
	db     *sql.DB
	tx     *sql.Tx // of a batch that said that more comes
	late   bool    // the check of the file is left to the first write
	broken error   // what it has found
	closed bool
}

// OpenSQLite opens a store to write and to read, and makes it if there is none, for its owner alone. It is
// checked, and one that an earlier version wrote is brought up to date.
func OpenSQLite(ctx context.Context, name string) (*SQLite, error) {
	return OpenSQLiteWaiting(ctx, name, busyTime)
}

// OpenSQLiteWaiting is OpenSQLite for who waits for another program that writes no longer than so: a write
// fails then, and may be tried again.
func OpenSQLiteWaiting(ctx context.Context, name string, wait time.Duration) (*SQLite, error) {
	if err := checkFolder(name); err != nil {
		return nil, fmt.Errorf("store %s: %w", name, err)
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600) // SQLite gives the files beside it the same mode
	if err != nil {
		return nil, fmt.Errorf("store %s: %w; choose a file that can be written, in a folder that exists", name, unwrapPath(err))
	}
	f.Close()
	s, err := connect(name, false, wait)
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("store %s: %w", name, err)
	}
	return s, nil
}

// ReadSQLite opens a store to read only.
func ReadSQLite(ctx context.Context, name string) (*SQLite, error) {
	if _, err := os.Stat(name); err != nil {
		return nil, fmt.Errorf("store %s: %w; name one that --store has written", name, unwrapPath(err))
	}
	s, err := connect(name, true, busyTime)
	if err != nil {
		return nil, err
	}
	version, err := s.version(ctx)
	if err == nil && version < len(migrations) {
		err = fmt.Errorf("it is of version %d, this peeratlas reads %d; to bring it up to date, write to it once: peeratlas report --store %s CAPTURE", version, len(migrations), name)
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("store %s: %w", name, err)
	}
	return s, nil
}

// checkFolder refuses what SQLite cannot keep a file in, before it makes one.
func checkFolder(name string) error {
	st, err := os.Stat(filepath.Dir(name))
	switch {
	case err != nil:
		return fmt.Errorf("%w; choose a folder that exists", unwrapPath(err))
	case !st.IsDir():
		return fmt.Errorf("%s is no folder", filepath.Dir(name))
	}
	if st, err := os.Stat(name); err == nil && !st.Mode().IsRegular() {
		return errors.New("this is no file; a store is a file of its own")
	}
	return nil
}

// connect opens the file; nothing is read yet.
func connect(name string, readOnly bool, wait time.Duration) (*SQLite, error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", name, err)
	}
	v := url.Values{"_txlock": {"immediate"}}
	pragma := func(p string) { v.Add("_pragma", p) }
	pragma(fmt.Sprintf("busy_timeout(%d)", wait.Milliseconds()))
	pragma("trusted_schema(0)") // whoever wrote the file may be a stranger
	pragma("foreign_keys(0)")
	pragma("temp_store(memory)") // a jail has no folder for temporary files
	if readOnly {
		pragma("query_only(1)")
		v.Set("mode", "rw") // a store that is read while it is written needs the file beside it
		if !writable(path) {
			v.Set("mode", "ro")
		}
	} else {
		v.Set("mode", "rw")
		pragma("synchronous(full)") // what a write returned from outlives a loss of power
		pragma("journal_size_limit(67108864)")
	}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: v.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", name, err)
	}
	if !readOnly {
		db.SetMaxOpenConns(2) // one writes, one may read
	}
	return &SQLite{name: name, db: db}, nil
}

func writable(path string) bool {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	f.Close()
	return true
}

// prepare makes the tables, or checks and migrates those that are there.
func (s *SQLite) prepare(ctx context.Context) error {
	version, err := s.version(ctx)
	if err != nil && !errors.Is(err, errEmpty) {
		return err
	}
	if errors.Is(err, errEmpty) {
		// The first of these counts only before there is a table, the second outside of a transaction.
		for _, p := range []string{"PRAGMA auto_vacuum = INCREMENTAL", "PRAGMA journal_mode = WAL"} {
			if _, err := s.db.ExecContext(ctx, p); err != nil {
				return damaged(err)
			}
		}
	} else if st, err := os.Stat(s.name); err == nil && st.Size() > checkAtOnce {
		s.late = true
	} else if err := s.check(ctx); err != nil {
		return err
	}
	for version < len(migrations) {
		if err := s.migrate(ctx, version); err != nil {
			return fmt.Errorf("bring it from version %d to %d: %w", version, version+1, damaged(err))
		}
		version++
	}
	_, err = s.db.ExecContext(ctx, "PRAGMA journal_mode = WAL")
	return damaged(err)
}

// errEmpty is a file that nothing was written to.
var errEmpty = errors.New("the file is empty")

// version is that of the tables; a file of another program is an error.
func (s *SQLite) version(ctx context.Context) (version int, err error) {
	var id, tables int
	if err := s.db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return 0, damaged(err)
	}
	if err := s.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, damaged(err)
	}
	if err := s.db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return 0, damaged(err)
	}
	switch {
	case id == 0 && version == 0 && tables == 0:
		return 0, errEmpty
	case id != applicationID:
		return 0, fmt.Errorf("%w: another program's database is left alone; choose another file", ErrForeign)
	case version > len(migrations):
		return 0, fmt.Errorf("it is of version %d, and this peeratlas knows %d: a newer one wrote it; use that, or another file", version, len(migrations))
	}
	return version, nil
}

// checkAtOnce is up to which size a file is checked when it is opened; 258 MB took 0.4 s (2026-11-26). A larger
// one is checked by the first write, which a watch does beside its reading.
var checkAtOnce = int64(256 << 20)

// checkLate does what was left to the first write. What it finds stands.
func (s *SQLite) checkLate(ctx context.Context) error {
	if s.late && s.broken == nil {
		s.broken = s.check(ctx)
		s.late = s.broken != nil
	}
	return s.broken
}

// check looks at the pages and records of the whole file.
func (s *SQLite) check(ctx context.Context) error {
	var found string
	if err := s.db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return damaged(err)
	}
	if found != "ok" {
		return damaged(errors.New(found))
	}
	return nil
}

// damaged says what to do about errors of which SQLite's own words do not.
func damaged(err error) error {
	if err == nil {
		return nil
	}
	switch text := err.Error(); {
	case strings.Contains(text, "SQLITE_NOTADB"), strings.Contains(text, "not a database"):
		return fmt.Errorf("%w: the file is left alone; choose another name", ErrForeign)
	case strings.Contains(text, "SQLITE_CORRUPT"), strings.Contains(text, "malformed"), strings.Contains(text, "in database main"):
		return fmt.Errorf("the file is damaged (%w); put back a copy, or move it away and begin a new one", err)
	case strings.Contains(text, "SQLITE_FULL"), strings.Contains(text, "disk is full"):
		return fmt.Errorf("%w; make room on the disk, or bound the store with --store-size", err)
	case strings.Contains(text, "SQLITE_BUSY"), strings.Contains(text, "database is locked"):
		return fmt.Errorf("another program is writing to it for long (%w); wait for that to end", err)
	}
	return err
}

// unwrapPath leaves out the path, which stands before the error already.
func unwrapPath(err error) error {
	if p := new(fs.PathError); errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Close gives back the file. What was written with More and not ended is gone.
func (s *SQLite) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	if s.tx != nil {
		s.tx.Rollback()
		s.tx = nil
	}
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("store %s: %w", s.name, err)
	}
	return nil
}
