package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sync/atomic"
)

// input is one file or standard input.
type input struct {
	path  string
	order int       // place among the inputs
	size  int64     // of the file; 0 if not known
	pipe  bool      // cannot be opened twice, and may make the reader wait
	stdin io.Reader // if path is "-"

	interrupt <-chan struct{} // ends the waiting for a pipe; may be nil

	ledger *ledger
	stats  InputStats // Path, Format, Lost and Problem; the rest is in tally
	tally  tally

	first int64  // timestamp of the first packet, once it was looked at
	head  Packet // next packet to deliver
	spent bool   // head was delivered
	lent  bool   // the head's Data is pcapgo's, else the window's

	careful bool // run delivers nothing

	// While open:
	stage    *stage
	file     io.Closer
	source   *sticky
	inflater inflater
	pcap     pcapGuard
	ng       ngGuard
	isNg     bool

	consumed atomic.Int64 // octets read of the file
	dropped  drops
}

// counter counts what is read for a progress bar.
type counter struct {
	r io.Reader
	n *atomic.Int64
}

func (c counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// open starts reading from the beginning. An error names the path. It uses s until close.
func (in *input) open(s *stage) error {
	r, err := in.stored()
	if err != nil {
		return openError(in.path, err)
	}
	in.stage = s
	in.consumed.Store(0)
	in.stats.Lost = Losses{}
	in.source = &sticky{r: counter{r, &in.consumed}}
	s.raw.Reset(in.source)
	inner, err := in.inflater.open(s.raw)
	s.win.reset(inner)
	if err == nil {
		err = in.sniff()
	}
	if err != nil {
		err = in.refusal(err)
		in.close()
	}
	return err
}

// stored returns the octets as they are stored.
func (in *input) stored() (io.Reader, error) {
	if in.pipe && in.interrupt != nil {
		p := newPump(func() (io.ReadCloser, error) {
			if in.stdin != nil {
				return io.NopCloser(in.stdin), nil
			}
			return os.Open(in.path)
		}, in.interrupt)
		in.file = p
		return p, nil
	}
	if in.stdin != nil {
		return in.stdin, nil
	}
	f, err := os.Open(in.path)
	if err != nil {
		return nil, err
	}
	in.file = f
	return f, nil
}

// sniff knows the format by its magic number and starts its guard.
func (in *input) sniff() error {
	m, _ := in.stage.win.peek(blockFrame)
	if len(m) == 0 {
		return ErrEmpty
	}
	if len(m) < 4 {
		return ErrNotCapture
	}
	g := guard{window: &in.stage.win, feed: &in.stage.feed, lost: &in.stats.Lost, ledger: in.ledger, order: in.order, squeezed: in.inflater.words != ""}
	in.isNg = binary.LittleEndian.Uint32(m) == blockSection && len(m) == blockFrame && isByteOrder(m[8:])
	if in.isNg {
		in.stats.Format = "pcapng" + in.inflater.words
		in.ng = newNgGuard(g, in.stage)
		return nil
	}
	for _, order := range [...]binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		word := pcapFormat(order.Uint32(m))
		if word == "" {
			continue
		}
		g.large = order == binary.BigEndian
		in.stats.Format = word + in.inflater.words
		var err error
		in.pcap, err = newPcapGuard(g, in.stage, order.Uint32(m))
		return err
	}
	return ErrNotCapture
}

func isByteOrder(b []byte) bool {
	return binary.LittleEndian.Uint32(b) == byteOrderMagic || binary.BigEndian.Uint32(b) == byteOrderMagic
}

// run delivers what is sound and in memory, no packet later than last.
func (in *input) run(dst []Packet, last int64) int {
	switch {
	case in.careful:
		return 0
	case in.isNg:
		return in.ng.run(dst, last)
	}
	return in.pcap.run(dst, last)
}

// soon reads the next packet into head if it is sound and in memory.
func (in *input) soon() bool {
	var one [1]Packet
	if in.run(one[:], math.MaxInt64) == 0 {
		return false
	}
	in.head, in.spent, in.lent = one[0], false, false
	return true
}

// next reads the next packet into head; false is the end, and closes the input.
func (in *input) next() bool {
	in.spent, in.lent = false, true
	var ok bool
	if in.isNg {
		ok = in.ng.next(&in.head)
	} else {
		ok = in.pcap.next(&in.head)
	}
	if !ok {
		in.finish()
	}
	return ok
}

// ready tells whether next may be asked while the batch holds packets: that it does not wait
// for a pipe, and finds room that is not lent.
func (in *input) ready() bool {
	if in.pipe {
		if in.isNg && !in.ng.ready() || !in.isNg && !in.pcap.ready() {
			return false
		}
	}
	return !in.stage.win.stuck()
}

// finish notes why the input ended, if not at its end, and closes it.
func (in *input) finish() {
	if err := in.source.failed(); errors.Is(err, ErrInterrupted) {
		in.interrupted()
	} else if err != nil {
		in.lose(LostRead, err)
	} else if err := in.inflater.failed(); err != nil {
		in.lose(LostCompression, err)
	} else if in.pcap.gaveUp || in.ng.gaveUp {
		in.stats.Problem = "given up after 256 MiB without a packet, and not read to its end"
	}
	in.close()
}

// interrupted forgets the record that was on its way: nothing is wrong with it.
func (in *input) interrupted() {
	lost := &in.stats.Lost
	lost[LostTruncated] = 0
	if *lost == (Losses{LostOctets: lost[LostOctets]}) {
		lost[LostOctets] = 0
	}
}

// lose notes a loss that has an error.
func (in *input) lose(reason Loss, err error) {
	in.stats.Lost[reason]++
	in.stats.Problem = err.Error()
}

// drops are those that the capture's own statistics tell, so far.
func (in *input) drops() drops {
	if in.stage != nil && in.isNg {
		return in.ng.drops()
	}
	return in.dropped
}

// close gives the file back. What was counted stays. The stage is free again.
func (in *input) close() {
	if in.stage == nil {
		return
	}
	in.dropped = in.drops()
	if in.isNg {
		in.stage.interfaces = in.ng.interfaces
	}
	in.ng, in.pcap = ngGuard{}, pcapGuard{}
	in.inflater.close()
	in.inflater.words = ""
	if in.file != nil {
		in.file.Close() // read only: nothing can be lost
		in.file = nil
	}
	in.stage, in.head.Data = nil, nil
}

// report is what Stats tells of this input.
func (in *input) report() InputStats {
	s := in.stats
	s.Packets, s.First, s.Last = in.tally.packets, in.tally.first, in.tally.last
	return s
}

// refusal is the error of an input that is not read, in words for its user.
func (in *input) refusal(err error) error {
	if cause := in.source.failed(); errors.Is(cause, ErrInterrupted) {
		return cause
	} else if cause != nil {
		return openError(in.path, cause)
	}
	if cause := in.inflater.failed(); cause != nil {
		return fmt.Errorf("%s: %w: what is compressed in it is damaged from the start: %w; copy it again from its source",
			in.name(), ErrNotCapture, cause)
	}
	m, _ := in.stage.win.peek(8)
	return contentError(in.name(), err, m)
}

func (in *input) name() string {
	if in.stdin != nil {
		return "standard input"
	}
	return in.path
}
