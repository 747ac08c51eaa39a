package capture

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/google/gopacket/pcapgo"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"peeratlas/capture/packet"
)

// openHandles opens gopacket's handles for Linux. They see Ethernet and bare IP, and of a tag that
// the kernel took off its control information, not its type: it is put back as 802.1Q's.
func openHandles(o LiveOptions, method string, asker *linkAsker, wires []*wire) (engine, error) {
	open := openPcapgo
	if method == "afpacket" {
		open = openAfpacket
	}
	e := &handles{wait: o.Wait}
	a := &attendance{asker, wires, time.Now()}
	sockets := map[*wire]int{}
	look := func() {
		a.look(time.Now(), func(w *wire) []int { return []int{sockets[w]} }, func(w *wire, index int) error {
			return joinHandle(sockets[w], index, &o)
		})
	}
	e.attend = func() {
		if time.Since(a.looked) >= attention {
			look()
		}
	}
	for _, w := range wires {
		if w.framing.link != packet.LinkEthernet && w.framing.link != packet.LinkRaw {
			e.close()
			return nil, fmt.Errorf("%s: method %s reads Ethernet and bare IP; choose method ring", w.name, method)
		}
		program := programFor(w, &o)
		if w.framing.noneOutgoing {
			program = withoutOutgoing(program)
		}
		h, err := open(w, &o, program)
		if err != nil {
			e.close()
			return nil, err
		}
		sockets[w] = h.common().fd
		h.common().look = look
		e.all = append(e.all, h)
	}
	return &attended{handles: e, attendance: a}, nil
}

// attended is handles that give back the asker too.
type attended struct {
	*handles
	attendance *attendance
}

func (e *attended) close() error {
	e.handles.close()
	e.attendance.close()
	return nil
}

// linuxHandle is a handle whose socket is known.
type linuxHandle interface {
	handle
	common() *socketHandle
}

// socketHandle is what both handles have.
type socketHandle struct {
	fd      int
	wire    *wire
	look    func()
	dropped uint64
	closed  bool
}

func (h *socketHandle) common() *socketHandle { return h }

func (h *socketHandle) report(s *LiveStats) {
	if !h.closed {
		h.look()
		h.count()
	}
	h.wire.report(s)
	s.DroppedByKernel = h.dropped
}

// count asks the kernel what it dropped; its counter begins anew each time.
func (h *socketHandle) count() {
	if s, err := unix.GetsockoptTpacketStats(h.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
		h.dropped += uint64(s.Drops)
	}
}

// pause waits until there may be a packet.
func (h *socketHandle) pause(wait time.Duration) error {
	polled := [1]unix.PollFd{{Fd: int32(h.fd), Events: unix.POLLIN}}
	_, err := unix.Poll(polled[:], int((wait+time.Millisecond-1)/time.Millisecond))
	if err != nil && err != unix.EINTR {
		return fmt.Errorf("%s: wait for packets: %w", h.wire.name, err)
	}
	if polled[0].Revents&unix.POLLERR != 0 {
		unix.GetsockoptInt(h.fd, unix.SOL_SOCKET, unix.SO_ERROR)
		h.look()
	}
	return nil
}

// withoutOutgoing makes a program drop what goes out: packets to oneself pass loopback twice.
func withoutOutgoing(program []bpf.RawInstruction) []bpf.RawInstruction {
	raw, err := bpf.Assemble([]bpf.Instruction{bpf.LoadExtension{Num: bpf.ExtType},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: outgoing, SkipTrue: 1}, bpf.RetConstant{Val: 0}})
	if err != nil {
		panic(err)
	}
	return append(raw, program...)
}

// socketOf is the socket of one of gopacket's handles, which do not tell it: it is needed to wait
// for packets for some time only, which the handles cannot.
func socketOf(handle any) (int, error) {
	if f := reflect.ValueOf(handle).Elem().FieldByName("fd"); f.IsValid() && f.Kind() == reflect.Int {
		return int(f.Int()), nil
	}
	return -1, fmt.Errorf("this version of gopacket keeps the socket of %T elsewhere; choose method ring", handle)
}

// joinHandle binds a handle's socket to an interface.
func joinHandle(fd, index int, o *LiveOptions) error {
	if err := bind(fd, index); err != nil {
		return err
	}
	if !o.NotPromiscuous {
		promiscuous(fd, index)
	}
	return nil
}

// deliver copies a packet into the store, with the tag that was taken off it if there was one.
func (h *socketHandle) deliver(p *Packet, s *batchStore, data []byte, ts time.Time, original int, control int, hasTag bool) {
	f := &h.wire.framing
	size := len(data)
	hasTag = hasTag && f.link == packet.LinkEthernet && size >= macOctets
	if hasTag {
		size += tagSize
		original += tagSize
	}
	b := s.room(size)
	if hasTag {
		copy(b, data[:macOctets])
		copy(b[macOctets:], []byte{0x81, 0x00, byte(control >> 8), byte(control)})
		copy(b[macOctets+tagSize:], data[macOctets:])
	} else {
		copy(b, data)
	}
	if size > f.snap {
		b = b[:f.snap:f.snap]
	}
	*p = Packet{Data: b, Timestamp: ts.UnixNano(), OriginalLength: uint32(max(original, len(b))), Interface: f.number, LinkType: f.link}
}

// pcapgoHandle reads by pcapgo.EthernetHandle: one system call a packet.
type pcapgoHandle struct {
	socketHandle
	handle *pcapgo.EthernetHandle
}

func openPcapgo(w *wire, o *LiveOptions, program []bpf.RawInstruction) (linuxHandle, error) {
	handle, err := pcapgo.NewEthernetHandle(w.name)
	if err != nil {
		return nil, openLiveError(w.name, inWords(err, unix.EPERM, unix.EACCES))
	}
	h := &pcapgoHandle{socketHandle{wire: w}, handle}
	if h.fd, err = socketOf(handle); err == nil {
		err = h.setUp(o, program)
	}
	if err != nil {
		handle.Close()
		return nil, fmt.Errorf("%s: %w", w.name, err)
	}
	return h, nil
}

// inWords finds a system error in the words of one that does not wrap it.
func inWords(err error, known ...unix.Errno) error {
	for _, one := range known {
		if strings.HasSuffix(err.Error(), one.Error()) {
			return one
		}
	}
	return err
}

// setUp drops what came in before the filter was there.
func (h *pcapgoHandle) setUp(o *LiveOptions, program []bpf.RawInstruction) error {
	if err := unix.SetNonblock(h.fd, true); err != nil {
		return err
	}
	if err := h.handle.SetBPF(dropAll); err != nil {
		return err
	}
	if unix.SetsockoptInt(h.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, o.RingOctets) != nil {
		// Without CAP_NET_ADMIN the system's limit holds (net.core.rmem_max).
		unix.SetsockoptInt(h.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, o.RingOctets)
	}
	if err := h.handle.SetCaptureLength(o.SnapLength); err != nil {
		return err
	}
	if err := h.handle.SetPromiscuous(!o.NotPromiscuous); err != nil && !o.NotPromiscuous {
		return err
	}
	for err := error(nil); err == nil; {
		_, _, err = h.handle.ZeroCopyReadPacketData()
	}
	h.count()
	h.dropped = 0
	return h.handle.SetBPF(program)
}

func (h *pcapgoHandle) fill(dst []Packet, s *batchStore, wait time.Duration) (n int, err error) {
	for n < len(dst) && !s.full() {
		data, ci, err := h.handle.ZeroCopyReadPacketData()
		if err != nil { // nothing there, or the interface is down, which the attendance notices
			if n > 0 || wait <= 0 {
				break
			}
			if err := h.pause(wait); err != nil {
				return n, err
			}
			wait = 0
			continue
		}
		control, hasTag := 0, len(ci.AncillaryData) > 0
		if hasTag {
			control, _ = ci.AncillaryData[0].(int)
		}
		h.deliver(&dst[n], s, data, ci.Timestamp, ci.Length, control, hasTag)
		n++
	}
	return n, nil
}

func (h *pcapgoHandle) close() {
	if !h.closed {
		h.look()
		h.count()
		h.closed = true
		h.handle.Close()
	}
}
