package pipeline

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
)

// mould is a capture, taken apart: its octets, and where its records or blocks begin.
type mould struct {
	octets []byte
	at     []int // of each record or block, and the end of the last one
	order  binary.ByteOrder
	ng     bool
}

// mouldOf takes a sound capture apart; of one that is compressed, or damaged, what can be.
func mouldOf(octets []byte) mould {
	m := mould{octets: octets, order: binary.LittleEndian}
	if len(octets) < 28 {
		return m
	}
	at := 24
	switch magic := octets[0]; {
	case binary.LittleEndian.Uint32(octets) == 0x0a0d0d0a:
		m.ng, at = true, 0
		if binary.BigEndian.Uint32(octets[8:]) == 0x1a2b3c4d {
			m.order = binary.BigEndian
		}
	case magic == 0xa1:
		m.order = binary.BigEndian
	case octets[3] != 0xa1:
		return m
	}
	for at+16 <= len(octets) {
		size := 16 + int(m.order.Uint32(octets[at+8:]))
		if m.ng {
			size = int(m.order.Uint32(octets[at+4:]))
		}
		if size < 12 || size > len(octets)-at {
			break
		}
		m.at = append(m.at, at)
		at += size
	}
	m.at = append(m.at, at)
	return m
}

// piece is record or block i.
func (m *mould) piece(b []byte, i int) []byte { return b[m.at[i]:m.at[i+1]] }

// lies are lengths, numbers and times that hostile files tell.
var lies = []uint32{0, 1, 2, 3, 4, 7, 8, 11, 12, 15, 16, 28, 32, 60, 1500, 65535, 65536, 1 << 18, 1<<18 + 1, 1 << 20, 1<<20 + 4,
	16 << 20, 16<<20 + 4, 1<<31 - 1, 1 << 31, 1<<32 - 4, 1<<32 - 1}

// mutant is the capture with one to four kinds of harm done to it.
func (m *mould) mutant(r *rand.Rand) []byte {
	b := bytes.Clone(m.octets)
	if len(m.at) > 2 { // these keep the length, and so the places of pieces
		for range r.IntN(3) {
			[]func([]byte, *rand.Rand){m.flipInside, m.lieInside, m.lieOfOptions, m.swap}[r.IntN(4)](b, r)
		}
		if r.IntN(3) == 0 {
			b = m.reorder(b, r)
		}
	}
	for range 1 + r.IntN(2) {
		b = harm(b, r)
	}
	return b
}

// flipInside flips bits in the headers of one packet, or somewhere in it.
func (m *mould) flipInside(b []byte, r *rand.Rand) {
	p := m.piece(b, r.IntN(len(m.at)-1))
	for range 1 + r.IntN(8) {
		p[r.IntN(min(len(p), 16+r.IntN(200)))] ^= 1 << r.IntN(8)
	}
}

// lieInside tells a wrong length, number or time in the head of a record or block, or in the
// headers of its packet.
func (m *mould) lieInside(b []byte, r *rand.Rand) {
	p := m.piece(b, r.IntN(len(m.at)-1))
	lie := lies[r.IntN(len(lies))]
	if r.IntN(4) == 0 {
		lie = uint32(len(p) + r.IntN(9) - 4)
	}
	switch r.IntN(3) {
	case 0: // two octets of a header: lengths of IP, UDP, tunnels, TLS
		at := r.IntN(min(len(p)-1, 120))
		binary.BigEndian.PutUint16(p[at:], uint16(lie))
	case 1: // the last four: the length that ends a block
		m.order.PutUint32(p[len(p)-4:], lie)
	default: // a field of the head
		at := 4 * r.IntN(min(len(p)/4, 8))
		m.order.PutUint32(p[at:], lie)
	}
}

// lieOfOptions tells a wrong code, length or value of an option, which only blocks have: of an
// interface's resolution, offset and snap length above all. Of a file it is the header.
func (m *mould) lieOfOptions(b []byte, r *rand.Rand) {
	if !m.ng {
		m.order.PutUint32(b[4*(1+r.IntN(5)):], lies[r.IntN(len(lies))])
		return
	}
	for range 20 {
		p := m.piece(b, r.IntN(min(len(m.at)-1, 1+r.IntN(40))))
		if kind := m.order.Uint32(p); kind == 6 || len(p) < 28 {
			continue
		}
		at := 12 + 4*r.IntN((len(p)-16)/4)
		switch r.IntN(4) {
		case 0:
			m.order.PutUint16(p[at:], []uint16{0, 1, 2, 5, 7, 9, 11, 14, 65535}[r.IntN(9)])
		case 1:
			m.order.PutUint16(p[at+2:], uint16(lies[r.IntN(len(lies))]))
		case 2: // if_tsresol: any power of ten or two
			m.order.PutUint16(p[at:], 9)
			m.order.PutUint16(p[at+2:], 1)
			p[min(at+4, len(p)-5)] = byte(r.IntN(256))
		default:
			m.order.PutUint32(p[at:], lies[r.IntN(len(lies))])
		}
		return
	}
}

// swap lets two packets change their times or their octets, where they have room.
func (m *mould) swap(b []byte, r *rand.Rand) {
	p, q := m.piece(b, r.IntN(len(m.at)-1)), m.piece(b, r.IntN(len(m.at)-1))
	n := r.IntN(min(len(p), len(q)) + 1)
	for i := r.IntN(n + 1); i < n; i++ {
		p[i], q[i] = q[i], p[i]
	}
}

// reorder deals the records or blocks anew: drawn at random, reversed, doubled, or some left out.
func (m *mould) reorder(b []byte, r *rand.Rand) []byte {
	n := len(m.at) - 1
	order := make([]int, 0, n+n/4)
	for i := range n {
		order = append(order, i)
	}
	from := r.IntN(n)
	to := from + r.IntN(min(n-from, 1+r.IntN(200))) + 1
	part := order[from:to]
	switch r.IntN(4) {
	case 0:
		r.Shuffle(len(part), func(i, k int) { part[i], part[k] = part[k], part[i] })
	case 1:
		for i, k := 0, len(part)-1; i < k; i, k = i+1, k-1 {
			part[i], part[k] = part[k], part[i]
		}
	case 2:
		order = append(order, part...)
	default:
		order = append(order[:from:from], order[to:]...)
	}
	out := bytes.Clone(b[:m.at[0]])
	for _, i := range order {
		out = append(out, m.piece(b, i)...)
	}
	return append(out, b[m.at[n]:]...)
}

// harm flips bits, cuts octets out, puts some in, doubles some, or ends early, anywhere.
func harm(b []byte, r *rand.Rand) []byte {
	if len(b) == 0 {
		return b
	}
	at := r.IntN(len(b))
	run := r.IntN(min(len(b)-at, 1<<r.IntN(13)) + 1)
	switch r.IntN(7) {
	case 0, 1:
		for range 1 + r.IntN(64) {
			b[r.IntN(len(b))] ^= 1 << r.IntN(8)
		}
	case 2:
		return append(b[:at], b[at+run:]...)
	case 3: // noise
		noise := make([]byte, run)
		for i := range noise {
			noise[i] = byte(r.Uint32())
		}
		return append(append(bytes.Clone(b[:at]), noise...), b[at:]...)
	case 4: // zeros, as a hole in a file
		clear(b[at : at+run])
	case 5:
		return append(b[:at+run:at+run], b[at:]...)
	default:
		return b[:max(at, len(b)/2)]
	}
	return b
}
