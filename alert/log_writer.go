package alert

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// file is what is asked of an open file; tests have one that fails.
type file interface {
	Write([]byte) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

type openFile func(name string, flag int, mode os.FileMode) (file, error)

// current is the file that is written.
type current struct {
	file     file
	head     fileHead
	size     int64 // octets of whole lines
	lines    uint64
	hash     hash.Hash
	chain    link
	ragged   bool // octets of a line that could not be written whole may stand after size
	finished bool // its end is written
	closed   bool
	unsynced bool
	synced   time.Time
}

// logWriter writes the files of a log. One goroutine uses it. Every step that fails can be taken
// again: what was done is in the state.
type logWriter struct {
	options    LogOptions
	folder     logFolder
	current    *current // nil between two files
	previous   *previousFile
	recovered  *recoveredFile // for the next head
	sequence   uint64         // of the last file
	compressor *compressor
	failing    bool
	asked      bool // a new file was asked for
	unlock     func()
}

// write writes b to the file and empties it, all or nothing.
func (w *logWriter) write(b *batch) error {
	if err := w.ready(); err != nil {
		return err
	}
	if b.lines == 0 && b.lost == 0 {
		return w.sync(false)
	}
	bodies, lines := b.bodies, b.lines
	if b.lost > 0 {
		lost := appendTime([]byte(`{"v":1,"event":"lost"`), "time", w.options.now())
		bodies = append(append(appendUint(lost, "lines", b.lost), '\n'), bodies...)
		lines++
	}
	if err := w.current.append(bodies, lines); err != nil {
		return fmt.Errorf("write %s: %w", w.options.File, pathless(err))
	}
	*b = batch{bodies: b.bodies[:0]}
	return w.sync(false)
}

// append links bodies and writes them by one call.
func (c *current) append(bodies []byte, lines uint64) error {
	if c.ragged {
		if err := c.file.Truncate(c.size); err != nil {
			return err
		}
		c.ragged = false
	}
	chain := c.chain
	text := make([]byte, 0, len(bodies)+int(lines)*(chainTail+1))
	for rest := bodies; len(rest) > 0; {
		n := 0
		for rest[n] != '\n' {
			n++
		}
		text, chain = appendLinked(text, chain, rest[:n])
		rest = rest[n+1:]
	}
	if _, err := c.file.Write(text); err != nil {
		c.ragged = c.file.Truncate(c.size) != nil // so that a reader meets whole lines only
		return err
	}
	c.hash.Write(text)
	c.size += int64(len(text))
	c.lines += lines
	c.chain, c.unsynced = chain, true
	return nil
}

// sync makes lines last through a loss of power, if it is time.
func (w *logWriter) sync(now bool) error {
	c := w.current
	if c == nil || !c.unsynced || !now && w.options.now().Sub(c.synced) < w.options.Sync {
		return nil
	}
	c.synced = w.options.now()
	if err := c.file.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", w.options.File, pathless(err))
	}
	c.unsynced = false
	return nil
}

// rotate ends the file if it is full, or if that was asked for, and begins the next.
func (w *logWriter) rotate(asked, closing bool) error {
	w.asked = w.asked || asked
	c := w.current
	reason := ""
	switch {
	case closing:
	case w.asked:
		reason = endAsked
	case c.size >= w.options.Size:
		reason = endSize
	case w.options.Lines > 0 && c.lines >= w.options.Lines:
		reason = endLines
	case c.lines > 0 && w.options.now().Sub(c.head.Time) >= w.options.Age:
		reason = endAge
	}
	if reason == "" {
		return nil
	}
	w.asked = false
	if err := w.finish(reason); err != nil {
		w.asked = true
		return err
	}
	return w.ready()
}

// finish writes the end of the file.
func (w *logWriter) finish(reason string) error {
	c := w.current
	if c == nil || c.finished {
		return nil
	}
	if err := c.finish(w.options.now(), reason); err != nil {
		return fmt.Errorf("end %s: %w", w.options.File, pathless(err))
	}
	w.options.Tell(fmt.Sprintf("log of contacts: file %d is whole: %d lines, chain %s", c.head.Sequence, c.lines, c.chain))
	if err := w.sync(true); err != nil {
		w.options.Tell(err.Error())
	}
	c.close()
	return nil
}

func (c *current) finish(now time.Time, reason string) error {
	end := fileEnd{LogVersion, eventEnd, c.head.Sequence, now.UTC(), reason, c.lines, fmt.Sprintf("%x", c.hash.Sum(nil))}
	lines := c.lines
	if err := c.append(jsonBody(end), 1); err != nil {
		return err
	}
	c.lines, c.finished = lines, true
	return nil
}

func (c *current) close() {
	if !c.closed {
		c.file.Close()
		c.closed = true
	}
}

// jsonBody is v, an object, as a body with its line feed.
func jsonBody(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // no value of ours
	}
	text[len(text)-1] = '\n'
	return text
}

// ready sees to it that there is a file to write to: it moves away one that has ended, and
// begins the next.
func (w *logWriter) ready() error {
	if c := w.current; c != nil && c.finished {
		c.close()
		name := w.folder.rotated(c.head)
		if err := w.folder.move(w.options.File, name); errors.Is(err, fs.ErrNotExist) {
			w.options.Tell("log of contacts: " + w.options.File + " was taken away while it was written")
		} else if err != nil {
			return err
		}
		w.previous = &previousFile{filepath.Base(name), fmt.Sprintf("%x", c.hash.Sum(nil)), c.chain.String()}
		w.current = nil
		w.compressor.add(name)
	}
	if w.current != nil {
		return nil
	}
	return w.begin()
}

// begin makes the next file with its head, or none at all.
func (w *logWriter) begin() error {
	now := w.options.now()
	head := fileHead{Version: LogVersion, Event: eventBegin, Sequence: w.sequence + 1, Time: now.UTC(), Program: w.options.Program,
		Previous: w.previous, Recovered: w.recovered}
	head.Oldest = w.folder.oldest(head.Sequence, w.options.Keep)
	f, err := w.options.open(w.options.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o640)
	if err != nil {
		return fmt.Errorf("begin %s: %w", w.options.File, pathless(err))
	}
	c := &current{file: f, head: head, hash: sha256.New(), synced: now}
	if w.previous != nil {
		c.chain, _ = parseLink(w.previous.Chain)
	}
	if err := c.append(jsonBody(head), 0); err != nil {
		f.Close()
		os.Remove(w.options.File)
		return fmt.Errorf("begin %s: %w", w.options.File, pathless(err))
	}
	w.current, w.sequence, w.recovered = c, head.Sequence, nil
	syncFolder(w.folder.dir)
	w.folder.prune(w.options.Keep, w.options.Tell) // now that the head tells what stays
	return nil
}

// pathless is an error without the path that its words begin with.
func pathless(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
