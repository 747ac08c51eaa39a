package geo

import (
	"net/netip"
	"sync"
	"testing"
)

// The addresses are held by registries and universities that do not move.
func TestLocateEmbedded(t *testing.T) {
	tests := []struct {
		name, address string
		want          Location
	}{
		{"google dns", "8.8.8.8", Location{"US", 15169, "Google LLC", true, true}},
		{"cloudflare dns", "1.1.1.1", Location{"AU", 13335, "Cloudflare, Inc.", true, true}},
		{"ripe ncc", "193.0.6.139", Location{Country: "NL", ASN: 3333, ASOrg: "Reseaux IP Europeens Network Coordination Centre (RIPE NCC)"}},
		{"nic.br", "200.160.2.3", Location{Country: "BR", ASN: 22548, ASOrg: "Nucleo de Inf. e Coord. do Ponto BR - NIC.BR"}},
		{"university of tokyo", "133.11.0.1", Location{Country: "JP", ASN: 2501, ASOrg: "The University of Tokyo"}},
		{"university of cambridge", "131.111.8.46", Location{Country: "GB", ASN: 786, ASOrg: "Jisc Services Limited"}},
		{"mit", "18.9.22.69", Location{Country: "US", ASN: 3, ASOrg: "Massachusetts Institute of Technology"}},
		{"telekom germany", "217.0.43.1", Location{Country: "DE", ASN: 3320, ASOrg: "Deutsche Telekom AG"}},
		{"ripe ncc v6", "2001:67c:2e8:22::c100:68b", Location{Country: "NL", ASN: 3333, ASOrg: "Reseaux IP Europeens Network Coordination Centre (RIPE NCC)"}},
		{"v6 of nobody: database says Switzerland", "2a38:e156:8167:a333:face:b00c:0:24d9", Location{Country: Unknown}},
	}
	var db DB
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := db.Locate(netip.MustParseAddr(tt.address)); got != tt.want {
				t.Errorf("Locate(%s) = %+v, want %+v", tt.address, got, tt.want)
			}
		})
	}
}

// Anycast has no place: databases name any country for it, and the flag says so.
func TestLocateAnycastV6(t *testing.T) {
	var db DB
	got := db.Locate(netip.MustParseAddr("2001:4860:4860::8888"))
	if got.ASN != 15169 || !got.Anycast || len(got.Country) != 2 {
		t.Errorf("Google Public DNS = %+v, want AS15169, anycast and some country", got)
	}
}

func TestLocateSpecial(t *testing.T) {
	tests := []struct {
		name, want string
		addresses  []string
	}{
		{"private", Private, []string{"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255",
			"127.0.0.1", "169.254.1.1", "::1", "fe80::1", "fe80::1%eth0", "febf::1", "fc00::1", "fdff::1", "::ffff:10.0.0.1"}},
		{"multicast", Multicast, []string{"224.0.0.1", "239.255.255.250", "255.255.255.255", "ff02::1", "ff0e::1",
			"::ffff:224.0.0.251", "::ffff:255.255.255.255"}},
		{"reserved", Unknown, []string{"0.0.0.0", "0.1.2.3", "192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255",
			"198.51.100.1", "203.0.113.1", "240.0.0.1", "255.255.255.254", "::", "::2", "::1.2.3.4", "100::1", "64:ff9b:1::1",
			"2001:db8::1", "2001:2::1", "2001:10::1", "2001:2f:ffff::", "3fff::1", "4000::1", "5f00::1", "fe00::1", "fec0::1"}},
	}
	var db DB
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, address := range tt.addresses {
				if got := db.Locate(netip.MustParseAddr(address)); got != (Location{Country: tt.want}) {
					t.Errorf("Locate(%s) = %+v, want only %q", address, got, tt.want)
				}
			}
		})
	}
	if got := db.Locate(netip.Addr{}); got != (Location{Country: Unknown}) {
		t.Errorf("Locate(invalid) = %+v", got)
	}
}

// Just outside special space databases are asked.
func TestPlacePublic(t *testing.T) {
	for _, address := range []string{"1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
		"128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255",
		"192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2000::", "2001:4::1", "2001:40::", "2001:db7:ffff::",
		"2001:db9::", "2003::", "3ffe:ffff::", "3fff:1000::", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"} {
		a := netip.MustParseAddr(address)
		if public, word := place(a); word != "" || public != a {
			t.Errorf("place(%s) = %s, %q, want it to be public", address, public, word)
		}
	}
}

func TestPlaceCarried(t *testing.T) {
	tests := []struct{ name, address, inner, word string }{
		{"ipv4-mapped", "::ffff:8.8.8.8", "8.8.8.8", ""},
		{"6to4", "2002:808:808::1", "8.8.8.8", ""},
		{"6to4 of private", "2002:a00:1::1", "10.0.0.1", Unknown},
		{"6to4 of multicast", "2002:e000:1::1", "224.0.0.1", Unknown},
		{"6to4 of broadcast", "2002:ffff:ffff::1", "255.255.255.255", Unknown},
		{"teredo, RFC 4380 section 4", "2001:0:4136:e378:8000:63bf:f7f7:f7f7", "8.8.8.8", ""},
		{"teredo of private", "2001:0:4136:e378:8000:63bf:3f57:fefe", "192.168.1.1", Unknown},
		{"nat64", "64:ff9b::8.8.8.8", "8.8.8.8", ""},
		{"nat64 of private", "64:ff9b::10.0.0.1", "10.0.0.1", Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inner, word := place(netip.MustParseAddr(tt.address))
			if inner.String() != tt.inner || word != tt.word {
				t.Errorf("place(%s) = %s, %q, want %s, %q", tt.address, inner, word, tt.inner, tt.word)
			}
		})
	}
	var db DB
	if got, want := db.Locate(netip.MustParseAddr("2002:808:808::1")), db.Locate(netip.MustParseAddr("8.8.8.8")); got != want {
		t.Errorf("6to4 of 8.8.8.8 = %+v, want %+v", got, want)
	}
}

// The tables are written without overlap, which find relies on.
func TestTablesAreOrdered(t *testing.T) {
	for name, table := range map[string]networks{"special": special, "anycast": anycast} {
		for i, n := range table {
			if n.last.Less(n.first) || n.first.BitLen() != n.last.BitLen() {
				t.Errorf("%s: %s to %s is no run", name, n.first, n.last)
			}
			if i > 0 && !table[i-1].last.Less(n.first) {
				t.Errorf("%s: %s to %s overlaps %s", name, n.first, n.last, table[i-1].last)
			}
		}
	}
	for _, n := range anycast {
		for _, a := range []netip.Addr{n.first, n.last} {
			if _, word := place(a); word != "" {
				t.Errorf("anycast %s is %s", a, word)
			}
		}
	}
}

// A slow, evident twin of the binary search.
func TestFindAgainstPrefixes(t *testing.T) {
	home, err := ParseHome([]string{"198.51.100.0/25,198.51.100.128/25", "2001:db8::/33", "10.1.0.0/16"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1 << 16 {
		for _, a := range []netip.Addr{
			netip.AddrFrom4([4]byte{byte(i >> 8), byte(i), byte(i * 7), byte(i * 13)}),
			netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)}),
			netip.AddrFrom16([16]byte{byte(i >> 8), byte(i), 0x0d, 0xb8, byte(i * 5), 15: byte(i)}),
		} {
			want := false
			for _, p := range home.Prefixes() {
				want = want || p.Contains(a)
			}
			if got := home.Contains(a); got != want {
				t.Fatalf("Contains(%s) = %v, want %v", a, got, want)
			}
		}
	}
}

// Locate may be called by many goroutines; the race detector watches this test.
func TestLocateConcurrently(t *testing.T) {
	var db, alone DB
	var wait sync.WaitGroup
	for worker := range 4 {
		wait.Go(func() {
			for i := range 5000 {
				a := netip.AddrFrom4([4]byte{byte(i), byte(i >> 4), byte(worker), 1})
				if got, want := db.Locate(a), alone.locateAlone(a); got != want {
					t.Errorf("Locate(%s) = %+v, want %+v", a, got, want)
					return
				}
			}
		})
	}
	wait.Wait()
}

// locateAlone answers without remembered answers.
func (d *DB) locateAlone(a netip.Addr) Location {
	d.Load()
	return d.locate(a)
}

func TestLocateAgainDoesNotAllocate(t *testing.T) {
	var db DB
	for _, address := range []string{"8.8.8.8", "10.0.0.1", "ff02::1", "2001:67c:2e8:22::c100:68b", "::ffff:1.1.1.1", "240.0.0.1"} {
		a := netip.MustParseAddr(address)
		first := db.Locate(a)
		if n := testing.AllocsPerRun(100, func() {
			if db.Locate(a) != first {
				t.Error("another answer")
			}
		}); n != 0 {
			t.Errorf("Locate(%s) again: %v allocations", address, n)
		}
	}
}

func TestEmbeddedIsSound(t *testing.T) {
	for _, d := range []*database{embeddedCountry(), embeddedASN()} {
		t.Run(d.source.Kind, func(t *testing.T) {
			if err := d.reader.Verify(); err != nil {
				t.Fatal(err)
			}
			m := sourceOf(d.reader.Metadata, Embedded)
			if m.Name != d.source.Name || m.Type != d.source.Type || !m.Date.Equal(d.source.Date) {
				t.Errorf("metadata %+v and embedded_sources.go %+v differ: run go generate", m, d.source)
			}
			empty := 0
			for found := range d.reader.Networks() {
				r, err := d.read(found)
				if err != nil {
					t.Fatal(err)
				}
				if (d.country && r.country == "") || (d.asn && r.asn == 0) {
					empty++
				}
			}
			if empty > 0 {
				t.Errorf("%d networks without an answer", empty)
			}
		})
	}
}
