package capture

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	// maxNesting is how often a capture may be compressed. Once is usual, twice happens
	// (a compressed file in a compressing store); more is a trap.
	maxNesting = 3

	// maxWindow is the memory that a zstd stream may ask for. It is what the zstd command
	// takes unless told otherwise (128 MiB, "--long=27"), so what it wrote is read.
	maxWindow = 128 << 20
)

// errNesting is for streams that are compressed more than maxNesting times.
var errNesting = errors.New("compressed too many times over")

// inflater undoes the compressions of one input, each with its own error kept: a stream that
// is corrupt or cut short ends the input, and what was inflated before that is used. It
// inflates as it is read, so that a decompression bomb costs time and no memory.
type inflater struct {
	words   string // ", gzip", outermost last
	layers  []*sticky
	closers []func()
}

// open returns what is inside raw: raw itself if that is not compressed.
func (f *inflater) open(raw *bufio.Reader) (io.Reader, error) {
	inner := raw
	for {
		m, _ := inner.Peek(4)
		layer, word, err := f.layer(m, inner)
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // inside its header: a plain end would be none of its failure
		}
		if err != nil {
			f.layers = append(f.layers, &sticky{err: err})
			return nil, err
		}
		if layer == nil {
			return inner, nil
		}
		if len(f.layers) == maxNesting {
			return nil, errNesting
		}
		s := &sticky{r: layer}
		f.layers = append(f.layers, s)
		f.words = ", " + word + f.words
		inner = bufio.NewReaderSize(s, 64<<10)
	}
}

// layer starts the decompression that the magic number m asks for; nil is none.
func (f *inflater) layer(m []byte, r io.Reader) (io.Reader, string, error) {
	switch {
	case isGzip(m):
		z, err := gzip.NewReader(r) // reads all members (RFC 1952, section 2.2)
		if err != nil {
			return nil, "gzip", err
		}
		return z, "gzip", nil
	case isZstd(m):
		// One at a time: without goroutines of its own it can be left at any time.
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, "zstd", err
		}
		f.closers = append(f.closers, z.Close)
		return leftover{z}, "zstd", nil
	}
	return nil, "", nil
}

// leftover reads the last block of a zstd frame that fails its checksum: the decoder
// (v1.20.3) reports the error first, and gives what it has inflated if asked again.
type leftover struct{ z *zstd.Decoder }

func (l leftover) Read(p []byte) (int, error) {
	n, err := l.z.Read(p)
	if n == 0 && err != nil && err != io.EOF {
		n, err = l.z.Read(p)
	}
	if n > 0 && err != io.EOF {
		return n, nil // an error comes again
	}
	return n, err
}

// isGzip knows a member by its magic and its only method, deflate (RFC 1952, section 2.3.1).
func isGzip(m []byte) bool {
	return len(m) >= 3 && m[0] == 0x1f && m[1] == 0x8b && m[2] == 8
}

// isZstd knows a frame, or the skippable frame that some writers put first
// (RFC 8878, sections 3.1.1 and 3.1.2).
func isZstd(m []byte) bool {
	if len(m) < 4 {
		return false
	}
	v := binary.LittleEndian.Uint32(m)
	return v == 0xfd2fb528 || v&^0xf == 0x184d2a50
}

// failed returns the error of the outermost stream that did not end well, if any.
func (f *inflater) failed() error {
	for _, layer := range f.layers {
		if err := layer.failed(); err != nil {
			return err
		}
	}
	return nil
}

func (f *inflater) close() {
	for _, done := range f.closers {
		done()
	}
	f.layers, f.closers = nil, nil
}
