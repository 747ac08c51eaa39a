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
// only the peer of this handshake repeats; a cookie reply does so too. Data bears the index that
// the other end chose, and counts. That makes it WireGuard. Whether it is a mesh of peers or a
// client of one server is told by the socket, and a little by who initiates: a server that only
// answers clients begins a handshake only after its client fell silent.
var wireguard = Detector{
	Name:       "wireguard",
	Transport:  packet.UDP,
	References: []string{"Donenfeld, WireGuard: Next Generation Kernel Network Tunnel, sections 5.4.2, 5.4.3, 5.4.6, 5.4.7 and 6.2"},
	Proves:     "A WireGuard handshake or its data; with the index echo, that the peer answered.",
	Not:        "Who the peer is: a commercial VPN's server answers alike. Variants that change the type octets.",
	Claims:     []ClaimID{claimWireGuardInitiation, claimWireGuardEcho, claimWireGuardCookie, claimWireGuardData},
	Opens:      func(b byte) bool { return b >= 1 && b <= 4 },
	Gates:      []Gate{{Octets: octets(1, "\x00\x00\x00"), Least: 12}},
	Detect:     detectWireGuard,
}

// Lengths of WireGuard's messages in octets.
const (
	wireguardInitiation = 148
	wireguardResponse   = 92
	wireguardCookie     = 64
	wireguardKeepalive  = 32 // data of no content
)

func detectWireGuard(o *Observation) {
	p := o.Payload
	if len(p) < 12 || p[1]|p[2]|p[3] != 0 {
		return
	}
	switch {
	case p[0] == 1 && o.Length == wireguardInitiation:
		o.Claim(claimWireGuardInitiation, le32(p[4:]), 0)
	case p[0] == 2 && o.Length == wireguardResponse:
		if o.wireguardChose(le32(p[8:]), false) {
			o.Claim(claimWireGuardEcho, le32(p[8:]), 0)
		}
	case p[0] == 3 && o.Length == wireguardCookie:
		if o.wireguardChose(le32(p[4:]), true) {
			o.Claim(claimWireGuardCookie, le32(p[4:]), 0)
		}
	case p[0] == 4 && o.Length >= wireguardKeepalive && o.Length%16 == 0 && len(p) >= 16:
		o.wireguardData(p)
	}
}

// wireguardChose tells whether the other end sent a handshake message with that sender index:
// an initiation, or a response too if responses may ask.
func (o *Observation) wireguardChose(index uint32, responses bool) bool {
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			return false
		}
		initiation := b.prefix[0] == 1 && b.length == wireguardInitiation
		response := responses && b.prefix[0] == 2 && b.length == wireguardResponse
		if b.dir != o.Dir && (initiation || response) && le32(b.prefix[:])>>8 == 0 && le32(b.prefix[4:]) == index {
			return true
		}
	}
}

// wireguardData claims data that counts up, or that bears the index of the other end's handshake.
func (o *Observation) wireguardData(p []byte) {
	index, counter := le32(p[4:]), le64(p[8:])
	if counter < 1000 && o.wireguardChose(index, true) {
		o.Claim(claimWireGuardEcho, index, 0)
	}
	b := o.LastFrom(o.Dir)
	if b == nil || b.prefix[0] != 4 || le32(b.prefix[4:]) != index {
		return
	}
	if step := counter - le64(b.prefix[8:]); step > 0 && step < 1000 {
		o.Claim(claimWireGuardData, index, uint32(step))
	}
}
