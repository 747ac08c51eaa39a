package classify

import (
	"encoding/binary"
	"math/bits"
)

// Points of the curve secp256k1: y^2 = x^3 + 7 over the integers modulo p = 2^256 - 2^32 - 977
// (SEC 2 version 2.0, section 2.4.1). Ethereum and Lightning send such points in clear. An
// uncompressed point that lies on the curve is no chance: one in 2^255 random pairs does.

// curveElement is a number below 2^256, least significant limb first.
type curveElement [4]uint64

// curveFold is what 2^256 is modulo p.
const curveFold = 1<<32 + 977

var curvePrime = curveElement{0xfffffffefffffc2f, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff}

// onSecp256k1 tells whether p begins with the coordinates of a point: 32 octets of x, 32 of y,
// big-endian. Fewer than 64 octets are no point.
func onSecp256k1(p []byte) bool {
	if len(p) < 64 {
		return false
	}
	x, y := curveRead(p), curveRead(p[32:])
	if x.reduced() != x || y.reduced() != y {
		return false
	}
	left, right := y.times(&y), x.times(&x)
	right = right.times(&x)
	right = right.plus(7)
	return left.reduced() == right.reduced()
}

func curveRead(p []byte) curveElement {
	return curveElement{be64(p[24:]), be64(p[16:]), be64(p[8:]), binary.BigEndian.Uint64(p)}
}

// times multiplies modulo p; the product may still be p or a little above.
func (a *curveElement) times(b *curveElement) curveElement {
	var wide [8]uint64
	for i := range a {
		var carry uint64
		for j := range b {
			hi, lo := bits.Mul64(a[i], b[j])
			var c uint64
			lo, c = bits.Add64(lo, wide[i+j], 0)
			hi += c
			lo, c = bits.Add64(lo, carry, 0)
			carry = hi + c
			wide[i+j] = lo
		}
		wide[i+4] = carry
	}
	// The upper half counts curveFold times; what that carries over counts so again.
	var sum curveElement
	var carry uint64
	for i := range sum {
		hi, lo := bits.Mul64(wide[4+i], curveFold)
		var c uint64
		lo, c = bits.Add64(lo, wide[i], 0)
		hi += c
		lo, c = bits.Add64(lo, carry, 0)
		carry = hi + c
		sum[i] = lo
	}
	hi, lo := bits.Mul64(carry, curveFold)
	var c uint64
	sum[0], c = bits.Add64(sum[0], lo, 0)
	sum[1], c = bits.Add64(sum[1], hi, c)
	sum[2], c = bits.Add64(sum[2], 0, c)
	sum[3], c = bits.Add64(sum[3], 0, c)
	if c != 0 {
		sum = sum.plus(curveFold) // sum is small now: no further carry
	}
	return sum
}

// plus adds a number below 2^64 modulo p.
func (a *curveElement) plus(n uint64) curveElement {
	s, c := *a, uint64(0)
	s[0], c = bits.Add64(s[0], n, 0)
	for i := 1; i < 4; i++ {
		s[i], c = bits.Add64(s[i], 0, c)
	}
	if c != 0 {
		return s.plus(curveFold)
	}
	return s
}

// reduced is a below p.
func (a *curveElement) reduced() curveElement {
	var s curveElement
	var borrow uint64
	for i := range s {
		s[i], borrow = bits.Sub64(a[i], curvePrime[i], borrow)
	}
	if borrow != 0 {
		return *a
	}
	return s
}
