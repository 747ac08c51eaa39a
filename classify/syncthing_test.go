package classify

import (
	"testing"

	"peeratlas/capture/packet"
)

func TestSyncthing(t *testing.T) {
	join := wired(hexOctets("9e79bc40 00000003 00000024"), be32Octets(32), randomOctets(1, 32))
	response := wired(hexOctets("9e79bc40 00000004 00000010"), be32Octets(0), be32Octets(7), "success", 0)
	checkMeshRows(t, []Detector{syncthing}, []meshRow{
		{name: "devices", transport: packet.TCP, ports: [2]uint16{50000, 22000}, turns: []turn{{0, meshHello("", "bep/1.0"), 0}},
			want: []string{"syncthing.bep"}, judgement: P2P, path: Direct, family: "syncthing"},
		{name: "waits at a relay", transport: packet.TCP, ports: [2]uint16{50000, 22067}, turns: []turn{{0, meshHello("", "bep-relay"), 0}},
			want: []string{"syncthing.relay"}, never: []string{"syncthing.bep"}, judgement: Likely, path: Relayed},
		{name: "session through a relay", transport: packet.TCP, ports: [2]uint16{50000, 22067}, turns: []turn{{0, join, 0}, {1, response, 0}, {0, meshHello("", "bep/1.0"), 0}},
			want: []string{"syncthing.session", "syncthing.bep"}, judgement: P2P, path: Relayed, family: "syncthing"},
		{name: "another protocol", transport: packet.TCP, turns: []turn{{0, meshHello("", "bep/2"), 0}}, never: []string{"syncthing"}},
		{name: "magic off", transport: packet.TCP, turns: []turn{{0, changed(join, 3, 0x41), 0}}, never: []string{"syncthing"}},
		{name: "type off", transport: packet.TCP, turns: []turn{{0, changed(join, 7, 8), 0}}, never: []string{"syncthing"}},
		{name: "length off", transport: packet.TCP, turns: []turn{{0, changed(join, 11, 0x25), 0}}, never: []string{"syncthing"}},
	})
	checkMeshRows(t, []Detector{syncthingUDP}, []meshRow{
		{name: "announcement", turns: []turn{{0, wired(hexOctets("2ea7d90b 0a20"), randomOctets(1, 32), "\x12\x16tcp://192.0.2.7:22000"), 0}},
			want: []string{"syncthing.discovery"}, judgement: Other, service: "syncthing-discovery"},
		{name: "announcement's magic off", turns: []turn{{0, hexOctets("2ea7d90c 0a20 00000000"), 0}}, never: []string{"syncthing"}},
	})
	checkMeshRows(t, []Detector{resilio}, []meshRow{
		{name: "ping", turns: []turn{{0, []byte("BSYN\x00d1:m4:ping4:peer20:abcdefghij01234567895:share20:abcdefghij0123456789e"), 0}}, want: []string{"resilio.ping"}, judgement: Other, service: "resilio"},
		{name: "no zero", turns: []turn{{0, []byte("BSYNC d1:m4:ping"), 0}}, never: []string{"resilio"}},
	})
}
