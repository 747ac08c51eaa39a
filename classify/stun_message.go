package classify

import (
	"encoding/binary"
	"hash/crc32"
	"net/netip"
)

// STUN methods and classes (RFC 8489, section 5 and 18.2; RFC 8656, section 17).
const (
	stunBindingRequest   = 0x0001
	stunBindingIndicate  = 0x0011
	stunBindingSuccess   = 0x0101
	stunBindingError     = 0x0111
	turnAllocateRequest  = 0x0003
	turnAllocateSuccess  = 0x0103
	turnAllocateError    = 0x0113
	turnRefreshRequest   = 0x0004 // in MS-TURN: Send Request
	turnSendIndication   = 0x0016
	turnDataIndication   = 0x0017
	turnPermission       = 0x0008
	turnChannelBind      = 0x0009
	turnConnectionBind   = 0x000b
	msDataIndication     = 0x0115 // MS-TURN 2.2.1
	stunCookie           = 0x2112a442
	stunHeader           = 20
	stunFingerprintXOR   = 0x5354554e
	msTurnMagicCookie    = 0x72c64bc6 // MS-TURN 2.2.2.16
	maxStunPeerAddresses = 4
)

// stunMessage is what the detectors need of one STUN, TURN or MS-TURN message.
type stunMessage struct {
	kind        uint16 // message type
	size        int    // octets of the whole message
	cookie      bool   // RFC 5389 and later
	attributes  int
	username    []byte
	realm       []byte
	software    []byte
	data        []byte // of the DATA attribute
	peers       [maxStunPeerAddresses]netip.AddrPort
	peerCount   int
	mapped      netip.AddrPort
	channel     uint16
	candidate   uint8 // top octet of PRIORITY: the type preference (RFC 8445, section 5.1.2.1)
	priority    bool
	use         bool // USE-CANDIDATE
	controlling bool
	controlled  bool
	integrity   bool
	fingerprint bool // verified
	forged      bool // FINGERPRINT is there and wrong
	msTurn      bool // MS-TURN's magic cookie attribute
	msVendor    bool // attributes that Microsoft's clients and relays send
	msRelayed   bool // 0x8095: multiplexed session id, put by Microsoft's relays
	google      bool // 0xc057: libwebrtc's network information
	whatsapp    bool
	zoom        bool
	lifetime    bool
}

// parseStun reads one message at the start of p. length is what the packet had on the wire;
// a message cut by the snap length is read as far as it goes.
//
//	 0                   1                   2                   3
//	|0 0|     message type          |       message length          |
//	|                     magic cookie 0x2112a442                   |
//	|                     transaction id (96 bits)                  |
//	| attributes: type (16), length (16), value padded to 4 ...     |
//
// RFC 8489, section 5. Without the cookie (RFC 3489, MS-TURN) the type must be a known one
// and the attributes must fill the message exactly.
func parseStun(p []byte, length int, m *stunMessage) bool {
	*m = stunMessage{}
	if len(p) < stunHeader || p[0]&0xc0 != 0 {
		return false
	}
	m.kind, m.size = be16(p), stunHeader+int(be16(p[2:]))
	m.cookie = be32(p[4:]) == stunCookie
	if m.size > length || m.size&3 != 0 {
		return false
	}
	if !m.cookie && !classicStun(m.kind) {
		return false
	}
	whole := p[:min(len(p), m.size)]
	for at := stunHeader; at+4 <= len(whole); {
		kind, n := be16(whole[at:]), int(be16(whole[at+2:]))
		end := at + 4 + n
		if end > m.size {
			// Old implementations count no padding in the length of the last attribute.
			return m.cookie && m.attributes > 0
		}
		m.attributes++
		m.attribute(kind, whole[at+4:min(end, len(whole))], whole[:at], whole)
		at = at + 4 + (n+3)&^3
	}
	return m.cookie || m.attributes > 0 || m.size == stunHeader && length == stunHeader
}

// classicStun tells whether a message without the cookie may be one at all.
func classicStun(kind uint16) bool {
	switch kind {
	case stunBindingRequest, stunBindingSuccess, stunBindingError, 0x0002, 0x0102, 0x0112,
		turnAllocateRequest, turnAllocateSuccess, turnAllocateError,
		turnRefreshRequest, 0x0104, 0x0114, msDataIndication, 0x0006, 0x0106:
		return true
	}
	return kind >= 0x0800 && kind <= 0x0805 // WhatsApp
}

// attribute reads one attribute; before is the message up to it.
func (m *stunMessage) attribute(kind uint16, v, before, whole []byte) {
	switch kind {
	case 0x0001, 0x8020:
		if !m.mapped.IsValid() {
			m.mapped, _ = stunAddress(v, nil)
		}
	case 0x0020:
		m.mapped, _ = stunAddress(v, whole)
	case 0x0006:
		m.username = v
	case 0x0008:
		m.integrity = true
	case 0x000c:
		if len(v) >= 2 {
			m.channel = be16(v)
		}
	case 0x000d:
		m.lifetime = true
	case 0x000f:
		m.msTurn = m.msTurn || len(v) == 4 && be32(v) == msTurnMagicCookie
	case 0x0012:
		m.peer(v, whole)
	case 0x0013:
		m.data = v
	case 0x0014:
		m.realm = v
	case 0x0024:
		m.priority = len(v) == 4
		if m.priority {
			m.candidate = v[0]
		}
	case 0x0025:
		m.use = true
	case 0x8022:
		m.software = v
	case 0x8028:
		if len(v) == 4 {
			m.fingerprint = stunFingerprint(before, m.size) == be32(v)
			m.forged = !m.fingerprint
		}
	case 0x8029:
		m.controlled = len(v) == 8
	case 0x802a:
		m.controlling = len(v) == 8
	case 0x8095:
		m.msRelayed, m.msVendor = true, true
	case 0x8008, 0x8036, 0x8037, 0x8050, 0x8054, 0x8055, 0x8070, 0x24df, 0x3802:
		m.msVendor = true
	case 0xc057:
		m.google = true
	case 0x4000, 0x4001, 0x4002, 0x4003, 0x4004, 0x4007:
		m.whatsapp = true
	case 0x0101, 0x0103:
		m.zoom = true
	}
}

// peer reads XOR-PEER-ADDRESS (RFC 8656, section 18.3). In MS-TURN the number is REMOTE-ADDRESS
// and the address is plain; its messages have no RFC cookie.
func (m *stunMessage) peer(v, whole []byte) {
	key := whole
	if !m.cookie || m.msTurn || m.kind == msDataIndication {
		key = nil
	}
	if ap, ok := stunAddress(v, key); ok && m.peerCount < len(m.peers) {
		m.peers[m.peerCount] = ap
		m.peerCount++
	}
}

// stunAddress reads an address attribute; header is the message to undo the XOR with
// (RFC 8489, section 14.2), nil for a plain one (section 14.1).
func stunAddress(v, header []byte) (netip.AddrPort, bool) {
	if len(v) < 8 || v[0] != 0 {
		return netip.AddrPort{}, false
	}
	port := be16(v[2:])
	if header != nil {
		port ^= stunCookie >> 16
	}
	switch {
	case v[1] == 1 && len(v) == 8:
		a := be32(v[4:])
		if header != nil {
			a ^= stunCookie
		}
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], a)
		return netip.AddrPortFrom(netip.AddrFrom4(b), port), true
	case v[1] == 2 && len(v) == 20:
		b := [16]byte(v[4:20])
		if header != nil {
			for i := range b {
				b[i] ^= header[4+i]
			}
		}
		return netip.AddrPortFrom(netip.AddrFrom16(b), port), true
	}
	return netip.AddrPort{}, false
}

// stunFingerprint is the value of FINGERPRINT over before, the message up to that attribute
// (RFC 8489, section 14.7).
func stunFingerprint(before []byte, _ int) uint32 {
	return crc32.ChecksumIEEE(before) ^ stunFingerprintXOR
}
