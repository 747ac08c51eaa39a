package classify

import "peeratlas/capture/packet"

// WeChat calls and heartbeats over UDP.
//
//	| d1 0a | n | 0a | ...     heartbeat, 29 to 46 in octet 2, each way
//	| a3 ... |  96 octets      both ways
//	| d6 ... | 200 octets      both ways
//	| d5 ... |  89-91 octets   answered by | d5 ... | 103-104 octets
//	| a1 08 .. | 92 octets     answered by | a1 08 .. | 75 octets
//
// Marks of one octet with a length are weak, and the far end is a WeChat server as often as a
// relay, so all this names the application and proves nothing. No specification is public.
var wechat = Detector{
	Name:       "wechat",
	Transport:  packet.UDP,
	References: []string{"libprotoident lib/udp/lpi_wechat_udp.cc (facts only)"},
	Proves:     "Lengths and marks of WeChat's calls in both directions.",
	Not:        "That a call came about, or whether the far end is a relay, a server or the peer.",
	Claims:     []ClaimID{claimWeChat, claimWeChatHeartbeat},
	Opens:      func(b byte) bool { return b == 0xd1 || b == 0xa3 || b == 0xd6 || b == 0xd5 || b == 0xa1 },
	Detect:     detectWeChat,
}

func detectWeChat(o *Observation) {
	p := o.Payload
	r := o.Reply()
	if len(p) < 4 || !o.First() || r.Length < 4 || r.Octets[0] != p[0] {
		return
	}
	mine, other := o.Length, int(r.Length)
	if p[0] == 0xd1 {
		if weChatHeartbeat(p) && weChatHeartbeat(r.Octets[:]) {
			o.Claim(claimWeChatHeartbeat, uint32(p[2]), 0)
		}
		return
	}
	if weChatPair(p, mine, r.Octets[:], other) || weChatPair(r.Octets[:], other, p, mine) {
		o.Claim(claimWeChat, uint32(p[0]), uint32(mine))
	}
}

func weChatHeartbeat(p []byte) bool {
	return p[1] == 0x0a && p[2] >= 29 && p[2] <= 46 && p[3] == 0x0a
}

// weChatPair tells whether the first payloads a and b, of m and n octets, of both directions
// and with one first octet, are one of the exchanges.
func weChatPair(a []byte, m int, b []byte, n int) bool {
	switch a[0] {
	case 0xa3:
		return m == 96 && n == 96
	case 0xd6:
		return m == 200 && n == 200
	case 0xd5:
		return m >= 89 && m <= 91 && n >= 103 && n <= 104
	case 0xa1:
		return a[1] == 8 && b[1] == 8 && m == 92 && n == 75
	}
	return false
}
