package pipeline

import (
	"errors"
	"io"
	"os"
)

// wholeFile is a file of which a write that fails leaves nothing.
type wholeFile struct {
	*os.File
	name string
	size int64
	dead bool // a part of a write could not be taken back
}

var errTorn = errors.New("a part of a packet is at its end and cannot be taken back")

// openWhole makes a file that its owner alone may read: there are people's words in it.
func openWhole(name string) (*wholeFile, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	return &wholeFile{File: f, name: name}, nil
}

// Write writes all of p or, as far as the system lets it, nothing.
func (w *wholeFile) Write(p []byte) (int, error) {
	if w.dead {
		return 0, errTorn
	}
	n, err := w.File.Write(p)
	if err == nil {
		w.size += int64(n)
		return n, nil
	}
	if n > 0 {
		err2 := w.Truncate(w.size)
		if err2 == nil {
			_, err2 = w.Seek(w.size, io.SeekStart)
		}
		w.dead = err2 != nil
	}
	return 0, err
}
