package packet

import (
	"encoding/binary"
	"testing"
)

// fragmentFrames returns a first and a later UDP fragment (raw IPv4) of identification id
// from port.
func fragmentFrames(id, port uint16) (first, later []byte) {
	first = []byte{
		0x45, 0, 0, 36, 0, 0, 0x20, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2, // IPv4: more fragments
		0, 0, 0x07, 0xd0, 0, 40, 0, 0, // UDP
		1, 2, 3, 4, 5, 6, 7, 8,
	}
	later = []byte{
		0x45, 0, 0, 28, 0, 0, 0, 2, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2, // IPv4: offset 16
		9, 10, 11, 12, 13, 14, 15, 16,
	}
	binary.BigEndian.PutUint16(first[4:], id)
	binary.BigEndian.PutUint16(later[4:], id)
	binary.BigEndian.PutUint16(first[20:], port)
	return first, later
}

// decodeRaw decodes a raw IP frame that was captured whole.
func decodeRaw(d *Decoder, frame []byte) (Outcome, Headers) {
	var h Headers
	return d.Decode(LinkRaw, frame, len(frame), &h), h
}

func TestFragmentLife(t *testing.T) {
	first, later := fragmentFrames(7, 1000)
	other := []byte{0}
	for _, tt := range []struct {
		frames int
		want   Outcome
	}{
		{0, OK},
		{fragmentLife - 2, OK},
		{fragmentLife - 1, LaterFragmentUnknown},
		{3 * fragmentLife, LaterFragmentUnknown},
	} {
		d := NewDecoder()
		decodeRaw(d, first)
		for range tt.frames {
			decodeRaw(d, other)
		}
		if got, _ := decodeRaw(d, later); got != tt.want {
			t.Errorf("after %d other frames: got outcome %q, want %q", tt.frames, got, tt.want)
		}
	}
}

// An identification that returns belongs to the newer packet.
func TestFragmentNewestWins(t *testing.T) {
	d := NewDecoder()
	for _, port := range []uint16{1000, 2000, 3000} {
		first, later := fragmentFrames(7, port)
		decodeRaw(d, first)
		if o, h := decodeRaw(d, later); o != OK || h.SrcPort != port {
			t.Errorf("got outcome %q, port %d, want %d", o, h.SrcPort, port)
		}
	}
}

// Whatever is forged, a later fragment gets the ports of its own first fragment or none.
func TestFragmentFlood(t *testing.T) {
	d := NewDecoder()
	known := 0
	const packets = 1 << 15
	for id := range uint16(packets) {
		first, _ := fragmentFrames(id, id|1)
		decodeRaw(d, first)
	}
	for id := range uint16(packets) {
		_, later := fragmentFrames(id, 0)
		switch o, h := decodeRaw(d, later); {
		case o == OK && h.SrcPort == id|1:
			known++
		case o != LaterFragmentUnknown:
			t.Fatalf("identification %d: got outcome %q, port %d", id, o, h.SrcPort)
		}
	}
	if all := fragmentSets * fragmentWays; known < all*9/10 || known > all {
		t.Errorf("the cache remembers %d first fragments, want about %d", known, all)
	}
}
