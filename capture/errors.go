package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
)

// Errors of Open that a caller may decide by.
var (
	// ErrEmpty is for an input without an octet. A capture without packets is no error.
	ErrEmpty = errors.New("empty file")

	// ErrNotCapture is for an input of another kind, and for a folder without captures.
	ErrNotCapture = errors.New("not a capture (pcap, pcapng, or either gzip- or zstd-compressed)")
)

// openError is for what the operating system refuses, with what to do about it.
func openError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("open %s: %w; check the spelling and the folder", path, fs.ErrNotExist)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("open %s: %w; read it as a user who may, or pipe it in and give \"-\"", path, fs.ErrPermission)
	}
	return fmt.Errorf("open %s: %w; copy it to a local disk and try again", path, cause(err))
}

// cause strips the operation and the path, which the message has already.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// known are kinds of files that users take for captures, by how they begin, with advice.
var known = []struct{ magic, advice string }{
	{"\xfd7zXZ\x00", "it is xz-compressed: unpack it with xz -d"},
	{"BZh", "it is bzip2-compressed: unpack it with bunzip2"},
	{"PK\x03\x04", "it is a zip archive: unpack it with unzip"},
	{"7z\xbc\xaf", "it is a 7-zip archive: unpack it with 7z x"},
	{"\x04\x22\x4d\x18", "it is lz4-compressed: unpack it with lz4 -d"},
	{"snoop\x00", "it is a snoop file: convert it with editcap"},
	{"RTSS", "it is a Network Monitor file: convert it with editcap"},
	{"GMBU", "it is a Network Monitor file: convert it with editcap"},
	{"XCP\x00", "it is a Sniffer file: convert it with editcap"},
	{"TRSNIFF", "it is a Sniffer file: convert it with editcap"},
}

// contentError is for an input that begins with m and is refused for err.
func contentError(name string, err error, m []byte) error {
	switch {
	case errors.Is(err, ErrEmpty):
		return fmt.Errorf("%s: %w; capture again, or stop the capture with ^C so that it is written out", name, ErrEmpty)
	case !errors.Is(err, ErrNotCapture):
		return fmt.Errorf("%s: %w: %w; convert it with editcap", name, ErrNotCapture, err)
	}
	for _, k := range known {
		if bytes.HasPrefix(m, []byte(k.magic)) {
			return fmt.Errorf("%s: %w; %s", name, ErrNotCapture, k.advice)
		}
	}
	return fmt.Errorf("%s: %w; it begins with % x", name, ErrNotCapture, m)
}
