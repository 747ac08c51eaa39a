package capture

import "io"

const (
	// chunkSize is how much is asked of the source at once: a chunk must still be in the
	// processor's second-level cache when its packets are looked at.
	chunkSize = 512 << 10

	// blockSize lets peek show bufferSize octets wherever in a chunk they begin.
	blockSize = bufferSize + chunkSize

	// firstBlock is enough for most captures that are small, and spares them clearing the rest.
	firstBlock = 64 << 10
)

// window is the part of one input that is in memory. Packets are delivered as slices of it,
// so what a batch has got from a block must stay until the next batch: a window that must
// make room meanwhile goes on in another block.
type window struct {
	source io.Reader
	blocks [2][]byte // allocated when first used
	turn   int       // the block in use
	at     int       // blocks[turn][at:end] is not read yet
	end    int
	ended  bool // all that is left is in the block

	batch *uint64 // number of the batch that is being filled, from 1
	lent  uint64  // last batch that got a packet of the block in use; 0 is none
	moved uint64  // last batch during which the other block was taken
}

// reset begins anew with another source; nil is one without octets. What was delivered stays.
func (w *window) reset(r io.Reader) {
	w.source, w.ended = r, r == nil
	w.at = w.end
}

// ahead is all that is in memory and not read yet.
func (w *window) ahead() []byte { return w.blocks[w.turn][w.at:w.end] }

// peek looks at the next n octets, at most bufferSize, or at fewer with io.EOF: then no
// more come.
func (w *window) peek(n int) ([]byte, error) {
	for w.end-w.at < n && !w.ended {
		w.fill()
	}
	b := w.ahead()
	if len(b) < n {
		return b, io.EOF
	}
	return b[:n], nil
}

// discard passes n octets, or as many as there are, and returns how many.
func (w *window) discard(n int) int {
	passed := 0
	for {
		step := min(n-passed, w.end-w.at)
		w.at += step
		passed += step
		if passed == n || w.ended {
			return passed
		}
		w.fill()
	}
}

// fill reads more, once. It makes room before it if that is cheap or must be.
func (w *window) fill() {
	full := w.end+chunkSize > len(w.blocks[w.turn])
	if rest := w.end - w.at; full || rest <= w.at && !w.bothLent() {
		w.move()
	}
	b := w.blocks[w.turn]
	n, err := w.source.Read(b[w.end:min(w.end+chunkSize, len(b))])
	w.end += n
	w.ended = err != nil
}

// move puts what is left to the front: of this block, or of the other one if the batch that
// is being filled has packets in this. If it has some in both, which only damage longer than
// a block brings about, they keep the other block, and a new one takes its place.
func (w *window) move() {
	rest, both := w.ahead(), w.bothLent()
	if w.lent == *w.batch {
		w.turn, w.lent, w.moved = 1-w.turn, 0, *w.batch
	}
	switch b := w.blocks[w.turn]; {
	case b == nil && w.blocks[1-w.turn] == nil:
		w.blocks[w.turn] = make([]byte, firstBlock)
	case len(b) < blockSize || both:
		w.blocks[w.turn] = make([]byte, blockSize)
	}
	w.at, w.end = 0, copy(w.blocks[w.turn], rest)
}

func (w *window) bothLent() bool { return w.lent == *w.batch && w.moved == *w.batch }

// stuck tells whether there is no room for more until the batch that is being filled is used.
func (w *window) stuck() bool { return w.bothLent() && w.end+chunkSize > len(w.blocks[w.turn]) }
