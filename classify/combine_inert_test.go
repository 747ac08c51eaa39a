package classify

import (
	"testing"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// TestInertClaims asserts that combine leaves flows alone whose claims are inert, one, two or
// three of them, made by either end or both.
func TestInertClaims(t *testing.T) {
	var ids []ClaimID
	for id := range numClaims {
		if inertClaims[id] {
			ids = append(ids, id)
		}
	}
	check := func(f *flow.Flow, dirs uint8, ids ...ClaimID) {
		lines := make([]line, 0, 80)
		for _, id := range ids {
			l := plain(id)
			l.dirs, l.count, l.a = dirs, 40, 7
			lines = append(lines, l)
		}
		if !inert(lines) {
			return
		}
		before := append([]line{}, lines...)
		after := combineAll(f, &facts{far: true}, lines)
		if len(after) != len(before) {
			t.Fatalf("%v: %d lines became %d", claimNames(ids), len(before), len(after))
		}
		for i := range before {
			if after[i] != before[i] {
				t.Fatalf("%v: %s was changed", claimNames(ids), weights[before[i].id].name)
			}
		}
	}
	for _, transport := range []packet.Protocol{packet.TCP, packet.UDP} {
		f := &flow.Flow{Key: flow.Key{Protocol: transport, Port: [2]uint16{40000, 443}}, Payloads: [2]uint32{9, 9}}
		for dirs := uint8(1); dirs <= 3; dirs++ {
			for i, a := range ids {
				check(f, dirs, a)
				for k, b := range ids[:i] {
					check(f, dirs, b, a)
					for _, c := range ids[:k] {
						check(f, dirs, c, b, a)
					}
				}
			}
		}
	}
}

func claimNames(ids []ClaimID) (out []string) {
	for _, id := range ids {
		out = append(out, weights[id].name)
	}
	return out
}
