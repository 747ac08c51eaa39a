package classify

import "peeratlas/capture/packet"

// I2P's first transports, NTCP (to 2021) and SSU (to 2023).
//
//	NTCP  | X 256, hash of X xor of Bob 32 |                 288, initiator
//	      | Y 256, encrypted 48 |                            304, responder
//	      | encrypted identity, time, padding, signature |   448, initiator (typical)
//	      | encrypted signature |                            48, responder (typical)
//	SSU   | MAC 16 | IV 16 | session request |               304 or 320, and up to 15 of padding
//	      | MAC 16 | IV 16 | session created |               368, likewise
//	      | MAC 16 | IV 16 | session confirmed |             480, likewise, or more
//
// All of it is noise: the order of lengths is the only mark. Their successors NTCP2 and SSU2 pad
// more, and show less: i2p_ssu2.go.
var (
	i2pNTCP = Detector{
		Name:       "i2p",
		Transport:  packet.TCP,
		References: []string{"I2P specification, NTCP transport, Establishment (message sizes)", "I2P specification, NTCP2, Handshake messages"},
		Proves:     "Lengths of a router-to-router handshake, all of it noise.",
		Not:        "NTCP2: i2p-ntcp2.",
		Claims:     []ClaimID{claimI2PAnswer, claimI2PSession},
		Least:      14,
		Within:     4,
		Gates:      []Gate{{Answers: true, Length: lengths(304, 448)}},
		Detect:     detectNTCP,
	}
	i2pSSU = Detector{
		Name:       "i2p-udp",
		Transport:  packet.UDP,
		References: []string{"I2P specification, SSU protocol, SessionRequest, SessionCreated and SessionConfirmed (typical sizes)", "I2P specification, SSU2"},
		Proves:     "Lengths of a router-to-router handshake, all of it noise.",
		Not:        "SSU2: i2p-ssu2.",
		Claims:     []ClaimID{claimI2PAnswer, claimI2PSession},
		Least:      14,
		Within:     7,
		Gates:      []Gate{{Answers: true, Length: func(n int) bool { return n >= 368 && n < 368+16 || n >= 480 && n < 560 }}},
		Detect:     detectSSU,
	}
)

// ntcpRequest is the length of an NTCP session request.
const ntcpRequest = 288

func detectNTCP(o *Observation) {
	if o.Number() > 3 || o.Number() == 0 {
		return
	}
	before := o.Before(0)
	switch {
	case before.dir == o.Dir:
	case o.Number() == 1 && !o.FromInitiator() && before.length == ntcpRequest && o.Length == 304 && o.Noise() &&
		popcountFits(int(before.ones), int(before.sample)):
		o.Claim(claimI2PAnswer, 288, 304)
	case o.Number() == 2 && o.Length == 448 && o.ClaimedByOther(claimI2PAnswer) && o.Noise():
		o.Claim(claimI2PSession, 448, 0)
	}
}

func detectSSU(o *Observation) {
	if o.Number() > 6 || o.Number() == 0 {
		return
	}
	before := o.Before(0)
	switch n := int(before.length); {
	case before.dir == o.Dir:
	case n >= 304 && n < 320+16 && o.Length >= 368 && o.Length < 368+16 && o.Noise() &&
		popcountFits(int(before.ones), int(before.sample)):
		o.Claim(claimI2PAnswer, uint32(n), uint32(o.Length))
	case n >= 368 && n < 368+16 && o.Length >= 480 && o.Length < 560 && o.ClaimedByOther(claimI2PAnswer) && o.Noise():
		o.Claim(claimI2PSession, uint32(o.Length), 0)
	}
}
