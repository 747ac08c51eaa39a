package classify

import "peeratlas/capture/packet"

// Mumble's ping over UDP, which server lists and clients send before voice.
//
//	| 00 00 00 00 | ident 8 |                                        request, 12 octets
//	| version 4 | ident 8 | users 4 | limit 4 | bandwidth 4 |        answer, 24 octets
//
// The answer repeats the 64 bits of the request. Voice itself is encrypted, between the client
// and its server; its first octet counts up, which on Mumble's port is enough.
var mumble = Detector{
	Name:       "mumble",
	Transport:  packet.UDP,
	References: []string{"Mumble protocol documentation, section Ping; section Encryption (OCB-AES128, first octet of the nonce)"},
	Proves:     "A Mumble server answers, or voice goes to it.",
	Not:        "Who else is in the room.",
	Claims:     []ClaimID{claimClear, claimClearOnce},
	Gates: []Gate{
		{Length: lengths(24), Least: 12, After: 1},
		{Ports: []uint16{64738}, Least: 8, After: 1},
	},
	Detect: detectMumble,
}

var serviceMumble = serviceNumber("mumble")

func detectMumble(o *Observation) {
	p := o.Payload
	b := o.LastFrom(1 - o.Dir)
	if o.Length == 24 && len(p) >= 12 && b != nil && b.length == 12 && be32(b.prefix[:]) == 0 && be64(b.prefix[4:]) == be64(p[4:]) {
		o.recognise(claimClear, serviceMumble)
		return
	}
	if len(p) < 8 || !o.onPort(64738) {
		return
	}
	if b = o.LastFrom(o.Dir); b != nil && b.length >= 8 && p[0]-b.prefix[0] == 1 {
		if b = o.Before(1); b != nil && b.dir == o.Dir && p[0]-b.prefix[0] == 2 {
			o.recogniseTwice(claimClear, serviceMumble)
		}
	}
}
