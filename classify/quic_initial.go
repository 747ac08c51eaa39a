package classify

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
)

// Initial salts by version: RFC 9001 section 5.2, RFC 9369 section 3.3.1, the drafts, and
// Google's own (Chromium, quic/core/crypto/crypto_utils.cc).
var (
	quicSalt1    = []byte{0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a}
	quicSalt2    = []byte{0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9}
	quicSalt29   = []byte{0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99}
	quicSalt23   = []byte{0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02}
	quicSalt22   = []byte{0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a, 0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a}
	quicSaltQ050 = []byte{0x50, 0x45, 0x74, 0xef, 0xd0, 0x66, 0xfe, 0x2f, 0x9d, 0x94, 0x5c, 0xfc, 0xdb, 0xd3, 0xa7, 0xf0, 0xd3, 0xb5, 0x6b, 0x45}
	quicSaltT050 = []byte{0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80, 0x30, 0x4c, 0x43, 0xa2, 0x36, 0x7c, 0x60, 0x48, 0x83, 0x10}
	quicSaltT051 = []byte{0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50, 0x6c, 0x19, 0x12, 0x4f, 0xc8, 0xcc, 0xda, 0x6e, 0x03, 0x3d}
	quicLabels1  = quicLabels{"client in", "quic key", "quic iv", "quic hp"}
	quicLabels2  = quicLabels{"client in", "quicv2 key", "quicv2 iv", "quicv2 hp"}
)

type quicLabels struct{ secret, key, iv, hp string }

const versionQ050 = 'Q'<<24 | '0'<<16 | '5'<<8 | '0'

// quicKeying is the salt and labels of a version, and its type number of an Initial; the salt
// is nil if they are not known.
func quicKeying(version uint32) (salt []byte, labels quicLabels, initialType byte) {
	labels = quicLabels1
	draft := version & 0xff
	switch {
	case version == 1 || version>>8 == 0xff0000 && draft >= 33:
		salt = quicSalt1
	case version == 0x6b3343cf:
		return quicSalt2, quicLabels2, 1
	case version>>8 == 0xff0000 && draft >= 29:
		salt = quicSalt29
	case version>>8 == 0xff0000 && draft >= 23 || version == 0xfaceb002 || version == 0xfaceb00e:
		salt = quicSalt23
	case version == 0xff000016 || version == 0xfaceb001:
		salt = quicSalt22
	case version == versionQ050:
		salt = quicSaltQ050
	case version == 'T'<<24|'0'<<16|'5'<<8|'0':
		salt = quicSaltT050
	case version == 'T'<<24|'0'<<16|'5'<<8|'1':
		salt = quicSaltT051
	case version>>8 == 0xfaceb0:
		salt = quicSalt29
	}
	return salt, labels, initialType
}

// quicInitial opens the client's Initials in a datagram, whose keys follow from the connection
// id, and reads the ClientHello inside. Its stream is put together over several datagrams, in
// any order: clients shuffle and split it on purpose. Packets of 0-RTT and of the handshake that
// share the datagram are stepped over.
func (o *Observation) quicInitial(p []byte, version uint32) {
	j := o.join(joinQUIC)
	for range maxCoalesced {
		initial, ok := splitQUIC(p)
		if !ok {
			break
		}
		if plain := o.openInitial(&initial, j); plain != nil {
			if initial.version == versionQ050 {
				if at := chlo(plain); at >= 0 {
					o.googleHello(plain[at:])
				}
				return
			}
			if j == nil {
				j = o.newJoin(joinQUIC)
			}
			if j.idLength == 0 {
				j.idLength = uint8(copy(j.connection[:], initial.dcid))
			}
			quicCrypto(plain, j)
		} else if initial.kind == quicEarly && j == nil {
			o.Watch(o.Number() + maxJoinPackets) // the Initial may come behind it
		}
		p = p[initial.size:]
	}
	if j != nil && (o.quicHello(j, version) || j.next(o)) {
		j.drop(o)
	}
}

// openInitial opens an Initial by the keys of its own connection id: a client's first, and its
// first after a Retry, whose source connection id it takes over (RFC 9001, section 5.2). Once
// the server has answered, the client uses the server's id, but the keys stay (RFC 9000, section
// 7.2): then those of the join serve.
func (o *Observation) openInitial(q *quicPacket, j *join) []byte {
	if q.kind != quicInitialKind {
		return nil
	}
	plain := q.open(q.dcid)
	if plain == nil && j != nil && j.idLength > 0 && string(j.connection[:j.idLength]) != string(q.dcid) {
		plain = q.open(j.connection[:j.idLength])
	} else if plain != nil && j != nil {
		j.idLength = uint8(copy(j.connection[:], q.dcid))
	}
	return plain
}

var (
	serviceQUIC = serviceNumber("quic")
	serviceDoQ  = serviceNumber("doq")
)

// quicHello claims what a ClientHello asks for; it tells whether nothing more is to come.
func (o *Observation) quicHello(j *join, version uint32) bool {
	p := j.octets()
	h, ok := readClientHello(p)
	if !ok {
		return len(p) > 0 && p[0] != 1
	}
	if len(h.sni) > 0 && j.told && h.ech {
		o.NameServer(h.sni, true)
	}
	if j.told {
		return h.whole
	}
	switch {
	case bytes.HasPrefix(h.alpn, []byte("bep/")):
		o.Claim(claimSyncthingQUIC, uint32(len(h.alpn)), version)
		return true
	case string(h.alpn) == "libp2p" || bytes.HasSuffix(h.sni, []byte(".iroh.invalid")):
		o.Claim(claimQUICPeer, uint32(len(h.alpn)), version)
		return true
	case len(h.sni) > 0 && (len(h.alpn) > 0 || h.whole):
		j.told = true
		o.NameServer(h.sni, h.ech)
		o.Claim(claimQUICNamed, quicService(h.alpn), version)
		if quicService(h.alpn) == serviceDoQ || hidesNames(h.sni) {
			o.HideNames()
		}
	case len(h.sni) > 0:
		o.NameServer(h.sni, h.ech)
		o.Claim(claimQUICNamed, serviceQUIC, version)
	case h.whole && quicService(h.alpn) == serviceDoQ:
		o.HideNames()
		o.recognise(claimTunnel, serviceDoQ) // to a resolver by its bare address
	}
	return h.whole
}

// quicService is what a protocol name asks for: DNS (RFC 9250, section 4.1.1; the drafts added
// their number) or, of all others, just QUIC.
func quicService(alpn []byte) uint32 {
	if bytes.HasPrefix(alpn, []byte("doq")) {
		return serviceDoQ
	}
	return serviceQUIC
}

// quicKind is what a long header of any version says that its packet is.
type quicKind uint8

const (
	quicInitialKind quicKind = iota
	quicEarly                // 0-RTT
	quicHandshake
	quicRetry
)

// quicPacket is one packet with a long header in a datagram (RFC 9000, section 17.2).
type quicPacket struct {
	version uint32
	kind    quicKind
	dcid    []byte
	octets  []byte // of the packet
	number  int    // offset of the packet number
	size    int
}

// maxCoalesced bounds the packets of a datagram that are looked at (RFC 9000, section 12.2).
const maxCoalesced = 4

// splitQUIC reads the packet with a long header at the start of p; it fails on any other, on one
// that is cut, and on a Retry, which has no length and stands alone.
func splitQUIC(p []byte) (q quicPacket, ok bool) {
	if len(p) < 7 || p[0]&0xc0 != 0xc0 || p[5] > 20 || 6+int(p[5]) >= len(p) {
		return q, false
	}
	q.version = be32(p[1:])
	salt, _, initialType := quicKeying(q.version)
	q.kind = quicKind((p[0]>>4 - initialType) & 3)
	if salt == nil || q.kind == quicRetry {
		return q, false
	}
	q.dcid = p[6 : 6+int(p[5])]
	at := 6 + len(q.dcid)
	if at+1+int(p[at]) >= len(p) {
		return q, false
	}
	at += 1 + int(p[at])
	if q.kind == quicInitialKind {
		token, n := quicVarint(p[at:])
		if n == 0 || token > uint64(len(p)) {
			return q, false
		}
		at += n + int(token)
		if at >= len(p) {
			return q, false
		}
	}
	length, n := quicVarint(p[at:])
	at += n
	if n == 0 || length < 20 || length > uint64(len(p)-at) {
		return q, false
	}
	q.number, q.size = at, at+int(length)
	q.octets = p[:q.size]
	return q, true
}

// open decrypts a client's Initial by the keys that follow from a connection id, and returns its
// frames; nil if its tag does not verify.
func (q *quicPacket) open(id []byte) []byte {
	salt, labels, _ := quicKeying(q.version)
	return quicDecrypt(q.octets, q.number, id, salt, labels)
}

// quicDecrypt removes header and packet protection (RFC 9001, sections 5.3 and 5.4); pn is the
// offset of the packet number. p is not changed.
func quicDecrypt(p []byte, pn int, dcid, salt []byte, l quicLabels) []byte {
	initial, err := hkdf.Extract(sha256.New, dcid, salt)
	if err != nil {
		return nil
	}
	secret := quicExpand(initial, l.secret, 32)
	key, iv, hp := quicExpand(secret, l.key, 16), quicExpand(secret, l.iv, 12), quicExpand(secret, l.hp, 16)
	block, err := aes.NewCipher(hp)
	if err != nil || pn+20 > len(p) {
		return nil
	}
	var mask [16]byte
	block.Encrypt(mask[:], p[pn+4:pn+20])
	header := append([]byte(nil), p[:pn+4]...)
	header[0] ^= mask[0] & 0x0f
	width := int(header[0]&3) + 1
	number := uint32(0)
	for i := range width {
		header[pn+i] ^= mask[1+i]
		number = number<<8 | uint32(header[pn+i])
	}
	binary.BigEndian.PutUint32(iv[8:], be32(iv[8:])^number)
	block, err = aes.NewCipher(key)
	if err != nil {
		return nil
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil
	}
	plain, err := aead.Open(nil, iv, p[pn+width:], header[:pn+width])
	if err != nil {
		return nil
	}
	return plain
}

// quicExpand is HKDF-Expand-Label (RFC 8446, section 7.1) with an empty context.
func quicExpand(secret []byte, label string, n int) []byte {
	info := append([]byte{0, byte(n), byte(6 + len(label))}, "tls13 "+label...)
	out, err := hkdf.Expand(sha256.New, secret, string(append(info, 0)), n)
	if err != nil {
		return make([]byte, n)
	}
	return out
}

// quicVarint reads a variable-length integer (RFC 9000, section 16) and its width, 0 if cut.
func quicVarint(p []byte) (uint64, int) {
	if len(p) == 0 {
		return 0, 0
	}
	n := 1 << (p[0] >> 6)
	if len(p) < n {
		return 0, 0
	}
	v := uint64(p[0] & 0x3f)
	for _, b := range p[1:n] {
		v = v<<8 | uint64(b)
	}
	return v, n
}

// quicCrypto puts the CRYPTO frames of a packet (RFC 9000, section 19.6) into j. An ACK may
// stand before them once the server was heard (section 19.3).
func quicCrypto(p []byte, j *join) {
	for len(p) > 0 {
		switch p[0] {
		case 0, 1: // PADDING, PING
			p = p[1:]
			continue
		case 2, 3:
			n := quicAck(p)
			if n == 0 {
				return
			}
			p = p[n:]
			continue
		case 6:
		default:
			return // no other frame but CONNECTION_CLOSE may be in an Initial (section 12.4)
		}
		offset, n := quicVarint(p[1:])
		if n == 0 {
			return
		}
		length, m := quicVarint(p[1+n:])
		at := 1 + n + m
		if m == 0 || length > uint64(len(p)-at) || offset > maxJoinOctets {
			return
		}
		j.put(int(offset), p[at:at+int(length)])
		p = p[at+int(length):]
	}
}

// quicAck returns the length of an ACK frame (RFC 9000, section 19.3), 0 if it is cut: type,
// largest, delay, count, first range, then pairs of gap and length, and three counts of ECN.
func quicAck(p []byte) int {
	at := 1
	field := func() uint64 {
		v, n := quicVarint(p[min(at, len(p)):])
		if n == 0 {
			at = len(p) + 1
		}
		at += n
		return v
	}
	field()
	field()
	count := field()
	field()
	rest := 2 * min(count, 1<<12)
	if p[0] == 3 {
		rest += 3
	}
	for range rest {
		if field(); at > len(p) {
			return 0
		}
	}
	if at > len(p) {
		return 0
	}
	return at
}
