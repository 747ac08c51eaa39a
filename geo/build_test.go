//go:build !386 && !arm && !mips && !mipsle

package geo

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// asked gives "COUNTRY ASN ORG" of what a built file alone says.
func asked(t *testing.T, path, address string) string {
	t.Helper()
	octets, err := readDatabase(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := openDatabase(path, octets)
	if err != nil {
		t.Fatal(err)
	}
	r := d.lookup(netip.MustParseAddr(address))
	if r.asn != 0 {
		return strings.TrimSpace(itoa(int(r.asn)) + " " + r.org)
	}
	return r.country
}

func TestBuildText(t *testing.T) {
	tests := []struct {
		name, text string
		o          BuildOptions
		want       map[string]string
		built      Built
	}{
		{"ip-location-db country", "8.8.8.0,8.8.8.255,US\n9.0.0.0,9.0.0.4,de\n2a00:1450::,2a00:1450:ffff:ffff:ffff:ffff:ffff:ffff,IE\n", BuildOptions{},
			map[string]string{"8.8.8.8": "US", "9.0.0.4": "DE", "9.0.0.5": "", "2a00:1450::1": "IE"}, Built{Kind: KindCountry, Rows: 3}},
		{"numbers", "134744064,134744319,US\n55838123213848453173506236432162160640,55838123293076615688020573969705738239,IE\n", BuildOptions{},
			map[string]string{"8.8.8.8": "US", "2a02:1111::1": ""}, Built{Kind: KindCountry, Rows: 2}},
		{"asn", "8.8.8.0,8.8.8.255,15169,\"Google, \"\"the\"\" LLC\"\r\n9.0.0.0,9.0.0.255,AS3,\n\n# nothing\n10.0.0.0,10.255.255.255,4,private\n11.0.0.0,11.0.0.1,0,Not routed\n",
			BuildOptions{}, map[string]string{"8.8.8.8": `15169 Google, "the" LLC`, "9.0.0.1": "3", "11.0.0.1": ""},
			Built{Kind: KindASN, Rows: 2, Empty: 1, Reserved: 1}},
		{"iptoasn", "1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUDFLARENET, Inc\n1.0.1.0\t1.0.3.255\t0\tNone\tNot routed\n", BuildOptions{Kind: KindASN},
			map[string]string{"1.0.0.1": "13335 CLOUDFLARENET, Inc", "1.0.1.1": ""}, Built{Kind: KindASN, Rows: 1, Empty: 1}},
		{"iptoasn country", "1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUDFLARENET\n1.0.1.0\t1.0.3.255\t0\tNone\tNot routed\n", BuildOptions{},
			map[string]string{"1.0.0.1": "US", "1.0.1.1": ""}, Built{Kind: KindCountry, Rows: 1, Empty: 1}},
		{"DB-IP city", "8.8.8.0,8.8.8.255,NA,US,California,\"Mountain View\",37.4,-122.1\n10.0.0.0,10.255.255.255,ZZ,ZZ,,,0,0\n", BuildOptions{},
			map[string]string{"8.8.8.8": "US"}, Built{Kind: KindCountry, Rows: 1, Empty: 1}},
		{"IPinfo Lite", "network,country,country_code,continent,continent_code,asn,as_name,as_domain\n8.8.8.0/24,United States,US,North America,NA,AS15169,Google LLC,google.com\n9.9.9.9,France,FR,Europe,EU,,,\n",
			BuildOptions{}, map[string]string{"8.8.8.8": "US", "9.9.9.9": "FR"}, Built{Kind: KindCountry, Rows: 2}},
		{"IPinfo Lite, asn wanted", "network,country,country_code,continent,continent_code,asn,as_name,as_domain\n8.8.8.0/24,United States,US,North America,NA,AS15169,Google LLC,google.com\n9.9.9.9,France,FR,Europe,EU,,,\n",
			BuildOptions{Kind: KindASN}, map[string]string{"8.8.8.8": "15169 Google LLC", "9.9.9.9": ""}, Built{Kind: KindASN, Rows: 1, Empty: 1}},
		{"GeoLite2 ASN blocks", "\uFEFFnetwork,autonomous_system_number,autonomous_system_organization\n8.8.8.0/24,15169,GOOGLE\n2001:4860::/32,15169,GOOGLE\n",
			BuildOptions{}, map[string]string{"8.8.8.8": "15169 GOOGLE", "2001:4860::1": "15169 GOOGLE"}, Built{Kind: KindASN, Rows: 2}},
		{"start and end by name", "start_ip,end_ip,country\n8.8.8.0,8.8.8.255,US\n", BuildOptions{}, map[string]string{"8.8.8.8": "US"}, Built{Kind: KindCountry, Rows: 1}},
		{"later rows win", "8.0.0.0,8.255.255.255,US\n8.8.8.0,8.8.8.255,CH\n", BuildOptions{},
			map[string]string{"8.8.8.8": "CH", "8.8.9.1": "US"}, Built{Kind: KindCountry, Rows: 2}},
		{"aliases and reserved are counted", "8.8.8.0,8.8.8.255,US\n2002::,2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff,US\n2001:0:1::,2001:0:1:ffff:ffff:ffff:ffff:ffff,US\n192.0.2.0,192.0.2.255,US\n", BuildOptions{},
			map[string]string{"8.8.8.8": "US"}, Built{Kind: KindCountry, Rows: 1, Reserved: 3}},
		{"run across reserved space", "9.0.0.0,11.255.255.255,US\n", BuildOptions{}, map[string]string{"9.1.1.1": "US", "10.1.1.1": "", "11.1.1.1": "US"}, Built{Kind: KindCountry, Rows: 1}},
		{"IPv4-mapped", "::ffff:8.8.8.0,::ffff:8.8.8.255,US\n", BuildOptions{}, map[string]string{"8.8.8.8": "US"}, Built{Kind: KindCountry, Rows: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.mmdb")
			tt.o.Date = fixtureDate
			built, err := buildFile([]string{save(t, "in.csv", []byte(tt.text))}, out, tt.o)
			if err != nil {
				t.Fatal(err)
			}
			for address, want := range tt.want {
				if got := asked(t, out, address); got != want {
					t.Errorf("%s = %q, want %q", address, got, want)
				}
			}
			tt.built.Name, tt.built.Date, tt.built.Octets = "in.csv", fixtureDate, built.Octets
			if built != tt.built {
				t.Errorf("built %+v, want %+v", built, tt.built)
			}
		})
	}
}

func TestBuildErrors(t *testing.T) {
	good := "8.8.8.0,8.8.8.255,US\n"
	tests := []struct {
		name, text string
		o          BuildOptions
		want       string
	}{
		{"empty", "", BuildOptions{}, "empty file"},
		{"blank", "\n\n", BuildOptions{}, "no line with data"},
		{"prose", "hello world\n", BuildOptions{}, "line 1: 1 columns; expected start,end,country"},
		{"first line bad", "8.8.8.0,8.8.8.x,US\n", BuildOptions{}, `line 1: "8.8.8.x" is no address`},
		{"bad address", good + "8.8.9.0,8.8.9.256,US\n", BuildOptions{}, `in.csv: line 2: "8.8.9.256" is no address`},
		{"number too large", good + "1,340282366920938463463374607431768211456,US\n", BuildOptions{}, "line 2:"},
		{"run backwards", good + "\n8.8.9.255,8.8.9.0,US\n", BuildOptions{}, "line 3: 8.8.9.255 to 8.8.9.0 is no run"},
		{"families mixed", good + "8.8.8.0,2001:db8::,US\n", BuildOptions{}, "line 2: 8.8.8.0 to 2001:db8:: is no run"},
		{"columns missing", good + "8.8.8.0\n", BuildOptions{}, `line 2: "" is no address`},
		{"country too long", good + "8.8.9.0,8.8.9.255,USA\n", BuildOptions{}, `line 2: "USA" is no country code`},
		{"bad number", "8.8.8.0,8.8.8.255,1,x\n8.8.9.0,8.8.9.255,ASX,x\n", BuildOptions{}, `line 2: "ASX" is no AS number`},
		{"wrong kind", good, BuildOptions{Kind: KindASN}, "holds countries, not AS numbers"},
		{"unknown kind", good, BuildOptions{Kind: "city"}, `kind "city"; expected country or asn`},
		{"only reserved", "10.0.0.0,10.255.255.255,US\n", BuildOptions{}, "no row with a public network and countries"},
		{"header without facts", "network,geoname_id\n8.8.8.0/24,1\n", BuildOptions{}, "give the whole zip archive"},
		{"long line", good + strings.Repeat("x", maxLine) + "\n", BuildOptions{}, "line 2: longer than 64 KiB"},
		{"not a database", "\x00\x01\x02", BuildOptions{}, "expected a Country, City or ASN database"},
		{"broken zip", "PK\x03\x04", BuildOptions{}, "zip"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.mmdb")
			_, err := buildFile([]string{save(t, "in.csv", []byte(tt.text))}, out, tt.o)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if left, _ := os.ReadDir(filepath.Dir(out)); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
	if _, err := Build(nil, io.Discard, BuildOptions{}); err == nil {
		t.Error("no input and no error")
	}
	if _, err := Build([]string{"/nowhere.csv"}, io.Discard, BuildOptions{}); err == nil {
		t.Error("missing input and no error")
	}
	if _, err := Build([]string{save(t, "in.csv", []byte(good))}, full{}, BuildOptions{}); !errors.Is(err, errFull) {
		t.Errorf("the output takes nothing: error %v", err)
	}
}

var errFull = errors.New("full")

// full is an output that takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// buildFile builds into a file, which stands there only if nothing failed.
func buildFile(in []string, out string, o BuildOptions) (Built, error) {
	var octets bytes.Buffer
	built, err := Build(in, &octets, o)
	if err != nil {
		return built, err
	}
	return built, os.WriteFile(out, octets.Bytes(), 0o644)
}

func TestBuildFromDatabases(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(geoLite2City.mmdb(t))
	w.Close()
	tests := []struct {
		name   string
		octets []byte
		kind   string
		want   string
		origin string
	}{
		{"city, gzip", packed.Bytes(), "", "NO", "GeoLite2 City database"},
		{"country", geoLite2Country.mmdb(t), "", "SE", "GeoLite2 Country database"},
		{"asn", geoLite2ASN.mmdb(t), "", "64500 Example Hosting", "GeoLite2 ASN database"},
		{"flat", flatCountry.mmdb(t), "", "GR", "country ipvAll"},
		{"v4", flatASN.mmdb(t), "", "64503 Example", ""},
		{"both, country", ipinfoLite.mmdb(t), "", "HU", "ipinfo lite.mmdb"},
		{"both, asn", ipinfoLite.mmdb(t), KindASN, "64505 Example", "ipinfo lite.mmdb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.mmdb")
			built, err := buildFile([]string{save(t, "in.mmdb", tt.octets)}, out, BuildOptions{Kind: tt.kind})
			if err != nil {
				t.Fatal(err)
			}
			if got := asked(t, out, "8.8.8.8"); got != tt.want {
				t.Errorf("8.8.8.8 = %q, want %q", got, tt.want)
			}
			if !built.Date.Equal(fixtureDate) || tt.origin != "" && built.Name != tt.origin {
				t.Errorf("built %+v", built)
			}
			db, err := Open([]string{out})
			if err != nil {
				t.Fatal(err)
			}
			s := sourceAt(t, db, out)
			if s.Name != built.Name || !s.Date.Equal(built.Date) {
				t.Errorf("source %+v, built %+v", s, built)
			}
			if strings.HasPrefix(tt.origin, "GeoLite2") != (s.Licence == "GeoLite End User License Agreement") {
				t.Errorf("licence %q of data from %q", s.Licence, tt.origin)
			}
		})
	}
}

func TestBuildFromZip(t *testing.T) {
	files := map[string]string{
		"GeoLite2-Country-CSV_20261001/GeoLite2-Country-Locations-de.csv": "geoname_id,country_iso_code\n1,XX\n",
		"GeoLite2-Country-CSV_20261001/GeoLite2-Country-Locations-en.csv": "geoname_id,locale_code,continent_code,continent_name,country_iso_code,country_name\n" +
			"6252001,en,NA,\"North America\",US,\"United States\"\n2077456,en,OC,Oceania,AU,Australia\n6255148,en,EU,Europe,,\n",
		"GeoLite2-Country-CSV_20261001/GeoLite2-Country-Blocks-IPv4.csv": "network,geoname_id,registered_country_geoname_id,represented_country_geoname_id\n" +
			"8.8.8.0/24,6252001,2077456,\n1.1.1.0/24,,2077456,\n9.0.0.0/24,6255148,,\n",
		"GeoLite2-Country-CSV_20261001/GeoLite2-Country-Blocks-IPv6.csv": "network,geoname_id,registered_country_geoname_id\n2001:4860::/32,6252001,6252001\n",
		"GeoLite2-Country-CSV_20261001/LICENSE.txt":                      "x",
	}
	out := filepath.Join(t.TempDir(), "out.mmdb")
	built, err := buildFile([]string{save(t, "in.zip", zipped(t, files))}, out, BuildOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if built.Kind != KindCountry || built.Rows != 3 || built.Empty != 1 || built.Name != "GeoLite2-Country" || !built.Date.Equal(fixtureDate) {
		t.Errorf("built %+v", built)
	}
	for address, want := range map[string]string{"8.8.8.8": "US", "1.1.1.1": "AU", "9.0.0.1": "", "2001:4860:4860::8888": "US"} {
		if got := asked(t, out, address); got != want {
			t.Errorf("%s = %q, want %q", address, got, want)
		}
	}
	files["GeoLite2-Country-CSV_20261001/GeoLite2-Country-Blocks-IPv6.csv"] += "2001:::,1,1\n"
	_, err = buildFile([]string{save(t, "in.zip", zipped(t, files))}, out, BuildOptions{})
	if err == nil || !strings.Contains(err.Error(), `Blocks-IPv6.csv: line 3: "2001:::" is no network`) {
		t.Errorf("error %v", err)
	}
	_, err = buildFile([]string{save(t, "in.zip", zipped(t, map[string]string{"a.txt": "x"}))}, out, BuildOptions{})
	if err == nil || !strings.Contains(err.Error(), "without a Blocks file") {
		t.Errorf("error %v", err)
	}
}

func zipped(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var octets bytes.Buffer
	w := zip.NewWriter(&octets)
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		file, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: fixtureDate})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write([]byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return octets.Bytes()
}

// Two files of one set make one database, the same octets each time, dated by the newer file.
func TestBuildTwice(t *testing.T) {
	v4 := save(t, "v4.csv", []byte("8.8.8.0,8.8.8.255,15169,Google\n9.9.9.0,9.9.9.255,19281,Quad9\n"))
	v6 := save(t, "v6.csv", []byte("2001:4860::,2001:4860:ffff:ffff:ffff:ffff:ffff:ffff,15169,Google\n"))
	for i, path := range []string{v4, v6} {
		when := fixtureDate.Add(time.Duration(i) * time.Hour)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	var octets [2][]byte
	for i := range octets {
		out := filepath.Join(t.TempDir(), "out.mmdb")
		built, err := buildFile([]string{v4, v6}, out, BuildOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if built.Rows != 3 || built.Name != "v4.csv, v6.csv" || !built.Date.Equal(fixtureDate.Add(time.Hour)) {
			t.Errorf("built %+v", built)
		}
		if octets[i], err = os.ReadFile(out); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(octets[0], octets[1]) {
		t.Error("the same input gave different octets")
	}
}

// 24-bit records hold 16.7 million nodes and octets of data; more makes the records wider.
func TestBuildWidensRecords(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 17 MB of names")
	}
	var text bytes.Buffer
	name := strings.Repeat("n", 60000)
	for i := range 280 {
		a := netip.AddrFrom4([4]byte{20, byte(i >> 8), byte(i), 0})
		text.WriteString(a.String() + "," + a.String() + "," + itoa(i+1) + "," + itoa(i) + name + "\n")
	}
	out := filepath.Join(t.TempDir(), "out.mmdb")
	if _, err := buildFile([]string{save(t, "in.csv", text.Bytes())}, out, BuildOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := asked(t, out, "20.1.20.0"); !strings.HasPrefix(got, "277 276n") {
		t.Errorf("20.1.20.0 = %.20q", got)
	}
}

func FuzzBuildCSV(f *testing.F) {
	for _, seed := range []string{
		"8.8.8.0,8.8.8.255,US\n9.0.0.0,9.0.0.4,de\n2a00:1450::,2a00:1450:ffff::,IE\n",
		"8.8.8.0,8.8.8.255,15169,\"Google, \"\"the\"\" LLC\"\r\n10.0.0.0,10.255.255.255,4,private\n",
		"1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUDFLARENET\n1.0.1.0\t1.0.3.255\t0\tNone\tNot routed\n",
		"network,country_code,asn,as_name\n8.8.8.0/24,US,AS15169,Google LLC\n2001:4860::/32,US,AS15169,x\n",
		"0,340282366920938463463374607431768211455,US\n", "::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,US\n0.0.0.0,255.255.255.255,DE\n",
		"start_ip,end_ip,country\n1,2,US\n", "\"\"\"\",\"a\",\"\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		b := &builder{recordBits: 28, newest: fixtureDate, names: "fuzz"}
		if err := b.readCSV(bytes.NewReader(text)); err != nil || b.built.Rows == 0 {
			return
		}
		octets, err := b.tree.encode()
		if err != nil {
			t.Fatal(err)
		}
		d, err := openDatabase("fuzz", octets)
		if err != nil {
			t.Fatalf("built from %q and refused: %v", text, err)
		}
		use(t, d)
	})
}
