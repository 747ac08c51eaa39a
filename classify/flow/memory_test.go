package flow

import (
	"fmt"
	"runtime"
	"testing"

	"peeratlas/capture/packet"
)

// What a table costs grows with its flows: 96 octets each and at most 25.6 of slots, which
// while they double are there twice.
func TestMemoryOfFlows(t *testing.T) {
	for _, flows := range []int{1_000, 100_000, 1_000_000} {
		if flows > 100_000 && testing.Short() {
			continue
		}
		t.Run(fmt.Sprint(flows), func(t *testing.T) {
			held := func() uint64 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				return m.HeapAlloc
			}
			before := held()
			var all, after runtime.MemStats
			runtime.ReadMemStats(&all)
			table := NewTable(Options{MaxFlows: flows}, nil)
			fill(table, flows)
			runtime.ReadMemStats(&after)
			got := held() - before
			ever := after.TotalAlloc - all.TotalAlloc
			t.Logf("%.1f octets a flow held, %.1f ever allocated", float64(got)/float64(flows), float64(ever)/float64(flows))
			const room = chunkSize*96 + 40<<10 // a chunk not yet full, the table itself
			if got > uint64(flows)*123+room {
				t.Errorf("%d octets for %d flows", got, flows)
			}
			if ever > uint64(flows)*149+2*room {
				t.Errorf("%d octets ever allocated for %d flows", ever, flows)
			}
			runtime.KeepAlive(table)
		})
	}
}

// fill makes n flows of one packet each.
func fill(table *Table, n int) {
	var hs [BatchSize]packet.Headers
	var ts [BatchSize]int64
	var frames [BatchSize]uint32
	var into [BatchSize]Entry
	for at := 0; at < n; at += BatchSize {
		k := min(BatchSize, n-at)
		for i := range k {
			h := &hs[i]
			*h = packet.Headers{SrcPort: uint16(at + i), DstPort: 443, Protocol: packet.UDP, Octets: 100}
			h.Src[10], h.Src[11], h.Src[13], h.Src[14] = 0xff, 0xff, byte((at+i)>>16), byte((at+i)>>24)
			h.Dst[10], h.Dst[11], h.Dst[12] = 0xff, 0xff, 198
		}
		table.Update(ts[:k], frames[:k], hs[:k], into[:k])
	}
}
