package classify

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// Two-way datagrams of random octets between strangers, each pair on ports of its own, prove
// nothing: a tunnel to one server looks the same.
func TestNoiseBetweenStrangersIsNoPeer(t *testing.T) {
	const flows, turns = 20_000, 6
	r := rand.New(rand.NewPCG(5, 8))
	home := packet.AddrFrom(netip.MustParseAddr("192.168.1.5"))
	c := New(Options{Home: func(a packet.Addr) bool { return a == home }, Brief: true}, nil)
	table := flow.NewTable(flow.Options{}, nil)
	var frame uint32
	for range flows {
		near := packet.Headers{Src: home, Protocol: packet.UDP, SrcPort: uint16(1024 + r.IntN(60000)), DstPort: uint16(1024 + r.IntN(60000))}
		near.Dst = packet.AddrFrom(netip.AddrFrom4([4]byte{byte(11 + r.IntN(80)), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}))
		far := near
		far.Src, far.Dst, far.SrcPort, far.DstPort = near.Dst, near.Src, near.DstPort, near.SrcPort
		for turn := range turns {
			h := [...]packet.Headers{near, far}[turn%2]
			payload := make([]byte, 20+r.IntN(1200))
			for i := range payload {
				payload[i] = byte(r.Uint32())
			}
			h.PayloadOctets, h.PayloadCaptured = int32(len(payload)), int32(len(payload))
			frame++
			var into [1]flow.Entry
			ts := []int64{int64(frame) * 1e6}
			table.Update(ts, []uint32{frame}, []packet.Headers{h}, into[:])
			c.Observe(into[:], ts, []uint32{frame}, []packet.Headers{h}, [][]byte{payload})
		}
	}
	all := table.InOrder()
	j := NewJudge(c, all)
	wrong := map[string]int{}
	n := 0
	for i := range all {
		if v := j.Verdict(i); v.Judgement == P2P {
			n++
			wrong[v.Account()[0].Claim+" "+v.Account()[1].Claim]++
		}
	}
	if n > flows/5000 { // lengths that fit a handshake do occur by chance
		t.Errorf("%d of %d flows judged p2p: %v", n, len(all), wrong)
	}
}
