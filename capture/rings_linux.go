package capture

import (
	"fmt"
	"math"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// lag is how much later than a packet's time all packets before it are at hand, whichever ring
// they came by: the kernel keeps a block for blockTimeout, and hands it over at its next tick.
const lag = blockTimeout + 20*time.Millisecond

// rings is the engine that reads own rings, one or several an interface.
type rings struct {
	attendance
	options LiveOptions
	rings   []*ring
	batch   uint64 // number of the current one, from 1
	damaged uint64 // blocks of rings that are closed
	polled  []unix.PollFd
	order   []*ring // of polled
	closed  bool
}

func openRings(o LiveOptions, asker *linkAsker, wires []*wire) (engine, error) {
	e := &rings{options: o, attendance: attendance{asker, wires, time.Now()}}
	for _, w := range wires {
		opened, err := e.open(w)
		if err != nil {
			for _, r := range e.rings {
				r.close()
			}
			return nil, err
		}
		e.rings = append(e.rings, opened...)
	}
	e.polled = make([]unix.PollFd, 0, len(e.rings))
	e.order = make([]*ring, 0, len(e.rings))
	return e, nil
}

// open makes the rings of one wire. What comes in before all of them share its packets is not
// received: each would get it.
func (e *rings) open(w *wire) (opened []*ring, err error) {
	defer func() {
		if err != nil {
			for _, r := range opened {
				r.close()
			}
		}
	}()
	program := programFor(w, &e.options)
	first := program
	if e.options.Rings > 1 {
		first = dropAll
	}
	for range e.options.Rings {
		r, err := openRing(w, &e.options, first)
		if err != nil {
			return opened, err
		}
		opened = append(opened, r)
		if err := r.join(w.index, !e.options.NotPromiscuous); err != nil {
			return opened, err
		}
	}
	if e.options.Rings == 1 {
		return opened, nil
	}
	if err := share(opened); err != nil {
		return opened, fmt.Errorf("%s: share its packets among %d rings: %w; the interface must be up (ip link set %s up)",
			w.name, len(opened), err, w.name)
	}
	for _, r := range opened {
		if err := attach(r.fd, program); err != nil {
			return opened, fmt.Errorf("%s: the kernel refuses the filter: %w", w.name, err)
		}
	}
	return opened, nil
}

// join binds a ring to an interface.
func (r *ring) join(index int, others bool) error {
	if err := bind(r.fd, index); err != nil {
		return openLiveError(r.owner.name, err)
	}
	if others {
		// Loopback and tunnels have no such mode, and need none.
		if err := promiscuous(r.fd, index); err != nil && err != unix.EOPNOTSUPP && err != unix.EINVAL {
			return fmt.Errorf("%s: promiscuous mode: %w; capture without it", r.owner.name, err)
		}
	}
	return nil
}

// share makes rings get each flow's packets by one of them (PACKET_FANOUT_HASH), both directions
// by the same. Fragments of IPv4 are put together before, so that they stay with their flow.
func share(rs []*ring) error {
	const hash = unix.PACKET_FANOUT_HASH | unix.PACKET_FANOUT_FLAG_DEFRAG
	group := 0
	for i, r := range rs {
		kind := hash
		if i == 0 {
			kind |= unix.PACKET_FANOUT_FLAG_UNIQUEID // the kernel finds a number that no other program has
		}
		if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_FANOUT, kind<<16|group); err != nil {
			return err
		}
		if i == 0 {
			v, err := unix.GetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_FANOUT)
			if err != nil {
				return err
			}
			group = v & 0xffff
		}
	}
	return nil
}

// read delivers what is there. If nothing is, and blocks of the batch before are held, it returns
// at once: by the next call they are the kernel's again. A poll would not wait meanwhile, since the
// kernel takes a block that is not its own for one that is to be read.
func (e *rings) read(dst []Packet) (int, error) {
	e.batch++
	for _, r := range e.rings {
		r.giveBack(e.batch)
		r.begun = 0
	}
	now := time.Now()
	until := now.Add(e.options.Wait)
	for {
		if now.Sub(e.looked) >= attention {
			e.look(now)
		}
		n, due := e.merge(dst, now)
		if n > 0 || e.holding() {
			return n, nil
		}
		left := min(until.Sub(now), due)
		if left <= 0 && due > 0 {
			return 0, nil
		}
		if err := e.poll(left); err != nil {
			return 0, err
		}
		now = time.Now()
	}
}

// holding tells whether a block waits to be given back.
func (e *rings) holding() bool {
	for _, r := range e.rings {
		if r.held > 0 {
			return true
		}
	}
	return false
}

// merge fills dst in the order of time. Packets of one ring are not delivered before those of
// others are at hand that may be earlier; due is how long that takes.
func (e *rings) merge(dst []Packet, now time.Time) (n int, due time.Duration) {
	due = math.MaxInt64
	for n < len(dst) {
		first, last := (*ring)(nil), int64(math.MaxInt64)
		for _, r := range e.rings {
			if n > 0 && r.spent() {
				return n, due
			}
			if !r.ready(now) {
				continue
			}
			switch {
			case first == nil:
				first = r
			case r.block.time() < first.block.time():
				first, last = r, min(last, first.block.time())
			default:
				last = min(last, r.block.time())
			}
		}
		if first == nil {
			return n, due
		}
		wait := e.patience(first, now)
		if wait > 0 {
			last = min(last, now.Add(-lag).UnixNano())
		}
		if got := first.take(dst[n:], last, e.batch); got > 0 {
			n += got
		} else if first.reading && wait > 0 {
			return n, max(wait, time.Millisecond)
		}
	}
	return n, due
}

// patience is how long packets of a ring may have to wait for earlier ones by others. They need
// not if they are the only ones, if every ring has packets at hand, if the block was at hand for
// long enough, which clocks that jump do not change, and if a quarter of the ring is full of them.
func (e *rings) patience(r *ring, now time.Time) time.Duration {
	lacking := false
	for _, other := range e.rings {
		lacking = lacking || !other.reading && !other.full(0)
	}
	if !lacking || r.full(r.number()/4) {
		return 0
	}
	return lag - now.Sub(r.since)
}

// nap is how long reading sleeps where no ring has a block. To wait in poll(2) has the runtime's monitor
// wake up every 20 us after each return, for milliseconds: 19 % of the processor time of a watch at
// 200,000 packets a second (2026-11-26). A timer has not. In a nap 10 Gbit/s bring 25 MB.
const nap = 20 * time.Millisecond

// poll asks for the errors of rings that have no block, and waits a little if there are none.
func (e *rings) poll(wait time.Duration) error {
	e.polled, e.order = e.polled[:0], e.order[:0]
	for _, r := range e.rings {
		if !r.reading && !r.full(0) {
			e.polled = append(e.polled, unix.PollFd{Fd: int32(r.fd), Events: unix.POLLIN})
			e.order = append(e.order, r)
		}
	}
	n, err := pollNow(e.polled)
	if n == 0 && err == nil {
		time.Sleep(min(wait, nap))
	}
	if err == unix.EINTR || n == 0 && err == nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("wait for packets: %w", err)
	}
	trouble := false
	for i := range e.polled {
		if e.polled[i].Revents&(unix.POLLERR|unix.POLLNVAL|unix.POLLHUP) != 0 {
			// Asking for the error takes it away.
			unix.GetsockoptInt(e.order[i].fd, unix.SOL_SOCKET, unix.SO_ERROR)
			trouble = true
		}
	}
	if trouble {
		e.look(time.Now())
	}
	return nil
}

// pollNow is a poll(2) that does not wait, and is not told to the runtime's scheduler.
func pollNow(fds []unix.PollFd) (int, error) {
	if len(fds) == 0 {
		return 0, nil
	}
	var never unix.Timespec
	n, _, errno := unix.RawSyscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&fds[0])), uintptr(len(fds)), uintptr(unsafe.Pointer(&never)), 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// look asks how the interfaces are, and goes back to those that were removed and made anew.
func (e *rings) look(now time.Time) {
	e.attendance.look(now, func(w *wire) (fds []int) {
		for _, r := range e.rings {
			if r.owner == w {
				fds = append(fds, r.fd)
			}
		}
		return fds
	}, e.rejoin)
}

// rejoin reads an interface that was made anew. A socket can be bound again without any right, but
// not one that shares with others: those are opened again.
func (e *rings) rejoin(w *wire, index int) error {
	if e.options.Rings == 1 {
		for _, r := range e.rings {
			if r.owner == w {
				return r.join(index, !e.options.NotPromiscuous)
			}
		}
	}
	kept := make([]*ring, 0, len(e.rings))
	for _, r := range e.rings {
		if r.owner != w {
			kept = append(kept, r)
		} else if r.reading || r.held > 0 || r.full(0) {
			return errNotYet
		}
	}
	was := w.index
	w.index = index
	opened, err := e.open(w)
	if err != nil {
		w.index = was
		return err
	}
	for _, r := range e.rings {
		if r.owner == w {
			w.drops += r.drops()
			e.damaged += r.block.damaged
			r.close()
		}
	}
	e.rings = append(kept, opened...)
	return nil
}

func (e *rings) stats(s *Stats) {
	if !e.closed {
		e.look(time.Now())
	}
	for i, w := range e.wires {
		w.report(&s.Live[i])
		s.Live[i].DroppedByKernel = w.drops
		for _, r := range e.rings {
			if r.owner == w {
				s.Live[i].DroppedByKernel += r.drops()
			}
		}
	}
	s.Lost[LostDamaged] = e.damaged
	for _, r := range e.rings {
		s.Lost[LostDamaged] += r.block.damaged
	}
}

func (e *rings) close() error {
	e.look(time.Now())
	for _, w := range e.wires {
		for _, r := range e.rings {
			if r.owner == w {
				w.drops += r.drops()
				e.damaged += r.block.damaged
				r.close()
			}
		}
	}
	e.attendance.close()
	e.rings, e.closed = nil, true
	return nil
}
