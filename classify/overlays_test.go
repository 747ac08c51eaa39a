package classify

import (
	"math/rand"
	"net/netip"
	"slices"
	"testing"

	"peeratlas/classify/flow"
)

// sheetRow is one conversation that a detector of the overlays hears alone.
type sheetRow struct {
	name  string
	ports [2]uint16 // 0, 0 is 50000 and 50001
	turns []turn
	want  []string // the claims it must make, by name, and no other
	// least is how many captured octets of the last payload the last claim of want needs;
	// with fewer it must not be made. 0 does not check.
	least int
}

// checkSheet plays the rows to d: it must make the claims wanted and no other, bear every
// truncation, and allocate nothing.
func checkSheet(t *testing.T, d Detector, rows []sheetRow) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if r.ports == [2]uint16{} {
				r.ports = [2]uint16{50000, 50001}
			}
			k := newTalkOf(d.Transport, r.ports, []Detector{d})
			for n, u := range r.turns {
				checkTurn(t, d, k, n, u)
			}
			got := []string{}
			for name := range k.claims() {
				got = append(got, name)
			}
			want := append([]string{}, r.want...)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("claims %v, want %v", got, want)
			}
			checkCuts(t, d, r)
		})
	}
}

// checkTurn plays one turn, and again to see that it allocates nothing.
func checkTurn(t *testing.T, d Detector, k *talk, n int, u turn) {
	t.Helper()
	first := k.flow == nil || k.classifier.opening(k.flow, uint8(u.dir)).Length == 0
	k.turn(u)
	state := k.classifier.states.at(k.flow.State)
	if state.window == 0 || len(u.payload) == 0 || d.Opens != nil && !d.Opens(u.payload[0]) {
		return
	}
	w := k.classifier.windows.at(state.window)
	w.n-- // as it was when the payload came
	o := Observation{
		Flow: k.flow, Dir: flow.Direction(u.dir), Time: k.now, Frame: k.frame,
		Payload: u.payload, Length: max(u.length, len(u.payload)), Seq: k.seq[u.dir],
		first: first, state: state, window: w, classifier: k.classifier,
	}
	if got := testing.AllocsPerRun(10, func() { d.Detect(&o) }); got != 0 {
		t.Errorf("turn %d: %s allocates %v times", n, d.Name, got)
	}
	w.n++
}

// checkCuts plays the row with its last payload truncated at every length, as sent and as
// captured.
func checkCuts(t *testing.T, d Detector, r sheetRow) {
	t.Helper()
	last := r.turns[len(r.turns)-1]
	s := newStageOf([]Detector{d})
	for n := range last.payload {
		for snapped := range 2 {
			// Each conversation is another host's, of the same ports.
			from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(snapped), byte(n >> 8), byte(n)}), r.ports[0])
			k := s.talk(d.Transport, from, netip.AddrPortFrom(farEnd, r.ports[1]))
			for _, u := range r.turns[:len(r.turns)-1] {
				k.turn(u)
			}
			before := 0
			if len(r.want) > 0 {
				before = k.claims()[r.want[len(r.want)-1]]
			}
			if snapped == 1 {
				k.cut(last.dir, last.payload, n)
			} else {
				k.say(last.dir, last.payload[:n:n])
			}
			if n < r.least && k.claims()[r.want[len(r.want)-1]] > before {
				t.Errorf("%s is claimed of %d octets (snapped %d), needs %d", r.want[len(r.want)-1], n, snapped, r.least)
				return
			}
			s.classifier.Forget(k.flow)
		}
	}
}

// noiseOf returns n octets that pass for random, the same for the same seed.
func noiseOf(seed int64, n int) []byte {
	for ; ; seed += 1 << 32 {
		p := make([]byte, n)
		rand.New(rand.NewSource(seed)).Read(p)
		if n < 14 || noise(p) && printableRun(p) < 6 {
			return p
		}
	}
}

// joined is parts one behind the other.
func joined(parts ...[]byte) []byte { return slices.Concat(parts...) }
