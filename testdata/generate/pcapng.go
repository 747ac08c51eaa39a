package main

import (
	"encoding/binary"
	"io"
	"math/bits"
	"time"
)

// Block types and options (draft-ietf-opsawg-pcapng, sections 4.1 to 4.6).
const (
	blockSection    = 0x0a0d0d0a
	blockInterface  = 1
	blockObsolete   = 2
	blockStatistics = 5
	blockEnhanced   = 6

	optionApplication = 4 // shb_userappl
	optionName        = 2 // if_name
	optionResolution  = 9 // if_tsresol
	optionOffset      = 14
	optionReceived    = 4 // isb_ifrecv
	optionDropped     = 5 // isb_ifdrop
)

// pcapngFile is one section. Times count units of resolution: a power of ten, or of two with
// the high bit set, since offset seconds after the epoch.
type pcapngFile struct {
	order      binary.AppendByteOrder
	resolution byte
	offset     int64
	obsolete   bool // Packet Blocks instead of Enhanced Packet Blocks
	statistics bool // ends with an Interface Statistics Block for each interface
}

// write writes one section with as many interfaces as the frames name.
func (p pcapngFile) write(w io.Writer, frames []frame) ([]frame, error) {
	interfaces := 1
	for _, f := range frames {
		interfaces = max(interfaces, f.iface+1)
	}
	b := p.head(interfaces)
	received := make([]uint64, interfaces)
	for _, f := range frames {
		b = append(b, p.packet(f)...)
		received[f.iface]++
	}
	for i, n := range received {
		if !p.statistics || len(frames) == 0 {
			break
		}
		body := p.order.AppendUint32(nil, uint32(i))
		body = append(body, p.stamp(frames[len(frames)-1].at)...)
		body = p.option(body, optionReceived, p.order.AppendUint64(nil, n))
		body = p.option(body, optionDropped, p.order.AppendUint64(nil, 0))
		b = append(b, p.block(blockStatistics, p.option(body, 0, nil))...)
	}
	_, err := w.Write(b)
	return frames, err
}

// head is the Section Header Block and the Interface Description Blocks.
func (p pcapngFile) head(interfaces int) []byte {
	body := p.order.AppendUint32(nil, 0x1a2b3c4d)
	body = p.order.AppendUint16(p.order.AppendUint16(body, 1), 0)
	body = p.order.AppendUint64(body, 1<<64-1) // section length: not given
	body = p.option(body, optionApplication, []byte("peeratlas testdata/generate"))
	b := p.block(blockSection, p.option(body, 0, nil))
	for i := range interfaces {
		body = p.order.AppendUint16(p.order.AppendUint16(nil, linkEthernet), 0)
		body = p.order.AppendUint32(body, 262144)
		body = p.option(body, optionName, []byte{'s', 'p', 'a', 'n', '0' + byte(i)})
		if p.resolution != 6 { // microseconds are understood
			body = p.option(body, optionResolution, []byte{p.resolution})
		}
		if p.offset != 0 {
			body = p.option(body, optionOffset, p.order.AppendUint64(nil, uint64(p.offset)))
		}
		b = append(b, p.block(blockInterface, p.option(body, 0, nil))...)
	}
	return b
}

// packet is the block of one frame.
func (p pcapngFile) packet(f frame) []byte {
	kind := uint32(blockEnhanced)
	body := p.order.AppendUint32(nil, uint32(f.iface))
	if p.obsolete {
		kind = blockObsolete
		body = p.order.AppendUint16(p.order.AppendUint16(nil, uint16(f.iface)), 0xffff) // drops unknown
	}
	body = append(body, p.stamp(f.at)...)
	body = p.order.AppendUint32(p.order.AppendUint32(body, uint32(len(f.data))), uint32(len(f.data)))
	return p.block(kind, pad4(append(body, f.data...)))
}

// stamp is a time in two words, high first whatever the byte order.
func (p pcapngFile) stamp(at time.Duration) []byte {
	since := uint64(start.Add(at).UnixNano() - p.offset*int64(second))
	units := since
	switch {
	case p.resolution&0x80 != 0:
		high, low := bits.Mul64(since, 1<<(p.resolution&0x7f))
		units, _ = bits.Div64(high, low, 1e9)
	case p.resolution == 6:
		units = since / 1000
	}
	return p.order.AppendUint32(p.order.AppendUint32(nil, uint32(units>>32)), uint32(units))
}

// option appends an option; code 0 ends the list.
func (p pcapngFile) option(b []byte, code uint16, value []byte) []byte {
	b = p.order.AppendUint16(p.order.AppendUint16(b, code), uint16(len(value)))
	return append(b, pad4(append([]byte(nil), value...))...)
}

func (p pcapngFile) block(kind uint32, body []byte) []byte {
	total := uint32(12 + len(body))
	b := p.order.AppendUint32(p.order.AppendUint32(nil, kind), total)
	return p.order.AppendUint32(append(b, body...), total)
}
