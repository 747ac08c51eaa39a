package classify

import (
	"encoding/binary"
	"hash/crc32"
	"net/netip"
	"testing"
)

// stunTransaction is the transaction id of all messages made by tests, behind the cookie.
var stunTransaction = []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}

// stunOf returns a message of RFC 8489 with the attributes given.
func stunOf(kind uint16, attributes ...[]byte) []byte {
	return stunBehind(joined([]byte{0x21, 0x12, 0xa4, 0x42}, stunTransaction), kind, attributes...)
}

// classicOf returns one of RFC 3489 or MS-TURN: 16 octets of transaction id and no cookie.
func classicOf(kind uint16, attributes ...[]byte) []byte {
	return stunBehind(joined([]byte{0xf1, 0xe2, 0xd3, 0xc4}, stunTransaction), kind, attributes...)
}

func stunBehind(id []byte, kind uint16, attributes ...[]byte) []byte {
	body := joined(attributes...)
	head := binary.BigEndian.AppendUint16(nil, kind)
	head = binary.BigEndian.AppendUint16(head, uint16(len(body)))
	return joined(head, id, body)
}

// attr returns one attribute, padded with zeros.
func attr(kind uint16, value ...byte) []byte {
	p := binary.BigEndian.AppendUint16(nil, kind)
	p = binary.BigEndian.AppendUint16(p, uint16(len(value)))
	p = append(p, value...)
	return append(p, make([]byte, -len(value)&3)...)
}

// Attributes that many tests want.
var (
	attrUsername    = attr(0x0006, []byte("abcd:efgh")...)
	attrPriority    = attr(0x0024, 0x6e, 0, 0x1e, 0xff)
	attrIntegrity   = attr(0x0008, make([]byte, 20)...)
	attrControlling = attr(0x802a, 1, 2, 3, 4, 5, 6, 7, 8)
	attrUse         = attr(0x0025)
	attrMsCookie    = attr(0x000f, 0x72, 0xc6, 0x4b, 0xc6)
	attrMapped      = xorAddress(0x0020, "203.0.113.9:4000")
)

// withFingerprint appends FINGERPRINT, of table t, and counts it in the length.
func withFingerprint(p []byte, t *crc32.Table) []byte {
	binary.BigEndian.PutUint16(p[2:], uint16(len(p)-stunHeader+8))
	sum := ^uint32(0)
	for _, b := range p {
		sum = t[byte(sum)^b] ^ sum>>8
	}
	return append(p, attr(0x8028, binary.BigEndian.AppendUint32(nil, ^sum^stunFingerprintXOR)...)...)
}

// plainAddress returns an address attribute as RFC 8489, section 14.1, has it.
func plainAddress(kind uint16, text string) []byte {
	ap := netip.MustParseAddrPort(text)
	family := byte(1)
	if ap.Addr().Is6() {
		family = 2
	}
	v := binary.BigEndian.AppendUint16([]byte{0, family}, ap.Port())
	return attr(kind, append(v, ap.Addr().AsSlice()...)...)
}

// xorAddress returns one as section 14.2 has it, for a message of stunOf.
func xorAddress(kind uint16, text string) []byte {
	p := plainAddress(kind, text)
	key := joined([]byte{0x21, 0x12}, []byte{0x21, 0x12, 0xa4, 0x42}, stunTransaction)
	for i := range p[6:] {
		p[6+i] ^= key[i]
	}
	return p
}

func TestParseStunPeers(t *testing.T) {
	for _, r := range []struct {
		name    string
		message []byte
		want    string // "" is none
	}{
		{"xor, IPv4", stunOf(turnSendIndication, xorAddress(0x0012, "198.51.100.7:50000")), "198.51.100.7:50000"},
		{"xor, IPv6", stunOf(turnSendIndication, xorAddress(0x0012, "[2001:db8::7]:50000")), "[2001:db8::7]:50000"},
		{"IPv4 in IPv6 is unmapped", stunOf(turnSendIndication, xorAddress(0x0012, "[::ffff:198.51.100.7]:50000")), "198.51.100.7:50000"},
		{"Microsoft's data indication is plain", classicOf(msDataIndication, attrMsCookie, plainAddress(0x0012, "93.71.110.205:16332")), "93.71.110.205:16332"},
		{"plain by its type alone", classicOf(msDataIndication, plainAddress(0x0012, "93.71.110.205:16332")), "93.71.110.205:16332"},
		{"plain behind MS-TURN's cookie in an RFC message", stunOf(turnSendIndication, attrMsCookie, plainAddress(0x0012, "93.71.110.205:16332")), "93.71.110.205:16332"},
		{"family 3", stunOf(turnSendIndication, attr(0x0012, 0, 3, 0, 1, 1, 2, 3, 4)), ""},
		{"IPv4 of five octets", stunOf(turnSendIndication, attr(0x0012, 0, 1, 0, 1, 1, 2, 3, 4, 5)), ""},
		{"IPv6 of twelve octets", stunOf(turnSendIndication, attr(0x0012, 0, 2, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)), ""},
		{"first octet not zero", stunOf(turnSendIndication, attr(0x0012, 1, 1, 0, 1, 1, 2, 3, 4)), ""},
		{"XOR-RELAYED-ADDRESS is no peer", stunOf(turnAllocateSuccess, xorAddress(0x0016, "198.51.100.7:50000")), ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			var m stunMessage
			if !parseStun(r.message, len(r.message), &m) {
				t.Fatal("not taken for STUN")
			}
			got := ""
			if m.peerCount > 0 {
				got = m.peers[0].String()
			}
			if got != r.want {
				t.Errorf("peer %q, want %q", got, r.want)
			}
		})
	}
}

func TestParseStunShape(t *testing.T) {
	unpadded := stunOf(turnAllocate, attr(0x4000, 1, 2, 3, 4, 5, 6))
	unpadded = unpadded[:len(unpadded)-2]
	binary.BigEndian.PutUint16(unpadded[2:], uint16(len(unpadded)-stunHeader))
	classic := classicOf(stunBindingRequest, attr(0x0003, 0, 0, 0, 0))
	for _, r := range []struct {
		name    string
		message []byte
		length  int // on the wire; 0 is all
		want    bool
	}{
		{"empty", nil, 0, false},
		{"19 octets", stunOf(1)[:19], 20, false},
		{"a Binding of no attributes", stunOf(1), 0, true},
		{"top bits set", joined([]byte{0x40, 1}, stunOf(1)[2:]), 0, false},
		{"longer than the packet", stunOf(1, attrPriority), 27, false},
		{"cut by the snap length", stunOf(1, attrPriority)[:22], 28, true},
		{"last attribute not padded, as WhatsApp of 2018 sends it", unpadded, 0, true},
		{"the same inside a longer packet", unpadded, len(unpadded) + 4, false},
		{"classic, type known", classic, 0, true},
		{"classic, type unknown", joined([]byte{0x03, 0xe7}, classic[2:]), 0, false},
		{"classic, attribute overruns", joined(classic[:22], []byte{0, 9}, classic[24:]), 0, false},
		{"classic of 20 octets", classicOf(1), 0, true},
		{"classic of 20 octets in a longer packet", joined(classicOf(1), make([]byte, 8)), 0, false},
		{"a second attribute overruns, with the cookie", stunOf(1, attrPriority, []byte{0, 6, 0, 99}), 0, true},
		{"the first overruns, with the cookie", stunOf(1, []byte{0, 6, 0, 99}), 0, false},
	} {
		t.Run(r.name, func(t *testing.T) {
			var m stunMessage
			wire := r.length
			if wire == 0 {
				wire = len(r.message)
			}
			if got := parseStun(r.message, wire, &m); got != r.want {
				t.Errorf("taken for STUN: %v, want %v", got, r.want)
			}
		})
	}
}

func TestParseStunFingerprint(t *testing.T) {
	check := func() []byte { return stunOf(stunBindingRequest, attrUsername, attrPriority, attrIntegrity) }
	var early []byte // a message whose checksum looks the lost digit up
	for i := byte(0); ; i++ {
		early = withFingerprint(stunOf(stunBindingRequest, attr(0x0006, i, ':', i)), msTable)
		if crc32.ChecksumIEEE(early[:len(early)-8])^stunFingerprintXOR != binary.BigEndian.Uint32(early[len(early)-4:]) {
			break
		}
	}
	broken := withFingerprint(check(), crc32.IEEETable)
	broken[stunHeader+5] ^= 1
	for _, r := range []struct {
		name                        string
		message                     []byte
		fingerprint, forged, vendor bool
	}{
		{"none", check(), false, false, false},
		{"right", withFingerprint(check(), crc32.IEEETable), true, false, false},
		{"one bit of the message changed", broken, false, true, false},
		{"of the table that lost a digit", early, true, false, true},
	} {
		t.Run(r.name, func(t *testing.T) {
			var m stunMessage
			if !parseStun(r.message, len(r.message), &m) {
				t.Fatal("not taken for STUN")
			}
			if m.fingerprint != r.fingerprint || m.forged != r.forged || m.msVendor != r.vendor {
				t.Errorf("verified %v, forged %v, Microsoft's %v; want %v, %v, %v", m.fingerprint, m.forged, m.msVendor, r.fingerprint, r.forged, r.vendor)
			}
		})
	}
}

func TestParseStunAttributes(t *testing.T) {
	p := stunOf(stunBindingRequest, attrUsername, attrPriority, attrUse, attrControlling, attr(0x001c, make([]byte, 32)...),
		attr(0x0014, []byte("signal.org")...), attr(0x8022, []byte("coturn")...), attr(0xc057, 0, 1, 0, 10), attr(0x8070, 0, 0, 0, 2))
	var m stunMessage
	if !parseStun(p, len(p), &m) {
		t.Fatal("not taken for STUN")
	}
	if string(m.username) != "abcd:efgh" || string(m.realm) != "signal.org" || string(m.software) != "coturn" {
		t.Errorf("texts %q, %q, %q", m.username, m.realm, m.software)
	}
	if !m.priority || m.candidate != 0x6e || !m.use || !m.controlling || m.controlled || !m.integrity || !m.google || !m.msVendor || m.attributes != 9 {
		t.Errorf("read %+v", m)
	}
}

func FuzzParseStun(f *testing.F) {
	f.Add(stunOf(stunBindingRequest, attrUsername, attrPriority), 0)
	f.Add(stunOf(turnSendIndication, xorAddress(0x0012, "[2001:db8::7]:50000"), attr(0x0013, 1, 2, 3)), 100)
	f.Add(classicOf(msDataIndication, attrMsCookie, plainAddress(0x0012, "93.71.110.205:16332")), 0)
	f.Fuzz(func(t *testing.T, p []byte, more int) {
		var m stunMessage
		if parseStun(p, len(p)+max(more, 0), &m) && (m.size < stunHeader || m.peerCount > maxStunPeers) {
			t.Errorf("size %d, peers %d", m.size, m.peerCount)
		}
	})
}
