//go:build !386 && !arm && !mips && !mipsle

package geo

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
	"go4.org/netipx"
)

// A tree is a MaxMind DB in the making.
type tree struct {
	writer *mmdbwriter.Tree
	values map[fact]value // one value a fact, so that the writer compares pointers
}

type value = mmdbtype.Map

func newTree(kind, name string, date time.Time, recordBits int) (*tree, error) {
	writer, err := mmdbwriter.New(mmdbwriter.Options{
		BuildEpoch:   date.Unix(),
		DatabaseType: ownType + kind,
		Description:  map[string]string{"en": name},
		Languages:    []string{"en"},
		RecordSize:   recordBits,
		KeyGenerator: &factKeys{},
	})
	return &tree{writer: writer, values: make(map[fact]value)}, err
}

// insert puts f on every network between first and last that may hold one, and counts those that
// may not. used tells whether there was any that may.
func (t *tree) insert(first, last netip.Addr, f fact) (used bool, left int, err error) {
	v, known := t.values[f]
	if !known {
		v = f.value()
		t.values[f] = v
	}
	for _, p := range netipx.IPRangeFrom(first, last).Prefixes() {
		network := &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
		err := t.writer.Insert(network, v)
		var reserved *mmdbwriter.ReservedNetworkError
		var aliased *mmdbwriter.AliasedNetworkError
		switch {
		case errors.As(err, &reserved), errors.As(err, &aliased):
			left++
		case err != nil:
			return used, left, err
		default:
			used = true
		}
	}
	return used, left, nil
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

// encode returns the octets of the database; errNarrow asks for wider records.
func (t *tree) encode() ([]byte, error) {
	var octets bytes.Buffer
	if _, err := t.writer.WriteTo(&octets); err != nil {
		return nil, fmt.Errorf("%w: %w", errNarrow, err) // a buffer takes all: nothing else can fail
	}
	return octets.Bytes(), nil
}
