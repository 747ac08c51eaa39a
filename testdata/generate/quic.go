package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"time"
)

// initialSalt is the salt of QUIC version 1 (RFC 9001, section 5.2).
var initialSalt = []byte{
	0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
	0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a,
}

// quicKeys protect the Initial packets of one side.
type quicKeys struct {
	seal   cipher.AEAD
	header cipher.Block
	iv     []byte
}

// expandLabel is HKDF-Expand-Label with an empty context (RFC 8446, section 7.1).
func expandLabel(secret []byte, label string, n int) ([]byte, error) {
	info := join(u16(n), vec8([]byte("tls13 "+label)), vec8())
	return hkdf.Expand(sha256.New, secret, string(info), n)
}

// initialKeys derives one side's keys from the client's first destination connection ID.
func initialKeys(destination []byte, side string) (k quicKeys, err error) {
	secret, err := hkdf.Extract(sha256.New, destination, initialSalt)
	if err != nil {
		return k, fmt.Errorf("quic initial secret: %w", err)
	}
	if secret, err = expandLabel(secret, side, 32); err != nil {
		return k, fmt.Errorf("quic %s: %w", side, err)
	}
	var parts [3][]byte
	for i, label := range []string{"quic key", "quic iv", "quic hp"} {
		if parts[i], err = expandLabel(secret, label, []int{16, 12, 16}[i]); err != nil {
			return k, fmt.Errorf("%s: %w", label, err)
		}
	}
	block, err := aes.NewCipher(parts[0])
	if err != nil {
		return k, fmt.Errorf("quic key: %w", err)
	}
	if k.header, err = aes.NewCipher(parts[2]); err != nil {
		return k, fmt.Errorf("quic hp: %w", err)
	}
	k.iv = parts[1]
	k.seal, err = cipher.NewGCM(block)
	return k, err
}

// quicLength is a variable-length integer of two octets (RFC 9000, section 16).
func quicLength(n int) []byte { return u16(0x4000 | n) }

// longHeader writes the clear part of an Initial (kind 0xc0) or Handshake (0xe0) header.
func longHeader(kind byte, destination, source []byte) []byte {
	h := join([]byte{kind | 3}, u32(1), vec8(destination), vec8(source))
	if kind == 0xc0 {
		h = append(h, 0) // no token
	}
	return h
}

// initial returns a protected Initial packet (RFC 9001, sections 5.3 and 5.4), number
// in four octets, padded so that the packet has at least size octets.
func (k quicKeys) initial(destination, source []byte, number uint32, frames []byte, size int) []byte {
	header := longHeader(0xc0, destination, source)
	overhead := len(header) + 2 + 4 + k.seal.Overhead()
	if missing := size - overhead - len(frames); missing > 0 {
		frames = append(frames, make([]byte, missing)...) // PADDING
	}
	header = join(header, quicLength(4+len(frames)+k.seal.Overhead()), u32(number))
	nonce := append([]byte(nil), k.iv...)
	for i, octet := range u32(number) {
		nonce[8+i] ^= octet
	}
	packet := k.seal.Seal(append([]byte(nil), header...), nonce, frames, header)
	var mask [16]byte
	at := len(header) - 4
	k.header.Encrypt(mask[:], packet[at+4:at+20])
	packet[0] ^= mask[0] & 0x0f
	for i := range 4 {
		packet[at+i] ^= mask[1+i]
	}
	return packet
}

// crypto is a CRYPTO frame at offset 0 (RFC 9000, section 19.6).
func cryptoFrame(message []byte) []byte {
	return join([]byte{6, 0}, quicLength(len(message)), message)
}

// ackFrame acknowledges packet 0 alone (RFC 9000, section 19.3).
var ackFrame = []byte{2, 0, 0x0a, 0, 0}

// parameters are the client's transport parameters (RFC 9000, section 18.2).
func parameters(source []byte) []byte {
	return join([]byte{0x01, 4}, u32(0x80007530), []byte{0x04, 4}, u32(0x80100000),
		[]byte{0x08, 2}, quicLength(100), []byte{0x0f}, vec8(source))
}

// quic holds a QUIC version 1 connection whose Initial packets anyone can open, as the RFC
// has it; what the Handshake and 1-RTT packets hold is random.
func (s *scene) quic(at time.Duration, a, b endpoint, name string, answers int) {
	c := s.udp(a, b, negative("quic", "QUIC v1 to "+name+", name in the Initial"))
	first, client, server := s.octets(8), s.octets(8), s.octets(8)
	ours, err := initialKeys(first, "client in")
	if err != nil {
		s.fail(err)
		return
	}
	theirs, err := initialKeys(first, "server in")
	if err != nil {
		s.fail(err)
		return
	}
	rtt := s.spread(15*ms, 50*ms)
	ch := hello{version: tls12, random: s.octets(32), suites: []uint16{0x1301, 0x1302, 0x1303}, name: name,
		protocols: []string{"h3"}, versions: []uint16{tls13}, share: s.octets(32), transport: parameters(client)}
	sh := hello{version: tls12, random: s.octets(32), suites: []uint16{0x1301}, versions: []uint16{tls13}, share: s.octets(32)}

	c.send(at, ours.initial(first, client, 0, cryptoFrame(handshake(typeClientHello, ch.client())), 1200))
	reply := theirs.initial(client, server, 0, join(ackFrame, cryptoFrame(handshake(typeServerHello, sh.server()))), 0)
	at += rtt
	c.answer(at, join(reply, s.quicHandshake(client, server, 1200-len(reply))))
	c.answer(at+ms/5, s.quicHandshake(client, server, 1100))
	at += 2 * ms
	c.send(at, ours.initial(server, client, 1, ackFrame, 1200))
	c.send(at+ms, join(s.quicHandshake(server, client, 120), s.quicShort(server, 260)))
	for range answers {
		at += rtt + s.spread(5*ms, 300*ms)
		c.answer(at, s.quicShort(client, s.between(300, 1200)))
		c.answer(at+ms/4, s.quicShort(client, s.between(60, 900)))
		c.send(at+ms, s.quicShort(server, s.between(26, 40)))
	}
}

// quicHandshake is a Handshake packet of n octets.
func (s *scene) quicHandshake(destination, source []byte, n int) []byte {
	header := longHeader(0xe0, destination, source)
	header[0] = 0xe0 | s.octets(1)[0]&0x0f // under header protection
	return join(header, quicLength(n-len(header)-2), s.octets(n-len(header)-2))
}

// quicShort is a 1-RTT packet of n octets: the fixed bit, then bits under protection.
func (s *scene) quicShort(destination []byte, n int) []byte {
	return join([]byte{0x40 | s.octets(1)[0]&0x1f}, destination, s.octets(n-1-len(destination)))
}
