package pipeline

import (
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"peeratlas/capture"
	"peeratlas/capture/packet"
	"peeratlas/report"
)

// conversation makes the packets of one TCP flow as a mirror sees them.
type conversation struct {
	out  []gapPacket
	seq  [2]uint32
	ts   int64
	v6   bool
	port uint16
}

type gapPacket struct {
	h  packet.Headers
	ts int64
}

func newConversation(isn uint32, port uint16) *conversation {
	return &conversation{seq: [2]uint32{isn, isn ^ 0x5555}, ts: 1e18, port: port}
}

// send is a packet of end d, n octets long from its next number on plus offset.
func (c *conversation) send(d int, flags uint8, offset, n int) *conversation {
	h := packet.Headers{SrcPort: c.port, DstPort: 443, Protocol: packet.TCP, TCPFlags: flags, PayloadOctets: int32(n)}
	h.Src, h.Dst = packet.Addr{10: 255, 255, 10, 0, 0, 1}, packet.Addr{10: 255, 255, 192, 0, 2, 9}
	if c.v6 {
		h.Src, h.Dst = packet.Addr{0x20, 1, 0xd, 0xb8, 15: 1}, packet.Addr{0x20, 1, 0xd, 0xb8, 15: 2}
	}
	if d == 1 {
		h.Src, h.Dst, h.SrcPort, h.DstPort = h.Dst, h.Src, h.DstPort, h.SrcPort
	}
	h.Seq = c.seq[d] + uint32(offset)
	h.Ack = c.seq[1-d]
	c.ts += 1e6
	c.out = append(c.out, gapPacket{h, c.ts})
	if offset == 0 {
		c.seq[d] += uint32(n)
		if flags&(packet.SYN|packet.FIN) != 0 {
			c.seq[d]++
		}
	}
	return c
}

func (c *conversation) open() *conversation {
	return c.send(0, packet.SYN, 0, 0).send(1, packet.SYN|packet.ACK, 0, 0).send(0, packet.ACK, 0, 0)
}
func (c *conversation) data(d, n int) *conversation { return c.send(d, packet.ACK, 0, n) }
func (c *conversation) ack(d int) *conversation     { return c.send(d, packet.ACK, 0, 0) }
func (c *conversation) lost() *conversation         { c.out = c.out[:len(c.out)-1]; return c }
func (c *conversation) wait(ns int64) *conversation { c.ts += ns; return c }

// swap has the last two packets come the other way round.
func (c *conversation) swap() *conversation {
	n := len(c.out)
	c.out[n-1].h, c.out[n-2].h = c.out[n-2].h, c.out[n-1].h
	return c
}

func (c *conversation) only(d int) *conversation {
	var kept []gapPacket
	for _, p := range c.out {
		if (p.h.DstPort == 443) == (d == 0) {
			kept = append(kept, p)
		}
	}
	c.out = kept
	return c
}

func measure(packets []gapPacket) report.Gaps {
	m := NewGapMeter()
	for i := range packets {
		m.Add(&packets[i].h, packets[i].ts)
	}
	return m.Gaps(true)
}

func TestGapsOfConversations(t *testing.T) {
	end := func(c *conversation) *conversation { return c.wait(3e8).data(0, 1).data(1, 1).ack(0).ack(1) }
	tests := []struct {
		name         string
		c            *conversation
		unseen, acks uint64 // octets not seen, and acknowledgements about them
	}{
		{"sound", end(newConversation(7, 1).open().data(0, 100).ack(1).data(1, 500).ack(0)), 0, 0},
		{"a lost segment", end(newConversation(7, 1).open().data(0, 100).lost().ack(1).data(0, 10).ack(1)), 100, 1},
		{"two lost and acknowledged at once", end(newConversation(7, 1).open().data(0, 100).lost().data(0, 50).data(0, 30).lost().ack(1).ack(0)), 130, 1},
		{"each acknowledged", end(newConversation(7, 1).open().data(0, 100).lost().ack(1).data(0, 30).lost().ack(1).ack(0)), 130, 2},
		{"known by the sender's next number alone", end(newConversation(7, 1).open().data(0, 100).lost().ack(0).ack(1)), 100, 1},
		{"of IPv6", end(func() *conversation { c := newConversation(7, 1); c.v6 = true; return c }().open().data(1, 70).lost().ack(0)), 70, 1},
		{"the sequence wraps", end(newConversation(math.MaxUint32-150, 1).open().data(0, 100).ack(1).data(0, 100).ack(1).data(0, 100).ack(1)), 0, 0},
		{"the sequence wraps inside a hole", end(newConversation(math.MaxUint32-150, 1).open().data(0, 100).ack(1).data(0, 100).lost().ack(1).data(0, 100).ack(1)), 100, 1},
		{"retransmitted and seen then", end(newConversation(7, 1).open().data(0, 100).lost().send(0, packet.ACK, -100, 100).ack(1)), 0, 0},
		{"retransmitted without need", end(newConversation(7, 1).open().data(0, 100).ack(1).send(0, packet.ACK, -100, 100).ack(1)), 0, 0},
		{"out of order", end(newConversation(7, 1).open().data(0, 100).data(0, 50).swap().ack(1)), 0, 0},
		{"acknowledged before it is seen", end(newConversation(7, 1).open().data(0, 100).ack(1).swap()), 0, 0},
		{"half of a hole is filled", end(newConversation(7, 1).open().data(0, 100).lost().data(0, 10).send(0, packet.ACK, -60, 20).ack(1)), 80, 1},
		{"a part of a hole is acknowledged", end(newConversation(7, 1).open().data(0, 100).lost().data(0, 100).lost().data(0, 10).send(1, packet.ACK, 0, 0)), 200, 1},
		{"joined in the middle", end(newConversation(7, 1).data(0, 100).ack(1).data(1, 100).ack(0)), 0, 0},
		{"joined with octets on their way", end(newConversation(7, 1).send(0, packet.ACK, -3000, 100).data(0, 100).ack(1)), 0, 0},
		{"joined in the middle, lost later", end(newConversation(7, 1).data(0, 9).ack(1).ack(0).wait(2e9).data(0, 100).lost().ack(1).data(0, 5)), 100, 1},
		{"keep-alive", end(newConversation(7, 1).open().data(0, 100).ack(1).wait(5e9).send(0, packet.ACK, -1, 0).ack(1).send(0, packet.ACK, -1, 1).ack(1)), 0, 0},
		{"window probe", end(newConversation(7, 1).open().data(0, 100).ack(1).data(0, 1).wait(1e9).send(0, packet.ACK, -1, 1).ack(1).data(0, 50).ack(1)), 0, 0},
		{"only the acknowledging end", newConversation(7, 1).open().data(0, 100).ack(1).data(0, 100).ack(1).wait(1e9).ack(1).only(1), 0, 0},
		{"only the sending end", newConversation(7, 1).open().data(0, 100).ack(1).data(0, 100).ack(1).wait(1e9).ack(1).only(0), 0, 0},
		{"the sender takes another way from some time on", newConversation(7, 1).open().data(0, 100).ack(1).data(0, 100).lost().ack(1).data(0, 100).lost().ack(1).wait(1e9).ack(1), 0, 0},
		{"an end that was not seen for long", end(newConversation(7, 1).send(0, packet.SYN, 0, 0).lost().send(1, packet.SYN|packet.ACK, 0, 0).data(0, 1<<17).lost().ack(1).wait(1e9).data(0, 5).ack(1)), 0, 0},
		{"closed", end(newConversation(7, 1).open().data(0, 100).ack(1).send(0, packet.FIN|packet.ACK, 0, 0).send(1, packet.FIN|packet.ACK, 0, 0).ack(0)), 0, 0},
		{"reset with any number", newConversation(7, 1).open().data(0, 100).ack(1).send(0, packet.RST, 5000, 0).wait(1e9).ack(1), 0, 0},
		{"ports used anew", end(func() *conversation {
			c := newConversation(7, 1).open().data(0, 100).ack(1)
			c.seq = [2]uint32{1 << 20, 2 << 20}
			return c.open().data(0, 10).ack(1)
		}()), 0, 0},
		{"SYN repeated", end(newConversation(7, 1).send(0, packet.SYN, 0, 0).send(0, packet.SYN, -1, 0).send(1, packet.SYN|packet.ACK, 0, 0).ack(0).data(0, 9).ack(1)), 0, 0},
		{"numbers of another world", end(newConversation(7, 1).open().data(0, 100).ack(1).send(1, packet.ACK, 0, 0).send(0, packet.ACK, 1<<29, 10).send(0, packet.ACK, -1<<29, 10)), 0, 0},
		{"every packet twice", func() *conversation {
			c := end(newConversation(7, 1).open().data(0, 100).lost().ack(1).data(0, 10).ack(1))
			var twice []gapPacket
			for _, p := range c.out {
				twice = append(twice, p, p)
			}
			c.out = twice
			return c
		}(), 100, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := measure(tt.c.out)
			if got.UnseenOctets != tt.unseen || got.Unseen != tt.acks || got.Unseen > got.Acks || got.UnseenOctets > got.Octets || got.Sampled > 1 {
				t.Errorf("got %+v, want %d octets by %d acknowledgements", got, tt.unseen, tt.acks)
			}
		})
	}
}

// tcpOf are the TCP packets of a capture.
func tcpOf(t testing.TB, path string) (all []gapPacket) {
	t.Helper()
	f, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	batch, d := make([]capture.Packet, 256), packet.NewDecoder()
	for err == nil && len(all) < 1<<20 {
		var n int
		n, err = f.ReadBatch(batch)
		for i := range batch[:n] {
			p := gapPacket{ts: batch[i].Timestamp}
			if d.Decode(batch[i].LinkType, batch[i].Data, int(batch[i].OriginalLength), &p.h) == packet.OK && p.h.Protocol == packet.TCP {
				all = append(all, p)
			}
		}
	}
	return all
}

// office is a synthetic mirror: many flows at once, whose receivers acknowledge every second
// segment, whose networks lose and repeat, reorder and send both ways.
func office(flows, segments int) []gapPacket {
	random := rand.New(rand.NewPCG(3, 4))
	var all []gapPacket
	for i := range flows {
		c := newConversation(random.Uint32(), uint16(1024+i)).open()
		c.ts += int64(i) * 1e7
		for j := range segments {
			d := (i + j/40) % 2
			switch n := 200 + random.IntN(1260); random.IntN(60) {
			case 0: // lost behind the mirror: repeated
				c.data(d, n).data(d, n).wait(2e7).send(d, packet.ACK, -2*n, n)
			case 1: // lost before the mirror: seen once, late
				c.data(d, n).lost().data(d, n).wait(2e7).send(d, packet.ACK, -2*n, n)
			case 2:
				c.data(d, n).data(d, n).swap()
			default:
				c.data(d, n)
			}
			if j%2 == 1 {
				c.ack(1 - d)
			}
		}
		all = append(all, c.ack(0).ack(1).wait(3e8).ack(0).ack(1).out...)
	}
	return all
}

// dropShare leaves out a share of packets, and returns the rest with the payload octets of all, and
// of those left out.
func dropShare(all []gapPacket, share float64, seed uint64) (kept []gapPacket, octets, lost float64) {
	random := rand.New(rand.NewPCG(seed, 6))
	for _, p := range all {
		n := float64(p.h.PayloadOctets)
		octets += n
		if random.Float64() < share {
			lost += n
			continue
		}
		kept = append(kept, p)
	}
	return kept, octets, lost
}

// The estimate against the truth: a share of the packets is dropped, and the estimate is near it.
// The stated error is a tenth of the share and a thousandth on a synthetic mirror, and a quarter of
// it and two thousandths on real captures: most of their flows are short, and of a flow's last
// octets nothing is known.
func TestGapsAgainstTheTruth(t *testing.T) {
	sources := []struct {
		name         string
		captures     [][]gapPacket
		share, error float64
	}{{"synthetic", [][]gapPacket{office(300, 400)}, 0.1, 0.001}, {"real", soundCaptures(t), 0.25, 0.002}}
	for _, s := range sources {
		if s.captures == nil {
			continue // TestGapsOnCorpus says that they are not there
		}
		for _, share := range []float64{0, 0.001, 0.01, 0.05, 0.1, 0.2} {
			var got report.Gaps
			var sum, gone float64
			for i, all := range s.captures {
				kept, octets, lost := dropShare(all, share, uint64(share*1e4)+uint64(i)<<20)
				g := measure(kept)
				got.Acks, got.Unseen, got.Octets, got.UnseenOctets = got.Acks+g.Acks, got.Unseen+g.Unseen, got.Octets+g.Octets, got.UnseenOctets+g.UnseenOctets
				sum, gone = sum+octets, gone+lost
			}
			truth := gone / sum
			t.Logf("%s: dropped %.4f of packets, %.4f of octets: estimate %.4f (%.4f of %d acknowledgements)", s.name, share, truth,
				got.Lost(), float64(got.Unseen)/float64(got.Acks), got.Acks)
			if math.Abs(got.Lost()-truth) > truth*s.share+s.error || share == 0 && (got.Unseen != 0 || got.UnseenOctets != 0) {
				t.Errorf("%s: estimate %.4f, truth %.4f", s.name, got.Lost(), truth)
			}
		}
	}
}

// incomplete are captures of the corpus in which packets are missing, as Wireshark says, too.
var incomplete = []string{"bittorrent.pcap", "netflix.pcap", "wechat.pcap"}

// soundCaptures are the captures of the corpus in which no packet of TCP is missing.
func soundCaptures(t testing.TB) (all [][]gapPacket) {
	filepath.WalkDir(corpus, func(path string, d fs.DirEntry, err error) error {
		if name := filepath.Base(path); err == nil && !d.IsDir() && strings.Contains(name, ".pcap") && !strings.HasSuffix(name, ".csv") && !slices.Contains(incomplete, name) {
			if packets := tcpOf(t, path); len(packets) > 0 {
				all = append(all, packets)
			}
		}
		return nil
	})
	return all
}

// Where Wireshark finds no acknowledgement of unseen octets, neither do we, and the other way round.
func TestGapsOnCorpus(t *testing.T) {
	needCorpus(t)
	for i, all := range soundCaptures(t) {
		if got := measure(all); got.Unseen != 0 || got.UnseenOctets != 0 {
			t.Errorf("capture %d: %+v", i, got)
		}
	}
	for _, name := range incomplete {
		path := ""
		filepath.WalkDir(corpus, func(p string, d fs.DirEntry, err error) error {
			if err == nil && d.Name() == name {
				path = p
			}
			return nil
		})
		if got := measure(tcpOf(t, path)); got.Unseen == 0 || got.UnseenOctets == 0 {
			t.Errorf("%s: %+v", name, got)
		}
		if testing.Short() {
			continue
		}
		if wireshark(t, "tshark", "-n", "-r", path, "-Y", "tcp.analysis.ack_lost_segment", "-T", "fields", "-e", "frame.number") == "" {
			t.Errorf("%s: Wireshark finds nothing missing", name)
		}
	}
}

// No capture of the project lost anything of TCP, and no false gap may be seen in them.
func TestNoGapsWhereNothingIsLost(t *testing.T) {
	all, _ := filepath.Glob("../testdata/*.pcap*")
	acks := uint64(0)
	for _, path := range all {
		if strings.Contains(path, "damaged") || strings.Contains(path, "derailed") {
			continue // packets are missing in these
		}
		got := measure(tcpOf(t, path))
		if got.UnseenOctets != 0 || got.Unseen != 0 {
			t.Errorf("%s: %+v", path, got)
		}
		acks += got.Acks
	}
	if acks < 100 {
		t.Errorf("only %d acknowledgements were looked at", acks)
	}
}

// A run that is asked to shows its packets to the meter.
func TestRunMeasuresGaps(t *testing.T) {
	m := NewGapMeter()
	data, err := os.ReadFile("../testdata/office.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	if _, result := run(t, data, Options{Gaps: m}); result == nil || m.Gaps(true) != measure(tcpOf(t, "../testdata/office.pcapng")) || m.Gaps(true).Acks == 0 {
		t.Errorf("%+v", m.Gaps(true))
	}
}

func TestGapMeterAllocatesNothing(t *testing.T) {
	all, m := office(20, 50), NewGapMeter()
	if n := testing.AllocsPerRun(10, func() {
		for i := range all {
			m.Add(&all[i].h, all[i].ts)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// A flood of other flows neither pushes out those that are watched nor counts.
func TestGapsInAFlood(t *testing.T) {
	c := newConversation(7, 1).open()
	for range 20 {
		c.data(0, 100).ack(1).data(0, 50).lost().ack(1)
	}
	c.wait(3e8).ack(0)
	m, random := NewGapMeter(), rand.New(rand.NewPCG(1, 1))
	for i := range c.out {
		m.Add(&c.out[i].h, c.out[i].ts)
		for range 20000 {
			h := packet.Headers{SrcPort: uint16(random.Uint32()), DstPort: 80, Protocol: packet.TCP, TCPFlags: packet.SYN, Seq: random.Uint32()}
			h.Src[15], h.Src[14], h.Dst[15] = byte(random.Uint32()), byte(random.Uint32()), 9
			m.Add(&h, c.out[i].ts)
		}
	}
	if got := m.Gaps(true); got.UnseenOctets != 1000 || got.Octets != 3000 || got.Sampled != 1 {
		t.Errorf("%+v", got)
	}
}

func FuzzGaps(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
	for _, c := range []*conversation{newConversation(7, 1).open().data(0, 100).lost().ack(1).data(0, 10), newConversation(math.MaxUint32, 1).data(1, 5).ack(0)} {
		var b []byte
		for i := range c.out {
			h := &c.out[i].h
			b = append(b, byte(h.DstPort>>8), h.TCPFlags, byte(h.Seq), byte(h.Seq>>24), byte(h.Ack), byte(h.Ack>>24), byte(h.PayloadOctets), 1)
		}
		f.Add(b)
	}
	m := NewGapMeter()
	f.Fuzz(func(t *testing.T, b []byte) {
		*m = GapMeter{}
		ts := int64(1e18)
		for ; len(b) >= 8; b = b[8:] {
			h := packet.Headers{SrcPort: 1, DstPort: 2, Protocol: packet.TCP, TCPFlags: b[1], Seq: uint32(b[2])*3 + uint32(b[3])<<24,
				Ack: uint32(b[4])*3 + uint32(b[5])<<24, PayloadOctets: int32(b[6]) * 2}
			if b[0]&1 != 0 {
				h.SrcPort, h.DstPort = 2, 1
			}
			if b[0]&0xf0 == 0x10 {
				h.Flags = packet.Flags(b[0] >> 1 & 3)
			}
			ts += int64(b[7]) * 4e6
			m.Add(&h, ts)
			checkGapFlow(t, &m.flows[gapHash(&h)>>(64-gapBits)])
		}
		if g := m.Gaps(true); g.Unseen > g.Acks+uint64(gapHoles) || g.Sampled > g.Acks {
			t.Errorf("%+v", g)
		}
	})
}

// checkGapFlow holds that holes are in order, not empty, apart, and below what was seen.
func checkGapFlow(t testing.TB, f *gapFlow) {
	t.Helper()
	for d := range f.sides {
		s := &f.sides[d]
		for i := range s.holes[:s.count] {
			h := &s.holes[i]
			if ahead(h.to, h.from) <= 0 || ahead(h.to, s.high) > 0 || i > 0 && ahead(h.from, s.holes[i-1].to) < 0 ||
				h.marks&holeAcked != 0 && ahead(h.to, s.acked) > 0 {
				t.Fatalf("hole %d of %+v", i, *s)
			}
		}
	}
}

func BenchmarkGapMeter(b *testing.B) {
	all := office(300, 100)
	b.Run("sampled", func(b *testing.B) {
		m := NewGapMeter()
		for i := 0; b.Loop(); i++ {
			p := &all[i%len(all)]
			m.Add(&p.h, p.ts)
		}
	})
	b.Run("not sampled", func(b *testing.B) {
		m := NewGapMeter()
		for i := range m.tags {
			m.tags[i] = gapTag{1, 1e18 + 1}
		}
		for i := 0; b.Loop(); i++ {
			m.Add(&all[i%len(all)].h, 1e18)
		}
	})
	b.Run("UDP", func(b *testing.B) {
		m, h := NewGapMeter(), packet.Headers{Protocol: packet.UDP}
		for b.Loop() {
			m.Add(&h, 1e18)
		}
	})
}
