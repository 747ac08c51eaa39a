package main

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// start is the clock of every scene's first moment. It is fixed, so that a scene's octets are.
var start = time.Date(2025, time.March, 12, 9, 0, 0, 0, time.UTC)

const (
	ms     = time.Millisecond
	second = time.Second
)

// truth is what the maker of a flow knows of it: the columns of a label file.
type truth struct {
	label   string // positive, negative or unsure
	family  string
	relayed bool // a relay or super-node stands in for the peer
	why     string
}

func negative(family, why string) truth { return truth{label: "negative", family: family, why: why} }
func positive(family, why string) truth { return truth{label: "positive", family: family, why: why} }
func unsure(family, why string) truth   { return truth{label: "unsure", family: family, why: why} }

// viaRelay marks t as reached through a relay or super-node.
func (t truth) viaRelay() truth {
	t.relayed = true
	return t
}

// flow is a five-tuple over the whole capture.
type flow struct {
	protocol byte
	truth    truth
}

// frame is one captured frame of a scene. flow is nil for a frame that belongs to none (ARP, ICMP).
type frame struct {
	at    time.Duration // since start
	data  []byte
	iface int
	flow  *flow
	from  netip.AddrPort
	to    netip.AddrPort
}

// tuple is a five-tuple without direction.
type tuple struct {
	protocol  byte
	low, high netip.AddrPort
}

// scene is a capture in the making: its hosts, its frames, and the truth of its flows.
// The zero scene is not ready: use newScene. Not safe for concurrent use.
type scene struct {
	random *rand.ChaCha8
	frames []frame
	known  map[tuple]*flow
	hosts  map[netip.Addr]*host
	lan    []netip.Prefix
	carry  carrier    // of conversations to come
	iface  int        // of conversations to come
	public netip.Addr // address of the NAT that the lan is behind
	err    error      // the first mistake of the scene's author
}

// newScene returns an empty scene whose random octets follow from its name alone.
func newScene(name, public string, lan ...string) *scene {
	s := &scene{
		random: rand.NewChaCha8(sha256.Sum256([]byte(name))),
		known:  map[tuple]*flow{},
		hosts:  map[netip.Addr]*host{},
		carry:  ethernet,
		public: netip.MustParseAddr(public),
	}
	for _, prefix := range lan {
		s.lan = append(s.lan, netip.MustParsePrefix(prefix))
	}
	return s
}

// fail keeps the first error; a scene with an error is not written.
func (s *scene) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// octets returns n random octets.
func (s *scene) octets(n int) []byte {
	b := make([]byte, n)
	s.random.Read(b) // never fails
	return b
}

// between returns a number in [low, high].
func (s *scene) between(low, high int) int {
	return low + int(s.random.Uint64()%uint64(high-low+1))
}

// spread returns a time in [low, high].
func (s *scene) spread(low, high time.Duration) time.Duration {
	return time.Duration(s.between(int(low), int(high)))
}

// host is one station as the mirror port sees it.
type host struct {
	ip    netip.Addr
	mac   [6]byte
	ttl   byte   // at the mirror port
	ident uint16 // last IPv4 identification
}

// endpoint is a host's port.
type endpoint struct {
	host *host
	port uint16
}

func (e endpoint) addrPort() netip.AddrPort { return netip.AddrPortFrom(e.host.ip, e.port) }

var gatewayMAC = [6]byte{0x02, 0x00, 0x5e, 0x10, 0x00, 0x01}

// host returns the station with that address, always the same one within a scene.
func (s *scene) host(ip netip.Addr) *host {
	if h := s.hosts[ip]; h != nil {
		return h
	}
	h := &host{ip: ip, mac: gatewayMAC, ident: uint16(s.between(1, 65535))}
	b := ip.As16()
	isLocal := func(p netip.Prefix) bool { return p.Contains(ip) }
	switch {
	case ip.Is4() && ip.IsMulticast(): // RFC 1112, section 6.4
		h.mac = [6]byte{0x01, 0x00, 0x5e, b[13] & 0x7f, b[14], b[15]}
	case ip.IsMulticast(): // RFC 2464, section 7
		h.mac = [6]byte{0x33, 0x33, b[12], b[13], b[14], b[15]}
	case slices.ContainsFunc(s.lan, isLocal):
		h.ttl = 64
		if b[15] != 1 { // the gateway's own address
			h.mac = [6]byte{0x02, 0x00, 0x5e, 0x20, b[14], b[15]}
			h.ttl = 128
		}
	default:
		h.ttl = byte(64<<s.between(0, 1) - s.between(6, 19))
	}
	s.hosts[ip] = h
	return h
}

// at returns a port of the station with that address.
func (s *scene) at(ip string, port int) endpoint {
	return endpoint{s.host(netip.MustParseAddr(ip)), uint16(port)}
}

// ephemeral returns a port of h in the range of RFC 6335, section 6.
func (s *scene) ephemeral(h *host) endpoint {
	return endpoint{h, uint16(s.between(49152, 65535))}
}

// conversation is one flow between a and b; a is the one that opens it.
type conversation struct {
	scene *scene
	flow  *flow
	a, b  endpoint
	iface int
	carry carrier
	last  []byte // the IP packet sent last, for ICMP to quote
}

// converse registers a flow. One five-tuple has one truth.
func (s *scene) converse(protocol byte, a, b endpoint, t truth) *conversation {
	k := tuple{protocol, a.addrPort(), b.addrPort()}
	if k.high.Compare(k.low) < 0 {
		k.low, k.high = k.high, k.low
	}
	f := s.known[k]
	if f == nil {
		f = &flow{protocol, t}
		s.known[k] = f
	}
	if f.truth != t {
		s.fail(fmt.Errorf("scene: %v has two truths: %v and %v", k, f.truth, t))
	}
	return &conversation{scene: s, flow: f, a: a, b: b, iface: s.iface, carry: s.carry}
}

// udp opens a UDP conversation; nothing is sent yet.
func (s *scene) udp(a, b endpoint, t truth) *conversation { return s.converse(protocolUDP, a, b, t) }

// send has a send payload to b in one datagram.
func (c *conversation) send(at time.Duration, payload []byte) { c.say(at, true, payload) }

// answer has b send payload to a in one datagram.
func (c *conversation) answer(at time.Duration, payload []byte) { c.say(at, false, payload) }

func (c *conversation) say(at time.Duration, fromA bool, payload []byte) {
	from, to := c.a, c.b
	if !fromA {
		from, to = to, from
	}
	c.emit(at, from, to, udpDatagram(from, to, payload))
}

// emit puts one transport segment on the wire, in as many frames as its carrier makes of it.
func (c *conversation) emit(at time.Duration, from, to endpoint, segment []byte) {
	c.last = from.host.packet(to.host, c.flow.protocol, segment)
	for i, data := range c.carry(from.host, to.host, c.last) {
		c.scene.frames = append(c.scene.frames, frame{
			at: at + time.Duration(i)*time.Microsecond, data: data, iface: c.iface,
			flow: c.flow, from: from.addrPort(), to: to.addrPort(),
		})
	}
}

// loose adds a frame that belongs to no flow.
func (s *scene) loose(at time.Duration, data []byte) {
	s.frames = append(s.frames, frame{at: at, data: data, iface: s.iface})
}

// inOrder returns the scene's frames in order of time.
func (s *scene) inOrder() []frame {
	slices.SortStableFunc(s.frames, func(a, b frame) int { return cmp.Compare(a.at, b.at) })
	return s.frames
}
