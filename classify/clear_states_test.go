package classify

import (
	"bytes"
	"encoding/binary"
	"math/rand"
	"testing"

	"peeratlas/capture/packet"
)

// The detectors of clear protocols that look at more than one payload. In sheetRow, least is
// how many octets of the last payload are needed.

func TestCoAP(t *testing.T) {
	get := []byte("\x43\x01\x05\xca\x72\x16\x33\x2b\x2ewell-known\x04core")[:24]
	text := []byte("\x44\x01\x05\xcaTOKE\xb4time")
	checkSheet(t, coap, []sheetRow{
		{name: "request on CoAP's port", ports: [2]uint16{50000, 5683}, turns: []turn{{0, text, 0}}, want: []string{"clear.once"}},
		{name: "request elsewhere", turns: []turn{{0, text, 0}}},
		{name: "acknowledged", turns: []turn{{0, text, 0}, {1, []byte("\x60\x00\x05\xca"), 0}}, want: []string{"clear"}, least: 4},
		{name: "answered with it", turns: []turn{{0, text, 0}, {1, []byte("\x64\x45\x05\xcaTOKE\xff12:00"), 0}}, want: []string{"clear"}},
		{name: "answered by itself, the token repeated", turns: []turn{{0, text, 0}, {1, []byte("\x44\x45\x99\x99TOKE\xff12:00"), 0}}, want: []string{"clear"}, least: 8},
		{name: "another message id", turns: []turn{{0, text, 0}, {1, []byte("\x60\x00\x05\xcb"), 0}}},
		{name: "another token", turns: []turn{{0, text, 0}, {1, []byte("\x44\x45\x99\x99TOKX\xff12:00"), 0}}},
		{name: "the answer to an answer", turns: []turn{{0, []byte("\x44\x45\x05\xcaTOKE"), 0}, {1, []byte("\x60\x00\x05\xca"), 0}}},
		{name: "option of length 15", ports: [2]uint16{50000, 5683}, turns: []turn{{0, []byte("\x44\x01\x05\xcaTOKE\xbftime"), 0}}},
		{name: "options beyond the end", ports: [2]uint16{50000, 5683}, turns: []turn{{0, get[:10], 0}}},
		{name: "payload mark and nothing behind", ports: [2]uint16{50000, 5683}, turns: []turn{{0, []byte("\x44\x01\x05\xcaTOKE\xff"), 0}}},
	})
}

// openvpnOf is a control packet of an opcode with a session id, and a tail.
func openvpnOf(opcode byte, session uint64, tail ...byte) []byte {
	return append(binary.BigEndian.AppendUint64([]byte{opcode << 3}, session), tail...)
}

// openvpnStream is a packet behind its length.
func openvpnStream(p []byte) []byte { return append([]byte{byte(len(p) >> 8), byte(len(p))}, p...) }

func TestOpenVPN(t *testing.T) {
	const client, server = 0x334857703d96db39, 0xd31c3a6964602fa0
	reset := openvpnOf(7, client, 0, 0, 0, 0, 0)
	answer := openvpnOf(8, server, append([]byte{1, 0, 0, 0, 0}, append(binary.BigEndian.AppendUint64(nil, client), 0, 0, 0, 0)...)...)
	wrapped := func(opcode byte, session uint64, n int, seed int64) []byte {
		return openvpnOf(opcode, session, noiseOf(seed, n-9)...)
	}
	data := func(first byte, peer, id uint32) []byte {
		p := binary.BigEndian.AppendUint32(nil, uint32(first)<<24|peer)
		return append(binary.BigEndian.AppendUint32(p, id), noiseOf(int64(id), 80)...)
	}
	quicShort := func(first byte) []byte { return joined([]byte{first}, []byte("12345678"), noiseOf(int64(first), 60)) }
	rows := []sheetRow{
		{name: "reset and answer", turns: []turn{{0, reset, 0}, {1, answer, 0}}, want: []string{"openvpn"}, least: 22},
		{name: "another session id", turns: []turn{{0, reset, 0}, {1, joined(answer[:21], []byte{0}, answer[22:]), 0}}},
		{name: "tls-crypt, the client alone", turns: []turn{{0, wrapped(7, client, 54, 1), 0}, {0, wrapped(5, client, 62, 2), 0}}, want: []string{"openvpn"}, least: 9},
		{name: "tls-crypt-v2", turns: []turn{{0, wrapped(10, client, 400, 1), 0}, {0, wrapped(4, client, 300, 2), 0}}, want: []string{"openvpn"}, least: 9},
		{name: "the same opcode again", turns: []turn{{0, wrapped(7, client, 54, 1), 0}, {0, wrapped(7, client, 54, 2), 0}}},
		{name: "the id of the other direction", turns: []turn{{0, wrapped(7, client, 60, 1), 0}, {1, wrapped(5, client, 62, 2), 0}}},
		{name: "a session id of zero", turns: []turn{{0, wrapped(7, 0, 54, 1), 0}, {0, wrapped(5, 0, 62, 2), 0}}},
		{name: "key id 1", turns: []turn{{0, wrapped(7, client, 54, 1), 0}, {0, append([]byte{0x29}, wrapped(5, client, 62, 2)[1:]...), 0}}},
		{name: "data", turns: []turn{{0, data(0x48, 7, 100), 0}, {0, data(0x48, 7, 101), 0}}, want: []string{"openvpn.data"}, least: 9},
		{name: "data of another peer id", turns: []turn{{0, data(0x48, 7, 100), 0}, {0, data(0x48, 8, 101), 0}}},
		{name: "data that repeats", turns: []turn{{0, data(0x48, 7, 100), 0}, {0, data(0x48, 7, 100), 0}}},
		{name: "data that jumps", turns: []turn{{0, data(0x48, 7, 100), 0}, {0, data(0x48, 7, 103), 0}}},
		{name: "hidden resets", turns: []turn{{0, noiseOf(1, 86), 0}, {1, noiseOf(2, 98), 0}}, want: []string{"openvpn.shape"}},
		{name: "lengths that differ by 13", turns: []turn{{0, noiseOf(1, 86), 0}, {1, noiseOf(2, 99), 0}}},
		{name: "lengths of no hash", turns: []turn{{0, noiseOf(1, 87), 0}, {1, noiseOf(2, 99), 0}}},
		{name: "QUIC's short headers", turns: []turn{{0, quicShort(0x41), 0}, {0, quicShort(0x52), 0}, {0, quicShort(0x5b), 0}, {0, quicShort(0x40), 0}}},
	}
	checkSheet(t, openvpnUDP, rows)
	for i := range rows {
		rows[i].least = 0
		for n := range rows[i].turns {
			rows[i].turns[n].payload = openvpnStream(rows[i].turns[n].payload)
		}
	}
	checkSheet(t, openvpnTCP, rows)
	v := converseVerdict(packet.UDP, [2]uint16{50000, 1194}, []turn{{0, noiseOf(1, 86), 0}, {1, noiseOf(2, 98), 0}, {0, noiseOf(3, 375), 0}, {1, noiseOf(4, 94), 0}, {1, noiseOf(5, 1116), 0}})
	if v.Judgement != Other {
		t.Errorf("scrambled OpenVPN is %v", v.Judgement)
	}
}

// converseVerdict judges a conversation that all detectors heard.
func converseVerdict(transport packet.Protocol, ports [2]uint16, turns []turn) Verdict {
	k := newTalk(transport, ports)
	for _, u := range turns {
		k.turn(u)
	}
	return k.verdict()
}

func TestIPsec(t *testing.T) {
	ike := func(version, exchange, flags byte, n int) []byte {
		p := joined([]byte("\x12\x34\x56\x78\x9a\xbc\xde\xf0\x00\x00\x00\x00\x00\x00\x00\x00\x21"), []byte{version, exchange, flags}, make([]byte, 8))
		binary.BigEndian.PutUint32(p[24:], uint32(n))
		return append(p, noiseOf(1, n-28)...)
	}
	esp := func(spi, seq uint32) []byte {
		p := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, spi), seq)
		return append(p, noiseOf(int64(seq), 80)...)
	}
	nat := [2]uint16{50000, 4500}
	checkSheet(t, ipsec, []sheetRow{
		{name: "IKE version 2", turns: []turn{{0, ike(0x20, 34, 0x08, 300), 0}}, want: []string{"tunnel"}},
		{name: "IKE version 1", turns: []turn{{0, ike(0x10, 2, 0, 200), 0}}, want: []string{"tunnel"}},
		{name: "behind the marker", ports: nat, turns: []turn{{0, joined(make([]byte, 4), ike(0x20, 35, 0x08, 300)), 0}}, want: []string{"tunnel"}},
		{name: "the marker on another port", turns: []turn{{0, joined(make([]byte, 4), ike(0x20, 35, 0x08, 300)), 0}}},
		{name: "exchange 33 of version 2", turns: []turn{{0, ike(0x20, 33, 0x08, 300), 0}}},
		{name: "reserved flags", turns: []turn{{0, ike(0x20, 34, 0x80, 300), 0}}},
		{name: "version 3", turns: []turn{{0, ike(0x30, 34, 0x08, 300), 0}}},
		{name: "wrong length", turns: []turn{{0, ike(0x20, 34, 0x08, 300)[:299], 0}}},
		{name: "one packet", ports: nat, turns: []turn{{0, esp(0x1234, 1), 0}}, want: []string{"clear.once"}},
		{name: "a packet of a late sequence", ports: nat, turns: []turn{{0, esp(0x1234, 1<<20), 0}}},
		{name: "two packets", ports: nat, turns: []turn{{0, esp(0x1234, 1<<20), 0}, {0, esp(0x1234, 1<<20+1), 0}}, want: []string{"tunnel"}, least: 16},
		{name: "another index", ports: nat, turns: []turn{{0, esp(0x1234, 1<<20), 0}, {0, esp(0x1235, 1<<20+1), 0}}},
		{name: "a sequence that goes back", ports: nat, turns: []turn{{0, esp(0x1234, 1<<20), 0}, {0, esp(0x1234, 1<<20-1), 0}}},
		{name: "an index below 256", ports: nat, turns: []turn{{0, esp(255, 1), 0}}},
		{name: "keep-alives", ports: nat, turns: []turn{{0, []byte{0xff}, 0}, {0, []byte{0xff}, 0}}, want: []string{"clear.once", "tunnel"}},
		{name: "another octet", ports: nat, turns: []turn{{0, []byte{0xfe}, 0}, {0, []byte{0xfe}, 0}}},
		{name: "two packets on another port", turns: []turn{{0, esp(0x1234, 1), 0}, {0, esp(0x1234, 2), 0}}},
	})
}

func TestDNSCrypt(t *testing.T) {
	answer := joined([]byte("r6fnvWj8"), noiseOf(1, 296))
	relay := joined(bytes.Repeat([]byte{0xff}, 8), []byte{0, 0}, noiseOf(2, 18), noiseOf(3, 324))
	query := func(magic string, seed int64, n int) []byte { return joined([]byte(magic), noiseOf(seed, n-8)) }
	checkSheet(t, dnscrypt, []sheetRow{
		{name: "answer", turns: []turn{{1, answer, 0}}, want: []string{"tunnel"}, least: 28},
		{name: "answer, one octet off", turns: []turn{{1, joined([]byte("r6fnvWj9"), answer[8:]), 0}}},
		{name: "to a relay", turns: []turn{{0, relay, 0}}, want: []string{"tunnel"}, least: 28},
		{name: "three queries", ports: [2]uint16{50000, 443}, turns: []turn{{0, query("ABCDEFGH", 1, 324), 0}, {0, query("ABCDEFGH", 2, 516), 0}, {0, query("ABCDEFGH", 3, 324), 0}}, want: []string{"clear.once", "tunnel"}},
		{name: "another magic", ports: [2]uint16{50000, 443}, turns: []turn{{0, query("ABCDEFGH", 1, 324), 0}, {0, query("ABCDEFGX", 2, 516), 0}}},
		{name: "lengths that are not padded", ports: [2]uint16{50000, 443}, turns: []turn{{0, query("ABCDEFGH", 1, 325), 0}, {0, query("ABCDEFGH", 2, 517), 0}}},
		{name: "a port of no service", turns: []turn{{0, query("ABCDEFGH", 1, 324), 0}, {0, query("ABCDEFGH", 2, 516), 0}, {0, query("ABCDEFGH", 3, 324), 0}}},
	})
	two := newTalkOf(packet.UDP, [2]uint16{50000, 443}, []Detector{dnscrypt})
	two.say(0, query("ABCDEFGH", 1, 324))
	two.say(0, query("ABCDEFGH", 2, 516))
	checkClaims(t, two, map[string]int{"clear.once": 1})
	checkSheet(t, dnscryptTCP, []sheetRow{
		{name: "answer behind its length", turns: []turn{{1, openvpnStream(answer), 0}}, want: []string{"tunnel"}},
		{name: "answer without", turns: []turn{{1, answer, 0}}},
	})
}

func TestSOCKS(t *testing.T) {
	checkSheet(t, socks, []sheetRow{
		{name: "version 5", turns: []turn{{0, []byte{5, 2, 0, 2}, 0}, {1, []byte{5, 0}, 0}}, want: []string{"tunnel"}, least: 2},
		{name: "version 5, refused", turns: []turn{{0, []byte{5, 1, 0}, 0}, {1, []byte{5, 0xff}, 0}}, want: []string{"tunnel"}},
		{name: "version 5, greeting and request", turns: []turn{{0, []byte{5, 1, 0}, 0}, {0, []byte{5, 1, 0, 1, 192, 0, 2, 1, 0, 80}, 0}}, want: []string{"tunnel"}, least: 10},
		{name: "version 5, request by name", turns: []turn{{0, []byte{5, 1, 0}, 0}, {0, []byte("\x05\x01\x00\x03\x09a.example\x01\xbb"), 0}}, want: []string{"tunnel"}},
		{name: "version 4", turns: []turn{{0, []byte{4, 1, 0, 80, 192, 0, 2, 1, 0}, 0}, {1, []byte{0, 90, 0, 0, 0, 0, 0, 0}, 0}}, want: []string{"tunnel"}},
		{name: "a list of methods that is longer", turns: []turn{{0, []byte{5, 3, 0, 2}, 0}, {1, []byte{5, 0}, 0}}},
		{name: "a method that nobody has", turns: []turn{{0, []byte{5, 1, 0x20}, 0}, {1, []byte{5, 0}, 0}}},
		{name: "version 6", turns: []turn{{0, []byte{5, 1, 0}, 0}, {1, []byte{6, 0}, 0}}},
		{name: "the answer first", turns: []turn{{1, []byte{5, 0}, 0}, {0, []byte{5, 1, 0}, 0}}},
		{name: "version 4, code 94", turns: []turn{{0, []byte{4, 1, 0, 80, 192, 0, 2, 1, 0}, 0}, {1, []byte{0, 94, 0, 0, 0, 0, 0, 0}, 0}}},
	})
}

func TestTFTPData(t *testing.T) {
	block := func(n byte) []byte { return append([]byte{0, 3, 0, n}, make([]byte, 512)...) }
	checkSheet(t, tftpData, []sheetRow{
		{name: "data acknowledged", turns: []turn{{0, block(1), 0}, {1, []byte{0, 4, 0, 1}, 0}}, want: []string{"clear"}, least: 4},
		{name: "the next block", turns: []turn{{0, []byte{0, 4, 0, 1}, 0}, {1, block(2), 0}}, want: []string{"clear"}, least: 4},
		{name: "options acknowledged", turns: []turn{{0, []byte("\x00\x06blksize\x001468\x00"), 0}, {1, []byte{0, 4, 0, 0}, 0}}, want: []string{"clear"}},
		{name: "another block", turns: []turn{{0, block(1), 0}, {1, []byte{0, 4, 0, 2}, 0}}},
		{name: "an acknowledgement of five octets", turns: []turn{{0, block(1), 0}, {1, []byte{0, 4, 0, 1, 0}, 0}}},
		{name: "both from one end", turns: []turn{{0, block(1), 0}, {0, []byte{0, 4, 0, 1}, 0}}},
	})
}

func TestMumble(t *testing.T) {
	ping := []byte("\x00\x00\x00\x00IDENTIFY")
	pong := []byte("\x00\x01\x05\x01IDENTIFY\x00\x00\x00\x05\x00\x00\x00\x64\x00\x01\x19\x40")
	voice := func(n byte) []byte { return append([]byte{n}, noiseOf(int64(n), 60)...) }
	server := [2]uint16{50000, 64738}
	checkSheet(t, mumble, []sheetRow{
		{name: "ping and answer", turns: []turn{{0, ping, 0}, {1, pong, 0}}, want: []string{"clear"}, least: 12},
		{name: "another ident", turns: []turn{{0, []byte("\x00\x00\x00\x00identify"), 0}, {1, pong, 0}}},
		{name: "a ping of another length", turns: []turn{{0, append(ping[:12:12], 0), 0}, {1, pong, 0}}},
		{name: "voice", ports: server, turns: []turn{{0, voice(1), 0}, {0, voice(2), 0}, {0, voice(3), 0}, {0, voice(4), 0}}, want: []string{"clear.once", "clear"}},
		{name: "voice on another port", turns: []turn{{0, voice(1), 0}, {0, voice(2), 0}, {0, voice(3), 0}, {0, voice(4), 0}}},
		{name: "a counter that stands", ports: server, turns: []turn{{0, voice(1), 0}, {0, voice(1), 0}, {0, voice(1), 0}}},
	})
}

func TestServerHandshakes(t *testing.T) {
	chat := [2]uint16{50000, 5222}
	checkSheet(t, threema, []sheetRow{
		{name: "hellos", ports: chat, turns: []turn{{0, noiseOf(1, 48), 0}, {1, noiseOf(2, 80), 0}}, want: []string{"messenger"}},
		{name: "49 octets", ports: chat, turns: []turn{{0, noiseOf(1, 49), 0}, {1, noiseOf(2, 80), 0}}},
		{name: "81 octets", ports: chat, turns: []turn{{0, noiseOf(1, 48), 0}, {1, noiseOf(2, 81), 0}}},
		{name: "no noise", ports: chat, turns: []turn{{0, noiseOf(1, 48), 0}, {1, make([]byte, 80), 0}}},
		{name: "another port", turns: []turn{{0, noiseOf(1, 48), 0}, {1, noiseOf(2, 80), 0}}},
	})
	probe := joined([]byte{0x0d, 2, 0}, noiseOf(1, 26))
	checkSheet(t, activision, []sheetRow{
		{name: "probe sent back", turns: []turn{{0, probe, 0}, {1, joined([]byte{0x0c}, probe[1:]), 0}}, want: []string{"game"}, least: 29},
		{name: "one octet off", turns: []turn{{0, probe, 0}, {1, joined([]byte{0x0c}, probe[1:20], []byte{^probe[20]}, probe[21:]), 0}}},
		{name: "not sent back", turns: []turn{{1, joined([]byte{0x0c}, probe[1:]), 0}}},
	})
}

func TestDTLSServer(t *testing.T) {
	hello := func(extensions ...byte) []byte {
		body := joined([]byte{0xfe, 0xfd}, noiseOf(1, 32), []byte{0, 0, 0, 2, 0xc0, 0x2b, 1, 0, byte(len(extensions) >> 8), byte(len(extensions))}, extensions)
		n := byte(len(body))
		return joined([]byte{0x16, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, n + 12, 1, 0, 0, n, 0, 0, 0, 0, 0, 0, 0, n}, body)
	}
	sni := []byte{0, 0, 0, 14, 0, 12, 0, 0, 9, 'a', '.', 'e', 'x', 'a', 'm', 'p', 'l', 'e'}
	srtp := []byte{0, 14, 0, 5, 0, 2, 0, 1, 0}
	named, both := hello(sni...), hello(joined(srtp, sni)...)
	k := newTalkOf(packet.UDP, [2]uint16{50000, 4433}, []Detector{dtlsServer})
	k.say(0, named)
	checkClaims(t, k, map[string]int{"dtls.named": 1})
	if got := k.verdict().Name[1].Text; got != "a.example" {
		t.Errorf("the server is called %q", got)
	}
	checkSheet(t, dtlsServer, []sheetRow{
		{name: "keys media", turns: []turn{{0, both, 0}}},
		{name: "CoAP's port", ports: [2]uint16{50000, 5684}, turns: []turn{{0, hello(0, 10, 0, 4, 0, 2, 0, 23), 0}}, want: []string{"clear.once"}},
		{name: "nobody named", turns: []turn{{0, hello(0, 10, 0, 4, 0, 2, 0, 23), 0}}},
		{name: "a second fragment", turns: []turn{{0, joined(named[:21], []byte{1}, named[22:]), 0}}},
		{name: "a later epoch", turns: []turn{{0, joined(named[:4], []byte{1}, named[5:]), 0}}},
	})
	for n := range named {
		converse(t, packet.UDP, [2]uint16{50000, 4433}, []turn{{0, named[:n:n], 0}})
	}
}

// invite is a call's offer with an SDP body.
func invite(media string) []byte {
	return []byte("INVITE sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2\r\nContent-Type: application/sdp\r\n\r\n" +
		"v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\n" + media)
}

func TestSIP(t *testing.T) {
	checkSheet(t, sipUDP, []sheetRow{
		{name: "request", turns: []turn{{0, []byte("OPTIONS sip:a@example.com SIP/2.0\r\n"), 0}}, want: []string{"clear"}, least: 13},
		{name: "status", turns: []turn{{1, []byte("SIP/2.0 200 OK\r\n"), 0}}, want: []string{"clear"}, least: 11},
		{name: "telephone number", turns: []turn{{0, []byte("INVITE tel:+44 SIP/2.0\r\n"), 0}}, want: []string{"clear"}},
		{name: "another method", turns: []turn{{0, []byte("INVENT sip:a@example.com SIP/2.0\r\n"), 0}}},
		{name: "no address", turns: []turn{{0, []byte("OPTIONS a@example.com SIP/2.0\r\n"), 0}}},
	})
	if got := converse(t, packet.TCP, [2]uint16{50000, 5060}, []turn{{0, invite(""), 0}})["clear"]; got == 0 {
		t.Error("SIP over TCP is not recognised")
	}
}

func TestAnnouncedMedia(t *testing.T) {
	rtpPacket := func(n byte) []byte {
		return joined([]byte{0x80, 96, 0, n, 0, 0, 0, n, 1, 2, 3, 4}, noiseOf(int64(n), 80))
	}
	tests := []struct {
		name, media string
		port        uint16
		want        bool
	}{
		{name: "plain", media: "m=audio 40000 RTP/AVP 0 8\r\n", port: 40000, want: true},
		{name: "its control", media: "m=audio 40000 RTP/AVP 0 8\r\n", port: 40001, want: true},
		{name: "the second medium", media: "m=audio 40000 RTP/SAVP 0\r\nm=video 40002 RTP/AVP 96\r\n", port: 40002, want: true},
		{name: "another port", media: "m=audio 40000 RTP/AVP 0 8\r\n", port: 40004},
		{name: "secure profile", media: "m=audio 40000 RTP/SAVP 0 8\r\n", port: 40000},
		{name: "keys in clear", media: "m=audio 40000 RTP/AVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n", port: 40000},
		{name: "ZRTP", media: "m=audio 40000 RTP/AVP 0\r\na=zrtp-hash:1.10 fe30\r\n", port: 40000},
		{name: "turned off", media: "m=audio 0 RTP/AVP 0 8\r\n", port: 40000},
		{name: "port beyond 65535", media: "m=audio 105536 RTP/AVP 0 8\r\n", port: 40000},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newStage()
			s.play(packet.UDP, homeAt(5060), farAt(5060), []turn{{0, invite(test.media), 0}})
			k := s.talk(packet.UDP, homeAt(test.port), farAt(30000))
			k.say(1, rtpPacket(1))
			k.say(0, rtpPacket(2))
			v := k.verdict()
			if got := hasEvidence(v, "sip.announced_media"); got != test.want {
				t.Errorf("announced %v", got)
			}
			if test.want && (v.Service != "rtp" || v.Judgement != Other) {
				t.Errorf("%v, service %q", v.Judgement, v.Service)
			}
		})
	}
	whole := invite("m=audio 40000 RTP/AVP 0 8\r\n")
	for n := range whole {
		s := newStage()
		s.play(packet.UDP, homeAt(5060), farAt(5060), []turn{{0, whole[:n:n], 0}})
	}
	c := New(Options{}, []Detector{})
	for n := range maxAnnounced + 100 {
		c.announced.note(testAddr(n), 40000, 1)
	}
	if n := c.announced.size; n != maxAnnounced {
		t.Errorf("%d announcements are kept", n)
	}
}

// testAddr is an address of its own for every number.
func testAddr(n int) packet.Addr {
	return packet.Addr{10: 0xff, 11: 0xff, 12: 10, 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)}
}

func TestRTPPlain(t *testing.T) {
	packetOf := func(kind byte, seq uint16, stamp uint32, body int) []byte {
		p := binary.BigEndian.AppendUint16([]byte{0x80, kind}, seq)
		p = binary.BigEndian.AppendUint32(p, stamp)
		return joined(p, []byte{1, 2, 3, 4}, noiseOf(int64(seq), body))
	}
	pair := func(kind byte, step uint32, body int) []turn {
		return []turn{{0, packetOf(kind, 1, 800, body), 0}, {0, packetOf(kind, 2, 800+step, body), 0}}
	}
	checkSheet(t, rtpPlain, []sheetRow{
		{name: "G.711, 20 ms", turns: pair(0, 160, 160), want: []string{"rtp.plain_codec"}},
		{name: "G.711 A-law, 30 ms", turns: pair(8, 240, 240), want: []string{"rtp.plain_codec"}},
		{name: "G.722", turns: pair(9, 160, 160), want: []string{"rtp.plain_codec"}},
		{name: "GSM", turns: pair(3, 160, 33), want: []string{"rtp.plain_codec"}},
		{name: "G.711 and a tag of 10", turns: pair(0, 160, 170)},
		{name: "G.711 and a tag of 4", turns: pair(0, 160, 164)},
		{name: "GSM and a tag", turns: pair(3, 160, 43)},
		{name: "a clock that does not fit", turns: pair(0, 161, 160)},
		{name: "a dynamic type", turns: pair(96, 160, 160)},
		{name: "a packet missing", turns: []turn{{0, packetOf(0, 1, 800, 160), 0}, {0, packetOf(0, 3, 960, 160), 0}}},
	})
}

// TestNoiseOfStates feeds random payloads to the detectors that look at several, in flows of
// four on the ports that they ask for, and asserts that no detector claims in one flow of 2^14,
// a hint in one of 2^8.
func TestNoiseOfStates(t *testing.T) {
	random := rand.New(rand.NewSource(2))
	ports := []uint16{50001, 53, 443, 4500, 5683, 64738, 5222, 1080, 69}
	states := []Detector{
		activision, coap, dns, dnsTCP, dnscrypt, dnscryptTCP, dtlsServer, ipsec, mumble, openvpnTCP, openvpnUDP, quic, rtpPlain, sipTCP, sipUDP,
		socks, tftpData, threema, tls,
	}
	flows := *noisePayloads / 4
	for _, d := range states {
		t.Run(d.Name, func(t *testing.T) {
			claimed := map[string]int{}
			s := newStageOf([]Detector{d})
			buffer := make([]byte, 600)
			for n := range flows {
				k := s.talk(d.Transport, homeAt(uint16(1024+n%60000)), farAt(ports[n%len(ports)]))
				k.joined = true
				for dir := range 4 {
					p := buffer[:8+random.Intn(593)]
					random.Read(p)
					k.say(dir%2, p)
				}
				for name := range k.claims() {
					claimed[name]++
				}
				if n%60000 == 59999 {
					s = newStageOf([]Detector{d})
				}
			}
			for name, n := range claimed {
				t.Logf("%s: %d of %d flows of four payloads", name, n, flows)
				limit := max(flows>>14, 1)
				switch name {
				case "clear.once", "tls.half_hello", "quic.short":
					limit = flows // hints without or with little weight, and counted again before they weigh
				}
				if n > limit {
					t.Errorf("%s is claimed of %d of %d flows of noise", name, n, flows)
				}
			}
		})
	}
}
