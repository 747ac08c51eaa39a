package geo

import (
	"archive/zip"
	"bufio"
	"bytes"
	"testing"
)

// zipOf is an archive of files and their texts.
func zipOf(f testing.TB, files ...string) []byte {
	f.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i+1 < len(files); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: files[i], Method: zip.Store, Modified: fixtureDate})
		if err != nil {
			f.Fatal(err)
		}
		if _, err := w.Write([]byte(files[i+1])); err != nil {
			f.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		f.Fatal(err)
	}
	return b.Bytes()
}

// FuzzBuildZip reads MaxMind's archives, which also lie about themselves.
func FuzzBuildZip(f *testing.F) {
	f.Add(zipOf(f, "x/GeoLite2-Country-Locations-en.csv", "geoname_id,country_iso_code\n1,US\n2,DE\n",
		"x/GeoLite2-Country-Blocks-IPv4.csv", "network,geoname_id,registered_country_geoname_id\n8.8.8.0/24,1,\n9.0.0.0/8,,2\n",
		"x/GeoLite2-Country-Blocks-IPv6.csv", "network,geoname_id\n2a00::/16,2\n"))
	f.Add(zipOf(f, "GeoLite2-ASN-Blocks-IPv4.csv", "network,autonomous_system_number,autonomous_system_organization\n8.8.8.0/24,15169,\"Google, LLC\"\n"))
	f.Add([]byte("PK\x05\x06\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, octets []byte) {
		b := &builder{recordBits: 28, newest: fixtureDate, names: "fuzz"}
		if err := b.readZip(bytes.NewReader(octets)); err != nil || b.built.Rows == 0 {
			return
		}
		encoded, err := b.tree.encode()
		if err != nil {
			t.Fatal(err)
		}
		d, err := openDatabase("fuzz", encoded)
		if err != nil {
			t.Fatalf("built from %q and refused: %v", octets, err)
		}
		use(t, d)
	})
}

// FuzzReadMMDB finds a database in what it may be delivered in: alone, or in a tar archive.
func FuzzReadMMDB(f *testing.F) {
	for _, whole := range fixtures(f) {
		f.Add(whole)
	}
	head := make([]byte, 1536)
	copy(head, "x/GeoLite2-Country.mmdb")
	copy(head[100:], "0000644\x000000000\x000000000\x0000000000004\x0000000000000\x00010567\x00 0")
	copy(head[257:], "ustar\x0000")
	f.Add(head)
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, octets []byte) {
		found, err := readMMDB(bufio.NewReaderSize(bytes.NewReader(octets), 512))
		if err == nil && len(found) > len(octets) {
			t.Fatalf("%d octets found in %d", len(found), len(octets))
		}
	})
}

// FuzzParseHome reads home networks: what is told of them can be read again, and is inside.
func FuzzParseHome(f *testing.F) {
	for _, s := range []string{"", "none", "203.0.113.0/24", "none,2001:db8::/32, 192.0.2.7", "0.0.0.0/0", "::/0,none", "::ffff:10.0.0.0/104"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h, err := ParseHome([]string{s})
		if err != nil {
			return
		}
		for _, p := range h.prefixes {
			if !h.Contains(p.Addr()) && p.Addr().Zone() == "" {
				t.Fatalf("%q: %v is not inside %v", s, p.Addr(), h.prefixes)
			}
		}
	})
}
