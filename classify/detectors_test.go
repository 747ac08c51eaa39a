package classify

import (
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// FuzzDetectors cuts octets into the payloads of one conversation and lets every detector see
// them: none may panic, whatever the octets, and the judgement must come through.
//
// The first octet chooses the transport (bit 0). Then each payload has an octet of direction
// (bit 0) and snap (bit 1: the packet was 100 octets longer on the wire), an octet of length,
// and its octets.
func FuzzDetectors(f *testing.F) {
	f.Add([]byte{0, 0, 20, 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	f.Add([]byte{1, 0, 5, 0x16, 3, 1, 0, 0})
	f.Add([]byte{0, 1, 13, 0x16, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{0, 2, 12, 0x80, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 0, 12, 0x80, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, octets []byte) {
		if len(octets) < 1 {
			return
		}
		transport := packet.UDP
		if octets[0]&1 == 1 {
			transport = packet.TCP
		}
		var turns []turn
		for p := octets[1:]; len(p) >= 2; {
			n := min(int(p[1]), len(p)-2)
			u := turn{dir: int(p[0] & 1), payload: p[2 : 2+n]}
			if p[0]&2 != 0 {
				u.length = n + 100
			}
			if n > 0 {
				turns = append(turns, u)
			}
			p = p[2+n:]
		}
		s := newStage()
		fl := s.play(transport, netip.AddrPortFrom(homeEnd, 40000), netip.AddrPortFrom(farEnd, 40001), turns)
		if fl == nil {
			return
		}
		v := NewJudge(s.classifier, []*flow.Flow{fl}).Verdict(0)
		if v.Probability < 0 || v.Probability > 1 {
			t.Errorf("probability %v", v.Probability)
		}
	})
}

// TestDetectorsAreWhole asserts that every detector is a fact sheet.
func TestDetectorsAreWhole(t *testing.T) {
	names := map[string]bool{}
	for _, d := range Detectors() {
		t.Run(d.Name, func(t *testing.T) {
			if d.Name == "" || d.Detect == nil || d.Proves == "" || len(d.References) == 0 {
				t.Error("name, function, references or what it proves is missing")
			}
			key := d.Name
			if d.Transport == packet.TCP {
				key += "/tcp"
			}
			if names[key] {
				t.Errorf("two detectors are called %s", key)
			}
			names[key] = true
			for _, id := range d.Claims {
				if id == noClaim || id >= numClaims || weights[id].name == "" {
					t.Errorf("claim %d has no weight", id)
				}
			}
		})
	}
}
