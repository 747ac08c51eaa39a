package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hostile names, and what must not be in any output: they clear the screen, set its title, end
// a line and forge another, open a tag, begin a formula, turn the direction of reading.
var hostile = []string{
	"\x1b[2J\x1b]0;title\a",
	"<script>alert(1)</script>",
	"=HYPERLINK(1)",
	"x\r\npeeratlas: FORGED\n",
	"+1|cmd",
	"\u202egpj.exe",
	"a|b`c`[d](javascript:1)",
	"\xff\xfe\x9b2J",
}

// A capture whose DNS answers, SNI, certificates, interface and file bear hostile names.
func TestHostileCapture(t *testing.T) {
	path := filepath.Join(t.TempDir(), "\x1b[2J<b>=1+1|`x`\npeeratlas: FORGED.pcapng")
	if err := os.WriteFile(path, hostileCapture(t), 0o600); err != nil {
		t.Skip("this file system takes no such name: ", err)
	}
	for _, args := range [][]string{
		{"flows"}, {"explain"}, {"report"}, {"report", "--format", "json"}, {"report", "--format", "csv"}, {"report", "--format", "md"},
		{"flows", "--format", "json"}, {"flows", "--format", "csv"}, {"flows", "--format", "zeek"}, {"flows", "--format", "eve"}, {"flows", "--format", "ecs"},
	} {
		status, out, words := peeratlas(t, nil, append(args, path)...)
		// Its last packet is cut short: standard error names the file.
		if status != exitDamaged || !strings.Contains(words, "FORGED.pcapng is damaged") {
			t.Errorf("%v: status %d, %q", args, status, words)
		}
		for from, text := range map[string]string{"standard output": out, "standard error": words} {
			if args[len(args)-1] == "zeek" {
				text = strings.ReplaceAll(text, "\t", " ") // what fields have in them does not come as a tab: zeekTable counts
			}
			harmless(t, strings.Join(args, " ")+" "+from, text)
		}
		switch args[len(args)-1] {
		case "flows":
			seen := map[string]bool{}
			for line := range strings.Lines(out) {
				var r struct {
					Dst struct{ Name, Name_source string }
				}
				if err := json.Unmarshal([]byte(line), &r); err != nil {
					t.Errorf("%v: %s", err, line)
				}
				seen[r.Dst.Name_source] = true
			}
			if !seen["dns"] || !seen["sni"] || !seen["certificate"] {
				t.Errorf("names of all sources are wanted, got %v", seen)
			}
		case "csv":
			rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				for _, cell := range row {
					if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
						t.Errorf("a spreadsheet takes %q for a formula", cell)
					}
				}
			}
			if !strings.Contains(strings.ToLower(out), "hyperlink") {
				t.Error("the hostile names are not in the report")
			}
		case "zeek":
			if rows := zeekTable(t, []byte(out)); len(rows) < 10 || !strings.Contains(out, `\x5c`) {
				t.Errorf("%d flows, or no escaped name: %s", len(rows), out)
			}
		case "md", "json", "eve", "ecs":
			if strings.Contains(out, "<script") || strings.Contains(out, "<b>") {
				t.Errorf("%v: a tag of the wire", args)
			}
		}
	}
}

// harmless fails for characters that a terminal or a log obeys.
func harmless(t *testing.T, what, text string) {
	t.Helper()
	for _, r := range strings.ReplaceAll(text, "\r\n", "\n") {
		if r != '\n' && (r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r == 0xfffd) {
			t.Errorf("%s: %U in it", what, r)
			return
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "peeratlas: FORGED") {
			t.Errorf("%s: a forged line", what)
		}
	}
}

// hostileCapture is testdata/sample.pcap behind DNS answers that give its peers hostile names,
// and two TLS handshakes, as pcapng with a hostile interface name.
func hostileCapture(t *testing.T) []byte {
	sample := read(t, testdata+"sample.pcap")
	first := binary.LittleEndian.Uint32(sample[24:])
	var b bytes.Buffer
	block := func(kind uint32, body []byte) {
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		n := uint32(len(body) + 12)
		b.Write(binary.LittleEndian.AppendUint32(append(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, kind), n), body...), n))
	}
	packet := func(micros uint64, frame []byte) {
		body := make([]byte, 20, 20+len(frame))
		binary.LittleEndian.PutUint32(body[4:], uint32(micros>>32))
		binary.LittleEndian.PutUint32(body[8:], uint32(micros))
		binary.LittleEndian.PutUint32(body[12:], uint32(len(frame)))
		binary.LittleEndian.PutUint32(body[16:], uint32(len(frame)))
		block(6, append(body, frame...))
	}
	block(0x0a0d0d0a, []byte("\x4d\x3c\x2b\x1a\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"))
	name := "\x1b[2J<script>"
	block(1, append([]byte{1, 0, 0, 0, 0, 0, 0, 0, 2, 0, byte(len(name)), 0}, name...))
	at := uint64(first)*1e6 - 1e6
	host := netip.MustParseAddr("192.168.10.24")
	for i, peer := range []string{"158.64.5.113", "128.112.22.193", "133.11.60.158", "143.107.36.161", "134.157.34.181"} {
		label := append([]byte{byte(len(hostile[i]))}, hostile[i]...)
		question := bytes.Join([][]byte{{0, byte(i), 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0}, label, {0, 0, 1, 0, 1}}, nil)
		answer := append(question, append([]byte{0xc0, 12, 0, 1, 0, 1, 0, 0, 0xe, 0x10, 0, 4}, netip.MustParseAddr(peer).AsSlice()...)...)
		packet(at+uint64(i), frameOf(netip.MustParseAddr("192.168.10.1"), host, 17, 53, uint16(40000+i), answer))
	}
	for i, name := range hostile {
		server, port := netip.AddrFrom4([4]byte{93, 184, 216, byte(100 + i)}), uint16(41000+i)
		if i%2 == 0 {
			packet(at+uint64(100+i), frameOf(host, server, 6, port, 443, clientHello(name)))
			continue
		}
		packet(at+uint64(100+i), frameOf(host, server, 6, port, 443, clientHello("")))
		packet(at+uint64(200+i), frameOf(server, host, 6, 443, port, serverCertificate(t, name)))
	}
	for rest := sample[24:]; len(rest) >= 16; {
		n := int(binary.LittleEndian.Uint32(rest[8:]))
		packet(uint64(binary.LittleEndian.Uint32(rest))*1e6+uint64(binary.LittleEndian.Uint32(rest[4:])), rest[16:16+n])
		rest = rest[16+n:]
	}
	return b.Bytes()[:b.Len()-3]
}

// frameOf is an Ethernet frame of one segment or datagram.
func frameOf(from, to netip.Addr, protocol byte, sport, dport uint16, payload []byte) []byte {
	transport := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, sport), dport)
	if protocol == 17 {
		transport = append(binary.BigEndian.AppendUint16(transport, uint16(8+len(payload))), 0, 0)
	} else {
		transport = append(transport, 0, 0, 0, 1, 0, 0, 0, 1, 5<<4, 0x18, 0xff, 0xff, 0, 0, 0, 0)
	}
	transport = append(transport, payload...)
	ip := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0}
	binary.BigEndian.PutUint16(ip[2:], uint16(20+len(transport)))
	return bytes.Join([][]byte{{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0}, ip, from.AsSlice(), to.AsSlice(), transport}, nil)
}

func long(n int, b []byte) []byte { // b behind its length in n octets
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(b)))[4-n:], b...)
}

// handshake is a TLS record (RFC 5246, sections 6.2.1 and 7.4) with one message for each body.
func handshake(kinds []byte, bodies ...[]byte) []byte {
	var b []byte
	for i, body := range bodies {
		b = append(append(b, kinds[i]), long(3, body)...)
	}
	return append([]byte{22, 3, 3}, long(2, b)...)
}

func clientHello(name string) []byte {
	var extensions []byte
	if name != "" {
		extensions = append([]byte{0, 0}, long(2, long(2, append([]byte{0}, long(2, []byte(name))...)))...)
	}
	body := bytes.Join([][]byte{{3, 3}, bytes.Repeat([]byte{0x5a, 0xc3}, 16), {0, 0, 2, 0xc0, 0x2f, 1, 0}, long(2, extensions)}, nil)
	return handshake([]byte{1}, body)
}

func serverCertificate(t *testing.T, name string) []byte {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	issuer := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}}
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{
		ExtraNames: []pkix.AttributeTypeAndValue{{Type: []int{2, 5, 4, 3}, Value: strings.ToValidUTF8(name, "?")}}}}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	hello := bytes.Join([][]byte{{3, 3}, bytes.Repeat([]byte{0xa5, 0x3c}, 16), {0, 0xc0, 0x2f, 0, 0, 0}}, nil)
	return handshake([]byte{2, 11}, hello, long(3, long(3, der)))
}
