package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// Classic Skype over TCP (2003-2014), in its three disguises.
//
//	443 hello   80 46 01 03 01 00 2d 00 00 00 10 ...      72 octets, the first 56 constant
//	    answer  16 03 01 00 4a 02 00 00 46 03 01 40 1b e4 86 ...  79 octets constant
//	login       16 03 01 00 00, answered 17 03 01 00 00   zero-length TLS records
//	overlay     random first segments both ways           (tcp_random.go)
//
// The hello is an SSLv2-framed ClientHello of TLS 1.0 with 15 cipher suites and no session
// id, behind which no TLS follows: the next octets are obfuscated. A TLS stack never sends a
// record of zero length first, so five such octets, answered by five, are no TLS.
var skypeTCP = Detector{
	Name:       "skype-tcp",
	Transport:  packet.TCP,
	References: skypeUDP.References,
	Proves:     "A Skype client dials a super-node or login server by one of its disguises.",
	Not:        "That a person is called. Login servers are told from peers by the zero-length records.",
	Claims:     []ClaimID{claimSkypeHello443, claimSkypeAnswer443, claimSkypeZeroTLS},
	Opens:      func(b byte) bool { return b == 0x80 || b == 0x16 || b == 0x17 },
	Detect:     detectSkypeTCP,
}

var (
	skypeHello  = []byte{0x80, 0x46, 0x01, 0x03, 0x01, 0x00, 0x2d, 0x00, 0x00, 0x00, 0x10}
	skypeAnswer = []byte{0x16, 0x03, 0x01, 0x00, 0x4a, 0x02, 0x00, 0x00, 0x46, 0x03, 0x01, 0x40, 0x1b, 0xe4, 0x86, 0x02, 0xad, 0xe0, 0x29}
	zeroHello   = []byte{0x16, 0x03, 0x01, 0x00, 0x00}
	zeroAnswer  = []byte{0x17, 0x03, 0x01, 0x00, 0x00}
)

func detectSkypeTCP(o *Observation) {
	p := o.Payload
	switch {
	case o.Length == 72 && bytes.HasPrefix(p, skypeHello) && o.First():
		o.Claim(claimSkypeHello443, 72, 0)
	case o.First() && bytes.HasPrefix(p, skypeAnswer):
		o.Claim(claimSkypeAnswer443, 0, 0)
	case o.Length == 5 && bytes.Equal(p, zeroHello) && o.First():
		o.Claim(claimSkypeZeroTLS, 0, 0)
	case o.Length == 5 && bytes.Equal(p, zeroAnswer) && o.First():
		o.Claim(claimSkypeZeroTLS, 1, 0)
	}
}
