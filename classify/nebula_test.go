package classify

import "testing"

// nebulaPacket is a Nebula packet of that first octet, subtype, index and counter.
func nebulaPacket(first, subtype, index int, counter uint64, body int) []byte {
	return wired(first, subtype, 0, 0, be32Octets(index), be64Octets(counter), noiseOctets(uint64(index)+counter, body))
}

func TestNebula(t *testing.T) {
	first, answer := nebulaPacket(0x10, 0, 0, 1, 300), nebulaPacket(0x10, 0, 0x1234567, 2, 320)
	tunnel := []turn{{0, nebulaPacket(0x11, 0, 77001, 40, 100), 0}, {1, nebulaPacket(0x11, 0, 88001, 70, 120), 0}, {0, nebulaPacket(0x13, 0, 77001, 41, 60), 0}, {1, nebulaPacket(0x14, 1, 88001, 73, 40), 0}}
	checkMeshRows(t, []Detector{nebula}, []meshRow{
		{name: "handshake unanswered", turns: []turn{{0, first, 0}, {0, first, 0}}, want: []string{"nebula.handshake"}, judgement: P2P, path: Probe, family: "nebula"},
		{name: "handshake", turns: []turn{{0, first, 0}, {1, answer, 0}}, want: []string{"nebula.handshake", "nebula.answer"}, judgement: P2P, path: Direct},
		{name: "tunnel joined under way", turns: tunnel, want: []string{"nebula.data"}, never: []string{"nebula.handshake", "nebula.relay"}, judgement: P2P, path: Direct, family: "nebula"},
		{name: "relayed", turns: []turn{{0, nebulaPacket(0x11, 1, 77001, 40, 100), 0}, {1, nebulaPacket(0x11, 1, 88001, 70, 120), 0}, {0, nebulaPacket(0x11, 1, 77001, 41, 60), 0}},
			want: []string{"nebula.relay"}, judgement: P2P, path: Relayed},
		{name: "answer first", turns: []turn{{0, answer, 0}}, never: []string{"nebula"}},
		{name: "reserved octet set", turns: []turn{{0, changed(first, 3, 1), 0}}, never: []string{"nebula"}},
		{name: "counter stands still", turns: []turn{tunnel[0], tunnel[0]}, never: []string{"nebula"}},
		{name: "counter jumps", turns: []turn{tunnel[0], {0, nebulaPacket(0x11, 0, 77001, 40+nebulaStep, 60), 0}}, never: []string{"nebula"}},
		{name: "index changes", turns: []turn{tunnel[0], {0, nebulaPacket(0x11, 0, 77002, 41, 60), 0}}, never: []string{"nebula"}},
		{name: "short handshake", turns: []turn{{0, first[:99], 0}}, never: []string{"nebula"}},
		{name: "body in clear", turns: []turn{tunnel[0], {0, append(nebulaPacket(0x11, 0, 77001, 41, 0), make([]byte, 60)...), 0}}, never: []string{"nebula"}},
	})
}
