package classify

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"peeratlas/capture/packet"
)

// Messages in pieces: hellos, certificates and DNS over TCP, however segments cut and shuffle them.

// piece is a part of a direction's stream, by offset.
type piece struct{ dir, from, to int }

// sayPieces sends parts of two streams at their sequence numbers.
func (k *talk) sayPieces(streams [2][]byte, pieces []piece) {
	k.send(turn{dir: 0}, packet.SYN)
	k.send(turn{dir: 1}, packet.SYN|packet.ACK)
	base := k.seq
	for _, p := range pieces {
		k.seq[p.dir] = base[p.dir] + uint32(p.from)
		k.send(turn{p.dir, streams[p.dir][p.from:min(p.to, len(streams[p.dir]))], 0}, packet.ACK)
	}
}

// shuffles are ways in which three segments of a stream of n octets may come.
func shuffles(dir, n int) map[string][]piece {
	a, b := n/3, 2*n/3
	first, second, third := piece{dir, 0, a}, piece{dir, a, b}, piece{dir, b, n}
	return map[string][]piece{
		"whole":               {{dir, 0, n}},
		"in order":            {first, second, third},
		"last first":          {third, second, first},
		"middle last":         {first, third, second},
		"first in the middle": {second, first, third},
		"sent again":          {first, first, second, third, second},
		"overlapping":         {{dir, 0, a + 20}, {dir, a - 20, b + 20}, {dir, b - 30, n}},
		"sent again whole":    {first, {dir, 0, n}},
		"small":               {{dir, 0, 5}, {dir, 5, 40}, {dir, 40, a}, second, third},
	}
}

// realCertificate is a self-signed certificate that Go makes.
func realCertificate(t testing.TB, common string, names ...string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(77), Subject: pkix.Name{CommonName: common, Organization: []string{"Example"}}, DNSNames: names,
		NotBefore: time.Unix(1_500_000_000, 0), NotAfter: time.Unix(1_600_000_000, 0), KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// inRecords cuts handshake messages into records of n octets.
func inRecords(messages []byte, n int) []byte {
	var out []byte
	for ; len(messages) > 0; messages = messages[min(n, len(messages)):] {
		out = append(out, tlsRecord(0x16, messages[:min(n, len(messages))])...)
	}
	return out
}

func TestHelloShuffled(t *testing.T) {
	hello := helloOf("www.example.com", "h2", 1500)
	streams := map[string][]byte{"one record": tlsRecord(0x16, hello), "records of 100": inRecords(hello, 100), "records of 50": inRecords(hello, 50)}
	for records, stream := range streams {
		for name, pieces := range shuffles(0, len(stream)) {
			t.Run(records+", "+name, func(t *testing.T) {
				k := newTalkOf(packet.TCP, [2]uint16{50000, 443}, []Detector{tls})
				k.sayPieces([2][]byte{stream}, pieces)
				if n := k.verdict().Name[1]; n.Text != "www.example.com" || n.Source != FromSNI || k.claims()["tls.named"] != 1 {
					t.Errorf("called %+v, claims %v", n, k.claims())
				}
				for _, j := range k.classifier.joins.places {
					if j.state != 0 {
						t.Error("the place was not given back")
					}
				}
			})
		}
	}
	// On a port of nobody's a segment that comes before its beginning is not kept.
	k := newTalkOf(packet.TCP, [2]uint16{50000, 50001}, []Detector{tls})
	k.sayPieces([2][]byte{streams["one record"]}, []piece{{0, 900, 1600}})
	if len(k.classifier.joins.places) != 0 {
		t.Error("a segment of anything is kept")
	}
}

// TestOuterName asserts that a name beside an encrypted ClientHello is marked, also if that comes
// in a later segment, and gives way to what DNS says.
func TestOuterName(t *testing.T) {
	hello := helloOf("public.example", "h2", 700)
	n := len(hello)
	hello = joined(hello, []byte{0xfe, 0x0d, 0x02, 0x00}, noiseOf(3, 512))
	binary.BigEndian.PutUint16(hello[2:], uint16(len(hello)-4))
	binary.BigEndian.PutUint16(hello[4+2+32+1+4+2:], be16(hello[4+2+32+1+4+2:])+516)
	h, ok := readClientHello(hello)
	if !ok || !h.whole || !h.ech || string(h.sni) != "public.example" {
		t.Fatalf("the hello is not as it should be: %+v", h)
	}
	stream := tlsRecord(0x16, hello)
	for name, pieces := range map[string][]piece{"whole": {{0, 0, len(stream)}}, "in the second segment": {{0, 0, n + 5}, {0, n + 5, len(stream)}}} {
		k := newTalkOf(packet.TCP, [2]uint16{50000, 443}, []Detector{tls})
		k.sayPieces([2][]byte{stream}, pieces)
		if got := k.verdict().Name[1]; got.Text != "public.example" || !got.ECH {
			t.Errorf("%s: %+v", name, got)
		}
		if got := k.claims()["tls.named"]; got != 1 {
			t.Errorf("%s: claimed %d times", name, got)
		}
	}
	s := newStageOf([]Detector{tls, dns})
	s.tellDNS(answerOf("inner.example", 1, []string{rr(asked, 1, 60, farOctet)}))
	f := s.play(packet.TCP, homeAt(40000), farAt(443), []turn{{0, stream, 0}})
	if got := s.classifier.Alone(f).Name[1]; got.Text != "inner.example" || got.Source != FromDNS {
		t.Errorf("the outer name stands before the one that was asked for: %+v", got)
	}
	k := newTalkOf(packet.UDP, [2]uint16{50000, 443}, []Detector{quic})
	k.say(0, initialOf(t, 1, 0, map[int][]byte{0: hello[:n]}))
	k.say(0, initialOf(t, 1, 1, map[int][]byte{n: hello[n:]}))
	if got := k.verdict().Name[1]; got.Text != "public.example" || !got.ECH || k.claims()["quic.named"] != 1 {
		t.Errorf("QUIC: %+v, %v", got, k.claims())
	}
}

func TestCertificateShuffled(t *testing.T) {
	client := tlsRecord(0x16, helloOf("", "", 0))
	server := handshake(2, joined([]byte{3, 3}, noiseOf(2, 32), []byte{0, 0xc0, 0x2f, 0}))
	many := make([]string, 60)
	for i := range many {
		many[i] = strings.Repeat("x", 30) + string(rune('a'+i%26)) + ".example"
	}
	many[0] = "First.Example"
	tests := []struct {
		name, want  string
		certificate []byte
	}{
		{"alternative names", "first.example", realCertificate(t, "common.example", many...)},
		{"a common name alone", "Peer 7", realCertificate(t, "Peer 7")},
		{"a wildcard", "*.example", realCertificate(t, "x", "*.example")},
		{"controls in the common name", `a\027]0;b\007c`, derCertificate("CA", "a\x1b]0;b\x07c")},
		{"no UTF-8 in the common name", `caf\233`, derCertificate("CA", "caf\xe9")},
		{"homographs", `\208\176pple.example`, derCertificate("CA", "\u0430pple.example")},
	}
	for _, test := range tests {
		flight := joined(server, certificateRecordBody(test.certificate), handshake(14, nil))
		for records, stream := range map[string][]byte{"one record": tlsRecord(0x16, flight), "records of 200": inRecords(flight, 200),
			"two records": joined(tlsRecord(0x16, server), tlsRecord(0x16, flight[len(server):]))} {
			for name, pieces := range shuffles(1, len(stream)) {
				t.Run(test.name+", "+records+", "+name, func(t *testing.T) {
					k := newTalkOf(packet.TCP, [2]uint16{50000, 50001}, []Detector{peerCertificate, tls})
					k.sayPieces([2][]byte{client, stream}, append([]piece{{0, 0, len(client)}}, pieces...))
					n := k.verdict().Name[1]
					if n.Text != test.want || n.Source != FromCertificate {
						t.Errorf("called %+v, want %q; claims %v", n, test.want, k.claims())
					}
					checkText(t, n.Text)
					if got := k.claims()["tls.self_signed"]; got != 0 && got != 1 {
						t.Errorf("claimed %d times", got)
					}
				})
			}
		}
	}
	// What follows says that no certificate is to come: TLS 1.3, and a resumed session.
	server13 := handshake(2, joined([]byte{3, 3}, noiseOf(2, 32), []byte{0, 0x13, 1, 0, 0, 6, 0, 43, 0, 2, 3, 4}))
	for name, p := range map[string][]byte{"TLS 1.3": tlsRecord(0x16, server13), "resumed": joined(tlsRecord(0x16, server), tlsRecord(0x14, []byte{1}))} {
		k := newTalkOf(packet.TCP, [2]uint16{50000, 443}, []Detector{tls})
		k.say(0, client)
		k.say(1, p)
		if len(k.classifier.joins.places) != 0 {
			t.Errorf("%s: a certificate is awaited", name)
		}
	}
}

// TestClientCertificate: the end that shows a certificate is the one that it names.
func TestClientCertificate(t *testing.T) {
	k := newTalkOf(packet.TCP, [2]uint16{50000, 443}, []Detector{tls})
	k.say(0, tlsRecord(0x16, certificateRecordBody(realCertificate(t, "x", "client.example"))))
	if v := k.verdict(); v.Name[0].Text != "client.example" || v.Name[1].Text != "" {
		t.Errorf("%+v", v.Name)
	}
}

// dtlsRecordOf is one record in clear with one fragment of a handshake message.
func dtlsRecordOf(number, kind byte, sequence uint16, message []byte, from, to int) []byte {
	n := to - from
	body := joined([]byte{kind, 0, byte(len(message) >> 8), byte(len(message)), byte(sequence >> 8), byte(sequence), 0, byte(from >> 8), byte(from), 0, byte(n >> 8), byte(n)}, message[from:to])
	return joined([]byte{0x16, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, number, byte(len(body) >> 8), byte(len(body))}, body)
}

func TestDTLSFragments(t *testing.T) {
	certificate := certificateRecordBody(realCertificate(t, "x", "gateway.example"))[4:]
	n := len(certificate)
	part := func(number byte, from, to int) []byte { return dtlsRecordOf(number, 11, 1, certificate, from, to) }
	for name, datagrams := range map[string][][]byte{
		"whole":            {part(0, 0, n)},
		"two datagrams":    {part(0, 0, 200), part(1, 200, n)},
		"the second first": {part(1, 200, n), part(0, 0, 200)},
		"one datagram":     {joined(part(0, 0, 200), part(1, 200, n))},
		"overlapping":      {part(0, 0, 250), part(1, 100, 300), part(2, 280, n)},
		"sent again":       {part(0, 0, 200), part(2, 0, 200), part(3, 200, n)},
	} {
		t.Run(name, func(t *testing.T) {
			k := newTalkOf(packet.UDP, [2]uint16{50000, 4433}, []Detector{dtls, dtlsServer})
			for _, p := range datagrams {
				k.say(1, p)
			}
			if got := k.verdict().Name[1]; got.Text != "gateway.example" || got.Source != FromCertificate {
				t.Errorf("called %+v", got)
			}
		})
	}
	k := newTalkOf(packet.UDP, [2]uint16{50000, 4433}, []Detector{dtls, dtlsServer})
	generic := certificateRecordBody(realCertificate(t, "WebRTC"))[4:]
	k.say(1, dtlsRecordOf(0, 11, 1, generic, 0, len(generic)))
	if got := k.verdict().Name[1]; got.Text != "" {
		t.Errorf("a program's word is taken for a host's name: %+v", got)
	}
	// A ClientHello of two fragments, its extensions in the second: with a name, and with use_srtp.
	for _, keysMedia := range []bool{false, true} {
		hello := helloOf("gateway.example", "", 600)[4:]
		hello = joined(hello[:35], []byte{0}, hello[35:]) // an empty cookie
		if keysMedia {
			at := 36 + 6
			hello = joined(hello, []byte{0, 14, 0, 5, 0, 2, 0, 7, 0})
			binary.BigEndian.PutUint16(hello[at:], uint16(len(hello)-at-2))
		}
		k := newTalkOf(packet.UDP, [2]uint16{50000, 4433}, []Detector{dtls, dtlsServer})
		k.say(0, dtlsRecordOf(0, 1, 0, hello, 0, 400))
		k.say(0, dtlsRecordOf(1, 1, 0, hello, 400, len(hello)))
		got := k.claims()
		if (got["dtls.use_srtp"] == 1) != keysMedia || (got["dtls.named"] == 1) == keysMedia {
			t.Errorf("keys media %v: %v", keysMedia, got)
		}
	}
}

// longHeaderOf is a packet with a long header that holds no Initial.
func longHeaderOf(version uint32, kind byte, body []byte) []byte {
	p := binary.BigEndian.AppendUint32([]byte{0xc0 | kind<<4}, version)
	p = append(p, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0)
	return append(append(p, 0x40|byte(len(body)>>8), byte(len(body))), body...)
}

// TestQUICConnections opens Initials that come after a Retry, behind 0-RTT, and to the id that
// the server chose.
func TestQUICConnections(t *testing.T) {
	hello := helloOf("www.example.com", "h3", 1500)
	for _, version := range []uint32{1, 0x6b3343cf} {
		_, _, initialType := quicKeying(version)
		first := initialFor(t, version, 0, map[int][]byte{0: hello[:900]}, nil, nil)
		rest := map[int][]byte{900: hello[900:]}
		early := longHeaderOf(version, (initialType+1)&3, noiseOf(1, 300))
		retry := joined(binary.BigEndian.AppendUint32([]byte{0xc0 | (initialType+3)&3<<4}, version), []byte{0, 4, 9, 9, 9, 9}, noiseOf(4, 60))
		ack := []byte{2, 1, 0, 1, 0, 0, 0}
		tests := []struct {
			name  string
			turns []turn
		}{
			{"two datagrams", []turn{{0, first, 0}, {0, initialFor(t, version, 1, rest, nil, nil), 0}}},
			{"the second goes to the server's id, by the first's keys", []turn{{0, first, 0}, {1, longHeaderOf(version, initialType, joined([]byte{0}, noiseOf(2, 100))), 0},
				{0, initialFor(t, version, 1, rest, []byte("\x09\x09\x09\x09"), ack), 0}}},
			{"after a Retry", []turn{{0, first, 0}, {1, retry, 0},
				{0, initialKeyed(t, version, 1, map[int][]byte{0: hello[:900]}, []byte("\x09\x09\x09\x09"), []byte("\x09\x09\x09\x09"), nil, []byte("token")), 0},
				{0, initialKeyed(t, version, 2, rest, []byte("\x09\x09\x09\x09"), []byte("\x09\x09\x09\x09"), nil, []byte("token")), 0}}},
			{"0-RTT behind the Initial", []turn{{0, joined(first, early), 0}, {0, joined(early, initialFor(t, version, 1, rest, nil, nil)), 0}}},
			{"0-RTT before it", []turn{{0, early, 0}, {0, early, 0}, {0, first, 0}, {0, early, 0}, {0, initialFor(t, version, 1, rest, nil, nil), 0}}},
			{"much 0-RTT before it", []turn{{0, early, 0}, {0, early, 0}, {0, early, 0}, {0, early, 0}, {0, early, 0}, {0, early, 0}, {0, early, 0}, {0, early, 0}, {0, early, 0},
				{0, early, 0}, {0, early, 0}, {0, early, 0}, {0, early, 0}, {0, first, 0}, {0, initialFor(t, version, 1, rest, nil, nil), 0}}},
		}
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				k := newTalkOf(packet.UDP, [2]uint16{50000, 443}, []Detector{quic})
				for _, u := range test.turns {
					k.turn(u)
				}
				if got := k.verdict().Name[1]; got.Text != "www.example.com" || k.claims()["quic.named"] != 1 {
					t.Errorf("version %#x: called %+v, %v", version, got, k.claims())
				}
			})
		}
	}
}

// TestDNSOverTCPShuffled: an answer of several segments names what its last record tells.
func TestDNSOverTCPShuffled(t *testing.T) {
	var records []string
	for i := range 100 {
		records = append(records, rr(asked, 1, 60, string([]byte{203, 0, 113, byte(i)})))
	}
	long := answerOf("a.example", 1, append(records, rr(asked, 1, 60, farOctet)))
	query := answerOf("a.example", 1)
	query[2] = 1
	short := answerOf("b.example", 1, []string{rr(asked, 1, 60, "\xcb\x00\x71\xfe")})
	frame := func(p []byte) []byte { return joined([]byte{byte(len(p) >> 8), byte(len(p))}, p) }
	stream := joined(frame(short), frame(long), frame(short))
	for name, pieces := range shuffles(1, len(stream)) {
		t.Run(name, func(t *testing.T) {
			s := newStageOf([]Detector{dnsTCP})
			k := s.talk(packet.TCP, homeAt(50053), netip.MustParseAddrPort("10.0.0.53:53"))
			k.sayPieces([2][]byte{frame(query), stream}, append([]piece{{0, 0, 2}, {0, 2, 99}}, pieces...))
			f := s.play(packet.TCP, homeAt(40000), farAt(8000), []turn{{0, []byte("hello, world"), 0}})
			if got := s.classifier.Alone(f).Name[1]; got.Text != "a.example" || got.Source != FromDNS {
				t.Errorf("called %+v", got)
			}
			if k.verdict().Service != "dns" {
				t.Errorf("recognised as %q", k.verdict().Service)
			}
			for _, j := range s.classifier.joins.places {
				if j.state != 0 && j.n > 0 {
					t.Errorf("%d octets are still awaited", j.spans[j.n-1].to)
				}
			}
		})
	}
}

// FuzzPieces cuts what a fuzzer makes into segments of both directions, in and out of order, for
// all that puts pieces together.
func FuzzPieces(f *testing.F) {
	stream := joined(tlsRecord(0x16, helloOf("a.example", "h2", 200)))
	f.Add(stream, uint16(100), uint8(1), uint16(443))
	f.Add(tlsRecord(0x16, certificateRecordBody(derCertificate("CA", "peer"))), uint16(50), uint8(2), uint16(443))
	answer := answerOf("a.example", 1, []string{rr(asked, 1, 60, farOctet)})
	f.Add(joined([]byte{0, byte(len(answer))}, answer), uint16(20), uint8(3), uint16(53))
	f.Fuzz(func(t *testing.T, p []byte, size uint16, order uint8, port uint16) {
		n := max(int(size)%1500, 16)
		var pieces []piece
		for at := 0; at < len(p); at += n {
			pieces = append(pieces, piece{len(pieces) & int(order>>7), at, min(at+n, len(p))})
		}
		for i := range pieces {
			k := (i*int(order) + i) % len(pieces)
			pieces[i], pieces[k] = pieces[k], pieces[i]
		}
		k := newTalkOf(packet.TCP, [2]uint16{50000, port}, []Detector{peerCertificate, tls, dnsTCP})
		k.sayPieces([2][]byte{p, p}, pieces)
		if k.flow.State != 0 {
			for _, name := range k.verdict().Name {
				if name.Source != NoName {
					checkText(t, name.Text)
				}
			}
		}
		u := newTalkOf(packet.UDP, [2]uint16{50000, port}, []Detector{dtls, dtlsServer, quic, dns})
		for _, x := range pieces {
			u.say(x.dir, p[x.from:x.to])
		}
	})
}

// FuzzCertificate holds the certificate parsers to Go's own where that reads one.
func FuzzCertificate(f *testing.F) {
	f.Add(realCertificate(f, "common.example", "a.example", "b.example"))
	f.Add(derCertificate("CA", "peer"))
	f.Fuzz(func(t *testing.T, p []byte) {
		host := certificateHost(p)
		certificateNames(p)
		findLeaf(p)
		checkBounded(t, hostText(nil, host))
		checkBounded(t, certificateText(nil, p))
		if c, err := x509.ParseCertificate(p); err == nil && len(c.DNSNames) > 0 && string(host) != c.DNSNames[0] {
			t.Errorf("%q, Go reads %q", host, c.DNSNames)
		}
	})
}

func checkBounded(t *testing.T, p []byte) {
	t.Helper()
	if len(p) > 0 {
		checkText(t, string(p))
	}
}
