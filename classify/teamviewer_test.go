package classify

import (
	"testing"

	"peeratlas/capture/packet"
)

func TestTeamViewer(t *testing.T) {
	datagram := func(command int) []byte {
		return wired(0, randomOctets(1, 10), hexOctets("1724"), command, randomOctets(2, 40))
	}
	checkMeshRows(t, []Detector{teamviewerUDP}, []meshRow{
		{name: "direct", turns: []turn{{0, datagram(70), 0}, {1, datagram(71), 0}, {0, datagram(107), 0}},
			want: []string{"teamviewer.udp", "teamviewer.udp_both"}, judgement: P2P, path: Direct, family: "teamviewer"},
		{name: "asked, unanswered", turns: []turn{{0, datagram(70), 0}}, want: []string{"teamviewer.udp"}, never: []string{"teamviewer.udp_both"}, path: Probe},
		{name: "a server's command", turns: []turn{{0, datagram(16), 0}}, never: []string{"teamviewer"}},
		{name: "magic off", turns: []turn{{0, changed(datagram(70), 12, 0x25), 0}}, never: []string{"teamviewer"}},
		{name: "first octet", turns: []turn{{0, changed(datagram(70), 0, 1), 0}}, never: []string{"teamviewer"}},
	})
	frame := func(command, n int) []byte {
		return wired(hexOctets("1724"), command, le16Octets(n), noiseOctets(3, n))
	}
	checkMeshRows(t, []Detector{teamviewerTCP}, []meshRow{
		{name: "router", transport: packet.TCP, ports: [2]uint16{50000, 5938}, turns: []turn{{0, frame(10, 32), 0}, {1, frame(36, 8), 0}},
			want: []string{"teamviewer.tcp"}, never: []string{"teamviewer.session"}, judgement: Other},
		{name: "session by a router", transport: packet.TCP, ports: [2]uint16{50000, 5938}, turns: []turn{{0, frame(22, 32), 0}, {1, frame(36, 8), 0}, {0, frame(92, 200), 0}},
			want: []string{"teamviewer.session"}, judgement: P2P, path: Relayed, family: "teamviewer"},
		{name: "version 2 behind version 1", transport: packet.TCP, turns: []turn{{0, frame(10, 32), 0}, {1, wired(hexOctets("1130 36 00"), randomOctets(1, 40)), 0}}, want: []string{"teamviewer.tcp"}},
		{name: "version 2 alone", transport: packet.TCP, turns: []turn{{0, wired(hexOctets("1130 36 00"), randomOctets(1, 40)), 0}}, never: []string{"teamviewer"}},
		{name: "TLS-like", transport: packet.TCP, turns: []turn{{0, wired(hexOctets("170303"), be16Octets(40), randomOctets(1, 40)), 0}}, never: []string{"teamviewer"}},
		{name: "longer than the segment", transport: packet.TCP, turns: []turn{{0, frame(10, 32)[:36], 0}}, never: []string{"teamviewer"}},
		{name: "unknown command", transport: packet.TCP, turns: []turn{{0, frame(9, 32), 0}}, never: []string{"teamviewer"}},
	})
}
