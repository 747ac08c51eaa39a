package classify

import "peeratlas/capture/packet"

// RTP and SRTP, by their header, which stays clear in both.
//
//	|V=2|P|X|  CC   |M|     PT      |       sequence number         |
//	|                           timestamp                           |
//	|                             SSRC                              |
//
// Two packets of one direction with the same SSRC and payload type and a sequence number that
// advanced a little are one stream: 32 bits of SSRC, 7 of type and about 10 of sequence repeat.
// Whether the body is encrypted is told by statistics: SRTP and its tag look like noise, while
// a clear codec mostly does not (RFC 3711, section 3.1, keeps the header). Some clear codecs
// pass for noise; RTCP, where it is seen, settles that (rtcp.go).
//
// Packet types 64 to 95 are RTCP's when both share a port (RFC 5761, section 4).
var rtp = Detector{
	Name:       "rtp",
	Transport:  packet.UDP,
	References: []string{"RFC 3550, section 5.1", "RFC 3711, section 3.1", "RFC 5761, section 4"},
	Proves:     "A media stream of one source. With a noise-like body: probably SRTP.",
	Not:        "That the far end is a peer: phone systems and conference servers send the same.",
	Claims:     []ClaimID{claimRTPStream, claimRTPNoise, claimRTPClear},
	Opens:      func(b byte) bool { return b>>6 == 2 },
	Least:      12,
	Gates:      []Gate{{Octets: []octetGate{{1, func(b byte) bool { return b&0x7f < 64 || b&0x7f >= 96 }}}, After: 1}},
	Detect:     detectRTP,
}

// rtpObserve is how many payloads of a media flow are examined: RTCP comes every few seconds
// (RFC 3550, section 6.2), which is some hundred packets of audio.
const rtpObserve = 300

// mediaSamples bounds by their number in the flow which payloads statistics are made of.
const mediaSamples = 64

// rtpStep is how far the sequence number may advance between two packets of a stream that
// are remembered: losses, and other streams between them.
const rtpStep = 64

func detectRTP(o *Observation) {
	p := o.Payload
	header := rtpHeader(p)
	if header == 0 || header >= o.Length {
		return
	}
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			return
		}
		if b.dir != o.Dir || b.length < 12 || !sameStream(b.prefix[:], p) {
			continue
		}
		step := be16(p[2:]) - be16(b.prefix[2:])
		if step == 0 || step > rtpStep {
			continue
		}
		o.Watch(rtpObserve)
		o.Claim(claimRTPStream, uint32(p[1]&0x7f), uint32(step))
		if o.Number() < mediaSamples {
			o.mediaBody(p[min(header, len(p)):])
		}
		return
	}
}

// mediaBody claims what statistics say of one packet's media.
func (o *Observation) mediaBody(body []byte) {
	if len(body) < 40 {
		return
	}
	if noise(body) {
		o.Claim(claimRTPNoise, uint32(len(body)), 0)
	} else if structured(body) {
		o.Claim(claimRTPClear, uint32(len(body)), 0)
	}
}

// rtpHeader returns the octets of p's RTP header, its extension's included; 0 if p is none.
func rtpHeader(p []byte) int {
	if len(p) < 12 || p[0]>>6 != 2 || p[1]&0x7f >= 64 && p[1]&0x7f < 96 {
		return 0
	}
	header := 12 + 4*int(p[0]&15)
	if p[0]&0x10 != 0 {
		if len(p) < header+4 {
			return 0
		}
		header += 4 + 4*int(be16(p[header+2:]))
	}
	return header
}

// sameStream tells whether two RTP packets that begin so have one source and payload type.
func sameStream(a, b []byte) bool {
	return a[0]>>6 == 2 && a[1]&0x7f == b[1]&0x7f && be32(a[8:]) == be32(b[8:])
}
