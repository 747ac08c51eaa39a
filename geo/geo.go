// Package geo says where an address is registered, and by whom it is announced.
//
// It asks databases on disk or embedded, never the network, and knows nothing of flows.
//
// DB answers: from a country and an AS database that are part of the program, or from those that a
// user gives (MaxMind, DB-IP, IPinfo or flat layouts). Home tells hosts from peers. Build turns
// published CSV into a database. Answers are as good as their source, which Sources names
// with its date: the free sets of 2026-06 agree pairwise on 90 to 96 % of random IPv4
// addresses, and on 81 to 89 % of routed IPv6 networks (data/README.md).
package geo

import "net/netip"

// Words that stand in a Location's Country where no ISO 3166-1 code can.
const (
	Private   = "private"   // RFC 1918, RFC 4193, RFC 6598, loopback and link-local
	Multicast = "multicast" // RFC 5771, RFC 4291 section 2.7, and IPv4 broadcast
	Unknown   = "unknown"   // public, and in no database; also reserved space
)

// Location is what the databases say of an address.
type Location struct {
	Country string // ISO 3166-1 alpha-2, or Private, Multicast, Unknown; never empty from Locate
	ASN     uint32 // RFC 6793; 0 is unknown
	ASOrg   string // holder of ASN
	Anycast bool   // the database says that the address is announced from many places
	Hosting bool   // the database, or the holder's name, says hosting provider
}

// Locator answers once per new address, never per packet. Several goroutines may ask at once.
type Locator interface {
	Locate(netip.Addr) Location
}
