package capture

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/bpf"

	"peeratlas/capture/packet"
)

// LiveOptions say which interfaces are read, and how. The zero value of a field means its default.
type LiveOptions struct {
	Interfaces []string
	// Method is "ring" (own block-wise TPACKET_V3 ring), "afpacket" (gopacket's ring, with cgo),
	// "pcapgo" (gopacket's handle that copies each packet) or "libpcap" (built with that tag).
	// Default: the first that this build and system have.
	Method string
	// SnapLength bounds the octets that are captured of a packet. Default 262144, as tcpdump.
	SnapLength int
	// RingOctets is the size of the ring of each interface, shared by its Rings. Default 64 MiB.
	RingOctets int
	// Rings is how many rings share each interface's packets, by the kernel's hash of flows
	// (PACKET_FANOUT_HASH). Default 1.
	Rings int
	// Wait is how long ReadBatch waits for a packet before it returns none. Default 100 ms.
	Wait time.Duration
	// NotPromiscuous leaves the interfaces' mode as it is.
	NotPromiscuous bool
	// Program runs in the kernel on every packet; packets that it returns 0 for are not received.
	// nil stands for "ip or ip6", under up to two tags and one that the kernel took off, and whatever
	// else packet.Decode finds IP in: MPLS, PPPoE sessions, 802.2. Linux shows it frames without
	// their outermost tag: see ParseRawProgram and program.go.
	Program []bpf.RawInstruction
	// Expression is a tcpdump expression that libpcap compiles to a Program. Only with Method libpcap.
	Expression string
}

// ErrNoLive tells that this build cannot read interfaces.
var ErrNoLive = errors.New("this build reads no interfaces")

// ErrNoInterface tells that an interface does not exist.
var ErrNoInterface = errors.New("no such interface")

// LiveStats is what came by one interface since it was opened.
type LiveStats struct {
	Name     string
	LinkType packet.LinkType
	Up       bool   // it can bring packets now
	Problem  string // why it cannot, in words; empty if it can
	Received uint64 // packets that ReadBatch delivered
	Octets   uint64 // on the wire, of these
	Cut      uint64 // of these, captured shorter than they were
	// DroppedByKernel counts packets that the filter let pass and the ring had no room for. A
	// packet dropped is in no other number.
	DroppedByKernel uint64
	// DroppedByInterface counts what the interface itself says that it dropped, before any filter:
	// rx_dropped, rx_missed_errors and rx_over_errors of its statistics.
	DroppedByInterface uint64
}

// Live reads interfaces as one stream of packets, in the order of time as far as it can be had.
// It is for one goroutine.
type Live struct {
	engine  engine
	method  string
	tallies []tally
	closed  bool
}

// engine is one method of reading interfaces.
type engine interface {
	// read fills dst, waiting a while for the first packet. Data is valid until the read after the
	// next one.
	read(dst []Packet) (int, error)
	// stats fills in what the engine knows of each interface: names, states, drops.
	stats(*Stats)
	close() error
}

// simultaneous is how much earlier than its predecessor a packet may be before a clock must have
// jumped: processors that receive at the same time are not in order.
const simultaneous = int64(time.Millisecond)

// OpenLive opens interfaces for reading. An error is one line that says what to do; it is
// ErrNoLive, ErrNoInterface or fs.ErrPermission, where errors.Is tells so.
//
// Linux asks for CAP_NET_RAW, for the opening alone: an interface that goes down and up again, or
// that is removed and made anew under its name, is read on without it, but for those with several
// rings.
func OpenLive(o LiveOptions) (*Live, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	e, method, err := openEngine(o)
	if err != nil {
		return nil, err
	}
	return &Live{engine: e, method: method, tallies: make([]tally, len(o.Interfaces))}, nil
}

const (
	defaultRingOctets = 64 << 20
	defaultWait       = 100 * time.Millisecond
	mostRings         = 64
)

// check fills in defaults and refuses what no method takes.
func (o *LiveOptions) check() error {
	if len(o.Interfaces) == 0 {
		return fmt.Errorf("no interface given; %s", existing())
	}
	for i, name := range o.Interfaces {
		if slices.Contains(o.Interfaces[:i], name) {
			return fmt.Errorf("interface %s is given twice; name it once", name)
		}
	}
	if o.SnapLength < 0 || o.SnapLength > MaxCaptured {
		return fmt.Errorf("snap length %d: it takes 1 to %d octets, and 0 for the most", o.SnapLength, MaxCaptured)
	}
	if o.RingOctets < 0 || o.Rings < 0 || o.Rings > mostRings || o.Wait < 0 {
		return fmt.Errorf("the ring's size and the wait cannot be negative, and an interface has 1 to %d rings", mostRings)
	}
	if o.Expression != "" && o.Program != nil {
		return errors.New("an expression and a raw filter: choose one")
	}
	o.SnapLength = cmp.Or(o.SnapLength, defaultSnapLength)
	o.RingOctets = cmp.Or(o.RingOctets, defaultRingOctets)
	o.Rings = cmp.Or(o.Rings, 1)
	o.Wait = cmp.Or(o.Wait, defaultWait)
	return nil
}

// existing lists the interfaces that there are, for the end of an error.
func existing() string {
	all, err := net.Interfaces()
	if err != nil || len(all) == 0 {
		return "this system shows none"
	}
	names := make([]string, len(all))
	for i, one := range all {
		names[i] = one.Name
	}
	return "there are " + strings.Join(names, ", ")
}

// noInterface is the error of a name that no interface has.
func noInterface(name string) error {
	return fmt.Errorf("%s: %w; %s", name, ErrNoInterface, existing())
}

// needsLibpcap is the error of an expression where no libpcap is.
func needsLibpcap(o *LiveOptions) error {
	return fmt.Errorf("%q: only libpcap compiles such expressions, and this reads without; let tcpdump compile it: --bpf-raw \"$(tcpdump -i %s -ddd '%s')\"",
		o.Expression, o.Interfaces[0], o.Expression)
}

// ReadBatch fills dst with the next packets and returns how many: what is there, or after
// LiveOptions.Wait, or sooner, none. There is no end; after Close the error is os.ErrClosed, and
// any other one is of the operating system and will not go away.
//
// Data of the packets is valid until the next ReadBatch but one, and not after Close. A batch is
// shorter than dst if there is no more for now, or if more would keep too much of the ring from
// the kernel.
func (l *Live) ReadBatch(dst []Packet) (n int, err error) {
	if l.closed {
		return 0, os.ErrClosed
	}
	if len(dst) == 0 {
		return 0, nil
	}
	n, err = l.engine.read(dst)
	l.count(dst[:n])
	return n, err
}

// count counts packets that are delivered.
func (l *Live) count(ps []Packet) {
	for i := range ps {
		p := &ps[i]
		t := &l.tallies[p.Interface]
		if t.packets == 0 {
			t.first = p.Timestamp
		} else if p.Timestamp < t.last-simultaneous {
			t.backwards++
		}
		t.last = p.Timestamp
		t.packets++
		t.captured += uint64(len(p.Data))
		t.wire += uint64(p.OriginalLength)
		if uint32(len(p.Data)) < p.OriginalLength {
			t.cut++
		}
	}
}

// Stats tells what was read so far. Call it between batches, not for every one: it asks the
// system, and allocates. After Close it tells what was known then.
func (l *Live) Stats() Stats {
	s := Stats{Live: make([]LiveStats, len(l.tallies)), Inputs: make([]InputStats, len(l.tallies)), Interfaces: uint32(len(l.tallies))}
	l.engine.stats(&s)
	var links ledger
	for i := range l.tallies {
		t, one := &l.tallies[i], &s.Live[i]
		one.Received, one.Octets, one.Cut = t.packets, t.wire, t.cut
		s.Inputs[i] = InputStats{Path: one.Name, Format: "live, " + l.method, Packets: t.packets, First: t.first, Last: t.last}
		s.Packets += t.packets
		s.CapturedOctets += t.captured
		s.WireOctets += t.wire
		s.Cut += t.cut
		s.Backwards += t.backwards
		s.DroppedByInterface += one.DroppedByInterface
		s.DroppedBySystem += one.DroppedByKernel
		links.describe(one.LinkType)
	}
	s.Consumed = int64(s.CapturedOctets)
	s.LinkTypes = links.linkTypes()
	return s
}

// Close ends the reading and gives the memory back: the Data of packets is gone with it.
func (l *Live) Close() error {
	if l.closed {
		return nil
	}
	l.closed = true
	return l.engine.close()
}

// Method is how the interfaces are read: see LiveOptions.Method.
func (l *Live) Method() string { return l.method }
