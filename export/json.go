package export

import (
	"encoding/json"
	"fmt"
	"io"

	"peeratlas/report"
)

// newNDJSON writes the project's own records (docs/record.md), one a line.
func newNDJSON(w io.Writer, _ string) Writer {
	return &lines{w: w, render: func(dst []byte, r *report.Record, flags []report.Flag) ([]byte, error) {
		return report.AppendFlags(report.AppendRecord(dst, r), flags), nil
	}}
}

// array is the same records as one JSON array.
type array struct {
	lines
	any bool
}

func newJSON(w io.Writer, _ string) Writer {
	a := &array{lines: lines{w: w}}
	a.render = func(dst []byte, r *report.Record, flags []report.Flag) ([]byte, error) {
		dst = append(dst, a.separator()...)
		dst = report.AppendFlags(report.AppendRecord(dst, r), flags)
		return dst[:len(dst)-1], nil // without the line feed
	}
	return a
}

// separator stands before a record.
func (a *array) separator() string {
	if a.any {
		return ",\n"
	}
	a.any = true
	return "[\n"
}

// Close ends the array; one without records is [].
func (a *array) Close() error {
	end := "\n]\n"
	if !a.any {
		end = "[]\n"
	}
	_, err := io.WriteString(a.w, end)
	return err
}

// appendObject appends v as one line of JSON of printable characters.
func appendObject(dst []byte, v any) ([]byte, error) {
	octets, err := json.Marshal(v)
	if err != nil {
		return dst, fmt.Errorf("record as JSON: %w", err)
	}
	return append(append(dst, report.Printable(octets)...), '\n'), nil
}
