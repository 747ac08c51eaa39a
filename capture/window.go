package capture

import "io"

const (
	// chunkSize is how much is asked of the source at once: a chunk must still be in the
	// processor's second-level cache when its packets are looked at.
	chunkSize = 128 << 10

	// blockSize lets peek show bufferSize octets wherever in a chunk they begin.
	blockSize = bufferSize + chunkSize

	// firstBlock is enough for most captures that are small, and spares them clearing the rest.
	firstBlock = 64 << 10
)

// numBlocks is how many blocks a window goes through in turn: two batches of 1,024 full packets
// lie in seven chunks, and one is being read.
const numBlocks = 8

// window is the part of one input that is in memory. Packets are delivered as slices of it, so
// what a batch has got from a block must stay while that batch and the next are filled: a window
// that must make room meanwhile goes on in another block.
type window struct {
	source io.Reader
	blocks [numBlocks]block // allocated when first used
	turn   int              // the block in use
	at     int              // blocks[turn].octets[at:end] is not read yet
	end    int
	ended  bool // all that is left is in the block

	batch *uint64 // number of the batch that is being filled, from 1
}

type block struct {
	octets []byte
	lent   uint64 // last batch that got a packet of it; 0 is none
}

// reset begins anew with another source; nil is one without octets. What was delivered stays.
func (w *window) reset(r io.Reader) {
	w.source, w.ended = r, r == nil
	w.at = w.end
}

// ahead is all that is in memory and not read yet.
func (w *window) ahead() []byte { return w.blocks[w.turn].octets[w.at:w.end] }

// lend notes that the batch that is being filled got a packet of the block in use.
func (w *window) lend() { w.blocks[w.turn].lent = *w.batch }

// held tells whether packets of block i may still be looked at.
func (w *window) held(i int) bool { return w.blocks[i].lent != 0 && w.blocks[i].lent+1 >= *w.batch }

// spare is a block other than that in use that is not held, -1 if there is none.
func (w *window) spare() int {
	for k := 1; k < numBlocks; k++ {
		if i := (w.turn + k) % numBlocks; !w.held(i) {
			return i
		}
	}
	return -1
}

// crowded tells whether the block in use is held, and all others are.
func (w *window) crowded() bool { return w.held(w.turn) && w.spare() < 0 }

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
	full := w.end+chunkSize > len(w.blocks[w.turn].octets)
	if rest := w.end - w.at; full || rest <= w.at && !w.crowded() {
		w.move()
	}
	b := w.blocks[w.turn].octets
	n, err := w.source.Read(b[w.end:min(w.end+chunkSize, len(b))])
	w.end += n
	w.ended = err != nil
}

// move puts what is left to the front: of this block, or of another if this one is held. If all
// are, which only packets larger than any link's or damage bring about, those who look at them
// keep the next block, and a new one takes its place.
func (w *window) move() {
	rest, first := w.ahead(), w.unused()
	if w.held(w.turn) {
		next := w.spare()
		if next < 0 {
			next = (w.turn + 1) % numBlocks
			w.blocks[next].octets = nil
		}
		w.turn, w.blocks[next].lent = next, 0
	}
	switch b := &w.blocks[w.turn]; {
	case first:
		b.octets = make([]byte, firstBlock)
	case len(b.octets) < blockSize:
		b.octets = make([]byte, blockSize)
	}
	w.at, w.end = 0, copy(w.blocks[w.turn].octets, rest)
}

// unused tells whether no block was ever allocated.
func (w *window) unused() bool {
	for i := range w.blocks {
		if w.blocks[i].octets != nil {
			return false
		}
	}
	return true
}

// stuck tells whether there is no room for more until the batch that is being filled is used.
func (w *window) stuck() bool { return w.crowded() && w.end+chunkSize > len(w.blocks[w.turn].octets) }
