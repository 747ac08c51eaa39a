package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// Telegram calls through reflectors.
//
//	| peer tag 16, constant for the call | ff x 12 | fe ff ff ff or ff ff ff ff | query id 8 ... |   ping
//	| peer tag 16                        | encrypted ...                                      |   media
//
// Both ends of a call send to the same reflector with the same tag; a packet whose next twelve
// octets are ff is for the reflector itself. 96 constant bits and the tag's repetition in both
// directions leave no room for chance.
var telegram = Detector{
	Name:       "telegram",
	Transport:  packet.UDP,
	References: []string{"libtgvoip VoIPController.cpp, reflector packets (facts only)", "nDPI src/lib/protocols/telegram.c (facts only)"},
	Proves:     "A Telegram call passes a reflector.",
	Not:        "Who the peer is: the reflector's country is not the peer's.",
	Claims:     []ClaimID{claimTelegramReflector},
	Detect:     detectTelegram,
}

var twelveFF = bytes.Repeat([]byte{0xff}, 12)

func detectTelegram(o *Observation) {
	p := o.Payload
	if len(p) < 28 {
		return
	}
	if bytes.Equal(p[16:28], twelveFF) {
		if b := o.LastFrom(1 - o.Dir); b != nil && bytes.Equal(b.prefix[:16], p[:16]) && !bytes.Equal(p[:12], twelveFF) {
			o.Claim(claimTelegramReflector, uint32(o.Length), 0)
		}
	}
}
