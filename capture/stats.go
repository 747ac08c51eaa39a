package capture

import (
	"fmt"

	"peeratlas/capture/packet"
)

// Loss is a reason why a part of an input could not be used.
type Loss uint8

// The reasons for loss. All but LostOctets count events.
const (
	LostTruncated   Loss = iota // last record or block that the end of the input cuts short
	LostDamaged                 // run of octets that is no record or block, or a block that contradicts itself
	LostOversized               // packet with more captured octets than MaxCaptured
	LostInterface               // packet of an interface that its pcapng section does not describe
	LostVersion                 // pcapng section of a version that is not known
	LostCompression             // gzip or zstd stream that is corrupt or cut short
	LostRead                    // input that the operating system stopped giving
	LostOctets                  // octets that were skipped for the reasons above, after decompression

	NumLosses = iota // how many reasons there are
)

// lossWords are the reasons in the words of a report.
var lossWords = [NumLosses]string{
	LostTruncated:   "last packet cut short by the end of the file",
	LostDamaged:     "damaged places",
	LostOversized:   "oversized packets",
	LostInterface:   "packets of undescribed interfaces",
	LostVersion:     "sections of unknown pcapng version",
	LostCompression: "decompression errors",
	LostRead:        "read errors",
	LostOctets:      "octets skipped",
}

// String returns l in the words of a report.
func (l Loss) String() string {
	if int(l) < len(lossWords) {
		return lossWords[l]
	}
	return fmt.Sprintf("loss %d", uint8(l))
}

// Losses counts losses by reason.
type Losses [NumLosses]uint64

// LossCount is one reason and how often it was met.
type LossCount struct {
	Reason Loss
	Number uint64
}

// List returns the reasons that were met, in their fixed order.
func (l *Losses) List() []LossCount {
	var list []LossCount
	for reason, number := range l {
		if number > 0 {
			list = append(list, LossCount{Loss(reason), number})
		}
	}
	return list
}

// Any tells whether anything was lost.
func (l *Losses) Any() bool { return *l != Losses{} }

// InputStats is what was read of one file, or of standard input.
type InputStats struct {
	Path        string // as given, or the folder joined with the file's name; "-" is standard input
	Format      string // outermost last: "pcapng, zstd"
	Packets     uint64 // delivered by ReadBatch
	First, Last int64  // timestamps of the first and last packet delivered; valid if Packets > 0
	Lost        Losses
	Problem     string // error text that goes with LostCompression or LostRead; else empty
}

// SkippedFile is a file of a folder that is not read.
type SkippedFile struct {
	Path, Reason string
	Unreadable   bool // it may be a capture: its octets could not be had
}

// Stats says what was read so far, and what could not be. Its slices are the caller's.
type Stats struct {
	Packets        uint64 // delivered by ReadBatch
	CapturedOctets uint64
	WireOctets     uint64
	Cut            uint64 // packets captured shorter than they were on the wire
	Backwards      uint64 // packets earlier than the one before them in the same input: the clock jumped
	Lost           Losses // sum over Inputs

	// Drops as pcapng interface statistics blocks tell them: they happened while
	// the capture was made. A packet dropped is in no other number.
	DroppedByInterface uint64 // isb_ifdrop, and the drop counts of obsolete packet blocks
	DroppedBySystem    uint64 // isb_osdrop

	Consumed int64 // octets read from the inputs, before decompression
	Size     int64 // octets of all inputs together; 0 if any is a pipe, whose size is not known

	Interfaces uint32            // described by the inputs read so far; Packet.Interface is below it
	LinkTypes  []packet.LinkType // of these interfaces, ascending, each once
	Inputs     []InputStats      // in the order given; a folder's files by name
	Skipped    []SkippedFile     // files of folders that are no captures
	Live       []LiveStats       // of interfaces, in the order given; nil for files
}

// ledger is what all inputs of one Files number and collect together.
type ledger struct {
	interfaces uint32
	told       *told                // what inputs say of their interfaces; nil if nobody wants to know
	links      [1 << 16 / 64]uint64 // bit set: hostile files may describe every link type
}

// describe notes one more interface and returns its number.
func (l *ledger) describe(link packet.LinkType) uint32 {
	l.links[link/64] |= 1 << (link % 64)
	return l.anonymous()
}

// anonymous numbers an interface whose description is lost.
func (l *ledger) anonymous() uint32 {
	number := l.interfaces
	l.interfaces++
	return number
}

// linkTypes lists the bit set.
func (l *ledger) linkTypes() []packet.LinkType {
	var list []packet.LinkType
	for word, set := range l.links {
		for bit := 0; set != 0; bit, set = bit+1, set>>1 {
			if set&1 != 0 {
				list = append(list, packet.LinkType(word*64+bit))
			}
		}
	}
	return list
}

// tally is what one input counts of the packets that were delivered.
type tally struct {
	packets, captured, wire, cut, backwards uint64

	first, last int64
}

// count counts packets that are delivered.
func (t *tally) count(ps []Packet) {
	last, captured, wire := t.last, uint64(0), uint64(0)
	if t.packets == 0 {
		last = ps[0].Timestamp
		t.first = last
	}
	for i := range ps {
		p := &ps[i]
		if p.Timestamp < last {
			t.backwards++
		}
		last = p.Timestamp
		captured += uint64(len(p.Data))
		wire += uint64(p.OriginalLength)
		if uint32(len(p.Data)) < p.OriginalLength {
			t.cut++
		}
	}
	t.packets += uint64(len(ps))
	t.captured += captured
	t.wire += wire
	t.last = last
}

// saturate adds counters that a hostile file may have set to anything.
func saturate(a, b uint64) uint64 {
	if a+b < a {
		return ^uint64(0)
	}
	return a + b
}
