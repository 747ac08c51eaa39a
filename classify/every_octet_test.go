package classify

import (
	"bytes"
	"flag"
	"testing"
)

// everyOctet asks TestEveryOctet for all of its scenes; CONTRIBUTING.md tells of the long runs.
var everyOctet = flag.Bool("every.octet", false, "change every octet of every scene, not one in some hundred")

// TestEveryOctet changes each of the first 72 octets of each payload of each seed to what lengths
// and flags fear most, and cuts the payload behind each, and lets every detector alone see that,
// among them the neighbours that those octets count. None may panic.
func TestEveryOctet(t *testing.T) {
	c, s, alone := New(Options{MaxWindows: 4, MaxNames: 64}, nil), newScene(), detectorsAlone()
	played, step := 0, 211
	if *everyOctet {
		step = 1
	}
	number := 0
	for _, seed := range append(fuzzSeeds(t), corpusSeeds(t)...) {
		for at := 1; at+3 <= len(seed); {
			n := int(be16(seed[at+1:]))
			if at+3+n > len(seed) {
				break
			}
			for i := range min(n, 72) {
				for _, v := range [...]byte{0, 1, 0x7f, 0x80, 0xff, byte(n - i - 1), byte(n - i), byte(i)} {
					for _, cut := range [...]bool{false, true} {
						if number++; number%step != 0 {
							continue
						}
						played++
						lookAlone(t, c, s, alone, withOctet(seed, at, i, v, cut))
					}
				}
			}
			at += 3 + n
		}
	}
	t.Logf("%d scenes of %d", played, number)
}

// withOctet is a scene of which octet i of the payload whose head is at that place is v, and which
// may end behind it.
func withOctet(seed []byte, at, i int, v byte, cut bool) []byte {
	out := bytes.Clone(seed)
	out[at+3+i] = v
	if cut {
		out = out[:at+3+i+1]
		out[at+1], out[at+2] = byte((i+1)>>8), byte(i+1)
	}
	return out
}

func lookAlone(t *testing.T, c *Classifier, s *scene, alone []lone, octets []byte) {
	t.Helper()
	if !s.play(octets) {
		return
	}
	asked := ""
	defer func() {
		if err := recover(); err != nil {
			t.Errorf("%s: %v on %q", asked, err, octets)
			c.anew()
		}
	}()
	for i := range alone {
		d := &alone[i]
		if !d.mayCare(s) {
			continue
		}
		asked = d.name
		c.anew()
		c.detectors = d.dispatch
		s.observe(c, s.n)
		d.check(t, c)
	}
}
