package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// OpenDHT, the distributed table of Jami.
//
//	| map of 3 to 8 pairs 8N | a1 'y' a1 'q', 'r' or 'e' somewhere | a1 't' transaction | a1 'v' agent ... |
//
// Messages are maps of MessagePack whose keys are those of BitTorrent's KRPC: readable, plain
// peer-to-peer. Calls and files then go over ICE and TLS, which other detectors see.
var openDHT = Detector{
	Name:       "opendht",
	Transport:  packet.UDP,
	References: []string{"MessagePack specification, map and str format families", "OpenDHT, network_engine and parsed_message sources, version 2 wire format; BEP 5 for the keys"},
	Proves:     "A node of OpenDHT asks or answers.",
	Not:        "What the stored values are: those may be encrypted.",
	Claims:     []ClaimID{claimOpenDHT},
	Opens:      func(b byte) bool { return b >= 0x83 && b <= 0x88 },
	Detect:     detectOpenDHT,
}

var (
	// The three kinds of message: question, answer, error.
	openDHTKinds       = [][]byte{[]byte("\xa1y\xa1q"), []byte("\xa1y\xa1r"), []byte("\xa1y\xa1e")}
	openDHTTransaction = []byte("\xa1t")
)

func detectOpenDHT(o *Observation) {
	p := o.Payload
	if len(p) < 20 || p[1] != 0xa1 || p[2]-'a' >= 26 || !bytes.Contains(p, openDHTTransaction) {
		return
	}
	for n, kind := range openDHTKinds {
		if bytes.Contains(p, kind) {
			o.Claim(claimOpenDHT, uint32(n), 0)
			return
		}
	}
}
