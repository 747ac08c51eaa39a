package classify

import "peeratlas/capture/packet"

// LINE calls.
//
//	0        2            4        5
//	| 1101 f | length 11  | sequence 2, rising by one | kind | ...     since about 2020
//	| b6     | type       | length 2                  | ...            before
//
// In both framings the length counts what follows the first four octets, so every packet
// checks itself: 4 bits of mark and 11 of length in the new, 8 and 16 in the old. The sequence
// of a direction rises by one over its packets. The opening packets (f set, kind 06 02) and the
// keep-alives are so framed; SRTP then shares the flow, unframed.
//
// No specification is public: the lengths were found by comparing packets of two public
// captures of calls, 2022; types of the old framing are libprotoident's and nDPI's.
var lineCall = Detector{
	Name:       "line",
	Transport:  packet.UDP,
	References: []string{"layout as observed in two public captures of calls, 2022", "libprotoident lib/udp/lpi_line_udp.cc and nDPI src/lib/protocols/line.c (facts only)"},
	Proves:     "LINE's call framing, by lengths that fit in both directions or a sequence that counts on.",
	Not:        "Whether the far end is LINE's relay or the peer; that the call was answered.",
	Claims:     []ClaimID{claimLineCall, claimLineOld},
	Opens:      func(b byte) bool { return b>>4 == 0xd || b == 0xb6 },
	Detect:     detectLine,
}

func detectLine(o *Observation) {
	p := o.Payload
	old := lineOldFits(p, o.Length)
	if !old && !lineFits(p, o.Length) {
		return
	}
	o.Watch(32)
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			return
		}
		other := b.dir != o.Dir
		switch {
		case old && other && lineOldFits(b.prefix[:], int(b.length)):
			o.Claim(claimLineOld, uint32(p[1]), uint32(b.prefix[1]))
			return
		case !old && lineFits(b.prefix[:], int(b.length)) && (other || be16(p[2:])-be16(b.prefix[2:]) == 1):
			o.Claim(claimLineCall, uint32(be16(p[2:])), uint32(o.Length))
			return
		}
	}
}

// lineFits tells whether a payload of length octets that begins with p has the new framing.
func lineFits(p []byte, length int) bool {
	return len(p) >= 8 && length >= 16 && p[0]>>4 == 0xd && 4+int(be16(p)&0x7ff) == length
}

// lineOldFits tells whether it has the old one, in a type that was seen.
func lineOldFits(p []byte, length int) bool {
	if len(p) < 8 || p[0] != 0xb6 || 4+int(be16(p[2:])) != length {
		return false
	}
	switch p[1] {
	case 0x07, 0x09, 0x12, 0x13, 0x18:
		return true
	}
	return false
}
