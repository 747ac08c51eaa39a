package geo

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// readFile adds the rows of one input, whatever its format.
func (b *builder) readFile(path string) error {
	file, err := openInput(path)
	if err != nil {
		return err
	}
	defer file.Close()
	head, err := file.content.Peek(512)
	if len(head) == 0 {
		if err == nil || errors.Is(err, io.EOF) {
			err = errors.New("empty file")
		}
		return fmt.Errorf("%s: %w", path, err)
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		err = b.readZip(file.content)
	case isTar(head), bytes.IndexByte(head, 0) >= 0: // no CSV holds a NUL; the first nodes of a tree do
		err = b.readDatabase(path, file)
	default:
		err = b.readCSV(file.content)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// readDatabase adds all networks of a MaxMind DB.
func (b *builder) readDatabase(path string, file *input) error {
	octets, err := readMMDB(file.content)
	if err != nil {
		return err
	}
	d, err := openDatabase(path, octets)
	if err != nil {
		return err
	}
	h := heading{country: d.country, asn: d.asn, name: d.source.Name, date: d.source.Date}
	if h.date.Unix() <= 0 {
		h.date = b.newest
	}
	if err := b.start(h); err != nil {
		return err
	}
	return b.addDatabase(d)
}

// addDatabase adds all networks of d. A tree has one more of them than nodes; one whose branches
// meet again would keep us busy for ever.
func (b *builder) addDatabase(d *database) error {
	nodes := int64(d.reader.Metadata.NodeCount)
	left := 4*nodes + 1000
	for found := range d.walk() {
		if err := found.Err(); err != nil {
			return err
		}
		if left--; left == 0 {
			return fmt.Errorf("damaged database: its %d nodes hold more than %d networks", nodes, 4*nodes)
		}
		prefix := found.Prefix()
		if !found.Found() || !prefix.IsValid() {
			continue
		}
		run := networkOf(prefix, "")
		r := d.recordOf(found)
		if err := b.add(row{run.first, run.last, fact{r.country, r.org, r.asn}}); err != nil {
			return err
		}
	}
	return nil
}

// zipEntries bounds what is looked at in an archive; MaxMind's hold some twenty files.
const zipEntries = 1000

// readZip reads the archive of CSV files that MaxMind delivers: Blocks files that say which place
// a network is, and Locations files that name the places' countries.
func (b *builder) readZip(content io.Reader) error {
	octets, err := readBounded(content, maxDatabase)
	if err != nil {
		return err
	}
	archive, err := zip.NewReader(bytes.NewReader(octets), int64(len(octets)))
	if err != nil {
		return err
	}
	if len(archive.File) > zipEntries {
		return fmt.Errorf("zip archive of %d files; expected MaxMind's CSV files", len(archive.File))
	}
	places, err := readPlaces(archive.File)
	if err != nil {
		return err
	}
	return b.readBlocks(archive.File, places)
}
