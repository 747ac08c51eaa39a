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
// answers. Checks from both ends are thus the proof of two agents; that the far address is the
// peer's own is not proven, since it may be the peer's relay.
var stunUDP = Detector{
	Name:      "stun",
	Transport: packet.UDP,
	References: []string{
		"RFC 8489, sections 5, 14 and 18", "RFC 8656, sections 12 and 18", "RFC 8445, sections 5.1.2.1 and 7.2",
		"[MS-TURN] 2.2.1, 2.2.2", "RFC 5764, section 5.1.2 and RFC 7983 (first octet)",
	},
	Proves: "Checks from both ends: two ICE agents. TURN data: a relay carries it, and which peer it names.",
	Not:    "Who the peer is; that a checked address is not itself a relay of the peer; anything from a plain Binding.",
	Claims: []ClaimID{claimStunBinding, claimStunAnswer, claimStunPunch, claimStunFingerprint, claimIceCheck, claimIceAnswer, claimIceNominated,
		claimTurnControl, claimTurnData, claimTurnPeerCheck, claimMsStun, claimMsRelay, claimWhatsappStun,
		claimZoomStun, claimGoogleStun, claimStunRealm},
	Opens:  func(b byte) bool { return b < 4 || b >= 0x08 && b < 0x10 || b >= 0x40 && b < 0x50 || b == 0xff },
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
		o.stun(&m, false)
	}
}

// channelData reads TURN ChannelData (RFC 8656, section 12.4). It counts only on a flow that
// spoke TURN: the first octet alone also opens QUIC's short headers.
func (o *Observation) channelData(p []byte) {
	if len(p) < 4 || o.Claimed(claimTurnControl) == 0 {
		return
	}
	n := int(be16(p[2:]))
	if 4+n > o.Length || o.Length-4-n > 3 {
		return
	}
	o.relayed(p[4:min(len(p), 4+n)], n)
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

// relayed judges what a relay carried: p of length octets on the wire.
func (o *Observation) relayed(p []byte, length int) {
	var m stunMessage
	if parseStun(p, length, &m) && m.cookie {
		if m.kind == stunBindingRequest && m.priority {
			o.Claim(claimTurnPeerCheck, uint32(m.candidate), 0)
		}
		return
	}
	if length > 0 {
		o.Claim(claimTurnData, uint32(length), 0)
	}
}

// stun claims what one message shows. tcp is set on a stream, where a port proves nothing more.
func (o *Observation) stun(m *stunMessage, tcp bool) {
	if m.forged {
		return
	}
	o.Watch(iceObserve)
	if m.fingerprint {
		o.Claim(claimStunFingerprint, 0, 0)
	}
	o.stunVendor(m)
	switch m.kind {
	case stunBindingRequest:
		o.bindingRequest(m)
	case stunBindingSuccess:
		if o.ClaimedByOther(claimIceCheck) {
			o.Claim(claimIceAnswer, 0, 0)
		} else {
			o.Claim(claimStunAnswer, 0, 0)
		}
	case turnAllocateRequest, turnAllocateSuccess, turnAllocateError, turnPermission, turnChannelBind,
		0x0108, 0x0109, turnConnectionBind:
		o.Claim(claimTurnControl, uint32(m.kind), 0)
	case turnRefreshRequest, 0x0104:
		o.Claim(claimTurnControl, uint32(m.kind), 0)
		if m.msTurn && len(m.data) > 0 {
			o.relayed(m.data, len(m.data))
		}
	case turnSendIndication, turnDataIndication, msDataIndication:
		o.Claim(claimTurnControl, uint32(m.kind), 0)
		o.relayed(m.data, len(m.data))
	case 0x0800, 0x0801, 0x0802, 0x0803, 0x0804, 0x0805:
		o.Claim(claimWhatsappStun, uint32(m.kind), 0)
	}
	for _, ap := range m.peers[:m.peerCount] {
		by := "stun.xor_peer_address"
		if !m.cookie || m.msTurn {
			by = "ms_turn.remote_address"
		}
		o.Report(ap, by)
	}
}

func (o *Observation) bindingRequest(m *stunMessage) {
	switch {
	case m.priority && len(m.username) > 0 || m.controlled || m.controlling:
		o.Claim(claimIceCheck, uint32(m.candidate), role(m))
		if m.use {
			o.Claim(claimIceNominated, 0, 0)
		}
	case len(m.username) > 0 && m.integrity:
		// Before RFC 5245 and in WhatsApp's and Facebook's clients: credentials, no priority.
		o.Claim(claimIceCheck, 0, 0)
	default:
		o.Claim(claimStunBinding, 0, 0)
	}
}

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
	for i, r := range stunRealms {
		if bytes.Contains(m.realm, []byte(r.text)) || bytes.Contains(m.software, []byte(r.text)) {
			o.Claim(r.claim, uint32(i), 0)
		}
	}
}

// stunRealms are words in REALM or SOFTWARE by which a provider names itself (as nDPI lists
// them, src/lib/protocols/stun.c, 2024).
var stunRealms = [...]struct {
	text  string
	claim ClaimID
}{
	{"whispersystems.org", claimRealmSignal}, {"signal.org", claimRealmSignal},
	{"facebook", claimRealmFacebook}, {"telegram", claimRealmTelegram}, {"viber", claimRealmViber},
}

// stunTCP is the same over a stream: messages back to back, each perhaps behind a two-octet
// length (RFC 4571), as TURN over TCP and ICE-TCP (RFC 6544) send them.
var stunTCP = Detector{
	Name:       "stun-tcp",
	Transport:  packet.TCP,
	References: []string{"RFC 8656, section 12.5", "RFC 6544, section 10.1", "RFC 4571"},
	Proves:     stunUDP.Proves,
	Not:        stunUDP.Not,
	Claims:     stunUDP.Claims,
	Opens:      func(b byte) bool { return b < 0x50 },
	Detect:     detectStunTCP,
}

func detectStunTCP(o *Observation) {
	p, length := o.Payload, o.Length
	for tries := 0; tries < 8 && len(p) >= 4; tries++ {
		var m stunMessage
		switch {
		case parseStun(p, length, &m) && (m.cookie || m.size == length):
			o.stun(&m, true)
			p, length = p[min(m.size, len(p)):], length-m.size
		case len(p) > 2 && parseStun(p[2:], length-2, &m) && m.cookie && int(be16(p)) == m.size:
			o.stun(&m, true)
			p, length = p[min(2+m.size, len(p)):], length-2-m.size
		case p[0] >= 0x40 && p[0] < 0x50 && o.Claimed(claimTurnControl) != 0 && 4+int(be16(p[2:])) <= length:
			n := 4 + int(be16(p[2:]))
			o.relayed(p[4:min(len(p), n)], n-4)
			n = (n + 3) &^ 3 // over TCP the padding is mandatory (RFC 8656, section 12.5)
			p, length = p[min(n, len(p)):], length-n
		default:
			return
		}
	}
}
