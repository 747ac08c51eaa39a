package pipeline

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"peeratlas/capture"
	"peeratlas/classify"
)

// packetsIn reads a capture into memory.
func packetsIn(t *testing.T, path string) []capture.Packet {
	t.Helper()
	f, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []capture.Packet
	for dst := make([]capture.Packet, 100); ; {
		n, err := f.ReadBatch(dst)
		for _, p := range dst[:n] {
			p.Data = bytes.Clone(p.Data)
			all = append(all, p)
		}
		if err == io.EOF {
			return all
		}
	}
}

// pcapngOf writes packets of one link type as pcapng with nanoseconds, on so many interfaces in
// turn. Each time is moved by shift, and counted from offset, in seconds.
func pcapngOf(packets []capture.Packet, interfaces int, shift, offset int64) []byte {
	var out []byte
	u32 := binary.LittleEndian.AppendUint32
	block := func(kind uint32, body []byte) {
		body = append(body, make([]byte, -len(body)&3)...)
		n := uint32(len(body) + 12)
		out = u32(append(u32(u32(out, kind), n), body...), n)
	}
	block(0x0a0d0d0a, append(u32(u32(nil, 0x1a2b3c4d), 1), bytes.Repeat([]byte{0xff}, 8)...))
	described := append(u32(u32(nil, uint32(packets[0].LinkType)), 0), 9, 0, 1, 0, 9, 0, 0, 0, 14, 0, 8, 0)
	described = binary.LittleEndian.AppendUint64(described, uint64(offset))
	for range interfaces {
		block(1, slices.Clone(described))
	}
	for i, p := range packets {
		at := uint64(p.Timestamp + shift - offset*1e9)
		head := u32(u32(u32(nil, uint32(i%interfaces)), uint32(at>>32)), uint32(at))
		block(6, append(u32(u32(head, uint32(len(p.Data))), p.OriginalLength), p.Data...))
	}
	return out
}

// oddSources are captures of which the verdicts are known.
var oddSources = []string{"skype-classic.pcap", "ice-call.pcapng", "plain.pcap", "wireguard.pcap"}

// The verdicts follow from how packets follow one another, not from the year; and a file with as
// many interfaces as there are packets is read as one with one.
func TestVerdictsOfAnyYear(t *testing.T) {
	for _, name := range oddSources {
		packets := packetsIn(t, "../testdata/"+name)
		first, last := packets[0].Timestamp, packets[0].Timestamp
		for _, p := range packets {
			first, last = min(first, p.Timestamp), max(last, p.Timestamp)
		}
		want, _ := judgedBy(t, pcapngOf(packets, 1, 0, 0), Options{}, nil)
		for _, row := range []struct {
			name          string
			interfaces    int
			shift, offset int64
		}{
			{"ten thousand interfaces", 10_000, 0, 0},
			{"from the first nanosecond of 1970 on", 1, -first, 0},
			{"up to the last nanosecond of 2262", 1, math.MaxInt64 - last, 0},
			{"2262, counted from 2100", 3, math.MaxInt64 - last, 4_102_444_800},
			{"1969, by an offset", 1, 0, 0},
		} {
			octets := pcapngOf(packets, row.interfaces, row.shift, row.offset)
			got, res := judgedBy(t, octets, Options{}, nil)
			if !maps.Equal(got, want) || res.Damaged || res.Coverage.Panics > 0 {
				t.Errorf("%s, %s: %d flows, %s", name, row.name, len(got), differing(got, want))
			}
		}
	}
}

// differing names the first flow that is judged otherwise.
func differing(got, want map[string]string) string {
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if got[k] != want[k] {
			return fmt.Sprintf("%s is %q, want %q", k, got[k], want[k])
		}
	}
	return "the same verdicts"
}

// Times that no clock can show are moved to the nearest that one can; nothing else is lost.
func TestTimesBeyondAllYears(t *testing.T) {
	packets := packetsIn(t, "../testdata/plain.pcap")
	for name, at := range map[string]func(i int) uint64{
		"beyond 2262":        func(i int) uint64 { return math.MaxUint64 - uint64(i) },
		"now 1970, now 2262": func(i int) uint64 { return uint64(i%2) * math.MaxInt64 },
		"all at once":        func(int) uint64 { return 0 },
		"anything":           func(i int) uint64 { return rand.New(rand.NewPCG(uint64(i), 1)).Uint64() },
	} {
		moved := slices.Clone(packets)
		for i := range moved {
			moved[i].Timestamp = int64(at(i))
		}
		_, res := judgedBy(t, pcapngOf(moved, 1, 0, 0), Options{}, nil)
		c := &res.Coverage
		if c.Packets != uint64(len(packets)) || sumOf(c) != c.Packets || c.Panics > 0 || c.First.Before(c.First.Truncate(0)) || c.Last.Before(c.First) {
			t.Errorf("%s: %d packets, %d accounted for, %d panics, %v to %v", name, c.Packets, sumOf(c), c.Panics, c.First, c.Last)
		}
		if name == "now 1970, now 2262" && c.Backwards < uint64(len(packets)/2-1) {
			t.Errorf("%s: %d steps back", name, c.Backwards)
		}
	}
}

// A clock that is set back amid a capture, and packets that a mirror port deals out of order,
// cost no flow and hide no peer; the steps back are counted.
func TestClockSetBack(t *testing.T) {
	for _, name := range oddSources {
		packets := packetsIn(t, "../testdata/"+name)
		want, _ := judgedBy(t, pcapngOf(packets, 1, 0, 0), Options{}, nil)
		for _, back := range []int64{1, 1e9, 3600e9, 365 * 86400e9} {
			moved := slices.Clone(packets)
			for i := len(moved) / 2; i < len(moved); i++ {
				moved[i].Timestamp -= back
			}
			got, res := judgedBy(t, pcapngOf(moved, 1, 0, 0), Options{}, nil)
			if a, b := peersIn(got), peersIn(want); a*10 < b*9 || len(got) < len(want) || res.Coverage.Panics > 0 {
				t.Errorf("%s, %d ns back: %d flows with %d peers, want %d with %d", name, back, len(got), a, len(want), b)
			}
			if back > 1e9 && res.Coverage.Backwards == 0 {
				t.Errorf("%s, %d ns back: no step back is told", name, back)
			}
		}
		dealt := slices.Clone(packets)
		for i := 0; i+3 <= len(dealt); i += 3 {
			dealt[i], dealt[i+2] = dealt[i+2], dealt[i]
		}
		got, res := judgedBy(t, pcapngOf(dealt, 1, 0, 0), Options{}, nil)
		if a, b := peersIn(got), peersIn(want); a*10 < b*8 || len(got) < len(want) || len(got)*10 > len(want)*11 || res.Coverage.Backwards == 0 {
			t.Errorf("%s, out of order: %d flows with %d peers, want %d with %d; %d steps back", name, len(got), a, len(want), b, res.Coverage.Backwards)
		}
	}
}

// peersIn counts the flows that are judged peer-to-peer.
func peersIn(verdicts map[string]string) (n int) {
	for _, v := range verdicts {
		if strings.Contains(v, " "+classify.P2P.String()+" ") {
			n++
		}
	}
	return n
}

// fragment is an Ethernet frame of an IPv4 fragment.
func fragment(id uint16, protocol byte, offset int, more bool, source uint32, payload []byte) []byte {
	f := []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0}
	f = binary.BigEndian.AppendUint16(f, uint16(20+len(payload)))
	f = binary.BigEndian.AppendUint16(f, id)
	flags := uint16(offset / 8)
	if more {
		flags |= 0x2000
	}
	f = binary.BigEndian.AppendUint16(f, flags)
	f = append(f, 64, protocol, 0, 0)
	f = binary.BigEndian.AppendUint32(f, source)
	return append(append(f, 10, 0, 0, 9), payload...)
}

// Fragments that overlap, come twice, begin tiny or never end are counted for what they are: no
// octet of a later one is looked at, and a flood of them takes no memory and hides no peer.
func TestFragmentTricks(t *testing.T) {
	packets := packetsIn(t, "../testdata/skype-classic.pcap")
	want, _ := judgedBy(t, pcapngOf(packets, 1, 0, 0), Options{}, nil)
	r := rand.New(rand.NewPCG(4, 4))
	udp := []byte("\x9c\x40\x9c\x41\x00\x40\x00\x00a datagram whose other half overlaps this one ")
	var mixed []capture.Packet
	var sent uint64
	send := func(like *capture.Packet, frame []byte) {
		sent++
		mixed = append(mixed, capture.Packet{Data: frame, Timestamp: like.Timestamp, OriginalLength: uint32(len(frame)), LinkType: like.LinkType})
	}
	for i := range packets {
		p := &packets[i]
		mixed = append(mixed, *p)
		for range 20 {
			id, from := uint16(r.Uint32()), 11<<24+r.Uint32N(100<<24)
			switch r.IntN(6) {
			case 0: // teardrop: the second lies inside the first
				send(p, fragment(id, 17, 0, true, from, udp[:48]))
				send(p, fragment(id, 17, 24, false, from, udp[:4]))
			case 1: // the same first fragment twice, with other ports
				send(p, fragment(id, 17, 0, true, from, udp[:24]))
				send(p, fragment(id, 17, 0, true, from, append([]byte{0, 53, 0, 53}, udp[4:24]...)))
			case 2: // TCP's header in two, and written over
				send(p, fragment(id, 6, 0, true, from, udp[:8]))
				send(p, fragment(id, 6, 8, false, from, udp[:16]))
			case 3: // never a first
				send(p, fragment(id, 17, 8*(1+r.IntN(8000)), r.IntN(2) == 0, from, udp[:32]))
			case 4: // beyond 65,535 octets
				send(p, fragment(id, 17, 65528, false, from, udp[:32]))
			default: // never a second
				send(p, fragment(id, 17, 0, true, from, udp[:32]))
			}
		}
	}
	before := allocatedEver()
	got, res := judgedBy(t, pcapngOf(mixed, 1, 0, 0), Options{}, nil)
	used := allocatedEver() - before
	c := &res.Coverage
	if c.Packets != uint64(len(mixed)) || sumOf(c) != c.Packets || c.Panics > 0 {
		t.Errorf("%d packets, %d accounted for, %d panics", c.Packets, sumOf(c), c.Panics)
	}
	if a, b := peersIn(got), peersIn(want); a != b {
		t.Errorf("%d peers with %d fragments between, %d without", a, sent, b)
	}
	told := map[string]uint64{}
	for _, n := range c.NotFlows {
		told[n.Reason] = n.Number
	}
	t.Logf("%d fragments, %d octets allocated; %v", sent, used, told)
	for _, reason := range []string{"fragment", "header"} {
		found := uint64(0)
		for text, n := range told {
			if strings.Contains(text, reason) {
				found += n
			}
		}
		if found < sent/30 {
			t.Errorf("of %d fragments %d are told as %q", sent, found, reason)
		}
	}
}
