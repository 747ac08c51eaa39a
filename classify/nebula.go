package classify

import "peeratlas/capture/packet"

// Nebula's overlay network.
//
//	| version 4 bits (1), type 4 bits | subtype 1 | 00 00 | remote index 4 | counter 8 | ...   big-endian
//	  types: 0 handshake, 1 message, 2 receive error, 3 lighthouse, 4 test, 5 close, 6 control
//
// The first handshake message knows no index of the other end yet: index 0, counter 1. The
// answer bears the index that the first one chose (sealed in its body) and counter 2. Packets of
// a tunnel then keep their index and count up, each direction with its own index.
//
// Lighthouses tell nodes where peers are and are nodes like others; a relay hands messages of
// subtype 1 on.
var nebula = Detector{
	Name:       "nebula",
	Transport:  packet.UDP,
	References: []string{"nebula header/header.go: version 1 header, message types (source of 2023)"},
	Proves:     "A Nebula node dials another; with the answer or rising counters, that it is there.",
	Not:        "Whether the other is a lighthouse too; what the tunnel carries.",
	Claims:     []ClaimID{claimNebulaHandshake, claimNebulaAnswer, claimNebulaData, claimNebulaRelay},
	Opens:      func(b byte) bool { return b >= 0x10 && b <= 0x16 },
	Gates:      []Gate{{Octets: []octetGate{octetUpTo(1, 1), octet(2, 0), octet(3, 0)}, Least: 16}},
	Detect:     detectNebula,
}

// nebulaStep bounds how far the counter may move between two captured packets of a tunnel.
const nebulaStep = 1000

func detectNebula(o *Observation) {
	p := o.Payload
	if len(p) < 16 || p[1] > 1 || p[2]|p[3] != 0 {
		return
	}
	index, counter := be32(p[4:]), be64(p[8:])
	if p[0] == 0x10 {
		switch {
		case index == 0 && counter == 1 && o.Length >= 100:
			o.Claim(claimNebulaHandshake, uint32(o.Length), 0)
		case index != 0 && counter == 2 && o.ClaimedByOther(claimNebulaHandshake):
			o.Claim(claimNebulaAnswer, index, 0)
		}
		return
	}
	b := o.LastFrom(o.Dir)
	if b == nil || index == 0 || counter == 0 || counter>>40 != 0 || o.Length < 32 || !noise(p[16:]) {
		return
	}
	step := counter - be64(b.prefix[8:])
	if b.prefix[0] > 0x10 && b.prefix[0] <= 0x16 && be32(b.prefix[4:]) == index && step > 0 && step < nebulaStep {
		o.Claim(claimNebulaData, index, uint32(step))
		if p[0] == 0x11 && p[1] == 1 {
			o.Claim(claimNebulaRelay, index, 0)
		}
	}
}
