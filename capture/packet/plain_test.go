package packet

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// sameAsLayers compares plain, if it takes the frame, with the layers one by one.
func sameAsLayers(t *testing.T, frame []byte, original int) (taken bool) {
	t.Helper()
	var fast, slow Headers
	if !plain(frame, &fast) {
		return false
	}
	if o := NewDecoder().layers(LinkEthernet, frame, original, &slow); o != OK || fast != slow {
		t.Fatalf("frame %x of %d octets:\n plain %+v\nlayers %+v, %v", frame, original, fast, slow, o)
	}
	return true
}

// Whatever plain takes, at any length and with any octet of its headers changed, the layers
// find the same in.
func TestPlainIsDecoded(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	taken := 0
	for _, row := range rows() {
		if row.link != LinkEthernet {
			continue
		}
		_, frame, wire := row.prepare(t)
		for n := range len(frame) + 1 {
			if sameAsLayers(t, frame[:n], wire) {
				taken++
			}
		}
		for range 2000 {
			m := slices.Clone(frame)
			for range 1 + r.IntN(3) {
				if len(m) > 0 {
					m[r.IntN(min(len(m), 64))] = byte(r.Uint32())
				}
			}
			if sameAsLayers(t, m, max(wire, len(m))) {
				taken++
			}
		}
	}
	if taken < 10_000 {
		t.Errorf("plain took %d frames: too few to tell", taken)
	}
}

// The same of every frame of the corpus.
func TestCorpusPlain(t *testing.T) {
	taken, all := 0, 0
	for _, path := range corpus(t) {
		eachPacket(t, path, func(_ int, link LinkType, frame []byte, original int) {
			if all++; link == LinkEthernet && sameAsLayers(t, frame, original) {
				taken++
			}
		})
	}
	t.Logf("%d of %d frames are plain", taken, all)
}
