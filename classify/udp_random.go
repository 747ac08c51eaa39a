package classify

import "peeratlas/capture/packet"

// Datagrams that look like noise, and datagrams that do not.
//
// One short packet proves little: 92 % of random 18-octet payloads pass a popcount test, and
// so does much that is not random. The claim therefore grows by packet, and clear structure
// in any packet of 24 octets or more is a claim of its own. What has a clear header and an
// encrypted body (RTP, WireGuard, DTLS) is for other detectors.
var udpRandom = Detector{
	Name:       "udp-random",
	Transport:  packet.UDP,
	References: []string{"decision 0003, length-corrected statistics"},
	Proves:     "Payloads pass for random octets at their length.",
	Not:        "That they are encrypted rather than compressed; that the far end is a peer.",
	Claims:     []ClaimID{claimRandomUDP, claimClearUDP},
	Least:      noiseLeast,
	Within:     8,
	Detect:     detectUDPRandom,
}

func detectUDPRandom(o *Observation) {
	if o.Number() >= 8 || len(o.Payload) < 14 {
		return
	}
	if o.Noise() {
		o.Claim(claimRandomUDP, uint32(o.Length), 0)
	} else if structured(o.Payload) {
		o.Claim(claimClearUDP, uint32(o.Length), 0)
	}
}
