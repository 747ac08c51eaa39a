package classify

import "peeratlas/capture/packet"

// Moonlight, and the hosts that it plays from (Sunshine, Wolf, GeForce Experience): the control
// stream of GameStream, over ENet.
//
//	| flags, peer 2 | time 2 |                                                        ENet, big-endian
//	| command 1 | channel 1 | number 2 | data's length 2 | data |                     6: reliable
//	| command 1 | channel 1 | number 2 | unreliable number 2 | data's length 2 | data |   7, and 9 without order
//	  data: | 01 00 | length of the rest 2 | number, rising by one 4 | tag 16 | sealed: type 2, length 2, ... |   little-endian
//
// The data's two lengths agree, its type is fixed and its number small: more than 40 bits, and the
// number rises from one to the next or both ends send such. It is AES-GCM with a key that the
// client gave by HTTPS; keyboard, mouse and pads go so, and ten pings a second of the client's.
//
// Pictures and sound go over two other ports as RTP, on the Internet sealed as the host is set;
// rtp.go finds them. That ENet itself is a game's (clear_games.go) is taken back here.
var moonlight = Detector{
	Name:      "moonlight",
	Transport: packet.UDP,
	References: []string{
		"moonlight-common-c src/ControlStream.c, NVCTL_ENCRYPTED_PACKET_HEADER (facts only)", "ENet, include/enet/protocol.h (commands and flags)",
		"Wolf documentation, Moonlight Protocols (which streams are encrypted)",
	},
	Proves: "A client steers a computer that plays or works for it, by sealed messages.",
	Not:    "That pictures and sound are sealed. Older GameStream, whose control is in clear.",
	Claims: []ClaimID{claimMoonlight},
	Least:  moonlightLeast,
	Opens:  func(b byte) bool { return b>>6 == 2 },
	Detect: detectMoonlight,
}

// moonlightLeast is how many octets of a datagram are needed: ENet's header, a reliable command's
// and that of the sealed data.
const moonlightLeast = 4 + 6 + 8

// moonlightNumbers bounds the number of a sealed message: a day's at a hundred a second.
const moonlightNumbers = 1 << 23

// moonlightStep is how far the number may rise between two messages of one end that are remembered.
const moonlightStep = 64

func detectMoonlight(o *Observation) {
	n, ok := moonlightNumber(o.Payload, o.Length)
	if !ok {
		return
	}
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			return
		}
		if m, ok := moonlightNumber(b.prefix[:], int(b.length)); ok && (b.dir != o.Dir || n-m-1 < moonlightStep) {
			o.Claim(claimMoonlight, n, uint32(o.Length))
			return
		}
	}
}

// moonlightNumber finds the number of the first sealed message in a datagram of length octets that
// begins with p. Acknowledgements and pings may stand before it.
func moonlightNumber(p []byte, length int) (uint32, bool) {
	if len(p) < moonlightLeast || p[0]>>6 != 2 { // with a time, not compressed
		return 0, false
	}
	for at := 4; at+6 <= len(p); {
		head := 0
		switch p[at] & 0x0f {
		case 1: // acknowledgement
			at += 8
			continue
		case 5: // ping
			at += 4
			continue
		case 6:
			head = 6
		case 7, 9:
			head = 8
		default:
			return 0, false
		}
		data := at + head
		if data+8 > len(p) {
			return 0, false
		}
		n := int(be16(p[data-2:]))
		number := le32(p[data+4:])
		return number, data+n <= length && n >= 8+16+4 && le16(p[data:]) == 1 && int(le16(p[data+2:])) == n-4 && number < moonlightNumbers
	}
	return 0, false
}
