package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"time"
)

// Record types and handshake types (RFC 8446, appendix B).
const (
	recordCipher    = 20
	recordAlert     = 21
	recordHandshake = 22
	recordData      = 23

	typeClientHello        = 1
	typeServerHello        = 2
	typeHelloVerify        = 3
	typeSessionTicket      = 4
	typeCertificate        = 11
	typeServerKeyExchange  = 12
	typeCertificateRequest = 13
	typeServerHelloDone    = 14
	typeCertificateVerify  = 15
	typeClientKeyExchange  = 16
)

const (
	tls12  = 0x0303
	tls13  = 0x0304
	dtls12 = 0xfefd

	suiteGCM = 0xc02b // TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
	x25519   = 29
)

// hello is what a ClientHello or ServerHello says. Empty fields are left out.
type hello struct {
	version   int // legacy_version
	random    []byte
	session   []byte
	cookie    []byte   // DTLS alone: RFC 6347, section 4.2.1
	suites    []uint16 // a server names one
	name      string   // server_name
	protocols []string // ALPN
	versions  []uint16 // supported_versions
	share     []byte   // an x25519 key
	srtp      []uint16 // use_srtp profiles
	transport []byte   // quic_transport_parameters
	plain     bool     // no elliptic curves
}

func extension(id int, body ...[]byte) []byte { return join(u16(id), vec16(body...)) }

// client returns the body of a ClientHello.
func (h hello) client() []byte {
	var e []byte
	if h.name != "" {
		e = append(e, extension(0, vec16([]byte{0}, vec16([]byte(h.name))))...)
	}
	e = append(e, extension(23)...)             // extended_master_secret
	e = append(e, extension(0xff01, vec8())...) // renegotiation_info
	if !h.plain {
		e = append(e, extension(10, vec16(u16s(x25519, 23, 24)))...)
		e = append(e, extension(11, vec8([]byte{0}))...)
		e = append(e, extension(13, vec16(u16s(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501)))...)
	}
	if h.srtp != nil { // RFC 5764, section 4.1.1
		e = append(e, extension(14, vec16(u16s(h.srtp...)), vec8())...)
	}
	if h.protocols != nil {
		var list []byte
		for _, p := range h.protocols {
			list = append(list, vec8([]byte(p))...)
		}
		e = append(e, extension(16, vec16(list))...)
	}
	if h.versions != nil {
		e = append(e, extension(43, vec8(u16s(h.versions...)))...)
		e = append(e, extension(45, vec8([]byte{1}))...)
		e = append(e, extension(51, vec16(u16(x25519), vec16(h.share)))...)
	}
	if h.transport != nil { // RFC 9001, section 8.2
		e = append(e, extension(57, h.transport)...)
	}
	var cookie []byte
	if h.version == dtls12 {
		cookie = vec8(h.cookie)
	}
	return join(u16(h.version), h.random, vec8(h.session), cookie, vec16(u16s(h.suites...)), vec8([]byte{0}), vec16(e))
}

// server returns the body of a ServerHello.
func (h hello) server() []byte {
	var e []byte
	if h.versions != nil {
		e = append(e, extension(43, u16s(h.versions...))...)
		e = append(e, extension(51, u16(x25519), vec16(h.share))...)
	} else {
		e = append(e, extension(0xff01, vec8())...)
		e = append(e, extension(23)...)
	}
	if h.srtp != nil {
		e = append(e, extension(14, vec16(u16s(h.srtp...)), vec8())...)
	}
	return join(u16(h.version), h.random, vec8(h.session), u16s(h.suites...), []byte{0}, vec16(e))
}

func record(kind byte, body ...[]byte) []byte {
	return join([]byte{kind}, u16(tls12), vec16(body...))
}

func handshake(kind byte, body []byte) []byte { return join([]byte{kind}, vec24(body)) }

// credential is a key and its self-signed certificate.
type credential struct {
	key *ecdsa.PrivateKey
	der []byte
}

// credential makes a P-256 key and certificate; names go into the subject alternative names.
// Key and signature (RFC 6979) follow from the scene's random octets alone.
func (s *scene) credential(common string, days int, names ...string) credential {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), s.octets(32))
	if err != nil {
		s.fail(fmt.Errorf("certificate %s: %w", common, err))
		return credential{}
	}
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(s.octets(8)),
		Subject:      pkix.Name{CommonName: common},
		DNSNames:     names,
		NotBefore:    start.Add(-24 * time.Hour),
		NotAfter:     start.AddDate(0, 0, days),
	}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		s.fail(fmt.Errorf("certificate %s: %w", common, err))
	}
	return credential{key, der}
}

// message is the body of a Certificate message.
func (c credential) message() []byte { return vec24(vec24(c.der)) }

// sign returns algorithm, length and signature as TLS 1.2 writes them (RFC 5246, section 4.7).
func (s *scene) sign(c credential, parts ...[]byte) []byte {
	digest := sha256.Sum256(join(parts...))
	signature, err := c.key.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		s.fail(fmt.Errorf("sign: %w", err))
	}
	return join(u16(0x0403), vec16(signature))
}

// keyExchange is the body of a ServerKeyExchange with an x25519 key (RFC 8422, section 5.4).
func (s *scene) keyExchange(c credential, client, server []byte) []byte {
	params := join([]byte{3}, u16(x25519), vec8(s.octets(32)))
	return join(params, s.sign(c, client, server, params))
}

// sealed is a TLS 1.2 GCM record: explicit nonce, n octets, tag. What is sealed is random.
func (s *scene) sealed(kind byte, n int) []byte { return record(kind, s.octets(8+n+16)) }

// tls12 holds a TLS 1.2 session with a certificate in clear and answers of the given sizes.
func (s *scene) tls12(c *stream, name string, sizes ...int) {
	own := s.credential(name, 90, name)
	ch := hello{version: tls12, random: s.octets(32), suites: []uint16{suiteGCM, 0xc02f, 0xc013, 0x009c},
		name: name, protocols: []string{"http/1.1"}}
	sh := hello{version: tls12, random: s.octets(32), session: s.octets(32), suites: []uint16{suiteGCM}}
	c.send(record(recordHandshake, handshake(typeClientHello, ch.client())))
	c.answer(join(record(recordHandshake, handshake(typeServerHello, sh.server())),
		record(recordHandshake, handshake(typeCertificate, own.message())),
		record(recordHandshake, handshake(typeServerKeyExchange, s.keyExchange(own, ch.random, sh.random))),
		record(recordHandshake, handshake(typeServerHelloDone, nil))))
	c.send(join(record(recordHandshake, handshake(typeClientKeyExchange, vec8(s.octets(32)))),
		record(recordCipher, []byte{1}), s.sealed(recordHandshake, 16)))
	c.answer(join(record(recordCipher, []byte{1}), s.sealed(recordHandshake, 16)))
	for _, n := range sizes {
		c.pause(s.spread(20*ms, 900*ms))
		c.send(s.sealed(recordData, s.between(180, 420)))
		c.answer(s.sealed(recordData, n))
	}
	c.send(s.sealed(recordAlert, 2))
	c.close()
}

// tls13 holds a TLS 1.3 session: all after the ServerHello is sealed (RFC 8446, section 2).
func (s *scene) tls13(c *stream, name, protocol string, sizes ...int) {
	session := s.octets(32)
	ch := hello{version: tls12, random: s.octets(32), session: session, suites: []uint16{0x1301, 0x1302, 0x1303, suiteGCM},
		name: name, versions: []uint16{tls13, tls12}, share: s.octets(32)}
	if protocol != "" {
		ch.protocols = []string{protocol}
	}
	sh := hello{version: tls12, random: s.octets(32), session: session, suites: []uint16{0x1301},
		versions: []uint16{tls13}, share: s.octets(32)}
	c.send(record(recordHandshake, handshake(typeClientHello, ch.client())))
	c.answer(join(record(recordHandshake, handshake(typeServerHello, sh.server())), record(recordCipher, []byte{1}),
		record(recordData, s.octets(40)), record(recordData, s.octets(s.between(700, 1100))),
		record(recordData, s.octets(281)), record(recordData, s.octets(53))))
	c.send(join(record(recordCipher, []byte{1}), record(recordData, s.octets(53))))
	for _, n := range sizes {
		c.pause(s.spread(20*ms, 900*ms))
		c.send(record(recordData, s.octets(s.between(90, 340))))
		c.answer(record(recordData, s.octets(n)))
	}
	c.close()
}
