package pipeline

import (
	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/geo"
)

// role says what a far address is there for. Published ranges are known without a database; the
// rest is read off the holder's name. Lanes ask it at the same time.
func (s *street) role(a packet.Addr) classify.Role {
	ip := a.Netip()
	switch geo.RoleOf(ip, s.places.locate(ip)) {
	case geo.Access:
		return classify.EyeballRole
	case geo.Hosting:
		return classify.HostingRole
	case geo.Relay:
		return classify.RelayRole
	case geo.Conference:
		return classify.ConferenceRole
	}
	return classify.UnknownRole
}
