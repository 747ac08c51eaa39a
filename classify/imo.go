package classify

import "peeratlas/capture/packet"

// imo calls.
//
//	| 09 02 ... |     10 octets
//	| 00 09 03 ... |  11 octets
//	| 88 49 1a 00 ... | 1,099 octets
//	| 1 octet |       probes of one octet, sent back as they are
//
// Two of the four, with one from each end, are imo. No specification is public.
var imo = Detector{
	Name:       "imo",
	Transport:  packet.UDP,
	References: []string{"nDPI src/lib/protocols/imo.c (facts only)"},
	Proves:     "imo's probes in both directions.",
	Not:        "Whether the far end is imo's relay or the peer.",
	Claims:     []ClaimID{claimImo},
	Opens:      func(b byte) bool { return b == 0x09 || b == 0 || b == 0x88 },
	Gates: []Gate{
		{Octets: octets(0, "\x09\x02"), Length: lengths(10), After: 1},
		{Octets: octets(0, "\x00\x09\x03"), Length: lengths(11), After: 1},
		{Octets: octets(0, "\x88\x49\x1a\x00"), After: 1},
	},
	Detect: detectImo,
}

func detectImo(o *Observation) {
	if !imoProbe(o.Payload, o.Length) {
		return
	}
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			return
		}
		if b.dir != o.Dir && (imoProbe(b.prefix[:], int(b.length)) || b.length == 1) {
			o.Claim(claimImo, uint32(o.Length), uint32(b.length))
			return
		}
	}
}

// imoProbe tells whether a payload of length octets that begins with p is a probe of more than
// one octet.
func imoProbe(p []byte, length int) bool {
	return length == 10 && len(p) >= 2 && p[0] == 0x09 && p[1] == 0x02 ||
		length == 11 && len(p) >= 3 && p[0] == 0 && p[1] == 0x09 && p[2] == 0x03 ||
		length == 1099 && len(p) >= 4 && be32(p) == 0x88491a00
}
