package packet

import (
	"fmt"
	"net/netip"
	"reflect"
	"testing"
)

func TestAddr(t *testing.T) {
	tests := []struct {
		name string
		ip   netip.Addr
		is4  bool
		want netip.Addr
	}{
		{"IPv4", netip.MustParseAddr("192.0.2.1"), true, netip.MustParseAddr("192.0.2.1")},
		{"IPv4 any", netip.MustParseAddr("0.0.0.0"), true, netip.MustParseAddr("0.0.0.0")},
		{"IPv4 broadcast", netip.MustParseAddr("255.255.255.255"), true, netip.MustParseAddr("255.255.255.255")},
		{"IPv4-mapped", netip.MustParseAddr("::ffff:192.0.2.1"), true, netip.MustParseAddr("192.0.2.1")},
		{"IPv6", netip.MustParseAddr("2001:db8::1"), false, netip.MustParseAddr("2001:db8::1")},
		{"IPv6 any", netip.IPv6Unspecified(), false, netip.IPv6Unspecified()},
		{"IPv6 loopback", netip.IPv6Loopback(), false, netip.IPv6Loopback()},
		{"IPv4-compatible", netip.MustParseAddr("::192.0.2.1"), false, netip.MustParseAddr("::192.0.2.1")},
		{"near miss of mapped, tenth octet", netip.MustParseAddr("::1:ffff:c000:201"), false, netip.MustParseAddr("::1:ffff:c000:201")},
		{"near miss of mapped, twelfth octet", netip.MustParseAddr("::fffe:c000:201"), false, netip.MustParseAddr("::fffe:c000:201")},
		{"near miss of mapped, first octet", netip.MustParseAddr("100::ffff:c000:201"), false, netip.MustParseAddr("100::ffff:c000:201")},
		{"zone", netip.MustParseAddr("fe80::1%eth0"), false, netip.MustParseAddr("fe80::1")},
		{"invalid", netip.Addr{}, false, netip.IPv6Unspecified()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := AddrFrom(tt.ip)
			if got := a.Is4(); got != tt.is4 {
				t.Errorf("Is4: got %t, want %t", got, tt.is4)
			}
			if got := a.Netip(); got != tt.want {
				t.Errorf("Netip: got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestSetIPv4(t *testing.T) {
	a := addr("2001:db8:1:2:3:4:5:6") // to be overwritten
	a.setIPv4(0xc0000201)
	if want := addr("192.0.2.1"); a != want {
		t.Errorf("got %v, want %v", a, want)
	}
}

func TestSoundIPv4(t *testing.T) {
	header := octets(t, "45 00 ff ff ff ff 40 00 ff ff 7b 00 ff ff ff fe ff ff ff ff") // carries seven times
	if !soundIPv4(header) {
		t.Error("a right checksum was refused")
	}
	for i := range header {
		header[i] ^= 1
		if soundIPv4(header) {
			t.Errorf("octet %d is wrong, and was not noticed", i)
		}
		header[i] ^= 1
		if soundIPv4(header[:i+1]) != (i == len(header)-1) {
			t.Errorf("%d octets were taken for a header", i+1)
		}
	}
}

// distinct tells whether n words are all different, and at most one is empty.
func distinct(t *testing.T, n int, word func(int) string) {
	t.Helper()
	seen := map[string]int{}
	for i := range n {
		if other, twice := seen[word(i)]; twice {
			t.Errorf("values %d and %d are both %q", other, i, word(i))
		}
		seen[word(i)] = i
	}
}

func TestOutcomeString(t *testing.T) {
	distinct(t, NumOutcomes+1, func(i int) string { return Outcome(i).String() })
	if got, want := OK.String(), "decoded"; got != want || OK != 0 {
		t.Errorf("outcome %d is %q, want %q", OK, got, want)
	}
}

func TestTunnelString(t *testing.T) {
	distinct(t, NumTunnels+1, func(i int) string { return Tunnel(i).String() })
	if got := NoTunnel.String(); got != "" || NoTunnel != 0 {
		t.Errorf("tunnel %d is %q, want none", NoTunnel, got)
	}
}

// The garbage collector must never walk a batch of Headers, nor the fragment cache.
func TestNoPointers(t *testing.T) {
	for _, typ := range []reflect.Type{reflect.TypeFor[Headers](), reflect.TypeFor[Decoder]()} {
		if path := pointerIn(typ); path != "" {
			t.Errorf("%v holds a pointer: %s", typ, path)
		}
	}
}

// pointerIn returns the path to the first pointer in a value of type typ; empty if it has none.
func pointerIn(typ reflect.Type) string {
	switch typ.Kind() {
	case reflect.Struct:
		for i := range typ.NumField() {
			if path := pointerIn(typ.Field(i).Type); path != "" {
				return typ.Field(i).Name + "." + path
			}
		}
	case reflect.Array:
		return pointerIn(typ.Elem())
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.String, reflect.Interface, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return typ.String()
	}
	return ""
}

// The numbers are those of https://www.tcpdump.org/linktypes.html.
func TestLinkTypes(t *testing.T) {
	tests := []struct {
		name string
		got  LinkType
		want LinkType
	}{
		{"LINKTYPE_NULL", LinkNull, 0},
		{"LINKTYPE_ETHERNET", LinkEthernet, 1},
		{"LINKTYPE_PPP", LinkPPP, 9},
		{"LINKTYPE_PPP_HDLC", LinkPPPHDLC, 50},
		{"LINKTYPE_PPP_ETHER", LinkPPPEther, 51},
		{"LINKTYPE_RAW", LinkRaw, 101},
		{"LINKTYPE_C_HDLC", LinkCHDLC, 104},
		{"LINKTYPE_LOOP", LinkLoop, 108},
		{"LINKTYPE_LINUX_SLL", LinkLinuxSLL, 113},
		{"LINKTYPE_IPV4", LinkIPv4, 228},
		{"LINKTYPE_IPV6", LinkIPv6, 229},
		{"LINKTYPE_LINUX_SLL2", LinkLinuxSLL2, 276},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, tt.got, tt.want)
		}
	}
}

func ExampleDecoder() {
	frame := []byte{
		0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2, // IPv4
		0x0d, 0x96, 0x0d, 0x96, 0, 10, 0, 0, // UDP
		'h', 'i',
	}
	d := NewDecoder()
	var h Headers
	if o := d.Decode(LinkRaw, frame, len(frame), &h); o != OK {
		panic(o)
	}
	payload := frame[h.PayloadStart:][:h.PayloadCaptured]
	fmt.Println(h.Src.Netip(), h.SrcPort, h.Dst.Netip(), h.DstPort, string(payload), h.Octets)
	// Output: 192.0.2.1 3478 198.51.100.2 3478 hi 30
}
