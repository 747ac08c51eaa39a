package pipeline

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// Output is where a report goes: standard output, a device or a named pipe as they are, or a
// file that appears under its name only when it is whole.
type Output struct {
	*bufio.Writer
	file  *os.File // nil for standard output
	name  string   // as the user wrote it
	place string   // the name that file gets at the end; "" for what is written as it is
}

// NewOutput opens name beside its final place, or stdout if name is "" or "-". A link is
// followed: the file that it leads to is replaced, and keeps its permissions.
func NewOutput(name string, stdout io.Writer) (*Output, error) {
	if name == "" || name == "-" {
		return &Output{Writer: bufio.NewWriterSize(namedWriter{stdout, "standard output"}, 1<<16)}, nil
	}
	f, place, err := openOutput(name)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	return &Output{Writer: bufio.NewWriterSize(namedWriter{f, name}, 1<<16), file: f, name: name, place: place}, nil
}

// openOutput opens the file to write, and tells the place that it is to get if it is another's.
func openOutput(name string) (f *os.File, place string, err error) {
	place, old, err := lookAt(name)
	switch {
	case err != nil:
		return nil, "", unwrapPath(err)
	case old != nil && old.IsDir():
		return nil, "", errors.New("this is a folder; name a file in it")
	case old != nil:
		// What is there may be a file that is not to be changed.
		if f, err = os.OpenFile(place, os.O_WRONLY, 0); err != nil {
			return nil, "", fmt.Errorf("%w; choose another name, or permit writing to this one", unwrapPath(err))
		}
		if !old.Mode().IsRegular() {
			return f, "", nil
		}
		f.Close()
	}
	if f, err = beside(place); err == nil && old != nil {
		err = f.Chmod(old.Mode().Perm())
	}
	if err != nil {
		return nil, "", fmt.Errorf("%w; choose a folder that exists and can be written", unwrapPath(err))
	}
	return f, place, nil
}

// lookAt follows links, and tells what stands at their end; nil is nothing.
func lookAt(name string) (place string, old os.FileInfo, err error) {
	old, err = os.Stat(name)
	if err == nil {
		if !old.Mode().IsRegular() {
			return name, old, nil
		}
		place, err = filepath.EvalSymlinks(name)
		return place, old, err
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return name, nil, nil // making the file tells what is wrong
	}
	if to, lerr := os.Readlink(name); lerr == nil { // a link to what is yet to be made
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(name), to)
		}
		return to, nil, nil
	}
	return name, nil, nil
}

// beside makes a hidden file in the folder of place, with the permissions that new files get.
func beside(place string) (f *os.File, err error) {
	for range 100 {
		hidden := fmt.Sprintf(".%s.%08x", filepath.Base(place), rand.Uint32())
		f, err = os.OpenFile(filepath.Join(filepath.Dir(place), hidden), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	return f, err
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
	if err == nil && o.place != "" {
		err = o.file.Sync()
	}
	if cerr := o.file.Close(); err == nil {
		err = cerr
	}
	if err == nil && o.place != "" {
		err = os.Rename(o.file.Name(), o.place)
	}
	if err != nil {
		o.Discard()
		if e := unwrapPath(err); e != err {
			err = fmt.Errorf("write %s: %w", o.name, e)
		}
	}
	o.file = nil
	return err
}

// Discard forgets a file that was not committed. It does nothing after Commit.
func (o *Output) Discard() {
	if o.file == nil {
		return
	}
	o.file.Close()
	if o.place != "" {
		os.Remove(o.file.Name())
	}
	o.file = nil
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
