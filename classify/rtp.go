package classify

import "peeratlas/capture/packet"

// RTP and SRTP, by their header, which stays clear in both.
//
//	|V=2|P|X|  CC   |M|     PT      |       sequence number         |
//	|                           timestamp                           |
//	|                             SSRC                              |
//
// Two packets of one direction with the same SSRC and payload type, a sequence number that
// advanced a little and a timestamp that did not go far are one stream: 32 bits of SSRC and
// about 12 of sequence repeat. Whether the body is encrypted is told by statistics: SRTP and
// its tag look like noise, while a clear codec mostly does not (RFC 3711 keeps the header).
var rtp = Detector{
	Name:       "rtp",
	Transport:  packet.UDP,
	References: []string{"RFC 3550, section 5.1 and 6.4", "RFC 3711, section 3.1", "RFC 5761, section 4"},
	Proves:     "A media stream of one source. With a noise-like body: probably SRTP.",
	Not:        "That the far end is a peer: phone systems and conference servers send the same.",
	Claims:     []ClaimID{claimRTPStream, claimRTPNoise, claimRTPClear, claimRTCP},
	Opens:      func(b byte) bool { return b>>6 == 2 },
	Detect:     detectRTP,
}

func detectRTP(o *Observation) {
	p := o.Payload
	if len(p) < 12 {
		return
	}
	if kind := p[1]; kind >= 192 && kind <= 223 {
		if len(p) >= 8 && int(be16(p[2:])+1)*4 <= o.Length && kind >= 200 && kind <= 207 {
			o.Claim(claimRTCP, uint32(kind), 0)
		}
		return
	}
	header := 12 + 4*int(p[0]&15)
	if p[0]&0x10 != 0 && len(p) >= header+4 {
		header += 4 + 4*int(be16(p[header+2:]))
	}
	if header >= o.Length {
		return
	}
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			return
		}
		if b.dir != o.Dir || b.prefix[0]>>6 != 2 || be32(b.prefix[8:]) != be32(p[8:]) || b.prefix[1]&0x7f != p[1]&0x7f {
			continue
		}
		step := be16(p[2:]) - be16(b.prefix[2:])
		if step == 0 || step > 64 {
			continue
		}
		o.Watch(40)
		o.Claim(claimRTPStream, uint32(p[1]&0x7f), uint32(step))
		body := p[min(header, len(p)):]
		if len(body) >= 40 {
			if noise(body) {
				o.Claim(claimRTPNoise, uint32(len(body)), 0)
			} else {
				o.Claim(claimRTPClear, uint32(len(body)), 0)
			}
		}
		return
	}
}
