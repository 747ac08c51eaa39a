package classify

import (
	"testing"

	"peeratlas/capture/packet"
)

var (
	ztHome = hexOctets("a1b2c3d4e5")
	ztPeer = hexOctets("17ab5566f0")
	ztFar  = hexOctets("8056c2e21c")
	ztRoot = hexOctets("778cde7190")
)

// ztPacket is a sealed packet of cipher 1.
func ztPacket(seed uint64, to, from []byte) []byte {
	return wired(randomOctets(seed, 8), to, from, 0x88, randomOctets(seed+1, 80))
}

// ztCounted is one whose id is given.
func ztCounted(seed, id uint64) []byte {
	return wired(be64Octets(id), ztPeer, ztHome, 0x08, noiseOctets(seed, 80))
}

// ztChannel is RTP of one time and source in TURN's ChannelData.
func ztChannel(seed uint64, number int) []byte {
	return wired(hexOctets("4d00"), be16Octets(12+80), 0x80, 96, be16Octets(number), hexOctets("1155223344 5566aa08"), noiseOctets(seed, 80))
}

// ztHello is a HELLO in clear, of protocol 12.
func ztHello(seed uint64, to, from []byte) []byte {
	return wired(randomOctets(seed, 8), to, from, 0, randomOctets(seed+1, 8), 1, 12, 1, 12, be16Octets(2), be64Octets(1_780_000_000_000),
		from, 0, randomOctets(seed+2, 64), 0, 4, hexOctets("c6336407 2709"), randomOctets(seed+3, 18))
}

func TestZeroTier(t *testing.T) {
	hello := ztHello(1, ztPeer, ztHome)
	pair := []turn{{0, ztPacket(10, ztPeer, ztHome), 0}, {1, ztPacket(20, ztHome, ztPeer), 0}, {0, ztPacket(30, ztPeer, ztHome), 0}}
	checkMeshRows(t, []Detector{zerotier}, []meshRow{
		{name: "hello to a peer, unanswered", turns: []turn{{0, hello, 0}}, want: []string{"zerotier.hello"}, never: []string{"zerotier.pair"}, judgement: P2P, path: Probe, family: "zerotier"},
		{name: "hello and sealed answer", turns: []turn{{0, hello, 0}, {1, ztPacket(20, ztHome, ztPeer), 0}},
			want: []string{"zerotier.hello", "zerotier.pair"}, never: []string{"zerotier.relay", "zerotier.root"}, judgement: P2P, path: Direct},
		{name: "joined under way", turns: pair, want: []string{"zerotier.pair"}, never: []string{"zerotier.relay"}, judgement: P2P, path: Direct},
		{name: "hello to a root", turns: []turn{{0, ztHello(1, ztRoot, ztHome), 0}, {1, ztPacket(20, ztHome, ztRoot), 0}},
			want: []string{"zerotier.root"}, judgement: P2P, path: Relayed},
		{name: "handed on for another node", turns: append(pair[:len(pair):len(pair)], turn{0, ztPacket(40, ztFar, ztHome), 0}),
			want: []string{"zerotier.relay"}, judgement: P2P, path: Relayed},
		{name: "no answer under way", turns: []turn{pair[0], pair[2]}, never: []string{"zerotier"}},
		{name: "one direction, counting", turns: []turn{{0, ztCounted(1, 0x6550_0000_1234_0000), 0}, {0, ztCounted(2, 0x6550_0000_1234_0007), 0}},
			want: []string{"zerotier.counts"}, judgement: P2P, path: Probe, family: "zerotier"},
		{name: "one direction, far apart", turns: []turn{{0, ztCounted(1, 0x6550_0000_1234_0000), 0}, {0, ztCounted(2, 0x6550_0000_1234_1001), 0}}, never: []string{"zerotier"}},
		{name: "one direction, a time of 1970", turns: []turn{{0, ztCounted(1, 0x2550_0000_1234_0000), 0}, {0, ztCounted(2, 0x2550_0000_1234_0007), 0}}, never: []string{"zerotier"}},
		{name: "one direction, in clear", turns: []turn{{0, ztCounted(1, 0x6550_0000_1234_0000), 0}, {0, append(ztCounted(2, 0x6550_0000_1234_0007)[:28:28], make([]byte, 60)...), 0}}, never: []string{"zerotier"}},
		{name: "one direction, ChannelData with RTP", turns: []turn{{0, ztChannel(1, 7000), 0}, {0, ztChannel(2, 7001), 0}}, never: []string{"zerotier"}},
		{name: "identity of another address", turns: []turn{{0, changed(hello, 45, 0), 0}}, never: []string{"zerotier"}},
		{name: "unused cipher", turns: []turn{{0, changed(pair[0].payload, 18, 0x20), 0}, {1, changed(pair[1].payload, 18, 0x20), 0}}, never: []string{"zerotier"}},
		{name: "answer for another address", turns: []turn{pair[0], {1, ztPacket(20, ztFar, ztPeer), 0}}, never: []string{"zerotier"}},
		{name: "reserved address", turns: []turn{{0, ztPacket(1, changed(ztPeer, 0, 0xff), ztHome), 0}, {1, ztPacket(2, ztHome, changed(ztPeer, 0, 0xff)), 0}}, never: []string{"zerotier"}},
		{name: "reflection", turns: []turn{pair[0], {1, pair[0].payload, 0}}, never: []string{"zerotier"}},
	})
	eachCut(packet.UDP, [2]uint16{9993, 9993}, []turn{{0, hello, 0}}, func(k *talk, n int, _ bool) {
		if n < 112 && k.claims()["zerotier.hello"] > 0 {
			t.Errorf("HELLO cut to %d octets is claimed", n)
		}
	})
}
