package classify

import (
	"math/rand"
	"testing"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// floodFlows is how many flows a flood has: as many as keep the test below ten seconds.
const floodFlows = 200_000

// flood feeds one packet a flow through a classifier with all detectors, and judges all flows
// together. make fills the headers of packet n and returns its payload.
func flood(t *testing.T, flows int, packet_ func(random *rand.Rand, n int, h *packet.Headers) []byte) map[Judgement]int {
	t.Helper()
	home := func(a packet.Addr) bool { return a.Is4() && a[12] == 10 }
	c := New(Options{Home: home}, nil)
	table := flow.NewTable(flow.Options{MaxFlows: flows + 1}, nil)
	random := rand.New(rand.NewSource(7))
	hs := make([]packet.Headers, flow.BatchSize)
	ts, frames := make([]int64, flow.BatchSize), make([]uint32, flow.BatchSize)
	data, into := make([][]byte, flow.BatchSize), make([]flow.Entry, flow.BatchSize)
	for n := 0; n < flows; {
		size := min(flow.BatchSize, flows-n)
		for i := range size {
			hs[i] = packet.Headers{}
			data[i] = packet_(random, n, &hs[i])
			hs[i].PayloadCaptured, hs[i].PayloadOctets = int32(len(data[i])), int32(len(data[i]))
			hs[i].Octets = uint32(40 + len(data[i]))
			ts[i], frames[i] = 1_500_000_000e9+int64(n)*20_000, uint32(n+1) // 50,000 a second
			n++
		}
		table.Update(ts[:size], frames[:size], hs[:size], into[:size])
		c.Observe(into[:size], ts[:size], frames[:size], hs[:size], data[:size])
	}
	return judged(t, NewJudge(c, table.InOrder()), table.InOrder())
}

// judged counts the judgements of all flows, and reports those that are peer-to-peer.
func judged(t *testing.T, j *Judge, flows []*flow.Flow) map[Judgement]int {
	t.Helper()
	count := map[Judgement]int{}
	for i := range flows {
		v := j.Verdict(i)
		if count[v.Judgement]++; v.Judgement == P2P && count[P2P] < 4 {
			t.Errorf("%v: %s %v", flows[i].Key, v.Family, v.Account())
		}
	}
	return count
}

// stranger is a random public IPv4 address.
func stranger(random *rand.Rand) packet.Addr {
	a := packet.Addr{10: 0xff, 11: 0xff}
	a[12] = byte(11 + random.Intn(160))
	random.Read(a[13:])
	return a
}

// resident is one of 50 home addresses.
func resident(random *rand.Rand) packet.Addr {
	return packet.Addr{10: 0xff, 11: 0xff, 12: 10, 15: byte(1 + random.Intn(50))}
}

// TestFloods asserts the golden rule: floods of packets that anybody can forge make no peer.
func TestFloods(t *testing.T) {
	flows := floodFlows
	if testing.Short() {
		flows /= 10
	}
	noisePayload := func(random *rand.Rand, least, most int) []byte {
		p := make([]byte, least+random.Intn(most-least))
		random.Read(p)
		return p
	}
	rows := []struct {
		name string
		make func(random *rand.Rand, n int, h *packet.Headers) []byte
	}{
		{"random UDP to random ports", func(random *rand.Rand, n int, h *packet.Headers) []byte {
			h.Protocol, h.Src, h.Dst = packet.UDP, stranger(random), resident(random)
			h.SrcPort, h.DstPort = uint16(random.Intn(65536)), uint16(random.Intn(65536))
			return noisePayload(random, 1, 64)
		}},
		{"random UDP, long", func(random *rand.Rand, n int, h *packet.Headers) []byte {
			h.Protocol, h.Src, h.Dst = packet.UDP, stranger(random), resident(random)
			h.SrcPort, h.DstPort = uint16(random.Intn(65536)), uint16(random.Intn(65536))
			return noisePayload(random, 18, 400)
		}},
		{"random UDP to one port of each host", func(random *rand.Rand, n int, h *packet.Headers) []byte {
			h.Protocol, h.Src, h.Dst = packet.UDP, stranger(random), resident(random)
			h.SrcPort, h.DstPort = uint16(random.Intn(65536)), 40000
			return noisePayload(random, 18, 140)
		}},
		{"spoofed SYNs", func(random *rand.Rand, n int, h *packet.Headers) []byte {
			h.Protocol, h.Src, h.Dst = packet.TCP, stranger(random), resident(random)
			h.SrcPort, h.DstPort, h.TCPFlags = uint16(random.Intn(65536)), uint16(random.Intn(65536)), packet.SYN
			return nil
		}},
		{"spoofed SYNs with noise", func(random *rand.Rand, n int, h *packet.Headers) []byte {
			h.Protocol, h.Src, h.Dst = packet.TCP, stranger(random), resident(random)
			h.SrcPort, h.DstPort, h.TCPFlags = uint16(1024+random.Intn(64000)), uint16(1024+random.Intn(64000)), packet.SYN
			return noisePayload(random, 18, 700)
		}},
		{"function octet of Skype", func(random *rand.Rand, n int, h *packet.Headers) []byte {
			h.Protocol, h.Src, h.Dst = packet.UDP, stranger(random), resident(random)
			h.SrcPort, h.DstPort = uint16(1024+random.Intn(64000)), 40000
			p := noisePayload(random, 18, 38)
			p[2] = 2
			return p
		}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			count := flood(t, flows, r.make)
			if count[P2P] != 0 {
				t.Errorf("%d of %d flows are called peer-to-peer", count[P2P], flows)
			}
			t.Logf("likely %d, other %d, unknown %d", count[Likely], count[Other], count[Unknown])
		})
	}
}
