package pipeline

import (
	"encoding/binary"
	"errors"
	"io"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
	"peeratlas/geo"
)

// altered is a source that shows another source's TCP and UDP packets altered. It builds each
// frame anew: what is in no flow is left out, and so are tunnels and TCP options. It is
// for measurements, not for speed.
type altered struct {
	Source
	alter   alteration
	home    geo.Home
	decoder *packet.Decoder
	number  int
	seen    map[flow.Key]*seenFlow
	in      []capture.Packet
	out     []capture.Packet // ready, not yet asked for
	err     error            // of the source, due when out is empty
}

// seenFlow is what an alteration knows of a flow.
type seenFlow struct {
	near     flow.Direction // index of the home end, or of the initiator if there is no one home end
	payloads int
}

func newAltered(s Source, home geo.Home, alter alteration) *altered {
	return &altered{Source: s, alter: alter, home: home, decoder: packet.NewDecoder(), seen: map[flow.Key]*seenFlow{}, in: make([]capture.Packet, 64)}
}

// ReadBatch is Source's. The packets' octets stay valid.
func (a *altered) ReadBatch(dst []capture.Packet) (int, error) {
	for len(a.out) == 0 && a.err == nil {
		var n int
		n, a.err = a.Source.ReadBatch(a.in)
		for i := range n {
			a.take(&a.in[i])
		}
	}
	n := copy(dst, a.out)
	if a.out = a.out[n:]; n == 0 {
		return 0, a.err
	}
	return n, nil
}

// take alters one packet and queues what comes of it.
func (a *altered) take(p *capture.Packet) {
	s := shown{number: a.number}
	a.number++
	h := &s.headers
	if a.decoder.Decode(p.LinkType, p.Data, int(p.OriginalLength), h) != packet.OK || h.Flags&packet.LaterFragment != 0 {
		return
	}
	s.payload = p.Data[h.PayloadStart : h.PayloadStart+h.PayloadCaptured]
	key, from := flow.KeyOf(h)
	f := a.seen[key]
	if f == nil {
		f = &seenFlow{near: from}
		if home := a.home.Contains(key.Addr[0].Netip()); home != a.home.Contains(key.Addr[1].Netip()) {
			f.near = 1
			if home {
				f.near = 0
			}
		}
		a.seen[key] = f
	}
	s.inward, s.before = from != f.near, f.payloads
	if h.PayloadOctets > 0 {
		f.payloads++
	}
	n := 1
	if a.alter.show != nil {
		n = a.alter.show(&s)
	}
	if a.alter.ends != nil {
		h.Src, h.SrcPort = a.alter.ends(h.Src, h.SrcPort)
		h.Dst, h.DstPort = a.alter.ends(h.Dst, h.DstPort)
	}
	for range n {
		data, length := rebuild(h, s.payload)
		a.out = append(a.out, capture.Packet{Data: data, Timestamp: p.Timestamp, OriginalLength: uint32(length), LinkType: packet.LinkEthernet})
	}
}

// rebuild writes an Ethernet frame for headers and what was captured of the payload, and tells its
// length on the wire. Checksums are left out: nobody verifies them behind an offloading card.
func rebuild(h *packet.Headers, payload []byte) (frame []byte, wire int) {
	frame = make([]byte, 0, 78+len(payload))
	if h.Tunnel == packet.NoTunnel { // the addresses of a tunnel's ends are not those of the hosts inside
		frame = append(append(frame, h.DstMAC[:]...), h.SrcMAC[:]...)
	} else {
		frame = append(frame, make([]byte, 12)...)
	}
	transport := 8
	if h.Protocol == packet.TCP {
		transport = 20
	}
	// The largest datagram: segments that an offloading card joined may claim more.
	length := min(transport+int(h.PayloadOctets), 65535-20)
	be := binary.BigEndian
	if h.Src.Is4() && h.Dst.Is4() {
		frame = append(frame, 0x08, 0x00, 0x45, 0)
		frame = be.AppendUint16(frame, uint16(20+length))
		frame = append(frame, 0, 0, 0x40, 0, 64, byte(h.Protocol), 0, 0)
		frame = append(append(frame, h.Src[12:]...), h.Dst[12:]...)
	} else {
		frame = append(frame, 0x86, 0xdd, 0x60, 0, 0, 0)
		frame = be.AppendUint16(frame, uint16(length))
		frame = append(frame, byte(h.Protocol), 64)
		frame = append(append(frame, h.Src[:]...), h.Dst[:]...)
	}
	wire = len(frame) + length
	frame = be.AppendUint16(be.AppendUint16(frame, h.SrcPort), h.DstPort)
	if h.Protocol == packet.TCP {
		frame = be.AppendUint32(be.AppendUint32(frame, h.Seq), h.Ack)
		frame = append(frame, 0x50, h.TCPFlags, 0xff, 0xff, 0, 0, 0, 0)
	} else {
		frame = append(be.AppendUint16(frame, uint16(length)), 0, 0)
	}
	return append(frame, payload[:min(len(payload), length-transport)]...), wire
}

// mixed is several sources as one, all begun at the same moment, in the order of time.
type mixed struct {
	sources []Source
	heads   [][]capture.Packet // of each source: what is read and not yet given on
	begin   []int64
	done    []bool
}

// ReadBatch is Source's. It gives on packets of sources whose octets stay valid, as altered's do.
func (m *mixed) ReadBatch(dst []capture.Packet) (int, error) {
	n := 0
	for n < len(dst) {
		first := -1
		for i := range m.sources {
			if err := m.fill(i); err != nil {
				return n, err
			}
			if len(m.heads[i]) > 0 && (first < 0 || m.at(i) < m.at(first)) {
				first = i
			}
		}
		if first < 0 {
			return n, io.EOF
		}
		dst[n] = m.heads[first][0]
		dst[n].Timestamp = m.at(first)
		m.heads[first] = m.heads[first][1:]
		n++
	}
	return n, nil
}

// mixedBegin is when a mix begins: any time but 0, in nanoseconds since the Unix epoch.
const mixedBegin = int64(1_000_000_000e9)

// at is when the next packet of source i is due.
func (m *mixed) at(i int) int64 { return mixedBegin + m.heads[i][0].Timestamp - m.begin[i] }

func (m *mixed) fill(i int) error {
	for len(m.heads[i]) == 0 && !m.done[i] {
		batch := make([]capture.Packet, 64)
		n, err := m.sources[i].ReadBatch(batch)
		if n > 0 && m.begin[i] == 0 {
			m.begin[i] = batch[0].Timestamp
		}
		m.heads[i] = batch[:n]
		if errors.Is(err, io.EOF) {
			m.done[i] = true
		} else if err != nil {
			return err
		}
	}
	return nil
}

// Stats is empty: the sources' own tell what was read.
func (m *mixed) Stats() capture.Stats { return capture.Stats{} }

// Close closes all sources and returns the first error.
func (m *mixed) Close() error {
	var first error
	for _, s := range m.sources {
		if err := s.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

func newMixed(sources []Source) *mixed {
	return &mixed{sources: sources, heads: make([][]capture.Packet, len(sources)), begin: make([]int64, len(sources)), done: make([]bool, len(sources))}
}
