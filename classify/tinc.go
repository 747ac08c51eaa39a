package classify

import "peeratlas/capture/packet"

// tinc's meta connection.
//
//	"0 NAME 17[.n]\n" from both ends, then "1 94 64 0 0 HEX...\n" (or SPTPS, since 1.1), then encrypted
//
// Every node of a tinc mesh opens with the same clear line: request number 0 (ID), its name, the
// protocol version. The data goes over UDP between the same two nodes and looks random: the
// host's meta connection is what tells it.
var tinc = Detector{
	Name:       "tinc",
	Transport:  packet.TCP,
	References: []string{"tinc manual 1.0, chapter 7.3, The meta-protocol: ID and META_KEY messages", "tinc 1.1 doc/SPTPS"},
	Proves:     "Two tinc nodes meet.",
	Not:        "What the mesh carries.",
	Claims:     []ClaimID{claimTincID, claimTincBoth},
	Opens:      func(b byte) bool { return b == '0' },
	Detect:     detectTinc,
}

func detectTinc(o *Observation) {
	p := o.Payload
	if !o.First() || len(p) < 7 || p[1] != ' ' {
		return
	}
	at := 2
	for at < len(p) && (p[at] >= 'a' && p[at] <= 'z' || p[at] >= 'A' && p[at] <= 'Z' || p[at] >= '0' && p[at] <= '9' || p[at] == '_') {
		at++
	}
	if at > 2 && at+4 <= len(p) && p[at] == ' ' && p[at+1] == '1' && p[at+2] == '7' && (p[at+3] == '\n' || p[at+3] == '.') {
		o.Claim(claimTincID, uint32(at-2), 0)
		if o.ClaimedByOther(claimTincID) {
			o.Claim(claimTincBoth, uint32(at-2), 0)
		}
	}
}
