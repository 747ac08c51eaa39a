package pipeline

import (
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/geo"
)

// everywhere answers the same for all addresses, and counts.
type everywhere struct {
	geo.Location
	asked int
}

func (e *everywhere) Locate(netip.Addr) geo.Location { e.asked++; return e.Location }

func TestRole(t *testing.T) {
	access := geo.Location{Country: "DE", ASN: 3320, ASOrg: "Deutsche Telekom AG"}
	hosting := geo.Location{Country: "DE", ASN: 24940, ASOrg: "Hetzner Online GmbH", Hosting: true}
	tests := []struct {
		name    string
		locator geo.Locator
		addr    string
		want    classify.Role
	}{
		{"people's line", &everywhere{Location: access}, "80.130.1.2", classify.EyeballRole},
		{"data centre", &everywhere{Location: hosting}, "95.216.1.2", classify.HostingRole},
		{"published relay", &everywhere{Location: hosting}, "52.113.1.2", classify.RelayRole},
		{"published conference", &everywhere{Location: hosting}, "142.250.82.1", classify.ConferenceRole},
		{"published relay, no database", nil, "2603:1063::7", classify.RelayRole},
		{"no database", nil, "80.130.1.2", classify.UnknownRole},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStreet(nil, Options{Locator: tt.locator})
			for range 3 {
				if got := s.role(packet.AddrFrom(netip.MustParseAddr(tt.addr))); got != tt.want {
					t.Errorf("role %v, want %v", got, tt.want)
				}
			}
			if e, ok := tt.locator.(*everywhere); ok && e.asked != 1 {
				t.Errorf("the database was asked %d times", e.asked)
			}
		})
	}
}
