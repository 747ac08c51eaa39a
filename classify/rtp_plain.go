package classify

import (
	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// Media without encryption, by what announced it or by its lengths.
//
//	| RTP header 12 | frames of the codec |                        RTP
//	| RTP header 12 | the same, encrypted | tag 4 or 10 octets |    SRTP
//
// A codec with frames of fixed length fills its packets exactly; SRTP adds an authentication
// tag (RFC 3711, section 4.2: 10 octets, or 4), which leaves no whole number of frames. That
// holds for the static payload types whose frames are longer than a tag: G.711 and G.722 (80
// octets for 10 ms), GSM (33). G.729's are 10 octets, as long as a tag, and G.723's come in
// three lengths: they are not told.
var rtpPlain = Detector{
	Name:       "rtp-plain",
	Transport:  packet.UDP,
	References: []string{"RFC 3550, section 5.1", "RFC 3551, sections 4.5 and 6", "RFC 3711, sections 4.2 and 8.2"},
	Proves:     "A media stream without encryption.",
	Not:        "Whether the far end is a peer: a telephone of the office calls one too.",
	Claims:     []ClaimID{claimSDPMedia, claimRTPPlain},
	Opens:      func(b byte) bool { return b>>6 == 2 },
	Within:     12,
	Detect:     detectRTPPlain,
}

// announcedLines adds that clear signalling announced flow f, if it holds what may be media. It is
// asked when the flow is judged: signalling goes another way than the media, and may come later.
func (c *commons) announcedLines(f *flow.Flow, lines []line) []line {
	s := c.stateOf(f)
	if s.media == 0 || !c.announced.covers(f) {
		return lines
	}
	l := valued(claimSDPMedia, uint32(s.mediaKind))
	l.count, l.dirs, l.frames[0] = 1, s.media, f.FirstFrame
	return append(lines, l)
}

func detectRTPPlain(o *Observation) {
	p := o.Payload
	if o.Number() >= 12 || len(p) < 12 {
		return
	}
	o.state.media |= 1 << o.Dir
	o.state.mediaKind = p[1]
	if p[0] != 0x80 { // no padding, extension or contributors: a plain telephone's
		return
	}
	kind, body := p[1]&0x7f, o.Length-12
	if !wholeFrames(kind, body) {
		return
	}
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			return
		}
		if b.dir == o.Dir && b.length >= 12 && b.prefix[0] == 0x80 && b.prefix[1]&0x7f == kind && be32(b.prefix[8:]) == be32(p[8:]) &&
			be16(p[2:])-be16(b.prefix[2:]) == 1 {
			// The clock counts what the earlier packet held, in samples.
			if be32(p[4:])-be32(b.prefix[4:]) == frameSamples(kind, int(b.length)-12) {
				o.Claim(claimRTPPlain, uint32(kind), uint32(body))
			}
			return
		}
	}
}

// wholeFrames tells whether so many octets are whole frames of a static payload type: 0 and 8
// G.711, 9 G.722, 3 GSM.
func wholeFrames(kind byte, octets int) bool {
	switch kind {
	case 0, 8, 9:
		return octets > 0 && octets <= 480 && octets%80 == 0
	case 3:
		return octets > 0 && octets <= 198 && octets%33 == 0
	}
	return false
}

// frameSamples is how far the timestamp advances over so many octets. G.722 counts 8,000 a
// second for historical reasons (RFC 3551, section 4.5.2), so all but GSM count octets.
func frameSamples(kind byte, octets int) uint32 {
	if kind == 3 {
		return uint32(octets / 33 * 160)
	}
	return uint32(octets)
}
