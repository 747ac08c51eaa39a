package classify

import "peeratlas/capture/packet"

// Tox over TCP: a node's relay. Friends reach each other over UDP, or through the TCP server of a node that
// passes on what they say; two clients never speak TCP with each other.
//
//	client | key 32 | nonce 24 | sealed key, nonce and MAC 72 |    128 octets
//	server | nonce 24 | sealed key, nonce and MAC 72 |             96 octets
//	both   | length 2 | sealed, with its MAC 16 |                  frames, one after the other
//
// A relay is where friends meet, so what goes through it is taken for theirs; a client that nobody
// calls keeps connections to relays, too.
var toxRelay = Detector{
	Name:       "tox-tcp",
	Transport:  packet.TCP,
	References: []string{"Tox protocol specification, sections TCP client and TCP server (handshake, encrypted packets)"},
	Proves:     "A client speaks with the relay of a Tox node.",
	Not:        "That a friend is reached through it.",
	Claims:     []ClaimID{claimToxRelay},
	Least:      2,
	Within:     6,
	Gates:      []Gate{{After: 2, Within: 6, Follows: []ClaimID{claimRandomFirst}, Least: 2}},
	Detect:     detectToxRelay,
}

const (
	toxClientHello = 32 + 24 + 32 + 24 + 16
	toxServerHello = 24 + 32 + 24 + 16
	toxFrameLeast  = 1 + 16 // of what is sealed
)

func detectToxRelay(o *Observation) {
	p := o.Payload
	if len(p) < 2 || o.Number() < 2 || o.Number() >= 6 || !o.ClaimedBySender(claimRandomFirst) || !o.ClaimedByOther(claimRandomFirst) {
		return
	}
	mine, other := o.state.first[o.Dir].Length, o.state.first[1-o.Dir].Length
	if !o.FromInitiator() {
		mine, other = other, mine
	}
	if mine == toxClientHello && other == toxServerHello && toxFrames(p, o.Length) {
		o.Claim(claimToxRelay, uint32(o.Length), 0)
	}
}

// toxFrames tells whether frames fill a segment of length octets that begins with p, as far as was captured.
func toxFrames(p []byte, length int) bool {
	for at := 0; at < length; {
		switch {
		case at+2 > length:
			return false
		case at+2 > len(p):
			return at > 0
		}
		n := int(be16(p[at:]))
		if n < toxFrameLeast || at+2+n > length {
			return false
		}
		at += 2 + n
	}
	return true
}
