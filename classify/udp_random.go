package classify

import "peeratlas/capture/packet"

// Datagrams that look like noise, and datagrams that do not.
//
// One short packet proves little: 92 % of random 18-octet payloads pass a popcount test, and
// so does much that is not random. The claim therefore grows by packet, and clear structure
// in any packet of 24 octets or more is a claim of its own. What has a clear header and an
// encrypted body (RTP, WireGuard, DTLS) is for other detectors. A shorter packet is clear if
// three quarters of it are one octet: of 8 random ones six agree once in 2^35.
//
// Of a packet that the snap length cut, the beginning must be long enough: identifiers that are
// random in clear protocols (GUIDs of 16 octets, transaction ids) lie there, and their rest does not.
var udpRandom = Detector{
	Name:       "udp-random",
	Transport:  packet.UDP,
	References: []string{"decision 0003, length-corrected statistics"},
	Proves:     "Payloads pass for random octets at their length.",
	Not:        "That they are encrypted rather than compressed; that the far end is a peer.",
	Claims:     []ClaimID{claimRandomUDP, claimClearUDP},
	Least:      8,
	Within:     8,
	Detect:     detectUDPRandom,
}

// cutLeast is how many octets of a cut packet noise is judged by: twice a GUID.
const cutLeast = 32

func detectUDPRandom(o *Observation) {
	if o.Number() >= 8 || len(o.Payload) < 8 || o.recognised() {
		return
	}
	if len(o.Payload) < structuredLeast && mostlyOne(o.Payload) {
		o.Claim(claimClearUDP, uint32(o.Length), 0)
	} else if o.Cut() && len(o.Payload) < cutLeast {
		return
	} else if o.Noise() {
		o.Claim(claimRandomUDP, uint32(o.Length), 0)
	} else if structured(o.Payload) {
		o.Claim(claimClearUDP, uint32(o.Length), 0)
	}
}

// mostlyOne tells whether three quarters of p are one octet, as in padding, keep-alives and numbers
// that are small for their width. An octet with a majority survives being paired off with others
// (Boyer and Moore, MJRTY: A Fast Majority Vote Algorithm, 1991).
func mostlyOne(p []byte) bool {
	var octet byte
	pairs := 0
	for _, b := range p {
		switch {
		case pairs == 0:
			octet, pairs = b, 1
		case b == octet:
			pairs++
		default:
			pairs--
		}
	}
	n := 0
	for _, b := range p {
		if b == octet {
			n++
		}
	}
	return n*4 >= len(p)*3
}
