package classify

import (
	"encoding/binary"
	"testing"

	"peeratlas/capture/packet"
)

// tlsRecord is one record of TLS 1.0's number, as first records have.
func tlsRecord(kind byte, body []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{kind, 3, 1}, uint16(len(body))), body...)
}

// handshake is one handshake message.
func handshake(kind byte, body []byte) []byte {
	return append([]byte{kind, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body...)
}

// derOf is one DER element; bodies above 127 octets get a length of two octets.
func derOf(tag byte, parts ...[]byte) []byte {
	body := joined(parts...)
	if len(body) < 128 {
		return append([]byte{tag, byte(len(body))}, body...)
	}
	return append([]byte{tag, 0x82, byte(len(body) >> 8), byte(len(body))}, body...)
}

// derCertificate is the start of a certificate up to its subject, with names of one CN each.
func derCertificate(issuer, subject string) []byte {
	name := func(cn string) []byte {
		return derOf(0x30, derOf(0x31, derOf(0x30, derOf(6, []byte("\x55\x04\x03")), derOf(12, []byte(cn)))))
	}
	return derOf(0x30, derOf(0x30, derOf(0xa0, derOf(2, []byte{2})), derOf(2, []byte{1}), derOf(0x30, derOf(6, []byte{42})),
		name(issuer), derOf(0x30, derOf(23, []byte("260101000000Z")), derOf(23, []byte("270101000000Z"))), name(subject), derOf(0x30, noiseOf(1, 140))))
}

// certificateRecordBody is a Certificate handshake message of TLS 1.2.
func certificateRecordBody(certificate []byte) []byte {
	n := len(certificate)
	return handshake(11, joined([]byte{0, byte((n + 3) >> 8), byte(n + 3), 0, byte(n >> 8), byte(n)}, certificate))
}

func TestTLSSheet(t *testing.T) {
	server := handshake(2, joined([]byte{3, 3}, noiseOf(2, 32), []byte{0, 0xc0, 0x2f, 0}))
	ech := helloOf("", "h2", 0)
	ech = joined(ech[:len(ech)-9], []byte{0xfe, 0x0d, 0, 5, 1, 2, 3, 4, 5})
	ssl2 := joined([]byte{0x80, 0x2e, 1, 3, 1, 0, 0x15, 0, 0, 0, 0x10}, noiseOf(3, 0x15), noiseOf(4, 0x10))
	data := func(n int) []byte { return tlsRecord(0x17, noiseOf(5, n)) }
	tests := []struct {
		name   string
		joined bool // the capture began later than the connection
		turns  []turn
		claims map[string]int
		server string
	}{
		{name: "named", turns: []turn{{0, tlsRecord(0x16, helloOf("a.example", "h2", 0)), 0}}, claims: map[string]int{"tls.named": 1}, server: "a.example"},
		{name: "nameless", turns: []turn{{0, tlsRecord(0x16, helloOf("", "h2", 0)), 0}}, claims: map[string]int{"tls.nameless": 1}},
		{name: "no extensions at all", turns: []turn{{0, tlsRecord(0x16, handshake(1, joined([]byte{3, 1}, noiseOf(1, 32), []byte{0, 0, 2, 0, 5, 1, 0}))), 0}}, claims: map[string]int{"tls.nameless": 1}},
		{name: "hidden name", turns: []turn{{0, tlsRecord(0x16, ech), 0}}, claims: map[string]int{"tls.named": 1}},
		{name: "the server's part", turns: []turn{{1, tlsRecord(0x16, joined(server, certificateRecordBody(derCertificate("CA", "b.example")))), 0}}, claims: map[string]int{"tls.server_hello": 1}, server: "b.example"},
		{name: "self-signed", turns: []turn{{1, tlsRecord(0x16, joined(server, certificateRecordBody(derCertificate("peer", "peer")))), 0}}, claims: map[string]int{"tls.server_hello": 1, "tls.self_signed": 1}, server: "peer"},
		{name: "certificate in a record of its own", turns: []turn{{1, joined(tlsRecord(0x16, server), tlsRecord(0x16, certificateRecordBody(derCertificate("CA", "b.example")))), 0}}, claims: map[string]int{"tls.server_hello": 1}, server: "b.example"},
		{name: "the client's certificate", turns: []turn{{0, tlsRecord(0x16, certificateRecordBody(derCertificate("CA", "client"))), 0}}, claims: map[string]int{"tls.mutual": 1}},
		{name: "SSLv2's framing", turns: []turn{{0, ssl2, 0}}, claims: map[string]int{"tls.nameless": 1}},
		{name: "SSLv2's framing, wrong length", turns: []turn{{0, ssl2[:len(ssl2)-1], 0}}},
		{name: "joined later", joined: true, turns: []turn{{0, data(80), 0}, {1, joined(data(20), data(30)), 0}}, claims: map[string]int{"tls.record": 2}},
		{name: "joined later, an alert", joined: true, turns: []turn{{0, tlsRecord(0x15, noiseOf(1, 26)), 0}}, claims: map[string]int{"tls.record": 1}},
		{name: "records after a SYN", turns: []turn{{0, data(80), 0}}},
		{name: "joined later, a second record that is none", joined: true, turns: []turn{{0, joined(data(20), noiseOf(1, 40)), 0}}},
		{name: "joined later, too long a record", joined: true, turns: []turn{{0, joined([]byte{0x17, 3, 3, 0x60, 0}, noiseOf(1, 40)), 0}}},
		{name: "version 5", joined: true, turns: []turn{{0, joined([]byte{0x17, 3, 5, 0, 30}, noiseOf(1, 30)), 0}}},
		{name: "hello with an odd cipher list", turns: []turn{{0, tlsRecord(0x16, handshake(1, joined([]byte{3, 1}, noiseOf(1, 32), []byte{0, 0, 3, 0, 5, 1, 0, 0, 0}))), 0}}},
		{name: "hello with a session id of 33", turns: []turn{{0, tlsRecord(0x16, handshake(1, joined([]byte{3, 1}, noiseOf(1, 32), []byte{33}, noiseOf(2, 60)))), 0}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k := newTalkOf(packet.TCP, [2]uint16{50000, 50001}, []Detector{tls})
			k.joined = test.joined
			for _, u := range test.turns {
				k.turn(u)
			}
			checkClaims(t, k, test.claims)
			if got := k.verdict().Name[1].Text; got != test.server {
				t.Errorf("the server is called %q, want %q", got, test.server)
			}
			last := test.turns[len(test.turns)-1]
			for n := range last.payload {
				k := newTalkOf(packet.TCP, [2]uint16{50000, 50001}, []Detector{tls})
				k.joined = test.joined
				k.cut(last.dir, last.payload, n)
				k.say(last.dir, last.payload[:n:n])
			}
		})
	}
}

// checkClaims asserts the claims made so far: these, so often, and no other.
func checkClaims(t *testing.T, k *talk, want map[string]int) {
	t.Helper()
	got := k.claims()
	if len(got) != len(want) {
		t.Errorf("claims %v, want %v", got, want)
		return
	}
	for name, n := range want {
		if got[name] != n {
			t.Errorf("claims %v, want %v", got, want)
		}
	}
}

// TestTLSHelloInPieces asserts that a hello over several segments is read to its end before it
// is said to name nobody, and that what does not belong to it is left alone.
func TestTLSHelloInPieces(t *testing.T) {
	named := tlsRecord(0x16, helloOf("www.example.com", "h2", 1500))
	nameless := tlsRecord(0x16, helloOf("", "h2", 1500))
	tests := []struct {
		name   string
		turns  []turn
		claims map[string]int
		server string
	}{
		{name: "the name in the second segment", turns: []turn{{0, named[:1400], 0}, {0, named[1400:], 0}}, claims: map[string]int{"tls.half_hello": 1, "tls.named": 1}, server: "www.example.com"},
		{name: "cut inside the name", turns: []turn{{0, named[:len(named)-15], 0}, {0, named[len(named)-15:], 0}}, claims: map[string]int{"tls.half_hello": 1, "tls.named": 1}, server: "www.example.com"},
		{name: "three segments", turns: []turn{{0, named[:600], 0}, {0, named[600:1200], 0}, {0, named[1200:], 0}}, claims: map[string]int{"tls.half_hello": 1, "tls.named": 1}, server: "www.example.com"},
		{name: "no name to the end", turns: []turn{{0, nameless[:1400], 0}, {0, nameless[1400:], 0}}, claims: map[string]int{"tls.half_hello": 1, "tls.nameless": 1}},
		{name: "the rest was not captured", turns: []turn{{0, nameless[:1400], 0}}, claims: map[string]int{"tls.half_hello": 1}},
		{name: "cut by the snap length", turns: []turn{{0, nameless[:96], len(nameless)}}, claims: map[string]int{"tls.half_hello": 1}},
		{name: "the server speaks first", turns: []turn{{0, nameless[:1400], 0}, {1, tlsRecord(0x15, []byte{2, 40}), 0}}, claims: map[string]int{"tls.half_hello": 1}},
		{name: "six segments", turns: []turn{{0, nameless[:300], 0}, {0, nameless[300:500], 0}, {0, nameless[500:700], 0}, {0, nameless[700:900], 0}, {0, nameless[900:1100], 0}, {0, nameless[1100:], 0}},
			claims: map[string]int{"tls.half_hello": 1, "tls.nameless": 1}},
		{name: "eighteen segments, two too many", turns: segments(nameless, 90), claims: map[string]int{"tls.half_hello": 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k := newTalkOf(packet.TCP, [2]uint16{50000, 443}, []Detector{tls})
			for _, u := range test.turns {
				k.turn(u)
			}
			checkClaims(t, k, test.claims)
			if got := k.verdict().Name[1].Text; got != test.server {
				t.Errorf("the server is called %q, want %q", got, test.server)
			}
		})
	}
	checkNoAllocs(t, tls, [2]uint16{50000, 443}, []turn{{0, nameless, 0}, {1, tlsRecord(0x17, noiseOf(1, 90)), 0}, {0, noiseOf(2, 300), 0}})
}

// segments cuts a message into segments of n octets.
func segments(p []byte, n int) (turns []turn) {
	for len(p) > 0 {
		turns = append(turns, turn{0, p[:min(n, len(p))], 0})
		p = p[min(n, len(p)):]
	}
	return turns
}

func FuzzTLS(f *testing.F) {
	f.Add(tlsRecord(0x16, helloOf("www.example.com", "h2", 30)))
	f.Add(tlsRecord(0x16, certificateRecordBody(derCertificate("peer", "peer"))))
	f.Fuzz(func(t *testing.T, p []byte) {
		if len(p) == 0 {
			return
		}
		k := newTalkOf(packet.TCP, [2]uint16{50000, 443}, []Detector{tls})
		k.say(0, p)
		k.say(0, p)
		k.say(1, p)
		certificateNames(p)
	})
}
