package geo

import (
	"strconv"
	"strings"

	"github.com/oschwald/geoip2-golang/v2"
	"github.com/oschwald/maxminddb-golang/v2"
)

// A record is what one database says of a network.
type record struct {
	country string // canonical alpha-2, or ""
	org     string
	asn     uint32
	anycast bool
	hosting bool
	city    bool // the database knows of cities
}

// A layout reads the records of one family of databases.
type layout func(maxminddb.Result) (record, error)

// layoutsFor returns the layouts to try for a database, the likeliest first. The GeoIP2 library
// knows MaxMind's and DB-IP's databases by their type; anything else is read by its keys.
func layoutsFor(octets []byte) []layout {
	known, err := geoip2.OpenBytes(octets)
	if err != nil {
		return []layout{readFlat}
	}
	probe := probeAddress
	if _, err := known.Enterprise(probe); !isWrongMethod(err) {
		return []layout{readEnterprise, readFlat}
	}
	if _, err := known.Country(probe); !isWrongMethod(err) {
		return []layout{readCountry, readFlat}
	}
	if _, err := known.ASN(probe); !isWrongMethod(err) {
		return []layout{readASN, readFlat}
	}
	return nil // a MaxMind database of another kind: domain, connection type, anonymous IP
}

// readCountry reads the Country and City databases of MaxMind and DB-IP.
func readCountry(found maxminddb.Result) (record, error) {
	var c geoip2.City
	if err := found.Decode(&c); err != nil {
		return record{}, err
	}
	return record{
		country: locatedIn(c.Country.ISOCode, c.RegisteredCountry.ISOCode),
		anycast: c.Traits.IsAnycast,
		city:    c.City.HasData(),
	}, nil
}

// readEnterprise reads databases that hold country and autonomous system in one record.
func readEnterprise(found maxminddb.Result) (record, error) {
	var e geoip2.Enterprise
	if err := found.Decode(&e); err != nil {
		return record{}, err
	}
	return record{
		country: locatedIn(e.Country.ISOCode, e.RegisteredCountry.ISOCode),
		asn:     number(uint64(e.Traits.AutonomousSystemNumber)),
		org:     e.Traits.AutonomousSystemOrganization,
		anycast: e.Traits.IsAnycast,
		hosting: e.Traits.UserType == "hosting",
		city:    e.City.HasData(),
	}, nil
}

// readASN reads the ASN and ISP databases of MaxMind and DB-IP.
func readASN(found maxminddb.Result) (record, error) {
	var a geoip2.ASN
	if err := found.Decode(&a); err != nil {
		return record{}, err
	}
	return record{
		asn: number(uint64(a.AutonomousSystemNumber)),
		org: a.AutonomousSystemOrganization,
	}, nil
}

// locatedIn prefers where an address is used to where it is registered: MaxMind leaves the
// former out where it does not know, as for anycast.
func locatedIn(country, registered string) string {
	if c := canonical(country); c != "" {
		return c
	}
	return canonical(registered)
}

// Keys under which flat databases keep the same three facts. Seen in: ip-location-db and files of
// ours (country_code, autonomous_system_*), IPinfo ("asn" is "AS64500", as_name; "country" is a
// code in older ones and a name beside country_code in newer), iplocate and IP2Location (country_code).
var (
	countryKeys = []string{"country_code", "country_iso_code", "iso_code", "country", "registered_country"}
	asnKeys     = []string{"autonomous_system_number", "asn", "as_number"}
	orgKeys     = []string{"autonomous_system_organization", "as_name", "as_org", "as_organization", "organization", "name"}
)

// readFlat reads any record that is a map with keys that we know, also GeoLite2 look-alikes
// whose type the GeoIP2 library does not.
func readFlat(found maxminddb.Result) (record, error) {
	var anyv map[string]any
	if err := found.Decode(&anyv); err != nil {
		return record{}, err
	}
	var r record
	for _, key := range countryKeys {
		if r.country = countryIn(anyv[key]); r.country != "" {
			break
		}
	}
	for _, key := range asnKeys {
		if r.asn = numberIn(anyv[key]); r.asn != 0 {
			break
		}
	}
	for _, key := range orgKeys {
		if name, ok := anyv[key].(string); ok && name != "" && r.asn != 0 {
			r.org = name
			break
		}
	}
	_, r.city = anyv["city"]
	r.anycast, _ = anyv["is_anycast"].(bool)
	r.hosting, _ = anyv["is_hosting"].(bool)
	if traits, ok := anyv["traits"].(map[string]any); ok && !r.anycast {
		r.anycast, _ = traits["is_anycast"].(bool)
	}
	return r, nil
}

func countryIn(value any) string {
	switch v := value.(type) {
	case string:
		return canonical(v)
	case map[string]any:
		code, _ := v["iso_code"].(string)
		return canonical(code)
	}
	return ""
}

func numberIn(value any) uint32 {
	switch v := value.(type) {
	case uint64:
		return number(v)
	case string:
		return parseASN(v)
	}
	return 0
}

// parseASN reads "64500" and "AS64500"; anything else is 0, which is no AS (RFC 7607).
func parseASN(s string) uint32 {
	if len(s) > 2 && strings.EqualFold(s[:2], "AS") {
		s = s[2:]
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

func number(n uint64) uint32 {
	if n > 1<<32-1 { // RFC 6793: four octets
		return 0
	}
	return uint32(n)
}
