package pipeline

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Output is where a report goes: standard output, or a file that appears under its name only
// when it is whole.
type Output struct {
	*bufio.Writer
	file *os.File // nil for standard output
	name string
}

// NewOutput opens name beside its final place, or stdout if name is "" or "-".
func NewOutput(name string, stdout io.Writer) (*Output, error) {
	if name == "" || name == "-" {
		return &Output{Writer: bufio.NewWriterSize(namedWriter{stdout, "standard output"}, 1<<16)}, nil
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return nil, fmt.Errorf("write %s: %w; choose a folder that exists and can be written", name, unwrapPath(err))
	}
	return &Output{Writer: bufio.NewWriterSize(namedWriter{f, name}, 1<<16), file: f, name: name}, nil
}

// namedWriter calls what it writes to by the user's name in errors.
type namedWriter struct {
	w    io.Writer
	name string
}

func (n namedWriter) Write(p []byte) (int, error) {
	done, err := n.w.Write(p)
	if err != nil {
		err = fmt.Errorf("write %s: %w", n.name, unwrapPath(err))
	}
	return done, err
}

// Commit writes what is buffered; a file is synced and given its name.
func (o *Output) Commit() error {
	err := o.Flush()
	if o.file == nil {
		return err
	}
	if err == nil {
		err = o.file.Chmod(0o644)
	}
	if err == nil {
		err = o.file.Sync()
	}
	if cerr := o.file.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(o.file.Name(), o.name)
	}
	if err != nil {
		os.Remove(o.file.Name())
		o.file = nil
		if e := unwrapPath(err); e != err {
			err = fmt.Errorf("write %s: %w", o.name, e)
		}
		return err
	}
	o.file = nil
	return nil
}

// Discard forgets a file that was not committed. It does nothing after Commit.
func (o *Output) Discard() {
	if o.file != nil {
		o.file.Close()
		os.Remove(o.file.Name())
		o.file = nil
	}
}

// unwrapPath drops the name of the temporary file from an error.
func unwrapPath(err error) error {
	switch e := err.(type) {
	case *os.PathError:
		return e.Err
	case *os.LinkError:
		return e.Err
	}
	return err
}
