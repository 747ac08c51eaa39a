package capture

import (
	"encoding/binary"

	"peeratlas/capture/packet"
)

// Filter is a compiled filter expression. It is not changed by Match and may be shared.
// The zero value matches everything.
type Filter struct {
	steps []step
	entry int32
}

// step is one test and where to go after it: to steps[yes-1] or steps[no-1], or to one of
// the two ends. The targets of a step lie before it, so that no program can loop.
type step struct {
	address, mask address
	low, high     uint16 // ports, or the VLAN in low
	yes, no       int32
	test          test
	side          side
	version       uint8           // 4, 6, or 0 for either
	protocol      packet.Protocol // 0 is any
}

// The ends of a program.
const (
	accept int32 = 0
	reject int32 = -1
)

// test is what a step asks.
type test uint8

const (
	testProtocol test = iota // protocol and version
	testAddress
	testPort
	testVLAN // any, if low is 0
)

// side is which end of a packet a step asks about.
type side uint8

const (
	eitherSide side = iota // "src or dst", and no word
	srcSide
	dstSide
	bothSides
)

func (s side) of(src, dst bool) bool {
	switch s {
	case srcSide:
		return src
	case dstSide:
		return dst
	case bothSides:
		return src && dst
	}
	return src || dst
}

// address is a packet.Addr as two numbers, to be compared under a mask.
type address struct{ high, low uint64 }

func addressOf(a *packet.Addr) address {
	return address{binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(a[8:])}
}

func (a address) within(net, mask address) bool {
	return a.high&mask.high == net.high && a.low&mask.low == net.low
}

// Match tells whether the filter selects a decoded packet, of an outcome that comes with
// addresses. It allocates nothing.
//
// The language is a part of tcpdump's (pcap-filter(7)), see ParseFilter. It is asked of
// headers, not of octets, and this makes four differences, all to the good:
//   - of a tunnelled packet, host and net match the inner or the outer addresses, ip and
//     ip6 the inner or the outer header; protocol and ports are those of the inner packet
//   - vlan shifts nothing: "host x" matches with a tag and without one, "vlan 5 and host x"
//     and "host x and vlan 5" are the same; a tag with VLAN 0 (priority only) is no VLAN
//   - a later fragment has the ports of its first, so that "port 53" selects all of a datagram
//   - protocol and ports are found behind IPv6 extension headers, so that icmp6 selects
//     multicast listener reports
//
// ICMP messages have no ports; those of SCTP are not decoded, so "port" leaves it out.
func (f *Filter) Match(h *packet.Headers) bool {
	at := f.entry
	for at > 0 {
		s := &f.steps[at-1]
		if s.matches(h) {
			at = s.yes
		} else {
			at = s.no
		}
	}
	return at == accept
}

func (s *step) matches(h *packet.Headers) bool {
	switch s.test {
	case testAddress:
		return s.matchesAddresses(&h.Src, &h.Dst) ||
			h.Tunnel != packet.NoTunnel && s.matchesAddresses(&h.OuterSrc, &h.OuterDst)
	case testPort:
		if h.Protocol != packet.TCP && h.Protocol != packet.UDP || s.protocol != 0 && s.protocol != h.Protocol {
			return false
		}
		return s.side.of(s.low <= h.SrcPort && h.SrcPort <= s.high, s.low <= h.DstPort && h.DstPort <= s.high)
	case testVLAN:
		return h.VLAN != 0 && (s.low == 0 || s.low == h.VLAN)
	}
	return s.matchesProtocol(h)
}

func (s *step) matchesProtocol(h *packet.Headers) bool {
	if s.protocol != 0 {
		// icmp is IPv4's, icmp6 is IPv6's; the inner header has both protocol and version.
		return s.protocol == h.Protocol && (s.version == 0 || s.version == version(&h.Dst))
	}
	return s.version == version(&h.Dst) || h.Tunnel != packet.NoTunnel && s.version == version(&h.OuterDst)
}

// version is that of the IP header with this destination; 0 is none: nothing is sent to "::".
func version(dst *packet.Addr) uint8 {
	switch {
	case dst.Is4():
		return 4
	case *dst == packet.Addr{}:
		return 0
	}
	return 6
}

func (s *step) matchesAddresses(src, dst *packet.Addr) bool {
	// A short IPv6 prefix covers the addresses that hold IPv4 as well, but does not mean them.
	if s.version == 6 && src.Is4() {
		return false
	}
	switch s.side {
	case srcSide:
		return addressOf(src).within(s.address, s.mask)
	case dstSide:
		return addressOf(dst).within(s.address, s.mask)
	}
	return s.side.of(addressOf(src).within(s.address, s.mask), addressOf(dst).within(s.address, s.mask))
}

// term is a node of a parsed expression.
type term struct {
	operator    operator
	left, right *term // right of and, or; left of all but a leaf
	leaf        step
}

type operator uint8

const (
	isLeaf operator = iota
	isNot
	isAnd
	isOr
)

// compile appends the steps of t, which goes on at yes or no, and returns where it begins.
func (f *Filter) compile(t *term, yes, no int32) int32 {
	switch t.operator {
	case isNot:
		return f.compile(t.left, no, yes)
	case isAnd:
		return f.compile(t.left, f.compile(t.right, yes, no), no)
	case isOr:
		return f.compile(t.left, yes, f.compile(t.right, yes, no))
	}
	leaf := t.leaf
	leaf.yes, leaf.no = yes, no
	f.steps = append(f.steps, leaf)
	return int32(len(f.steps))
}
