package classify

import "peeratlas/classify/flow"

// Messages that one packet does not hold, put together: ClientHellos, which with post-quantum
// key shares take two segments or datagrams; certificates, which take three; DNS over TCP. Their
// pieces may come in any order, again, and overlapping; of octets that came twice the first
// stand. Bounded: 64 messages at once, 8 KiB and 16 packets each. The oldest gives way, and is
// counted unless it was whole.
type joins struct {
	places []*join
	hand   int
	lost   uint64

	message [maxJoinOctets]byte // handshake messages without their records; one at a time
}

// Bounds of a message that is put together.
const (
	maxJoins       = 64
	maxJoinOctets  = 8192
	maxJoinPackets = 16
	maxJoinSpans   = 8
	maxConnection  = 20 // octets of a QUIC connection id
)

// joinKind says what is put together.
type joinKind uint8

const (
	joinTLS  joinKind = iota // records of TLS, from the first octet of a direction
	joinQUIC                 // CRYPTO frames of a client's Initials
	joinDTLS                 // one handshake message of DTLS
	joinDNS                  // messages of DNS over TCP
)

// join is the stream of one direction of one flow, by offset.
type join struct {
	state   uint32 // of the flow; 0 is none
	frame   uint32 // first packet of that flow: a state is used again
	last    uint32 // the latest packet that was put
	dir     flow.Direction
	kind    joinKind
	packets uint8
	headed  bool   // offset 0 is known to be the beginning
	told    bool   // its owner has said what a part shows
	done    bool   // it is whole: it stays for others that look at the same packet
	base    uint32 // sequence number of offset 0, over TCP; number of the message, over DTLS
	size    int    // octets of the whole, where that is told beforehand

	connection [maxConnection]byte // of QUIC: what the keys follow from
	idLength   uint8

	n     int // of spans
	spans [maxJoinSpans]stretch
	data  [maxJoinOctets]byte
}

// stretch is a part that came, from and to by offset; spans are in order and do not touch.
type stretch struct{ from, to int }

// join returns what this direction of the flow has in pieces, nil if there is nothing.
func (o *Observation) join(kind joinKind) *join {
	if o.state.joins>>o.Dir&1 == 0 {
		return nil
	}
	for _, j := range o.classifier.joins.places {
		if j.state == o.Flow.State && j.frame == o.Flow.FirstFrame && j.dir == o.Dir {
			if j.kind == kind {
				return j
			}
			return nil
		}
	}
	o.state.joins &^= 1 << o.Dir // it gave way
	return nil
}

// newJoin begins one for this direction of the flow, in place of any that it had, and asks for
// the packets to come.
func (o *Observation) newJoin(kind joinKind) *join {
	s := &o.classifier.joins
	var j *join
	for _, old := range s.places {
		if old.state == 0 || old.state == o.Flow.State && old.frame == o.Flow.FirstFrame && old.dir == o.Dir {
			j = old
		}
	}
	switch {
	case j != nil:
	case len(s.places) < maxJoins:
		j = new(join)
		s.places = append(s.places, j)
	default:
		s.hand = (s.hand + 1) % maxJoins
		j = s.places[s.hand]
		if !j.done {
			s.lost++
		}
	}
	j.state, j.frame, j.dir, j.kind = o.Flow.State, o.Flow.FirstFrame, o.Dir, kind
	j.last, j.packets, j.headed, j.told, j.done = 0, 0, false, false, false
	j.base, j.size, j.idLength, j.n = o.Seq, 0, 0, 0
	o.state.joins |= 1 << o.Dir
	o.Watch(o.Number() + maxJoinPackets)
	return j
}

// put adds p at offset at; what reaches beyond the bound is left out.
func (j *join) put(at int, p []byte) {
	if at < 0 {
		p = p[min(-at, len(p)):]
		at = 0
	}
	p = p[:min(len(p), max(maxJoinOctets-at, 0))]
	if len(p) == 0 {
		return
	}
	from, to := at, at+len(p)
	for _, s := range j.spans[:j.n] {
		if s.from >= to || from >= to {
			break
		}
		if s.to > from {
			if s.from > from {
				copy(j.data[from:s.from], p[from-at:])
			}
			from = s.to
		}
	}
	if from < to {
		copy(j.data[from:to], p[from-at:])
	}
	j.mark(stretch{at, to})
}

// mark adds a span to those that came. One too many is forgotten: it may come again.
func (j *join) mark(s stretch) {
	first := 0
	for first < j.n && j.spans[first].to < s.from {
		first++
	}
	last := first
	for last < j.n && j.spans[last].from <= s.to {
		s.from, s.to = min(s.from, j.spans[last].from), max(s.to, j.spans[last].to)
		last++
	}
	if last == first { // it touches none
		if j.n == maxJoinSpans {
			return
		}
		copy(j.spans[first+1:j.n+1], j.spans[first:j.n])
		j.n++
	} else {
		copy(j.spans[first+1:], j.spans[last:j.n])
		j.n -= last - first - 1
	}
	j.spans[first] = s
}

// octets are those that are contiguous from the start.
func (j *join) octets() []byte {
	if j.n == 0 || j.spans[0].from != 0 {
		return nil
	}
	return j.data[:j.spans[0].to]
}

// segment adds a TCP segment. It may lie before what came first, as long as the beginning is not
// known.
func (j *join) segment(seq uint32, p []byte) {
	at := int(int32(seq - j.base))
	if at < 0 && !j.headed && at > -maxJoinOctets {
		j.shift(-at)
		j.base, at = seq, 0
	}
	j.put(at, p)
}

// shift moves everything up by n octets.
func (j *join) shift(n int) {
	copy(j.data[n:], j.data[:maxJoinOctets-n])
	kept := 0
	for _, s := range j.spans[:j.n] {
		if s.from+n < maxJoinOctets {
			j.spans[kept] = stretch{s.from + n, min(s.to+n, maxJoinOctets)}
			kept++
		}
	}
	j.n = kept
}

// cutHead drops the first n octets: a message that was read.
func (j *join) cutHead(n int) {
	copy(j.data[:], j.data[n:])
	j.base += uint32(n)
	kept := 0
	for _, s := range j.spans[:j.n] {
		if s.to > n {
			j.spans[kept] = stretch{max(s.from-n, 0), s.to - n}
			kept++
		}
	}
	j.n = kept
}

// next counts the packet, once, and tells whether there is nothing more to wait for.
func (j *join) next(o *Observation) bool {
	if j.last != o.Frame {
		j.last = o.Frame
		j.packets++
	}
	return j.packets >= maxJoinPackets || o.Cut() || len(j.octets()) == maxJoinOctets
}

// drop gives the place back.
func (j *join) drop(o *Observation) {
	j.state = 0
	o.state.joins &^= 1 << o.Dir
}
