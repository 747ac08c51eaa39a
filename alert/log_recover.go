package alert

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// openWriter puts the folder in order, and begins a file.
func openWriter(o LogOptions) (*logWriter, error) {
	w := &logWriter{options: o, folder: folderOf(o.File)}
	if info, err := os.Stat(o.File); err == nil && !info.Mode().IsRegular() {
		return nil, notOrdinary(o.File) // before there is a lock beside it
	}
	var err error
	if w.unlock, err = lockFile(w.folder.lock()); err != nil {
		return nil, err
	}
	w.compressor = newCompressor(o.Compress, o.Tell)
	if err = w.takeOver(); err == nil {
		err = w.ready()
	}
	if err != nil {
		close(w.compressor.work)
		w.unlock()
		return nil, err
	}
	return w, nil
}

func notOrdinary(name string) error {
	return fmt.Errorf("%s is no ordinary file; name one that can be moved when it is full", name)
}

// takeOver ends what a watch before left, and finds the file that the next one follows.
func (w *logWriter) takeOver() error {
	if err := w.tidy(); err != nil {
		return err
	}
	c, err := w.takeOverCurrent()
	if err != nil {
		return err
	}
	files, err := w.folder.list()
	if err != nil {
		return err
	}
	if len(files) > 0 && (c == nil || files[len(files)-1].sequence > w.sequence) {
		if _, err = w.last(files); err != nil {
			return err
		}
	}
	for _, f := range files {
		if f.packing == "" {
			w.compressor.add(f.path)
		}
	}
	return nil
}

// tidy removes what compressing left when it was cut short: the file itself is still there.
func (w *logWriter) tidy() error {
	files, err := w.folder.list()
	if err != nil {
		return err
	}
	plain := map[string]bool{}
	for _, f := range files {
		plain[f.path] = f.packing == ""
	}
	for _, f := range files {
		for _, ext := range []string{zstdExt, gzipExt} {
			if f.packing == "" {
				os.Remove(f.path + ext + partExt)
			}
			if f.packing == ext && plain[strings.TrimSuffix(f.path, ext)] {
				if err := os.Remove(f.path); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// takeOverCurrent ends the file that was written, if there is one, and moves it away. It returns
// nil if there was none.
func (w *logWriter) takeOverCurrent() (*chained, error) {
	name := w.options.File
	f, err := os.OpenFile(name, os.O_RDWR|os.O_APPEND, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, notOrdinary(name)
	}
	c := new(chained)
	if err := c.read(f); err != nil {
		return nil, err
	}
	if !c.headed && c.all > 0 {
		return nil, fmt.Errorf("%s is something else and is left alone; name another file", name)
	}
	if !c.headed && c.torn > 0 && !begunHead(f) {
		return nil, fmt.Errorf("%s is something else and is left alone; name another file", name)
	}
	r, err := w.cutTorn(f, c)
	if err != nil {
		return nil, err
	}
	if !c.headed { // killed within the head: nothing of it is lost
		if err := os.Remove(name); err != nil {
			return nil, err
		}
		if r.Torn > 0 {
			w.recovered = r
		}
		return nil, nil
	}
	return c, w.endRecovered(f, c, r)
}

// headBegins is how a file of a log begins.
const headBegins = `{"v":1,"event":"begin"`

// tornExt ends the names of files that hold what followed the last whole line.
const tornExt = ".torn"

// begunHead tells whether a file that has not a whole line begins as a head does.
func begunHead(f *os.File) bool {
	var b [len(headBegins)]byte
	n, err := f.ReadAt(b[:], 0)
	return (err == nil || errors.Is(err, io.EOF)) && strings.HasPrefix(headBegins, string(b[:n]))
}

// cutTorn puts the octets after the last whole line into a file of their own.
func (w *logWriter) cutTorn(f *os.File, c *chained) (*recoveredFile, error) {
	r := &recoveredFile{Torn: c.torn}
	if c.torn > 0 {
		torn := filepath.Join(w.folder.dir, fmt.Sprintf("%s-%06d%s", w.folder.stem, max(c.head.Sequence, 1), tornExt))
		r.TornFile = filepath.Base(torn)
		out, err := os.OpenFile(torn, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640)
		if err != nil {
			return nil, err
		}
		_, err = io.Copy(out, io.NewSectionReader(f, c.whole, c.torn))
		if cerr := out.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return nil, err
		}
		if err := f.Truncate(c.whole); err != nil {
			return nil, err
		}
		w.options.Tell(fmt.Sprintf("log of contacts: %s ended within a line: these %d octets were put into %s", w.options.File, c.torn, torn))
	}
	if len(c.damage) > 0 {
		d := c.damage[0]
		r.Damage = fmt.Sprintf("line %d: %s", d.Line, d.Text)
		w.options.Tell(fmt.Sprintf("log of contacts: %s is damaged: %s; the log goes on after it, and says so", w.options.File, r.Damage))
	}
	return r, nil
}

// endRecovered writes the end that the file lacks, and lets ready move it.
func (w *logWriter) endRecovered(f *os.File, c *chained, r *recoveredFile) error {
	cur := &current{file: f, head: c.head, size: c.whole, lines: c.lines, hash: c.hash, chain: c.last, finished: c.end != nil}
	if c.end == nil {
		if err := cur.finish(w.options.now(), endRecovered); err != nil {
			return fmt.Errorf("end %s: %w", w.options.File, pathless(err))
		}
		w.recovered = r
	} else if r.Torn > 0 || r.Damage != "" {
		w.recovered = r
	}
	if err := f.Sync(); err != nil {
		return err
	}
	name := w.folder.rotated(c.head)
	if err := w.folder.move(w.options.File, name); err != nil {
		return err
	}
	w.sequence = c.head.Sequence
	w.previous = &previousFile{filepath.Base(name), fmt.Sprintf("%x", cur.hash.Sum(nil)), cur.chain.String()}
	return nil
}

// last reads the newest full file, which the next one follows when there is none that was written.
func (w *logWriter) last(files []fullFile) (*chained, error) {
	newest := &files[len(files)-1]
	c, err := readFull(newest.path, nil)
	if err != nil || !c.headed {
		w.options.Tell(fmt.Sprintf("log of contacts: %s cannot be read to its end; the log goes on after it, and says so", newest.path))
		w.recovered = &recoveredFile{Damage: "it cannot be read to its end"}
		if c == nil {
			c = new(chained)
		}
	}
	w.sequence = newest.sequence
	w.previous = &previousFile{newest.unpacked(), c.sha(), c.last.String()}
	return c, nil
}

// readFull reads a file of a log, compressed or not. What it returns holds as far as the error
// let it come.
func readFull(path string, wanted *link) (*chained, error) {
	c := &chained{wanted: wanted}
	f, err := os.Open(path)
	if err != nil {
		return c, err
	}
	defer f.Close()
	r, done, err := unpack(f, path)
	if err != nil {
		return c, err
	}
	defer done()
	return c, c.read(r)
}
