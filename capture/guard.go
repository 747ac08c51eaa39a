package capture

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/google/gopacket/pcapgo"
)

// Bounds on what a file may ask for.
const (
	// MaxCaptured is the most octets of one packet that are read. It is the largest
	// snap length that tcpdump takes (MAXIMUM_SNAPLEN); no network frame comes near,
	// and a batch of them must fit in memory.
	MaxCaptured = 256 << 10

	// bufferSize holds the largest block that is looked at as a whole. Every block that
	// bears a packet fits, with 768 KiB for its options; longer blocks of other kinds
	// (name tables, TLS keys) are streamed past.
	bufferSize = 1 << 20

	// maxBlock is the longest pcapng block that is streamed past. A longer one is taken
	// for damage: libpcap and Wireshark draw the line at 16 MiB as well.
	maxBlock = 16 << 20

	// mostDamage is how much damage in a row is looked through of what is compressed: ten
	// gigabytes of zeros are a few kilobytes then, and no capture follows.
	mostDamage = 256 << 20

	// scanWindow is looked through at once after damage. It holds a record of
	// MaxCaptured octets and the header behind it, wherever in its first half it begins.
	scanWindow = 2*MaxCaptured + 64
)

// stage is the memory of one open input: its window, and the pcapgo readers that read from it.
//
// The guards (pcapGuard, ngGuard) look at each record or block inside the window. Whole plain
// ones they deliver from where they lie (run). All else they examine one by one (next): what
// is damaged is skipped, what is sound goes to pcapgo, which is given the octets of that one
// record and no other.
//
// pcapgo v1.1.19 trusts a file more than is good for it (ngread.go, read.go):
//   - if_tsresol of 10^64 or 2^64 and beyond: division by zero; 10^20 to 10^63 and finer
//     binary resolutions: wrong times
//   - interfaces: as many as the file likes, each with its strings kept
//   - snap length: a buffer of that size is made, up to 4 GiB
//   - simple packet blocks: captured length taken from the packet's original length
//   - option lengths: 65,533 to 65,535 overflow with their padding, an empty option
//     repeats the one before it, and a block too short makes its length wrap to 4 GiB
//   - interface identifiers above 2^31 index below zero where int has 32 bits
//   - link types above 255 (LINKTYPE_LINUX_SLL2 is 276) are cut to 8 bits
//   - pcap microseconds above 4,294,967 wrap
//
// So it never sees the file's header, sections, interfaces or statistics: each of the
// four readers is started on a header of our own making, and sees packet records only.
// Link type, time and interface come from the guard.
type stage struct {
	raw  *bufio.Reader // on the file itself, to look for compression
	win  window
	feed feed
	pcap [2]*pcapgo.Reader // little-endian, big-endian
	ng   [2]*pcapgo.NgReader

	interfaces []described // memory for those of a pcapng section
}

// Indexes of a stage's readers.
const (
	little = iota
	big
)

// feed hands one record to pcapgo.
type feed struct{ rest []byte }

func (f *feed) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// newStage allocates what an open input needs; it is kept and used for the next one.
func newStage(batch *uint64) (*stage, error) {
	s := &stage{raw: bufio.NewReaderSize(nil, 64<<10), win: window{batch: batch}}
	for i, order := range [...]binary.AppendByteOrder{little: binary.LittleEndian, big: binary.BigEndian} {
		var err error
		s.feed.rest = pcapHeader(order)
		if s.pcap[i], err = pcapgo.NewReader(&s.feed); err != nil {
			return nil, fmt.Errorf("capture: pcapgo refuses its own header: %w", err)
		}
		s.feed.rest = ngHeader(order)
		if s.ng[i], err = pcapgo.NewNgReader(&s.feed, pcapgo.NgReaderOptions{}); err != nil {
			return nil, fmt.Errorf("capture: pcapgo refuses its own header: %w", err)
		}
	}
	return s, nil
}

// pcapHeader is a file header (draft-ietf-opsawg-pcap, section 4) that allows MaxCaptured.
func pcapHeader(order binary.AppendByteOrder) []byte {
	h := order.AppendUint32(nil, magicMicroseconds)
	h = order.AppendUint16(h, 2)
	h = order.AppendUint16(h, 4)
	h = append(h, make([]byte, 8)...)
	h = order.AppendUint32(h, MaxCaptured)
	return order.AppendUint32(h, 1) // Ethernet; never asked for
}

// ngHeader is a section with one interface (draft-ietf-opsawg-pcapng, sections 4.1, 4.2).
func ngHeader(order binary.AppendByteOrder) []byte {
	h := order.AppendUint32(nil, blockSection)
	h = order.AppendUint32(h, 28)
	h = order.AppendUint32(h, byteOrderMagic)
	h = order.AppendUint16(h, 1)
	h = order.AppendUint16(h, 0)
	h = order.AppendUint64(h, ^uint64(0)) // section length not given
	h = order.AppendUint32(h, 28)
	h = order.AppendUint32(h, blockInterface)
	h = order.AppendUint32(h, 20)
	h = order.AppendUint32(h, 1) // Ethernet and reserved; never asked for
	h = order.AppendUint32(h, MaxCaptured)
	return order.AppendUint32(h, 20)
}

// guard is what the guards of both formats share.
type guard struct {
	*window
	feed   *feed
	lost   *Losses
	ledger *ledger
	order  int  // of the input among all
	large  bool // big-endian

	squeezed bool // the input is compressed: its octets cost nothing
	gaveUp   bool // at damage that did not end
}

func (g *guard) u16(b []byte) uint16 {
	if g.large {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func (g *guard) u32(b []byte) uint32 {
	if g.large {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

func (g *guard) u64(b []byte) uint64 {
	if g.large {
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}

func (g *guard) put32(b []byte, v uint32) {
	if g.large {
		binary.BigEndian.PutUint32(b, v)
		return
	}
	binary.LittleEndian.PutUint32(b, v)
}

// pass discards octets that hold nothing for us but are sound. It tells whether all were there.
func (g *guard) pass(n int) bool { return g.discard(n) == n }

// skip discards octets that are lost, and counts them.
func (g *guard) skip(n int) {
	g.lost[LostOctets] += uint64(g.discard(n))
}

// finder looks for the next sound record in window, at or after from. It returns where
// one begins and true; or the first place that more octets must decide, and false.
// At the end no more octets come. A record at 0 must be decidable in scanWindow octets.
type finder func(window []byte, from int, end bool) (at int, ok bool)

// zeros returns the place of the first octet of b at or after from that is not zero, or len(b).
func zeros(b []byte, from int) int {
	for from+8 <= len(b) && binary.NativeEndian.Uint64(b[from:]) == 0 {
		from += 8
	}
	for from < len(b) && b[from] == 0 {
		from++
	}
	return from
}

// resync skips damage. It tells whether the input goes on behind it; if not, all is read.
// The damage is counted as reason if nothing sound follows, else as LostDamaged: a length
// that points beyond the end is a cut file only if no record is found before the end.
func (g *guard) resync(find finder, reason Loss) bool {
	before := g.lost[LostOctets]
	for from := 1; ; from = 0 {
		if g.squeezed && g.lost[LostOctets]-before > mostDamage {
			g.gaveUp = true
			g.ended = true
			g.skip(len(g.ahead()))
			g.lost[LostDamaged]++
			return false
		}
		window, err := g.peek(scanWindow)
		end := err != nil
		at, ok := find(window, min(from, len(window)), end)
		if ok {
			g.skip(at)
			g.lost[LostDamaged]++
			return true
		}
		if end {
			g.skip(len(window))
			g.lost[reason]++
			return false
		}
		g.skip(at)
	}
}

// sticky keeps the first error of a reader, so that it can be asked for at the end,
// and so that a file that grows meanwhile ends where its end was met.
type sticky struct {
	r   io.Reader
	err error
}

func (s *sticky) Read(p []byte) (int, error) {
	for tries := 0; s.err == nil; tries++ {
		n, err := s.r.Read(p)
		if err == nil && n == 0 && tries == 100 {
			err = io.ErrNoProgress
		}
		s.err = err
		if n > 0 {
			return n, err
		}
	}
	return 0, s.err
}

// failed returns the error that is not a plain end.
func (s *sticky) failed() error {
	if s.err == io.EOF {
		return nil
	}
	return s.err
}
