package classify

import (
	"testing"

	"golang.org/x/crypto/sha3"
)

// discv4Packet is a packet of a type with a list of n octets, more behind it, and its hash.
func discv4Packet(kind byte, n, more int) []byte {
	p := noiseOf(int64(n), 99+n+more)
	p[96], p[97], p[98] = 1, kind, 0xc0+byte(n)
	switch {
	case n > 0xff+1:
		p[98], p[99], p[100] = 0xf9, byte((n-2)>>8), byte(n-2)
	case n > 55:
		p[98], p[99] = 0xf8, byte(n-1)
	}
	h := sha3.NewLegacyKeccak256()
	h.Write(p[32:])
	h.Sum(p[:0])
	return p
}

func TestDiscv4(t *testing.T) {
	ping := discv4Packet(1, 30, 0)
	wrongHash := discv4Packet(1, 30, 0)
	wrongHash[0] ^= 1
	hidden := discv4Packet(7, 30, 0)
	recovery := append([]byte{}, ping...)
	recovery[96] = 2
	long := discv4Packet(4, 1200, 0)
	checkSheet(t, discv4, []sheetRow{
		{name: "ping", turns: []turn{{payload: ping}}, want: []string{"ethereum.discv4"}, least: len(ping)},
		{name: "neighbours", turns: []turn{{payload: discv4Packet(4, 420, 0)}}, want: []string{"ethereum.discv4"}, least: 519},
		{name: "more octets behind the list", turns: []turn{{payload: discv4Packet(2, 90, 30)}}, want: []string{"ethereum.discv4"}},
		{name: "snapped", turns: []turn{{payload: discv4Packet(1, 30, 0)[:110], length: 129}}, want: []string{"ethereum.discv4_shape"}, least: 99},
		{name: "snapped, list of another length", turns: []turn{{payload: discv4Packet(1, 30, 0)[:110], length: 110 + 99}}},
		{name: "hash of something else", turns: []turn{{payload: wrongHash}}},
		{name: "unknown type", turns: []turn{{payload: hidden}}},
		{name: "no recovery id", turns: []turn{{payload: recovery}}},
		{name: "too long", turns: []turn{{payload: long}}},
		{name: "noise", turns: []turn{{payload: noiseOf(1, 300)}}},
	})
}

func BenchmarkKeccak(b *testing.B) {
	p := discv4Packet(4, 420, 0)
	var k keccak
	b.ReportAllocs()
	for range b.N {
		if !k.begins(p) {
			b.Fatal("hash does not verify")
		}
	}
}
