package classify

import (
	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// dues are the payloads of a batch that are to be observed, by their number in it. What is kept
// of their flows is touched before the first is observed, one kind after the other, so that the
// cache misses of a batch overlap.
type dues struct {
	numbers [flow.BatchSize]uint16
	states  [flow.BatchSize]*state // of flows that have one
	touched uint32                 // so that what is read only to be read is not left out
}

// due lists those of a batch. The result is valid until the next call.
func (c *Classifier) due(entries []flow.Entry, hs []packet.Headers) []uint16 {
	d, n := &c.dues, 0
	for i := range entries {
		f, h := entries[i].Flow, &hs[i]
		if f == nil || h.PayloadOctets == 0 || h.Flags&packet.LaterFragment != 0 || f.Decided() {
			continue
		}
		d.numbers[n], d.states[n] = uint16(i), nil
		if f.State != 0 {
			d.states[n] = c.states.at(f.State & stateMask)
		}
		n++
	}
	kept, touched := 0, uint32(0)
	for k, s := range d.states[:n] {
		if s != nil && s.done && !s.cut {
			entries[d.numbers[k]].Flow.SetDecided()
			continue
		}
		d.numbers[kept], d.states[kept] = d.numbers[k], s
		kept++
	}
	for _, s := range d.states[:kept] {
		if s != nil && s.window != 0 {
			touched += c.windows.at(s.window).n
			touched += c.claims.at(s.claims).a
		}
	}
	for _, s := range d.states[:kept] {
		if s != nil && s.window != 0 {
			w := c.windows.at(s.window)
			touched += uint32(w.digests[w.n%windowLength].ones) // its last octets: the next one's, too
		}
	}
	d.touched += touched
	return d.numbers[:kept]
}
