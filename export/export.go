// Package export writes flow records in the formats of other programs: CSV, Zeek's conn.log,
// Suricata's EVE, the Elastic Common Schema and Parquet, beside the project's own NDJSON.
//
// It translates; it decides nothing and keeps no more than a few thousand records. What a format
// asks for and a record does not know is left out, never made up. Text of the wire is hostile: each
// format escapes it for its readers. docs/formats.md tells what stands where.
package export

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"peeratlas/report"
)

// Writer takes records one by one, in the order in which they are to stand.
type Writer interface {
	// Write writes r and what the rules of a policy say against it, and keeps nothing of either but strings.
	Write(r *report.Record, flags []report.Flag) error
	// Close ends the output. It does not close what it goes to. Nothing may be written after it.
	Close() error
}

// formats lists each format by its name, as people choose it.
var formats = []struct {
	name string
	make func(w io.Writer, program string) Writer
}{
	{"ndjson", newNDJSON},
	{"json", newJSON},
	{"csv", newCSV},
	{"zeek", newZeek},
	{"eve", newEVE},
	{"ecs", newECS},
	{"parquet", newParquet},
}

// Names of the formats, the default first.
func Names() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// Binary tells whether the format of that name is for programs alone: a terminal cannot show it.
func Binary(name string) bool { return name == "parquet" }

// New returns a Writer of the format of that name. Program is the name and version that
// formats state which have a place for it. The Writer may be used by one goroutine at a time; an
// error of w is returned as it is, and nothing may be written after it.
func New(name string, w io.Writer, program string) (Writer, error) {
	for _, f := range formats {
		if f.name == name {
			return f.make(w, program), nil
		}
	}
	return nil, Unknown(name)
}

// Unknown is nil if there is a format of that name; else an error that names those that there are.
func Unknown(name string) error {
	names := Names()
	if slices.Contains(names, name) {
		return nil
	}
	last := len(names) - 1
	return fmt.Errorf("--format %s: choose %s or %s", name, strings.Join(names[:last], ", "), names[last])
}

// lines writes each record as one piece, which render appends to an empty buffer.
type lines struct {
	w      io.Writer
	buffer []byte
	render func(dst []byte, r *report.Record, flags []report.Flag) ([]byte, error)
}

func (l *lines) Write(r *report.Record, flags []report.Flag) (err error) {
	if l.buffer, err = l.render(l.buffer[:0], r, flags); err != nil {
		return err
	}
	_, err = l.w.Write(l.buffer)
	return err
}

func (l *lines) Close() error { return nil }
