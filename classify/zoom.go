package classify

import (
	"net/netip"

	"peeratlas/capture/packet"
)

// Zoom meetings, through its servers and from client to client.
//
//	| 01 | 00 | 02 or 03 | token 16 | ...    a client asks, answered by   | 02 | 00 | ... | the same token | ...
//	| 03 | twelve octets                     a ping, answered by          | 04 | the same twelve octets
//	| 05 | sequence 2 | 4 | direction 00 or 04 | media encapsulation ...     through a server
//	| 1f 02 01 | 21 octets | length 4 | address as text | length 4 | id as text | 00 00 00 00     between clients
//	| media encapsulation ...                                                 between clients
//
//	media encapsulation: | kind 1 | 8 | sequence 2 | timestamp 4 | ... | RTP or RTCP
//	    kind 15 audio, RTP at 19; 16 video, RTP at 24; 30 screen between clients, RTP at 20; 33-35 RTCP at 16
//
// A meeting of more than two goes through a media server (Zoom's MMR), behind which no single
// peer stands. Two may be let through directly: then the server's encapsulation falls away,
// and the opening packets name an address in text, in two fields whose lengths fill the packet.
var zoom = Detector{
	Name:      "zoom",
	Transport: packet.UDP,
	References: []string{
		"Michel et al., Enabling Passive Measurement of Zoom Performance in Production Networks, IMC 2022, section 4",
		"github.com/Princeton-Cabernet/zoom-analysis and nDPI src/lib/protocols/zoom.c, 2024 (facts only)",
	},
	Proves: "1f 02 01, or media without the server's encapsulation: a meeting between two clients. Else a media server.",
	Not:    "Whose the address in the text is: it is told only if the far end wrote it and it is public.",
	Claims: []ClaimID{claimZoomPeer, claimZoomPeerMedia, claimZoomServer},
	Opens: func(b byte) bool {
		return b >= 2 && b <= 5 && b != 3 || b == 15 || b == 16 || b == 30 || b == 31
	},
	Detect: detectZoom,
}

func detectZoom(o *Observation) {
	p := o.Payload
	if len(p) < 13 {
		return
	}
	switch p[0] {
	case 0x02:
		if b := o.LastFrom(1 - o.Dir); b != nil && len(p) >= 19 && b.prefix[0] == 1 && b.length >= 19 && p[1] == 0 && b.prefix[1] == 0 &&
			[16]byte(b.prefix[3:19]) == [16]byte(p[3:19]) {
			o.Claim(claimZoomServer, 1, 0)
		}
	case 0x04:
		if b := o.LastFrom(1 - o.Dir); b != nil && o.Length == 13 && b.length == 13 && b.prefix[0] == 3 && [12]byte(b.prefix[1:13]) == [12]byte(p[1:13]) {
			o.Claim(claimZoomServer, 3, 0)
		}
	case 0x05:
		if len(p) > 36 && (p[7] == 0 || p[7] == 4) && zoomMedia(p[8:]) {
			o.zoomSequence(claimZoomServer, 8, 1)
		}
	case 0x1f:
		o.zoomPeer(p)
	default:
		if zoomMedia(p) {
			o.zoomSequence(claimZoomPeerMedia, 0, 9)
		}
	}
}

// zoomSequence claims id if an earlier packet of the same direction and kind had a sequence
// number that was a little smaller. media and sequence are the offsets of the media
// encapsulation and of the number.
func (o *Observation) zoomSequence(id ClaimID, media, sequence int) {
	p := o.Payload
	for k := 0; ; k++ {
		b := o.Before(k)
		if b == nil {
			return
		}
		if b.dir != o.Dir || b.prefix[0] != p[0] || b.prefix[media] != p[media] {
			continue
		}
		step := be16(p[sequence:]) - be16(b.prefix[sequence:])
		if step > 0 && step <= 16 && zoomHead(b.prefix[media:], p[media:]) {
			o.Watch(32)
			o.Claim(id, uint32(p[media]), uint32(step))
			return
		}
	}
}

// zoomHead tells whether two media encapsulations carry RTP or RTCP of one payload type.
func zoomHead(a, b []byte) bool {
	at := zoomRTP(b[0])
	return at+2 > len(a) || a[at]>>6 == 2 && a[at+1]&0x7f == b[at+1]&0x7f
}

// zoomRTP returns where RTP or RTCP begins in a media encapsulation, 0 if the kind is none.
func zoomRTP(kind byte) int {
	switch kind {
	case 15:
		return 19
	case 16:
		return 24
	case 30:
		return 20
	case 33, 34, 35:
		return 16
	}
	return 0
}

// zoomMedia tells whether p begins with a media encapsulation that carries RTP or RTCP.
func zoomMedia(p []byte) bool {
	at := zoomRTP(p[0])
	if at == 0 || len(p) < at+12 {
		return false
	}
	if p[0] >= 33 {
		return rtcpLength(p[at:]) != 0
	}
	return rtpHeader(p[at:]) != 0
}

// zoomPeer checks the opening packet between clients: its two fields fill it to the last octet
// but four, which are zero. Where the snap length cut it, the second field's length must have
// been captured, and the first must read like an address.
func (o *Observation) zoomPeer(p []byte) {
	const fields = 24
	if len(p) < fields+4 || p[1] != 2 || p[2] != 1 {
		return
	}
	n := int(be32(p[fields:]))
	if n < 1 || n > 39 || len(p) < fields+4+n+4 {
		return
	}
	text, rest := p[fields+4:fields+4+n], p[fields+4+n:]
	id := o.Length - fields - 4 - n - 4 - 4
	if id < 1 || be32(rest) != uint32(id) {
		return
	}
	if o.Cut() && !addressText(text) || !o.Cut() && be32(p[len(p)-4:]) != 0 {
		return
	}
	o.Watch(64)
	o.Claim(claimZoomPeer, uint32(n), uint32(id))
	if o.classifier.options.Home(o.Flow.Key.Addr[o.Dir]) {
		return // our own end wrote it
	}
	if ap, ok := textIPv4(text); ok && !ap.IsPrivate() && !ap.IsLoopback() && !ap.IsLinkLocalUnicast() {
		o.Report(netip.AddrPortFrom(ap, 0), "zoom.p2p_text")
	}
}

// addressText tells whether p has only the characters of an address of either family.
func addressText(p []byte) bool {
	for _, c := range p {
		if c != '.' && c != ':' && c-'0' >= 10 && c-'a' >= 6 && c-'A' >= 6 {
			return false
		}
	}
	return true
}

// textIPv4 reads dotted decimal without allocating.
func textIPv4(p []byte) (netip.Addr, bool) {
	var a [4]byte
	part, digits, value := 0, 0, 0
	for _, c := range p {
		switch {
		case c >= '0' && c <= '9' && digits < 3:
			value, digits = value*10+int(c-'0'), digits+1
		case c == '.' && digits > 0 && part < 3 && value < 256:
			a[part], part, digits, value = byte(value), part+1, 0, 0
		default:
			return netip.Addr{}, false
		}
	}
	if part != 3 || digits == 0 || value > 255 {
		return netip.Addr{}, false
	}
	a[3] = byte(value)
	return netip.AddrFrom4(a), true
}
