package geo

import (
	"net/netip"
	"testing"
)

func TestRoleOf(t *testing.T) {
	isp := Location{Country: "DE", ASN: 3320, ASOrg: "Deutsche Telekom AG"}
	tests := []struct {
		name string
		addr string
		at   Location
		want Role
	}{
		{"access by word", "80.130.1.2", isp, Access},
		{"access by list", "12.1.2.3", Location{ASN: 7018, ASOrg: "AT&T Enterprises, LLC"}, Access},
		{"hosting", "95.216.1.2", Location{ASN: 24940, ASOrg: "Hetzner Online GmbH", Hosting: true}, Hosting},
		{"hosting that calls itself telecom", "95.216.1.2", Location{ASN: 64500, ASOrg: "Telecom Hosting", Hosting: true}, Hosting},
		{"anycast", "1.1.1.1", Location{ASN: 13335, Anycast: true}, Hosting},
		{"carrier", "38.1.2.3", Location{ASN: 174, ASOrg: "Cogent Communications"}, NoRole},
		{"no database", "80.130.1.2", Location{Country: Unknown}, NoRole},
		{"a name without a number", "80.130.1.2", Location{ASOrg: "Deutsche Telekom AG"}, NoRole},
		{"private", "192.168.1.2", Location{Country: Private}, NoRole},
		{"relay, no database", "52.113.1.2", Location{Country: Unknown}, Relay},
		{"relay, IPv4-mapped", "::ffff:52.113.1.2", Location{}, Relay},
		{"relay before hosting", "52.115.255.255", Location{ASN: 8075, Hosting: true}, Relay},
		{"beside a relay", "52.116.0.0", Location{ASN: 8075, Hosting: true}, Hosting},
		{"relay, IPv6", "2603:1063:300::1", Location{}, Relay},
		{"relay of one address", "74.125.247.128", Location{Hosting: true}, Relay},
		{"conference", "142.250.82.7", Location{ASN: 15169, Hosting: true}, Conference},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := RoleOf(netip.MustParseAddr(tt.addr), tt.at); got != tt.want {
				t.Errorf("RoleOf(%s) = %v, want %v", tt.addr, got, tt.want)
			}
		})
	}
	if got := RoleOf(netip.Addr{}, Location{}); got != NoRole {
		t.Errorf("the zero address: %v", got)
	}
}
