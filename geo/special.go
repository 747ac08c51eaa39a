package geo

import (
	"encoding/binary"
	"net/netip"
)

// special lists the address space that no country holds, with what Locate answers for it.
// From the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890) as of 2026-11;
// Locate asks no database about any of it.
var special = join([]network{
	special4("0.0.0.0/8", Unknown),          // "this network", RFC 791, section 3.2
	special4("10.0.0.0/8", Private),         // RFC 1918
	special4("100.64.0.0/10", Private),      // carrier-grade NAT, RFC 6598
	special4("127.0.0.0/8", Private),        // loopback, RFC 1122, section 3.2.1.3
	special4("169.254.0.0/16", Private),     // link-local, RFC 3927
	special4("172.16.0.0/12", Private),      // RFC 1918
	special4("192.0.0.0/24", Unknown),       // IETF protocol assignments, RFC 6890, section 2.1
	special4("192.0.2.0/24", Unknown),       // documentation, RFC 5737
	special4("192.88.99.0/24", Unknown),     // 6to4 relay anycast, withdrawn by RFC 7526
	special4("192.168.0.0/16", Private),     // RFC 1918
	special4("198.18.0.0/15", Unknown),      // benchmarking, RFC 2544
	special4("198.51.100.0/24", Unknown),    // documentation, RFC 5737
	special4("203.0.113.0/24", Unknown),     // documentation, RFC 5737
	special4("224.0.0.0/4", Multicast),      // RFC 5771
	special4("240.0.0.0/4", Unknown),        // reserved, RFC 1112, section 4; its last address: see place
	special6("::/128", Unknown),             // unspecified, RFC 4291, section 2.5.2
	special6("::1/128", Private),            // loopback, RFC 4291, section 2.5.3
	special6("2001:2::/48", Unknown),        // benchmarking, RFC 5180
	special6("2001:10::/28", Unknown),       // ORCHID, RFC 4843
	special6("2001:20::/28", Unknown),       // ORCHIDv2, RFC 7343
	special6("2001:db8::/32", Unknown),      // documentation, RFC 3849
	special6("3fff::/20", Unknown),          // documentation, RFC 9637
	special6("fc00::/7", Private),           // unique local, RFC 4193
	special6("fe80::/10", Private),          // link-local, RFC 4291, section 2.5.6
	special6("ff00::/8", Multicast),         // RFC 4291, section 2.7
	{afterLoopback, beforeUnicast, Unknown}, // not global unicast: reserved by the IETF
	{afterUnicast, beforeLocal, Unknown},    // the same, up to the unique local addresses
	special6("fe00::/9", Unknown),           // reserved by the IETF
	special6("fec0::/10", Unknown),          // site-local, withdrawn by RFC 3879
})

// Global unicast is 2000::/3 alone (IANA IPv6 Global Unicast Address Assignments).
var (
	afterLoopback = netip.MustParseAddr("::2")
	beforeUnicast = netip.MustParseAddr("1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
	afterUnicast  = netip.MustParseAddr("4000::")
	beforeLocal   = netip.MustParseAddr("fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
	broadcast     = netip.MustParseAddr("255.255.255.255") // RFC 919, section 7
)

func special4(prefix, word string) network { return networkOf(netip.MustParsePrefix(prefix), word) }
func special6(prefix, word string) network { return networkOf(netip.MustParsePrefix(prefix), word) }

// place returns the address that databases are to be asked about, or the word that answers already.
//
// An address that carries another is judged by the one that it carries: IPv4-mapped addresses,
// 6to4, Teredo and NAT64. Where what they carry is not public, the answer is Unknown: their
// specifications forbid it, so somebody made it up.
func place(a netip.Addr) (public netip.Addr, word string) {
	a = a.Unmap().WithZone("")
	if !a.IsValid() {
		return a, Unknown
	}
	if inner, ok := carried(a); ok {
		if _, local := special.find(inner); local {
			return inner, Unknown
		}
		return inner, ""
	}
	if a == broadcast {
		return a, Multicast
	}
	word, _ = special.find(a)
	return a, word
}

// carried returns the IPv4 address inside a transition address.
func carried(a netip.Addr) (inner netip.Addr, ok bool) {
	if a.Is4() {
		return a, false
	}
	octets := a.As16()
	switch head := binary.BigEndian.Uint32(octets[:4]); {
	case head>>16 == 0x2002: // 6to4: the site's router, RFC 3056, section 2
		return netip.AddrFrom4([4]byte(octets[2:6])), true
	case head == 0x20010000: // Teredo: the client's outside address, all bits inverted, RFC 4380, section 4
		v4 := ^binary.BigEndian.Uint32(octets[12:])
		return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, v4))), true
	case head == 0x0064ff9b && [8]byte(octets[4:12]) == [8]byte{}: // NAT64, RFC 6052, section 2.1
		return netip.AddrFrom4([4]byte(octets[12:])), true
	}
	return a, false
}
