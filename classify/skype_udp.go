package classify

import "peeratlas/capture/packet"

// Classic Skype over UDP (2003-2014).
//
//	 0       1        2          3               7          11
//	| id (big-endian) | function | IV            | CRC-32   | obfuscated objects ...   18 .. 137
//	| id of a request | .7 or .5 | receiver's IPv4 | 4      |                          11: NAK
//	| id of a request | .3       | 01 | NAK's last 4 | IPv4 | request's CRC | objects  request + 5: resend
//	| id of a request | .f       | ...                                                fragment
//	| id              | .d       | obfuscated ...                                     media; 3 octets keep alive
//	  function: low nibble as above, bit 7 clear, bits 4 to 6 noise; of a request exactly 02
//
// One local port serves all peers and numbers its requests +2 over all of them: that relation
// stands between flows and is told by the socket (socket.go). Within one flow the strongest is
// an exchange: a NAK with the request's id tells the sender its public address, and the resend
// repeats fields of both; then a retransmission, whose CRC stays while its IV changes; then an
// answer in kind, with an id of its own, of 18 octets (accepted) or 26, 51 or 53 (refused).
//
// The function octet alone hits one random packet in 256, and clear protocols have a 2 there
// (FINS, SNMP, CAPWAP, CIP, RTP of the right sequence). So what follows it must be noise, and
// octets 0 and 1 must behave as an id: one that stands still while the rest changes refutes, and
// so does one that counts by one.
//
// Calls to telephones (SkypeOut) have another framing: four constant octets, on port 12340 of
// the vendor's gateway. Those go to a server.
var skypeUDP = Detector{
	Name:      "skype",
	Transport: packet.UDP,
	References: []string{
		"Biondi, Desclaux, Silver Needle in the Skype, Black Hat Europe 2006",
		"Ehlert, Petgang, Analysis and Signature of Skype VoIP Session Traffic, Fraunhofer FOKUS NGNI-SKYPE-06b, 2006",
		"Adami et al., A Real-Time Algorithm for Skype Traffic Detection and Classification, NEW2AN 2009",
		"Bonfiglio et al., Revealing Skype Traffic: when Randomness Plays with You, SIGCOMM 2007 (media, SkypeOut)",
		"OpenSkype wiki, Skype's UDP Format, 2014 (fragments)",
	},
	Proves: "A classic Skype client asks this address; with an answer, that a node is there.",
	Not:    "Whether the node is a super-node or the person called; what was said.",
	Claims: []ClaimID{
		claimSkypeProbe, claimSkypeAnswer, claimSkypePing, claimSkypeNAK, claimSkypeNAKAddress, claimSkypeResend, claimSkypeFragment,
		claimSkypeRetransmission, claimSkypeMedia, claimSkypeKeepAlive, claimSkypeNoID, claimSkypeOut,
	},
	Least: 3,
	Gates: []Gate{
		{Octets: []octetGate{octet(2, 2)}, Length: between(18, 137), Least: 11},
		{Octets: []octetGate{maskedOctet(2, 0x8f, 5, 7)}, Length: lengths(11), Least: 11},
		{Octets: []octetGate{maskedOctet(2, 0x8f, 3), octet(3, 1)}, Least: 16, After: 2},
		{Octets: []octetGate{maskedOctet(2, 0x8f, 0x0f)}, Least: 14, After: 1},
		{Octets: []octetGate{maskedOctet(2, 0x8f, 0x0d)}, After: 1},
		{Ports: []uint16{skypeGateway}, Least: 24},
	},
	Detect: detectSkypeUDP,
}

// skypeProbe tells whether a payload that begins so, of length octets, has the shape of a
// start of message: function octet exactly 2 and 18 to 137 octets. Observed requests have 18
// to 37; answers and refusals reach 53; the bound is libprotoident's for one-sided flows.
func skypeProbe(prefix []byte, length int) bool {
	return len(prefix) >= 11 && prefix[2] == 2 && length >= 18 && length <= 137
}

// skypeBody tells whether what follows the function octet may be obfuscated. Fewer than 14
// captured octets have little to say.
func skypeBody(p []byte) bool {
	body := p[3:]
	return noise(body) || len(body) < noiseLeast && popcountFits(onesCount(body), len(body))
}

func detectSkypeUDP(o *Observation) {
	p := o.Payload
	if len(p) < 3 {
		return
	}
	switch kind := p[2] & 0x8f; {
	case p[2] == 2:
		if skypeProbe(p, o.Length) && skypeBody(p) {
			o.skypeRequest(p)
		}
	case (kind == 7 || kind == 5) && o.Length == 11 && len(p) == 11:
		o.skypeNAK(p)
	case kind == 3 && len(p) >= 16:
		o.skypeResend(p)
	case kind == 0x0f && len(p) >= 14:
		o.skypeFragment(p)
	case kind == 0x0d:
		o.skypeMedia(p)
	}
	o.skypeOut(p)
}

// skypeAnswerTime is how long an answer to a probe may take (Adami 2009).
const skypeAnswerTime = 10e6 // microseconds

// skypeRequest claims what a start of message shows beside those before it.
func (o *Observation) skypeRequest(p []byte) {
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			break
		}
		if b.dir != o.Dir || b.prefix[2] != 2 {
			continue
		}
		if step := be16(p) - be16(b.prefix[:]); step == 1 || step == 1<<8 {
			o.Claim(claimSkypeNoID, uint32(be16(p)), 0) // a sequence number, in either order of octets
			return
		} else if step != 0 {
			continue
		}
		same, renewed := be32(b.prefix[7:]) == be32(p[7:]), be32(b.prefix[3:]) != be32(p[3:])
		switch {
		case same && renewed && int(b.length) == o.Length:
			o.Claim(claimSkypeRetransmission, be32(p[7:]), uint32(be16(p)))
		case !same:
			o.Claim(claimSkypeNoID, uint32(be16(p)), 0)
			return
		}
	}
	o.Claim(claimSkypeProbe, uint32(be16(p)), uint32(o.Length))
	b := o.LastFrom(1 - o.Dir)
	if b == nil || !skypeProbe(b.prefix[:], int(b.length)) || be16(b.prefix[:]) == be16(p) || !popcountFits(int(b.ones), int(b.sample)) {
		return
	}
	if (o.Time-o.Flow.Start)/1000-int64(b.after) > skypeAnswerTime {
		return
	}
	switch o.Length {
	case 18, 26, 51, 53:
		o.Claim(claimSkypeAnswer, uint32(o.Length), 0)
	default:
		o.Claim(claimSkypePing, uint32(o.Length), 0)
	}
}

// skypeAsked returns the start of message of direction d with the id, nil if none is remembered.
func (o *Observation) skypeAsked(d uint8, id uint16) *digest {
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil || uint8(b.dir) == d && be16(b.prefix[:]) == id && skypeProbe(b.prefix[:], int(b.length)) {
			return b
		}
	}
}

// skypeNAK checks a NAK (U2): it repeats the id of a request of the other end, and tells that
// end its public address. Behind a NAT that is not the address here, but a public one.
func (o *Observation) skypeNAK(p []byte) {
	if o.skypeAsked(uint8(1-o.Dir), be16(p)) == nil {
		return
	}
	to := &o.Flow.Key.Addr[1-o.Dir]
	switch told := be32(p[3:]); {
	case to.Is4() && be32(to[12:]) == told:
		o.Claim(claimSkypeNAKAddress, told, uint32(be16(p)))
	case publicIPv4(told) && !(to.Is4() && publicIPv4(be32(to[12:]))):
		o.Claim(claimSkypeNAK, told, uint32(be16(p)))
	}
}

// publicIPv4 tells global unicast addresses (IANA IPv4 Special-Purpose Address Registry; RFC
// 1112, section 4).
func publicIPv4(a uint32) bool {
	switch a >> 24 {
	case 0, 10, 127:
		return false
	}
	return a>>24 < 224 && a>>22 != 100<<2|64>>6 && a>>16 != 169<<8|254 && a>>20 != 172<<4|1 && a>>16 != 192<<8|168 && a>>17 != 198<<7|18>>1
}

// skypeResend checks the answer to a NAK (U3): the request's length plus 5, octet 3 is 1,
// then the NAK's octets 7..10, the peer's address, and the request's CRC.
func (o *Observation) skypeResend(p []byte) {
	asked := o.skypeAsked(uint8(o.Dir), be16(p))
	if asked == nil || p[3] != 1 || int(asked.length)+5 != o.Length || be32(asked.prefix[7:]) != be32(p[12:]) {
		return
	}
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			return
		}
		if b.dir != o.Dir && b.length == 11 && be16(b.prefix[:]) == be16(p) && be32(b.prefix[7:]) == be32(p[4:]) {
			o.Claim(claimSkypeResend, uint32(o.Length), uint32(be16(p)))
			return
		}
	}
}

// skypeFragment checks that a fragment repeats the id of a start of message of either end.
func (o *Observation) skypeFragment(p []byte) {
	if (o.skypeAsked(0, be16(p)) != nil || o.skypeAsked(1, be16(p)) != nil) && skypeBody(p) {
		o.Claim(claimSkypeFragment, uint32(be16(p)), uint32(o.Length))
	}
}

// skypeMedia counts successive packets of media: the nibble stays while the bits above it and
// the id change. In RTP that octet is a sequence number's, whose upper bits stay.
func (o *Observation) skypeMedia(p []byte) {
	b := o.LastFrom(o.Dir)
	if b == nil || b.prefix[2]&0x8f != 0x0d || be16(b.prefix[:]) == be16(p) {
		return
	}
	if o.Length == 3 {
		if b.length == 3 {
			o.Claim(claimSkypeKeepAlive, 0, 0)
		}
		return
	}
	if len(p) >= 14 && b.length > 4 && (b.prefix[2]^p[2])&0x70 != 0 && skypeBody(p) {
		o.Watch(32)
		o.Claim(claimSkypeMedia, uint32(o.Length), 0)
	}
}

// skypeGateway is the port of SkypeOut's gateways (Bonfiglio 2007).
const skypeGateway = 12340

// skypeOut claims packets of a call to a telephone: octets 0 to 3 stay, octet 4 changes.
func (o *Observation) skypeOut(p []byte) {
	if o.Flow.Key.Port[0] != skypeGateway && o.Flow.Key.Port[1] != skypeGateway || len(p) < 24 {
		return
	}
	o.Watch(128)
	if b := o.LastFrom(o.Dir); b != nil && be32(b.prefix[:]) == be32(p) && b.prefix[4] != p[4] && noise(p[5:]) {
		o.Claim(claimSkypeOut, be32(p), uint32(o.Length))
	}
}
