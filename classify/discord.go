package classify

import "peeratlas/capture/packet"

// Discord voice: always through a voice server, so evidence against a peer.
//
//	| 13 37 ca fe | counter 4 |                                   keep-alive, sent back as it is
//	| 00 01 | 00 46 | ssrc 4 | zeros 66 |                         IP discovery, 74 octets
//	| 00 02 | 00 46 | ssrc 4 | own address as text 64 | port 2 |  its answer
//
// The media behind is RTP, encrypted, to one server that sends all speakers' streams on.
var discord = Detector{
	Name:       "discord",
	Transport:  packet.UDP,
	References: []string{"Discord developer documentation, Voice Connections, IP Discovery", "nDPI src/lib/protocols/discord.c (facts only)"},
	Proves:     "A Discord voice server.",
	Not:        "Who speaks. The address in the answer is the asker's own.",
	Claims:     []ClaimID{claimDiscord},
	Opens:      func(b byte) bool { return b == 0x13 || b == 0 },
	Gates: []Gate{
		{Octets: octets(0, "\x13\x37\xca\xfe"), Length: lengths(8)},
		{Octets: octets(0, "\x00\x02\x00\x46"), Length: lengths(74)},
	},
	Detect: detectDiscord,
}

func detectDiscord(o *Observation) {
	p := o.Payload
	switch {
	case o.Length == 8 && len(p) == 8 && be32(p) == 0x1337cafe:
		o.Claim(claimDiscord, le32(p[4:]), 0)
	case o.Length == 74 && len(p) >= 8 && be32(p) == 0x00020046:
		if b := o.LastFrom(1 - o.Dir); b != nil && b.length == 74 && be32(b.prefix[:]) == 0x00010046 && be32(b.prefix[4:]) == be32(p[4:]) {
			o.Claim(claimDiscord, be32(p[4:]), 1)
		}
	}
}
