package geo

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// BuildOptions choose what Build makes of its input. The zero BuildOptions let the input decide.
type BuildOptions struct {
	Kind string    // KindCountry or KindASN, for inputs that hold both; "" is country if there is one
	Name string    // the true origin, for reports; "" is the input database's own, else the files' names
	Date time.Time // of the data; zero is the input database's own, else the newest file's
}

// Built is what Build did.
type Built struct {
	Kind     string
	Name     string
	Date     time.Time
	Rows     int   // rows of the input that were used
	Empty    int   // rows that name no country or AS number ("None", "ZZ", 0)
	Reserved int   // networks left out because they lie in private or reserved space, or stand for IPv4 ones
	Octets   int64 // of the output
}

// Build turns the inputs, the files of one data set, into one MaxMind DB that Open takes, and
// writes it to out.
//
// An input is CSV or TSV (ip-location-db, DB-IP Lite, IPinfo, iptoasn, GeoLite2 blocks of AS
// numbers), the zip archive of CSV files that MaxMind delivers, or a MaxMind DB;
// each may be compressed with gzip or zstd. The result holds one kind of fact, a country or an AS
// for every network. Where rows overlap the later one counts. The output is checked as Open
// checks it before its first octet is written.
//
// The same inputs and options give the same octets; only the default Date comes from the
// time at which a CSV file was last written.
func Build(in []string, out io.Writer, o BuildOptions) (Built, error) {
	if len(in) == 0 {
		return Built{}, errors.New("geo build: no input; name a CSV or .mmdb file")
	}
	if o.Kind != "" && o.Kind != KindCountry && o.Kind != KindASN {
		return Built{}, fmt.Errorf("geo build: kind %q; expected %s or %s", o.Kind, KindCountry, KindASN)
	}
	// Narrow records make small files. Whether they suffice is known only when all is read.
	for _, bits := range []int{24, 28, 32} {
		b, err := read(in, o, bits)
		if err != nil {
			return Built{}, fmt.Errorf("geo build: %w", err)
		}
		err = b.write(out)
		if errors.Is(err, errNarrow) {
			continue
		}
		if err != nil {
			return Built{}, fmt.Errorf("geo build: %w", err)
		}
		return b.built, nil
	}
	return Built{}, errors.New("geo build: more networks than a MaxMind DB can hold")
}

// read fills a builder from all inputs.
func read(in []string, o BuildOptions, bits int) (*builder, error) {
	b := &builder{recordBits: bits, names: baseNames(in)}
	b.built = Built{Kind: o.Kind, Name: o.Name, Date: o.Date.UTC()}
	newest, err := newestOf(in)
	if err != nil {
		return nil, err
	}
	b.newest = newest
	for _, path := range in {
		if err := b.readFile(path); err != nil {
			return nil, err
		}
	}
	if b.built.Rows == 0 {
		return nil, fmt.Errorf("%s: no row with a public network and %s", b.names, b.wantedFact())
	}
	return b, nil
}

func baseNames(in []string) string {
	var names []string
	for _, path := range in {
		names = append(names, filepath.Base(path))
	}
	return strings.Join(names, ", ")
}

func newestOf(in []string) (newest time.Time, err error) {
	for _, path := range in {
		state, err := os.Stat(path)
		if err != nil {
			return time.Time{}, err
		}
		if state.ModTime().After(newest) {
			newest = state.ModTime()
		}
	}
	return newest, nil
}

// A row is one run of addresses, both ends included, and what an input says of it.
type row struct {
	first, last netip.Addr
	fact
}

// A fact is what an input says, still in its own words.
type fact struct {
	country string
	org     string
	asn     uint32
}

// A heading is what is known of an input before its first row.
type heading struct {
	country, asn bool      // the facts it holds
	name         string    // what it calls itself; "" for CSV
	date         time.Time // zero for CSV
}
