package classify

import "peeratlas/capture/packet"

// Yggdrasil's links over TCP.
//
//	to 0.4    | "meta" | major 1: 0 | minor 1: 4 | key 32 |                                     38 octets, both ends
//	from 0.5  | "meta" | length 2 | 0, 2, major 2 | 1, 2, minor 2 | 2, 32, key 32 | more |      fields of type 2, length 2
//
// Both ends open with it; then they tell each other where in the tree they are, and carry sealed packets
// between any two nodes. Links over TLS say the same inside, and show TLS to nobody's name alone.
var yggdrasil = Detector{
	Name:       "yggdrasil",
	Transport:  packet.TCP,
	References: []string{"yggdrasil-network/yggdrasil-go src/core/version.go, version_metadata (0.4 and 0.5)"},
	Proves:     "A Yggdrasil node dials another; both ways, that the other is one.",
	Not:        "Which nodes' packets go over the link.",
	Claims:     []ClaimID{claimYggdrasil, claimYggdrasilBoth},
	Opens:      func(b byte) bool { return b == 'm' },
	Gates:      []Gate{{Octets: octets(0, "meta\x00"), Least: yggdrasilOld, First: true}},
	Detect:     detectYggdrasil,
}

const (
	yggdrasilKey = 32
	yggdrasilOld = 4 + 1 + 1 + yggdrasilKey
)

func detectYggdrasil(o *Observation) {
	p := o.Payload
	if !o.First() || len(p) < yggdrasilOld || string(p[:5]) != "meta\x00" {
		return
	}
	minor, ok := yggdrasilVersion(p)
	if !ok {
		return
	}
	o.Claim(claimYggdrasil, uint32(minor), 0)
	if o.ClaimedByOther(claimYggdrasil) {
		o.Claim(claimYggdrasilBoth, uint32(minor), 0)
	}
}

// yggdrasilVersion reads the minor version of p, which holds yggdrasilOld octets at least and begins with
// "meta" and 0; ok tells whether the rest is built like it.
func yggdrasilVersion(p []byte) (minor uint16, ok bool) {
	if p[5] == 4 {
		return 4, noise(p[6:yggdrasilOld])
	}
	const fields, key = 6, 6 + 6 + 6
	if len(p) < key+4+yggdrasilKey || int(be16(p[4:])) < key+4+yggdrasilKey-fields ||
		be32(p[fields:]) != 2 || be16(p[fields+4:]) != 0 || be32(p[fields+6:]) != 1<<16|2 || be32(p[key:]) != 2<<16|yggdrasilKey {
		return 0, false
	}
	return be16(p[fields+10:]), noise(p[key+4 : key+4+yggdrasilKey])
}
