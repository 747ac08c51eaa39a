package classify

import "peeratlas/classify/flow"

// hellos keep the beginnings of ClientHellos that one packet does not hold: since post-quantum
// key shares they take two segments or two datagrams, and the server's name may stand in
// either. Bounded: 64 flows at once, 4 KiB and 4 packets each; the oldest gives way.
type hellos struct {
	places []*hello
	hand   int
}

// Bounds of a hello that is put together.
const (
	maxHellos       = 64
	maxHelloOctets  = 4096
	maxHelloPackets = 4
)

// hello is the handshake stream of one direction of one flow, by offset.
type hello struct {
	state   uint32 // of the flow; 0 is none
	frame   uint32 // first packet of that flow: a state is used again
	dir     flow.Direction
	packets uint8
	base    uint32 // sequence number of offset 0, over TCP
	whole   int    // octets that are contiguous from offset 0
	have    [maxHelloOctets / 8]byte
	data    [maxHelloOctets]byte
}

// hello returns the one that this direction of the flow began, nil if there is none.
func (o *Observation) hello() *hello {
	for _, h := range o.classifier.hellos.places {
		if h.state == o.Flow.State && h.frame == o.Flow.FirstFrame && h.dir == o.Dir {
			return h
		}
	}
	return nil
}

// newHello begins one for this direction of the flow.
func (o *Observation) newHello() *hello {
	s := &o.classifier.hellos
	var h *hello
	for _, old := range s.places {
		if old.state == 0 {
			h = old
		}
	}
	switch {
	case h != nil:
	case len(s.places) < maxHellos:
		h = new(hello)
		s.places = append(s.places, h)
	default:
		s.hand = (s.hand + 1) % maxHellos
		h = s.places[s.hand]
	}
	h.state, h.frame, h.dir = o.Flow.State, o.Flow.FirstFrame, o.Dir
	h.packets, h.base, h.whole = 0, 0, 0
	h.have = [maxHelloOctets / 8]byte{}
	return h
}

// put adds p at offset at; what reaches beyond the bound is left out.
func (h *hello) put(at int, p []byte) {
	if at < 0 || at >= maxHelloOctets {
		return
	}
	n := copy(h.data[at:], p)
	for i := at; i < at+n; i++ {
		h.have[i/8] |= 1 << (i % 8)
	}
	for h.whole < maxHelloOctets && h.have[h.whole/8]>>(h.whole%8)&1 != 0 {
		h.whole++
	}
}

// next counts a packet, and tells whether it was the last to wait for.
func (h *hello) next() bool {
	h.packets++
	return h.packets >= maxHelloPackets
}

// octets are those that are contiguous from the start.
func (h *hello) octets() []byte { return h.data[:h.whole] }

// drop gives the place back.
func (h *hello) drop() { h.state = 0 }
