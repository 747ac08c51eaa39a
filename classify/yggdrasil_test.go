package classify

import (
	"testing"

	"peeratlas/capture/packet"
)

// yggdrasilOf is what a node of a version begins with.
func yggdrasilOf(seed uint64, minor int) []byte {
	key := noiseOctets(seed, 32)
	if minor == 4 {
		return wired("meta", 0, 4, key)
	}
	return wired("meta", be16Octets(6+6+36+5), be16Octets(0), be16Octets(2), be16Octets(0), be16Octets(1), be16Octets(2), be16Octets(minor), be16Octets(2), be16Octets(32), key, be16Octets(3), be16Octets(1), 0)
}

func TestYggdrasil(t *testing.T) {
	row := func(name string, mine, theirs []byte, want bool) meshRow {
		r := meshRow{name: name, transport: packet.TCP, ports: [2]uint16{50000, 47321}, turns: []turn{{0, mine, 0}, {1, theirs, 0}}}
		if want {
			r.want, r.judgement, r.family, r.path = []string{"yggdrasil.meta", "yggdrasil.both"}, P2P, "yggdrasil", Direct
		} else {
			r.never = []string{"yggdrasil"}
		}
		return r
	}
	old, now := yggdrasilOf(1, 4), yggdrasilOf(1, 5)
	checkMeshRows(t, []Detector{yggdrasil}, []meshRow{
		row("version 0.4", old, yggdrasilOf(2, 4), true),
		row("version 0.5", now, yggdrasilOf(2, 5), true),
		row("more in the segment", append(yggdrasilOf(1, 4), 0, 0x8a, 1), yggdrasilOf(2, 4), true),
		row("another word", changed(old, 0, 'b'), changed(yggdrasilOf(2, 4), 3, 'b'), false),
		row("version 0.3", changed(old, 5, 3), changed(yggdrasilOf(2, 4), 5, 3), false),
		row("major version 1", changed(old, 4, 1), changed(yggdrasilOf(2, 4), 4, 1), false),
		row("no key", wired("meta", 0, 4, make([]byte, 32)), wired("meta", 0, 4, make([]byte, 32)), false),
		row("one octet short", old[:37], old[:37], false),
		row("version 0.5, key of another length", changed(now, 21, 33), changed(now, 21, 33), false),
		row("version 0.5, too short for its fields", changed(now, 5, 40), changed(now, 5, 40), false),
	})
	for n := range now {
		k := newTalk(packet.TCP, [2]uint16{50000, 47321})
		k.turn(turn{0, now[:n], 0})
		k.turn(turn{1, old[:min(n, len(old))], 0})
	}
}
