package classify

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"strings"
)

// Initial secrets by version: RFC 9001 section 5.2, RFC 9369 section 3.3.1, and the drafts.
var (
	quicSalt1    = []byte{0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a}
	quicSalt2    = []byte{0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9}
	quicSalt29   = []byte{0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99}
	quicSalt23   = []byte{0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02}
	quicLabels1  = quicLabels{"client in", "quic key", "quic iv", "quic hp"}
	quicLabels2  = quicLabels{"client in", "quicv2 key", "quicv2 iv", "quicv2 hp"}
	quicMaxHello = 4096
)

type quicLabels struct{ secret, key, iv, hp string }

// quicInitial opens a client's Initial, whose keys follow from its connection id, and reads
// the ClientHello inside. Only the first datagram's contiguous part is read.
func (o *Observation) quicInitial(p []byte, version uint32) {
	hello := openQUICInitial(p, version)
	if len(hello) < 4 || hello[0] != 1 {
		return
	}
	h, ok := parseTLSHello(hello[4:])
	if !ok {
		return
	}
	switch {
	case string(h.alpn) == "libp2p" || strings.HasPrefix(string(h.alpn), "bep/"):
		o.Claim(claimQUICPeer, uint32(len(h.alpn)), version)
	case len(h.sni) > 0:
		o.NameFlow(string(h.sni), FromSNI)
		o.Claim(claimQUICNamed, uint32(len(h.sni)), version)
	}
}

// openQUICInitial returns the contiguous start of the CRYPTO stream in a client's Initial,
// nil if p is none or its tag does not verify.
func openQUICInitial(p []byte, version uint32) []byte {
	salt, labels := quicSalt1, quicLabels1
	initialType := byte(0)
	switch {
	case version == 0x6b3343cf:
		salt, labels, initialType = quicSalt2, quicLabels2, 1
	case version == 0xff00001d || version == 0xff00001e || version == 0xff00001f || version == 0xff000020:
		salt = quicSalt29
	case version>>8 == 0xff0000 && version&0xff >= 23 || version == 0xfaceb002:
		salt = quicSalt23
	case version != 1:
		return nil
	}
	if p[0]>>4&3 != initialType {
		return nil
	}
	dcid := p[6 : 6+int(p[5])]
	at := 6 + len(dcid)
	if at >= len(p) || at+1+int(p[at]) >= len(p) {
		return nil
	}
	at += 1 + int(p[at])
	token, n := quicVarint(p[at:])
	if n == 0 || token > uint64(len(p)) {
		return nil
	}
	at += n + int(token)
	if at >= len(p) {
		return nil
	}
	length, n := quicVarint(p[at:])
	at += n
	if n == 0 || length < 20 || length > uint64(len(p)-at) {
		return nil
	}
	return quicCrypto(quicDecrypt(p[:at+int(length)], at, dcid, salt, labels))
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

// quicCrypto puts the CRYPTO frames of a packet together (RFC 9000, section 19.6) and returns
// what is contiguous from offset 0. Clients shuffle and split them on purpose.
func quicCrypto(p []byte) []byte {
	var stream [4096]byte
	var have [4096]bool
	for len(p) > 0 {
		switch p[0] {
		case 0, 1: // PADDING, PING
			p = p[1:]
			continue
		case 6:
		default:
			p = nil
			continue
		}
		offset, n := quicVarint(p[1:])
		length, m := quicVarint(p[1+n:])
		at := 1 + n + m
		if n == 0 || m == 0 || length > uint64(len(p)-at) || offset+length > uint64(quicMaxHello) {
			break
		}
		copy(stream[offset:], p[at:at+int(length)])
		for i := range int(length) {
			have[int(offset)+i] = true
		}
		p = p[at+int(length):]
	}
	n := 0
	for n < len(have) && have[n] {
		n++
	}
	return append([]byte(nil), stream[:n]...)
}
