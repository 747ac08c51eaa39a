package capture

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Options of Open. The zero value is the default.
type Options struct {
	Stdin io.Reader // what "-" reads; nil is os.Stdin
	// Interrupt, once closed, ends the waiting for pipes and standard input: Open fails with
	// ErrInterrupted, and what was read from them before is delivered. nil never does.
	Interrupt <-chan struct{}

	// Describe keeps what the inputs say of their interfaces, for Files.Interface.
	Describe bool

	careful bool // for tests: pcapgo reads every packet, as if none were plain
}

// Files reads saved captures as one stream of packets in the order of time.
// It is for one goroutine.
//
// Each input is streamed. Of several, the packet with the earliest timestamp comes first,
// and of equal ones that of the input given first; an input whose own packets are not in
// order is read in its own order. A regular file is opened when its first packet is due,
// so that a year of hourly files costs one descriptor and one buffer at a time. Files whose
// times overlap are open together and cost up to 3 MiB each.
type Files struct {
	inputs  []*input
	open    []*input // a heap: the input of the earliest packet is at 0
	pending []*input // not open yet, by first timestamp
	skipped []SkippedFile
	ledger  ledger
	stages  []*stage // free ones
	arena   []byte   // octets of the current batch that pcapgo read
	other   []byte   // of the batch before
	used    int      // of the arena
	batch   uint64   // number of the current one
	careful bool
	closed  bool
}

// Open opens captures: files, "-" for standard input, and folders, which stand for the
// captures that lie in them. It looks at the beginning of each. Formats are known by
// magic number, never by name: pcap with microseconds or nanoseconds, pcapng, either byte
// order, and these compressed by gzip or zstd.
//
// An error is one line that says what to do. It is ErrEmpty or ErrNotCapture for content,
// fs.ErrNotExist or fs.ErrPermission for a path, as errors.Is tells.
func Open(paths []string, o Options) (*Files, error) {
	f := &Files{batch: 1, careful: o.careful}
	if o.Describe {
		f.ledger.told = new(told)
	}
	if err := f.collect(paths, o); err != nil {
		return nil, err
	}
	for _, in := range f.inputs {
		if err := f.look(in); err != nil {
			f.Close()
			return nil, err
		}
	}
	// Stable: inputs that begin at the same time stay as given.
	slices.SortStableFunc(f.pending, func(a, b *input) int { return cmp.Compare(a.first, b.first) })
	return f, nil
}

// collect makes the list of inputs.
func (f *Files) collect(paths []string, o Options) error {
	if len(paths) == 0 {
		return errors.New("no capture given; name a file, a folder, or \"-\" for standard input")
	}
	piped := false
	for _, path := range paths {
		if path == "-" {
			if piped {
				return errors.New("standard input given twice; it can be read once only")
			}
			piped = true
			if o.Stdin == nil {
				o.Stdin = os.Stdin
			}
			f.add(&input{path: path, stdin: o.Stdin, pipe: true, interrupt: o.Interrupt})
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return openError(path, err)
		}
		if !info.IsDir() {
			f.add(&input{path: path, pipe: !info.Mode().IsRegular(), size: info.Size(), interrupt: o.Interrupt})
			continue
		}
		if err := f.folder(path); err != nil {
			return err
		}
	}
	return nil
}

func (f *Files) add(in *input) {
	in.order = len(f.inputs)
	in.ledger = &f.ledger
	in.careful = f.careful
	in.stats.Path = in.path
	f.inputs = append(f.inputs, in)
}

// folder adds the captures that lie in a folder, by name. Other files are noted only:
// captures are kept among notes and keys. Folders in it are not entered.
func (f *Files) folder(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return openError(path, err)
	}
	found, before := 0, len(f.skipped)
	for _, entry := range entries {
		name := filepath.Join(path, entry.Name())
		info, err := os.Stat(name) // follows links
		if err == nil && info.IsDir() {
			continue
		}
		if err == nil && !info.Mode().IsRegular() {
			// Opening a pipe or a device can wait for ever.
			err = errNotRegular
		}
		if err == nil {
			in := &input{path: name, size: info.Size(), ledger: new(ledger)}
			if err = f.probe(in); err == nil {
				f.add(in)
				found++
				continue
			}
		}
		f.skipped = append(f.skipped, skippedFile(name, err))
	}
	if found == 0 {
		return emptyFolder(path, f.skipped[before:])
	}
	return nil
}

// emptyFolder is the error of a folder without a capture that can be read.
func emptyFolder(path string, others []SkippedFile) error {
	for _, other := range others {
		if other.Unreadable {
			return fmt.Errorf("%s: no capture in this folder can be read (%s: %s); read it as a user who may: %w",
				path, filepath.Base(other.Path), other.Reason, ErrNotCapture)
		}
	}
	number := fmt.Sprintf("%d other files", len(others))
	if len(others) == 1 {
		number = "1 other file"
	}
	return fmt.Errorf("%s: no capture in this folder (%s); name a folder with pcap or pcapng files in it: %w",
		path, number, ErrNotCapture)
}

var errNotRegular = errors.New("not a regular file")

// skippedFile says in a few words why a file of a folder is skipped.
func skippedFile(name string, err error) SkippedFile {
	for _, other := range []error{ErrEmpty, ErrNotCapture, errNotRegular} {
		if errors.Is(err, other) {
			return SkippedFile{Path: name, Reason: other.Error()}
		}
	}
	return SkippedFile{Path: name, Reason: reasonOf(err), Unreadable: true}
}

// reasonOf says in a few words why a file could not be read.
func reasonOf(err error) string {
	for _, known := range []error{fs.ErrNotExist, fs.ErrPermission} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return cause(err).Error()
}

// probe tells whether a file is a capture.
func (f *Files) probe(in *input) error {
	s, err := f.stage()
	if err != nil {
		return err
	}
	err = in.open(s)
	in.close()
	f.stages = append(f.stages, s)
	return err
}

// look reads the first packet of an input, to know when it is due. A regular file
// among several is closed again.
func (f *Files) look(in *input) error {
	s, err := f.stage()
	if err != nil {
		return err
	}
	before := f.ledger.interfaces
	if err := in.open(s); err != nil {
		return err
	}
	switch {
	case !in.next(): // all is read, and counted
		f.stages = append(f.stages, s)
	case in.pipe || len(f.inputs) == 1:
		f.push(in)
	default:
		in.first = in.head.Timestamp
		in.close()
		// All of this is counted when the file is read.
		in.stats.Lost, in.dropped = Losses{}, drops{}
		in.consumed.Store(0)
		f.stages = append(f.stages, s)
		f.ledger.interfaces = before
		f.pending = append(f.pending, in)
	}
	return nil
}

// stage returns a free buffer with its readers.
func (f *Files) stage() (*stage, error) {
	if n := len(f.stages); n > 0 {
		s := f.stages[n-1]
		f.stages = f.stages[:n-1]
		return s, nil
	}
	return newStage(&f.batch)
}
