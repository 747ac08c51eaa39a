// Package adversary plays traffic against the classifier: programs that are no peers and look
// like them, and peers' programs that nobody labelled. Each scene is made in memory from protocol
// facts and a seed, so that every run makes the same octets; the pipeline's tests judge each
// scene alone, and each of one kind with each of the other on one host.
//
// The scenes follow no recording. Where a program's protocol is not published, only what any
// program of its kind must do is played: so many far ends, such lengths, noise.
package adversary

import (
	"cmp"
	"hash/fnv"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Scene is one program's traffic on one host.
type Scene struct {
	Name string
	// IPv4 says that its protocol has no form over IPv6.
	IPv4 bool
	play func(*stage)
}

// Packet is one segment or datagram.
type Packet struct {
	At       time.Duration // since the capture's beginning
	From, To netip.AddrPort
	TCP      bool
	Flags    byte // of TCP
	Seq, Ack uint32
	Payload  []byte
}

// Key names a flow: its ends in order.
type Key struct {
	TCP       bool
	Low, High netip.AddrPort
}

// Key is the flow of the packet.
func (p *Packet) Key() Key {
	if p.From.Compare(p.To) > 0 {
		return Key{p.TCP, p.To, p.From}
	}
	return Key{p.TCP, p.From, p.To}
}

// Traffic is what a scene plays.
type Traffic struct {
	Packets []Packet     // in order of time
	Peers   map[Key]bool // its flows: true for those of encrypted peer-to-peer
}

// Play makes the scene's packets, over IPv6 if six.
func (s *Scene) Play(six bool) Traffic {
	h := fnv.New64a()
	h.Write([]byte(s.Name))
	st := &stage{rng: rand.New(rand.NewPCG(h.Sum64(), 7)), six: six, peers: map[Key]bool{}}
	s.play(st)
	slices.SortStableFunc(st.packets, func(a, b Packet) int { return cmp.Compare(a.At, b.At) })
	return Traffic{st.packets, st.peers}
}

// Both is the traffic of two scenes on one host. A flow of both keeps neither truth.
func Both(a, b Traffic) Traffic {
	t := Traffic{Peers: map[Key]bool{}}
	t.Packets = append(append(make([]Packet, 0, len(a.Packets)+len(b.Packets)), a.Packets...), b.Packets...)
	slices.SortStableFunc(t.Packets, func(a, b Packet) int { return cmp.Compare(a.At, b.At) })
	for k, v := range a.Peers {
		t.Peers[k] = v
	}
	for k, v := range b.Peers {
		if old, known := t.Peers[k]; known && old != v {
			delete(t.Peers, k)
			continue
		}
		t.Peers[k] = v
	}
	return t
}

// Negatives lists the programs that are no peers, Positives those that are.
func Negatives() []Scene {
	return slices.Concat(gameScenes, quicScenes, tunnelScenes, proxyScenes, voiceScenes, scanScenes, serviceScenes, sharedPortScenes)
}
func Positives() []Scene { return slices.Concat(torrentScenes, callScenes, meshScenes, namelessScenes) }

// stage is what a scene is played on.
type stage struct {
	rng     *rand.Rand
	six     bool
	peer    bool // what is played now is a peer's
	packets []Packet
	peers   map[Key]bool
}

// octets returns n random octets.
func (s *stage) octets(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(s.rng.Uint32())
	}
	return b
}

// between returns a number in [low, high].
func (s *stage) between(low, high int) int { return low + s.rng.IntN(high-low+1) }

func (s *stage) some(low, high int) []byte { return s.octets(s.between(low, high)) }

// port is a high port.
func (s *stage) port() int { return s.between(20000, 60000) }

// here is a port of the host itself, lan of another host at home.
func (s *stage) here(port int) netip.AddrPort { return s.lan(10, port) }

func (s *stage) lan(host byte, port int) netip.AddrPort {
	a := netip.AddrFrom4([4]byte{192, 168, 1, host})
	if s.six {
		a = netip.AddrFrom16([16]byte{0: 0xfd, 7: 1, 15: host})
	}
	return netip.AddrPortFrom(a, uint16(port))
}

// anyone is an address anywhere, at is one in a network of /16 (over IPv6 of /32).
func (s *stage) anyone(port int) netip.AddrPort {
	if s.six {
		first := [...]byte{0x24, 0x26, 0x28, 0x2a}[s.between(0, 3)]
		return s.in(first, byte(s.between(0, 255)), port)
	}
	for {
		a := byte(s.between(11, 223))
		switch a {
		case 100, 127, 169, 172, 192, 198, 203:
			continue
		}
		return s.in(a, byte(s.between(0, 255)), port)
	}
}

// lines are the first octets of networks that access providers number people's lines from:
// Deutsche Telekom, Orange, BT, Comcast, Telecom Italia, Telefónica, Türk Telekom, Korea Telecom,
// Chunghwa, Slovak Telekom, Telstra, Digi.
var lines = [...][2]byte{{84, 150}, {87, 150}, {91, 20}, {90, 20}, {86, 200}, {86, 150}, {81, 130}, {73, 1}, {24, 5}, {98, 200}, {79, 10}, {83, 40},
	{88, 10}, {78, 170}, {121, 130}, {114, 40}, {178, 40}, {82, 60}, {68, 40}, {174, 50}, {120, 150}, {188, 26}, {5, 12}}

// person is an address of somebody's line.
func (s *stage) person(port int) netip.AddrPort {
	if s.six {
		return s.in(0x2a, byte(s.between(0, 255)), port)
	}
	l := lines[s.between(0, len(lines)-1)]
	return s.in(l[0], l[1]+byte(s.between(0, 3)), port)
}

func (s *stage) in(a, b byte, port int) netip.AddrPort {
	c, d := byte(s.between(0, 255)), byte(s.between(1, 254))
	if !s.six {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{a, b, c, d}), uint16(port))
	}
	if a < 0x20 || a >= 0x40 {
		a = 0x2a // global unicast addresses are in 2000::/3
	}
	return netip.AddrPortFrom(netip.AddrFrom16([16]byte{a, b, byte(int(b) * 7), 1, c, d, 14: c, 15: d}), uint16(port))
}

func seconds(t float64) time.Duration { return time.Duration(t * float64(time.Second)) }

func (s *stage) add(p Packet) {
	s.packets = append(s.packets, p)
	s.peers[p.Key()] = s.peer
}

// udp sends a datagram.
func (s *stage) udp(t float64, from, to netip.AddrPort, payload []byte) {
	s.add(Packet{At: seconds(t), From: from, To: to, Payload: payload})
}

// said is what one end of a stream says: the dialler or the other.
type said struct {
	dialler bool
	what    []byte
}

func ask(b ...[]byte) said { return said{true, slices.Concat(b...)} }
func say(b ...[]byte) said { return said{false, slices.Concat(b...)} }

// TCP flags.
const (
	syn = 0x02
	ack = 0x10
	psh = 0x18
)

// tcp plays a stream from a to b, in segments of 1400 octets.
func (s *stage) tcp(t float64, a, b netip.AddrPort, lines ...said) {
	seq := [2]uint32{s.rng.Uint32(), s.rng.Uint32()}
	ends := [2]netip.AddrPort{a, b}
	send := func(d int, flags byte, p []byte) {
		s.add(Packet{At: seconds(t), From: ends[d], To: ends[1-d], TCP: true, Flags: flags, Seq: seq[d], Ack: seq[1-d], Payload: p})
		seq[d] += uint32(len(p)) + uint32(flags>>1&1)
	}
	const trip = 0.03
	send(0, syn, nil)
	t += trip
	send(1, syn|ack, nil)
	t += 0.001
	send(0, ack, nil)
	for _, l := range lines {
		d := 1
		if l.dialler {
			d = 0
		}
		for p := range slices.Chunk(l.what, 1400) {
			send(d, psh, p)
			t += 0.002
		}
		t += trip
	}
}

// exchange has both ends send n datagrams of low to high random octets.
func (s *stage) exchange(t float64, a, b netip.AddrPort, n, low, high int) {
	for range n {
		s.udp(t, a, b, s.some(low, high))
		s.udp(t+0.025, b, a, s.some(low, high))
		t += 0.05
	}
}

// resolve has the host ask its router for a name.
func (s *stage) resolve(t float64, name string, addr netip.Addr) {
	var q []byte
	for label := range strings.SplitSeq(name, ".") {
		q = append(append(q, byte(len(label))), label...)
	}
	kind, data := byte(1), addr.AsSlice()
	if addr.Is6() {
		kind = 28
	}
	q = append(q, 0, 0, kind, 0, 1)
	id, from, to := s.octets(2), s.here(s.port()), s.lan(1, 53)
	s.udp(t, from, to, slices.Concat(id, []byte{1, 0, 0, 1, 0, 0, 0, 0, 0, 0}, q))
	s.udp(t+0.01, to, from, slices.Concat(id, []byte{0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0}, q,
		[]byte{0xc0, 0x0c, 0, kind, 0, 1, 0, 0, 1, 0x2c, 0, byte(len(data))}, data))
}
