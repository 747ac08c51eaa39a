// Package flow groups packets into bidirectional flows (RFC 5103 biflows).
//
// A flow does not know what it will be called: naming is for package classify.
package flow

import (
	"math/bits"

	"peeratlas/capture/packet"
)

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

// Flow is what is counted of one conversation. It holds no pointer, and its 96 octets lie in
// two cache lines wherever it begins: with 112, small packets of 1.5 million flows cost a
// sixth more (2026-11-25, read, decode and table).
type Flow struct {
	Key        Key
	tag        uint16 // VLAN in the lower 12 bits, and the marks above it
	Start, End int64  // nanoseconds since the Unix epoch
	octets     [2]uint32
	Packets    [2]uint32 // by direction
	Payloads   [2]uint32 // packets that bore payload
	FirstFrame uint32    // number of the flow's first packet in the capture, from 1
	State      uint32    // handle of the classifier's state; 0 is none
	TCPFlags   [2]uint8  // union of all seen (IPFIX tcpControlBits)
	octetsHigh [2]uint8  // bits 32 to 39
	Initiator  Direction
	EndReason  EndReason
	Tunnel     packet.Tunnel
	Worth      uint8 // how much its owner would miss it; 0, a stranger, is evicted first
}

// Marks in tag, above the VLAN identifier.
const (
	markCut       = 0x8000
	markContinues = 0x4000
	markDecided   = 0x2000
	markWritten   = 0x1000
	tagVLAN       = 0x0fff
)

// Octets are the IP octets of direction d.
func (f *Flow) Octets(d Direction) uint64 {
	return uint64(f.octetsHigh[d&1])<<32 | uint64(f.octets[d&1])
}

// SetOctets sets them; n is below 2^40.
func (f *Flow) SetOctets(d Direction, n uint64) {
	f.octets[d&1], f.octetsHigh[d&1] = uint32(n), uint8(n>>32)
}

// VLAN is the identifier of the outermost tag of the flow's first packet; 0 is none.
func (f *Flow) VLAN() uint16 { return f.tag & tagVLAN }

// SetVLAN sets it.
func (f *Flow) SetVLAN(id uint16) { f.tag = f.tag&^tagVLAN | id&tagVLAN }

// Cut tells whether the snap length cut payload off a packet of this flow.
func (f *Flow) Cut() bool { return f.tag&markCut != 0 }

// SetCut notes that it did.
func (f *Flow) SetCut() { f.tag |= markCut }

// Continues tells whether the active timeout cut this flow from one before it.
func (f *Flow) Continues() bool { return f.tag&markContinues != 0 }

// SetContinues notes that it did.
func (f *Flow) SetContinues() { f.tag |= markContinues }

// ClearContinues takes that note back.
func (f *Flow) ClearContinues() { f.tag &^= markContinues }

// Decided tells whether its payloads need not be looked at any more: a mark that its owner
// keeps here, where it costs no further cache line.
func (f *Flow) Decided() bool { return f.tag&markDecided != 0 }

// SetDecided notes that they need not.
func (f *Flow) SetDecided() { f.tag |= markDecided }

// Written tells whether its record was written: a mark that its owner keeps here.
func (f *Flow) Written() bool { return f.tag&markWritten != 0 }

// SetWritten notes that it was.
func (f *Flow) SetWritten() { f.tag |= markWritten }

// placed tells whether it is in use, not a place given back.
func (f *Flow) placed() bool { return f.Key.Protocol != 0 }

// full tells whether a counter of direction d has no room for another packet: after 4 billion
// packets, or nearly a tebioctet. Such a flow is cut as by the active timeout.
func (f *Flow) full(d Direction) bool {
	return f.Packets[d&1] == 1<<32-1 || f.octetsHigh[d&1] == 1<<8-1
}

// count adds one packet of direction d.
func (f *Flow) count(d Direction, ts int64, h *packet.Headers) {
	d &= 1
	f.End = max(f.End, ts)
	f.Packets[d]++
	low, carry := bits.Add32(f.octets[d], h.Octets, 0)
	f.octets[d] = low
	f.octetsHigh[d] += uint8(carry)
	if h.PayloadOctets > 0 {
		f.Payloads[d]++
	}
	f.TCPFlags[d] |= h.TCPFlags // 0 over UDP
	if h.Flags&packet.Cut != 0 {
		f.tag |= markCut
	}
}

// Keep takes how payload p begins; length is its octets on the wire.
func (x *Prefix) Keep(p []byte, length int) {
	x.Length = uint16(min(length, 0xffff))
	copy(x.Octets[:], p)
}

// Closed tells whether the two ends of a TCP connection ended it: a FIN each way, or a reset.
func (f *Flow) Closed() bool { return f.closed() }

// closed tells whether TCP said goodbye: a FIN each way, or a reset (RFC 9293, section 3.6).
func (f *Flow) closed() bool {
	both := f.TCPFlags[0] & f.TCPFlags[1]
	either := f.TCPFlags[0] | f.TCPFlags[1]
	return f.Key.Protocol == packet.TCP && (both&packet.FIN != 0 || either&packet.RST != 0)
}

// Responder is the direction of the end that did not begin.
func (f *Flow) Responder() Direction { return 1 - f.Initiator }
