package classify

import "peeratlas/capture/packet"

// Relays that dress their TCP stream as TLS, to pass a firewall on port 443.
//
//	Microsoft   16 03 01 00 2d 01 00 00 29 03 01 | random 32 | 00 | 00 02 00 18 | 01 00              50 octets
//	 answer     16 03 01 00 4e 02 00 00 46 03 01 | random 32 | 20 | session 32 | 00 18 | 00 | 0e 00 00 00   83 octets
//	Google      80 46 01 03 01 00 2d ... 1f 17 0c a6 2f 00 78 fc 46 55 2e b1 83 39 f1 ea             72 octets, constant
//	 answer     16 03 01 00 4a 02 00 00 46 03 01 42 85 45 a7 ...                                     79 octets, constant
//
// Microsoft's hello offers nothing but an anonymous cipher suite of 1999 (0x0018), which no
// TLS client offers alone, and an answer that is finished at once; what follows is MS-TURN
// (stun_tcp.go). Google's is libjingle's, which Skype's of the same length resembles but for
// the last sixteen octets, constant here and random there, and the answer's time.
var pseudoTLS = Detector{
	Name:       "pseudo-tls",
	Transport:  packet.TCP,
	References: []string{"[MS-TURN] 2.1.1", "libnice socket/pseudossl.c and libjingle (facts only)", "RFC 4346, appendix A.5"},
	Proves:     "A client dials a TURN server of Microsoft's, or a relay of libjingle's.",
	Not:        "That media follows; who the peer is.",
	Claims:     []ClaimID{claimMsPseudoTLS, claimGooglePseudoTLS},
	Opens:      func(b byte) bool { return b == 0x16 || b == 0x80 },
	Gates:      []Gate{{First: true, Least: 50, Length: lengths(50, 72, 79, 83)}},
	Detect:     detectPseudoTLS,
}

const (
	msHelloTail     = 0x0000020018 // session id of no octets, one cipher suite
	googleHelloTail = 0x2f0078fc46552eb1
	googleTime      = 0x428545a7
)

func detectPseudoTLS(o *Observation) {
	p := o.Payload
	if len(p) < 50 || !o.First() {
		return
	}
	switch {
	case o.Length == 50 && be64(p) == 0x1603_0100_2d01_0000 && be32(p[8:])>>8 == 0x290301 &&
		uint64(p[43])<<32|uint64(be32(p[44:])) == msHelloTail && be16(p[48:]) == 0x0100:
		o.Watch(iceObserve)
		o.Claim(claimMsPseudoTLS, 1, 0)
	case o.Length == 83 && len(p) == 83 && be64(p) == 0x1603_0100_4e02_0000 && be32(p[8:])>>8 == 0x460301 &&
		p[43] == 32 && be32(p[76:]) == 0x0018000e && be16(p[80:]) == 0 && p[82] == 0:
		o.Claim(claimMsPseudoTLS, 2, 0)
	case o.Length == 72 && len(p) == 72 && be64(p) == 0x8046_0103_0100_2d00 && be64(p[60:]) == googleHelloTail:
		o.Watch(iceObserve)
		o.Claim(claimGooglePseudoTLS, 1, 0)
	case o.Length == 79 && be64(p) == 0x1603_0100_4a02_0000 && be32(p[11:]) == googleTime:
		o.Claim(claimGooglePseudoTLS, 2, 0)
	}
}
