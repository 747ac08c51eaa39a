package geo

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
	"go4.org/netipx"
)

// A builder gathers rows into the tree of a MaxMind DB.
type builder struct {
	built      Built
	names      string    // of the inputs
	newest     time.Time // of the inputs
	recordBits int
	tree       *mmdbwriter.Tree
	values     map[fact]value // one value a fact, so that the writer compares pointers
}

type value = mmdbtype.Map

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
	return b.plant()
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

func (b *builder) plant() (err error) {
	if b.built.Date.Unix() <= 0 {
		return fmt.Errorf("the data has no usable date (%s); give one", b.built.Date.Format(time.DateOnly))
	}
	b.tree, err = mmdbwriter.New(mmdbwriter.Options{
		BuildEpoch:   b.built.Date.Unix(),
		DatabaseType: "peeratlas-" + b.built.Kind,
		Description:  map[string]string{"en": strings.ToValidUTF8(b.built.Name, "\uFFFD")},
		Languages:    []string{"en"},
		RecordSize:   b.recordBits,
		KeyGenerator: &factKeys{},
	})
	return err
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
	v, known := b.values[f]
	if !known {
		v = f.value()
		b.values[f] = v
	}
	return b.insert(r.first, r.last, v)
}

// value is the flat layout that ip-location-db uses, too.
func (f fact) value() value {
	if f.asn == 0 {
		return value{"country_code": mmdbtype.String(f.country)}
	}
	v := value{"autonomous_system_number": mmdbtype.Uint32(f.asn)}
	if f.org != "" {
		v["autonomous_system_organization"] = mmdbtype.String(f.org)
	}
	return v
}

// insert puts v on every network between first and last that may hold one.
func (b *builder) insert(first, last netip.Addr, v value) error {
	used := false
	for _, p := range netipx.IPRangeFrom(first, last).Prefixes() {
		network := &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
		err := b.tree.Insert(network, v)
		var reserved *mmdbwriter.ReservedNetworkError
		var aliased *mmdbwriter.AliasedNetworkError
		switch {
		case errors.As(err, &reserved), errors.As(err, &aliased):
			b.built.Reserved++
		case err != nil:
			return err
		default:
			used = true
		}
	}
	if used {
		b.built.Rows++
	}
	return nil
}

// factKeys tells the writer which values are equal without hashing them.
type factKeys struct{ key []byte }

// Key returns an octet string that only equal facts share.
func (k *factKeys) Key(data mmdbtype.DataType) ([]byte, error) {
	v, ok := data.(value)
	if !ok {
		return nil, fmt.Errorf("a %T is no fact", data)
	}
	country, _ := v["country_code"].(mmdbtype.String)
	asn, _ := v["autonomous_system_number"].(mmdbtype.Uint32)
	org, _ := v["autonomous_system_organization"].(mmdbtype.String)
	k.key = fmt.Appendf(k.key[:0], "fact %s %d %s", country, asn, org)
	return k.key, nil
}

// write makes out appear at once and whole, after it was checked as Open would check it.
func (b *builder) write(out string) error {
	var octets bytes.Buffer
	if _, err := b.tree.WriteTo(&octets); err != nil {
		return fmt.Errorf("%w: %w", errNarrow, err) // a buffer takes all: nothing else can fail
	}
	if _, err := openDatabase("the result", octets.Bytes()); err != nil {
		return err
	}
	b.built.Octets = int64(octets.Len())
	beside, err := os.CreateTemp(filepath.Dir(out), "."+filepath.Base(out)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(beside.Name()) // finds nothing once it is renamed
	_, err = beside.Write(octets.Bytes())
	if err == nil {
		err = beside.Chmod(0o644)
	}
	if err == nil {
		err = beside.Sync()
	}
	if closed := beside.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(beside.Name(), out)
}
