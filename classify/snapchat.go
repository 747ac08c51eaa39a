package classify

import (
	"strings"

	"peeratlas/capture/packet"
)

// Snapchat calls: media on the flow of a QUIC connection to a server.
//
//	|1|1|type|..| version 4 | ...            QUIC's Initial, which asks for a name under addlive.io
//	|V=2|P|X|  CC   |M|  PT  | ...           RTP and RTCP, from the same ports, between its packets
//
// QUIC v1 leaves the first octets from 0x80 to 0xbf to RTP (RFC 9443, section 3), and Google's
// Q046 did so too, without a name. A host dials port 443 of a media server (names hold its region
// and address), which mixes or passes on the call of two as that of many: there is no peer on the
// flow. Snapchat is the one program known to do so; the name says whether it is.
var snapchat = Detector{
	Name:       "snapchat",
	Transport:  packet.UDP,
	References: []string{"nDPI src/lib/protocols/quic.c, eval_extra_processing and ndpi_search_quic_extra (facts only)", "RFC 9443, section 3", "RFC 3550, sections 5.1 and 6.4"},
	Proves:     "Media beside QUIC, from and to a server; with a name under addlive.io, that it is Snapchat's.",
	Not:        "Who takes part in the call. That there is no second, direct path: none was seen.",
	Claims:     []ClaimID{claimQUICMedia, claimSnapchat},
	Opens:      func(b byte) bool { return b>>6 == 2 },
	Least:      12,
	Detect:     detectSnapchat,
}

func detectSnapchat(o *Observation) {
	p := o.Payload
	if len(p) < 12 || o.Claimed(claimQUIC)|o.Claimed(claimQUICNamed) == 0 || !o.onPort(443) {
		return
	}
	if n := rtcpLength(p); !(n >= 8 && n <= o.Length && p[1] <= 206) && !o.mediaGoesOn() {
		return
	}
	o.Claim(claimQUICMedia, uint32(p[1]&0x7f), 0)
	if snapchatName(o.askedFor()) {
		o.Claim(claimSnapchat, uint32(p[1]&0x7f), 0)
	}
}

// mediaGoesOn tells whether the payload goes on with an RTP stream of an earlier one.
func (o *Observation) mediaGoesOn() bool {
	p := o.Payload
	if h := rtpHeader(p); h == 0 || h >= o.Length {
		return false
	}
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			return false
		}
		step := be16(p[2:]) - be16(b.prefix[2:])
		if b.dir == o.Dir && b.length >= 12 && sameStream(b.prefix[:], p) && step > 0 && step <= rtpStep {
			return true
		}
	}
}

// askedFor is the name by which the flow's initiator asked for its responder.
func (o *Observation) askedFor() string {
	n := o.classifier.inside.flows[2*o.Flow.State+uint32(o.Flow.Responder())]
	if n.Source != FromSNI {
		return ""
	}
	return n.Text
}

// snapchatName tells names of Snapchat's media servers.
func snapchatName(name string) bool { return strings.HasSuffix(name, ".addlive.io") }
