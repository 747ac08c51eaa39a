package capture

import (
	"math"
	"math/bits"
)

// clock turns the timestamps of one pcapng interface into nanoseconds since 1970.
// Every result is within 0 and math.MaxInt64, the years 1970 to 2262: what a
// hostile or broken file puts outside is moved to the nearer end.
type clock struct {
	multiply uint64 // nanoseconds in a unit, if a unit is one or more
	divide   uint64 // units in a nanosecond, if a unit is shorter
	shift    uint   // if both are 0, units in a second as a power of two
	offset   int64  // seconds
}

// microseconds is the resolution of an interface that does not name one
// (draft-ietf-opsawg-pcapng, section 4.2, if_tsresol).
const microseconds = 6

// newClock returns the clock for if_tsresol and if_tsoffset.
func newClock(resolution uint8, offset int64) clock {
	c := clock{offset: offset}
	exponent := uint(resolution & 0x7f)
	switch {
	case resolution&0x80 != 0:
		c.shift = exponent
	case exponent <= 9:
		c.multiply = power10(9 - exponent)
	case exponent <= 28:
		c.divide = power10(exponent - 9)
	default: // 2^64 units are less than a nanosecond; as they are of 2^-127 seconds
		c.shift = 127
	}
	return c
}

// power10 is 10^n for n <= 19, which fits 64 bits.
func power10(n uint) uint64 {
	p := uint64(1)
	for ; n > 0; n-- {
		p *= 10
	}
	return p
}

// nanoseconds converts a timestamp exactly, rounded down.
func (c *clock) nanoseconds(units uint64) int64 {
	var high, low uint64
	switch {
	case c.multiply != 0:
		high, low = bits.Mul64(units, c.multiply)
	case c.divide != 0:
		low = units / c.divide
	default:
		high, low = bits.Mul64(units, 1e9)
		if c.shift < 64 {
			low = low>>c.shift | high<<(64-c.shift)
			high >>= c.shift
		} else {
			high, low = 0, high>>(c.shift-64)
		}
	}
	if high != 0 || low > math.MaxInt64 {
		low = math.MaxInt64
	}
	if c.offset == 0 {
		return int64(low)
	}
	return addSeconds(int64(low), c.offset)
}

// addSeconds adds with both ends clamped. t is not negative.
func addSeconds(t, seconds int64) int64 {
	const most = math.MaxInt64 / 1_000_000_000
	switch {
	case seconds > most:
		return math.MaxInt64
	case seconds < -most:
		return 0
	}
	t += seconds * 1e9
	if t < 0 {
		// Only one of two carries us below zero: an offset back beyond 1970, or an overflow.
		if seconds > 0 {
			return math.MaxInt64
		}
		return 0
	}
	return t
}
