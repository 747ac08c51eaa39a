//go:build !386 && !arm && !mips && !mipsle

package geo

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

var fixtureDate = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

// A fixture is a database that a test makes for itself.
type fixture struct {
	kind, description string
	bits, version     int // 0 is 28 and 6
	networks          map[string]mmdbtype.DataType
}

func (f fixture) mmdb(t testing.TB) []byte {
	t.Helper()
	o := mmdbwriter.Options{DatabaseType: f.kind, BuildEpoch: fixtureDate.Unix(), RecordSize: f.bits, IPVersion: f.version,
		IncludeReservedNetworks: true}
	if f.description != "" {
		o.Description = map[string]string{"en": f.description}
	}
	tree, err := mmdbwriter.New(o)
	if err != nil {
		t.Fatal(err)
	}
	for prefix, value := range f.networks {
		_, network, err := net.ParseCIDR(prefix)
		if err != nil {
			t.Fatal(err)
		}
		if err := tree.Insert(network, value); err != nil {
			t.Fatal(err)
		}
	}
	var octets bytes.Buffer
	if _, err := tree.WriteTo(&octets); err != nil {
		t.Fatal(err)
	}
	return octets.Bytes()
}

func (f fixture) file(t testing.TB) string { return save(t, "fixture.mmdb", f.mmdb(t)) }

func save(t testing.TB, name string, octets []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, octets, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

type m = mmdbtype.Map
type s = mmdbtype.String

// The layouts as their publishers write them, with addresses that the embedded data
// holds elsewhere, so that an answer shows who gave it.
var (
	geoLite2Country = fixture{kind: "GeoLite2-Country", description: "GeoLite2 Country database", networks: map[string]mmdbtype.DataType{
		"8.8.8.0/24": m{"continent": m{"code": s("EU")}, "country": m{"geoname_id": mmdbtype.Uint32(2), "iso_code": s("SE"),
			"names": m{"en": s("Sweden"), "de": s("Schweden")}}, "registered_country": m{"iso_code": s("US")}},
		"1.1.1.0/24":     m{"registered_country": m{"iso_code": s("AU")}, "traits": m{"is_anycast": mmdbtype.Bool(true)}},
		"10.0.0.0/8":     m{"country": m{"iso_code": s("SE")}},
		"2a00:1450::/32": m{"country": m{"iso_code": s("FI")}},
	}}
	geoLite2City = fixture{kind: "GeoLite2-City", description: "GeoLite2 City database", bits: 24, networks: map[string]mmdbtype.DataType{
		"8.8.8.0/24": m{"city": m{"names": m{"en": s("Oslo")}}, "country": m{"iso_code": s("NO")},
			"location":     m{"latitude": mmdbtype.Float64(59.9), "time_zone": s("Europe/Oslo")},
			"subdivisions": mmdbtype.Slice{m{"iso_code": s("03")}}, "traits": m{"is_anycast": mmdbtype.Bool(true)}},
	}}
	geoLite2ASN = fixture{kind: "GeoLite2-ASN", description: "GeoLite2 ASN database", networks: map[string]mmdbtype.DataType{
		"8.8.8.0/24": m{"autonomous_system_number": mmdbtype.Uint32(64500), "autonomous_system_organization": s("Example Hosting")},
	}}
	dbipCountryLite = fixture{kind: "DBIP-Country-Lite", description: "DB-IP.com - DBIP-Country-Lite", bits: 32, networks: map[string]mmdbtype.DataType{
		"8.8.8.0/24": m{"continent": m{"code": s("EU")}, "country": m{"iso_code": s("DK"), "names": m{"en": s("Denmark")}}},
	}}
	dbipASNLite = fixture{kind: "DBIP-ASN-Lite (compat=GeoLite2-ASN)", networks: map[string]mmdbtype.DataType{
		"8.8.8.0/24": m{"autonomous_system_number": mmdbtype.Uint32(64501), "autonomous_system_organization": s("Example")},
	}}
	enterprise = fixture{kind: "GeoIP2-Enterprise", description: "GeoIP2 Enterprise", networks: map[string]mmdbtype.DataType{
		"8.8.8.0/24": m{"country": m{"iso_code": s("IS")}, "traits": m{"autonomous_system_number": mmdbtype.Uint32(64502),
			"autonomous_system_organization": s("Example"), "user_type": s("hosting")}},
	}}
	flatCountry = fixture{kind: "country ipvAll", networks: map[string]mmdbtype.DataType{
		"8.8.8.0/24": m{"country_code": s("gr")}, "9.0.0.0/8": m{"country_code": s("ZZ")},
	}}
	flatASN = fixture{kind: "", version: 4, networks: map[string]mmdbtype.DataType{
		"8.8.8.0/24": m{"autonomous_system_number": mmdbtype.Uint64(64503), "autonomous_system_organization": s("Example")},
	}}
	lookAlike = fixture{kind: "GeoLite2-Country-compatible", networks: map[string]mmdbtype.DataType{
		"8.8.8.0/24": m{"country": m{"iso_code": s("PT")}, "traits": m{"is_anycast": mmdbtype.Bool(true)}},
	}}
	ipinfoOld = fixture{kind: "ipinfo standard_country_asn.mmdb", networks: map[string]mmdbtype.DataType{
		"8.8.8.0/24": m{"asn": s("AS64504"), "as_name": s("Example"), "country": s("PL"), "country_name": s("Poland")},
	}}
	ipinfoLite = fixture{kind: "ipinfo lite.mmdb", description: "ipinfo lite.mmdb", networks: map[string]mmdbtype.DataType{
		"8.8.8.0/24": m{"asn": s("AS64505"), "as_name": s("Example"), "as_domain": s("example.net"), "country": s("Hungary"),
			"country_code": s("HU"), "continent": s("Europe")},
	}}
)
