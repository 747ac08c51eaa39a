package classify

import "peeratlas/capture/packet"

// IPsec through NAT: key exchange and encrypted packets on one port.
//
//	| SPI initiator 8 | SPI responder 8 | next 1 | version 1 | exchange 1 | flags 1 | id 4 | length 4 |  IKE
//	| 00 00 00 00 | IKE message |                                   port 4500, non-ESP marker
//	| SPI 4, 256 or above | sequence 4, counts up | ciphertext |     port 4500, ESP
//	| ff |                                                          port 4500, NAT keep-alive
//
// IKE's length, version and exchange are 40 bits on any port. ESP has no fixed octet: it is told
// by its counter, and on its port only. Palo Alto's GlobalProtect uses 4501.
var ipsec = Detector{
	Name:       "ipsec",
	Transport:  packet.UDP,
	References: []string{"RFC 7296, section 3.1", "RFC 2408, section 3.1", "RFC 3948, sections 2.1 to 2.3", "RFC 4303, section 2"},
	Proves:     "A tunnel or transport of IPsec: mostly a client and its gateway.",
	Not:        "What goes through it; sites' gateways among each other look alike.",
	Claims:     []ClaimID{claimTunnel, claimClearOnce},
	Gates: []Gate{
		{Octets: []octetGate{maskedOctet(17, 0xf0, 0x10, 0x20), octetUpTo(18, 44)}, Least: 28},
		{Ports: []uint16{4500, 4501}},
	},
	Detect: detectIPsec,
}

var (
	serviceIKE   = serviceNumber("ike")
	serviceIPsec = serviceNumber("ipsec")
)

func detectIPsec(o *Observation) {
	p := o.Payload
	if ikeMessage(p, o.Length) {
		o.recognise(claimTunnel, serviceIKE)
		return
	}
	if !o.onPort(4500, 4501) {
		return
	}
	switch {
	case o.Length == 1 && p[0] == 0xff:
		o.recogniseTwice(claimTunnel, serviceIPsec)
	case len(p) >= 32 && be32(p) == 0 && ikeMessage(p[4:], o.Length-4):
		o.recognise(claimTunnel, serviceIKE)
	case len(p) >= 16 && be32(p) >= 256:
		o.esp(p)
	}
}

// ikeMessage tells whether p begins an IKE message of version 1 or 2 that has length octets.
func ikeMessage(p []byte, length int) bool {
	if len(p) < 28 || be64(p) == 0 || int64(be32(p[24:])) != int64(length) {
		return false
	}
	switch exchange := p[18]; p[17] >> 4 {
	case 1: // RFC 2408, section 3.1; RFC 2409, appendix A; 6 is mode-config
		return exchange >= 1 && exchange <= 6 || exchange == 32 || exchange == 33
	case 2:
		return exchange >= 34 && exchange <= 44 && p[19]&0xc7 == 0
	}
	return false
}

// esp claims a packet whose security parameters index an earlier one of this direction has,
// with a sequence number a little lower.
func (o *Observation) esp(p []byte) {
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			break
		}
		if b.dir != o.Dir || b.length < 16 || be32(b.prefix[:]) != be32(p) {
			continue
		}
		if step := be32(p[4:]) - be32(b.prefix[4:]); step >= 1 && step <= 64 {
			o.recognise(claimTunnel, serviceIPsec)
		}
		return
	}
	if be32(p[4:]) < 1<<16 {
		o.recognise(claimClearOnce, serviceIPsec)
	}
}
