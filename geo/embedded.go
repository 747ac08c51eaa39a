package geo

import (
	_ "embed" // the databases are part of the program
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
	"github.com/oschwald/maxminddb-golang/v2"
)

//go:generate go run ./generate

// The databases as generate wrote them: flat layouts, compressed with zstd, which is smaller than
// gzip and unpacks faster: both together in 42 ms (2026-11, two busy cores). xz would save another
// third, and cost a report more time than reading its capture. NOTICE and data/README.md
// say whose they are and under which licence.
var (
	//go:embed data/country.mmdb.zst
	packedCountry []byte
	//go:embed data/asn.mmdb.zst
	packedASN []byte
)

// The embedded databases are unpacked once in a program, whatever number of DBs use them.
var (
	embeddedCountry = sync.OnceValue(func() *database {
		return unpack(packedCountry, readFlatCountry, embeddedCountrySource)
	})
	embeddedASN = sync.OnceValue(func() *database {
		return unpack(packedASN, readFlatASN, embeddedASNSource)
	})
)

// unpack opens an embedded database. It does not walk it as openDatabase would: a test did so.
// It panics if the program's own data is damaged, as no answer could be trusted then.
func unpack(packed []byte, read layout, source Source) *database {
	octets, err := decompress(packed)
	if err != nil {
		panic(fmt.Sprintf("geo: embedded %s database: %v", source.Kind, err))
	}
	reader, err := maxminddb.OpenBytes(octets)
	if err != nil {
		panic(fmt.Sprintf("geo: embedded %s database: %v", source.Kind, err))
	}
	return &database{reader: reader, read: read, source: source,
		country: source.Kind == KindCountry, asn: source.Kind == KindASN}
}

func decompress(packed []byte) ([]byte, error) {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxDatabase))
	if err != nil {
		return nil, err
	}
	defer decoder.Close()
	return decoder.DecodeAll(packed, nil)
}

// readFlatCountry and readFlatASN read what Build writes, without the search of readFlat.
func readFlatCountry(found maxminddb.Result) (record, error) {
	var flat struct {
		Country string `maxminddb:"country_code"`
	}
	err := found.Decode(&flat)
	return record{country: canonical(flat.Country)}, err
}

func readFlatASN(found maxminddb.Result) (record, error) {
	var flat struct {
		Number uint32 `maxminddb:"autonomous_system_number"`
		Org    string `maxminddb:"autonomous_system_organization"`
	}
	err := found.Decode(&flat)
	return record{asn: flat.Number, org: flat.Org}, err
}
