package export

import (
	"crypto/sha256"
	"encoding/binary"

	"peeratlas/report"
)

// identifier tells flows apart, also those of one five-tuple: it follows from the five-tuple, the
// time and the number of the first packet, so the same capture gives the same one again. It is
// no identifier that another program gave.
type identifier [16]byte

func identify(r *report.Record) identifier {
	k := &r.Flow.Key
	var b [2*16 + 2*2 + 1 + 8 + 4]byte
	n := copy(b[:], k.Addr[0][:])
	n += copy(b[n:], k.Addr[1][:])
	binary.BigEndian.PutUint16(b[n:], k.Port[0])
	binary.BigEndian.PutUint16(b[n+2:], k.Port[1])
	b[n+4] = byte(k.Protocol)
	binary.BigEndian.PutUint64(b[n+5:], uint64(r.Flow.Start))
	binary.BigEndian.PutUint32(b[n+13:], r.Flow.FirstFrame)
	sum := sha256.Sum256(b[:])
	return identifier(sum[:16])
}

// number is the identifier in 53 bits, which every JSON reader keeps (RFC 8259, section 6).
func (i identifier) number() uint64 { return binary.BigEndian.Uint64(i[:8]) >> 11 }

// uid is the identifier in the form of a Zeek uid: a C and 17 digits of base 62.
func (i identifier) uid() string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	var b [18]byte
	b[0] = 'C'
	high, low := binary.BigEndian.Uint64(i[:8]), binary.BigEndian.Uint64(i[8:])
	for n := range 9 {
		b[1+n] = digits[high%62]
		high /= 62
	}
	for n := range 8 {
		b[10+n] = digits[low%62]
		low /= 62
	}
	return string(b[:])
}
