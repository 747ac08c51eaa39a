package classify

import "peeratlas/capture/packet"

// Bitcoin's encrypted transport, version 2 (BIP 324).
//
//	| public key 64, ElligatorSwift | garbage 0 .. 4095 | terminator 16 | version packet 20 or more | ...
//
// Both ends send the same; the initiator first its key and garbage alone. ElligatorSwift makes
// the key noise too, so nothing is in clear: at least 64 octets of noise each way, the
// responder's with no wait for more. The registered port is the only name that it has, and a
// port alone decides nothing: this is a hint, which the host's other flows may bear out.
var bitcoinV2 = Detector{
	Name:       "bitcoin-v2",
	Transport:  packet.TCP,
	References: []string{"BIP 324, Version 2 P2P Encrypted Transport Protocol, Handshake and Overall packet encryption", "IANA Service Name and Transport Protocol Port Number Registry: 8333"},
	Proves:     "Noise of the right length on the port of Bitcoin nodes.",
	Not:        "That it is Bitcoin: any fully encrypted stream may use the port.",
	Claims:     []ClaimID{claimBitcoinV2},
	Least:      14,
	First:      true,
	Gates:      []Gate{{Length: func(n int) bool { return n >= 64 }, Ports: []uint16{8333, 18333, 48333, 38333}}},
	Detect:     detectBitcoinV2,
}

// bitcoinPort tells the ports of main net, test nets and signet.
func bitcoinPort(p uint16) bool { return p == 8333 || p == 18333 || p == 48333 || p == 38333 }

func detectBitcoinV2(o *Observation) {
	f := o.Flow
	if !o.First() || o.Length < 64 || !bitcoinPort(f.Key.Port[f.Responder()]) || !o.Noise() || !hiddenOpening(o.Payload) {
		return
	}
	if o.FromInitiator() || o.Length >= 64+16+20 || o.ClaimedByOther(claimBitcoinV2) {
		o.Claim(claimBitcoinV2, uint32(o.Length), uint32(f.Key.Port[f.Responder()]))
	}
}
