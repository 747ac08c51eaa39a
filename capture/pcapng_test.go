package capture

import (
	"encoding/binary"
	"slices"
	"testing"

	"peeratlas/capture/packet"
)

// TestPcapng reads what only pcapng has.
func TestPcapng(t *testing.T) {
	type expect struct {
		time     int64
		iface    uint32
		link     packet.LinkType
		captured int
		original uint32
	}
	tests := []struct {
		name    string
		build   func(w *builder)
		want    []expect
		lost    []Loss
		ifaces  uint32
		dropped [2]uint64
	}{
		{
			name: "interfaces of different links, resolutions and snap lengths",
			build: func(w *builder) {
				w.iface(1, 96, w.in().option(optionResolution, []byte{9}).b)
				w.iface(276, 65535, w.in().option(optionResolution, []byte{0x80 | 20}).b)
				w.enhanced(1, 5<<20, frame(1, 100), 100).enhanced(0, 6e9, frame(2, 96), 500)
				w.iface(113, 0, nil)
				w.enhanced(2, 7e6, frame(3, 1), 1)
			},
			want:   []expect{{5e9, 1, 276, 100, 100}, {6e9, 0, 1, 96, 500}, {7e9, 2, 113, 1, 1}},
			ifaces: 3,
		},
		{
			name: "simple packet blocks",
			build: func(w *builder) {
				w.iface(101, 64, nil).iface(1, 0, nil)
				w.simple(frame(1, 61), 61).enhanced(1, 9e6, frame(2, 70), 70).simple(frame(3, 64), 1500)
			},
			want:   []expect{{0, 0, 101, 61, 61}, {9e9, 1, 1, 70, 70}, {9e9, 0, 101, 64, 1500}},
			ifaces: 2,
		},
		{
			name: "obsolete packet blocks tell drops",
			build: func(w *builder) {
				w.iface(1, 0, nil).iface(1, 0, nil)
				w.obsolete(1, 3, 1e6, frame(1, 60), 60).obsolete(0, 0xffff, 2e6, frame(1, 60), 61).obsolete(0, 4, 3e6, nil, 0)
			},
			want:    []expect{{1e9, 1, 1, 60, 60}, {2e9, 0, 1, 60, 61}, {3e9, 0, 1, 0, 0}},
			ifaces:  2,
			dropped: [2]uint64{7, 0},
		},
		{
			name: "sections of either byte order",
			build: func(w *builder) {
				w.iface(1, 0, nil).enhanced(0, 1e6, frame(1, 60), 60)
				for _, order := range []binary.AppendByteOrder{littleEndian, bigEndian, littleEndian} {
					w.order = order
					w.section(1, 2).iface(113, 0, nil).enhanced(0, 2e6, frame(2, 60), 60)
				}
			},
			want:   []expect{{1e9, 0, 1, 60, 60}, {2e9, 1, 113, 60, 60}, {2e9, 2, 113, 60, 60}, {2e9, 3, 113, 60, 60}},
			ifaces: 4,
		},
		{
			name: "section of an unknown version",
			build: func(w *builder) {
				w.iface(1, 0, nil).enhanced(0, 1e6, frame(1, 60), 60)
				w.section(2, 0).iface(113, 0, nil).enhanced(0, 2e6, frame(2, 60), 60)
				w.section(1, 0).iface(113, 0, nil).enhanced(0, 3e6, frame(3, 60), 60)
			},
			want:   []expect{{1e9, 0, 1, 60, 60}, {3e9, 1, 113, 60, 60}},
			lost:   []Loss{LostVersion},
			ifaces: 2,
		},
		{
			name: "interfaces end with their section",
			build: func(w *builder) {
				w.iface(1, 0, nil).section(1, 0).enhanced(0, 1e6, frame(1, 60), 60).simple(frame(1, 60), 60)
			},
			lost:   []Loss{LostInterface, LostInterface},
			ifaces: 1,
		},
		{
			name: "drops are the last statistics of each interface, over all sections",
			build: func(w *builder) {
				w.iface(1, 0, nil).iface(1, 0, nil)
				w.statistics(0, w.in().option64(optionIfDrop, 5).option64(optionOSDrop, 1).b)
				w.statistics(0, w.in().option64(optionOSDrop, 2).option64(optionIfDrop, 6).u32(0).b)
				w.statistics(1, w.in().option64(optionIfDrop, 10).b)
				w.statistics(9, w.in().option64(optionIfDrop, 1000).b)
				w.section(1, 0).iface(1, 0, nil).statistics(0, w.in().option64(optionIfDrop, 100).b)
			},
			ifaces:  3,
			dropped: [2]uint64{116, 2},
		},
		{
			name: "drops of a liar do not wrap",
			build: func(w *builder) {
				w.iface(1, 0, nil).iface(1, 0, nil)
				w.statistics(0, w.in().option64(optionIfDrop, 1<<63).b).statistics(1, w.in().option64(optionIfDrop, 1<<63+5).b)
			},
			ifaces:  2,
			dropped: [2]uint64{1<<64 - 1, 0},
		},
		{
			name: "blocks of other types are passed, long ones too",
			build: func(w *builder) {
				w.block(blockNames, make([]byte, 8)).block(10, make([]byte, 1<<20)).block(0x80000bad, make([]byte, 15<<20))
				w.iface(1, 0, nil).block(0, nil).enhanced(0, 1e6, frame(1, 60), 60)
			},
			want:   []expect{{1e9, 0, 1, 60, 60}},
			ifaces: 1,
		},
		{
			name: "more captured than original is an original of captured",
			build: func(w *builder) {
				w.iface(1, 0, nil).enhanced(0, 1e6, frame(1, 60), 40)
			},
			want:   []expect{{1e9, 0, 1, 60, 60}},
			ifaces: 1,
		},
		{
			name: "options behind the packet",
			build: func(w *builder) {
				w.iface(1, 0, nil)
				body := w.in().u32(0, 0, 1e6, 5, 5).octets([]byte("hello")).octets(make([]byte, 3)).option(1, make([]byte, 65535)).u32(0)
				w.block(blockEnhanced, body.b).enhanced(0, 2e6, frame(1, 60), 60)
			},
			want:   []expect{{1e9, 0, 1, 5, 5}, {2e9, 0, 1, 60, 60}},
			ifaces: 1,
		},
	}
	for _, test := range tests {
		for name, order := range map[string]binary.AppendByteOrder{"little-endian": littleEndian, "big-endian": bigEndian} {
			t.Run(test.name+", "+name, func(t *testing.T) {
				w := newPcapng(order)
				test.build(w)
				got, s := read(t, w.b)
				var have []expect
				for _, p := range got {
					have = append(have, expect{p.Timestamp, p.Interface, p.LinkType, len(p.Data), p.OriginalLength})
				}
				if !slices.Equal(have, test.want) {
					t.Errorf("got %v, want %v", have, test.want)
				}
				equalLosses(t, s.Lost, losses(test.lost...))
				if s.Interfaces != test.ifaces {
					t.Errorf("%d interfaces, want %d", s.Interfaces, test.ifaces)
				}
				if d := [2]uint64{s.DroppedByInterface, s.DroppedBySystem}; d != test.dropped {
					t.Errorf("dropped %v, want %v", d, test.dropped)
				}
			})
		}
	}
}

// More interfaces than are kept: their packets are lost, the others are not.
func TestTooManyInterfaces(t *testing.T) {
	w := newPcapng(littleEndian)
	for range maxInterfaces + 1 {
		w.iface(1, 0, nil)
	}
	w.enhanced(maxInterfaces-1, 1e6, frame(1, 60), 60).enhanced(maxInterfaces, 2e6, frame(2, 60), 60)
	got, s := read(t, w.b)
	if len(got) != 1 || got[0].Interface != maxInterfaces-1 {
		t.Errorf("got %v, want the packet of interface %d", got, maxInterfaces-1)
	}
	equalLosses(t, s.Lost, losses(LostDamaged, LostInterface))
}
