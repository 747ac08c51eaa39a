package classify

import "testing"

// n2nMessage is a version 3 message of that type and flags for the community "lab".
func n2nMessage(kind, flags int, body ...any) []byte {
	return wired(3, 2, 0, kind|flags, "lab", make([]byte, 17), wired(body...))
}

func TestN2N(t *testing.T) {
	macs := hexOctets("0a1b2c3d4e5f 0a5f4e3d2c1b")
	register := n2nMessage(1, 0, randomOctets(1, 4), macs, make([]byte, 21))
	registerAck := n2nMessage(4, 0, randomOctets(1, 4), macs)
	super := n2nMessage(5, 0, randomOctets(2, 4), macs[:6], make([]byte, 40))
	superAck := n2nMessage(7, 0x60, randomOctets(2, 4), macs[:6], make([]byte, 40))
	aes := n2nMessage(3, 0, macs, 1, 3, randomOctets(3, 100))
	clear := n2nMessage(3, 0, macs, 1, 1, "0800 and an IP packet in clear ..........")
	fromSuper := n2nMessage(3, 0x60, macs, hexOctets("0000 1234 c6336409"), 1, 3, randomOctets(3, 100))
	old := wired(2, 2, 0, 3, "lab", make([]byte, 13), macs, 0, 3, randomOctets(4, 90))
	first := func(kind, super int) []byte {
		address := hexOctets("0200 9512 0a090002 00000000 00000000 00000000")
		return wired(1, kind, 0, super, "lab", 0, randomOctets(6, 12), macs, address, address, randomOctets(7, 80))
	}
	checkMeshRows(t, []Detector{n2n}, []meshRow{
		{name: "version 1 by a super-node", turns: []turn{{0, first(1, 0), 0}, {1, first(4, 1), 0}, {0, first(3, 0), 0}}, want: []string{"n2n.supernode", "n2n.packet"}, never: []string{"n2n.edge"}, judgement: P2P, path: Relayed},
		{name: "version 1 between edges", turns: []turn{{0, first(1, 0), 0}, {1, first(4, 0), 0}, {0, first(3, 0), 0}}, want: []string{"n2n.edge", "n2n.packet"}, never: []string{"n2n.supernode"}, judgement: P2P, path: Direct},
		{name: "version 1, family off", turns: []turn{{0, changed(first(4, 0), 52, 3), 0}}, never: []string{"n2n"}},
		{name: "version 1, unknown type", turns: []turn{{0, first(5, 1), 0}}, never: []string{"n2n"}},
		{name: "edges register", turns: []turn{{0, register, 0}, {1, registerAck, 0}}, want: []string{"n2n.edge"}, never: []string{"n2n.supernode"}, judgement: P2P, path: Direct, family: "n2n"},
		{name: "edges talk", turns: []turn{{0, register, 0}, {1, registerAck, 0}, {0, aes, 0}}, want: []string{"n2n.edge", "n2n.packet"}, judgement: P2P, path: Direct},
		{name: "super-node", turns: []turn{{0, super, 0}, {1, superAck, 0}}, want: []string{"n2n.supernode"}, never: []string{"n2n.edge"}, judgement: P2P, path: Relayed},
		{name: "super-node hands on", turns: []turn{{0, aes, 0}, {1, fromSuper, 0}}, want: []string{"n2n.supernode", "n2n.packet"}, judgement: P2P, path: Relayed},
		{name: "version 2", turns: []turn{{0, old, 0}}, want: []string{"n2n.packet"}},
		{name: "no encryption", turns: []turn{{0, register, 0}, {0, clear, 0}, {1, clear, 0}}, want: []string{"n2n.clear"}, never: []string{"n2n.packet"}, judgement: Other, service: "n2n"},
		{name: "text behind the name's end", turns: []turn{{0, changed(register, 20, 'x'), 0}}, never: []string{"n2n"}},
		{name: "no name", turns: []turn{{0, changed(register, 4, 0), 0}}, never: []string{"n2n"}},
		{name: "hops beyond sense", turns: []turn{{0, changed(register, 1, 17), 0}}, never: []string{"n2n"}},
		{name: "unknown transform", turns: []turn{{0, n2nMessage(3, 0, macs, 1, 9, randomOctets(3, 100)), 0}}, never: []string{"n2n"}},
	})
}
