package classify

import "peeratlas/capture/packet"

// Xbox Live's secure transport between consoles, and to its gateways.
//
//	| 00 00 00 00 | size 1 | 58 | kind 1 | 00 00 00 | ...       keys are agreed on
//	| SPI 4, not 0 | encrypted ...                              afterwards
//
// The transport is modelled on ESP in UDP: a security parameter index of zero marks the
// negotiation of keys, as RFC 3948 (section 2.2) has it for IKE. Size and kind come in pairs:
// 0c 76, 02 18, 0b 80, 03 40, 06 4e. Consoles use UDP 3074 by preference and agree on keys with
// each other as they do with the service's gateways, so that the marks tell the service, and who
// began tells the peer: a gateway never dials. Xbox One and later tunnel consoles' traffic in
// Teredo, which is undone before detectors see it.
var xbox = Detector{
	Name:      "xbox",
	Transport: packet.UDP,
	References: []string{
		"nDPI src/lib/protocols/xbox.c of 2015 (facts only)", "libprotoident lib/udp/lpi_xlsp.cc (facts only)",
		"xboxdevwiki.net, System Link, read 2026-11", "RFC 3948, section 2.2",
	},
	Proves: "Keys are agreed on in Xbox Live's transport; if the far end began it, with another console.",
	Not:    "That the far end is no gateway of the service, if the near end began.",
	Claims: []ClaimID{claimXboxKeys, claimXboxDialled},
	Opens:  func(b byte) bool { return b == 0 },
	Gates:  []Gate{{Octets: append(octets(0, "\x00\x00\x00\x00"), octet(5, 0x58)), Least: 13}},
	Detect: detectXbox,
}

func detectXbox(o *Observation) {
	p := o.Payload
	if len(p) < 13 || be32(p) != 0 || p[5] != 0x58 || p[7]|p[8]|p[9] != 0 {
		return
	}
	switch uint16(p[4])<<8 | uint16(p[6]) {
	case 0x0c76, 0x0218, 0x0b80, 0x0340, 0x064e:
		o.Claim(claimXboxKeys, uint32(p[6]), uint32(o.Length))
	}
}
