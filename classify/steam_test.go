package classify

import "testing"

func TestSteamSockets(t *testing.T) {
	request := wired(32, le16Octets(16), 0x0d, le32Octets(0x1a2b3c4d), 0x19, randomOctets(1, 8), 0x20, 11, make([]byte, 493))
	reply := wired(33, 0x0d, le32Octets(0x1a2b3c4d), 0x11, randomOctets(2, 8), 0x19, randomOctets(1, 8), 0x20, 11)
	checkMeshRows(t, []Detector{steam}, []meshRow{
		{name: "challenge", turns: []turn{{0, request, 0}, {1, reply, 0}}, want: []string{"steam.dial"}, judgement: Other, service: "steam-game-server"},
		{name: "reply for another connection", turns: []turn{{0, request, 0}, {1, changed(reply, 2, 0), 0}}, never: []string{"steam"}},
		{name: "request not padded", turns: []turn{{0, request[:100], 0}, {1, reply, 0}}, never: []string{"steam"}},
	})
}

func TestGnutellaUDP(t *testing.T) {
	ping := wired(randomOctets(1, 16), 0, 1, 0, le32Octets(5), hexOctets("c382514b40"))
	checkMeshRows(t, []Detector{gnutellaUDP}, []meshRow{
		{name: "ping", turns: []turn{{0, ping, 0}}, want: []string{"gnutella.message"}, judgement: Other, service: "gnutella"},
		{name: "one octet more", turns: []turn{{0, append(ping[:28:28], 0), 0}}, never: []string{"gnutella"}},
		{name: "unknown type", turns: []turn{{0, changed(ping, 16, 3), 0}}, never: []string{"gnutella"}},
		{name: "too many hops", turns: []turn{{0, changed(ping, 17, 16), 0}}, never: []string{"gnutella"}},
	})
}
