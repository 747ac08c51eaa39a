package capture

import (
	"errors"
	"io"
)

// ErrInterrupted is for an input that was still waited for when Options.Interrupt was closed.
var ErrInterrupted = errors.New("interrupted before a packet was read")

// pumpSize is how much a pump reads ahead: what a Linux pipe holds.
const pumpSize = 64 << 10

// pump reads a pipe in a goroutine of its own, so that who waits for its octets, or for
// somebody to open it at all, can be interrupted. The goroutine stays in its system call
// until that returns: nothing else ends a read of standard input.
type pump struct {
	stop  <-chan struct{}
	left  chan struct{} // closed by Close
	full  chan []byte   // closed at the end, err is valid then
	empty chan []byte
	err   error
	buf   []byte
	rest  []byte // of buf
}

// newPump starts reading what open returns. Two buffers are in use: one fills as the other is read.
func newPump(open func() (io.ReadCloser, error), stop <-chan struct{}) *pump {
	p := &pump{stop: stop, left: make(chan struct{}), full: make(chan []byte), empty: make(chan []byte, 2)}
	p.empty <- make([]byte, pumpSize)
	p.empty <- make([]byte, pumpSize)
	go p.run(open)
	return p
}

func (p *pump) run(open func() (io.ReadCloser, error)) {
	defer close(p.full)
	f, err := open()
	if err != nil {
		p.err = err
		return
	}
	defer f.Close()
	for {
		buf := <-p.empty
		n, err := f.Read(buf)
		select {
		case p.full <- buf[:n]:
		case <-p.left:
			return
		}
		if err != nil {
			p.err = err
			return
		}
	}
}

// Read returns what is there, and waits only if there is nothing.
func (p *pump) Read(dst []byte) (int, error) {
	for len(p.rest) == 0 {
		if p.buf != nil {
			p.empty <- p.buf[:cap(p.buf)]
			p.buf = nil
		}
		select {
		case buf, more := <-p.full:
			if !more {
				return 0, p.err
			}
			p.buf, p.rest = buf, buf
		case <-p.stop:
			return 0, ErrInterrupted
		}
	}
	n := copy(dst, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// Close lets the goroutine go when it comes back. It may be called once.
func (p *pump) Close() error {
	close(p.left)
	return nil
}
