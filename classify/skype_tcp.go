package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// Classic Skype over TCP (2003-2014), in its disguises.
//
//	443 hello   80 46 01 03 01 00 2d 00 00 00 10 | 15 cipher suites 45 | challenge 16   72 octets, the first 56 constant
//	    answer  16 03 01 00 4a 02 00 00 46 03 01 40 1b e4 86 ...  79 octets constant
//	80          no HTTP; high nibbles of octets 4, 5 are those of 14, 15 (16 octets), or of 5 .. 13 those of 15 .. 23
//	login       16 03 01 00 00, answered 17 03 01 00 00    zero-length TLS records, then 16 03 01 .. 03 00 09 80
//	overlay     noise both ways: 14, 22 .. 29, more than 57, then 4 or 15 .. 17   client of 2004
//	            noise both ways, then 8 from the client                          clients of 2012
//
// The hello is an SSLv2-framed ClientHello of TLS 1.0, behind which no TLS follows: the next
// octets are obfuscated. Its suites stand in an order of their own, so that browsers' hellos of
// the same length differ. A TLS stack never sends a record of zero length first, so five such
// octets, answered by five, are no TLS: that is how login servers are dialled, not peers.
//
// Sizes are weak marks of noise; they name a stream more than they prove it.
var (
	skypeTCP = Detector{
		Name:       "skype-tcp",
		Transport:  packet.TCP,
		References: skypeUDP.References,
		Proves:     "A Skype client dials a super-node or login server by one of its disguises.",
		Not:        "That a person is called. Login servers are told from peers by the zero-length records.",
		Claims:     []ClaimID{claimSkypeHello443, claimSkypeAnswer443, claimSkypeZeroTLS, claimSkypeLogin},
		Opens:      func(b byte) bool { return b == 0x80 || b == 0x16 || b == 0x17 },
		Gates: []Gate{
			{Length: lengths(5, 72), First: true},
			{Octets: octets(3, "\x00\x4a"), First: true},
			{Follows: []ClaimID{claimSkypeZeroTLS}},
		},
		Detect: detectSkypeTCP,
	}
	skypeOverlay = Detector{
		Name:       "skype-overlay",
		Transport:  packet.TCP,
		References: skypeUDP.References,
		Proves:     "Sizes of a handshake with a super-node, all of it noise; a refresh a minute.",
		Not:        "That it is Skype, alone: other noise may have those sizes.",
		Claims:     []ClaimID{claimSkypeSizes, claimSkypePort80, claimSkypeRefresh},
		Gates: []Gate{
			{Ports: []uint16{80}, Within: 1, Initiator: true},
			{Follows: []ClaimID{claimRandomFirst}, Length: between(0, 149), After: 1},
		},
		Detect: detectSkypeOverlay,
	}
)

var (
	skypeHello = []byte{
		0x80, 0x46, 0x01, 0x03, 0x01, 0x00, 0x2d, 0x00, 0x00, 0x00, 0x10,
		0, 0, 5, 0, 0, 4, 0, 0, 0x0a, 0, 0, 9, 0, 0, 0x64, 0, 0, 0x62, 0, 0, 8, 0, 0, 3, 0, 0, 6,
		1, 0, 0x80, 7, 0, 0xc0, 3, 0, 0x80, 6, 0, 0x40, 2, 0, 0x80, 4, 0, 0x80,
	}
	skypeAnswer = []byte{0x16, 0x03, 0x01, 0x00, 0x4a, 0x02, 0x00, 0x00, 0x46, 0x03, 0x01, 0x40, 0x1b, 0xe4, 0x86, 0x02, 0xad, 0xe0, 0x29}
	skypeLogin  = []byte{0x03, 0x00, 0x09, 0x80}
	zeroHello   = []byte{0x16, 0x03, 0x01, 0x00, 0x00}
	zeroAnswer  = []byte{0x17, 0x03, 0x01, 0x00, 0x00}
)

func detectSkypeTCP(o *Observation) {
	p := o.Payload
	switch {
	case o.Length == 72 && o.First() && skypeHelloBegins(p):
		o.Claim(claimSkypeHello443, uint32(o.Length), 0)
	case o.First() && bytes.HasPrefix(p, skypeAnswer):
		o.Claim(claimSkypeAnswer443, uint32(o.Length), 0)
	case o.Length == 5 && bytes.Equal(p, zeroHello) && o.First():
		o.Claim(claimSkypeZeroTLS, 0, 0)
	case o.Length == 5 && bytes.Equal(p, zeroAnswer) && o.First():
		o.Claim(claimSkypeZeroTLS, 1, 0)
	case len(p) >= 10 && p[0] == 0x16 && bytes.Equal(p[6:10], skypeLogin) && o.Claimed(claimSkypeZeroTLS) != 0:
		o.Claim(claimSkypeLogin, uint32(o.Length), 0)
	}
}

// skypeHelloBegins compares as many of the constant octets as were captured, 20 at least: the
// first cipher suites are among them.
func skypeHelloBegins(p []byte) bool {
	n := min(len(p), len(skypeHello))
	return n >= 20 && bytes.Equal(p[:n], skypeHello[:n])
}

func detectSkypeOverlay(o *Observation) {
	p := o.Payload
	if o.Number() == 0 && o.FromInitiator() && o.Flow.Key.Port[o.Flow.Responder()] == 80 {
		o.skypePort80(p)
	}
	o.skypeSizes()
	// The refresh of a super-node (Baset, Schulzrinne 2004): a small message every 60 seconds.
	if b := o.LastFrom(o.Dir); b != nil && o.Length < 150 && o.Claimed(claimRandomFirst) == 3 {
		if gap := (o.Time-o.Flow.Start)/1000 - int64(b.after); gap > 59e6 && gap < 61e6 {
			o.Claim(claimSkypeRefresh, uint32(o.Length), 0)
		}
	}
}

// skypePort80 checks the nibbles that a message on the web's port repeats (Ehlert 2006,
// versions 1.4 and 2).
func (o *Observation) skypePort80(p []byte) {
	switch {
	case o.Length == 16 && len(p) == 16 && (p[4]^p[14])&0xf0 == 0 && (p[5]^p[15])&0xf0 == 0 && tcpNoise(p):
		o.Claim(claimSkypePort80, 2, 0)
	case len(p) >= 24:
		for i := 5; i <= 13; i++ {
			if (p[i]^p[i+10])&0xf0 != 0 {
				return
			}
		}
		if tcpNoise(p[:24]) {
			o.Claim(claimSkypePort80, 9, 0)
		}
	}
}

// skypeSizes checks the sizes of the first messages, whose first two are noise.
func (o *Observation) skypeSizes() {
	if o.Number() != 3 && o.Number() != 2 || o.Claimed(claimRandomFirst) != 3 {
		return
	}
	one, two := o.Before(o.Number()-1), o.Before(o.Number()-2)
	if one.dir != o.Flow.Initiator || two.dir == one.dir {
		return
	}
	if o.Number() == 2 {
		if o.FromInitiator() && o.Length == 8 && one.length >= 40 && one.length <= 150 && two.length >= 40 && two.length <= 150 {
			o.Claim(claimSkypeSizes, 8, uint32(one.length))
		}
		return
	}
	three := o.Before(0)
	small := o.Length == 4 || o.Length >= 15 && o.Length <= 17
	if one.length == 14 && two.length >= 22 && two.length <= 29 && three.dir == one.dir && three.length > 57 && three.length != 339 &&
		!o.FromInitiator() && small {
		o.Claim(claimSkypeSizes, 14, uint32(two.length))
	}
}
