package geo_test

import (
	"fmt"
	"net/netip"

	"peeratlas/geo"
)

func ExampleDB_Locate() {
	db, err := geo.Open(nil) // the embedded databases; or geo.Open([]string{"GeoLite2-City.mmdb"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, address := range []string{"133.11.0.1", "192.168.1.20", "239.255.255.250"} {
		where := db.Locate(netip.MustParseAddr(address))
		fmt.Println(address, geo.CountryName(where.Country), where.ASN)
	}
	// Output:
	// 133.11.0.1 Japan 2501
	// 192.168.1.20 Private network 0
	// 239.255.255.250 Multicast 0
}

func ExampleParseHome() {
	home, err := geo.ParseHome([]string{"198.51.100.0/24"}) // besides the private networks
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(home.Contains(netip.MustParseAddr("198.51.100.7")), home.Contains(netip.MustParseAddr("10.0.0.1")))
	fmt.Println(home.Contains(netip.MustParseAddr("203.0.113.7")))
	// Output:
	// true true
	// false
}
