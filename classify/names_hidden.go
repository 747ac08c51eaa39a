package classify

// Resolvers over HTTPS whose host name tells that they are nothing else. A host that asks one
// also asks DNS where nobody sees it. From the providers that Chromium offers
// (net/dns/public/doh_provider_entry.cc), Mozilla's Trusted Recursive Resolver list and Apple's
// Private Relay (its oblivious DoH), 2026-11.
var dohNames = map[string]bool{
	"1dot1dot1dot1.cloudflare-dns.com": true,
	"chrome.cloudflare-dns.com":        true,
	"cloudflare-dns.com":               true,
	"dns.adguard-dns.com":              true,
	"dns.adguard.com":                  true,
	"dns.alidns.com":                   true,
	"dns.controld.com":                 true,
	"dns.google":                       true,
	"dns.google.com":                   true,
	"dns.nextdns.io":                   true,
	"dns.quad9.net":                    true,
	"dns.sb":                           true,
	"dns10.quad9.net":                  true,
	"dns11.quad9.net":                  true,
	"dns64.dns.google":                 true,
	"doh.cleanbrowsing.org":            true,
	"doh.cox.net":                      true,
	"doh.dns.apple.com":                true,
	"doh.dns.sb":                       true,
	"doh.familyshield.opendns.com":     true,
	"doh.opendns.com":                  true,
	"doh.pub":                          true,
	"doh.quickline.ch":                 true,
	"doh.xfinity.com":                  true,
	"family.cloudflare-dns.com":        true,
	"firefox.dns.nextdns.io":           true,
	"mask.icloud.com":                  true,
	"mozilla.cloudflare-dns.com":       true,
	"one.one.one.one":                  true,
	"public.dns.iij.jp":                true,
	"security.cloudflare-dns.com":      true,
}

// hidesNames tells whether a server is such a resolver.
func hidesNames(sni []byte) bool {
	if len(sni) > 40 {
		return false
	}
	var text [40]byte
	for i, b := range sni {
		text[i] = lower(b)
	}
	return dohNames[string(text[:len(sni)])]
}
