package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/bits"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"peeratlas/capture/packet"
)

const (
	// blockTimeout is how long the kernel keeps a block that does not fill up: on a quiet link a
	// packet is seen so much later.
	blockTimeout = 40 * time.Millisecond

	// ringBlocks is into how many blocks a ring is divided, and ringBlocksLeast how many it has at
	// least, even if it gets larger than asked for: one is being filled, the others keep what two
	// batches hold.
	ringBlocks      = 128
	ringBlocksLeast = 8

	// roomInFront is what the kernel leaves free before each frame for what is put back there.
	roomInFront = cookedHeader

	// aroundPacket is more than headers, room and alignment take in a block of one packet.
	aroundPacket = 512

	frameSize = 4096 // asked for, and of no consequence to TPACKET_V3
)

// ring is one socket and the memory that it shares with the kernel.
//
// A block whose packets were delivered is held until the batch after the next is asked for, and
// given back in the order in which it came. A batch ends when it has begun with a quarter of the
// blocks, so that two batches, however large, leave the kernel about half of the ring, and no
// packet has to be copied out of it.
type ring struct {
	fd      int
	memory  []byte
	size    int      // of a block
	lent    []uint64 // by block: the last batch that got packets of it; 0 is none
	turn    int      // the block that is read, or that comes next
	reading bool     // it is
	since   time.Time
	held    int // blocks before turn that are not given back yet
	begun   int // blocks that the batch being filled has begun with
	block   ringBlock
	framing framing
	owner   *wire
	dropped uint64 // by the kernel, as far as it was asked
}

// number of the blocks.
func (r *ring) number() int { return len(r.lent) }

// status is the word by which a block changes hands.
func (r *ring) status(i int) *uint32 {
	return (*uint32)(unsafe.Pointer(&r.memory[i%r.number()*r.size+blockStatus]))
}

// full tells whether the kernel has handed over the block that is so many after the one that is
// read, and all between.
func (r *ring) full(ahead int) bool {
	return r.held+ahead < r.number() && atomic.LoadUint32(r.status(r.turn+ahead))&statusUser != 0
}

// ready begins with the next block if one is there; false if there is nothing to read. spent
// blocks are passed. It asks for no time but once a block.
func (r *ring) ready(now time.Time) bool {
	for !r.reading {
		if !r.full(0) {
			return false
		}
		r.begun++
		r.reading, r.since, r.lent[r.turn] = true, now, 0
		r.block.open(r.memory[r.turn*r.size : (r.turn+1)*r.size])
		r.pass()
	}
	return true
}

// pass goes on to the next block if all of this one was read.
func (r *ring) pass() {
	if !r.reading || r.block.left > 0 {
		return
	}
	r.reading = false
	r.held++
	r.turn = (r.turn + 1) % r.number()
	r.giveBack(0)
}

// giveBack gives blocks to the kernel whose packets nobody may look at any more, when that batch
// begins; with 0 only those of which no packet was delivered.
func (r *ring) giveBack(batch uint64) {
	for r.held > 0 {
		oldest := (r.turn - r.held + r.number()) % r.number()
		if lent := r.lent[oldest]; lent != 0 && lent+1 >= batch {
			return
		}
		r.held--
		atomic.StoreUint32(r.status(oldest), 0)
	}
}

// spent tells whether the batch that is being filled has had its share of blocks.
func (r *ring) spent() bool { return r.begun > 0 && !r.reading && r.begun >= max(r.number()/4, 1) }

// take delivers packets up to that time. The ring is ready.
func (r *ring) take(dst []Packet, last int64, batch uint64) int {
	n := r.block.take(dst, last, &r.framing)
	if n > 0 {
		r.lent[r.turn] = batch
	}
	r.pass()
	return n
}

// drops asks the kernel what it dropped; its counter begins anew each time.
func (r *ring) drops() uint64 {
	if s, err := unix.GetsockoptTpacketStatsV3(r.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
		r.dropped += uint64(s.Drops)
	}
	return r.dropped
}

func (r *ring) close() {
	if r.memory != nil {
		unix.Munmap(r.memory)
		r.memory = nil
	}
	unix.Close(r.fd)
}

// openRing makes a socket with its ring, which gets nothing yet: it is bound to no interface, so
// that its filter is there before its first packet.
func openRing(w *wire, o *LiveOptions, program []bpf.RawInstruction) (*ring, error) {
	kind := unix.SOCK_DGRAM // of which the kernel takes the link header, whatever it is
	if w.framing.link == packet.LinkEthernet {
		kind = unix.SOCK_RAW
	}
	fd, err := unix.Socket(unix.AF_PACKET, kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, openLiveError(w.name, err)
	}
	r := &ring{fd: fd, framing: w.framing, owner: w}
	if err := r.setUp(o, program); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *ring) setUp(o *LiveOptions, program []bpf.RawInstruction) error {
	name := r.owner.name
	for _, option := range []struct {
		what        string
		name, value int
	}{
		{"TPACKET_V3", unix.PACKET_VERSION, unix.TPACKET_V3},
		{"PACKET_RESERVE", unix.PACKET_RESERVE, roomInFront},
	} {
		if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, option.name, option.value); err != nil {
			return fmt.Errorf("%s: %s: %w; use --method pcapgo", name, option.what, err)
		}
	}
	if r.framing.noneOutgoing {
		// Since Linux 4.20; before, those packets are passed over when the ring is read.
		unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1)
	}
	if err := attach(r.fd, program); err != nil {
		return fmt.Errorf("%s: the kernel refuses the filter: %w", name, err)
	}
	size, number := ringShape(o.RingOctets/o.Rings, o.SnapLength)
	err := unix.SetsockoptTpacketReq3(r.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &unix.TpacketReq3{
		Block_size: uint32(size), Block_nr: uint32(number), Frame_size: frameSize,
		Frame_nr: uint32(size / frameSize * number), Retire_blk_tov: uint32(blockTimeout / time.Millisecond)})
	if err == nil {
		r.memory, err = unix.Mmap(r.fd, 0, size*number, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	}
	if err != nil {
		return fmt.Errorf("%s: a ring of %d octets: %w; ask for a smaller one", name, size*number, err)
	}
	r.size, r.lent = size, make([]uint64, number)
	return nil
}

// ringShape divides a ring into blocks: a block takes at least one packet of the snap length.
func ringShape(octets, snap int) (size, number int) {
	page := max(os.Getpagesize(), frameSize)
	least := (snap + aroundPacket + page - 1) / page * page
	size = max(octets/ringBlocks/page*page, least)
	size = min(size, math.MaxInt32/page*page)
	return size, max(octets/size, ringBlocksLeast)
}

// attach sets the filter of a socket.
func attach(fd int, program []bpf.RawInstruction) error {
	code := make([]unix.SockFilter, len(program))
	for i, in := range program {
		code[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
		&unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]})
}

// bind makes an interface's packets come.
func bind(fd, index int) error {
	const all = unix.ETH_P_ALL
	return unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: networkOrder(all), Ifindex: index})
}

// networkOrder is how C's htons gives a number to the kernel.
func networkOrder(v uint16) uint16 {
	if one := uint16(1); *(*byte)(unsafe.Pointer(&one)) == 1 {
		return bits.ReverseBytes16(v)
	}
	return v
}

// promiscuous asks for packets to others, for as long as the socket lives.
func promiscuous(fd, index int) error {
	return unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP,
		&unix.PacketMreq{Ifindex: int32(index), Type: unix.PACKET_MR_PROMISC})
}

// boundTo is the interface that a socket belongs to, -1 if it is gone.
func boundTo(fd int) int {
	a, err := unix.Getsockname(fd)
	if l, ok := a.(*unix.SockaddrLinklayer); ok && err == nil {
		return l.Ifindex
	}
	return -1
}

// openLiveError says what to do about an error of opening.
func openLiveError(name string, err error) error {
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		program, e := os.Executable()
		if e != nil {
			program = "peeratlas"
		}
		return fmt.Errorf("%s: reading an interface needs CAP_NET_RAW: %w; be root, or give it to the program once: setcap cap_net_raw+ep %s",
			name, fs.ErrPermission, program)
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return noInterface(name)
	case errors.Is(err, unix.EAFNOSUPPORT):
		return fmt.Errorf("%s: this kernel has no packet sockets: %w", name, err)
	}
	return fmt.Errorf("%s: open: %w", name, err)
}
