package classify

import (
	"encoding/binary"
	"hash/crc32"
	"net/netip"
)

// STUN message types: methods and classes (RFC 8489, sections 5 and 18.2; RFC 8656, section
// 17). A type holds the method's twelve bits with the class's two at 0x0100 and 0x0010.
const (
	stunBindingRequest  = 0x0001
	stunBindingIndicate = 0x0011 // ICE's keep-alive (RFC 8445, section 11)
	stunBindingSuccess  = 0x0101
	stunBindingError    = 0x0111
	stunSharedSecret    = 0x0002 // RFC 3489, section 9.3
	turnAllocate        = 0x0003
	turnAllocateSuccess = 0x0103
	turnAllocateError   = 0x0113
	turnRefresh         = 0x0004 // in MS-TURN: Send Request
	turnRefreshSuccess  = 0x0104
	turnRefreshError    = 0x0114
	turnSendIndication  = 0x0016
	turnDataIndication  = 0x0017
	turnPermission      = 0x0008
	turnPermissionOK    = 0x0108
	turnChannelBind     = 0x0009
	turnChannelBindOK   = 0x0109
	turnConnect         = 0x000a // RFC 6062, section 6.1
	turnConnectionBind  = 0x000b
	msDataIndication    = 0x0115 // MS-TURN, 2.2.1
	msSetActive         = 0x0006 // MS-TURN, 2.2.1
	googlePing          = 0x0200 // libwebrtc's stand-in for a check that would repeat the last
	googlePingSuccess   = 0x0300
	whatsappFirst       = 0x0800 // relay signalling of WhatsApp: types 0x0800 to 0x0805
	whatsappLast        = 0x0805
)

const (
	stunCookie         = 0x2112a442
	stunHeader         = 20
	stunFingerprintXOR = 0x5354554e
	msTurnMagicCookie  = 0x72c64bc6 // MS-TURN, 2.2.2.16
	maxStunPeers       = 4
	stunMagic          = "\x21\x12" // how the cookie begins
)

// stunMessage is what the detectors need of one STUN, TURN or MS-TURN message.
type stunMessage struct {
	kind        uint16 // message type
	size        int    // octets of the whole message
	whole       bool   // it was captured to its end
	cookie      bool   // RFC 5389 and later
	attributes  int
	username    []byte
	realm       []byte
	software    []byte
	data        []byte // of the DATA attribute, as far as it was captured
	dataLength  int    // of the DATA attribute, on the wire
	peers       [maxStunPeers]netip.AddrPort
	peerCount   int
	candidate   uint8 // top octet of PRIORITY: the type preference (RFC 8445, section 5.1.2.1)
	priority    bool
	use         bool // USE-CANDIDATE
	controlling bool
	controlled  bool
	integrity   bool // MESSAGE-INTEGRITY, in one of its three forms
	fingerprint bool // verified
	forged      bool // FINGERPRINT is there and wrong
	discovery   bool // asks or tells what only a public server does (RFC 3489, RFC 5780)
	msTurn      bool // MS-TURN's magic cookie attribute
	msVendor    bool // attributes that Microsoft's clients and relays send
	msRelayed   bool // 0x8095: multiplexed session id, put by Microsoft's relays
	google      bool // attributes of libwebrtc
	whatsapp    bool
	zoom        bool
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
	m.cookie, m.whole = be32(p[4:]) == stunCookie, len(p) >= m.size
	// The length is a multiple of four (RFC 8489, section 5); WhatsApp's clients of 2018 do
	// not pad their last attribute, so with the cookie a message that fills the packet will do.
	if m.size > length || m.size&3 != 0 && !(m.cookie && m.size == length) {
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
			return m.cookie && m.attributes > 0
		}
		m.attributes++
		m.attribute(kind, n, whole[at+4:min(end, len(whole))], whole[:at])
		at = at + 4 + (n+3)&^3
	}
	return m.cookie || m.attributes > 0 || m.size == stunHeader && length == stunHeader
}

// classicStun tells whether a message without the cookie may be one at all.
func classicStun(kind uint16) bool {
	switch kind {
	case stunBindingRequest, stunBindingSuccess, stunBindingError, stunSharedSecret, 0x0102, 0x0112,
		turnAllocate, turnAllocateSuccess, turnAllocateError,
		turnRefresh, turnRefreshSuccess, turnRefreshError, msDataIndication, msSetActive, 0x0106:
		return true
	}
	return kind >= whatsappFirst && kind <= whatsappLast
}

// attribute reads one attribute: v is its value as far as it was captured, n its length, before
// the message up to it. The numbers are those of RFC 8489 section 18.3, RFC 8656 section 18,
// RFC 8445 section 16.1, RFC 5780 section 7 and [MS-TURN] 2.2.2.
func (m *stunMessage) attribute(kind uint16, n int, v, before []byte) {
	switch kind {
	case 0x0002, 0x0003, 0x0004, 0x0005, 0x802b, 0x802c:
		// RESPONSE-ADDRESS, CHANGE-REQUEST, SOURCE- and CHANGED-ADDRESS; RESPONSE-ORIGIN, OTHER-ADDRESS
		m.discovery = true
	case 0x0006:
		m.username = v
	case 0x0008, 0x001c, 0xc060:
		m.integrity = true // MESSAGE-INTEGRITY, -SHA256, libwebrtc's of 32 bits
	case 0x000f:
		m.msTurn = m.msTurn || len(v) == 4 && be32(v) == msTurnMagicCookie
	case 0x0012:
		m.peer(v, before)
	case 0x0013:
		m.data, m.dataLength = v, n
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
		m.checkFingerprint(v, before)
	case 0x8029:
		m.controlled = n == 8
	case 0x802a:
		m.controlling = n == 8
	case 0x8095:
		m.msRelayed, m.msVendor = true, true
	default:
		m.vendor(kind)
	}
}

// vendor notes attributes by which an application is known.
func (m *stunMessage) vendor(kind uint16) {
	switch kind {
	case 0x8008, 0x8032, 0x8036, 0x8037, 0x8050, 0x8054, 0x8055, 0x8070, 0x24df, 0x3802:
		m.msVendor = true // MS-Version to MS-Implementation-Version ([MS-TURN], [MS-ICE2] 2.2)
	case 0xc057, 0xc058, 0xc059, 0xc05a, 0xc05b, 0xc05c, 0xc05d, 0xc070, 0xc071:
		m.google = true // libwebrtc api/transport/stun.h
	case 0x4000, 0x4001, 0x4002, 0x4003, 0x4004, 0x4007:
		m.whatsapp = true
	case 0x0101, 0x0103:
		m.zoom = true
	}
}

// checkFingerprint verifies FINGERPRINT (RFC 8489, section 14.7), in Microsoft's early form too.
func (m *stunMessage) checkFingerprint(v, before []byte) {
	if len(v) != 4 {
		return // cut
	}
	want := be32(v) ^ stunFingerprintXOR
	switch {
	case crc32.ChecksumIEEE(before) == want:
		m.fingerprint = true
	case msChecksum(before) == want:
		m.fingerprint, m.msVendor = true, true
	default:
		m.forged = true
	}
}

// peer reads XOR-PEER-ADDRESS (RFC 8656, section 18.3). In MS-TURN the number is REMOTE-ADDRESS
// and the address is plain; its messages have no RFC cookie.
func (m *stunMessage) peer(v, header []byte) {
	if !m.cookie || m.msTurn || m.kind == msDataIndication {
		header = nil
	}
	if ap, ok := stunAddress(v, header); ok && m.peerCount < len(m.peers) {
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
		return netip.AddrPortFrom(netip.AddrFrom16(b).Unmap(), port), true
	}
	return netip.AddrPort{}, false
}

// msTable is the CRC-32 table with the digit that Windows Live Messenger 2009 and Office
// Communicator lost in it: 0x8bbeb8ea stands there as 0x08bbe8ea (as libnice knows it).
var msTable = func() *crc32.Table {
	t := *crc32.IEEETable
	for i, v := range t {
		if v == 0x8bbeb8ea {
			t[i] = 0x08bbe8ea
		}
	}
	return &t
}()

// msChecksum is CRC-32 by msTable. Octet by octet: it is asked only where FINGERPRINT is wrong.
func msChecksum(p []byte) uint32 {
	crc := ^uint32(0)
	for _, b := range p {
		crc = msTable[byte(crc)^b] ^ crc>>8
	}
	return ^crc
}
