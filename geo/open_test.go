//go:build !386 && !arm && !mips && !mipsle

package geo

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter/mmdbtype"

	"github.com/klauspost/compress/zstd"
)

var google = netip.MustParseAddr("8.8.8.8")

func TestOpenLayouts(t *testing.T) {
	embedded := Location{Country: "US", ASN: 15169, ASOrg: "Google LLC", Anycast: true, Hosting: true}
	tests := []struct {
		name        string
		fixture     fixture
		kind        string
		want        Location // of 8.8.8.8, which is in the list of anycast services
		licence     string
		attribution string
	}{
		{"GeoLite2-Country", geoLite2Country, KindCountry, Location{Country: "SE", ASN: 15169, ASOrg: "Google LLC", Hosting: true},
			"GeoLite End User License Agreement", "MaxMind"},
		{"GeoLite2-City", geoLite2City, KindCity, Location{Country: "NO", ASN: 15169, ASOrg: "Google LLC", Hosting: true},
			"GeoLite End User License Agreement", "MaxMind"},
		{"GeoLite2-ASN", geoLite2ASN, KindASN, Location{Country: "US", ASN: 64500, ASOrg: "Example Hosting", Hosting: true},
			"GeoLite End User License Agreement", "MaxMind"},
		{"DBIP-Country-Lite", dbipCountryLite, KindCountry, Location{Country: "DK", ASN: 15169, ASOrg: "Google LLC", Hosting: true},
			"CC BY 4.0", "DB-IP"},
		{"DBIP-ASN-Lite", dbipASNLite, KindASN, Location{Country: "US", ASN: 64501, ASOrg: "Example"}, "CC BY 4.0", "DB-IP"},
		{"GeoIP2-Enterprise", enterprise, KindCountry, Location{Country: "IS", ASN: 64502, ASOrg: "Example", Hosting: true},
			"MaxMind End User License Agreement", "MaxMind"},
		{"flat country", flatCountry, KindCountry, Location{Country: "GR", ASN: 15169, ASOrg: "Google LLC", Hosting: true}, "", ""},
		{"flat asn, IPv4 only, no type", flatASN, KindASN, Location{Country: "US", ASN: 64503, ASOrg: "Example"}, "", ""},
		{"unknown type like GeoLite2", lookAlike, KindCountry, Location{Country: "PT", ASN: 15169, ASOrg: "Google LLC", Hosting: true},
			"GeoLite End User License Agreement", "MaxMind"},
		{"IPinfo, old", ipinfoOld, KindCountry, Location{Country: "PL", ASN: 64504, ASOrg: "Example"}, "IPinfo licence of the subscription", "IPinfo"},
		{"IPinfo Lite", ipinfoLite, KindCountry, Location{Country: "HU", ASN: 64505, ASOrg: "Example"}, "CC BY-SA 4.0", "IPinfo"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := tt.fixture.file(t)
			db, err := Open([]string{path})
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Anycast = embedded.Anycast
			if got := db.Locate(google); got != tt.want {
				t.Errorf("Locate = %+v, want %+v", got, tt.want)
			}
			s := sourceAt(t, db, path)
			if s.Kind != tt.kind || s.Type != tt.fixture.kind || !s.Date.Equal(fixtureDate) || s.Name == "" {
				t.Errorf("source %+v", s)
			}
			if s.Licence != tt.licence || !strings.Contains(s.Attribution, tt.attribution) {
				t.Errorf("terms %q, %q", s.Licence, s.Attribution)
			}
		})
	}
}

func sourceAt(t *testing.T, db *DB, path string) Source {
	t.Helper()
	for _, s := range db.Sources() {
		if s.Path == path {
			return s
		}
	}
	t.Fatalf("%s is not among the sources %+v", path, db.Sources())
	return Source{}
}

// A user's file answers alone: what it does not know, nobody knows.
func TestOpenNoMixing(t *testing.T) {
	db, err := Open([]string{geoLite2Country.file(t)})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, address, country string
		asn                    uint32
	}{
		{"registered country where no other is known", "1.1.1.1", "AU", 13335},
		{"not in the file", "193.0.6.139", Unknown, 3333},
		{"private space, whatever the file says", "10.0.0.1", Private, 0},
		{"v6", "2a00:1450:4001:80b::200e", "FI", 15169},
	}
	for _, tt := range tests {
		if got := db.Locate(netip.MustParseAddr(tt.address)); got.Country != tt.country || got.ASN != tt.asn {
			t.Errorf("%s: %+v, want %s AS%d", tt.name, got, tt.country, tt.asn)
		}
	}
}

func TestOpenSeveral(t *testing.T) {
	country, asn, both := geoLite2Country.file(t), geoLite2ASN.file(t), enterprise.file(t)
	tests := []struct {
		name  string
		files []string
		want  string // country and AS of 8.8.8.8, or the error
	}{
		{"country and asn", []string{country, asn}, "SE 64500 2"},
		{"order does not matter", []string{asn, country}, "SE 64500 2"},
		{"both in one", []string{both}, "IS 64502 1"},
		{"asn takes its own", []string{both, asn}, "IS 64500 2"},
		{"country takes its own", []string{country, both}, "SE 64502 2"},
		{"two for countries", []string{country, dbipCountryLite.file(t)}, "both answer for countries; give one of them"},
		{"two for asn", []string{asn, dbipASNLite.file(t)}, "both answer for AS numbers; give one of them"},
		{"two for both", []string{both, ipinfoLite.file(t)}, "both answer for countries; give one of them"},
		{"one too many", []string{country, asn, both}, "is not needed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db, err := Open(tt.files)
			if err != nil {
				if !strings.Contains(err.Error(), tt.want) {
					t.Fatal(err)
				}
				return
			}
			where := db.Locate(google)
			if got := strings.Join([]string{where.Country, itoa(int(where.ASN)), itoa(len(db.Sources()))}, " "); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

func TestOpenCompressed(t *testing.T) {
	plain := geoLite2City.mmdb(t)
	var gz, archive bytes.Buffer
	zip := gzip.NewWriter(&gz)
	zip.Write(plain)
	zip.Close()
	tgz := gzip.NewWriter(&archive)
	tape := tar.NewWriter(tgz)
	for name, content := range map[string][]byte{"GeoLite2-City_20261001/COPYRIGHT.txt": []byte("x"), "GeoLite2-City_20261001/GeoLite2-City.mmdb": plain} {
		tape.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg})
		tape.Write(content)
	}
	tape.Close()
	tgz.Close()
	encoder, _ := zstd.NewWriter(nil)
	for name, octets := range map[string][]byte{"x.mmdb.gz": gz.Bytes(), "x.tar.gz": archive.Bytes(), "x.mmdb.zst": encoder.EncodeAll(plain, nil)} {
		t.Run(name, func(t *testing.T) {
			db, err := Open([]string{save(t, name, octets)})
			if err != nil {
				t.Fatal(err)
			}
			if got := db.Locate(google); got.Country != "NO" {
				t.Errorf("Locate = %+v", got)
			}
			for cut := 1; cut < len(octets); cut += 37 {
				if _, err := Open([]string{save(t, name, octets[:cut])}); err == nil {
					t.Fatalf("cut to %d of %d octets and opened", cut, len(octets))
				}
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	zeros := bytes.Repeat([]byte{0}, 4096)
	domain := fixture{kind: "GeoIP2-Domain", networks: map[string]mmdbtype.DataType{"8.8.8.0/24": m{"domain": s("example.net")}}}
	other := fixture{kind: "weather", networks: map[string]mmdbtype.DataType{"8.8.8.0/24": m{"rain": s("much")}}}
	text := fixture{kind: "text", networks: map[string]mmdbtype.DataType{"8.8.8.0/24": s("US")}}
	nothing := fixture{kind: "GeoLite2-Country"}
	tests := []struct {
		name, file string
		octets     []byte
		want       []string
	}{
		{"empty", "a.mmdb", nil, []string{"a.mmdb", "empty file", "expected a Country, City or ASN database"}},
		{"text", "a.mmdb", []byte("start,end,country\n"), []string{"expected a Country, City or ASN database", "peeratlas geo build"}},
		{"zeros", "a.mmdb", zeros, []string{"expected a Country, City or ASN database"}},
		{"zip", "a.zip", []byte("PK\x03\x04............"), []string{"zip archive", "peeratlas geo build"}},
		{"tar without database", "a.tar", append(bytes.Repeat([]byte{0}, 257), "ustar"...), []string{"tar archive"}},
		{"gzip cut", "a.gz", []byte{0x1f, 0x8b, 8}, []string{"gzip"}},
		{"zstd cut", "a.zst", []byte{0x28, 0xb5, 0x2f, 0xfd}, []string{"a.zst"}},
		{"domains", "a.mmdb", domain.mmdb(t), []string{`"GeoIP2-Domain"`, "neither countries nor AS numbers"}},
		{"other content", "a.mmdb", other.mmdb(t), []string{`"weather"`, "neither countries nor AS numbers"}},
		{"no map", "a.mmdb", text.mmdb(t), []string{`"text"`, "neither countries nor AS numbers"}},
		{"no record", "a.mmdb", nothing.mmdb(t), []string{"neither countries nor AS numbers"}},
		{"cut", "a.mmdb", geoLite2Country.mmdb(t)[100:], []string{"damaged database", "fetch it again"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Open([]string{save(t, tt.file, tt.octets)})
			if err == nil {
				t.Fatal("opened")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q lacks %q", err, want)
				}
			}
		})
	}
	for _, path := range []string{t.TempDir(), "/nowhere/at/all.mmdb"} {
		if _, err := Open([]string{path}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("Open(%s): %v", path, err)
		}
	}
}
