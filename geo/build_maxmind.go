package geo

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxText bounds the octets of one CSV file in an archive, unpacked: a zip bomb ends there.
const maxText = 2 << 30

// readPlaces returns the country codes by geoname_id, from the Locations files in English.
func readPlaces(files []*zip.File) (map[string]string, error) {
	places := make(map[string]string)
	for _, file := range files {
		if !strings.HasSuffix(file.Name, "-Locations-en.csv") {
			continue
		}
		err := eachLine(file, func(names, line []string) error {
			id, code := field(names, line, "geoname_id"), field(names, line, "country_iso_code")
			if id != "" {
				places[id] = code
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return places, nil
}

// readBlocks adds the networks of the Blocks files. geoname_id is where a network is used; where
// that is unknown, registered_country_geoname_id stands in, as in locatedIn.
func (b *builder) readBlocks(files []*zip.File, places map[string]string) error {
	blocks := 0
	for _, file := range files {
		if !strings.Contains(file.Name, "-Blocks-") || !strings.HasSuffix(file.Name, ".csv") {
			continue
		}
		blocks++
		h := heading{asn: strings.Contains(file.Name, "-ASN-"), date: file.Modified}
		h.country = !h.asn
		h.name, _, _ = strings.Cut(file.Name[strings.LastIndexByte(file.Name, '/')+1:], "-Blocks-")
		if err := b.start(h); err != nil {
			return fmt.Errorf("%s: %w", file.Name, err)
		}
		err := eachLine(file, func(names, line []string) error {
			first, last, err := parseNetwork(field(names, line, "network"))
			if err != nil {
				return err
			}
			said := fact{org: field(names, line, "autonomous_system_organization"),
				asn: parseASN(field(names, line, "autonomous_system_number"))}
			said.country = places[field(names, line, "geoname_id")]
			if said.country == "" {
				said.country = places[field(names, line, "registered_country_geoname_id")]
			}
			return b.add(row{first, last, said})
		})
		if err != nil {
			return err
		}
	}
	if blocks == 0 {
		return errors.New("zip archive without a Blocks file; expected the CSV files of GeoLite2 or GeoIP2")
	}
	return nil
}

// field returns the field under name, or "".
func field(names, line []string, name string) string {
	for i, n := range names {
		if n == name && i < len(line) {
			return line[i]
		}
	}
	return ""
}

// eachLine calls do with the header's names and each following line of a CSV file.
func eachLine(file *zip.File, do func(names, line []string) error) error {
	opened, err := file.Open()
	if err != nil {
		return fmt.Errorf("%s: %w", file.Name, err)
	}
	defer opened.Close()
	lines := newLines(io.LimitReader(opened, maxText))
	var names []string
	for lines.next() {
		if names == nil {
			names = append(names, lines.fields...) // fields are used again
			continue
		}
		if err := do(names, lines.fields); err != nil {
			return fmt.Errorf("%s: %w", file.Name, lines.at(err))
		}
	}
	if err := lines.err(); err != nil {
		return fmt.Errorf("%s: %w", file.Name, err)
	}
	return nil
}
