package classify

import (
	"net/netip"
	"slices"
	"testing"

	"peeratlas/capture/packet"
)

// ungated are the detectors without what spares them calls: the evident twin of dispatch asks
// each for each payload of its transport, the tables of clear protocols first.
func ungated(ds []Detector) []Detector {
	var tables, rest []Detector
	for _, d := range ds {
		table := d.clear != nil
		d.Opens, d.Least, d.First, d.Within, d.Gates, d.clear = nil, 0, false, 0, nil, nil
		if table {
			tables = append(tables, d)
		} else {
			rest = append(rest, d)
		}
	}
	return append(tables, rest...)
}

// TestDispatch asserts that what spares detectors their calls spares none that would have
// claimed something, on the project's captures, the samples of clear protocols, and noise.
func TestDispatch(t *testing.T) {
	ds := [2]*dispatch{house(), newDispatch(ungated(Detectors()))}
	for n, octets := range fuzzSeeds(t) {
		checkDispatch(t, ds, n, octets)
	}
	for n := range 300 { // noise of many lengths, and noise behind each first octet
		var turns []turn
		for k := range 14 {
			p := noiseOf(int64(1000*n+k), 1+(n*7+k*13)%180)
			p[0] = byte(n)
			turns = append(turns, turn{dir: k % 3 % 2, payload: p})
		}
		transport := []packet.Protocol{packet.UDP, packet.TCP}[n%2]
		checkDispatch(t, ds, -n, octetsOfConversation(transport, fuzzPorts[n%len(fuzzPorts)], turns))
	}
}

func FuzzDispatch(f *testing.F) {
	for _, s := range fuzzSeeds(f) {
		f.Add(s)
	}
	ds := [2]*dispatch{house(), newDispatch(ungated(Detectors()))}
	f.Fuzz(func(t *testing.T, octets []byte) { checkDispatch(t, ds, 0, octets) })
}

// checkDispatch plays the conversation twice and compares the claims.
func checkDispatch(t *testing.T, ds [2]*dispatch, number int, octets []byte) {
	t.Helper()
	transport, ports, joined, turns := conversationOf(octets)
	if len(turns) == 0 {
		return
	}
	var told [2][]string
	for twin := range told {
		s := newStage()
		s.classifier.detectors = ds[twin]
		k := s.talk(transport, netip.AddrPortFrom(homeEnd, ports[0]), netip.AddrPortFrom(farEnd, ports[1]))
		k.joined = joined
		for _, u := range turns {
			k.turn(u)
		}
		told[twin] = claimsOf(k)
	}
	if !slices.Equal(told[0], told[1]) {
		t.Errorf("conversation %d: claims %v, all detectors claim %v", number, told[0], told[1])
	}
}

// claimsOf are all claims of the talk's flow with their values.
func claimsOf(k *talk) []string {
	if k.flow.State == 0 {
		return nil
	}
	return claimsIn(k.classifier, k.flow.State)
}
