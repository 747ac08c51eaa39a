package classify

import "peeratlas/capture/packet"

// Syncthing: devices that share folders.
//
//	discovery  UDP 21027  | 2e a7 d9 0b | announcement in clear |           broadcast, multicast
//	devices    TLS over TCP, or QUIC; the ClientHello asks for protocol "bep/1.0"
//	relay      TLS, protocol "bep-relay": a device waits at a relay for others
//	           TCP | 9e 79 bc 40 | type 4 | length 4 | key | ...   then the devices' TLS through the relay
//	           types: 3 join session request, 4 response
//
// The protocol's name stands in the clear part of the hello, of TLS 1.3 too.
var syncthing = Detector{
	Name:       "syncthing",
	Transport:  packet.TCP,
	References: []string{"Syncthing documentation: Block Exchange Protocol v1, transport and authentication; Relay Protocol v1, message types"},
	Proves:     "Two devices sync, directly or (magic number) through a relay; or a device waits at a relay.",
	Not:        "Whether a device that waits is ever asked for.",
	Claims:     []ClaimID{claimSyncthingBEP, claimSyncthingRelay, claimSyncthingSession},
	Opens:      func(b byte) bool { return b == 0x16 || b == 0x9e },
	Gates: []Gate{
		{Opens: opens(0x9e), Least: 12},
		{Opens: opens(0x16), Octets: []octetGate{octet(1, 3), octetUpTo(2, 4), octet(5, 1)}, Least: 11},
	},
	Detect: detectSyncthing,
}

const syncthingRelayMagic = 0x9e79bc40

func detectSyncthing(o *Observation) {
	p := o.Payload
	if len(p) >= 12 && be32(p) == syncthingRelayMagic && be32(p[4:]) <= 7 && int(be32(p[8:])) <= max(o.Length-12, 0) {
		o.Claim(claimSyncthingSession, be32(p[4:]), 0)
		return
	}
	h, ok := o.clientHello()
	if !ok {
		return
	}
	switch string(h.alpn) {
	case "bep/1.0":
		o.Claim(claimSyncthingBEP, uint32(h.version), 0)
	case "bep-relay":
		o.Claim(claimSyncthingRelay, uint32(h.version), 0)
	}
}

// syncthingUDP is the clear announcement on the local network.
var syncthingUDP = Detector{
	Name:       "syncthing",
	Transport:  packet.UDP,
	References: []string{"Syncthing documentation: Local Discovery Protocol v4, packet format"},
	Proves:     "A device announces itself.",
	Not:        "That it syncs with anyone.",
	Claims:     []ClaimID{claimSyncthingDiscovery},
	Opens:      func(b byte) bool { return b == 0x2e },
	Detect: func(o *Observation) {
		if p := o.Payload; len(p) >= 8 && be32(p) == 0x2ea7d90b {
			o.Claim(claimSyncthingDiscovery, 0, 0)
		}
	},
}

// resilio's (BitTorrent Sync's) pings between peers are in clear behind their name; what
// follows on the same socket is sealed inside uTP.
var resilio = Detector{
	Name:       "resilio",
	Transport:  packet.UDP,
	References: []string{"Farina et al., BitTorrent Sync: First Impressions and Digital Forensic Implications, Digital Investigation 11, 2014"},
	Proves:     "A peer, tracker or the local network is pinged by Resilio Sync.",
	Not:        "That a transfer follows.",
	Claims:     []ClaimID{claimResilio},
	Opens:      func(b byte) bool { return b == 'B' },
	Detect: func(o *Observation) {
		if p := o.Payload; len(p) >= 8 && string(p[:4]) == "BSYN" && p[4] == 0 {
			o.Claim(claimResilio, uint32(o.Length), 0)
		}
	},
}
