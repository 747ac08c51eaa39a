package geo

import (
	"strings"
	"time"
)

// StaleAfter is the age at which a report warns that a database is old: the free databases are
// rebuilt monthly, so three newer ones have come out by then.
const StaleAfter = 90 * 24 * time.Hour

// Kinds of databases, as Source names them.
const (
	KindCountry = "country"
	KindCity    = "city" // read for its countries alone
	KindASN     = "asn"
)

// Embedded stands in Source.Path for a database that is part of the program.
const Embedded = "embedded"

// Source is one database that answers, with what its licence asks to be printed.
type Source struct {
	Name        string    // what the database calls itself
	Kind        string    // KindCountry, KindCity or KindASN
	Type        string    // its metadata's database_type, such as "GeoLite2-City"
	Date        time.Time // when it was built, UTC
	Path        string    // Embedded, or the file
	Licence     string    // "" if the type of database does not tell
	Attribution string    // to be printed with results; "" if none is known to be asked for
	Link        string    // to be set behind Attribution where results are shown on a page
}

// Age returns how old the data was at now; a database from the future has age 0.
func (s Source) Age(now time.Time) time.Duration { return max(0, now.Sub(s.Date)) }

// Stale reports whether the data was older than StaleAfter at now.
func (s Source) Stale(now time.Time) bool { return s.Age(now) > StaleAfter }

// A publisher is what the licence of a known family of databases asks for.
type publisher struct {
	family                     string // of database_type, as familyOf writes it
	licence, attribution, link string
}

// publishers holds the terms in short; the owners' pages are what counts:
// https://www.maxmind.com/en/geolite/eula, https://db-ip.com/db/lite.php,
// https://ipinfo.io/developers/ipinfo-lite-database. The first match counts.
var publishers = []publisher{
	{"geolite2", "GeoLite End User License Agreement",
		"This product includes GeoLite Data created by MaxMind, available from https://www.maxmind.com",
		"https://www.maxmind.com"},
	{"geoip", "MaxMind End User License Agreement", "GeoIP data by MaxMind", "https://www.maxmind.com"},
	{"dbipasnlite", "CC BY 4.0", "IP Geolocation by DB-IP", "https://db-ip.com"},
	{"dbipcitylite", "CC BY 4.0", "IP Geolocation by DB-IP", "https://db-ip.com"},
	{"dbipcountrylite", "CC BY 4.0", "IP Geolocation by DB-IP", "https://db-ip.com"},
	{"dbip", "DB-IP licence of the subscription", "IP Geolocation by DB-IP", "https://db-ip.com"},
	{"ipinfo lite", "CC BY-SA 4.0", "IP address data powered by IPinfo", "https://ipinfo.io"},
	{"ipinfo", "IPinfo licence of the subscription", "IP address data powered by IPinfo", "https://ipinfo.io"},
}

// ownType begins the database_type of what Build writes; whose data it is, its name tells.
const ownType = "peeratlas-"

// credit fills in what the owner of such a database asks for.
func (s *Source) credit() {
	family, own := familyOf(s.Type), strings.HasPrefix(s.Type, ownType)
	if own {
		family = familyOf(s.Name)
	}
	for _, p := range publishers {
		if strings.HasPrefix(family, p.family) || own && strings.Contains(family, p.family) {
			s.Licence, s.Attribution, s.Link = p.licence, p.attribution, p.link
			return
		}
	}
}

// familyOf makes "DBIP-Country-Lite" and "dbip_country-lite" one word.
func familyOf(name string) string {
	return strings.NewReplacer("-", "", "_", " ").Replace(strings.ToLower(name))
}
