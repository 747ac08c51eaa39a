package alert

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Extensions of compressed files, and of those that are not whole yet.
const (
	zstdExt = ".zst"
	gzipExt = ".gz"
	partExt = ".part"
)

// maxWindow bounds what a compressed file may make its reader allocate; ours need less.
const maxWindow = 32 << 20

func compressible(how string) bool { return how == "zstd" || how == "gzip" || how == "none" }

// compressor compresses full files, one after the other, on a goroutine of its own.
type compressor struct {
	how  string
	tell func(string)
	work chan string
	done chan struct{}
}

func newCompressor(how string, tell func(string)) *compressor {
	c := &compressor{how: how, tell: tell, work: make(chan string, 1024), done: make(chan struct{})}
	go c.run()
	return c
}

// add asks for a file to be compressed. Where too many wait, the next start does it.
func (c *compressor) add(name string) {
	select {
	case c.work <- name:
	default:
	}
}

func (c *compressor) run() {
	defer close(c.done)
	for name := range c.work {
		if c.how == "none" {
			continue
		}
		if err := compress(name, c.how); err != nil && !errors.Is(err, fs.ErrNotExist) {
			c.tell(fmt.Sprintf("log of contacts: %s stays uncompressed until the next start: %v", name, pathless(err)))
		}
	}
}

// close waits for the files that wait, and tells whether they were done.
func (c *compressor) close(deadline time.Time) bool {
	close(c.work)
	return ended(c.done, deadline)
}

// compress puts a compressed file in the place of name. At any time one of them is whole.
func compress(name, how string) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	ext := zstdExt
	if how == "gzip" {
		ext = gzipExt
	}
	part := name + ext + partExt
	out, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return err
	}
	err = pack(out, in, how)
	if err == nil {
		err = out.Sync()
	}
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(part, name+ext)
	}
	if err != nil {
		os.Remove(part)
		return err
	}
	in.Close() // else some systems do not remove it
	return os.Remove(name)
}

func pack(out io.Writer, in io.Reader, how string) error {
	var z io.WriteCloser
	var err error
	if how == "gzip" {
		z, err = gzip.NewWriterLevel(out, gzip.DefaultCompression)
	} else {
		z, err = zstd.NewWriter(out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	}
	if err != nil {
		return err
	}
	if _, err = io.Copy(z, in); err != nil {
		z.Close()
		return err
	}
	return z.Close()
}

// unpack opens the octets of a file, by its name. What is compressed must be one whole stream:
// nothing may follow it.
func unpack(r io.Reader, name string) (io.Reader, func(), error) {
	switch {
	case strings.HasSuffix(name, gzipExt):
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, nil, err
		}
		return z, func() { z.Close() }, nil
	case strings.HasSuffix(name, zstdExt):
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxWindow), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, nil, err
		}
		return z, z.Close, nil
	}
	return r, func() {}, nil
}
