package capture

import (
	"io"
	"math"
	"os"
	"slices"
)

const (
	// arenaSize bounds the octets that pcapgo reads for one batch, and with it the memory
	// of a reader: 256 packets of 7 KiB fit.
	arenaSize = 2 << 20

	// arenaFirst is what a reader starts with: most captures never need more.
	arenaFirst = 64 << 10
)

// ReadBatch fills dst with the next packets and returns how many. Use these n packets
// before looking at the error. The end is io.EOF; after Close it is os.ErrClosed; there is
// no other: what cannot be read is counted in Stats, and reading goes on behind it.
//
// Data of the packets is valid until the next ReadBatch but one: a batch may be looked at while the
// next is read. A batch is shorter than dst if the
// packets are large, or if a pipe has no more for now: it waits for the first packet only.
func (f *Files) ReadBatch(dst []Packet) (n int, err error) {
	if f.closed {
		return 0, os.ErrClosed
	}
	f.batch++
	f.arena, f.other, f.used = f.other, f.arena, 0
	for n < len(dst) {
		in, wait := f.earliest(n > 0)
		if wait || in != nil && in.lent && f.used > arenaSize-MaxCaptured {
			return n, nil
		}
		if in == nil {
			return n, io.EOF
		}
		from := n
		f.take(in, &dst[n])
		n++
		n += f.run(in, dst[n:])
		in.tally.count(dst[from:n])
	}
	return n, nil
}

// take delivers the head of in. What pcapgo has read is copied into the arena, since pcapgo
// overwrites it with the input's next packet; what lies in the window stays there.
func (f *Files) take(in *input, p *Packet) {
	*p = in.head
	in.spent = true
	if !in.lent {
		in.stage.win.lend()
		return
	}
	end := f.used + len(p.Data)
	if end > len(f.arena) {
		// Packets of this batch stay valid in the old arena.
		f.arena = make([]byte, min(max(2*len(f.arena), arenaFirst, len(p.Data)), arenaSize))
		f.used, end = 0, len(p.Data)
	}
	p.Data = f.arena[f.used:end:end]
	copy(p.Data, in.head.Data)
	f.used = end
}

// run delivers what follows the head of in, as far as it is in memory and due.
func (f *Files) run(in *input, dst []Packet) int {
	n := in.run(dst, f.until(in))
	if n > 0 {
		in.stage.win.lend()
	}
	return n
}

// until is the latest time at which a packet of in, the earliest, comes before all others.
func (f *Files) until(in *input) int64 {
	last := int64(math.MaxInt64)
	for i := 1; i <= 2 && i < len(f.open); i++ {
		at := f.open[i].head.Timestamp
		if f.open[i].order < in.order {
			at-- // of equal times the other comes first
		}
		last = min(last, at)
	}
	if len(f.pending) > 0 {
		last = min(last, f.pending[0].first-1)
	}
	return last
}

// earliest returns the input whose head is due; nil is the end of all. With hurry,
// wait tells that the batch is to be used first: a pipe would make it wait, or the room
// that is needed for more is lent to it.
func (f *Files) earliest(hurry bool) (in *input, wait bool) {
	for len(f.open) > 0 && f.open[0].spent {
		in := f.open[0]
		if !in.soon() {
			if hurry && !in.ready() {
				return nil, true
			}
			s := in.stage
			if !in.next() {
				f.stages = append(f.stages, s)
				f.pop()
				continue
			}
		}
		f.down()
	}
	for len(f.pending) > 0 && (len(f.open) == 0 || f.pending[0].first <= f.open[0].head.Timestamp) {
		if n := len(f.stages); hurry && n > 0 && f.stages[n-1].win.stuck() {
			return nil, true
		}
		in := f.pending[0]
		f.pending = f.pending[1:]
		f.reopen(in)
	}
	if len(f.open) == 0 {
		return nil, false
	}
	return f.open[0], false
}

// reopen opens a file whose first packet is due. It was good when Open looked at it:
// what is wrong now is a loss, so that hours of other files are not thrown away.
func (f *Files) reopen(in *input) {
	s, err := f.stage()
	if err != nil {
		in.lose(LostRead, err)
		return
	}
	if err := in.open(s); err != nil {
		in.lose(LostRead, err)
	} else if in.next() {
		f.push(in)
		return
	}
	f.stages = append(f.stages, s)
}

// due tells whether a's packet comes before b's.
func due(a, b *input) bool {
	if a.head.Timestamp != b.head.Timestamp {
		return a.head.Timestamp < b.head.Timestamp
	}
	return a.order < b.order
}

// push adds an input to the heap.
func (f *Files) push(in *input) {
	f.open = append(f.open, in)
	for i := len(f.open) - 1; i > 0; {
		parent := (i - 1) / 2
		if !due(f.open[i], f.open[parent]) {
			return
		}
		f.open[i], f.open[parent] = f.open[parent], f.open[i]
		i = parent
	}
}

// pop removes the input at the top.
func (f *Files) pop() {
	last := len(f.open) - 1
	f.open[0] = f.open[last]
	f.open[last] = nil
	f.open = f.open[:last]
	f.down()
}

// down puts the top in its place.
func (f *Files) down() {
	for i := 0; ; {
		first := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(f.open); child++ {
			if due(f.open[child], f.open[first]) {
				first = child
			}
		}
		if first == i {
			return
		}
		f.open[i], f.open[first] = f.open[first], f.open[i]
		i = first
	}
}

// Stats tells what was read so far. Call it between batches, not for every one: it allocates.
func (f *Files) Stats() Stats {
	s := Stats{
		Interfaces: f.ledger.interfaces,
		LinkTypes:  f.ledger.linkTypes(),
		Inputs:     make([]InputStats, len(f.inputs)),
		Skipped:    slices.Clone(f.skipped),
	}
	known := true
	for i, in := range f.inputs {
		s.Inputs[i] = in.report()
		s.Packets += in.tally.packets
		s.CapturedOctets += in.tally.captured
		s.WireOctets += in.tally.wire
		s.Cut += in.tally.cut
		s.Backwards += in.tally.backwards
		for reason, number := range in.stats.Lost {
			s.Lost[reason] += number
		}
		d := in.drops()
		s.DroppedByInterface = saturate(s.DroppedByInterface, d.byInterface)
		s.DroppedBySystem = saturate(s.DroppedBySystem, d.bySystem)
		s.Consumed += in.consumed.Load()
		s.Size += in.size
		known = known && !in.pipe
	}
	if !known {
		s.Size = 0
	}
	return s
}

// Close closes all inputs. What Stats tells stays.
func (f *Files) Close() error {
	f.closed = true
	for _, in := range f.inputs {
		in.close()
	}
	f.open, f.pending, f.stages, f.arena = nil, nil, nil, nil
	return nil
}
