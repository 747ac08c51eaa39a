package classify

import (
	"bytes"
	"encoding/binary"
	"net/netip"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// A scene is what the fuzz targets of all detectors play: up to sceneFlows flows of one host in
// one batch, which share its port or have one each, with payloads both ways, pauses, cut
// payloads, and TCP segments that overlap or come too early. Its octets are those of a
// conversation (conversationOf) with a meaning for more bits:
//
//	first octet   bit 0 TCP   bit 1 joined later   bits 3-7 the far port
//	each payload  bit 0 direction   bit 1 100 octets were cut off   bit 2 a minute went by
//	              bits 3-5 number of the flow   bit 6 the other transport   bit 7 another sequence number
//	              two octets of length, and the octets
type scene struct {
	table  *flow.Table
	now    int64
	n      int // packets of the batch
	flows  []*flow.Flow
	starts []flow.Flow // the flows as the table left them
	octets []byte      // what is played

	hs      [sceneMost + 4*sceneFlows]packet.Headers
	ts      [sceneMost + 4*sceneFlows]int64
	frames  [sceneMost + 4*sceneFlows]uint32
	data    [sceneMost + 4*sceneFlows][]byte
	entries [sceneMost + 4*sceneFlows]flow.Entry
	seq     [2][sceneFlows][2]uint32
}

const (
	sceneFlows = 8
	sceneMost  = 40 // payloads
)

func newScene() *scene {
	// Flows of scenes before are ended ones by their time, and make room.
	return &scene{table: flow.NewTable(flow.Options{MaxFlows: 8 * sceneFlows}, nil), now: 1_500_000_000e9}
}

// play reads a scene and counts its packets; false is one without payload.
func (s *scene) play(octets []byte) bool {
	if len(octets) < 4 {
		return false
	}
	s.octets = bytes.Clone(octets)
	s.n, s.flows, s.seq = 0, s.flows[:0], [2][sceneFlows][2]uint32{}
	s.now += 3600e9
	head := s.octets[0]
	for p, played := s.octets[1:], 0; len(p) >= 3 && played < sceneMost; played++ {
		n := min(int(be16(p[1:])), len(p)-3)
		if n > 0 {
			s.say(head, p[0], p[3:3+n:3+n])
		}
		p = p[3+n:]
	}
	s.table.Update(s.ts[:s.n], s.frames[:s.n], s.hs[:s.n], s.entries[:s.n])
	s.starts = s.starts[:0]
	for i := range s.n {
		if s.entries[i].New && s.entries[i].Flow != nil {
			s.flows = append(s.flows, s.entries[i].Flow)
			s.starts = append(s.starts, *s.entries[i].Flow)
		}
	}
	return s.n > 0
}

// say adds a payload, and the SYNs of a flow over TCP that begins with it.
func (s *scene) say(head, what byte, payload []byte) {
	number, tcp := int(what>>3&7), (head^what>>6)&1
	seq := &s.seq[tcp][number]
	if tcp == 1 && *seq == ([2]uint32{}) {
		*seq = [2]uint32{1000, 5000}
		if head&2 == 0 {
			s.add(head, what&^1, nil, 0, packet.SYN)
			s.add(head, what|1, nil, 0, packet.SYN|packet.ACK)
		}
	}
	length := len(payload)
	if what&2 != 0 {
		length += 100
	}
	s.add(head, what, payload, length, packet.ACK|packet.PSH)
}

func (s *scene) add(head, what byte, payload []byte, length int, flags uint8) {
	number, tcp, dir := int(what>>3&7), (head^what>>6)&1, what&1
	near, far := uint16(40000), fuzzPorts[head>>3]
	if number >= sceneFlows/2 {
		near, far = near+uint16(number), far^uint16(number)
	}
	if s.now += 20e6; what&4 != 0 {
		s.now += 60e9
	}
	i := s.n
	s.n++
	h := &s.hs[i]
	*h = packet.Headers{Protocol: packet.UDP, Src: sceneHome, Dst: sceneFar[number], SrcPort: near, DstPort: far,
		PayloadCaptured: int32(len(payload)), PayloadOctets: int32(length), Octets: uint32(28 + length)}
	if len(payload) < length {
		h.Flags = packet.Cut
	}
	if dir == 1 {
		h.Src, h.Dst, h.SrcPort, h.DstPort = h.Dst, h.Src, h.DstPort, h.SrcPort
	}
	if tcp == 1 {
		seq := &s.seq[1][number]
		h.Protocol, h.TCPFlags, h.Seq, h.Ack = packet.TCP, flags, seq[dir], seq[1-dir]
		if what&0x80 != 0 { // half of it was sent before, or a segment is missing
			h.Seq += uint32(int32(length) * (int32(what>>2&1)*2 - 1) / 2)
		}
		seq[dir] = h.Seq + uint32(length)
		if flags&packet.SYN != 0 {
			seq[dir]++
		}
	}
	s.ts[i], s.frames[i], s.data[i] = s.now, uint32(i+1), payload
}

var (
	sceneHome = packet.AddrFrom(homeEnd)
	sceneFar  = func() (far [sceneFlows]packet.Addr) {
		for i := range far {
			far[i] = packet.AddrFrom(netip.AddrFrom4([4]byte{byte(60 + 20*i), 51, byte(100 + i), 7}))
		}
		far[3] = packet.AddrFrom(netip.MustParseAddr("10.0.0.53"))
		return far
	}()
)

// observe lets c see the scene, in batches of size, as if nobody had seen it before.
func (s *scene) observe(c *Classifier, size int) {
	for i, f := range s.flows {
		*f = s.starts[i]
	}
	for at := 0; at < s.n; at += size {
		end := min(at+size, s.n)
		c.Observe(s.entries[at:end], s.ts[at:end], s.frames[at:end], s.hs[at:end], s.data[at:end])
	}
}

// anew makes c as New made it, in the memory that it has.
func (c *Classifier) anew() {
	wipe(&c.states)
	wipe(&c.claims)
	wipe(&c.frames)
	wipe(&c.windows)
	clear(c.reported)
	clear(c.inside.flows)
	clear(c.inside.texts.held)
	for _, j := range c.joins.places {
		j.state = 0
	}
	*c = Classifier{commons: c.commons, maxWindows: c.maxWindows, states: c.states, claims: c.claims, frames: c.frames, windows: c.windows,
		owner: append(c.owner[:0], 0), freeWindows: c.freeWindows[:0], reported: c.reported, joins: joins{places: c.joins.places},
		inside: inside{most: c.inside.most, flows: c.inside.flows, texts: c.inside.texts}, words: c.words[:0], said: c.said[:0]}
	n := &c.names
	clear(n.heads)
	clear(n.clients)
	clear(n.texts.held)
	*n = names{most: n.most, heads: n.heads, leases: append(n.leases[:0], lease{}), clients: n.clients, texts: n.texts}
	c.announced = announced{}
	c.lanes[0] = c
}

// wipe makes a slab as new.
func wipe[T any](s *slab[T]) {
	for i := uint32(0); i <= s.used; i += slabChunk {
		clear(s.chunks[i/slabChunk][:min(s.used-i+1, slabChunk)])
	}
	s.used, s.free = 0, s.free[:0]
}

// sceneOf joins conversations to one scene, flow by flow.
func sceneOf(conversations ...[]byte) []byte {
	out := []byte{conversations[0][0]}
	for n, c := range conversations {
		other := (c[0] ^ out[0]) & 1 << 6
		for p := c[1:]; len(p) >= 3; {
			k := 3 + int(binary.BigEndian.Uint16(p[1:]))
			out = append(append(out, p[0]|byte(n%sceneFlows)<<3|other), p[1:k]...)
			p = p[k:]
		}
	}
	return out
}
