package classify

import "peeratlas/capture/packet"

// DTLS handshakes, and whether they key SRTP.
//
//	| type 1 | version fe fd 2 | epoch 2 | sequence 6 | length 2 | handshake type 1 | length 3 | ...
//
// A ClientHello with the use_srtp extension (14) sets up media keys: WebRTC and its kin. One
// without is a VPN, CoAP or another client of a server, or a data channel.
var dtls = Detector{
	Name:       "dtls",
	Transport:  packet.UDP,
	References: []string{"RFC 6347, section 4.1", "RFC 9147, section 4", "RFC 5764, section 4.1.1"},
	Proves:     "A DTLS handshake; with use_srtp, that it keys media.",
	Not:        "That the far end is a peer: conference servers do the same.",
	Claims:     []ClaimID{claimDTLS, claimDTLSSRTP},
	Opens:      func(b byte) bool { return b == 0x16 || b == 0x17 || b == 0x14 || b == 0x15 },
	Detect:     detectDTLS,
}

func detectDTLS(o *Observation) {
	p := o.Payload
	if len(p) < 13 || p[1] != 0xfe && !(p[1] == 1 && p[2] == 0) || p[1] == 0xfe && p[2] < 0xfc {
		return
	}
	if 13+int(be16(p[11:])) > o.Length {
		return
	}
	if p[0] != 0x16 || be16(p[3:]) != 0 {
		o.Claim(claimDTLSRecord, uint32(p[0]), 0)
		return
	}
	o.Claim(claimDTLS, uint32(p[0]), 0)
	if len(p) > 25 && p[13] == 1 && dtlsUseSRTP(p[25:]) {
		o.Watch(40)
		o.Claim(claimDTLSSRTP, 0, 0)
	}
}

// dtlsUseSRTP walks a DTLS ClientHello body (RFC 6347, section 4.2.1) to its extensions.
func dtlsUseSRTP(p []byte) bool {
	at := 2 + 32 // version, random
	for _, width := range [...]int{1, 1, 2, 1} {
		// session id, cookie, cipher suites, compression methods
		if at+width > len(p) {
			return false
		}
		n := int(p[at])
		if width == 2 {
			n = int(be16(p[at:]))
		}
		at += width + n
	}
	for at += 2; at+4 <= len(p); at += 4 + int(be16(p[at+2:])) {
		if be16(p[at:]) == 14 {
			return true
		}
	}
	return false
}
