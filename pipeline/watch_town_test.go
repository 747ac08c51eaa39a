package pipeline

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"

	"peeratlas/capture"
	"peeratlas/capture/packet"
)

// town is a source without an end to speak of: names are asked for and told, pages fetched, calls
// announced, strangers knock, and every so often a capture is played among it all.
type town struct {
	random *rand.Rand
	flows  int // to come
	made   int
	now    int64 // of the packets
	step   int64 // from one flow to the next

	play    []capture.Packet // every playEach flows, at its own pace
	each    int
	playing []capture.Packet
	began   int64

	queue []capture.Packet
	stats capture.Stats
}

const townBegin = int64(1_700_000_000e9)

func newTown(flows int, step int64) *town {
	return &town{random: rand.New(rand.NewPCG(7, 7)), flows: flows, now: townBegin, step: step}
}

func (s *town) ReadBatch(dst []capture.Packet) (int, error) {
	for len(s.queue) < len(dst) && s.made < s.flows {
		s.one()
	}
	n := copy(dst, s.queue)
	s.queue = append(s.queue[:0:0], s.queue[n:]...)
	s.stats.Packets += uint64(n)
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (s *town) Stats() capture.Stats { return s.stats }
func (s *town) Close() error         { return nil }

func (s *town) put(p capture.Packet) { s.queue = append(s.queue, p) }

func (s *town) send(h *packet.Headers, payload []byte) {
	h.PayloadOctets = int32(len(payload))
	frame, wire := rebuild(h, payload)
	s.put(capture.Packet{Data: frame, Timestamp: s.now, OriginalLength: uint32(wire), LinkType: packet.LinkEthernet})
}

// one makes one flow, and what of the capture is due.
func (s *town) one() {
	if s.each > 0 && s.made%s.each == 0 && len(s.playing) == 0 {
		s.playing, s.began = s.play, s.now
	}
	for len(s.playing) > 0 && s.playing[0].Timestamp-s.play[0].Timestamp <= s.now-s.began {
		p := s.playing[0]
		p.Timestamp += s.began - s.play[0].Timestamp
		s.put(p)
		s.playing = s.playing[1:]
	}
	i, r := s.made, s.random
	s.made++
	s.now += s.step
	h := packet.Headers{Protocol: packet.UDP, SrcPort: uint16(1024 + r.IntN(60000))}
	h.Src = packet.Addr{10: 0xff, 11: 0xff, 12: 10, 13: 7, 14: byte(r.IntN(8)), 15: byte(r.Uint32())}
	h.Dst = packet.Addr{10: 0xff, 11: 0xff, 12: 203, 13: byte(r.Uint32()), 14: byte(r.Uint32()), 15: byte(r.Uint32())}
	back := func() packet.Headers {
		return packet.Headers{Protocol: h.Protocol, Src: h.Dst, Dst: h.Src, SrcPort: h.DstPort, DstPort: h.SrcPort}
	}
	switch kind := i % 20; {
	case kind < 8:
		h.DstPort = 53
		h.Dst = packet.Addr{10: 0xff, 11: 0xff, 12: 10, 13: 7, 15: 53}
		question, answer := lookup(uint16(i), fmt.Sprintf("host-%d.example", i))
		b := back()
		s.send(&h, question)
		s.send(&b, answer)
	case kind < 16:
		h.Protocol, h.DstPort = packet.TCP, 80
		b := back()
		h.TCPFlags, b.TCPFlags = packet.SYN, packet.SYN|packet.ACK
		s.send(&h, nil)
		s.send(&b, nil)
		h.TCPFlags, b.TCPFlags, h.Seq, b.Seq = packet.ACK, packet.ACK, 1, 1
		s.send(&h, fmt.Appendf(nil, "GET /%d HTTP/1.1\r\nHost: host-%d.example\r\n\r\n", i, i))
		s.send(&b, []byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
		h.TCPFlags, b.TCPFlags = packet.ACK|packet.FIN, packet.ACK|packet.FIN
		s.send(&h, nil)
		s.send(&b, nil)
	case kind == 16:
		h.DstPort = 5060
		s.send(&h, fmt.Appendf(nil, "INVITE sip:x@example SIP/2.0\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n\r\n"+
			"v=0\r\no=- 1 1 IN IP4 10.7.0.%d\r\ns=-\r\nc=IN IP4 10.7.0.%d\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\n", i%256, i%256, 1024+i%50000*2%60000))
	default:
		noise := make([]byte, 40+r.IntN(400))
		for k := range noise {
			noise[k] = byte(r.Uint32())
		}
		h.DstPort = uint16(r.Uint32())
		h.Src, h.Dst = h.Dst, h.Src
		s.send(&h, noise)
	}
}

// lookup is a question of DNS for an address, and its answer.
func lookup(id uint16, name string) (question, answer []byte) {
	u16 := binary.BigEndian.AppendUint16
	q := []byte{}
	for at := 0; at < len(name); {
		end := at
		for end < len(name) && name[end] != '.' {
			end++
		}
		q = append(append(q, byte(end-at)), name[at:end]...)
		at = end + 1
	}
	q = u16(u16(append(q, 0), 1), 1)
	head := func(flags, answers uint16) []byte {
		return u16(u16(u16(u16(u16(u16(nil, id), flags), 1), answers), 0), 0)
	}
	question = append(head(0x0100, 0), q...)
	answer = append(append(head(0x8180, 1), q...), 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, byte(id>>8), byte(id), 1)
	return question, answer
}
