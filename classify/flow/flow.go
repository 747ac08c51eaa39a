// Package flow groups packets into bidirectional flows (RFC 5103 biflows).
//
// A flow does not know what it will be called: naming is for package classify.
package flow

import "peeratlas/capture/packet"

// Direction says which end of a Key sent a packet.
type Direction uint8

// Key is a five-tuple without direction: the lower endpoint comes first, so both
// directions meet in one Flow. It is comparable, has no pointer and no padding: 38 octets.
// The VLAN is no part of it: a trunk's mirror may show the two directions with different tags.
type Key struct {
	Addr     [2]packet.Addr
	Port     [2]uint16
	Protocol packet.Protocol
}

// PrefixLength is how many octets of a direction's first payload are kept.
const PrefixLength = 16

// Prefix is how the first payload-bearing packet of a direction began.
type Prefix struct {
	Octets [PrefixLength]byte
	Length uint16 // of that packet's whole payload on the wire; 0 is none yet
}

// EndReason is the IPFIX flowEndReason (Information Element 136).
type EndReason uint8

// The values of flowEndReason; 0 is a flow that still runs.
const (
	Running EndReason = iota
	IdleTimeout
	ActiveTimeout
	EndOfFlow
	ForcedEnd
	LackOfResources
)

// Flow is what is counted of one conversation. It holds no pointer.
type Flow struct {
	Key        Key
	VLAN       uint16
	Start, End int64     // nanoseconds since the Unix epoch
	Octets     [2]uint64 // IP octets by direction
	Packets    [2]uint64
	Payloads   [2]uint32 // packets that bore payload
	FirstFrame uint32    // number of the flow's first packet in the capture, from 1
	State      uint32    // handle of the classifier's state; 0 is none
	TCPFlags   [2]uint8  // union of all seen (IPFIX tcpControlBits)
	Initiator  Direction
	EndReason  EndReason
	Tunnel     packet.Tunnel
	Worth      uint8 // how much its owner would miss it; 0, a stranger, is evicted first
	Cut        bool  // the snap length cut payload off a packet of this flow
	Continues  bool  // the active timeout cut it from a flow before it
}

// placed tells whether it is in use, not a place given back.
func (f *Flow) placed() bool { return f.Key.Protocol != 0 }

// count adds one packet of direction d.
func (f *Flow) count(d Direction, ts int64, h *packet.Headers) {
	d &= 1
	f.End = max(f.End, ts)
	f.Packets[d]++
	f.Octets[d] += uint64(h.Octets)
	if h.PayloadOctets > 0 {
		f.Payloads[d]++
	}
	f.TCPFlags[d] |= h.TCPFlags // 0 over UDP
	if h.Flags&packet.Cut != 0 {
		f.Cut = true
	}
}

// Keep takes how payload p begins; length is its octets on the wire.
func (x *Prefix) Keep(p []byte, length int) {
	x.Length = uint16(min(length, 0xffff))
	copy(x.Octets[:], p)
}

// closed tells whether TCP said goodbye: a FIN each way, or a reset (RFC 9293, section 3.6).
func (f *Flow) closed() bool {
	both := f.TCPFlags[0] & f.TCPFlags[1]
	either := f.TCPFlags[0] | f.TCPFlags[1]
	return f.Key.Protocol == packet.TCP && (both&packet.FIN != 0 || either&packet.RST != 0)
}

// Responder is the direction of the end that did not begin.
func (f *Flow) Responder() Direction { return 1 - f.Initiator }
