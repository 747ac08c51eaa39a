package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"peeratlas/capture/packet"
)

// WriterOptions of a NewWriter. What is empty is left out.
type WriterOptions struct {
	Application string // that writes the file, with its version
	System      string // operating system; nobody is told the machine's name unless it is put here
	Hardware    string
	Comment     string // about the whole file
}

// InterfaceInfo is what a capture says of one of its interfaces.
type InterfaceInfo struct {
	Name, Description string
	Filter            string // expression that ran at capture time
	LinkType          packet.LinkType
	SnapLength        uint32 // 0 is no limit
}

// InterfaceTotals are counts of one interface for a statistics block, from Start to End.
type InterfaceTotals struct {
	Start, End         int64 // nanoseconds since the Unix epoch
	Received           uint64
	DroppedByInterface uint64
	DroppedBySystem    uint64
	Delivered          uint64 // of those received, to the program that captured
	Comment            string
}

// HostName is a name of an address for a name resolution block.
type HostName struct {
	Addr packet.Addr
	Name string
}

// Writer writes a pcapng file (draft-ietf-opsawg-pcapng): one section, little-endian, times in
// nanoseconds. Packets may bear a comment, which pcapgo v1.1.19 does not write: its NgWriter
// gives a packet no options. It is for one goroutine.
//
// Every write to the file is one of whole blocks, so that a process killed between two of them
// leaves a file that can be read to its end. A write that fails loses the blocks in it, which
// Lost counts; the caller then sees to it that no part of them stays, and may go on.
type Writer struct {
	w          io.Writer
	buf        []byte
	interfaces uint32
	pending    uint64 // packets in buf
	written    uint64
	lost       uint64
	octets     int64
}

// writeAhead is how much is gathered for one write.
const writeAhead = 128 << 10

// NewWriter writes the section header.
func NewWriter(w io.Writer, o WriterOptions) (*Writer, error) {
	g := &Writer{w: w, buf: make([]byte, 0, writeAhead+(4<<10))}
	at := g.begin(blockSection)
	g.u32(byteOrderMagic)
	g.u16(1)
	g.u16(0)
	g.u64(^uint64(0)) // length of the section: not known
	more := g.text(optionComment, o.Comment)
	more = g.text(optionHardware, o.Hardware) || more
	more = g.text(optionSystem, o.System) || more
	more = g.text(optionApplication, o.Application) || more
	g.end(at, more)
	return g, g.Flush()
}

// AddInterface describes one more interface and returns the number that its packets bear. It
// does not wait: what is gathered is written first, so that a description is never lost with it.
func (g *Writer) AddInterface(i InterfaceInfo) (uint32, error) {
	if err := g.Flush(); err != nil {
		return 0, err
	}
	at := g.begin(blockInterface)
	g.u16(uint16(i.LinkType))
	g.u16(0)
	g.u32(i.SnapLength)
	g.text(optionName, i.Name)
	g.text(optionDescription, i.Description)
	g.option(optionResolution, []byte{9})
	if i.Filter != "" {
		// The first octet says that a text follows, and no program (section 4.2, if_filter).
		g.text(optionFilter, "\x00"+cleanComment(i.Filter))
	}
	g.end(at, true)
	if err := g.Flush(); err != nil {
		return 0, err
	}
	g.interfaces++
	return g.interfaces - 1, nil
}

// Reception types of PacketFlags (section 4.3.1); 0 is not known.
const (
	FlagMulticast uint32 = 2 << 2
	FlagBroadcast uint32 = 3 << 2
)

// ReceptionFlags are the epb_flags that a frame shows by itself: whether it was sent to a group.
// To whom a unicast frame was sent, and in which direction, only the capturing system knows.
func ReceptionFlags(link packet.LinkType, frame []byte) uint32 {
	if link != packet.LinkEthernet || len(frame) < 6 || frame[0]&1 == 0 {
		return 0
	}
	if [6]byte(frame) == [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff} {
		return FlagBroadcast
	}
	return FlagMulticast
}

var errUndescribed = errors.New("packet of an interface that was not added to the file")

// WritePacket writes a packet of interface number id, whatever p.Interface says; flags are
// epb_flags. Neither p nor comment is kept. It allocates nothing, save for a comment that must
// be cleaned.
func (g *Writer) WritePacket(id uint32, p *Packet, flags uint32, comment string) error {
	if id >= g.interfaces {
		return errUndescribed
	}
	data := p.Data[:min(len(p.Data), MaxCaptured)]
	if len(g.buf)+len(data) > writeAhead && len(g.buf) > 0 {
		if err := g.Flush(); err != nil {
			g.lost++
			return err
		}
	}
	ts := uint64(max(p.Timestamp, 0))
	at := g.begin(blockEnhanced)
	g.u32(id)
	g.u32(uint32(ts >> 32))
	g.u32(uint32(ts))
	g.u32(uint32(len(data)))
	g.u32(max(p.OriginalLength, uint32(len(p.Data))))
	g.buf = append(g.buf, data...)
	g.pad()
	more := g.text(optionComment, comment)
	if flags != 0 {
		g.head(optionFlags, 4)
		g.u32(flags)
		more = true
	}
	g.end(at, more)
	g.pending++
	return nil
}

// WriteTotals writes a statistics block of interface number id.
func (g *Writer) WriteTotals(id uint32, t *InterfaceTotals) error {
	if id >= g.interfaces {
		return errUndescribed
	}
	at := g.begin(blockStatistics)
	g.u32(id)
	g.time(t.End)
	g.text(optionComment, t.Comment)
	g.head(optionStart, 8)
	g.time(t.Start)
	g.head(optionEndTime, 8)
	g.time(t.End)
	for _, o := range [...]struct {
		code  uint16
		value uint64
	}{{optionIfReceived, t.Received}, {optionIfDrop, t.DroppedByInterface}, {optionOSDrop, t.DroppedBySystem},
		{optionDelivered, t.Delivered}} {
		g.head(o.code, 8)
		g.u64(o.value)
	}
	g.end(at, true)
	return nil
}

// WriteNames writes a name resolution block. A name that does not fit, or is none, is left out.
func (g *Writer) WriteNames(names []HostName) error {
	const record4, record6, mostOctets = 1, 2, 512 << 10
	at := -1
	for i := range names {
		n := &names[i]
		text := cleanComment(n.Name)
		if text == "" || len(text) > mostText/2 {
			continue
		}
		if at < 0 {
			at = g.begin(blockNames)
		}
		kind, addr := uint16(record6), n.Addr[:]
		if n.Addr.Is4() {
			kind, addr = record4, n.Addr[12:]
		}
		g.head(kind, len(addr)+len(text)+1)
		g.buf = append(append(append(g.buf, addr...), text...), 0)
		g.pad()
		if len(g.buf)-at > mostOctets {
			g.endNames(at)
			at = -1
		}
	}
	if at >= 0 {
		g.endNames(at)
	}
	return g.Flush()
}

func (g *Writer) endNames(at int) {
	g.u32(0) // nrb_record_end
	g.end(at, false)
}

// Flush writes what is gathered, at once.
func (g *Writer) Flush() error {
	if len(g.buf) == 0 {
		return nil
	}
	n, err := g.w.Write(g.buf)
	if err == nil && n < len(g.buf) {
		err = io.ErrShortWrite
	}
	if err == nil {
		g.octets += int64(n)
		g.written += g.pending
	} else {
		err = fmt.Errorf("write pcapng: %w", err)
		g.lost += g.pending
	}
	g.buf, g.pending = g.buf[:0], 0
	return err
}

// Octets are those of the file so far, with what is gathered.
func (g *Writer) Octets() int64 { return g.octets + int64(len(g.buf)) }

// Written counts packets that a successful write had in it, and those that are gathered.
func (g *Writer) Written() uint64 { return g.written + g.pending }

// Lost counts packets of writes that failed.
func (g *Writer) Lost() uint64 { return g.lost }

// begin starts a block, and end ends the one that began at.
func (g *Writer) begin(kind uint32) (at int) {
	at = len(g.buf)
	g.u32(kind)
	g.u32(0)
	return at
}

func (g *Writer) end(at int, options bool) {
	if options {
		g.u32(optionEnd)
	}
	length := uint32(len(g.buf) - at + 4)
	binary.LittleEndian.PutUint32(g.buf[at+4:], length)
	g.u32(length)
}

func (g *Writer) u16(v uint16) { g.buf = binary.LittleEndian.AppendUint16(g.buf, v) }
func (g *Writer) u32(v uint32) { g.buf = binary.LittleEndian.AppendUint32(g.buf, v) }
func (g *Writer) u64(v uint64) { g.buf = binary.LittleEndian.AppendUint64(g.buf, v) }

// time writes nanoseconds as two words, the higher one first, as timestamps are.
func (g *Writer) time(ts int64) {
	t := uint64(max(ts, 0))
	g.u32(uint32(t >> 32))
	g.u32(uint32(t))
}

func (g *Writer) head(code uint16, length int) {
	g.u16(code)
	g.u16(uint16(length))
}

// option writes one option; value has at most mostText octets.
func (g *Writer) option(code uint16, value []byte) {
	g.head(code, len(value))
	g.buf = append(g.buf, value...)
	g.pad()
}

// pad fills up with zeros to a multiple of four, to which all blocks are aligned.
func (g *Writer) pad() {
	for len(g.buf)&3 != 0 {
		g.buf = append(g.buf, 0)
	}
}

// text writes an option of text, and tells whether there was any.
func (g *Writer) text(code uint16, s string) bool {
	if s == "" {
		return false
	}
	if code != optionFilter {
		s = cleanComment(s)
	}
	s = s[:min(len(s), mostText)]
	g.head(code, len(s))
	g.buf = append(g.buf, s...)
	g.pad()
	return true
}
