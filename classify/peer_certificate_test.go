package classify

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"math/big"
	"testing"
	"time"
)

// certificateOf makes a certificate with these common names.
func certificateOf(t testing.TB, issuer, subject string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	is := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: issuer}}
	su := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: subject}, NotBefore: time.Unix(1e9, 0), NotAfter: time.Unix(2e9, 0)}
	der, err := x509.CreateCertificate(rand.Reader, su, is, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// handshakeRecord frames messages, each a type and a body, in one record.
func handshakeRecord(messages ...[]byte) []byte {
	var body []byte
	for _, m := range messages {
		n := len(m) - 1
		body = append(body, m[0], byte(n>>16), byte(n>>8), byte(n))
		body = append(body, m[1:]...)
	}
	return joined([]byte{0x16, 3, 3}, binary.BigEndian.AppendUint16(nil, uint16(len(body))), body)
}

// serverFlight is a server's hello and certificate.
func serverFlight(der []byte) []byte {
	n := len(der)
	hello := joined([]byte{2, 3, 3}, make([]byte, 32), []byte{0, 0xc0, 0x2f, 0})
	list := joined([]byte{11, byte((n + 3) >> 16), byte((n + 3) >> 8), byte(n + 3), byte(n >> 16), byte(n >> 8), byte(n)}, der)
	return joined(handshakeRecord(hello), handshakeRecord(list))
}

// helloFor asks for a name; "" for none.
func helloFor(name string) []byte {
	body := joined([]byte{1, 3, 3}, noiseOf(1, 32), []byte{0, 0, 4, 0xc0, 0x2b, 0xc0, 0x2f, 1, 0})
	if name == "" {
		return handshakeRecord(joined(body, []byte{0, 5, 0xff, 1, 0, 1, 0}))
	}
	n := len(name)
	sni := joined([]byte{0, 0, 0, byte(n + 5), 0, byte(n + 3), 0, 0, byte(n)}, []byte(name))
	return handshakeRecord(joined(body, []byte{0, byte(len(sni))}, sni))
}

func TestPeerCertificate(t *testing.T) {
	answer := func(issuer, subject string) []turn {
		return []turn{{payload: helloFor("")}, {dir: 1, payload: serverFlight(certificateOf(t, issuer, subject))}}
	}
	checkSheet(t, peerCertificate, []sheetRow{
		{name: "gtk-gnutella", turns: answer("gtk-gnutella/1.2.1", "gtk-gnutella/1.2.1"), want: []string{"gnutella.certificate"}, least: 100},
		{name: "Direct Connect", turns: answer(clientID, clientID), want: []string{"directconnect.certificate"}, least: 100},
		{name: "RetroShare", turns: answer("0123456789ABCDEF", "my computer"), want: []string{"retroshare.certificate"}, least: 100},
		{name: "issued to gtk-gnutella", turns: answer("An Authority", "gtk-gnutella/1.2.1")},
		{name: "38 characters", turns: answer(clientID[:38], clientID[:38])},
		{name: "self-signed key id", turns: answer("0123456789ABCDEF", "0123456789ABCDEF")},
		{name: "issuer of 15 digits", turns: answer("0123456789ABCDE", "my computer")},
		{name: "a site", turns: answer("An Authority", "www.example.org")},
		{name: "no certificate", turns: []turn{{payload: helloFor("")}, {dir: 1, payload: handshakeRecord([]byte{11, 0, 0, 0})}}},
	})
}

func TestPeerCertificateVerdict(t *testing.T) {
	der := certificateOf(t, "gtk-gnutella/1.2.1", "gtk-gnutella/1.2.1")
	k := newTalk(6, [2]uint16{50314, 6888})
	k.say(0, helloFor(""))
	k.say(1, serverFlight(der))
	if v := k.verdict(); v.Judgement != P2P || v.Family != "gnutella" {
		t.Errorf("%v %q", v.Judgement, v.Family)
	}
}

// FuzzFirstCertificate walks hostile handshake records.
func FuzzFirstCertificate(f *testing.F) {
	f.Add(serverFlight(certificateOf(f, "a", "b")))
	f.Fuzz(func(t *testing.T, p []byte) {
		certificateNames(firstCertificate(p))
	})
}
