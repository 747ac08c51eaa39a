package pipeline

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/testdata/adversary"
)

// view is a way in which a mirror port, or a network, shows the adversary's packets.
type view struct {
	name  string
	six   bool
	homes []string // beside the default ones
	// alter changes which packets are seen, in which order, when and between which ends.
	alter func([]adversary.Packet) []adversary.Packet
	ends  func(netip.AddrPort) netip.AddrPort // where alter moves the ends of a flow
	wrap  func(frame []byte) []byte           // the Ethernet frame on its way to the mirror
	snap  int
}

// natAddress is that of a gateway whose outer side the mirror shows.
var natAddress = netip.AddrFrom4([4]byte{93, 184, 20, 5})

func views() []view {
	nat := func(a netip.AddrPort) netip.AddrPort {
		if b := a.Addr().As4(); b[0] != 192 || b[1] != 168 || b[3] == 1 {
			return a
		}
		return netip.AddrPortFrom(natAddress, otherPort(a.Port()))
	}
	return []view{
		{name: "as it is"},
		{name: "IPv6", six: true},
		{name: "behind a NAT", homes: []string{natAddress.String()}, ends: nat},
		{name: "behind a NAT that nobody knows", ends: nat},
		{name: "VLAN", wrap: tagged(0x8100)},
		{name: "QinQ", wrap: func(f []byte) []byte { return tagged(0x88a8)(tagged(0x8100)(f)) }},
		{name: "GRE", wrap: func(f []byte) []byte { // RFC 2784
			return inIPv4(47, slices.Concat([]byte{0, 0}, f[12:14], f[14:]))
		}},
		{name: "VXLAN", wrap: func(f []byte) []byte { // RFC 7348
			return inUDP(50000, 4789, slices.Concat([]byte{8, 0, 0, 0, 0, 0, 42, 0}, f))
		}},
		{name: "Teredo", six: true, wrap: func(f []byte) []byte { return inUDP(50001, 3544, f[14:]) }}, // RFC 4380
		{name: "joined 1 late", alter: late(1)},
		{name: "joined 2 late", alter: late(2)},
		{name: "joined 6 late", alter: late(6)},
		{name: "joined 20 late", alter: late(20)},
		{name: "begun half-way", alter: halfWay},
		{name: "96 octets", snap: 96},
		{name: "sent only", alter: only(true)},
		{name: "received only", alter: only(false)},
		{name: "lossy and out of order", alter: lossy},
		{name: "twice", alter: twice},
		{name: "clocks apart", alter: func(ps []adversary.Packet) []adversary.Packet { // of the two directions' interfaces
			for i := range ps {
				if !atHome(ps[i].From) {
					ps[i].At -= 300 * time.Millisecond
				}
			}
			return ps
		}},
	}
}

// atHome tells the scenes' own hosts.
func atHome(a netip.AddrPort) bool { return a.Addr().IsPrivate() }

// tagged puts a VLAN tag into a frame (IEEE 802.1Q).
func tagged(kind uint16) func([]byte) []byte {
	return func(f []byte) []byte {
		return slices.Concat(f[:12], binary.BigEndian.AppendUint16(nil, kind), []byte{0, 7}, f[12:])
	}
}

// inIPv4 carries what a tunnel carries between two routers.
func inIPv4(protocol byte, payload []byte) []byte {
	n := binary.BigEndian.AppendUint16(nil, uint16(20+len(payload)))
	return slices.Concat(make([]byte, 12), []byte{8, 0, 0x45, 0}, n, []byte{0, 0, 0x40, 0, 64, protocol, 0, 0, 10, 255, 0, 1, 10, 255, 0, 2}, payload)
}

func inUDP(from, to uint16, payload []byte) []byte {
	var h []byte
	for _, v := range [...]uint16{from, to, uint16(8 + len(payload)), 0} {
		h = binary.BigEndian.AppendUint16(h, v)
	}
	return inIPv4(17, append(h, payload...))
}

// late leaves out what every flow sends before its first n payloads are past.
func late(n int) func([]adversary.Packet) []adversary.Packet {
	return func(ps []adversary.Packet) []adversary.Packet {
		before := map[adversary.Key]int{}
		return slices.DeleteFunc(ps, func(p adversary.Packet) bool {
			k := p.Key()
			gone := before[k] < n
			if len(p.Payload) > 0 {
				before[k]++
			}
			return gone
		})
	}
}

// halfWay begins in the middle of the time.
func halfWay(ps []adversary.Packet) []adversary.Packet {
	middle := ps[len(ps)-1].At / 2
	return slices.DeleteFunc(ps, func(p adversary.Packet) bool { return p.At < middle })
}

func only(sent bool) func([]adversary.Packet) []adversary.Packet {
	return func(ps []adversary.Packet) []adversary.Packet {
		return slices.DeleteFunc(ps, func(p adversary.Packet) bool { return atHome(p.From) != sent })
	}
}

// lossy drops a tenth and swaps a tenth with what comes next.
func lossy(ps []adversary.Packet) []adversary.Packet {
	rng := rand.New(rand.NewPCG(1, 2))
	ps = slices.DeleteFunc(ps, func(adversary.Packet) bool { return rng.IntN(10) == 0 })
	for i := 1; i < len(ps); i++ {
		if rng.IntN(10) == 0 && ps[i].At-ps[i-1].At < 50*time.Millisecond {
			ps[i], ps[i-1] = ps[i-1], ps[i]
			ps[i].At, ps[i-1].At = ps[i-1].At, ps[i].At
		}
	}
	return ps
}

// twice shows every packet on its way in and, 20 microseconds later, on its way out.
func twice(ps []adversary.Packet) []adversary.Packet {
	out := make([]adversary.Packet, 0, 2*len(ps))
	for _, p := range ps {
		out = append(out, p)
		p.At += 20 * time.Microsecond
		out = append(out, p)
	}
	return out
}

// show makes frames of traffic. The traffic's packets are used up.
func (w *view) show(t adversary.Traffic) *shownFrames {
	ps := t.Packets
	if w.alter != nil {
		ps = w.alter(ps)
	}
	s := &shownFrames{frames: make([]capture.Packet, 0, len(ps))}
	for i := range ps {
		p := &ps[i]
		h := packet.Headers{Protocol: packet.UDP, Seq: p.Seq, Ack: p.Ack, TCPFlags: p.Flags, PayloadOctets: int32(len(p.Payload)),
			SrcMAC: macOf(p.From), DstMAC: macOf(p.To)}
		if p.TCP {
			h.Protocol = packet.TCP
		}
		from, to := w.moved(p.From), w.moved(p.To)
		h.Src, h.SrcPort, h.Dst, h.DstPort = packet.AddrFrom(from.Addr()), from.Port(), packet.AddrFrom(to.Addr()), to.Port()
		frame, _ := rebuild(&h, p.Payload)
		if w.wrap != nil {
			frame = w.wrap(frame)
		}
		wire := len(frame)
		if w.snap > 0 {
			frame = frame[:min(len(frame), w.snap)]
		}
		s.frames = append(s.frames, capture.Packet{Data: frame, Timestamp: mixedBegin + int64(p.At), OriginalLength: uint32(wire), LinkType: packet.LinkEthernet})
	}
	return s
}

func (w *view) moved(a netip.AddrPort) netip.AddrPort {
	if w.ends == nil {
		return a
	}
	return w.ends(a)
}

// macOf is the station's, or the router's.
func macOf(a netip.AddrPort) [6]byte {
	if atHome(a) {
		b := a.Addr().As16()
		return [6]byte{2, 0, 0, 0, 1, b[15]}
	}
	return [6]byte{2, 0, 0, 0, 0, 1}
}

// shownFrames is a source of frames in memory.
type shownFrames struct{ frames []capture.Packet }

func (s *shownFrames) ReadBatch(dst []capture.Packet) (int, error) {
	n := copy(dst, s.frames)
	if s.frames = s.frames[n:]; n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (s *shownFrames) Stats() capture.Stats { return capture.Stats{} }
func (s *shownFrames) Close() error         { return nil }
