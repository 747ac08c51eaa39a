package classify

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"testing"

	"peeratlas/capture/packet"
)

// rfc9001Crypto is the CRYPTO frame of the client's Initial in RFC 9001, appendix A.2.
const rfc9001Crypto = `
	060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868
	04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578
	616d706c652e636f6dff01000100000a00080006001d00170018001000070005
	04616c706e000500050100000000003300260024001d00209370b2c9caa47fba
	baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400
	0d0010000e0403050306030203080408050806002d00020101001c0002400100
	3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000
	75300901100f088394c8f03e51570806048000ffff`

// protect is packet protection as RFC 9001, sections 5.3 and 5.4 describe it: header ends with
// a packet number of four octets.
func protect(t testing.TB, key, iv, hp, header, frames []byte) []byte {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	nonce := bytes.Clone(iv)
	pn := len(header) - 4
	for i := range 4 {
		nonce[8+i] ^= header[pn+i]
	}
	p := aead.Seal(bytes.Clone(header), nonce, frames, header)
	block, err = aes.NewCipher(hp)
	if err != nil {
		t.Fatal(err)
	}
	var mask [16]byte
	block.Encrypt(mask[:], p[pn+4:pn+20])
	p[0] ^= mask[0] & 0x0f
	for i := range 4 {
		p[pn+i] ^= mask[1+i]
	}
	return p
}

// TestQUICVectors holds quicDecrypt to the published packets: keys, header and tag stand in the
// RFCs, none is derived by the code under test.
func TestQUICVectors(t *testing.T) {
	tests := []struct {
		name, header, key, iv, hp string
		begins, ends              string
		version                   uint32
	}{
		{
			name: "RFC 9001, appendix A.2", version: 1,
			header: "c300000001088394c8f03e5157080000449e00000002",
			key:    "1f369613dd76d5467730efcbe3b1a22d", iv: "fa044b2f42a3fd3b46fb255c", hp: "9f50449e04a0e810283a1e9933adedd2",
			begins: "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9b", ends: "e221af44860018ab0856972e194cd934",
		},
		{
			name: "RFC 9369, appendix A.2", version: 0x6b3343cf,
			header: "d36b3343cf088394c8f03e5157080000449e00000002",
			key:    "8b1a0bc121284290a29e0971b5cd045d", iv: "91f73e2351d8fa91660e909f", hp: "45b95e15235d6f45a6b19cbcb0294ba9",
			begins: "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485dd04de806071",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			frames := make([]byte, 1162)
			copy(frames, octetsOf(t, strings.Join(strings.Fields(rfc9001Crypto), "")))
			p := protect(t, octetsOf(t, test.key), octetsOf(t, test.iv), octetsOf(t, test.hp), octetsOf(t, test.header), frames)
			if !bytes.HasPrefix(p, octetsOf(t, test.begins)) || !bytes.HasSuffix(p, octetsOf(t, test.ends)) || len(p) != 1200 {
				t.Fatalf("the packet is not the published one: %x ... %x", p[:40], p[len(p)-16:])
			}
			before := bytes.Clone(p)
			got, size := openInitialOf(p)
			if !bytes.Equal(got, frames) || size != len(p) {
				t.Errorf("opened %d octets of %d", len(got), size)
			}
			if !bytes.Equal(p, before) {
				t.Error("the packet was changed")
			}
			p[len(p)-1] ^= 1
			if got, _ := openInitialOf(p); got != nil {
				t.Error("a wrong tag verifies")
			}
			k := newTalk(packet.UDP, [2]uint16{50000, 443})
			k.say(0, before)
			if v := k.verdict(); k.claims()["quic.named"] != 1 || v.Name[1].Text != "example.com" || v.Service != "quic" {
				t.Errorf("claims %v, name %q, service %q", k.claims(), v.Name[1].Text, v.Service)
			}
		})
	}
}

// openInitialOf opens the Initial at the start of a datagram.
func openInitialOf(p []byte) ([]byte, int) {
	q, ok := splitQUIC(p)
	if !ok || q.kind != quicInitialKind {
		return nil, 0
	}
	return q.open(q.dcid), q.size
}

// initialOf is a client's Initial of a version whose CRYPTO frames hold parts of a ClientHello,
// each at its offset; the keys are derived as RFC 9001, section 5.2 says.
func initialOf(t testing.TB, version uint32, number byte, parts map[int][]byte) []byte {
	t.Helper()
	salt, labels, kind := quicKeying(version)
	dcid := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	var frames []byte
	for at, part := range parts {
		frames = append(frames, 6, 0x40|byte(at>>8), byte(at), 0x40|byte(len(part)>>8), byte(len(part)))
		frames = append(frames, part...)
	}
	frames = append(frames, make([]byte, max(1150-len(frames), 0))...)
	header := []byte{0xc3 | kind<<4}
	header = binary.BigEndian.AppendUint32(header, version)
	header = append(append(append(header, 8), dcid...), 0, 0)
	header = binary.BigEndian.AppendUint16(header, 0x4000|uint16(4+len(frames)+16))
	header = append(header, 0, 0, 0, number)
	initial, err := hkdf.Extract(sha256.New, dcid, salt)
	if err != nil {
		t.Fatal(err)
	}
	secret := quicExpand(initial, labels.secret, 32)
	return protect(t, quicExpand(secret, labels.key, 16), quicExpand(secret, labels.iv, 12), quicExpand(secret, labels.hp, 16), header, frames)
}

// helloOf is a ClientHello of TLS 1.3 in its handshake header, with a filler extension before
// the name so that it takes some length.
func helloOf(sni, alpn string, filler int) []byte {
	var ext []byte
	add := func(kind uint16, v []byte) {
		ext = binary.BigEndian.AppendUint16(ext, kind)
		ext = binary.BigEndian.AppendUint16(ext, uint16(len(v)))
		ext = append(ext, v...)
	}
	if filler > 0 {
		add(51, make([]byte, filler))
	}
	if sni != "" {
		n := len(sni)
		add(0, append([]byte{byte((n + 3) >> 8), byte(n + 3), 0, byte(n >> 8), byte(n)}, sni...))
	}
	if alpn != "" {
		add(16, append([]byte{0, byte(len(alpn) + 1), byte(len(alpn))}, alpn...))
	}
	body := append([]byte{3, 3}, noiseOf(1, 32)...)
	body = append(body, 0, 0, 2, 0x13, 1, 1, 0)
	body = binary.BigEndian.AppendUint16(body, uint16(len(ext)))
	body = append(body, ext...)
	return append([]byte{1, 0, byte(len(body) >> 8), byte(len(body))}, body...)
}

func TestQUICInitials(t *testing.T) {
	long := helloOf("www.example.com", "h3", 1500)
	whole := func(hello []byte) map[int][]byte { return map[int][]byte{0: hello} }
	empty := initialOf(t, 1, 1, nil)
	tests := []struct {
		name      string
		datagrams [][]byte
		claims    string // that must be made
		not       string // that must not
		service   string
		server    string
	}{
		{name: "version 1", datagrams: [][]byte{initialOf(t, 1, 0, whole(helloOf("a.example", "h3", 0)))}, claims: "quic.named", service: "quic", server: "a.example"},
		{name: "draft 29", datagrams: [][]byte{initialOf(t, 0xff00001d, 0, whole(helloOf("a.example", "h3-29", 0)))}, claims: "quic.named", service: "quic", server: "a.example"},
		{name: "draft 27", datagrams: [][]byte{initialOf(t, 0xff00001b, 0, whole(helloOf("a.example", "h3-27", 0)))}, claims: "quic.named", service: "quic", server: "a.example"},
		{name: "draft 34", datagrams: [][]byte{initialOf(t, 0xff000022, 0, whole(helloOf("a.example", "h3-34", 0)))}, claims: "quic.named", service: "quic", server: "a.example"},
		{name: "T051", datagrams: [][]byte{initialOf(t, 'T'<<24|'0'<<16|'5'<<8|'1', 0, whole(helloOf("a.example", "h3-T051", 0)))}, claims: "quic.named", service: "quic", server: "a.example"},
		{name: "mvfst", datagrams: [][]byte{initialOf(t, 0xfaceb002, 0, whole(helloOf("a.example", "h3-fb-05", 0)))}, claims: "quic.named", service: "quic", server: "a.example"},
		{name: "DNS over QUIC", datagrams: [][]byte{initialOf(t, 1, 0, whole(helloOf("dns.example", "doq", 0)))}, claims: "quic.named", service: "doq", server: "dns.example"},
		{name: "DNS over QUIC, nobody named", datagrams: [][]byte{initialOf(t, 0xff00001d, 0, whole(helloOf("", "doq-i02", 0)))}, claims: "tunnel", not: "quic.named", service: "doq"},
		{name: "libp2p", datagrams: [][]byte{initialOf(t, 1, 0, whole(helloOf("", "libp2p", 0)))}, claims: "quic.peer_alpn", not: "quic.named"},
		{name: "Syncthing", datagrams: [][]byte{initialOf(t, 1, 0, whole(helloOf("syncthing", "bep/1.0", 0)))}, claims: "syncthing.quic", not: "quic.named"},
		{name: "no name", datagrams: [][]byte{initialOf(t, 1, 0, whole(helloOf("", "h3", 0)))}, claims: "quic", not: "quic.named", service: "quic"},
		{name: "shuffled frames", datagrams: [][]byte{initialOf(t, 1, 0, map[int][]byte{0: long[:300], 300: long[300:301], 301: long[301:700]}), initialOf(t, 1, 1, map[int][]byte{700: long[700:]})},
			claims: "quic.named", service: "quic", server: "www.example.com"},
		{name: "second datagram first", datagrams: [][]byte{initialOf(t, 1, 1, map[int][]byte{800: long[800:]}), initialOf(t, 1, 0, map[int][]byte{0: long[:800]})},
			claims: "quic.named", service: "quic", server: "www.example.com"},
		{name: "a hole", datagrams: [][]byte{initialOf(t, 1, 0, map[int][]byte{0: long[:400]}), initialOf(t, 1, 1, map[int][]byte{800: long[800:]})}, claims: "quic", not: "quic.named", service: "quic"},
		{name: "too late", datagrams: [][]byte{
			initialOf(t, 1, 0, map[int][]byte{0: long[:100]}), empty, empty, empty, empty, empty, empty, empty, empty, empty, empty, empty, empty, empty, empty,
			initialOf(t, 1, 5, map[int][]byte{100: long[100:1300]}), initialOf(t, 1, 6, map[int][]byte{1300: long[1300:]}),
		}, claims: "quic", not: "quic.named", service: "quic"},
		{name: "two Initials in one datagram", datagrams: [][]byte{joined(initialOf(t, 1, 0, map[int][]byte{0: long[:700]}), initialOf(t, 1, 1, map[int][]byte{700: long[700:]}))},
			claims: "quic.named", service: "quic", server: "www.example.com"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k := newTalkOf(packet.UDP, [2]uint16{50000, 443}, []Detector{quic})
			for _, p := range test.datagrams {
				k.say(0, p)
			}
			got, v := k.claims(), k.verdict()
			if got[test.claims] == 0 || test.not != "" && got[test.not] != 0 || v.Service != test.service || v.Name[1].Text != test.server {
				t.Errorf("claims %v, service %q, name %q", got, v.Service, v.Name[1].Text)
			}
			for _, j := range k.classifier.joins.places {
				if test.server != "" && j.state != 0 {
					t.Error("the hello's place was not given back")
				}
			}
		})
	}
	p := initialOf(t, 1, 0, whole(helloOf("a.example", "h3", 0)))
	for n := range len(p) {
		k := newTalkOf(packet.UDP, [2]uint16{50000, 443}, []Detector{quic})
		k.cut(0, p, n)
		k.say(0, p[:n:n])
		if k.claims()["quic.named"] != 0 {
			t.Fatalf("%d octets of %d are enough", n, len(p))
		}
	}
}

func TestQUICHeaders(t *testing.T) {
	negotiation := joined([]byte{0x80, 0, 0, 0, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8}, []byte{0, 0, 0, 1})
	initial := joined([]byte{0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0}, noiseOf(1, 1200))
	short := func(seed int64, first byte) []byte { return joined([]byte{first}, noiseOf(seed, 60)) }
	// CHLO with the tags PAD (12 octets) and SNI.
	chlo := joined([]byte{0x0d}, []byte("12345678Q043"), []byte{1}, noiseOf(2, 12), []byte{0xa0, 1, 0, 4},
		[]byte("CHLO\x02\x00\x00\x00PAD\x00\x0c\x00\x00\x00SNI\x00\x17\x00\x00\x00------------a.example.c"))
	q046 := joined([]byte{0xc3}, []byte("Q046"), []byte{0x50}, []byte("12345678"), []byte{0, 0, 0, 1}, noiseOf(3, 12), chlo[26:])
	tests := []struct {
		name    string
		ports   [2]uint16
		turns   []turn
		claims  map[string]int
		service string
		server  string
	}{
		{name: "a reserved version, then negotiation", turns: []turn{{0, initial, 0}, {1, negotiation, 0}}, claims: map[string]int{"quic": 2}, service: "quic"},
		{name: "negotiation alone", turns: []turn{{1, negotiation, 0}}},
		{name: "a reserved version, but short", turns: []turn{{0, initial[:1100], 0}}},
		{name: "an unknown version", turns: []turn{{0, joined([]byte{0xc0, 0x12, 0x34, 0x56, 0x78}, initial[5:]), 0}}},
		{name: "no fixed bit", turns: []turn{{0, joined([]byte{0x80, 0, 0, 0, 1}, initial[5:]), 0}}},
		{name: "a connection id of 21 octets", turns: []turn{{0, joined([]byte{0xc0, 0, 0, 0, 1, 21}, noiseOf(1, 1300)), 0}}},
		{name: "short headers", turns: []turn{{0, short(1, 0x41), 0}, {1, short(2, 0x5f), 0}, {0, short(3, 0x44), 0}, {1, short(4, 0x4b), 0}}, claims: map[string]int{"quic.short": 4}, service: "quic"},
		{name: "short headers on another port", ports: [2]uint16{50000, 50001}, turns: []turn{{0, short(1, 0x41), 0}, {1, short(2, 0x5f), 0}}},
		{name: "Google, number 43", turns: []turn{{0, chlo, 0}}, claims: map[string]int{"quic": 1, "quic.named": 1}, service: "quic", server: "a.example.c"},
		{name: "Google, number 46", turns: []turn{{0, q046, 0}}, claims: map[string]int{"quic": 1, "quic.named": 1}, service: "quic", server: "a.example.c"},
		{name: "Google, no version flag", turns: []turn{{0, joined([]byte{0x0c}, chlo[1:]), 0}}},
		{name: "Google, its connection id again", turns: []turn{{0, joined([]byte("\x0c12345678\x01"), noiseOf(1, 30)), 0}, {0, joined([]byte("\x0c12345678\x02"), noiseOf(2, 30)), 0}}, claims: map[string]int{"quic.short": 1}, service: ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.ports == [2]uint16{} {
				test.ports = [2]uint16{50000, 443}
			}
			k := newTalkOf(packet.UDP, test.ports, []Detector{quic})
			for _, u := range test.turns {
				k.turn(u)
			}
			got := k.claims()
			if len(got) != len(test.claims) {
				t.Errorf("claims %v, want %v", got, test.claims)
			}
			for name, n := range test.claims {
				if got[name] != n {
					t.Errorf("claims %v, want %v", got, test.claims)
				}
			}
			v := k.verdict()
			if test.service != "" && v.Service != test.service || v.Name[1].Text != test.server {
				t.Errorf("service %q, name %q", v.Service, v.Name[1].Text)
			}
		})
	}
	for n := range len(chlo) {
		converse(t, packet.UDP, [2]uint16{50000, 443}, []turn{{0, chlo[:n:n], 0}, {0, q046[:n:n], 0}})
	}
	checkNoAllocs(t, quic, [2]uint16{50000, 443}, []turn{{0, initial, 0}, {1, negotiation, 0}, {1, short(5, 0x40), 0}})
}

// TestHelloBound asserts that hellos in pieces take bounded memory, however many flows begin one.
func TestHelloBound(t *testing.T) {
	s := newStageOf([]Detector{tls})
	hello := helloOf("www.example.com", "h2", 2000)
	record := joined([]byte{0x16, 3, 1, byte(len(hello) >> 8), byte(len(hello))}, hello)
	for port := range uint16(200) {
		s.play(packet.TCP, homeAt(40000+port), farAt(443), []turn{{0, record[:1000], 0}})
	}
	if n := len(s.classifier.joins.places); n != maxJoins {
		t.Errorf("%d places, want %d", n, maxJoins)
	}
	if n := s.classifier.Unjoined(); n != 200-maxJoins {
		t.Errorf("%d counted as given up, want %d", n, 200-maxJoins)
	}
}

func FuzzQUIC(f *testing.F) {
	f.Add(initialOf(f, 1, 0, map[int][]byte{0: helloOf("a.example", "h3", 0)}))
	f.Add([]byte("\x0d12345678Q043\x01------------\xa0\x01\x00\x04CHLO\x02\x00\x00\x00PAD\x00\x0c\x00\x00\x00SNI\x00\x17\x00\x00\x00------------a.example.c"))
	f.Fuzz(func(t *testing.T, p []byte) {
		k := newTalkOf(packet.UDP, [2]uint16{50000, 443}, []Detector{quic})
		if len(p) > 0 {
			k.say(0, p)
			k.say(0, p)
			k.say(1, p)
		}
		var j join
		quicCrypto(p, &j)
		readClientHello(p)
	})
}
