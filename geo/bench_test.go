//go:build !386 && !arm && !mips && !mipsle

package geo

import (
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"testing"
)

// addresses returns n public addresses, one in four IPv6, the same in each run.
func addresses(n int) []netip.Addr {
	random := rand.New(rand.NewPCG(1, 2))
	var list []netip.Addr
	for len(list) < n {
		x := random.Uint64()
		a := netip.AddrFrom4([4]byte{byte(x), byte(x >> 8), byte(x >> 16), byte(x >> 24)})
		if len(list)%4 == 3 {
			a = netip.AddrFrom16([16]byte{0x2a, byte(x & 0xf), byte(x >> 8), byte(x >> 16), byte(x >> 24), 15: 1})
		}
		if _, word := place(a); word == "" {
			list = append(list, a)
		}
	}
	return list
}

// An address that was asked about lately.
func BenchmarkLocateAgain(b *testing.B) {
	var db DB
	for name, a := range map[string]netip.Addr{"v4": google, "v6": netip.MustParseAddr("2001:67c:2e8:22::c100:68b"), "private": netip.MustParseAddr("10.0.0.1")} {
		b.Run(name, func(b *testing.B) {
			db.Locate(a)
			b.ReportAllocs()
			for b.Loop() {
				db.Locate(a)
			}
		})
	}
}

// A thousand addresses, all remembered.
func BenchmarkLocateRemembered(b *testing.B) {
	var db DB
	list := addresses(1000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		db.Locate(list[i%len(list)])
	}
}

// Addresses that were never asked about: two walks down a tree.
func BenchmarkLocateCold(b *testing.B) {
	list := addresses(1 << 20)
	city, err := Open([]string{geoLite2City.file(b)})
	if err != nil {
		b.Fatal(err)
	}
	for name, db := range map[string]*DB{"embedded": {}, "city-file": city} {
		b.Run(name, func(b *testing.B) {
			db.Load()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				db.Locate(list[i%len(list)])
			}
		})
	}
}

// What a program pays once, both databases at the same time.
func BenchmarkUnpackEmbedded(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		done := make(chan *database)
		go func() { done <- unpack(packedCountry, readFlatCountry, embeddedCountrySource) }()
		unpack(packedASN, readFlatASN, embeddedASNSource)
		<-done
	}
}

// What --geo-db pays for a database of the size of the free ones: it is checked whole.
func BenchmarkOpenDatabase(b *testing.B) {
	octets, err := decompress(packedCountry)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(octets)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := openDatabase("country", octets); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHomeContains(b *testing.B) {
	home, _ := ParseHome([]string{"198.51.100.0/24", "2001:db8::/32"})
	list := addresses(1000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		home.Contains(list[i%len(list)])
	}
}

func BenchmarkBuildDatabase(b *testing.B) {
	octets, err := decompress(packedASN)
	if err != nil {
		b.Fatal(err)
	}
	in, out := save(b, "in.mmdb", octets), filepath.Join(b.TempDir(), "out.mmdb")
	for b.Loop() {
		if _, err := buildFile([]string{in}, out, BuildOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
