package classify

import (
	"testing"

	"peeratlas/capture/packet"
)

// rustdeskFramed puts the length before a message.
func rustdeskFramed(m []byte) []byte {
	if len(m) <= 0x3f {
		return wired(len(m)<<2, m)
	}
	return wired(le16Octets(len(m)<<2|1), m)
}

func TestRustDesk(t *testing.T) {
	pair := wired(0x0a, 9, "123456789", 0x12, 32, randomOctets(1, 32))
	signed := wired(0x0a, 64+len(pair), randomOctets(2, 64), pair)
	id := rustdeskFramed(wired(0x1a, len(signed), signed))
	key := rustdeskFramed(wired(0x22, 84, 0x0a, 32, randomOctets(3, 32), 0x12, 48, randomOctets(4, 48)))
	relay := rustdeskFramed(wired(0x92, 1, 44, 0x0a, 4, "1234", 0x12, 36, "01234567-89ab-cdef-0123-456789abcdef"))
	exchange := rustdeskFramed(wired(0xca, 1, 98, 0x0a, 96, randomOctets(5, 96)))
	if len(key) != 88 {
		t.Fatalf("the key has %d octets, want 88", len(key))
	}
	sealed := rustdeskFramed(noiseOctets(6, 100))
	checkMeshRows(t, []Detector{rustdesk}, []meshRow{
		{name: "direct", transport: packet.TCP, turns: []turn{{1, id, 0}, {0, key, 0}, {1, sealed, 0}},
			want: []string{"rustdesk.id", "rustdesk.key"}, judgement: P2P, path: Direct, family: "rustdesk"},
		{name: "behind a relay", transport: packet.TCP, ports: [2]uint16{50000, 21117}, turns: []turn{{0, relay, 0}, {1, id, 0}, {0, key, 0}},
			want: []string{"rustdesk.relay", "rustdesk.key"}, judgement: P2P, path: Relayed, family: "rustdesk"},
		{name: "rendezvous server", transport: packet.TCP, ports: [2]uint16{50000, 21116}, turns: []turn{{1, exchange, 0}}, want: []string{"rustdesk.server"}, judgement: Other, service: "rustdesk-server"},
		{name: "key's mark off", transport: packet.TCP, turns: []turn{{0, changed(key, 38, 0x13), 0}}, never: []string{"rustdesk"}},
		{name: "signature's length off", transport: packet.TCP, turns: []turn{{1, changed(id, 5, id[5]+1), 0}}, never: []string{"rustdesk"}},
		{name: "no encryption", transport: packet.TCP, turns: []turn{{0, hexOctets("08 2200"), 0}}, never: []string{"rustdesk"}},
		{name: "frame longer than the segment", transport: packet.TCP, turns: []turn{{0, append(key[:88:88], 0), 0}}, never: []string{"rustdesk"}},
	})
	peer := wired(0x32, 13, 0x0a, 9, "123456789", 0x10, 1)
	checkMeshRows(t, []Detector{rustdeskUDP}, []meshRow{
		{name: "registration", ports: [2]uint16{50000, 21116}, turns: []turn{{0, peer, 0}}, want: []string{"rustdesk.server"}, judgement: Other, service: "rustdesk-server"},
		{name: "registration, length off", turns: []turn{{0, changed(peer, 1, 14), 0}}, never: []string{"rustdesk"}},
		{name: "registration, id not text", turns: []turn{{0, changed(peer, 5, 7), 0}}, never: []string{"rustdesk"}},
	})
}
