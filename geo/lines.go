package geo

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxLine bounds a line, lest a file without line ends is read into memory.
const maxLine = 1 << 16

// lines reads CSV or TSV (RFC 4180 without line ends inside quotes, which no publisher of networks
// writes; encoding/csv would take a stray quote for the begin of one, and the rest of the file for it).
type lines struct {
	scanner *bufio.Scanner
	number  int // of the current line, from 1
	fields  []string
	comma   byte // 0 until the first line
}

func newLines(r io.Reader) *lines {
	l := &lines{scanner: bufio.NewScanner(r)}
	l.scanner.Buffer(make([]byte, 0, 4096), maxLine)
	return l
}

// next reads the next line that is neither empty nor a comment into fields, which are valid until
// it is called again.
func (l *lines) next() bool {
	for l.scanner.Scan() {
		l.number++
		line := strings.TrimRight(l.scanner.Text(), "\r")
		if l.number == 1 {
			line = strings.TrimPrefix(line, "\uFEFF") // byte order mark
		}
		if line == "" || line[0] == '#' {
			continue
		}
		if l.comma == 0 {
			l.comma = ','
			if strings.Contains(line, "\t") { // iptoasn: commas stand in names
				l.comma = '\t'
			}
		}
		l.split(line)
		return true
	}
	return false
}

func (l *lines) split(line string) {
	l.fields = l.fields[:0]
	for {
		field, rest, more := l.cut(line)
		l.fields = append(l.fields, field)
		if !more {
			return
		}
		line = rest
	}
}

// cut returns the first field of line, unquoted. A quote that is never closed is an ordinary character.
func (l *lines) cut(line string) (field, rest string, more bool) {
	if strings.HasPrefix(line, `"`) {
		for end := 1; end < len(line); end++ {
			if line[end] != '"' {
				continue
			}
			if end+1 < len(line) && line[end+1] == '"' { // a doubled quote is one
				end++
				continue
			}
			if end+1 == len(line) || line[end+1] == l.comma {
				field = strings.ReplaceAll(line[1:end], `""`, `"`)
				if end+1 == len(line) {
					return field, "", false
				}
				return field, line[end+2:], true
			}
		}
	}
	return strings.Cut(line, string(rune(l.comma)))
}

// err returns why next stopped, if not at the end.
func (l *lines) err() error {
	err := l.scanner.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		err = errors.New("longer than 64 KiB; this is no CSV of networks")
	}
	if err != nil {
		return fmt.Errorf("line %d: %w", l.number+1, err)
	}
	return nil
}

// at says in which line err happened.
func (l *lines) at(err error) error { return fmt.Errorf("line %d: %w", l.number, err) }
