package geo

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
)

// DB answers from a country database and an AS database. The zero DB answers from the embedded ones.
//
// Any number of goroutines may use a DB at the same time; a DB is not copied. To read newer
// files, open another DB and drop this one: nothing has to be closed.
type DB struct {
	country *database // nil is the embedded one
	asn     *database // nil is the embedded one
	loaded  sync.Once
	recent  []atomic.Pointer[located] // by hash of the address
	sources []Source                  // of what was given or is embedded, from the beginning on
}

// recentSlots bounds the memory for remembered answers to about 3 MB.
const recentSlots = 1 << 15

type located struct {
	asked    netip.Addr
	location Location
}

var _ Locator = (*DB)(nil)

// Open returns a DB that answers from files, and from the embedded databases for the kinds that no
// file is given for. The files may be compressed with gzip or zstd, also as the .tar.gz archive that
// MaxMind delivers. They are read into memory and checked whole, so that an unusable
// file is an error here and never later.
//
// For its kind a file answers alone: where it has no answer the embedded database is not asked,
// so that every answer can be laid to one named source. City databases answer for countries. Two
// files for one kind are an error, unless one of them answers for both kinds: then the other takes its own.
func Open(files []string) (*DB, error) {
	d := &DB{}
	var both []*database
	for _, file := range files {
		octets, err := readDatabase(file)
		if err != nil {
			return nil, fmt.Errorf("geo database: %w", err)
		}
		opened, err := openDatabase(file, octets)
		if err != nil {
			return nil, fmt.Errorf("geo database: %w", err)
		}
		if opened.country && opened.asn {
			both = append(both, opened)
			continue
		}
		place := &d.asn
		if opened.country {
			place = &d.country
		}
		if err := take(place, opened); err != nil {
			return nil, err
		}
	}
	if len(both) > 1 {
		return nil, twice(both[0], both[1])
	}
	for _, opened := range both {
		if d.country != nil && d.asn != nil {
			return nil, fmt.Errorf("geo database: %s is not needed: %s and %s answer for all that it holds; leave it out",
				opened.source.Path, d.country.source.Path, d.asn.source.Path)
		}
		if d.country == nil {
			d.country = opened
		}
		if d.asn == nil {
			d.asn = opened
		}
	}
	d.sources = d.answering()
	return d, nil
}

func take(place **database, opened *database) error {
	if *place != nil {
		return twice(*place, opened)
	}
	*place = opened
	return nil
}

func twice(a, b *database) error {
	kind := "countries"
	if !a.country {
		kind = "AS numbers"
	}
	return fmt.Errorf("geo database: %s and %s both answer for %s; give one of them",
		a.source.Path, b.source.Path, kind)
}

// Load makes the first Locate as fast as the others: it unpacks the embedded databases, if they are
// used, both at the same time. Calling it is optional; it may run beside the reading of a capture.
func (d *DB) Load() {
	d.loaded.Do(func() {
		d.recent = make([]atomic.Pointer[located], recentSlots)
		var wait sync.WaitGroup
		if d.country == nil {
			wait.Go(func() { d.country = embeddedCountry() })
		}
		if d.asn == nil {
			wait.Go(func() { d.asn = embeddedASN() })
		}
		wait.Wait()
	})
}

// Locate says where a is. It never fails: what no database knows is Unknown. Private, multicast and
// reserved space is answered without one, whatever a user's database says of it. An
// address that carries an IPv4 address (IPv4-mapped, 6to4, Teredo, NAT64) gets that one's answer.
// An answer that was given lately costs no allocation.
func (d *DB) Locate(a netip.Addr) Location {
	d.Load()
	slot := &d.recent[hash(a)%recentSlots]
	if kept := slot.Load(); kept != nil && kept.asked == a {
		return kept.location
	}
	fresh := &located{asked: a, location: d.locate(a)}
	slot.Store(fresh)
	return fresh.location
}

func (d *DB) locate(a netip.Addr) Location {
	public, word := place(a)
	if word != "" {
		return Location{Country: word}
	}
	where := d.country.lookup(public)
	who := where
	if d.asn != d.country {
		who = d.asn.lookup(public)
	}
	location := Location{
		Country: where.country,
		ASN:     who.asn,
		ASOrg:   who.org,
		Anycast: where.anycast || who.anycast || isAnycast(public),
		Hosting: where.hosting || who.hosting,
	}
	if location.Country == "" {
		location.Country = Unknown
	}
	return location
}

// hash mixes all octets of a; it need not resist an attacker, who gains one slow lookup a packet.
func hash(a netip.Addr) uint64 {
	octets := a.As16()
	h := binary.LittleEndian.Uint64(octets[:8])*0x9e3779b97f4a7c15 ^ binary.LittleEndian.Uint64(octets[8:])
	h *= 0xd6e8feb86659fd93
	return h ^ h>>32
}

// Sources returns the databases that answer, that for countries first. A file that answers for
// both kinds appears once. It loads nothing.
func (d *DB) Sources() []Source {
	if d.sources == nil { // the zero DB
		return []Source{embeddedCountrySource, embeddedASNSource}
	}
	return slices.Clone(d.sources)
}

// answering are the sources of what was given, and for the rest those of what is embedded.
func (d *DB) answering() []Source {
	country, asn := embeddedCountrySource, embeddedASNSource
	if d.country != nil {
		country = d.country.source
	}
	if d.asn != nil {
		asn = d.asn.source
	}
	if d.country != nil && d.country == d.asn {
		return []Source{country}
	}
	return []Source{country, asn}
}
