package pipeline

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/geo"
)

// FuzzLabels reads label files: what is read can be told apart by its key, an error has a place.
func FuzzLabels(f *testing.F) {
	paths, _ := filepath.Glob("../testdata/*.labels.csv")
	more, _ := filepath.Glob(corpus + "/t*.labels.csv")
	for _, path := range append(paths[:min(len(paths), 4)], more...) {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text[:min(len(text), 600)])
	}
	f.Add([]byte("a,b,c,d,e,f,g,h,i,j,k\nudp,::ffff:1.2.3.4,65535,fe80::1%eth0,0,positive,,1,,,\"x\ny\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		labels, err := readLabels(bytes.NewReader(text), "fuzz")
		if err != nil && !strings.HasPrefix(err.Error(), "fuzz") {
			t.Fatalf("error %q names no file", err)
		}
		for _, l := range labels {
			k := &l.Key
			if l.Truth > Negative || k.Protocol != packet.TCP && k.Protocol != packet.UDP {
				t.Fatalf("label %+v", l)
			}
			if !strings.HasPrefix(k.CommunityID(), "1:") {
				t.Fatalf("Community ID %q", k.CommunityID())
			}
		}
	})
}

// FuzzArguments splits words into captures, a filter and a subject, and reads a resolver.
func FuzzArguments(f *testing.F) {
	for _, s := range []string{"fuzz_test.go udp and port 53", "192.0.2.1:53", "[2001:db8::1%eth0]:1", "fuzz_test.go 1:t7AeVdpzGBNDajRt4OpUTWGbHSs=", "not ( host"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if r, err := ParseResolver(s); err == nil && (s != SystemResolver && !r.Server.IsValid() || r.Server.IsValid() && r.Server.Port() == 0) {
			t.Fatalf("%q is resolver %+v", s, r)
		}
		if len(s) > 200 || strings.ContainsAny(s, "/\\") {
			return // paths of this machine are no matter of this test
		}
		words := strings.Fields(s)
		subject, rest, err := SplitSubject(words)
		if err == nil && len(rest) > len(words) {
			t.Fatalf("%q: subject %v, rest %q", s, subject, rest)
		}
		if paths, _, err := Arguments(nil, words, ""); err == nil && len(paths) > len(words) {
			t.Fatalf("%q: captures %q", s, paths)
		}
	})
}

// FuzzVariants alters addresses, ports, payloads and DNS answers as the variants do: moving twice
// leads back, and nothing changes its length.
func FuzzVariants(f *testing.F) {
	f.Add([]byte("\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x01"), []byte("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x0a\x00\x00\x01"), uint16(5000))
	home, _ := geo.ParseHome(nil)
	f.Fuzz(func(t *testing.T, payload, addr []byte, port uint16) {
		var a packet.Addr
		copy(a[:], addr)
		move := func(a packet.Addr) packet.Addr { return otherAddress(home, a) }
		if b := move(a); move(b) != a || home.Contains(a.Netip()) != home.Contains(b.Netip()) {
			t.Fatalf("%v moves to %v and back to %v", a.Netip(), b.Netip(), move(b).Netip())
		}
		if p := otherPort(port); (p < 1024) != (port < 1024) || p != otherPort(port) {
			t.Fatalf("port %d becomes %d", port, p)
		}
		kept := bytes.Clone(payload)
		out := renumberAnswers(payload, move)
		if len(out) != len(payload) || !bytes.Equal(kept, payload) {
			t.Fatalf("%x became %x, %x", kept, payload, out)
		}
		for _, n := range []int{0, 60, 200} {
			p := shown{payload: payload, headers: packet.Headers{Protocol: packet.TCP, Src: a}}
			if snap(n)(&p) != 1 || len(p.payload) > max(n, len(payload)) {
				t.Fatalf("snap length %d leaves %d of %d octets", n, len(p.payload), len(payload))
			}
		}
	})
}

// FuzzResolverAnswer gives a resolver's answers behind the header and question that fit: a name
// is one that can be printed, and a bad answer is no name.
func FuzzResolverAnswer(f *testing.F) {
	f.Add([]byte("\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"), []byte("\xc0\x0c\x00\x0c\x00\x01\x00\x00\x00\x3c\x00\x0b\x04host\x04test\x00"))
	f.Add([]byte("\x81\x83\x00\x01\x00\x00\x00\x00\x00\x00"), []byte{})
	f.Add([]byte("\x81\x80\x00\x01\xff\xff\xff\xff\xff\xff"), []byte("\xc0\x0c\x00\x0c\x00\x01\x00\x00\x00\x3c\x00\x02\xc0\x0c\xc0\xff"))
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { c.Close() })
	answers := make(chan [2][]byte, 1)
	go func() {
		var b [1500]byte
		var now [2][]byte
		for {
			n, from, err := c.ReadFrom(b[:])
			if err != nil {
				return
			}
			select {
			case now = <-answers:
			default:
			}
			if n < 17 {
				continue
			}
			end := 12 + bytes.IndexByte(b[12:n], 0) + 5
			out := append(bytes.Clone(b[:2]), now[0]...)
			c.WriteTo(append(append(out, b[12:end]...), now[1]...), from)
		}
	}()
	r := Resolver{Server: netip.MustParseAddrPort(c.LocalAddr().String()), Workers: 1, Each: 20 * time.Millisecond, Total: time.Second}
	a := netip.MustParseAddr("192.0.2.77")
	f.Fuzz(func(t *testing.T, head, tail []byte) {
		if len(head) != 10 || len(tail) > 1000 {
			return
		}
		answers <- [2][]byte{head, tail}
		names, count := r.Names(context.Background(), []netip.Addr{a})
		select {
		case <-answers:
		default:
		}
		text := names[a].Text
		if len(text) > 255 || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f }) || count.Asked != 1 {
			t.Fatalf("name %q, %+v", text, count)
		}
	})
}
