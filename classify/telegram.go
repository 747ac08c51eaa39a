package classify

import (
	"bytes"
	"net/netip"

	"peeratlas/capture/packet"
)

// Telegram calls through reflectors, in both generations.
//
//	0                 12            16           20           24
//	| peer tag 16                   | ff x 12                 | ff ff ff fe (or ff) | query id 8 ...   ping
//	| peer tag 16                   | ff x 12                 | c7 72 15 c0 | date 4 | query id 8 | ::ffff:own address 16 | own port 4
//	| peer tag 16                   | ff x 12                 | 1c 37 d9 27 | own address 4, port 4 | peer's address 4, port 4
//	| peer tag 16                   | key 16, encrypted ...                              media, libtgvoip
//	| peer tag 12   | for 4         | from 4     | length 4   | STUN, DTLS or SRTP ...   media, tgcalls
//
// Both ends of a call send to the same reflector with the same tag; a packet whose next twelve
// octets are ff is for or from the reflector itself: 96 constant bits and the tag's repetition
// in both directions leave no room for chance, and little where one direction repeats it.
// tgcalls is libwebrtc inside: what a reflector carries are ICE checks and media, each behind a
// length that fits the datagram. Of a call that began before the capture the pings are missing:
// then there are 16 octets of noise that both ends repeat before all they say.
//
// Peer info tells the peer's address, integers in little-endian order but for the address.
// What then goes to the peer directly is noise of libtgvoip, with no header: only that the
// address was told here ties it to the call (host_signalled.go), or it is WebRTC's own (stun.go).
//
// Over TCP a frame has its length before it, little-endian, the first one behind ee ee ee ee.
// That preamble alone is also MTProto's, a messenger's server: it proves nothing here.
var telegram = Detector{
	Name:      "telegram",
	Transport: packet.UDP,
	References: []string{
		"libtgvoip VoIPController.cpp and tests/MockReflector.cpp (facts only)",
		"tgcalls ReflectorPort.cpp and RawTcpSocket.cpp (facts only)",
	},
	Proves: "A Telegram call passes a reflector; in peer info, where the peer was seen.",
	Not:    "That a ping's reflector carried the call: clients ask several. The reflector's country is not the peer's.",
	Claims: []ClaimID{claimTelegramReflector, claimTelegramOneWay, claimTelegramTag, claimTelegramRelayed, claimTurnPeerCheck, claimTurnData},
	Least:  20,
	Gates: []Gate{
		{Octets: []octetGate{octet(16, 0xff), octet(17, 0xff)}, Least: 28},
		{Least: 28, Echoes: true},
		{Least: 28, Follows: []ClaimID{claimTelegramReflector, claimTelegramOneWay}},
	},
	Detect: func(o *Observation) { o.reflector(o.Payload, o.Length) },
}

var telegramTCP = Detector{
	Name:       "telegram-tcp",
	Transport:  packet.TCP,
	References: telegram.References,
	Proves:     telegram.Proves,
	Not:        telegram.Not,
	Claims:     telegram.Claims,
	Gates: []Gate{
		{Octets: []octetGate{octet(3, 0), octet(20, 0xff)}, Least: 36},
		{Octets: []octetGate{octet(3, 0)}, Least: 32, Follows: []ClaimID{claimTelegramReflector}},
		{Octets: octets(0, "\xee\xee\xee\xee"), First: true},
	},
	Detect: detectTelegramTCP,
}

// Sizes and marks of reflector packets.
const (
	reflectorTag    = 16
	reflectorShared = 12 // octets of the tag that both ends of a call have in common
	reflectorHeader = 24
	reflectorSelf   = 0xc01572c7 // udpReflectorSelfInfo
	reflectorPeer   = 0x27d9371c // udpReflectorPeerInfo
)

var twelveFF = bytes.Repeat([]byte{0xff}, 12)

// reflector reads one packet to or from a reflector: p, of length octets on the wire.
func (o *Observation) reflector(p []byte, length int) {
	if len(p) < 28 {
		return
	}
	if be64(p[16:]) == 1<<64-1 && be32(p[24:]) == 1<<32-1 {
		if !bytes.Equal(p[:12], twelveFF) {
			o.reflectorControl(p, length)
		}
		return
	}
	o.reflectorShared(p)
	if o.Claimed(claimTelegramReflector)|o.Claimed(claimTelegramOneWay) == 0 {
		return
	}
	n := int(be32(p[20:]))
	if pad := length - reflectorHeader - n; n > 0 && pad >= 0 && pad <= 3 && o.reflectorTagKnown(p) {
		o.Watch(iceObserve)
		o.Claim(claimTelegramRelayed, uint32(n), 0)
		o.relayed(p[reflectorHeader:min(len(p), reflectorHeader+n)], n)
	}
}

// reflectorControl claims what a packet of the reflector's own shows: a ping and an answer of
// one tag, or peer info by itself.
func (o *Observation) reflectorControl(p []byte, length int) {
	if o.reflectorTagKnown(p) {
		o.Watch(32)
		o.Claim(claimTelegramReflector, uint32(length), 0)
	} else if b := o.LastFrom(o.Dir); b != nil && b.length >= 28 && string(b.prefix[:28]) == string(p[:28]) && popcountFits(onesCount(p[:16]), 16) {
		o.Watch(32)
		o.Claim(claimTelegramOneWay, uint32(length), 0)
	}
	if len(p) < 48 || le32(p[28:]) != reflectorPeer {
		return
	}
	o.Claim(claimTelegramReflector, uint32(length), 1)
	if port := le32(p[44:]); port > 0 && port <= 0xffff {
		o.Report(netip.AddrPortFrom(netip.AddrFrom4([4]byte(p[40:44])), uint16(port)), "telegram.peer_info")
	}
}

// reflectorShared claims a tag that both ends put before noise, each packet another. What is
// sent back as it came does not count.
func (o *Observation) reflectorShared(p []byte) {
	b := o.Before(0)
	if b == nil || b.dir == o.Dir || b.length < 32 || be64(b.prefix[:]) != be64(p) || be64(b.prefix[8:]) != be64(p[8:]) {
		return
	}
	if be64(b.prefix[16:]) != be64(p[16:]) && popcountFits(onesCount(p[:16]), 16) && noise(p) {
		o.Watch(32)
		o.Claim(claimTelegramTag, be32(p), 0)
	}
}

// reflectorTagKnown tells whether the other direction has sent p's tag, but for the octets of
// it that name an end.
func (o *Observation) reflectorTagKnown(p []byte) bool {
	if r := o.Reply(); int(r.Length) >= reflectorTag && bytes.Equal(r.Octets[:reflectorShared], p[:reflectorShared]) {
		return true
	}
	b := o.LastFrom(1 - o.Dir)
	return b != nil && int(b.length) >= reflectorTag && bytes.Equal(b.prefix[:reflectorShared], p[:reflectorShared])
}

// detectTelegramTCP reads the first frame of a segment.
func detectTelegramTCP(o *Observation) {
	p, length := o.Payload, o.Length
	if len(p) >= 8 && be32(p) == 0xeeeeeeee && o.First() {
		p, length = p[4:], length-4
	}
	if len(p) < 4+28 {
		return
	}
	n := le32(p)
	if n < 28 || int64(n) > int64(length-4) {
		return
	}
	p = p[4:min(len(p), 4+int(n))]
	if len(p) < 28 {
		return
	}
	// The frames' tags stand behind the framing, so what is remembered of the other direction
	// does not help: the mark of the reflector's own packets does, and then the lengths.
	if bytes.Equal(p[16:28], twelveFF) && !bytes.Equal(p[:12], twelveFF) {
		o.Watch(iceObserve)
		o.Claim(claimTelegramReflector, n, 2)
		return
	}
	size := int(be32(p[20:]))
	if pad := int(n) - reflectorHeader - size; o.Claimed(claimTelegramReflector) != 0 && size > 0 && pad >= 0 && pad <= 3 {
		o.Claim(claimTelegramRelayed, uint32(size), 0)
		o.relayed(p[reflectorHeader:min(len(p), reflectorHeader+size)], size)
	}
}
