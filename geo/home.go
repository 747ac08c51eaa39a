package geo

import (
	"fmt"
	"net/netip"
	"strings"
)

// Home is the set of networks whose addresses are hosts; every other address may be a peer.
// The zero Home is empty. It is never changed once made, so any goroutine may read it.
type Home struct {
	inside   networks
	runs     runs // inside once more
	prefixes []netip.Prefix
}

// homeDefaults are addresses that no registry assigns to one holder: they can only be local.
// Carrier-grade NAT (RFC 6598) is among them because a capture behind it sees its hosts so.
var homeDefaults = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"),     // RFC 1918
	netip.MustParsePrefix("172.16.0.0/12"),  // RFC 1918
	netip.MustParsePrefix("192.168.0.0/16"), // RFC 1918
	netip.MustParsePrefix("100.64.0.0/10"),  // RFC 6598
	netip.MustParsePrefix("127.0.0.0/8"),    // RFC 1122, section 3.2.1.3
	netip.MustParsePrefix("169.254.0.0/16"), // RFC 3927
	netip.MustParsePrefix("::1/128"),        // RFC 4291, section 2.5.3
	netip.MustParsePrefix("fc00::/7"),       // RFC 4193
	netip.MustParsePrefix("fe80::/10"),      // RFC 4291, section 2.5.6
}

// ParseHome returns the default home networks and those of values: each value is a prefix
// ("192.0.2.0/24"), an address, or several with commas between them. The word "none" forgets
// all that came before it, the defaults too: "none", "192.0.2.0/24" is that network alone.
func ParseHome(values []string) (Home, error) {
	prefixes := homeDefaults
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			part = strings.TrimSpace(part)
			if strings.EqualFold(part, "none") {
				prefixes = nil
				continue
			}
			p, err := parsePrefix(part)
			if err != nil {
				return Home{}, fmt.Errorf("home network %q: %w", part, err)
			}
			prefixes = append(prefixes[:len(prefixes):len(prefixes)], p)
		}
	}
	all := make([]network, 0, len(prefixes))
	for _, p := range prefixes {
		all = append(all, networkOf(p, ""))
	}
	inside := join(all)
	return Home{inside: inside, runs: runsOf(inside), prefixes: prefixes}, nil
}

func parsePrefix(s string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), nil
	}
	if a, err := netip.ParseAddr(s); err == nil {
		a = a.WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	return netip.Prefix{}, fmt.Errorf(
		"expected a prefix such as 192.0.2.0/24 or 2001:db8::/32, an address, or none")
}

// Contains reports whether a is inside a home network. IPv4-mapped addresses count as IPv4;
// a zone is ignored; an invalid address is inside none. It does not allocate.
func (h Home) Contains(a netip.Addr) bool {
	_, inside := h.inside.find(a.Unmap().WithZone(""))
	return inside
}

// Prefixes returns the networks as they were given, defaults first. The caller must not change them.
func (h Home) Prefixes() []netip.Prefix { return h.prefixes }
