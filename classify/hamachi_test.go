package classify

import (
	"testing"

	"peeratlas/capture/packet"
)

// hamachiPacket is a packet of a tunnel.
func hamachiPacket(id, sequence, short int, seed uint64, body int) []byte {
	return wired(be32Octets(id), be32Octets(sequence), be16Octets(short), noiseOctets(seed, body))
}

func TestHamachi(t *testing.T) {
	opening := wired(make([]byte, 8), randomOctets(1, 68))
	a1, a2 := hamachiPacket(0x51a2b3c4, 3, 0x1f2e, 2, 60), hamachiPacket(0x51a2b3c4, 4, 0x1f2e, 3, 90)
	b1, b2 := hamachiPacket(0x0badcafe, 2, 0x7766, 4, 70), hamachiPacket(0x0badcafe, 3, 0x7766, 5, 80)
	same := hamachiPacket(0x51a2b3c4, 9, 0x1f2e, 6, 80)
	checkMeshRows(t, []Detector{hamachi}, []meshRow{
		{name: "tunnel", turns: []turn{{0, opening, 0}, {1, opening, 0}, {0, a1, 0}, {1, b1, 0}, {0, a2, 0}, {1, b2, 0}},
			want: []string{"hamachi.open", "hamachi.tunnel"}, judgement: P2P, path: Direct, family: "hamachi"},
		{name: "opening only", turns: []turn{{0, opening, 0}, {1, opening, 0}}, want: []string{"hamachi.open"}, never: []string{"hamachi.tunnel"}, judgement: Other},
		{name: "one direction", turns: []turn{{0, a1, 0}, {0, a2, 0}}, never: []string{"hamachi"}},
		{name: "both directions bear the same id", turns: []turn{{0, a1, 0}, {1, same, 0}, {0, a2, 0}}, never: []string{"hamachi"}},
		{name: "second id changes", turns: []turn{{0, a1, 0}, {1, b1, 0}, {0, hamachiPacket(0x51a2b3c4, 4, 0x1f2f, 3, 90), 0}}, never: []string{"hamachi"}},
		{name: "sequence falls", turns: []turn{{0, a2, 0}, {1, b1, 0}, {0, a1, 0}}, never: []string{"hamachi"}},
		{name: "sequence too large", turns: []turn{{0, hamachiPacket(7, 0x10001, 9, 2, 60), 0}, {1, b1, 0}, {0, hamachiPacket(7, 0x10002, 9, 2, 60), 0}}, never: []string{"hamachi"}},
		{name: "body in clear", turns: []turn{{0, a1, 0}, {1, b1, 0}, {0, wired(a2[:10], make([]byte, 60)), 0}}, never: []string{"hamachi"}},
	})
	login := wired(be32Octets(396), randomOctets(1, 8), hexOctets("7b7a0dad"), randomOctets(2, 384))
	checkMeshRows(t, []Detector{hamachiTCP}, []meshRow{
		{name: "login", transport: packet.TCP, turns: []turn{{0, login, 0}}, want: []string{"hamachi.server"}, judgement: Other, service: "hamachi-server"},
		{name: "length off by one", transport: packet.TCP, turns: []turn{{0, changed(login, 3, login[3]+1), 0}}, never: []string{"hamachi"}},
	})
}
