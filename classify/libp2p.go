package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// libp2p over TCP (IPFS, Filecoin, Polkadot, Ethereum's consensus layer).
//
//	| 13 | "/multistream/1.0.0\n" | 07 | "/noise\n" or 0b "/tls/1.0.0\n" ... |
//	| 13 | "/multistream/1.0.0\n" | the same name: agreed, or 03 "na\n"      |
//
// Both ends open with the name of the negotiation (its length before it, 160 bits), then the
// dialler proposes how the connection is secured and the listener repeats what it takes. All
// behind that, also what muxes streams (yamux, mplex) and what they carry (bitswap), is
// encrypted. "/plaintext/2.0.0" secures nothing and is clear.
//
// Only nodes of a peer-to-peer network speak it, so a proposal alone is a probe to a peer.
// libp2p over QUIC shows its protocol in the Initial (quic.go), over WebSocket nothing here.
var libp2p = Detector{
	Name:      "libp2p",
	Transport: packet.TCP,
	References: []string{
		"libp2p specifications, connections/README.md, Protocol Negotiation (multistream-select 1.0.0)",
		"libp2p specifications, noise/README.md; tls/tls.md; plaintext/README.md",
	},
	Proves: "A libp2p node dials another; with the answer, what encrypts the connection.",
	Not:    "Which network the nodes belong to.",
	Claims: []ClaimID{claimLibp2pHello, claimLibp2pSecure, claimLibp2pPlain},
	Opens:  func(b byte) bool { return b == 0x13 || b == 7 || b == 0x0b || b == 0x0e || b == 0x11 },
	Detect: detectLibp2p,
}

var (
	multistream = []byte("\x13/multistream/1.0.0\n")
	// What secures a connection, by the value that the claims tell.
	libp2pSecured = [][]byte{[]byte("\x07/noise\n"), []byte("\x0b/tls/1.0.0\n"), []byte("\x0e/secio/1.0.0\n")}
	libp2pPlain   = []byte("\x11/plaintext/2.0.0\n")
)

func detectLibp2p(o *Observation) {
	p := o.Payload
	if bytes.HasPrefix(p, multistream) {
		o.Claim(claimLibp2pHello, uint32(o.Length), 0)
		p = p[len(multistream):]
	} else if o.Claimed(claimLibp2pHello) == 0 || o.Number() > 5 {
		return
	}
	for n, name := range libp2pSecured {
		if bytes.HasPrefix(p, name) {
			o.Claim(claimLibp2pSecure, uint32(n), 0)
			return
		}
	}
	if bytes.HasPrefix(p, libp2pPlain) {
		o.Claim(claimLibp2pPlain, 0, 0)
	}
}
