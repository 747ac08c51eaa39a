package capture

import (
	"io"
	"os"
	"slices"
)

const (
	// arenaSize bounds the octets of one batch, and with it the memory of a reader:
	// 256 packets of 7 KiB fit, so that only batches of larger ones come out shorter.
	arenaSize = 2 << 20

	// arenaFirst is what a reader starts with: most captures never need more.
	arenaFirst = 512 << 10
)

// ReadBatch fills dst with the next packets and returns how many. Use these n packets
// before looking at the error. The end is io.EOF; after Close it is os.ErrClosed; there is
// no other: what cannot be read is counted in Stats, and reading goes on behind it.
//
// Data of the packets is valid until the next ReadBatch. A batch is shorter than dst if the
// packets are large, or if a pipe has no more for now: it waits for the first packet only.
func (f *Files) ReadBatch(dst []Packet) (n int, err error) {
	if f.closed {
		return 0, os.ErrClosed
	}
	used := 0
	for n < len(dst) && used <= arenaSize-MaxCaptured {
		in, wait := f.earliest(n > 0)
		if wait {
			return n, nil
		}
		if in == nil {
			return n, io.EOF
		}
		used = f.take(in, &dst[n], used)
		n++
	}
	return n, nil
}

// take copies the head of in into the arena, which pcapgo's own buffer is not:
// that one is overwritten by the input's next packet.
func (f *Files) take(in *input, p *Packet, used int) int {
	end := used + len(in.head.Data)
	if end > len(f.arena) {
		// Packets of this batch stay valid in the old arena.
		f.arena = make([]byte, min(max(2*len(f.arena), arenaFirst), arenaSize))
		used, end = 0, len(in.head.Data)
	}
	*p = in.head
	p.Data = f.arena[used:end:end]
	copy(p.Data, in.head.Data)
	in.tally.count(p)
	in.spent = true
	return end
}

// earliest returns the input whose head is due; nil is the end of all. With hurry,
// wait tells that a pipe would make it wait.
func (f *Files) earliest(hurry bool) (in *input, wait bool) {
	for len(f.open) > 0 && f.open[0].spent {
		in := f.open[0]
		if hurry && !in.ready() {
			return nil, true
		}
		s := in.stage
		if in.next() {
			f.down()
			continue
		}
		f.stages = append(f.stages, s)
		f.pop()
	}
	for len(f.pending) > 0 && (len(f.open) == 0 || f.pending[0].first <= f.open[0].head.Timestamp) {
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
