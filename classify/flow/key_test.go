package flow

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
)

func headers(src, dst string, protocol packet.Protocol) packet.Headers {
	s, d := netip.MustParseAddrPort(src), netip.MustParseAddrPort(dst)
	return packet.Headers{
		Src: packet.AddrFrom(s.Addr()), Dst: packet.AddrFrom(d.Addr()),
		SrcPort: s.Port(), DstPort: d.Port(), Protocol: protocol, Octets: 100, PayloadOctets: 72,
	}
}

func reversed(h packet.Headers) packet.Headers {
	h.Src, h.Dst, h.SrcPort, h.DstPort = h.Dst, h.Src, h.DstPort, h.SrcPort
	return h
}

// The vectors stand in the baseline of the Community ID specification
// (github.com/corelight/community-id-spec, baseline).
func TestCommunityID(t *testing.T) {
	tests := []struct {
		src, dst string
		protocol packet.Protocol
		want     string
	}{
		{"128.232.110.120:34855", "66.35.250.204:80", packet.TCP, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{"192.168.1.52:54585", "8.8.8.8:53", packet.UDP, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
		{"[fe80:1:203:405:607:809:a0b:c0d]:1", "[2001::1]:2", packet.UDP, ""},
	}
	for _, tt := range tests {
		h := headers(tt.src, tt.dst, tt.protocol)
		k, _ := KeyOf(&h)
		got := k.CommunityID()
		if tt.want != "" && got != tt.want {
			t.Errorf("%s > %s: got %s, want %s", tt.src, tt.dst, got, tt.want)
		}
		r := reversed(h)
		if k, _ := KeyOf(&r); k.CommunityID() != got {
			t.Errorf("%s > %s: differs when reversed", tt.src, tt.dst)
		}
	}
}

func TestKeySymmetric(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		h := packet.Headers{SrcPort: uint16(r.Uint32()), DstPort: uint16(r.Uint32()), Protocol: packet.UDP}
		for i := range h.Src {
			h.Src[i], h.Dst[i] = byte(r.Uint32N(3)), byte(r.Uint32N(3))
		}
		back := reversed(h)
		a, ad := KeyOf(&h)
		b, bd := KeyOf(&back)
		if a != b || a.Hash(7) != b.Hash(7) {
			t.Fatalf("keys of %+v and its reverse differ", h)
		}
		if ad == bd && (h.Src != h.Dst || h.SrcPort != h.DstPort) {
			t.Fatalf("directions of %+v and its reverse are the same", h)
		}
		if a.Addr[ad] != h.Src || a.Port[ad] != h.SrcPort {
			t.Fatalf("direction of %+v does not name its sender", h)
		}
	}
}

func BenchmarkHash(b *testing.B) {
	h := headers("10.0.0.1:5000", "192.0.2.1:9000", packet.UDP)
	k, _ := KeyOf(&h)
	for b.Loop() {
		k.Port[0] = uint16(k.Hash(0)) // each waits for the one before
	}
}
