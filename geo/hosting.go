package geo

import (
	"slices"
	"strings"
)

// isHosting reports whether an autonomous system mostly houses servers, by a list of the large ones
// and by words in its holder's name. It is a hint: a VPN's users and a company's offices also appear
// behind such systems, and small hosters have names that say nothing.
func isHosting(asn uint32, org string) bool {
	if asn == 0 {
		return false
	}
	if _, listed := slices.BinarySearchFunc(hosters, asn, func(h hoster, asn uint32) int {
		return int(int64(h.asn) - int64(asn))
	}); listed {
		return true
	}
	org = strings.ToLower(org)
	for _, word := range hostingWords {
		if strings.Contains(org, word) {
			return true
		}
	}
	return false
}

// hostingWords were chosen by reading all holders' names of the embedded AS data that hold them
// (2026-06): see the counts in the test. "host" and "server" alone stay out: "hostel", "observer".
var hostingWords = []string{
	"hosting", "cloud", "servers", "server ", "webhost", "vps",
	"datacenter", "data center", "datacentre", "data centre", "data-center", "dedicated", "colocation", "colocrossing",
	"content delivery", " cdn",
}

// A hoster is a hosting, cloud or content-delivery network with a name that does not say so.
type hoster struct {
	asn  uint32
	name string // part of the holder's name in the embedded data, lower case; a test compares them
}

// hosters is in order of asn. Numbers and names: the embedded AS data, 2026-06.
var hosters = []hoster{
	{2906, "netflix"},
}
