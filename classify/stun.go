package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// STUN, TURN and ICE.
//
//	| type 2 | length 2 | cookie 21 12 a4 42 | transaction id 12 | attributes ... |
//	| channel 40 00 - 4f ff | length 2 | data ...                 |  ChannelData
//	| ff 10 | length 2 | session id 8 | STUN or RTP ...          |  Microsoft's multiplexing
//
// A Binding Request without credentials asks a public server for one's address: that is no
// peer. With USERNAME and PRIORITY it is an ICE connectivity check (RFC 8445, section 7.2.2).
// Only a full agent sends checks: a plain server never does and a conference's lite agent only
// answers (RFC 8445, section 2.5). Checks from both ends are thus the proof of two agents; that
// the far address is the peer's own is not proven, since it may be the peer's relay. Some
// conference servers are full agents: the lengths of the user fragments tell most of them.
//
// WhatsApp's clients check with MESSAGE-INTEGRITY and no USERNAME. No server can choose a key
// for that (RFC 8489, section 9), so such a request is for one who was given the key before.
//
// Google's relays (realm turn.l.google.com) take the credentials that Google gives to its own
// programs, such as Meet and Duo. A granted allocation says so, and the direct paths
// of the same local port are that program's. Nothing else does: anybody's WebRTC sends
// GOOG-NETWORK-INFO (c057), asks stun.l.google.com and lists Google's relays without a key to them.
var stunUDP = Detector{
	Name:      "stun",
	Transport: packet.UDP,
	References: []string{
		"RFC 8489, sections 5, 9, 14 and 18", "RFC 8656, sections 12 and 18", "RFC 8445, sections 2.5, 5.1.2.1, 7.2 and 11",
		"RFC 5780, section 7", "[MS-TURN] 2.1, 2.2.1, 2.2.2", "[MS-ICE2] 2.2", "RFC 7983 and RFC 9443 (first octet)",
	},
	Proves: "Checks from both ends: two ICE agents. TURN data: a relay carries it, and which peer it names.",
	Not:    "Who the peer is; that a checked address is not itself a relay of the peer; anything from a plain Binding.",
	Claims: []ClaimID{claimStunBinding, claimStunAnswer, claimStunKeyed, claimStunServer, claimStunPunch, claimStunFingerprint,
		claimIceCheck, claimIceAnswer, claimIceNominated, claimIceUnlike, claimIceTwoWay, claimIceAsked, claimIceProbe, claimIceLite,
		claimTurnControl, claimTurnData, claimTurnChannel, claimTurnPrivatePeer, claimTurnPeerCheck, claimTurnPeerAnswer, claimTurnIdle, claimRelayMedia,
		claimMsStun, claimMsRelay, claimWhatsappStun, claimZoomStun, claimGoogleStun,
		claimRealmSignal, claimRealmFacebook, claimRealmTelegram, claimRealmViber, claimRealmGoogle, claimTurnGoogle, claimStunWebex},
	Opens: func(b byte) bool { return b < 4 || b >= 0x08 && b < 0x10 || b >= 0x40 && b < 0x50 || b == 0xff },
	Gates: []Gate{
		{Octets: octets(4, stunMagic), Least: stunHeader},
		{Octets: []octetGate{octetUpTo(0, 1), octetUpTo(1, 0x1f)}, Least: stunHeader}, // kinds before the cookie
		{Octets: []octetGate{octet(0, 8)}, Least: stunHeader},                         // WhatsApp's
		{Octets: []octetGate{maskedOctet(0, 0xf0, 0x40)}, Least: 4},
		{Octets: []octetGate{octet(0, 0xff), octet(1, 0x10)}, Least: 12},
	},
	Detect: detectStunUDP,
}

// iceObserve is how many payloads of a flow with STUN are examined: ICE checks come before the
// media, some seconds long.
const iceObserve = 200

func detectStunUDP(o *Observation) {
	p := o.Payload
	switch {
	case p[0] >= 0x40 && p[0] < 0x50:
		o.channelData(p)
		return
	case p[0] == 0xff:
		o.msMultiplexed(p)
		return
	}
	var m stunMessage
	if parseStun(p, o.Length, &m) && m.size == o.Length {
		o.stun(&m)
	}
}

// channelData reads TURN ChannelData (RFC 8656, section 12.4). The first octet alone also opens
// QUIC's short headers, so it counts on a flow that spoke TURN, when both ends send one
// channel's number with a length that fits, or when one end does so with two lengths: the
// octets of a QUIC connection id cannot fit both.
func (o *Observation) channelData(p []byte) {
	if !channelFits(p, o.Length) {
		return
	}
	if o.Claimed(claimTurnControl)|o.Claimed(claimTurnChannel) == 0 {
		b := o.Before(0)
		if b == nil || be16(b.prefix[:]) != be16(p) || b.dir == o.Dir && int(b.length) == o.Length || !channelFits(b.prefix[:], int(b.length)) {
			return
		}
		o.Watch(iceObserve)
		o.Claim(claimTurnChannel, uint32(be16(p)), 0)
	}
	n := int(be16(p[2:]))
	o.relayed(p[4:min(len(p), 4+n)], n)
}

// channelFits tells whether a payload of length octets that begins with p may be ChannelData:
// over UDP it fills the datagram, but for up to three octets of padding that need not be there.
func channelFits(p []byte, length int) bool {
	if len(p) < 4 {
		return false
	}
	n := 4 + int(be16(p[2:]))
	return n <= length && length-n <= 3
}

// msMultiplexed reads the ff 10 framing of Microsoft's relays: length, eight octets of session
// id, then STUN or media.
func (o *Observation) msMultiplexed(p []byte) {
	if len(p) < 12 || p[1] != 0x10 || int(be16(p[2:]))+4 != o.Length {
		return
	}
	o.Watch(iceObserve)
	o.Claim(claimMsRelay, uint32(o.Length), 0)
	o.relayed(p[12:], o.Length-12)
}

// relayed judges what a relay carried: p, of length octets on the wire.
func (o *Observation) relayed(p []byte, length int) {
	var m stunMessage
	if parseStun(p, length, &m) && m.cookie {
		switch {
		case m.kind == stunBindingRequest && (m.priority || len(m.username) > 0 || m.integrity):
			o.Claim(claimTurnPeerCheck, uint32(m.candidate), 0)
		case m.kind == stunBindingSuccess:
			o.Claim(claimTurnPeerAnswer, 0, 0)
		}
		return
	}
	if length == 0 {
		return
	}
	o.Claim(claimTurnData, uint32(length), 0)
	if dtlsHello(p, length) == dtlsKeysMedia {
		o.Claim(claimDTLSSRTP, 0, 0)
	}
}

// stun claims what one message shows.
func (o *Observation) stun(m *stunMessage) {
	if m.forged {
		return
	}
	o.Watch(iceObserve)
	if m.fingerprint {
		o.Claim(claimStunFingerprint, 0, 0)
	}
	o.stunVendor(m)
	switch m.kind {
	case stunBindingRequest, googlePing:
		o.bindingRequest(m)
	case stunBindingSuccess, googlePingSuccess:
		if o.ClaimedByOther(claimIceCheck) || o.ClaimedByOther(claimStunKeyed) {
			o.Claim(claimIceAnswer, 0, 0)
		} else {
			o.Claim(claimStunAnswer, 0, 0)
		}
	default:
		o.turn(m)
	}
	if m.discovery && (m.kind == stunBindingRequest || m.kind == stunBindingSuccess) {
		o.Claim(claimStunServer, uint32(m.kind), 0)
	}
	for _, ap := range m.peers[:m.peerCount] {
		by := "stun.xor_peer_address"
		if !m.cookie || m.msTurn {
			by = "ms_turn.remote_address"
		}
		o.Report(ap, by)
		if ap.Addr().IsPrivate() {
			o.Claim(claimTurnPrivatePeer, uint32(ap.Port()), 0)
		}
	}
}

// turn claims what a message of TURN, MS-TURN or WhatsApp's relays shows.
func (o *Observation) turn(m *stunMessage) {
	switch m.kind {
	case turnAllocate, turnAllocateSuccess, turnAllocateError, turnRefresh, turnRefreshSuccess, turnPermission,
		turnPermissionOK, turnChannelBind, turnChannelBindOK, turnConnect, turnConnectionBind:
		o.Claim(claimTurnControl, uint32(m.kind), 0)
		if m.kind == turnAllocateSuccess && o.Claimed(claimRealmGoogle) != 0 {
			o.Claim(claimTurnGoogle, 0, 0)
		}
		if m.kind == turnRefresh && m.msTurn && m.dataLength > 0 {
			o.relayed(m.data, m.dataLength) // MS-TURN's Send Request
		}
	case turnSendIndication, turnDataIndication, msDataIndication:
		o.Claim(claimTurnControl, uint32(m.kind), 0)
		o.relayed(m.data, m.dataLength)
	default:
		if m.kind >= whatsappFirst && m.kind <= whatsappLast {
			o.Claim(claimWhatsappStun, uint32(m.kind), 0)
		}
	}
}

// bindingRequest tells a connectivity check, a keyed request and a plain one apart.
func (o *Observation) bindingRequest(m *stunMessage) {
	switch {
	case m.priority && len(m.username) > 0 || m.controlled || m.controlling || m.kind == googlePing && m.integrity,
		len(m.username) > 0 && m.integrity: // before RFC 5245: credentials, no priority
		o.Claim(claimIceCheck, uint32(m.candidate), role(m))
		if m.use {
			o.Claim(claimIceNominated, 0, 0)
		}
		if a, b := fragments(m.username); a != b && max(a, b) > browserFragment {
			o.Claim(claimIceUnlike, uint32(a), uint32(b))
		}
	case m.integrity:
		o.Claim(claimStunKeyed, 0, 0)
	case m.kind == stunBindingRequest && m.whole: // credentials may have been cut off
		o.Claim(claimStunBinding, 0, 0)
	}
}

// browserFragment is the longest user fragment that a browser chooses: Chromium and WebKit
// take 4 characters, Firefox 8. Programs keep to one length, RFC 8445 (section 5.3) only says
// that 4 are the least, so two callers of one program have the same; conference servers mostly
// take 12 and more (2026: Google's 16 to 26, mediasoup 16 and 32, Jitsi 14, TokBox 16).
const browserFragment = 8

// fragments returns the lengths of the two user fragments in USERNAME (RFC 8445, section
// 7.2.2), 0 and 0 if there is one only.
func fragments(username []byte) (int, int) {
	colon := bytes.IndexByte(username, ':')
	if colon <= 0 || colon == len(username)-1 {
		return 0, 0
	}
	return colon, len(username) - colon - 1
}

// role is 1 for the controlling agent, 2 for the controlled one, 0 if none is told. An agent
// that faces a lite one is always the controlling (RFC 8445, section 6.1.1).
func role(m *stunMessage) uint32 {
	switch {
	case m.controlling:
		return 1
	case m.controlled:
		return 2
	}
	return 0
}

// stunVendor claims which application's attributes and names a message bears.
func (o *Observation) stunVendor(m *stunMessage) {
	if m.msVendor || m.msTurn {
		o.Claim(claimMsStun, 0, 0)
	}
	if m.msRelayed {
		o.Claim(claimMsRelay, 0, 0)
	}
	if m.whatsapp {
		o.Claim(claimWhatsappStun, uint32(m.kind), 0)
	}
	if m.zoom && m.kind != stunBindingRequest {
		o.Claim(claimZoomStun, 0, 0)
	}
	if m.google {
		o.Claim(claimGoogleStun, 0, 0)
	}
	if len(m.realm) == 0 && len(m.software) == 0 {
		return
	}
	for i := range stunRealms {
		r := &stunRealms[i]
		if bytes.Contains(m.realm, r.text) || bytes.Contains(m.software, r.text) {
			o.Claim(r.claim, uint32(i), 0)
		}
	}
}

// stunRealms are words in REALM or SOFTWARE by which a provider names itself (as nDPI lists
// them, src/lib/protocols/stun.c, 2024 and 2026).
var stunRealms = [...]struct {
	text  []byte
	claim ClaimID
}{
	{[]byte("whispersystems.org"), claimRealmSignal}, {[]byte("signal.org"), claimRealmSignal},
	{[]byte("facebook"), claimRealmFacebook}, {[]byte("telegram"), claimRealmTelegram}, {[]byte("viber"), claimRealmViber},
	{[]byte("turn.l.google.com"), claimRealmGoogle}, {[]byte("Cisco-Spark"), claimStunWebex},
}
