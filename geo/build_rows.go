package geo

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// A builder gathers rows into the tree of a MaxMind DB.
type builder struct {
	built      Built
	names      string    // of the inputs
	newest     time.Time // of the inputs
	recordBits int
	tree       *tree // nil before the first start
}

// errNarrow: the records of the tree are too narrow for its nodes and data.
var errNarrow = errors.New("too many networks for this width of records")

// start settles the kind, the name and the date; it is called before the first row of each input.
func (b *builder) start(h heading) error {
	switch {
	case b.built.Kind == KindCountry && !h.country, b.built.Kind == KindASN && !h.asn:
		return fmt.Errorf("holds %s, not %s", h.facts(), b.wantedFact())
	case b.built.Kind == "" && h.country:
		b.built.Kind = KindCountry
	case b.built.Kind == "":
		b.built.Kind = KindASN
	}
	if b.tree != nil {
		return nil
	}
	if b.built.Name == "" {
		b.built.Name = b.names
		if h.name != "" {
			b.built.Name = h.name
		}
	}
	if b.built.Date.IsZero() {
		b.built.Date = b.newest.UTC()
		if !h.date.IsZero() {
			b.built.Date = h.date.UTC()
		}
	}
	if b.built.Date.Unix() <= 0 {
		return fmt.Errorf("the data has no usable date (%s); give one", b.built.Date.Format(time.DateOnly))
	}
	var err error
	b.tree, err = newTree(b.built.Kind, strings.ToValidUTF8(b.built.Name, "\uFFFD"), b.built.Date, b.recordBits)
	return err
}

func (b *builder) wantedFact() string {
	if b.built.Kind == KindASN {
		return "AS numbers"
	}
	return "countries"
}

func (h heading) facts() string {
	if h.country {
		return "countries"
	}
	return "AS numbers"
}

// add takes one row.
func (b *builder) add(r row) error {
	f := fact{country: canonical(strings.TrimSpace(r.country))}
	if b.built.Kind == KindASN {
		f = fact{asn: r.asn, org: strings.ToValidUTF8(strings.TrimSpace(r.org), "\uFFFD")}
	}
	if f.country == "" && f.asn == 0 {
		b.built.Empty++
		return nil
	}
	used, reserved, err := b.tree.insert(r.first, r.last, f)
	b.built.Reserved += reserved
	if used {
		b.built.Rows++
	}
	return err
}

// write checks the database as Open would, and writes it in one piece.
func (b *builder) write(out io.Writer) error {
	octets, err := b.tree.encode()
	if err != nil {
		return err
	}
	if _, err := openDatabase("the result", octets); err != nil {
		return err
	}
	b.built.Octets = int64(len(octets))
	_, err = out.Write(octets)
	return err
}
