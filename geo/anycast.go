package geo

import "net/netip"

// isAnycast reports whether a belongs to a service that is announced from many places, so that the
// country of its registration says nothing of where its packets went. a is public and not mapped.
func isAnycast(a netip.Addr) bool {
	_, listed := anycast.find(a)
	return listed
}

// anycast lists services whose operators say so (2026-11). It is short on purpose: what any
// network meets. A database with is_anycast (GeoIP2) knows more and adds to it.
var anycast = anycastNetworks(
	// Cloudflare resolver and network: "these IP addresses form the backbone of our anycast network",
	// https://developers.cloudflare.com/fundamentals/concepts/cloudflare-ip-addresses/,
	// lists at https://www.cloudflare.com/ips-v4 and ips-v6.
	"1.0.0.0/24", "1.1.1.0/24",
	"103.21.244.0/22", "103.22.200.0/22", "103.31.4.0/22", "104.16.0.0/13", "104.24.0.0/14",
	"108.162.192.0/18", "131.0.72.0/22", "141.101.64.0/18", "162.158.0.0/15", "172.64.0.0/13",
	"173.245.48.0/20", "188.114.96.0/20", "190.93.240.0/20", "197.234.240.0/22", "198.41.128.0/17",
	"2400:cb00::/32", "2405:8100::/32", "2405:b500::/32", "2606:4700::/32", "2803:f800::/32",
	"2a06:98c0::/29", "2c0f:f248::/32",
	// Google Public DNS: https://developers.google.com/speed/public-dns/docs/using
	"8.8.4.0/24", "8.8.8.0/24", "2001:4860:4860::/48",
	// Quad9: https://quad9.net/service/service-addresses-and-features/
	"9.9.9.0/24", "149.112.112.0/24", "2620:fe::/48",
	// OpenDNS: https://umbrella.cisco.com/blog/2013/01/10/high-availability-with-anycast-routing/
	"208.67.220.0/24", "208.67.222.0/24", "2620:119:35::/48", "2620:119:53::/48",
	// AdGuard DNS, under "public anycast resolvers":
	// https://github.com/AdguardTeam/KnowledgeBaseDNS/blob/master/docs/general/dns-providers.md
	"94.140.14.0/24", "94.140.15.0/24", "2a10:50c0::/64",
	// Root name servers, a to m: https://www.internic.net/domain/named.root; all have several
	// sites, https://root-servers.org/
	"198.41.0.4/32", "2001:503:ba3e::2:30/128",
	"170.247.170.2/32", "2801:1b8:10::b/128",
	"192.33.4.12/32", "2001:500:2::c/128",
	"199.7.91.13/32", "2001:500:2d::d/128",
	"192.203.230.10/32", "2001:500:a8::e/128",
	"192.5.5.241/32", "2001:500:2f::f/128",
	"192.112.36.4/32", "2001:500:12::d0d/128",
	"198.97.190.53/32", "2001:500:1::53/128",
	"192.36.148.17/32", "2001:7fe::53/128",
	"192.58.128.30/32", "2001:503:c27::2:30/128",
	"193.0.14.129/32", "2001:7fd::1/128",
	"199.7.83.42/32", "2001:500:9f::42/128",
	"202.12.27.33/32", "2001:dc3::35/128",
	// AS112 sinks for private reverse names: RFC 7534, section 3.2; RFC 7535, section 5
	"192.175.48.0/24", "2620:4f:8000::/48", "192.31.196.0/24", "2001:4:112::/48",
)

func anycastNetworks(prefixes ...string) networks {
	runs := make([]network, 0, len(prefixes))
	for _, p := range prefixes {
		runs = append(runs, networkOf(netip.MustParsePrefix(p), "anycast"))
	}
	return join(runs)
}
