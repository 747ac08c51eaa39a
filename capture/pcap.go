package capture

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/google/gopacket/pcapgo"

	"peeratlas/capture/packet"
)

// Magic numbers of pcap files (draft-ietf-opsawg-pcap, section 4), and of the variant by
// Alexey Kuznetzov with longer record headers (libpcap, sf-pcap.c, KUZNETZOV_TCPDUMP_MAGIC).
const (
	magicMicroseconds = 0xa1b2c3d4
	magicNanoseconds  = 0xa1b23c4d
	magicKuznetzov    = 0xa1b2cd34
)

const (
	pcapHeaderLength  = 24
	pcapRecordLength  = 16
	kuznetzovAddition = 8 // interface index, protocol, packet type, padding; behind the usual 16
)

// near is how far, in seconds, a record found after damage may be from the last sound one.
// A month separates chance (a random second is that near once in 800) from slow captures.
const near = 30 * 24 * 60 * 60

// pcapGuard lets the sound records of a pcap stream through to pcapgo.
type pcapGuard struct {
	guard
	reader *pcapgo.Reader
	number uint32 // of the one interface
	link   packet.LinkType
	unit   int64  // nanoseconds in a unit of the sub-second field
	units  uint32 // such units in a second
	header int    // octets of a record header
	last   uint32 // second of the last sound record; valid if any
	any    bool
}

// record is a record header.
type record struct {
	second, fraction, captured, original uint32
}

// pcapFormat names the format that a magic number stands for; it is empty for none.
func pcapFormat(m uint32) string {
	switch m {
	case magicMicroseconds:
		return "pcap"
	case magicNanoseconds:
		return "pcap nanosecond"
	case magicKuznetzov:
		return "pcap modified"
	}
	return ""
}

// newPcapGuard reads the file header, whose magic number, seen by s.large, is m.
func newPcapGuard(g guard, s *stage, m uint32) (pcapGuard, error) {
	p := pcapGuard{guard: g, unit: 1000, units: 1e6, header: pcapRecordLength}
	h, err := p.peek(pcapHeaderLength)
	if err != nil {
		return p, errors.New("the file header is cut short")
	}
	// Version 2.4 has been the only one since 1998; older ones order the lengths otherwise.
	if major, minor := p.u16(h[4:]), p.u16(h[6:]); major != 2 || minor != 4 {
		return p, fmt.Errorf("pcap version %d.%d; only 2.4 is read", major, minor)
	}
	// The upper half holds the length of the frame check sequence, if any (section 4).
	p.link = packet.LinkType(p.u32(h[20:]))
	switch m {
	case magicNanoseconds:
		p.unit, p.units = 1, 1e9
	case magicKuznetzov:
		p.header += kuznetzovAddition
	}
	p.reader = s.pcap[little]
	if p.large {
		p.reader = s.pcap[big]
	}
	p.number = p.ledger.describe(p.link)
	p.ledger.told.tell(p.number, p.order, InterfaceInfo{LinkType: p.link, SnapLength: p.u32(h[16:])})
	p.pass(pcapHeaderLength)
	return p, nil
}

// run delivers whole sound records from where they lie, none later than last, as many as
// are in memory and dst takes. It reads nothing. What it leaves is for next.
func (g *pcapGuard) run(dst []Packet, last int64) int {
	b, n := g.ahead(), 0
	for n < len(dst) && len(b) >= g.header {
		r := g.parse(b)
		if !g.sound(&r) || int(r.captured) > len(b)-g.header {
			break
		}
		ts := g.time(&r)
		if ts > last {
			break
		}
		size := g.header + int(r.captured)
		p := &dst[n]
		p.Data = b[g.header:size:size]
		p.Timestamp, p.OriginalLength, p.Interface, p.LinkType = ts, r.original, g.number, g.link
		g.last = r.second
		b = b[size:]
		n++
	}
	if n > 0 {
		g.any = true
		g.at = g.end - len(b)
	}
	return n
}

// time is the record's time. It is below 2^62.
func (g *pcapGuard) time(r *record) int64 { return int64(r.second)*1e9 + int64(r.fraction)*g.unit }

// next examines what is due and reads the next sound record by pcapgo; false is the end.
// Data is valid until the next call.
func (g *pcapGuard) next(p *Packet) bool {
	for {
		h, err := g.peek(g.header)
		if err != nil {
			if len(h) > 0 {
				g.skip(len(h))
				g.lost[LostTruncated]++
			}
			return false
		}
		r := g.parse(h)
		if !g.sound(&r) && !g.tolerable(&r) {
			if !g.resync(g.find, LostDamaged) {
				return false
			}
			continue
		}
		h, err = g.peek(g.header + int(r.captured))
		if err != nil {
			if !g.resync(g.find, LostTruncated) {
				return false
			}
			continue
		}
		return g.deliver(h, &r, p)
	}
}

// deliver lets pcapgo read the record h, which is whole and in memory.
func (g *pcapGuard) deliver(h []byte, r *record, p *Packet) bool {
	if r.captured > r.original {
		// More captured than there was is a writer's slip; pcapgo would refuse the packet.
		r.original = r.captured
		g.put32(h[12:], r.original)
	}
	size := len(h)
	if g.header > pcapRecordLength {
		// pcapgo knows the short header only: move it up to the packet.
		copy(h[kuznetzovAddition:], h[:pcapRecordLength])
		h = h[kuznetzovAddition:]
	}
	g.feed.rest = h
	data, _, err := g.reader.ZeroCopyReadPacketData()
	g.pass(size)
	if err != nil { // not possible after the checks; if it were, the position would be lost
		g.lost[LostDamaged]++
		return false
	}
	g.last, g.any = r.second, true
	p.Data = data
	p.Timestamp = g.time(r)
	p.OriginalLength = r.original
	p.Interface = g.number
	p.LinkType = g.link
	return true
}

func (g *pcapGuard) parse(h []byte) record {
	return record{
		second:   g.u32(h[0:]),
		fraction: g.u32(h[4:]),
		captured: g.u32(h[8:]),
		original: g.u32(h[12:]),
	}
}

// sound tells whether r, found where a record is due, is taken as it is. The file's snap
// length is not asked: some writers do not keep to it, and other readers do not mind.
// All zeros is a hole in the file, not a packet.
func (g *pcapGuard) sound(r *record) bool {
	return r.captured <= MaxCaptured && r.captured <= r.original && r.fraction < g.units &&
		(r.original != 0 || r.second != 0)
}

// tolerable tells whether r, which is not sound, is only written oddly (more captured than
// original octets; nanoseconds in a microsecond file): what is due behind it is there,
// the end of the input or a header near in time with a length that can be.
func (g *pcapGuard) tolerable(r *record) bool {
	if r.captured > MaxCaptured || *r == (record{}) {
		return false
	}
	size := g.header + int(r.captured)
	h, _ := g.peek(size + g.header)
	if len(h) < size+g.header {
		return len(h) == size
	}
	following := g.parse(h[size:])
	return following.captured <= MaxCaptured && nearby(following.second, r.second)
}

// nearby tells whether two seconds are within a month.
func nearby(a, b uint32) bool { return max(a, b)-min(a, b) <= near }

// plausible is stricter than sound: it is for records that are found, not due.
func (g *pcapGuard) plausible(r *record, second uint32, known bool) bool {
	if known && !nearby(r.second, second) {
		return false
	}
	return r.fraction < g.units && r.captured > 0 && r.captured <= r.original && r.original <= MaxCaptured
}

// find is the finder of records: plausible, near the last one in time, and with another
// plausible one or the end of the input right behind.
func (g *pcapGuard) find(window []byte, from int, end bool) (at int, ok bool) {
	for at = from; at+g.header <= len(window); at++ {
		if binary.NativeEndian.Uint32(window[at+8:]) == 0 { // captured nothing: holes are of zeros
			at = min(zeros(window, at+12)-12, len(window)-g.header)
			continue
		}
		r := g.parse(window[at:])
		if !g.plausible(&r, g.last, g.any) {
			continue
		}
		next := at + g.header + int(r.captured)
		switch {
		case next+g.header <= len(window):
			following := g.parse(window[next:])
			if g.plausible(&following, r.second, true) {
				return at, true
			}
		case !end:
			return at, false
		case next <= len(window): // the end, or a last record cut in its header
			return at, true
		}
	}
	return at, false
}

// ready tells whether the next record is in memory, so that reading it does not wait.
func (g *pcapGuard) ready() bool {
	h := g.ahead()
	if len(h) < g.header {
		return false
	}
	r := g.parse(h)
	return len(h)-g.header >= int(min(r.captured, MaxCaptured))
}
