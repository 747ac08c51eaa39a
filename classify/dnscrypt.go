package classify

import "peeratlas/capture/packet"

// DNSCrypt, version 2.
//
//	| client magic 8 | client public key 32 | nonce 12 | MAC 16 | padded query, 64 times n |     query
//	| 72 36 66 6e 76 57 6a 38 "r6fnvWj8" | nonce 24 | MAC 16 | padded answer |                  answer
//	| ff x 8 | 00 00 | server address 16 | port 2 | query |                                       through a relay
//
// An answer is told by its 64-bit magic. A query is noise behind a magic of the resolver's: it is
// told by two that begin alike, have lengths of 68 and a multiple of 64, at least 256 over UDP,
// and go to a service's port.
var dnscrypt = Detector{
	Name:       "dnscrypt",
	Transport:  packet.UDP,
	References: []string{"draft-denis-dprive-dnscrypt-01, sections 5 to 7 and 12", "DNSCrypt, Anonymized DNS specification"},
	Proves:     "A client and a DNSCrypt resolver or relay.",
	Not:        "What was asked.",
	Claims:     []ClaimID{claimTunnel, claimClearOnce},
	Gates: []Gate{
		{Octets: octets(0, dnscryptAnswer[:2]), Least: 28},
		{Octets: octets(0, dnscryptRelay[:2]), Least: 28},
		{Length: dnscryptQuery, Least: 28, Initiator: true, After: 1},
	},
	Detect: func(o *Observation) { o.dnscrypt(o.Payload, 0) },
}

var dnscryptTCP = Detector{
	Name:       "dnscrypt-tcp",
	Transport:  packet.TCP,
	References: dnscrypt.References,
	Proves:     dnscrypt.Proves,
	Not:        dnscrypt.Not,
	Claims:     dnscrypt.Claims,
	Opens:      func(b byte) bool { return b < 0x10 },
	Gates: []Gate{
		{Octets: octets(2, dnscryptAnswer[:2]), Least: 30},
		{Octets: octets(2, dnscryptRelay[:2]), Least: 30},
		{Length: func(n int) bool { return dnscryptQuery(n - 2) }, Least: 30, Initiator: true, After: 1},
	},
	Detect: func(o *Observation) {
		if p := o.Payload; len(p) > 2 && int(be16(p)) == o.Length-2 {
			o.dnscrypt(p[2:], 2)
		}
	},
}

var serviceDNSCrypt = serviceNumber("dnscrypt")

const (
	dnscryptAnswer = "r6fnvWj8"
	dnscryptRelay  = "\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00"
)

// dnscrypt looks at one message, which begins skip octets into the payload.
func (o *Observation) dnscrypt(p []byte, skip int) {
	switch {
	case len(p) < 28:
	case string(p[:8]) == dnscryptAnswer, string(p[:10]) == dnscryptRelay:
		o.recognise(claimTunnel, serviceDNSCrypt)
		o.HideNames()
	case o.FromInitiator() && dnscryptQuery(o.Length-skip) && servicePort(o.Flow.Key.Port[1-o.Dir]):
		b := o.LastFrom(o.Dir)
		if b != nil && dnscryptQuery(int(b.length)-skip) && be64(b.prefix[skip:]) == be64(p) && noise(p[8:]) {
			o.recogniseTwice(claimTunnel, serviceDNSCrypt)
			o.HideNames()
		}
	}
}

// dnscryptQuery tells whether a query may have so many octets.
func dnscryptQuery(n int) bool { return n >= 68+256 && (n-68)%64 == 0 }
