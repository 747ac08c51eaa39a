package classify

import (
	"hash/crc32"

	"peeratlas/capture/packet"
)

// Steam Remote Play (In-Home Streaming), its UDP transport, as ihslib found it.
//
//	| with CRC 1 bit, kind 7 | sent again 1 | source id 1 | destination id 1 | channel 1 | fragment 2 | packet id 2 |
//	| time 4 | body ... | CRC-32C of all before 4 |                                                 little-endian
//
//	81  connect       id of the client, 0, channel 0; body c7 3d 8f 3c, the CRC-32C of "Connect"    21 octets
//	82  connected     id of the host, the client's, channel 0; body 4                               21 octets
//
// The CRC verifies in clear and the body is fixed: 64 bits in the request, and 32 and the id that is
// repeated in the answer. What goes on is sealed with a key that the ends agreed on before: all
// control and input, and as the host is set the picture. Hosts are found by discovery on the link
// (clear_lan.go) or by Steam's servers. Through Valve's relays another framing is outside this one.
var steamPlay = Detector{
	Name:       "steam-remote-play",
	Transport:  packet.UDP,
	References: []string{"mariotaku/ihslib src/session/packet.h, packet.c and session.c (facts only)"},
	Proves:     "A client connects to the computer that plays for it.",
	Not:        "That the picture is sealed, too. Sessions that began before, or go through Valve's relays.",
	Claims:     []ClaimID{claimSteamPlayAsk, claimSteamPlay},
	Least:      steamPlayConnect,
	Opens:      func(b byte) bool { return b == 0x81 || b == 0x82 },
	Detect:     detectSteamPlay,
}

// steamPlayConnect is how long the messages that connect are.
const steamPlayConnect = 13 + 4 + 4

func detectSteamPlay(o *Observation) {
	p := o.Payload
	if o.Length != steamPlayConnect || len(p) < steamPlayConnect || p[0]&0xfc != 0x80 || p[4] != 0 || le32(p[17:]) != crc32.Checksum(p[:17], castagnoli) {
		return
	}
	switch p[0] {
	case 0x81:
		if steamPlayAsks(p) {
			o.Claim(claimSteamPlayAsk, uint32(p[2]), 0)
		}
	case 0x82:
		for k := 0; ; k++ {
			b := o.Before(k)
			if b == nil {
				return
			}
			if b.dir != o.Dir && b.length == steamPlayConnect && b.prefix[0] == 0x81 && steamPlayAsks(b.prefix[:]) && b.prefix[2] == p[3] {
				o.Claim(claimSteamPlay, uint32(p[3]), 0)
				return
			}
		}
	}
}

// steamPlayAsks tells whether a message holds the fixed body of a request to connect.
func steamPlayAsks(p []byte) bool { return le32(p[13:]) == 0x3c8f3dc7 }
