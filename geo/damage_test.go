//go:build !386 && !arm && !mips && !mipsle

package geo

import (
	"bytes"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
)

// somewhere is asked of every database that opens: the networks of the fixtures and others.
var somewhere = []netip.Addr{
	google, netip.MustParseAddr("1.1.1.1"), netip.MustParseAddr("9.9.9.9"), netip.MustParseAddr("223.255.255.255"),
	netip.MustParseAddr("2a00:1450::1"), netip.MustParseAddr("2000::"), netip.MustParseAddr("3ffe::1"),
}

// use asks an opened database as DB would; it fails on answers that DB promises not to give.
func use(t testing.TB, d *database) {
	for _, a := range somewhere {
		r := d.lookup(a)
		if r.country != "" && canonical(r.country) != r.country {
			t.Fatalf("country %q", r.country)
		}
	}
	if !d.country && !d.asn || d.source.Kind == "" || d.source.Name == "" {
		t.Fatalf("opened without use: %+v", d.source)
	}
}

func fixtures(t testing.TB) map[string][]byte {
	return map[string][]byte{
		"country": geoLite2Country.mmdb(t), "city": geoLite2City.mmdb(t), "asn": geoLite2ASN.mmdb(t),
		"dbip": dbipCountryLite.mmdb(t), "flat": flatCountry.mmdb(t), "v4": flatASN.mmdb(t), "ipinfo": ipinfoLite.mmdb(t),
		"enterprise": enterprise.mmdb(t),
	}
}

// A database that was cut anywhere is refused: the metadata stand at its end.
func TestDamageTruncated(t *testing.T) {
	for name, whole := range fixtures(t) {
		for cut := range whole {
			if _, err := openDatabase(name, whole[:cut:cut]); err == nil {
				t.Fatalf("%s: cut to %d of %d octets and opened", name, cut, len(whole))
			}
		}
	}
}

// Any octet may be wrong. Many such files cannot be told from sound ones ("DE" for "DK"): those
// open, and answer something. None may panic, and damage of the structure must be found.
func TestDamageFlipped(t *testing.T) {
	for name, whole := range fixtures(t) {
		metadata := bytes.LastIndex(whole, []byte("\xab\xcd\xefMaxMind.com"))
		refused := 0
		for i := range whole {
			for _, flip := range []byte{0x01, 0x80, 0xff} {
				damaged := bytes.Clone(whole)
				damaged[i] ^= flip
				d, err := openDatabase(name, damaged)
				if err != nil {
					refused++
					continue
				}
				if i >= metadata && i < metadata+14 {
					t.Errorf("%s: opened with a broken metadata marker", name)
				}
				use(t, d)
			}
		}
		if part := float64(refused) / float64(3*len(whole)); part < 0.4 {
			t.Errorf("%s: only %.0f %% of damaged files refused", name, 100*part)
		}
	}
}

// Damage that would make lookups run wild is named row by row.
func TestDamageOfStructure(t *testing.T) {
	whole := flatCountry.mmdb(t) // 28 bits: seven octets a node
	zeros := bytes.Index(whole, make([]byte, 16))
	for separator := zeros; separator > 0 && zeros > 0; {
		next := bytes.Index(whole[separator+1:], make([]byte, 16))
		if next < 0 {
			zeros = separator
			break
		}
		separator += 1 + next
	}
	tests := []struct {
		name   string
		change func(octets []byte)
	}{
		{"separator not zero", func(o []byte) { o[zeros+3] = 1 }},
		{"root points to itself", func(o []byte) { copy(o, make([]byte, 7)) }},
		{"root points beyond the data", func(o []byte) { copy(o, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}) }},
		{"second node points back", func(o []byte) { copy(o[7:], make([]byte, 7)) }},
		{"data section all ones", func(o []byte) { copy(o[zeros+16:], bytes.Repeat([]byte{0xff}, 16)) }},
		{"data section all pointers", func(o []byte) { copy(o[zeros+16:], bytes.Repeat([]byte{0x20}, 16)) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			damaged := bytes.Clone(whole)
			tt.change(damaged)
			if bytes.Equal(damaged, whole) {
				t.Fatal("nothing was changed")
			}
			if _, err := openDatabase(tt.name, damaged); err == nil {
				t.Error("opened")
			}
		})
	}
}

// A tree whose branches meet again holds 2^96 networks or more in a few hundred octets. It is sound, says the
// library; it must not keep us busy.
func TestDamageOfBranches(t *testing.T) {
	whole := flatCountry.mmdb(t)
	metadata := whole[bytes.LastIndex(whole, []byte("\xab\xcd\xefMaxMind.com")):]
	for name, leaf := range map[string]byte{"empty": 0, "with data": 16} {
		t.Run(name, func(t *testing.T) {
			const nodes = 127
			var octets []byte
			for i := range nodes {
				next := byte(i + 1)
				if next == nodes {
					next += leaf
				}
				octets = append(octets, 0, 0, next, 0, 0, 0, next)
			}
			octets = append(octets, make([]byte, 16)...)
			octets = append(octets, 0xe1, 0x4c)
			octets = append(octets, "country_code\x42GR"...)
			octets = append(octets, setNodes(t, metadata, nodes)...)
			d, err := openDatabase(name, octets)
			if leaf == 0 {
				if err == nil {
					t.Fatal("opened without a record")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			use(t, d)
			_, err = buildFile([]string{save(t, "in.mmdb", octets)}, filepath.Join(t.TempDir(), "out.mmdb"), BuildOptions{})
			if err == nil || !strings.Contains(err.Error(), "127 nodes hold more than") {
				t.Errorf("Build: %v", err)
			}
		})
	}
}

// setNodes returns metadata with another node_count, an unsigned integer of at most four octets
// (MaxMind DB format 2.0, "Data Field Format").
func setNodes(t *testing.T, metadata []byte, nodes byte) []byte {
	t.Helper()
	key := []byte("node_count")
	at := bytes.Index(metadata, key) + len(key)
	if at < len(key) || metadata[at]>>5 != 6 {
		t.Fatal("no node_count in the metadata")
	}
	size := int(metadata[at] & 0x1f)
	changed := append(bytes.Clone(metadata[:at]), 0xc1, nodes)
	return append(changed, metadata[at+1+size:]...)
}

func FuzzOpenDatabase(f *testing.F) {
	for _, whole := range fixtures(f) {
		f.Add(whole)
		f.Add(whole[:len(whole)/2])
	}
	f.Fuzz(func(t *testing.T, octets []byte) {
		d, err := openDatabase("fuzz", octets)
		if err != nil {
			return
		}
		use(t, d)
		// What opens can also be built from.
		b := &builder{recordBits: 28, newest: fixtureDate}
		if err := b.start(heading{country: d.country, asn: d.asn, date: d.source.Date}); err == nil {
			_ = b.addDatabase(d)
		}
	})
}
