package classify

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// TestForgetLastGivesBack asserts that nothing is kept of a flow whose pieces are all forgotten: a
// flow may be cut for weeks.
func TestForgetLastGivesBack(t *testing.T) {
	c := New(Options{}, nil)
	table := flow.NewTable(flow.Options{ActiveTimeout: 60e9}, nil)
	h := packet.Headers{Src: packet.AddrFrom(netip.MustParseAddr("10.0.0.1")), Dst: packet.AddrFrom(netip.MustParseAddr("192.0.2.1")),
		SrcPort: 5000, DstPort: 6000, Protocol: packet.UDP}
	payload := make([]byte, 148)
	payload[0] = 1 // a WireGuard initiation
	h.PayloadOctets, h.PayloadCaptured = 148, 148
	for round := range 1000 {
		for piece := range 3 {
			ts, frames := []int64{int64(round)*1000e9 + int64(piece)*100e9}, []uint32{uint32(round*3 + piece + 1)}
			var into [1]flow.Entry
			table.Update(ts, frames, []packet.Headers{h}, into[:])
			c.Observe(into[:], ts, frames, []packet.Headers{h}, [][]byte{payload})
		}
		table.Sweep(func(f *flow.Flow) bool {
			if f.EndReason != flow.ActiveTimeout {
				c.ForgetLast(f)
			}
			return false
		})
	}
	if table.Len() != 0 || c.states.used != 1 || c.claims.used > 8 || c.windows.used != 1 {
		t.Errorf("%d flows, %d states, %d claims, %d windows are in use", table.Len(), c.states.used, c.claims.used, c.windows.used)
	}
}

// What was announced for calls of yesterday makes room for those of today, and changes no answer of a
// flow that is held.
func TestAgeOfAnnouncedMedia(t *testing.T) {
	c := New(Options{}, nil)
	addr := func(i int) (a packet.Addr) {
		binary.BigEndian.PutUint32(a[12:], uint32(i))
		a[10], a[11] = 0xff, 0xff
		return a
	}
	const hour = int64(3600e9)
	for i := range 10 * maxAnnounced {
		now := hour * int64(i) / 1000
		c.announced.note(addr(i), 4000, now)
		if i%100 == 0 {
			c.Age(now, now-hour)
		}
		f := &flow.Flow{Key: flow.Key{Addr: [2]packet.Addr{addr(i), addr(1)}, Port: [2]uint16{4000, 9}, Protocol: packet.UDP}, Start: now, End: now}
		if !c.announced.covers(f) {
			t.Fatalf("call %d finds no room: %d are announced", i, c.announced.size)
		}
	}
	size := 0
	for _, said := range c.announced.ends {
		size += len(said)
	}
	if size != c.announced.size || size > 3000 {
		t.Errorf("%d announcements are held, %d counted", size, c.announced.size)
	}
}

// Clients of DNS that are not heard any more make room for others.
func TestAgeOfClients(t *testing.T) {
	c := New(Options{MaxNames: 1000}, nil)
	told := packet.AddrFrom(netip.MustParseAddr("192.0.2.1"))
	const hour = int64(3600e9)
	for day := range 20 {
		for i := range 400 {
			a := packet.Addr{10: 0xff, 11: 0xff, 12: 10, 13: byte(day), 14: byte(i >> 8), 15: byte(i)}
			now := int64(day)*30*hour + int64(i)
			if !c.names.client(a, true, told, now) {
				t.Fatalf("day %d: client %d finds no room", day, i)
			}
			c.names.client(packet.Addr{15: 1}, true, told, now) // which is heard every day
		}
		c.Age(int64(day)*30*hour+hour, 0)
	}
	if _, known := c.names.clients[packet.Addr{15: 1}]; !known || len(c.names.clients) > 1000 {
		t.Errorf("%d clients; the one of every day is known: %v", len(c.names.clients), known)
	}
}
