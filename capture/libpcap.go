//go:build libpcap

package capture

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/gopacket/pcap"
	"golang.org/x/net/bpf"

	"peeratlas/capture/packet"
)

// pcapHandle reads by libpcap (Npcap on Windows), which puts tags back itself.
type pcapHandle struct {
	name    string
	number  uint32
	link    packet.LinkType
	options LiveOptions
	handle  *pcap.Handle // nil: it failed, and is opened again
	problem string
	tried   time.Time
	before  pcap.Stats // of handles that are closed
	last    pcap.Stats
}

// libpcapBuilt tells whether libpcap is built in.
const libpcapBuilt = true

func openLibpcap(o LiveOptions) (engine, error) {
	if o.Rings > 1 {
		return nil, errors.New("method libpcap has one ring: several need method ring")
	}
	e := &handles{wait: o.Wait}
	for i, name := range o.Interfaces {
		h := &pcapHandle{name: name, number: uint32(i), options: o}
		if err := h.open(); err != nil {
			e.close()
			return nil, openPcapError(name, err)
		}
		e.all = append(e.all, h)
	}
	return e, nil
}

// openPcapError says what to do about an error of libpcap's.
func openPcapError(name string, err error) error {
	for _, one := range existingNames() {
		if one == name {
			return fmt.Errorf("%s: libpcap: %w", name, err)
		}
	}
	return fmt.Errorf("%w (libpcap: %w)", noInterface(name), err)
}

// existingNames are the interfaces in libpcap's names.
func existingNames() (names []string) {
	all, _ := pcap.FindAllDevs()
	for _, one := range all {
		names = append(names, one.Name)
	}
	return names
}

func (h *pcapHandle) open() error {
	inactive, err := pcap.NewInactiveHandle(h.name)
	if err != nil {
		return err
	}
	defer inactive.CleanUp()
	for _, err := range []error{inactive.SetSnapLen(h.options.SnapLength), inactive.SetPromisc(!h.options.NotPromiscuous),
		inactive.SetTimeout(pcapTimeout), inactive.SetBufferSize(h.options.RingOctets)} {
		if err != nil {
			return err
		}
	}
	handle, err := inactive.Activate()
	if err != nil {
		return err
	}
	link := packet.LinkType(handle.LinkType())
	if err := h.filter(handle, link); err != nil {
		handle.Close()
		return err
	}
	h.handle, h.link, h.problem = handle, link, ""
	return nil
}

// filter sets the expression, or the program, or the default one, which is for Ethernet only.
func (h *pcapHandle) filter(handle *pcap.Handle, link packet.LinkType) error {
	o := &h.options
	program := o.Program
	switch {
	case o.Expression != "":
		if err := handle.SetBPFFilter(o.Expression); err != nil {
			return fmt.Errorf("expression %q: %w", o.Expression, err)
		}
		return nil
	case len(program) > 0:
		program = snapped(program, o.SnapLength)
	case link == packet.LinkEthernet:
		program = ethernetProgram(o.SnapLength)
	default:
		return nil
	}
	return handle.SetBPFInstructionFilter(pcapInstructions(program))
}

func pcapInstructions(program []bpf.RawInstruction) []pcap.BPFInstruction {
	out := make([]pcap.BPFInstruction, len(program))
	for i, in := range program {
		out[i] = pcap.BPFInstruction{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	return out
}

// pcapTimeout is how long libpcap waits for a packet, and Linux for a block to fill up.
const pcapTimeout = 20 * time.Millisecond

// fill waits as libpcap was told when it was opened: it cannot be asked for what is there.
func (h *pcapHandle) fill(dst []Packet, s *batchStore, wait time.Duration) (n int, err error) {
	if h.handle == nil {
		if time.Since(h.tried) < time.Second {
			time.Sleep(min(wait, glance))
			return 0, nil
		}
		h.tried = time.Now()
		if err := h.open(); err != nil {
			h.problem = err.Error()
			return 0, nil
		}
	}
	begun := time.Now()
	for n < len(dst) && !s.full() && (n == 0 || time.Since(begun) < pcapTimeout) {
		data, ci, err := h.handle.ZeroCopyReadPacketData()
		if errors.Is(err, pcap.NextErrorTimeoutExpired) {
			return n, nil
		}
		if err != nil {
			h.fail(err)
			return n, nil
		}
		b := s.room(len(data))
		copy(b, data)
		dst[n] = Packet{Data: b, Timestamp: ci.Timestamp.UnixNano(), OriginalLength: uint32(max(ci.Length, len(b))),
			Interface: h.number, LinkType: h.link}
		n++
	}
	return n, nil
}

// fail closes a handle whose interface went away; it is opened again.
func (h *pcapHandle) fail(err error) {
	h.count()
	h.before, h.last = sum(h.before, h.last), pcap.Stats{}
	h.handle.Close()
	h.handle, h.problem, h.tried = nil, err.Error(), time.Now()
}

func sum(a, b pcap.Stats) pcap.Stats {
	return pcap.Stats{PacketsReceived: a.PacketsReceived + b.PacketsReceived, PacketsDropped: a.PacketsDropped + b.PacketsDropped,
		PacketsIfDropped: a.PacketsIfDropped + b.PacketsIfDropped}
}

func (h *pcapHandle) count() {
	if h.handle == nil {
		return
	}
	if s, err := h.handle.Stats(); err == nil {
		h.last = *s
	}
}

func (h *pcapHandle) report(s *LiveStats) {
	h.count()
	all := sum(h.before, h.last)
	*s = LiveStats{Name: h.name, LinkType: h.link, Up: h.handle != nil, Problem: h.problem,
		DroppedByKernel: uint64(all.PacketsDropped), DroppedByInterface: uint64(all.PacketsIfDropped)}
}

func (h *pcapHandle) close() {
	if h.handle != nil {
		h.fail(errors.New("closed"))
	}
}
