package classify

import "peeratlas/capture/packet"

// WireGuard tunnels.
//
//	initiation   01 00 00 00 | sender (4) | ...                              148 octets
//	response     02 00 00 00 | sender (4) | receiver (4) | ...                92 octets
//	cookie       03 00 00 00 | receiver (4) | ...                             64 octets
//	data         04 00 00 00 | receiver (4) | counter (8, little-endian) | ... 16n octets
//
// The response carries the initiation's sender index back as its receiver index: 32 bits that
// only the peer of this handshake repeats. Data packets repeat the receiver index and count.
// That makes it WireGuard; whether it is a mesh of peers or a client of one server is told by
// the socket.
var wireguard = Detector{
	Name:       "wireguard",
	Transport:  packet.UDP,
	References: []string{"Donenfeld, WireGuard: Next Generation Kernel Network Tunnel, sections 5.4.2, 5.4.3, 5.4.6"},
	Proves:     "A WireGuard handshake or its data; with the index echo, that the peer answered.",
	Not:        "Who the peer is: a commercial VPN's server answers alike.",
	Claims:     []ClaimID{claimWireGuardInitiation, claimWireGuardEcho, claimWireGuardData},
	Opens:      func(b byte) bool { return b >= 1 && b <= 4 },
	Detect:     detectWireGuard,
}

func detectWireGuard(o *Observation) {
	p := o.Payload
	if len(p) < 12 || p[1]|p[2]|p[3] != 0 {
		return
	}
	switch {
	case p[0] == 1 && o.Length == 148:
		o.Claim(claimWireGuardInitiation, le32(p[4:]), 0)
	case p[0] == 2 && o.Length == 92:
		if b := o.LastFrom(1 - o.Dir); b != nil && b.length == 148 && b.prefix[0] == 1 && le32(b.prefix[4:]) == le32(p[8:]) {
			o.Claim(claimWireGuardEcho, le32(p[8:]), 0)
		}
	case p[0] == 4 && o.Length >= 32 && o.Length%16 == 0 && len(p) >= 16:
		b := o.LastFrom(o.Dir)
		if b == nil || b.prefix[0] != 4 || le32(b.prefix[4:]) != le32(p[4:]) {
			return
		}
		if step := le64(p[8:]) - le64(b.prefix[8:]); step > 0 && step < 1000 {
			o.Claim(claimWireGuardData, le32(p[4:]), uint32(step))
		}
	}
}
