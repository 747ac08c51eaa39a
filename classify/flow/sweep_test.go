package flow

import (
	"testing"

	"peeratlas/capture/packet"
)

// TestSweep compares a table that is swept now and then with its slow twin: what is left of a flow
// that was forgotten is a flow of its own, and all others go on.
func TestSweep(t *testing.T) {
	ts, hs := traffic(20_000, 3)
	table := NewTable(Options{}, nil)
	type seen struct{ packets, flows int }
	swept, whole := seen{}, seen{}
	count := func(f *Flow) {
		swept.packets += int(f.Packets[0] + f.Packets[1])
		swept.flows++
	}
	into := make([]Entry, BatchSize)
	for at := 0; at < len(hs); at += BatchSize {
		end := min(at+BatchSize, len(hs))
		frames := make([]uint32, end-at)
		for i := range frames {
			frames[i] = uint32(at+i) - 5000 // they begin anew
		}
		table.Update(ts[at:end], frames, hs[at:end], into[:end-at])
		for i, e := range into[:end-at] {
			if k, _ := KeyOf(&hs[at+i]); e.Flow == nil || e.Flow.Key != k {
				t.Fatalf("packet %d is in another flow", at+i)
			}
		}
		n := 0
		table.Sweep(func(f *Flow) bool {
			if n++; n%3 != 0 {
				return true
			}
			count(f)
			return false
		})
		if want := n - n/3; table.Len() != want {
			t.Fatalf("%d flows are left of %d", table.Len(), n)
		}
		order := table.InOrder()
		if len(order) != table.Len() {
			t.Fatalf("%d of %d flows in order", len(order), table.Len())
		}
		for i, f := range order[min(1, len(order)):] {
			if int32(f.FirstFrame-order[i].FirstFrame) <= 0 {
				t.Fatalf("flow %d comes behind %d", f.FirstFrame, order[i].FirstFrame)
			}
		}
	}
	table.Sweep(func(f *Flow) bool { count(f); return false })
	if table.Len() != 0 || table.slots.used != 0 || swept.packets != len(hs) {
		t.Errorf("%d flows and %d slots are left; %d packets of %d", table.Len(), table.slots.used, swept.packets, len(hs))
	}
	slow := slowTable{idle: DefaultIdleTimeout, live: map[Key]*Flow{}}
	for i := range hs {
		slow.add(ts[i], uint32(i), &hs[i])
	}
	if whole.flows = len(slow.flows); swept.flows < whole.flows {
		t.Errorf("%d flows, without sweeping %d", swept.flows, whole.flows)
	}
}

// A flow that its owner ended is not gone on with, and what comes later begins another.
func TestOwnerEndsFlow(t *testing.T) {
	table := NewTable(Options{}, nil)
	h := packet.Headers{Src: packet.Addr{15: 1}, Dst: packet.Addr{15: 2}, SrcPort: 1, DstPort: 2, Protocol: packet.UDP}
	first := feed(table, []int64{1}, []packet.Headers{h}, 1)[0].Flow
	first.EndReason = IdleTimeout
	first.SetWritten()
	second := feed(table, []int64{2}, []packet.Headers{h}, 1)[0]
	if second.Flow == first || !second.New || second.Flow.Written() || table.Len() != 2 || !first.Written() || first.VLAN() != 0 {
		t.Errorf("%+v goes on in %+v", first, second)
	}
}
