package store

import (
	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
	"peeratlas/report"
)

// mostTallies bounds the sums that are held until they are written, about 200 octets each: a scan or
// a flood of forged sources has a host a packet.
const mostTallies = 1 << 15

// tallyKey is what a Total is the sum of.
type tallyKey struct {
	interval                       int64
	host, country, verdict, family string
}

// tally sums up flows that are not kept whole. One goroutine uses it.
type tally struct {
	sums map[tallyKey]*Sums
}

// add counts a flow. Where there is no room for its host it counts for host "" and that country, and
// where there is none for that either, for none: a few sums an interval then. It tells whether it was
// counted.
func (t *tally) add(r *report.Record) bool {
	f := &r.Flow
	near, s := homeEnd(r), sumsOf(r)
	k := tallyKey{interval: intervalOf(f.Start), country: r.RowOf(1 - near), verdict: r.Verdict.Judgement.String(), family: r.Verdict.Service}
	if r.Home[near] {
		k.host = f.Key.Addr[near].Netip().String()
	}
	if t.sums == nil {
		t.sums = map[tallyKey]*Sums{}
	}
	held := t.sums[k]
	for range 2 {
		if held != nil || len(t.sums) < mostTallies {
			break
		}
		if k.host = ""; t.sums[k] == nil {
			k.country, k.family = "", ""
		}
		held = t.sums[k]
	}
	if held == nil {
		if len(t.sums) >= 2*mostTallies {
			return false
		}
		held = new(Sums)
		t.sums[k] = held
	}
	held.add(&s)
	return true
}

// full tells whether it is time to write.
func (t *tally) full() bool { return len(t.sums) >= mostTallies }

// homeEnd is the end inside the home networks; of two, or of none, the one that began.
func homeEnd(r *report.Record) int {
	near := int(r.Flow.Initiator & 1)
	if !r.Home[near] && r.Home[1-near] {
		near = 1 - near
	}
	return near
}

func sumsOf(r *report.Record) Sums {
	f := &r.Flow
	near := flow.Direction(homeEnd(r))
	s := Sums{Flows: 1, Packets: uint64(f.Packets[0]) + uint64(f.Packets[1]), Out: f.Octets(near), In: f.Octets(1 - near), First: f.Start, Last: f.End}
	if f.Key.Protocol == packet.TCP && f.Payloads[0]+f.Payloads[1] > 0 {
		s.TCP = 1
		if f.Packets[0] == 0 || f.Packets[1] == 0 {
			s.OneWay = 1
		}
	}
	return s
}

// take returns the sums and begins anew.
func (t *tally) take(run int64) []Total {
	out := make([]Total, 0, len(t.sums))
	for k, s := range t.sums {
		out = append(out, Total{run, k.interval, k.host, k.country, k.verdict, k.family, *s})
	}
	clear(t.sums)
	return out
}
