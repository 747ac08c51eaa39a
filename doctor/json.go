package doctor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// Schema names the format that WriteJSON writes; docs/doctor.md describes it. The number rises when
// a key changes its meaning or goes away; keys may be added at any time.
const Schema = "peeratlas-doctor/1"

// WriteJSON writes r as one JSON object (RFC 8259), indented by one space.
func WriteJSON(w io.Writer, r *Report) error {
	object := struct {
		Schema      string    `json:"schema"`
		Program     string    `json:"program,omitempty"`
		Input       string    `json:"input"`
		Live        bool      `json:"live"`
		Interrupted bool      `json:"interrupted"`
		First       string    `json:"first,omitempty"`
		Last        string    `json:"last,omitempty"`
		Packets     uint64    `json:"packets"`
		Octets      uint64    `json:"bytes"`
		Severity    Severity  `json:"severity"`
		Findings    []Finding `json:"findings"`
	}{Schema, r.Program, r.Input, r.Live, r.Interrupted, "", "", r.Packets, r.Octets, r.Severity, r.Findings}
	const format = "2006-01-02T15:04:05.000000000Z07:00"
	if r.Packets > 0 {
		object.First, object.Last = r.First.Format(format), r.Last.Format(format)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", " ")
	if err := e.Encode(object); err != nil {
		return fmt.Errorf("diagnosis as JSON: %w", err)
	}
	_, err := w.Write(printable(b.Bytes()))
	return err
}

// printable escapes what is not ASCII, and DEL: a name of a file may hold anything.
func printable(object []byte) []byte {
	out := make([]byte, 0, len(object))
	for len(object) > 0 {
		r, n := utf8.DecodeRune(object)
		switch {
		case r < 0x7f:
			out = append(out, byte(r))
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, "\\u%04x\\u%04x", high, low)
		default:
			out = fmt.Appendf(out, "\\u%04x", r)
		}
		object = object[n:]
	}
	return out
}
