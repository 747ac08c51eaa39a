package geo

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// maxDatabase bounds the octets of a database in memory; GeoLite2 City has some 60 MB.
const maxDatabase = 1 << 30

var errTooLarge = errors.New("more than 1 GiB, which no country or AS database needs")

// readDatabase returns the octets of a MaxMind DB, unpacked.
func readDatabase(path string) ([]byte, error) {
	file, err := openInput(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	octets, err := readMMDB(file.content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return octets, nil
}

func readMMDB(content *bufio.Reader) ([]byte, error) {
	head, _ := content.Peek(512)
	switch {
	case len(head) == 0:
		return nil, errors.New("empty file; " + wanted)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return nil, errors.New("a zip archive; " + wanted)
	case isTar(head):
		return readTar(content)
	}
	return readBounded(content, maxDatabase)
}

// readTar returns the first .mmdb in a tar archive.
func readTar(content io.Reader) ([]byte, error) {
	archive := tar.NewReader(content)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil, errors.New("a tar archive without an .mmdb file; " + wanted)
		}
		if err != nil {
			return nil, fmt.Errorf("tar archive: %w", err)
		}
		if strings.HasSuffix(header.Name, ".mmdb") {
			octets, err := readBounded(archive, maxDatabase)
			if err == nil { // only the end of the archive tells whether it was cut
				_, err = io.Copy(io.Discard, io.LimitReader(content, maxDatabase))
			}
			return octets, err
		}
	}
}

// isTar looks for the magic of POSIX.1-1988 ustar, which GNU tar writes too.
func isTar(head []byte) bool {
	return len(head) >= 262 && string(head[257:262]) == "ustar"
}

func readBounded(r io.Reader, limit int64) ([]byte, error) {
	octets, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(octets)) > limit {
		return nil, errTooLarge
	}
	return octets, nil
}

// An input is a file that is read from its begin, with one layer of gzip or zstd undone.
type input struct {
	content *bufio.Reader
	file    *os.File
	unzstd  *zstd.Decoder
}

func openInput(path string) (*input, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	in := &input{file: file}
	if err := in.start(); err != nil {
		in.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return in, nil
}

func (in *input) start() error {
	state, err := in.file.Stat()
	if err != nil {
		return err
	}
	if state.Mode()&(os.ModeDir|os.ModeDevice|os.ModeSocket) != 0 {
		return errors.New("not a file; " + wanted)
	}
	in.content = bufio.NewReaderSize(in.file, 1<<16)
	head, _ := in.content.Peek(4)
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}): // RFC 1952, section 2.3.1
		unzip, err := gzip.NewReader(in.content)
		if err != nil {
			return fmt.Errorf("gzip: %w", err)
		}
		in.content = bufio.NewReaderSize(unzip, 1<<16)
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}): // RFC 8878, section 3.1.1
		in.unzstd, err = zstd.NewReader(in.content, zstd.WithDecoderMaxMemory(maxDatabase), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return fmt.Errorf("zstd: %w", err)
		}
		in.content = bufio.NewReaderSize(in.unzstd, 1<<16)
	}
	return nil
}

// Close releases the file.
func (in *input) Close() error {
	if in.unzstd != nil {
		in.unzstd.Close()
	}
	return in.file.Close()
}
