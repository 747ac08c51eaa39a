package classify

import (
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
)

// TestGateConditions asserts of each condition that it lets pass what fulfils it and nothing else.
func TestGateConditions(t *testing.T) {
	for name, row := range map[string]struct {
		gate Gate
		want string // by payload of the conversation below
	}{
		"none":      {Gate{}, "111111"},
		"opens":     {Gate{Opens: opens(2)}, "010110"},
		"octets":    {Gate{Octets: []octetGate{octet(0, 1, 3), octet(3, 9)}}, "001000"},
		"length":    {Gate{Length: between(3, 4)}, "101101"},
		"least":     {Gate{Least: 4}, "011100"},
		"first":     {Gate{First: true}, "110000"},
		"within":    {Gate{Within: 3}, "111000"},
		"after":     {Gate{After: 3}, "000111"},
		"initiator": {Gate{Initiator: true}, "101011"},
		"responder": {Gate{Responder: true}, "010100"},
		"answers":   {Gate{Answers: true}, "011110"},
		"echoes":    {Gate{Echoes: true}, "000010"},
		"slow":      {Gate{Slow: true}, "000001"},
		"ports":     {Gate{Ports: []uint16{7, 40001}}, "111111"},
		"no port":   {Gate{Ports: []uint16{7}}, "000000"},
		"follows":   {Gate{Follows: []ClaimID{claimClear}}, "000000"},
		"joins":     {Gate{Joins: true}, "000000"},
	} {
		asked := make([]byte, 0, 6)
		d := Detector{Name: "probe", Transport: packet.UDP, Gates: []Gate{row.gate}, Detect: func(o *Observation) { asked[o.Number()] = '1' }}
		s := newStageOf([]Detector{d})
		k := s.talk(packet.UDP, netip.AddrPortFrom(homeEnd, 40000), netip.AddrPortFrom(farEnd, 40001))
		for i, u := range []turn{
			{0, []byte{1, 1, 1}, 0}, {1, []byte{2, 1, 1, 1, 1}, 0}, {0, []byte{3, 1, 1, 9}, 0},
			{1, []byte{2, 1, 1, 1}, 0}, {0, []byte{2}, 0}, {0, []byte{1, 1, 1}, 0},
		} {
			if asked = append(asked, '0'); i == 5 {
				k.wait(20e9)
			}
			k.turn(u)
		}
		if string(asked) != row.want {
			t.Errorf("%s: asked %s, want %s", name, asked, row.want)
		}
	}
}
