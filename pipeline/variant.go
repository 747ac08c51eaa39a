package pipeline

import (
	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/geo"
)

// A variant shows the flows of a labelled capture as another mirror port, or another network,
// would have shown them. Truth stays: a label holds for what is left of its flow. So variants
// tell a user of a bad mirror port what to expect, and a maintainer which rule leans on what it
// should not: a port, an address, the first packet.

// Variant is one such way.
type Variant struct {
	Name  string
	Means string // what it stands for
	// begin returns the alteration of one capture, with state of its own.
	begin func(home geo.Home) alteration
	// mix judges all captures of a folder as one, begun at the same moment. Then place tells
	// where the ends of capture i go.
	mix   bool
	place func(home geo.Home, i int) ends
}

// alteration is what happens to the packets of one capture. A nil field changes nothing.
type alteration struct {
	ends ends                   // what becomes of one end of a packet and of a label
	show func(p *shown) (n int) // how often the packet is shown; it may change what is shown
}

// ends maps one end of a flow. It is a bijection but where its comment says otherwise.
type ends func(a packet.Addr, port uint16) (packet.Addr, uint16)

// shown is one packet on its way through an alteration.
type shown struct {
	headers packet.Headers
	payload []byte
	number  int  // of the packet in the capture, from 0
	before  int  // packets with payload of its flow that came before it
	inward  bool // towards the home end of the flow, else towards the other one
}

// Variants lists the variants in the order of the page.
func Variants() []Variant {
	same := func(show func(p *shown) int) func(geo.Home) alteration {
		return func(geo.Home) alteration { return alteration{show: show} }
	}
	return []Variant{
		{Name: "sent only", Means: "the mirror shows what hosts send and nothing that they receive", begin: same(func(p *shown) int { return once(!p.inward) })},
		{Name: "received only", Means: "the mirror shows what hosts receive and nothing that they send", begin: same(func(p *shown) int { return once(p.inward) })},
		{Name: "200 octets", Means: "snap length 200", begin: same(snap(200))},
		{Name: "128 octets", Means: "snap length 128", begin: same(snap(128))},
		{Name: "96 octets", Means: "snap length 96", begin: same(snap(96))},
		{Name: "60 octets", Means: "snap length 60", begin: same(snap(60))},
		{Name: "joined late", Means: "the first 3 payloads of every flow are missing", begin: same(func(p *shown) int { return once(p.before >= 3) })},
		{Name: "joined later", Means: "the first 12 payloads of every flow are missing", begin: same(func(p *shown) int { return once(p.before >= 12) })},
		{Name: "10 % lost", Means: "one packet in ten is dropped", begin: same(lose(10))},
		{Name: "50 % lost", Means: "every other packet is dropped", begin: same(lose(50))},
		{Name: "twice", Means: "the mirror copies each packet on its way in and out", begin: same(func(*shown) int { return 2 })},
		{Name: "other ports", Means: "every port is another, but the registered ones of services", begin: otherPorts},
		{Name: "other addresses", Means: "every address is another, outside and at home", begin: otherAddresses},
		{Name: "mixed", Means: "all captures at once in one network, each with hosts of its own", mix: true, place: apart},
		{Name: "one address", Means: "all captures at once, all hosts behind one address", mix: true, place: together},
	}
}

func once(keep bool) int {
	if keep {
		return 1
	}
	return 0
}

// headersOctets is what a rebuilt frame has before the payload, at least: Ethernet, IPv4, UDP.
const headersOctets = 14 + 20 + 8

// snap cuts payloads as a snap length of n octets of an Ethernet frame does.
func snap(n int) func(*shown) int {
	return func(p *shown) int {
		before := headersOctets
		if !p.headers.Src.Is4() {
			before += 20
		}
		if p.headers.Protocol == packet.TCP {
			before += 24 // 20 octets and the timestamps that most carry (RFC 7323), less UDP's 8
		}
		p.payload = p.payload[:min(len(p.payload), max(n-before, 0))]
		return 1
	}
}

// lose drops percent of the packets, the same ones each time.
func lose(percent uint32) func(*shown) int {
	return func(p *shown) int {
		// The finaliser of MurmurHash3 spreads the packet's number.
		x := uint32(p.number) + 1
		x = (x ^ x>>16) * 0x85ebca6b
		x = (x ^ x>>13) * 0xc2b2ae35
		return once((x^x>>16)%100 >= percent)
	}
}

func otherPorts(geo.Home) alteration {
	return alteration{ends: func(a packet.Addr, port uint16) (packet.Addr, uint16) { return a, otherPort(port) }}
}

// otherPort permutes the ports that are no service's. The step has no divisor in common with
// their number, 64512 = 2^10 * 3^2 * 7; walking on until no service's port is met keeps it a
// permutation.
func otherPort(p uint16) uint16 {
	if classify.ServicePort(p) || p < 1024 {
		return p
	}
	for {
		p = uint16(1024 + ((int(p)-1024)*25717+12345)%64512)
		if !classify.ServicePort(p) {
			return p
		}
	}
}

func otherAddresses(home geo.Home) alteration {
	move := func(a packet.Addr) packet.Addr { return otherAddress(home, a) }
	return alteration{
		ends: func(a packet.Addr, port uint16) (packet.Addr, uint16) { return move(a), port },
		show: func(p *shown) int {
			if p.headers.Protocol == packet.UDP && p.headers.SrcPort == 53 {
				p.payload = renumberAnswers(p.payload, move)
			}
			return 1
		},
	}
}

// otherAddress moves an address within its class: hosts in their /24 or /120, the others in their
// /8 or /16. Networks stay networks; groups, link-local and broadcast addresses stay as they are.
// It is its own inverse.
func otherAddress(home geo.Home, a packet.Addr) packet.Addr {
	ip := a.Netip()
	if !ip.IsGlobalUnicast() || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
		return a
	}
	b := a
	if home.Contains(ip) {
		if a[15] != 0 && a[15] != 255 {
			b[15] = 255 - a[15]
		}
		return b
	}
	from := 2
	if a.Is4() {
		from = 13
	}
	for i := from; i < len(b); i++ {
		b[i] ^= 0x5a
	}
	if moved := b.Netip(); home.Contains(moved) || !moved.IsGlobalUnicast() {
		return a
	}
	return b
}

// renumberAnswers moves the addresses that a DNS message tells, which it finds by their type,
// class and length (RFC 1035, section 3.2.1; RFC 3596): flows go where names led.
func renumberAnswers(payload []byte, move func(packet.Addr) packet.Addr) []byte {
	out := append([]byte(nil), payload...)
	for i := 12; i+14 <= len(out); i++ {
		if out[i] != 0 || out[i+2] != 0 || out[i+3] != 1 || out[i+8] != 0 {
			continue
		}
		switch {
		case out[i+1] == 1 && out[i+9] == 4:
			a := packet.Addr{10: 0xff, 11: 0xff}
			copy(a[12:], out[i+10:])
			b := move(a)
			copy(out[i+10:], b[12:])
			i += 13
		case out[i+1] == 28 && out[i+9] == 16 && i+26 <= len(out):
			b := move(packet.Addr(out[i+10 : i+26]))
			copy(out[i+10:], b[:])
			i += 25
		}
	}
	return out
}

// apart gives the hosts of capture i a network of their own, 10.i.0.0/16 (two private networks of
// one capture fall together in it), or of IPv6 one whose fourth group is i more.
func apart(home geo.Home, i int) ends {
	return func(a packet.Addr, port uint16) (packet.Addr, uint16) {
		if ip := a.Netip(); !home.Contains(ip) || ip.IsLoopback() {
			return a, port
		}
		if a.Is4() {
			a[12], a[13] = 10, byte(i)
		} else {
			a[7] += byte(i)
		}
		return a, port
	}
}

// together gives all hosts one address, as a gateway with translation does that keeps ports.
func together(home geo.Home, _ int) ends {
	return func(a packet.Addr, port uint16) (packet.Addr, uint16) {
		if ip := a.Netip(); home.Contains(ip) && !ip.IsLoopback() {
			if a.Is4() {
				return packet.Addr{10: 0xff, 11: 0xff, 12: 10, 13: 1, 14: 1, 15: 1}, port
			}
			return packet.Addr{0: 0xfd, 15: 1}, port
		}
		return a, port
	}
}

// relabel moves the labels of a capture with its flows. Of labels that fall on one 5-tuple and
// differ in truth none is scored.
func relabel(labels []Label, move ends) []Label {
	if move == nil {
		return labels
	}
	out := make([]Label, len(labels))
	for i, l := range labels {
		h := packet.Headers{Protocol: l.Key.Protocol}
		h.Src, h.SrcPort = move(l.Key.Addr[0], l.Key.Port[0])
		h.Dst, h.DstPort = move(l.Key.Addr[1], l.Key.Port[1])
		l.Key, _ = flow.KeyOf(&h)
		out[i] = l
	}
	return out
}
