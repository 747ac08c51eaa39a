package geo

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync/atomic"

	"github.com/oschwald/geoip2-golang/v2"
	"github.com/oschwald/maxminddb-golang/v2"
)

// A database is one opened and checked file. It is never changed; any goroutine may ask it.
type database struct {
	reader  *maxminddb.Reader
	read    layout
	country bool // it answers for countries
	asn     bool // it answers for autonomous systems
	source  Source
	decoded [recordSlots]atomic.Pointer[decodedRecord]
}

// recordSlots bounds the decoded records that a database keeps, by the record's offset in the file.
// A country database has some 250 different records; of an AS database's 80,000 few are met often.
const recordSlots = 1 << 12

type decodedRecord struct {
	offset uintptr
	record
}

var probeAddress = netip.AddrFrom4([4]byte{192, 0, 2, 1})

const wanted = "expected a Country, City or ASN database in MaxMind DB (.mmdb) format; " +
	"`peeratlas geo build` makes one from CSV"

func isWrongMethod(err error) bool {
	var wrong geoip2.InvalidMethodError
	return errors.As(err, &wrong)
}

// openDatabase checks the octets of a MaxMind DB from end to end and recognises its layout.
// The octets must not change any more.
func openDatabase(path string, octets []byte) (d *database, err error) {
	// The library checks its bounds; this is the one place that would not trust it with a file
	// of unknown origin. Nothing of what panicked is kept.
	defer func() {
		if cause := recover(); cause != nil {
			d, err = nil, fmt.Errorf("%s: damaged database (%v); %s", path, cause, wanted)
		}
	}()
	reader, err := maxminddb.OpenBytes(octets)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; %s", path, err, wanted)
	}
	if err := verify(reader); err != nil {
		return nil, fmt.Errorf("%s: damaged database: %w; fetch it again", path, err)
	}
	d = &database{reader: reader}
	for _, read := range layoutsFor(octets) {
		d.read = read
		if city := d.sample(); d.country || d.asn {
			d.source = sourceOf(reader.Metadata, path)
			d.source.Kind = d.kind(city)
			return d, nil
		}
	}
	return nil, fmt.Errorf("%s: a %q database, which holds neither countries nor AS numbers; %s",
		path, reader.Metadata.DatabaseType, wanted)
}

// verify walks the whole tree and all data, in time proportional to its size: 8.5 MB take 73 ms
// (2026-11, two busy cores of a virtual machine). In return no lookup can meet a broken record
// halfway through a capture.
func verify(reader *maxminddb.Reader) error {
	// The walk refuses databases without a description or type, which the format allows
	// to be empty and free databases leave so. Neither is used to read.
	described, typed := reader.Metadata.Description, reader.Metadata.DatabaseType
	if len(described) == 0 {
		reader.Metadata.Description = map[string]string{"en": "none"}
	}
	if typed == "" {
		reader.Metadata.DatabaseType = "none"
	}
	err := reader.Verify()
	reader.Metadata.Description, reader.Metadata.DatabaseType = described, typed
	return err
}

// sample learns what the database holds from its first networks and from random addresses.
func (d *database) sample() (city bool) {
	learn := func(found maxminddb.Result) bool {
		if !found.Found() {
			return false
		}
		if r, err := d.read(found); err == nil {
			d.country = d.country || r.country != ""
			d.asn = d.asn || r.asn != 0
			city = city || r.city
		}
		return true
	}
	const each = 500
	steps, left := 0, each
	for found := range d.walk() {
		if learn(found) {
			left--
		}
		if steps++; left == 0 || steps == 100*each {
			break
		}
	}
	random := rand.New(rand.NewPCG(4, 6)) // the same addresses in every run
	for range each {
		v4, v6 := random.Uint32(), random.Uint64()
		learn(d.reader.Lookup(netip.AddrFrom4([4]byte{byte(v4 >> 24), byte(v4 >> 16), byte(v4 >> 8), byte(v4)})))
		if d.reader.Metadata.IPVersion == 6 {
			learn(d.reader.Lookup(netip.AddrFrom16([16]byte{0x20 | byte(v6&0xf), byte(v6 >> 8), byte(v6 >> 16)})))
		}
	}
	return city
}

// walk yields all networks, those without a record too. Its user bounds it: branches of a hostile
// tree may meet again, so that a small file holds more networks than can ever be counted.
func (d *database) walk() iter.Seq[maxminddb.Result] {
	return d.reader.Networks(maxminddb.IncludeNetworksWithoutData())
}

func (d *database) kind(city bool) string {
	switch {
	case d.country && city:
		return KindCity
	case d.country:
		return KindCountry
	}
	return KindASN
}

func sourceOf(m maxminddb.Metadata, path string) Source {
	s := Source{Name: m.Description["en"], Type: m.DatabaseType, Path: path}
	if strings.TrimSpace(s.Name) == "" {
		s.Name = s.Type
	}
	if strings.TrimSpace(s.Name) == "" {
		s.Name = path
	}
	if uint64(m.BuildEpoch) < 1<<36 { // a later year than 4000 is damage, not a date
		s.Date = m.BuildTime().UTC()
	}
	s.credit()
	return s
}

// lookup returns the record for a, which is empty if the database has none.
func (d *database) lookup(a netip.Addr) record { return d.recordOf(d.reader.Lookup(a)) }

// recordOf never fails: a record that cannot be read says nothing.
func (d *database) recordOf(found maxminddb.Result) (r record) {
	defer func() {
		if recover() != nil { // see openDatabase; the file was verified, so this should be idle
			r = record{}
		}
	}()
	if !found.Found() {
		return record{}
	}
	offset := found.Offset()
	slot := &d.decoded[offset*0x9e3779b1>>7%recordSlots]
	if kept := slot.Load(); kept != nil && kept.offset == offset {
		return kept.record
	}
	r, err := d.read(found)
	if err != nil {
		r = record{}
	}
	r.hosting = r.hosting || isHosting(r.asn, r.org)
	slot.Store(&decodedRecord{offset: offset, record: r})
	return r
}
