package classify

import "peeratlas/capture/packet"

// Classic Skype over UDP (2003-2014).
//
//	 0       1        2          3               7          11
//	| id (big-endian) | function | IV            | CRC-32   | obfuscated objects ...
//	  function: low nibble 2 request or answer, 3 resend, 5 and 7 negative, d media, f fragment
//
// One local port serves all peers and numbers its requests +2 over all of them: that relation
// stands between flows and is told by the socket (sockets.go). Within one flow the strongest
// is an exchange: an 11-octet NAK with the request's id, the answer to which repeats fields of
// both; then a retransmission, whose CRC stays while its IV changes; then an answer in kind.
//
// The function octet alone hits one random packet in 256 and decides nothing.
var skypeUDP = Detector{
	Name:      "skype",
	Transport: packet.UDP,
	References: []string{
		"Biondi, Desclaux, Silver Needle in the Skype, Black Hat Europe 2006",
		"Ehlert, Petgang, Analysis and Signature of Skype VoIP Session Traffic, Fraunhofer FOKUS NGNI-SKYPE-06b, 2006",
		"Adami et al., A Real-Time Algorithm for Skype Traffic Detection and Classification, NEW2AN 2009",
	},
	Proves: "A classic Skype client asks this address; with an answer, that a node is there.",
	Not:    "Whether the node is a super-node or the person called; what was said.",
	Claims: []ClaimID{claimSkypeProbe, claimSkypeAnswer, claimSkypeNAK, claimSkypeResend, claimSkypeRetransmission, claimSkypeMedia},
	Detect: detectSkypeUDP,
}

// skypeProbe tells whether a payload that begins so, of length octets, has the shape of a
// start of message: function octet exactly 2 and 18 to 137 octets. Observed requests have 18
// to 37; answers and refusals reach 53; the bound is libprotoident's for one-sided flows.
func skypeProbe(prefix []byte, length int) bool {
	return len(prefix) >= 11 && prefix[2] == 2 && length >= 18 && length <= 137
}

func detectSkypeUDP(o *Observation) {
	p := o.Payload
	if len(p) < 3 {
		return
	}
	switch f := p[2]; {
	case f == 2:
		o.skypeRequest(p)
	case f&0x8f == 7 && o.Length == 11 && len(p) == 11:
		if b := o.LastFrom(1 - o.Dir); b != nil && b.prefix[2] == 2 && be16(b.prefix[:]) == be16(p) {
			o.Claim(claimSkypeNAK, be32(p[3:]), uint32(be16(p)))
		}
	case f&0x8f == 3 && len(p) >= 16:
		o.skypeResend(p)
	case f&0x8f == 0x0d && o.Length > 4 && p[0]>>6 != 2:
		// One octet in eight passes, and so do RTP's sequence numbers: media counts only on a
		// flow that began with requests, and never where RTP's version stands.
		b := o.LastFrom(o.Dir)
		if b != nil && b.prefix[2]&0x8f == 0x0d && b.prefix[0]>>6 != 2 && len(p) >= 14 && o.Claimed(claimSkypeProbe)|o.Claimed(claimSkypeNAK) != 0 {
			o.Watch(32)
			o.Claim(claimSkypeMedia, uint32(o.Length), 0)
		}
	}
}

// skypeRequest claims what a start of message shows beside those before it.
func (o *Observation) skypeRequest(p []byte) {
	if !skypeProbe(p, o.Length) {
		return
	}
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			break
		}
		if b.dir == o.Dir && int(b.length) == o.Length && b.prefix[2] == 2 &&
			be16(b.prefix[:]) == be16(p) && be32(b.prefix[7:]) == be32(p[7:]) && be32(b.prefix[3:]) != be32(p[3:]) {
			o.Claim(claimSkypeRetransmission, be32(p[7:]), uint32(be16(p)))
		}
	}
	o.Claim(claimSkypeProbe, uint32(be16(p)), uint32(o.Length))
	if b := o.LastFrom(1 - o.Dir); b != nil && skypeProbe(b.prefix[:], int(b.length)) {
		o.Claim(claimSkypeAnswer, uint32(o.Length), 0)
	}
}

// skypeResend checks the answer to a NAK (U3): the request's length plus 5, octet 3 is 1,
// then the NAK's octets 7..10, the peer's address, and the request's CRC.
func (o *Observation) skypeResend(p []byte) {
	nak := o.LastFrom(1 - o.Dir)
	if nak == nil || nak.length != 11 || be16(nak.prefix[:]) != be16(p) || p[3] != 1 || be32(p[4:]) != be32(nak.prefix[7:]) {
		return
	}
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			return
		}
		if b.dir == o.Dir && b.prefix[2] == 2 && be16(b.prefix[:]) == be16(p) && int(b.length)+5 == o.Length &&
			be32(b.prefix[7:]) == be32(p[12:]) {
			o.Claim(claimSkypeResend, uint32(o.Length), uint32(be16(p)))
			return
		}
	}
}
