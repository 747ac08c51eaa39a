package geo

import (
	"math/rand"
	"net/netip"
	"testing"
)

// TestHolds asserts that Holds answers as Contains does: at both ends of every network, beside
// them, and anywhere.
func TestHolds(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	check := func(h Home, a netip.Addr) {
		if !a.IsValid() {
			return
		}
		octets := a.As16()
		if got, want := h.Holds(&octets), h.Contains(a); got != want {
			t.Fatalf("%v: Holds %v, Contains %v", a, got, want)
		}
	}
	all := [][]string{nil, {"none"}, {"none", "192.0.2.0/24"}, {"0.0.0.0/0"}, {"::/0"}, {"::ffff:198.51.100.0/120", "2001:db8::/32", "2001:db8:1::7"}}
	for range 20 {
		var some []string
		for range r.Intn(40) {
			a4, a6 := netip.AddrFrom4([4]byte{byte(r.Intn(4)), byte(r.Int()), byte(r.Int()), byte(r.Int())}), netip.AddrFrom16([16]byte{0x20, 1, byte(r.Intn(3)), byte(r.Int()), 7: byte(r.Int()), 15: byte(r.Int())})
			some = append(some, netip.PrefixFrom(a4, 8+r.Intn(25)).Masked().String(), netip.PrefixFrom(a6, 16+r.Intn(113)).Masked().String())
		}
		all = append(all, some)
	}
	for _, values := range all {
		h, err := ParseHome(values)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range []Home{h, h.With([]netip.Prefix{netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("2a00::/64")})} {
			for _, n := range h.inside {
				for _, a := range []netip.Addr{n.first, n.first.Prev(), n.last, n.last.Next()} {
					check(h, a)
				}
			}
			for range 2000 {
				var a [16]byte
				r.Read(a[:])
				check(h, netip.AddrFrom4([4]byte(a[:4])))
				check(h, netip.AddrFrom16(a))
				copy(a[:], "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff")
				check(h, netip.AddrFrom16(a))
			}
		}
	}
}

func BenchmarkHome(b *testing.B) {
	h, _ := ParseHome(nil)
	a := netip.MustParseAddr("198.51.100.7").As16()
	b.Run("octets", func(b *testing.B) {
		for b.Loop() {
			h.Holds(&a)
		}
	})
	b.Run("netip", func(b *testing.B) {
		for b.Loop() {
			h.Contains(netip.AddrFrom16(a).Unmap())
		}
	})
}
