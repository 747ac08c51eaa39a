package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// Video over peers with protocols of their own, about 2005 to 2015.
//
//	PPStream  | length 2, little-endian: all, or less 4 or 6 | 43 | 2 | ff 00 01 | 00 ... |  UDP 17788
//	PPLive    | e9 03 41 or 42 01 ... | or | 1c 1c 32 01 ... |  from both ends
//	SopCast   | .. .. 01 .. .. .. .. .. kind ff 00 length 00 00 | lengths 28, 52, 60, 76, 80, 94
//	Xunlei    | 30 .. 3f, 00 00 00 | command ...             |  version, from both ends
//
// No specification is public; the layouts are those that another classifier matches. Headers
// are in clear and what they frame is broadcast video: plain peer-to-peer. Each row wants the
// mark from both ends, or 56 bits and more of it from one. UUSee, QQLive and Zattoo have no
// layout that is both public and strong enough.
var p2pVideo = Detector{
	Name:       "p2p-video",
	Transport:  packet.UDP,
	References: []string{"nDPI, ppstream.c, pplive.c, sopcast.c, thunder.c (layouts as observed by its authors, 2009-2016)"},
	Proves:     "A client of peer-assisted video or downloads.",
	Not:        "What is watched; anything of clients since about 2015.",
	Claims:     []ClaimID{claimP2PVideo},
	Least:      15,
	Gates: []Gate{
		{Octets: []octetGate{octet(2, 0x43), octet(5, 0xff), octet(6, 0)}},
		{Octets: []octetGate{octet(0, 0xe9, 0x1c), octet(1, 0x03, 0x1c), octet(2, 0x41, 0x42, 0x32), octet(3, 1)}, After: 1},
		{Octets: []octetGate{octet(2, 1, 2)}, Length: sopCastLength},
		{Octets: append(octets(1, "\x00\x00\x00"), maskedOctet(0, 0xf0, 0x30)), After: 1},
	},
	Detect: detectP2PVideo,
}

// The values of claimP2PVideo.
const (
	videoPPStream = iota
	videoPPLive
	videoSopCast
	videoXunlei
)

var ppsHeader = []byte{0xff, 0, 1, 0, 0, 0, 0, 0, 0, 0}

func detectP2PVideo(o *Observation) {
	p := o.Payload
	if len(p) < 15 {
		return
	}
	switch {
	case p[2] == 0x43 && bytes.HasPrefix(p[5:], ppsHeader):
		if n := int(le16(p)); n == o.Length || n+4 == o.Length || n+6 == o.Length {
			o.Claim(claimP2PVideo, videoPPStream, uint32(o.Length))
		}
	case ppLive(p):
		if b := o.LastFrom(1 - o.Dir); b != nil && ppLive(b.prefix[:]) {
			o.Claim(claimP2PVideo, videoPPLive, uint32(o.Length))
		}
	case sopCast(p, o.Length):
		o.Claim(claimP2PVideo, videoSopCast, uint32(o.Length))
	case xunlei(p):
		if b := o.LastFrom(1 - o.Dir); b != nil && xunlei(b.prefix[:]) && p[0] == b.prefix[0] {
			o.Claim(claimP2PVideo, videoXunlei, uint32(o.Length))
		}
	}
}

func ppLive(p []byte) bool {
	w := be32(p)
	return w == 0xe9034101 || w == 0xe9034201 || w == 0x1c1c3201
}

// xunlei tells the version word of Xunlei's messages. Both ends speak the same version.
func xunlei(p []byte) bool { return p[0]>>4 == 3 && p[1] == 0 && p[2] == 0 && p[3] == 0 }

// sopCastLength tells the lengths of control messages.
func sopCastLength(n int) bool {
	switch n {
	case 28, 42, 52, 60, 76, 80, 94, 286:
		return true
	}
	return false
}

// sopCast tells a control message: the length that its octets 10 and 11 give, of the message
// less 8, and the fixed octets about it.
func sopCast(p []byte, length int) bool {
	return sopCastLength(length) && (p[2] == 1 || p[2] == 2) && p[8] <= 0x0c && p[8] != 0 && (p[9] == 0xff || p[9] == 1) &&
		p[12] == 0 && p[13] == 0 && int(be16(p[10:]))+8 == length
}
