package classify

import (
	"flag"
	"fmt"
	"math/rand"
	"testing"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// observationOf is one payload in the sight of a fresh flow to port.
func observationOf(over packet.Protocol, port uint16, payload string) *Observation {
	f := &flow.Flow{Key: flow.Key{Protocol: over, Port: [2]uint16{50000, port}}}
	return &Observation{Flow: f, Payload: []byte(payload), Length: len(payload)}
}

// sampleOf returns a payload that r recognises, and whether there is one.
func sampleOf(r *clearRow, over packet.Protocol) (sample, bool) {
	for _, s := range clearSamples {
		if s.service == r.service && s.over == over {
			if o := observationOf(over, s.port, s.payload); r.onPort(o) && r.built(o) {
				return s, true
			}
		}
	}
	port := uint16(0)
	if r.ports != nil {
		port = r.ports[0]
	}
	for _, text := range rowText {
		s := sample{r.service, over, port, string(make([]byte, r.at)) + r.opens + text}
		if o := observationOf(over, port, s.payload); r.built(o) {
			return s, true
		}
	}
	return sample{}, false
}

// TestClearRows asserts of every row: a message of its protocol is recognised, under its name;
// on another port it is not, if the row wants one; it bears truncation; and enough of its bits
// are fixed that noise does not pass.
func TestClearRows(t *testing.T) {
	for _, table := range clearFamilies {
		for i := range table.rows {
			r := &table.rows[i]
			t.Run(fmt.Sprintf("%s/%s/%d", table.name, r.service, i), func(t *testing.T) {
				s, ok := sampleOf(r, table.transport)
				if !ok {
					t.Fatalf("no sample is recognised by the row %q at %d", r.opens, r.at)
				}
				if r.ports != nil && r.onPort(observationOf(table.transport, 50001, s.payload)) {
					t.Error("the row's port is not asked for")
				}
				for n := range s.payload {
					o := observationOf(table.transport, s.port, s.payload[:n])
					if n > 0 && r.built(o) && n < r.bound {
						t.Errorf("%d octets are enough, %d are wanted", n, r.bound)
					}
					o.Length = len(s.payload) // cut by the snap length
					r.built(o)
				}
				want := 22
				switch {
				case r.twice:
					want = 9
				case r.ports != nil:
					want = 12
				}
				if got := fixedBits(r, table.transport, s); got < want {
					t.Errorf("%d bits of the sample are fixed, want %d: noise passes", got, want)
				}
			})
		}
	}
}

// fixedBits counts the bits of a sample that may not be other than they are, one by one; a
// length in clear adds those of the field.
func fixedBits(r *clearRow, over packet.Protocol, s sample) int {
	n := 0
	p := []byte(s.payload)
	for i := range min(len(p), 1400) {
		for bit := range 8 {
			p[i] ^= 1 << bit
			if !r.built(observationOf(over, s.port, string(p))) {
				n++
			}
			p[i] ^= 1 << bit
		}
	}
	return n
}

// TestClearSamples asserts that each sample gives its service when all detectors hear it.
func TestClearSamples(t *testing.T) {
	for _, s := range clearSamples {
		t.Run(s.service, func(t *testing.T) {
			port := s.port
			if port == 0 {
				port = 50001
			}
			k := newTalk(s.over, [2]uint16{50000, port})
			k.say(0, []byte(s.payload))
			k.say(0, []byte(s.payload)) // what one payload but hints at, two tell
			if got := k.verdict().Service; got != s.service {
				t.Errorf("%q on port %d is %q, claims %v", s.payload[:min(len(s.payload), 24)], port, got, k.claims())
			}
		})
	}
}

// TestClearNearMisses asserts that a message whose opening octets are wrong in one bit is not
// recognised by its row.
func TestClearNearMisses(t *testing.T) {
	for _, table := range clearFamilies {
		for i := range table.rows {
			r := &table.rows[i]
			s, ok := sampleOf(r, table.transport)
			if !ok {
				continue // TestClearRows fails of it
			}
			p := []byte(s.payload)
			for at := range r.opens {
				for bit := range 8 {
					if r.mask != "" && r.mask[at]>>bit&1 == 0 {
						continue
					}
					p[r.at+at] ^= 1 << bit
					if r.built(observationOf(table.transport, s.port, string(p))) {
						t.Errorf("%s: bit %d of octet %d of %q may be wrong", r.service, bit, at, r.opens)
					}
					p[r.at+at] ^= 1 << bit
				}
			}
		}
	}
}

// TestClearAllocations asserts that no table allocates on any sample, nor on noise.
func TestClearAllocations(t *testing.T) {
	for _, table := range clearFamilies {
		d := table.detector
		for _, s := range clearSamples {
			if s.over == table.transport {
				checkNoAllocs(t, d, [2]uint16{50000, s.port}, []turn{{dir: 0, payload: []byte(s.payload)}})
			}
		}
		checkNoAllocs(t, d, [2]uint16{50000, 50001}, []turn{{dir: 0, payload: noiseOf(1, 400)}, {dir: 1, payload: noiseOf(2, 90)}})
	}
}

var noisePayloads = flag.Int("noise", 100_000, "how many random payloads TestClearNoise feeds; the rates of docs/accuracy.md are of 1,000,000")

// TestClearNoise feeds random payloads of 8 to 600 octets to every row as if on its port, and to
// every other detector of clear protocols, and asserts that each accepts fewer than one in
// 2^16: rows that want to match twice by the square of their rate.
func TestClearNoise(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	n := *noisePayloads
	accepted := map[string]int{}
	buffer := make([]byte, 600)
	for range n {
		p := buffer[:8+random.Intn(593)]
		random.Read(p)
		for _, table := range clearFamilies {
			for i := range table.rows {
				r := &table.rows[i]
				port := uint16(0)
				if r.ports != nil {
					port = r.ports[0]
				}
				o := noiseObservation
				o.Flow.Key.Protocol, o.Flow.Key.Port[1] = table.transport, port
				o.Payload, o.Length = p, len(p)
				if r.built(o) {
					accepted[fmt.Sprintf("%s/%s/%d", table.name, r.service, i)]++
				}
			}
		}
	}
	most := max(n>>16, 1)
	total := 0
	for _, table := range clearFamilies {
		for i := range table.rows {
			r := &table.rows[i]
			name := fmt.Sprintf("%s/%s/%d", table.name, r.service, i)
			got := accepted[name]
			if got == 0 {
				continue
			}
			limit := most
			if r.twice {
				limit = n >> 8
			}
			t.Logf("%-40s %d of %d (ports %v, twice %v)", name, got, n, r.ports, r.twice)
			if r.ports == nil && !r.twice {
				total += got
			}
			if got > limit {
				t.Errorf("%s accepts %d of %d random payloads", name, got, n)
			}
		}
	}
	t.Logf("rows without a port: %d of %d payloads in all", total, n)
}

var noiseObservation = observationOf(packet.UDP, 0, "")

// BenchmarkClearNoise is what all detectors of clear protocols cost on a payload of a flow that
// they know nothing of, as floods have them.
func BenchmarkClearNoise(b *testing.B) {
	for _, over := range []struct {
		name string
		packet.Protocol
	}{{"udp", packet.UDP}, {"tcp", packet.TCP}} {
		b.Run(over.name, func(b *testing.B) {
			k := newTalkOf(over.Protocol, [2]uint16{50000, 50001}, nil)
			k.say(0, noiseOf(1, 50))
			c := New(Options{}, clearProtocols())
			payloads := make([][]byte, 256)
			for i := range payloads {
				payloads[i] = noiseOf(int64(i), 18+i)
			}
			o := Observation{
				Flow: k.flow, state: k.classifier.states.at(k.flow.State), window: k.classifier.windows.at(k.classifier.states.at(k.flow.State).window),
				classifier: k.classifier,
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				p := payloads[i%len(payloads)]
				o.Payload, o.Length = p, len(p)
				c.detectors.show(&o)
			}
		})
	}
}
