package flow

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"

	"peeratlas/capture/packet"
)

// packetsOf reads packets of a few endpoints: four octets each, of which the first is the ends
// and the direction, the second the transport and TCP's flags, and the others the pause.
func packetsOf(octets []byte) (ts []int64, hs []packet.Headers) {
	now := int64(1e18)
	flags := [...]uint8{0, packet.SYN, packet.SYN | packet.ACK, packet.ACK, packet.FIN | packet.ACK, packet.RST, packet.PSH | packet.ACK, 0xff}
	for ; len(octets) >= 4 && len(hs) < 400; octets = octets[4:] {
		a, b := octets[0], octets[1]
		h := packet.Headers{Protocol: packet.UDP, SrcPort: 1000 + uint16(a>>4&3), DstPort: 1000 + uint16(a>>6),
			Src: packet.AddrFrom(netip.AddrFrom4([4]byte{10, 0, 0, a & 3})), Dst: packet.AddrFrom(netip.AddrFrom4([4]byte{10, 0, 0, a >> 2 & 3})),
			Octets: 40 + uint32(b), PayloadOctets: int32(b >> 4)}
		if b&8 != 0 {
			h.Protocol, h.TCPFlags = packet.TCP, flags[b&7]
		}
		pause := int64(int16(binary.BigEndian.Uint16(octets[2:]))) // up to half an hour, to and fro
		now += pause * 50e6
		ts, hs = append(ts, now), append(hs, h)
	}
	return ts, hs
}

// FuzzTable compares the table with its evident twin, in batches of several sizes; with room for
// few flows no packet and no flow may be lost or counted twice.
func FuzzTable(f *testing.F) {
	f.Add([]byte("\x04\x00\x00\x01\x01\x00\x00\x01\x04\x09\x00\x01\x01\x0a\x00\x01\x04\x0d\x00\x01\x04\x09\x7f\xff\x01\x08\x80\x00"), uint8(2))
	r := make([]byte, 4000)
	for i := range r {
		r[i] = byte(i * i >> 3)
	}
	f.Add(r, uint8(200))
	f.Fuzz(func(t *testing.T, octets []byte, size uint8) {
		ts, hs := packetsOf(octets)
		twin := slowTable{idle: DefaultIdleTimeout, live: map[Key]*Flow{}}
		for i := range hs {
			twin.add(ts[i], uint32(i+1), &hs[i])
		}
		table := NewTable(Options{}, nil)
		feed(table, ts, hs, 1+int(size))
		got := table.InOrder()
		if len(got) != len(twin.flows) || table.Len() != len(got) {
			t.Fatalf("%d flows, %d held, want %d", len(got), table.Len(), len(twin.flows))
		}
		for i, f := range got {
			if *f != *twin.flows[i] {
				t.Fatalf("flow %d:\n got %+v\nwant %+v", i, *f, *twin.flows[i])
			}
		}
		checkBounded(t, ts, hs, 1+int(size))
	})
}

// checkBounded feeds a table with room for few flows and an active timeout.
func checkBounded(t *testing.T, ts []int64, hs []packet.Headers, size int) {
	var packets, made, gone uint64
	room := 1 + size%7
	count := func(f *Flow) { packets += uint64(f.Packets[0]) + uint64(f.Packets[1]) }
	table := NewTable(Options{MaxFlows: room, ActiveTimeout: 600e9}, func(f *Flow) { gone++; count(f) })
	for i, e := range feed(table, ts, hs, size) {
		if e.New {
			made++
		}
		if i >= len(hs)-1 && (e.Flow == nil || e.Flow.End < ts[i]) {
			t.Fatalf("the last packet has no flow: %+v", e)
		}
	}
	held := table.InOrder()
	for _, f := range held {
		count(f)
	}
	if made != gone+uint64(len(held)) || gone != table.Evicted() || len(held) > room || packets != uint64(len(hs)) {
		t.Fatalf("room for %d: %d flows made, %d pushed out, %d held; %d packets of %d", room, made, table.Evicted(), len(held), packets, len(hs))
	}
	if !slices.IsSortedFunc(held, func(a, b *Flow) int { return int(a.FirstFrame) - int(b.FirstFrame) }) {
		t.Fatal("not in order of the first packet")
	}
}

// FuzzKey asserts that both directions make one key, hash and Community ID, and that the latter
// is what its specification says.
func FuzzKey(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x0a\x00\x00\x01"), []byte("\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"), uint16(443), uint16(50000), true)
	f.Add([]byte("\x20\x01\x0d\xb8\x01"), []byte("\x20\x01\x0d\xb8\x00"), uint16(443), uint16(443), true)
	f.Add([]byte{}, []byte{}, uint16(0), uint16(0), false)
	f.Fuzz(func(t *testing.T, src, dst []byte, from, to uint16, tcp bool) {
		h := packet.Headers{Protocol: packet.UDP, SrcPort: from, DstPort: to}
		if tcp {
			h.Protocol = packet.TCP
		}
		copy(h.Src[:], src)
		copy(h.Dst[:], dst)
		r := reversed(h)
		k, d := KeyOf(&h)
		l, e := KeyOf(&r)
		if k != l || !k.same(&l) || k.Hash(7) != l.Hash(7) {
			t.Fatalf("%+v and %+v", k, l)
		}
		if h != r && d == e || k.Addr[d] != h.Src || k.Port[d] != from || k.Port[1-d] != to {
			t.Fatalf("%+v, directions %d and %d", k, d, e)
		}
		if h.Src.Is4() != h.Dst.Is4() {
			return // no packet has such ends, and the specification knows none
		}
		if got, want := k.CommunityID(), slowCommunityID(&h); got != want {
			t.Fatalf("%+v: %s, want %s", k, got, want)
		}
	})
}

// slowCommunityID follows the Community ID specification, version 1, with seed 0: the lower
// address goes first, and of equal ones the lower port; IPv4 addresses have four octets.
func slowCommunityID(h *packet.Headers) string {
	a, b, p, q := h.Src.Netip().AsSlice(), h.Dst.Netip().AsSlice(), h.SrcPort, h.DstPort
	if c := slices.Compare(a, b); c > 0 || c == 0 && p > q {
		a, b, p, q = b, a, q, p
	}
	text := append(append([]byte{0, 0}, a...), b...)
	text = append(text, byte(h.Protocol), 0)
	text = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(text, p), q)
	sum := sha1.Sum(text)
	return "1:" + base64.StdEncoding.EncodeToString(sum[:])
}

// A flow that a later packet of its batch pushed out is no longer that of its entry: another has
// its place, and must not be taken for it.
func TestEntriesOfFlowsPushedOut(t *testing.T) {
	var hs []packet.Headers
	for _, to := range []string{"192.0.2.1:1", "192.0.2.2:1", "192.0.2.2:1", "192.0.2.1:1"} {
		hs = append(hs, headers("10.0.0.1:5000", to, packet.UDP))
	}
	into := feed(NewTable(Options{MaxFlows: 1}, nil), []int64{1, 2, 3, 4}, hs, 4)
	for i, want := range []bool{false, false, false, true} {
		if got := into[i].Flow != nil; got != want {
			t.Errorf("packet %d: has its flow %v, want %v", i+1, got, want)
		}
	}
	if k, _ := KeyOf(&hs[3]); into[3].Flow.Key != k {
		t.Error("the last packet has another's flow")
	}
}

// What is evicted first, in this order: a flood of forged packets must not hide a peer.
func TestRank(t *testing.T) {
	udp := func(worth uint8, there, back uint32, end int64) Flow {
		return Flow{Key: Key{Protocol: packet.UDP}, Worth: worth, Packets: [2]uint32{there, back}, End: end}
	}
	order := []Flow{udp(0, 5, 5, 1), udp(0, 1, 0, 9), udp(0, 3, 0, 9), udp(1, 1, 0, 1), udp(1, 1, 0, 9), udp(1, 2, 0, 9),
		udp(0, 1, 1, 9), udp(2, 3, 3, 1), udp(2, 1, 1, 9)}
	for i := 1; i < len(order); i++ {
		if a, b := order[i-1].rank(5), order[i].rank(5); a >= b {
			t.Errorf("flow %d has rank %d, flow %d behind it %d", i-1, a, i, b)
		}
	}
}
