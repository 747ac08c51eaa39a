package classify

import "peeratlas/capture/packet"

// Steam's game networking sockets (SteamNetworkingSockets).
//
//	| id 1 | length 2, little-endian | protobuf | zeros up to 512 octets or more |      padded: 32, 34
//	| id 1 | protobuf |                                                             33, 35 to 37
//	  32 challenge request: { 1: connection id, fixed 32; 3: time, fixed 64; 4: version }
//	  33 challenge reply:   { 1: the same connection id; ... }
//
// A plain UDP connection is dialled to a game server's address. Between players Steam first
// punches a path by ICE, whose checks are STUN and tell the peer; or it relays through Valve,
// which shows no peer. So what is recognised here speaks, weakly, for a server.
var steam = Detector{
	Name:       "steam-sockets",
	Transport:  packet.UDP,
	References: []string{"GameNetworkingSockets src/common/steamnetworkingsockets_messages_udp.proto; clientlib/steamnetworkingsockets_udp.h, UDPPaddedMessageHdr (source of 2020)"},
	Proves:     "A game dials a server by Steam's sockets.",
	Not:        "Anything of connections that began before, or by ICE.",
	Claims:     []ClaimID{claimSteamDial},
	Opens:      func(b byte) bool { return b == 33 },
	Detect:     detectSteam,
}

func detectSteam(o *Observation) {
	p, first := o.Payload, o.Reply()
	if len(p) < 6 || p[1] != 0x0d || first.Length < 512 {
		return
	}
	// The reply repeats the connection id of the request, field 1 in both.
	if q := first.Octets[:]; q[0] == 32 && le16(q[1:]) < 512 && q[3] == 0x0d && le32(q[4:]) == le32(p[2:]) {
		o.Claim(claimSteamDial, le32(p[2:]), 0)
	}
}
