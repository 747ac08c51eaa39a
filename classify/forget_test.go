package classify

import (
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// The pieces of a flow that an active timeout cut share their claims: forgetting one piece must
// not take them from another that is still held.
func TestForgetKeepsSharedState(t *testing.T) {
	c := New(Options{}, nil)
	table := flow.NewTable(flow.Options{ActiveTimeout: 60e9}, nil)
	h := packet.Headers{Src: packet.AddrFrom(netip.MustParseAddr("10.0.0.1")), Dst: packet.AddrFrom(netip.MustParseAddr("192.0.2.1")),
		SrcPort: 5000, DstPort: 6000, Protocol: packet.UDP}
	payload := make([]byte, 148)
	payload[0] = 1 // a WireGuard initiation
	h.PayloadOctets, h.PayloadCaptured = 148, 148
	var pieces []*flow.Flow
	for i, ts := range []int64{1e9, 100e9} {
		var into [1]flow.Entry
		frames := []uint32{uint32(i + 1)}
		table.Update([]int64{ts}, frames, []packet.Headers{h}, into[:])
		c.Observe(into[:], []int64{ts}, frames, []packet.Headers{h}, [][]byte{payload})
		pieces = append(pieces, into[0].Flow)
	}
	if pieces[0] == pieces[1] || pieces[0].State != pieces[1].State || pieces[0].State == 0 {
		t.Fatalf("the active timeout did not cut one flow into two with one state: %+v", pieces)
	}
	c.Forget(pieces[1])
	if c.find(c.states.at(pieces[0].State), claimWireGuardInitiation) == nil {
		t.Error("the first piece lost its claims")
	}
}
