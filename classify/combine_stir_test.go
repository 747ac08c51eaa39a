package classify

import (
	"math/rand"
	"slices"
	"testing"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// combineAll is combine as it reads, every step asked. The house's own goes by stirs.
func combineAll(f *flow.Flow, x *facts, lines []line) []line {
	lines = slices.Grow(lines, 64)
	at := func(id ClaimID) *line {
		for i := range lines {
			if lines[i].id == id {
				return &lines[i]
			}
		}
		return nil
	}
	for _, step := range [...]func(*flow.Flow, *facts, []line, func(ClaimID) *line) []line{
		combineICE, combineRandom, combineTLS, combineCalls, combineMeshes, combineOverlays, combineClear, combineKeepAlives,
	} {
		lines = step(f, x, lines, at)
	}
	return lines
}

// detected are the claims that detectors make.
func detected() []ClaimID {
	var ids []ClaimID
	for _, d := range Detectors() {
		ids = append(ids, d.Claims...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// claimed are lines as a flow's claims make them, in order of their ids.
func claimed(r *rand.Rand, ids ...ClaimID) []line {
	if slices.Contains(ids, claimTLSInGnutella) {
		ids = append(ids, claimGnutella) // whose detector makes both
	}
	slices.Sort(ids)
	var lines []line
	for _, id := range slices.Compact(ids) {
		l := plain(id)
		l.dirs, l.count, l.a, l.b = uint8(1+r.Intn(3)), uint16(1+r.Intn(8)*r.Intn(8)), uint32(r.Intn(1<<uint(r.Intn(20)))), r.Uint32()
		l.frames[0] = uint32(1 + r.Intn(100))
		lines = append(lines, l)
	}
	return lines
}

// flowOf is a flow of any ends.
func flowOf(r *rand.Rand) *flow.Flow {
	port := func() uint16 {
		return [...]uint16{53, 80, 443, 40001, 33033, 50000, uint16(r.Intn(1 << 16))}[r.Intn(7)]
	}
	far := packet.Addr{10: 0xff, 11: 0xff, 12: 203, 13: 0, 14: 113, 15: byte(r.Intn(256))}
	if r.Intn(4) == 0 {
		copy(far[12:], []byte{157, 55, 130})
	}
	f := &flow.Flow{Key: flow.Key{Protocol: [...]packet.Protocol{packet.TCP, packet.UDP}[r.Intn(2)], Port: [2]uint16{port(), port()},
		Addr: [2]packet.Addr{{10: 0xff, 11: 0xff, 12: 10, 15: 7}, far}}, Initiator: flow.Direction(r.Intn(2))}
	f.Payloads = [2]uint32{uint32(r.Intn(30)), uint32(r.Intn(30))}
	f.Packets = f.Payloads
	return f
}

// TestStirs asserts that combine does what combineAll does, of every claim, every two, and any more.
func TestStirs(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	ids := detected()
	check := func(ids ...ClaimID) {
		lines, f := claimed(r, ids...), flowOf(r)
		x := facts{near: uint8(r.Intn(2)), far: r.Intn(2) == 0}
		got, want := combine(f, &x, slices.Clone(lines)), combineAll(f, &x, slices.Clone(lines))
		if !slices.Equal(got, want) {
			t.Fatalf("%v: by stirs %v, by all steps %v", claimNames(ids), got, want)
		}
	}
	for i, a := range ids {
		check(a)
		for _, b := range ids[:i] {
			check(a, b)
		}
	}
	for range 200_000 {
		some := make([]ClaimID, 2+r.Intn(5))
		for i := range some {
			some[i] = ids[r.Intn(len(ids))]
		}
		check(some...)
	}
}

func claimNames(ids []ClaimID) (out []string) {
	for _, id := range ids {
		out = append(out, weights[id].name)
	}
	return out
}
