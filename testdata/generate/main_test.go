package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// TestCommitted tells whether the files of testdata are those that this program writes.
func TestCommitted(t *testing.T) {
	out := t.TempDir()
	if _, err := generate(out); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(out)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, e := range entries {
		want, err := os.ReadFile(filepath.Join(out, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", e.Name()))
		if err != nil {
			t.Errorf("%v: run go run ./testdata/generate -out testdata", err)
			continue
		}
		total += len(got)
		if len(got) > 400_000 {
			t.Errorf("%s has %d octets, more than 400,000", e.Name(), len(got))
		}
		if e.Name() == "captures.csv" {
			continue // its sums cover the compressed files, which other library versions write otherwise
		}
		if !bytes.Equal(plainOctets(t, e.Name(), got), plainOctets(t, e.Name(), want)) {
			t.Errorf("%s is not what the program writes", e.Name())
		}
	}
	if total > 3_000_000 {
		t.Errorf("the set has %d octets, more than 3,000,000", total)
	}
}

// plainOctets undoes compression: only what a file holds is promised to stay.
func plainOctets(t *testing.T, name string, b []byte) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(b)
	var err error
	switch {
	case strings.HasSuffix(name, ".gz"):
		r, err = gzip.NewReader(r)
	case strings.HasSuffix(name, ".zst"):
		r, err = zstd.NewReader(r)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	b, err = io.ReadAll(r)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b
}

// TestSTUN seals the attributes of RFC 5769, section 2.2, with its password.
func TestSTUN(t *testing.T) {
	const sample = "0101003c2112a442b7e7a701bc34d686fa87dfae" +
		"8022000b7465737420766563746f7220" + "002000080001a147e112a643" +
		"000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7" + "80280004c07d4c96"
	want, err := hex.DecodeString(sample)
	if err != nil {
		t.Fatal(err)
	}
	m := &stun{kind: stunBinding | stunSuccess, id: want[8:20], attributes: want[20:36]} // SOFTWARE is padded with a space
	m.address(attrMapped, netip.MustParseAddrPort("192.0.2.1:32853"))
	if got := m.sealed([]byte("VOkJxbRl1RmTxUk/WvJxBt")); !bytes.Equal(got, want) {
		t.Errorf("sealed:\ngot  %x\nwant %x", got, want)
	}
}

// TestInitialKeys derives the keys of RFC 9001, appendix A.1.
func TestInitialKeys(t *testing.T) {
	destination := []byte{0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08}
	for side, want := range map[string]string{
		"client in": "fa044b2f42a3fd3b46fb255c",
		"server in": "0ac1493ca1905853b0bba03e",
	} {
		k, err := initialKeys(destination, side)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(k.iv); got != want {
			t.Errorf("%s: iv %s, want %s", side, got, want)
		}
	}
}

// TestChecksums adds up what the carriers have written, in scenes without tunnels.
func TestChecksums(t *testing.T) {
	for _, build := range []func() *scene{officeScene, classicScene, iceScene, wireGuardScene, plainScene, unknownScene} {
		s := build()
		if s.err != nil {
			t.Fatal(s.err)
		}
		for i, f := range s.inOrder() {
			if f.flow == nil {
				continue
			}
			header := 40
			if f.data[14]>>4 == 4 {
				header = 20
				if sum := checksum(f.data[14:34]); sum != 0 {
					t.Fatalf("frame %d: IPv4 header adds up to %#x", i+1, sum)
				}
			}
			segment := f.data[14+header:]
			if sum := transportChecksum(f.flow.protocol, f.from.Addr(), f.to.Addr(), segment); sum != 0 {
				t.Fatalf("frame %d: segment adds up to %#x", i+1, sum)
			}
		}
	}
}

// TestSkypeIdentifiers follows the socket of office.pcapng: new requests count by 2 over all
// peers, a second try keeps identifier and CRC, a resend is 5 octets longer.
func TestSkypeIdentifiers(t *testing.T) {
	local := netip.MustParseAddrPort("192.168.10.23:24816")
	type key struct {
		peer netip.AddrPort
		id   uint16
	}
	tried := map[key][]byte{}
	var last uint16
	var requests, again, resends int
	for _, f := range officeScene().inOrder() {
		if f.flow == nil || f.flow.protocol != protocolUDP || f.from != local {
			continue
		}
		p := f.data[14+20+8:]
		id := binary.BigEndian.Uint16(p)
		k := key{f.to, id}
		switch first := tried[k]; {
		case p[2] == skypeResend:
			resends++
			if len(p) != len(first)+5 || !bytes.Equal(p[12:16], first[7:11]) {
				t.Errorf("resend to %v does not follow from its request", f.to)
			}
		case p[2] == skypeRequest && first != nil:
			again++
			if len(p) != len(first) || !bytes.Equal(p[7:11], first[7:11]) || bytes.Equal(p[3:7], first[3:7]) {
				t.Errorf("second try to %v is not one", f.to)
			}
		case p[2] == skypeRequest || len(p) == 3:
			if requests++; requests > 1 && id != last+2 {
				t.Errorf("request %d has identifier %d after %d", requests, id, last)
			}
			last, tried[k] = id, p
		}
	}
	if requests < 30 || again < 5 || resends < 5 {
		t.Errorf("%d requests, %d second tries, %d resends: too few to show anything", requests, again, resends)
	}
}
