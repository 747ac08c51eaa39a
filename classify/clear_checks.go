package classify

import "bytes"

// What the rows of clear protocols check beside their opening octets, in the words of the
// tables: sized, within, holds, exactly, printable.

// sized returns a check that the length field of width octets at offset at, plus more, is the
// payload's length. little is its octet order.
func sized(at, width int, little bool, more int) func(*Observation) bool {
	return func(o *Observation) bool {
		if len(o.Payload) < at+width {
			return false
		}
		return unsigned(o.Payload[at:at+width], little)+more == o.Length
	}
}

const (
	bigEndian    = false
	littleEndian = true
)

// unsigned reads an unsigned integer of up to four octets; more than a payload can be long
// comes out as 1<<30.
func unsigned(p []byte, little bool) int {
	n := uint32(0)
	for i := range p {
		if little {
			n = n<<8 | uint32(p[len(p)-1-i])
		} else {
			n = n<<8 | uint32(p[i])
		}
	}
	return int(min(n, 1<<30))
}

// all returns a check that holds if all of checks do.
func all(checks ...func(*Observation) bool) func(*Observation) bool {
	return func(o *Observation) bool {
		for _, c := range checks {
			if !c(o) {
				return false
			}
		}
		return true
	}
}

// within returns a check that the octet at offset at is from low to high.
func within(at int, low, high byte) func(*Observation) bool {
	return func(o *Observation) bool {
		return len(o.Payload) > at && o.Payload[at] >= low && o.Payload[at] <= high
	}
}

// holds returns a check that text stands somewhere in the first 512 octets.
func holds(text string) func(*Observation) bool {
	b := []byte(text)
	return func(o *Observation) bool { return bytes.Contains(o.Payload[:min(len(o.Payload), 512)], b) }
}

// exactly returns a check of the payload's length on the wire.
func exactly(n int) func(*Observation) bool {
	return func(o *Observation) bool { return o.Length == n }
}

// printableFrom returns a check that all octets from offset at, of at most 64, are printable
// ASCII, tab, carriage return or line feed.
func printableFrom(at int) func(*Observation) bool {
	return func(o *Observation) bool {
		return len(o.Payload) > at && printable(o.Payload[at:min(len(o.Payload), at+64)])
	}
}

// printable tells whether p is printable ASCII with tabs and line ends. Random octets are, with
// probability 0.38 each.
func printable(p []byte) bool {
	for _, b := range p {
		if b < 0x20 && b != '\t' && b != '\r' && b != '\n' || b >= 0x7f {
			return false
		}
	}
	return true
}
