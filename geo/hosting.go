package geo

import (
	"slices"
	"strings"
)

// isHosting reports whether an autonomous system mostly houses servers, by a list of the large ones
// and by words in its holder's name. It is a hint: a VPN's users and a company's offices also appear
// behind such systems, and small hosters have names that say nothing.
func isHosting(asn uint32, org string) bool { return heldBy(asn, org, hosters, hostingWords) }

// heldBy reports whether a system is in a list, which is in order, or its holder's name has one of
// the words, which are in lower case.
func heldBy(asn uint32, org string, list []hoster, words []string) bool {
	if asn == 0 {
		return false
	}
	if _, listed := slices.BinarySearchFunc(list, asn, func(h hoster, asn uint32) int {
		return int(int64(h.asn) - int64(asn))
	}); listed {
		return true
	}
	org = strings.ToLower(org)
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(org, word) })
}

// hostingWords were chosen by reading the holders' names in the embedded AS data that hold them
// (2026-06, 91,065 systems): cloud 1,036, hosting 479, server 279, data center 164, datacenter 91,
// vps 54, data centre 28, colocation 20, cdn 19. Some access networks call themselves
// clouds, mostly in South Asia. "host" alone (1,070) stays out: it says Fiberhost, too.
var hostingWords = []string{
	"hosting", "hoster", "cloud", "server", "webhost", "vps",
	"datacenter", "data center", "datacentre", "data centre", "data-center", "colocation", "cdn",
}

// A hoster is a hosting, cloud or content-delivery network with a name that does not say so.
type hoster struct {
	asn  uint32
	name string // its holder in the embedded AS data, lower case: a test compares them
}

// hosters is in order of asn. The large networks of the publicly known kind, chosen 2026-11;
// numbers and names stand so in the embedded AS data of 2026-06.
var hosters = []hoster{
	{2635, "automattic, inc"},
	{6724, "strato ag"},
	{7203, "leaseweb usa, inc."},
	{7684, "sakura internet inc."},
	{8068, "microsoft corporation"},
	{8069, "microsoft corporation"},
	{8075, "microsoft corporation"},
	{8100, "quadranet enterprises llc"},
	{8560, "ionos se"},
	{9009, "m247 europe srl"},
	{9370, "sakura internet inc."},
	{12876, "scaleway sas"},
	{14061, "digitalocean, llc"},
	{14618, "amazon.com, inc."},
	{15169, "google llc"},
	{16265, "leaseweb network b.v."},
	{16276, "ovh sas"},
	{16509, "amazon.com, inc."},
	{16625, "akamai technologies, inc."},
	{19527, "google llc"},
	{19551, "incapsula inc"},
	{20473, "the constant company, llc"},
	{20773, "host europe gmbh"},
	{20940, "akamai international b.v."},
	{21501, "host europe gmbh"},
	{21859, "zenlayer inc"},
	{22612, "namecheap, inc."},
	{22822, "limelight networks, inc."},
	{24940, "hetzner online gmbh"},
	{24961, "wiit ag"},
	{25820, "it7 networks inc"},
	{26496, "godaddy.com, llc"},
	{28753, "leaseweb deutschland gmbh"},
	{29066, "velia.net internetdienste gmbh"},
	{29802, "hivelocity, inc."},
	{29873, "newfold digital, inc."},
	{30083, "velia.net"},
	{30633, "leaseweb usa, inc."},
	{31034, "aruba s.p.a."},
	{31898, "oracle corporation"},
	{32475, "internap holding llc"},
	{32787, "akamai technologies, inc."},
	{35540, "ovh sas"},
	{35916, "multacom corporation"},
	{36040, "google llc"},
	{36183, "akamai technologies, inc."},
	{36352, "hostpapa"},
	{37963, "hangzhou alibaba advertising co.,ltd."},
	{39351, "31173 services ab"},
	{40676, "psychz networks"},
	{43350, "nforce entertainment b.v."},
	{43515, "google ireland limited"},
	{45090, "shenzhen tencent computer systems company limited"},
	{45102, "alibaba (us) technology co., ltd."},
	{46606, "unified layer"},
	{46844, "sharktech"},
	{49505, "jsc selectel"},
	{49981, "worldstream b.v."},
	{51167, "contabo gmbh"},
	{53667, "frantech solutions"},
	{53831, "squarespace, inc."},
	{54113, "fastly, inc."},
	{54825, "packet host, inc."},
	{55286, "b2 net solutions inc."},
	{57043, "hostkey b.v."},
	{58061, "scalaxy b.v."},
	{59253, "leaseweb singapore pte. ltd."},
	{60068, "datacamp limited"},
	{60781, "leaseweb netherlands b.v."},
	{61317, "hivelocity inc"},
	{62240, "clouvider limited"},
	{62563, "globaltelehost corp."},
	{63949, "akamai technologies, inc."},
	{132203, "shenzhen tencent computer systems company limited"},
	{136787, "packethub s.a."},
	{136907, "huawei international pte. ltd."},
	{197540, "netcup gmbh"},
	{199524, "g-core labs s.a."},
	{202425, "ip volume inc"},
	{206092, "f.n.s. holdings limited"},
	{206264, "amarutu technology ltd"},
	{212238, "datacamp limited"},
	{212317, "hetzner online gmbh"},
	{213230, "hetzner online gmbh"},
	{396362, "leaseweb usa, inc."},
	{396982, "google llc"},
	{398101, "godaddy.com, llc"},
}
