package classify

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"peeratlas/capture/packet"
)

// sceneSeeds are scenes to begin with: every conversation alone, and neighbours together.
func sceneSeeds(t testing.TB) [][]byte {
	seeds := append(fuzzSeeds(t), corpusSeeds(t)...)
	alone := len(seeds)
	for i := 0; i+4 <= alone; i += 3 {
		seeds = append(seeds, sceneOf(seeds[i:i+4]...))
	}
	return seeds
}

// corpusSeeds are the first flows of the real captures beside the checkout, if there are any.
func corpusSeeds(t testing.TB) (seeds [][]byte) {
	paths, _ := filepath.Glob("../../shared/corpus/open/*.pcap")
	for _, path := range paths {
		if file, err := os.ReadFile(path); err != nil || le32(file) != 0xa1b2c3d4 {
			continue
		}
		for _, k := range capturedTalks(t, path, 4) {
			for i := range k.turns {
				u := &k.turns[i]
				if n := len(u.payload); n > 300 {
					u.payload, u.length = u.payload[:300], n
				}
			}
			seeds = append(seeds, octetsOfConversation(k.transport, k.ports[1], k.turns[:min(len(k.turns), 4)]))
		}
	}
	return seeds
}

// claimsIn are all claims of a flow of c with their values.
func claimsIn(c *Classifier, state uint32) []string {
	var out []string
	for i := c.states.at(state).claims; i != 0; {
		n := c.claims.at(i)
		out = append(out, fmt.Sprint(weights[n.id()].name, n.a, n.b, n.count, n.dirs(), c.framesOf(n)))
		i = n.next
	}
	slices.Sort(out)
	return out
}

// FuzzDetectors lets all detectors see a scene, and asserts what holds whatever the octets: the
// payloads are not written to, what is judged is in bounds and can be printed, and neither the
// size of batches nor a brief account changes what is said.
func FuzzDetectors(f *testing.F) {
	for _, s := range sceneSeeds(f) {
		f.Add(s)
	}
	home := func(a packet.Addr) bool { return a.Is4() && a[12] == 10 }
	c, s := New(Options{Home: home, MaxWindows: 4, MaxNames: 64}, nil), newScene()
	f.Fuzz(func(t *testing.T, octets []byte) {
		if !s.play(octets) {
			return
		}
		c.anew()
		s.observe(c, s.n)
		c.options.Brief = false
		full := verdictsOf(t, c, s)
		c.options.Brief = true
		for i, v := range verdictsOf(t, c, s) {
			if w := &full[i]; v.Judgement != w.Judgement || v.Family != w.Family || v.Path != w.Path || v.Peer != w.Peer {
				t.Errorf("brief %v %s %v, in full %v %s %v", v.Judgement, v.Family, v.Path, w.Judgement, w.Family, w.Path)
			}
		}
		if !bytes.Equal(s.octets, octets) {
			t.Error("a payload was written to")
		}
	})
}

// verdictsOf judges the flows of a scene, the sockets and the hosts, and checks what is said.
func verdictsOf(t *testing.T, c *Classifier, s *scene) []Verdict {
	j := NewJudge(c, s.flows)
	out := make([]Verdict, len(s.flows))
	of := func(i int) Judgement { return out[i].Judgement }
	for i := range s.flows {
		v := j.Verdict(i)
		if v.Judgement >= Likely && v.Family == "" || !(v.Probability >= 0 && v.Probability <= 1) {
			t.Errorf("probability %v, family %q", v.Probability, v.Family)
		}
		checkEvidence(t, s, v.Account())
		for _, n := range v.Name {
			if n.Text != "" {
				checkText(t, n.Text)
			}
		}
		out[i] = v
	}
	for _, k := range j.Sockets(of) {
		if k.P2P > k.Flows || k.Answered > k.P2P || k.Networks > k.Peers {
			t.Errorf("socket %+v", k)
		}
		checkEvidence(t, s, k.Evidence)
	}
	for _, h := range j.Hosts(of) {
		checkEvidence(t, s, h.Evidence)
	}
	return out
}

func checkEvidence(t *testing.T, s *scene, evidence []Evidence) {
	for i := range evidence {
		e := &evidence[i]
		if e.Claim == "" || math.IsNaN(e.Bits+e.Counted) || math.IsInf(e.Bits+e.Counted, 0) || len(e.Packets) > 4 {
			t.Errorf("evidence %+v", e)
		}
		for _, frame := range e.Packets {
			if frame < 1 || int(frame) > s.n {
				t.Errorf("%s: packet %d of %d", e.Claim, frame, s.n)
			}
		}
		if strings.ContainsFunc(e.Detail, func(r rune) bool { return r < ' ' || r >= 0x7f }) {
			t.Errorf("%s: detail %q", e.Claim, e.Detail)
		}
	}
}

// FuzzEachDetector lets each detector of the house alone see a scene. It must bear that, claim
// nothing that its fact sheet does not list, and claim the same in one batch and in many.
func FuzzEachDetector(f *testing.F) {
	for _, s := range sceneSeeds(f) {
		f.Add(s)
	}
	c, s, alone := New(Options{MaxWindows: 4, MaxNames: 64}, nil), newScene(), detectorsAlone()
	f.Fuzz(func(t *testing.T, octets []byte) {
		if !s.play(octets) {
			return
		}
		for i := range alone {
			d := &alone[i]
			if !d.mayCare(s) {
				continue
			}
			c.anew()
			c.detectors = d.dispatch
			s.observe(c, s.n)
			d.check(t, c)
		}
		if !bytes.Equal(s.octets, octets) {
			t.Error("a payload was written to")
		}
	})
}

// lone is one detector, ready to be the only one.
type lone struct {
	name      string
	transport int
	dispatch  *dispatch
	listed    [numClaims]bool
	opens     [256]bool // first octets of payloads that it is shown
}

// mayCare tells whether the detector is shown any payload of the scene.
func (d *lone) mayCare(s *scene) bool {
	for i, p := range s.data[:s.n] {
		if len(p) > 0 && d.opens[p[0]] && transportIndex(s.hs[i].Protocol) == d.transport {
			return true
		}
	}
	return false
}

func detectorsAlone() []lone {
	var all []lone
	for _, d := range Detectors() {
		l := lone{name: d.Name, transport: transportIndex(d.Transport), dispatch: newDispatch([]Detector{d})}
		for _, id := range d.Claims {
			l.listed[id] = true
		}
		for first := range 256 {
			l.opens[first] = d.clear != nil || d.Opens == nil || d.Opens(byte(first))
		}
		all = append(all, l)
	}
	return all
}

// check asserts that all claims of c are of the detector's sheet.
func (d *lone) check(t *testing.T, c *Classifier) {
	for i := uint32(1); i <= c.claims.used; i++ {
		if n := c.claims.at(i); !d.listed[n.id()] {
			t.Errorf("%s: %s is claimed, but its sheet does not list it", d.name, weights[n.id()].name)
		}
	}
}

// TestSceneInBatches asserts that what is claimed does not depend on how packets are dealt out to
// batches: a pipe gives them one by one, a file by the hundred.
func TestSceneInBatches(t *testing.T) {
	c, s := New(Options{Home: func(a packet.Addr) bool { return a.Is4() && a[12] == 10 }}, nil), newScene()
	for n, seed := range sceneSeeds(t) {
		if !s.play(seed) {
			continue
		}
		var told [2][]string
		for i, size := range []int{1, s.n} {
			c.anew()
			s.observe(c, size)
			for k, f := range s.flows {
				if f.State != 0 {
					told[i] = append(told[i], fmt.Sprint(k, claimsIn(c, f.State)))
				}
			}
		}
		if !slices.Equal(told[0], told[1]) {
			t.Errorf("scene %d: one by one %v, in one batch %v", n, told[0], told[1])
		}
	}
}
