package classify

import "peeratlas/capture/packet"

// RTCP and SRTCP.
//
//	|V=2|P|  RC   | PT 200-213     | length in words - 1           |
//	|                             SSRC                              |
//	| reports ...                                                   |
//	|E|                        SRTCP index                          |  SRTCP only
//	| key identifier, if one was agreed on |                           SRTCP only
//	|                      authentication tag                       |  SRTCP only
//
// A clear compound packet is a chain of such packets whose lengths end where the datagram ends
// (RFC 3550, appendix A.2). SRTCP leaves the first eight octets clear and encrypts the rest, so
// the chain breaks; behind it stand a word with the encryption flag and an index that counts
// from 0 or 1, and a tag of 10 octets (RFC 3711, section 3.4), or a tag of 16 and then the word
// (RFC 7714, section 9.3). Flag and index below 2^16 are a chance of one in 2^15 a packet.
// Between index and tag may stand a master key identifier (RFC 3711, section 3.1): one octet
// of 1 where the SDP ends its key in "|1:1" (RFC 4568, section 6.1), as Lync's clients do.
//
// RTCP and RTP are protected alike, so a clear report says that the media beside it is clear,
// whatever its statistics. Only reports (SR, RR) count, at the size that their number of blocks
// asks for: LINE sends feedback of its own (PT 205) in clear beside media that is not.
// KakaoTalk, Signal and most messengers send SRTCP.
var rtcp = Detector{
	Name:       "rtcp",
	Transport:  packet.UDP,
	References: []string{"RFC 3550, section 6.4 and appendix A.2", "RFC 5506, section 3", "RFC 3711, sections 3.1 and 3.4", "RFC 7714, section 9.3", "RFC 5761, section 4", "RFC 4568, section 6.1"},
	Proves:     "Whether the media's control, and with it the media, is encrypted.",
	Not:        "That the far end is a peer: phone systems and conference servers send the same.",
	Claims:     []ClaimID{claimRTCP, claimRTCPClear, claimSRTCP},
	Opens:      func(b byte) bool { return b>>6 == 2 },
	Gates:      []Gate{{Octets: []octetGate{{1, func(b byte) bool { return b >= 200 && b <= 213 }}}, Least: 8}},
	Detect:     detectRTCP,
}

func detectRTCP(o *Observation) {
	p := o.Payload
	n := rtcpLength(p)
	if n == 0 || n > o.Length {
		return
	}
	o.Claim(claimRTCP, uint32(p[1]), 0)
	if o.Cut() {
		return
	}
	switch {
	case rtcpChain(p):
		if blocks := 24 * int(p[0]&31); p[1] == 200 && n >= 28+blocks || p[1] == 201 && n == 8+blocks && blocks > 0 {
			o.Claim(claimRTCPClear, uint32(p[1]), 0)
		}
	case srtcpIndex(p, n) != 0:
		o.Claim(claimSRTCP, srtcpIndex(p, n), uint32(p[1]))
		o.Watch(srtcpObserve)
	}
}

// srtcpObserve is how many payloads of an encrypted call are examined: of one that was under way
// the next connectivity check tells who the far end is, a full agent or a server's, and it comes
// within six seconds (RFC 7675, section 5.1), which is 600 packets of audio and some thousand of video.
const srtcpObserve = 4000

// rtcpLength returns the octets of the RTCP packet at the start of p by its header, 0 if it is
// none. 200 to 213 are SR to SNM (IANA, RTCP Control Packet Types, 2026-11); WhatsApp's
// clients send 208.
func rtcpLength(p []byte) int {
	if len(p) < 8 || p[0]>>6 != 2 || p[1] < 200 || p[1] > 213 {
		return 0
	}
	n := 4 * (int(be16(p[2:])) + 1)
	if n < 8 && p[1] != 203 { // only BYE may have no source
		return 0
	}
	return n
}

// rtcpChain tells whether p is RTCP packets end to end.
func rtcpChain(p []byte) bool {
	for len(p) > 0 {
		n := rtcpLength(p)
		if n == 0 || n > len(p) {
			return false
		}
		p = p[n:]
	}
	return true
}

// srtcpIndex returns the index of an SRTCP packet whose first packet has n octets, 0 if no
// index stands where one should. It looks for the tags of RFC 3711 and RFC 7714.
func srtcpIndex(p []byte, n int) uint32 {
	for _, tag := range [...]struct{ before, behind int }{{0, 10}, {16, 0}, {0, 11}} {
		at := len(p) - tag.behind - 4
		if at < n+tag.before || tag.behind == 11 && p[at+4] != 1 {
			continue
		}
		if w := be32(p[at:]); w>>16 == 0x8000 && w&0xffff != 0 {
			return w & 0xffff
		}
	}
	return 0
}
