package packet

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// row is one frame and all that is to be said of it.
type row struct {
	name     string
	link     LinkType
	before   []string // frames that the same Decoder saw first
	frame    string   // commented octets, see octets
	original int      // octets on the wire; 0 is as many as there are in frame
	want     Outcome
	headers  Headers // all of them after OK and its like, else only MACs and VLAN
}

var srcMAC, dstMAC = MAC{2, 0, 0, 0, 0, 1}, MAC{2, 0, 0, 0, 0, 2}

// rows returns every row of every table.
func rows() []row {
	return slices.Concat(plainRows, lengthsRows, linksRows, extensionsRows, fragmentsRows,
		tunnelsRows, overlaysRows, nestedRows, hostileRows)
}

func addr(s string) Addr { return AddrFrom(netip.MustParseAddr(s)) }

// octets reads hexadecimal octets; what follows a # on a line is a comment.
func octets(t testing.TB, s string) []byte {
	t.Helper()
	var digits strings.Builder
	for line := range strings.Lines(s) {
		line, _, _ = strings.Cut(line, "#")
		for _, field := range strings.Fields(line) {
			digits.WriteString(field)
		}
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clip(b)
}

// prepare returns r's frame, its length on the wire, and a Decoder that saw the frames before.
func (r *row) prepare(t testing.TB) (*Decoder, []byte, int) {
	t.Helper()
	d := NewDecoder()
	r.replay(t, d)
	frame := octets(t, r.frame)
	return d, frame, max(r.original, len(frame))
}

// replay shows d the frames before r's.
func (r *row) replay(t testing.TB, d *Decoder) {
	t.Helper()
	var h Headers
	for _, s := range r.before {
		b := octets(t, s)
		if o := d.Decode(r.link, b, len(b), &h); !o.reachedIP() {
			t.Fatalf("frame before: %v", o)
		}
	}
}

// documented returns what the comment of Headers promises after o.
func documented(o Outcome, h Headers) Headers {
	if !o.reachedIP() {
		return Headers{SrcMAC: h.SrcMAC, DstMAC: h.DstMAC, VLAN: h.VLAN}
	}
	return h
}

// checkInvariants holds what is true of every frame whatsoever.
func checkInvariants(t testing.TB, frame []byte, o Outcome, h *Headers) {
	t.Helper()
	switch {
	case int(o) >= NumOutcomes:
		t.Errorf("outcome %d is none", o)
	case h.PayloadStart < 0 || h.PayloadCaptured < 0 || h.PayloadOctets < 0:
		t.Errorf("%v: negative length: %+v", o, *h)
	case int(h.PayloadStart)+int(h.PayloadCaptured) > len(frame):
		t.Errorf("%v: payload ends beyond %d octets: %+v", o, len(frame), *h)
	case h.PayloadCaptured > h.PayloadOctets:
		t.Errorf("%v: more captured than sent: %+v", o, *h)
	case h.PayloadCaptured < h.PayloadOctets && h.Flags&Cut == 0:
		t.Errorf("%v: cut without the flag: %+v", o, *h)
	case h.Depth > maxDepth || (h.Depth == 0) != (h.Tunnel == NoTunnel):
		t.Errorf("%v: tunnel %d at depth %d", o, h.Tunnel, h.Depth)
	case h.Depth == 0 && h.OuterSrc != Addr{}:
		t.Errorf("%v: outer address without a tunnel", o)
	case h.Flags&LaterFragment != 0 && h.PayloadOctets != 0:
		t.Errorf("%v: payload of a later fragment: %+v", o, *h)
	case o == OK && h.Protocol != TCP && h.Protocol != UDP:
		t.Errorf("OK for protocol %d", h.Protocol)
	case o.reachedIP() && o != OK && h.SrcPort|h.DstPort != 0:
		t.Errorf("%v: ports %d, %d", o, h.SrcPort, h.DstPort)
	case o.reachedIP() && int64(h.Octets) < int64(h.PayloadOctets)+20:
		t.Errorf("%v: %d payload octets in %d", o, h.PayloadOctets, h.Octets)
	}
}

func TestDecode(t *testing.T) {
	for _, r := range rows() {
		t.Run(r.name, func(t *testing.T) {
			d, frame, wire := r.prepare(t)
			h := Headers{Src: addr("::bad"), Depth: 9, Flags: 0xff, PayloadOctets: -1} // to be overwritten
			o := d.Decode(r.link, frame, wire, &h)
			if o != r.want {
				t.Fatalf("got outcome %q, want %q; %+v", o, r.want, h)
			}
			if got, want := documented(o, h), documented(o, r.headers); got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			checkInvariants(t, frame, o, &h)
		})
	}
}

// A frame that the snap length cut anywhere gives what the whole one gives, or is named
// cut; or the tunnel inside is out of sight and the carrier's flow stands for it.
func TestDecodeSnapped(t *testing.T) {
	for _, r := range rows() {
		t.Run(r.name, func(t *testing.T) {
			d, frame, wire := r.prepare(t)
			var whole Headers
			want := d.Decode(r.link, frame, wire, &whole)
			for n := range frame {
				var h Headers
				r.replay(t, d)
				cut := slices.Clone(frame[:n:n])
				o := d.Decode(r.link, slices.Clip(cut), wire, &h)
				checkInvariants(t, cut, o, &h)
				switch {
				case o == HeaderCut:
				case want == BadHeader && o.reachedIP() && h.Flags&Cut != 0: // the lie was cut off
				case o == OK && h.Depth < whole.Depth:
					if h.Flags&Cut == 0 {
						t.Errorf("cut to %d: carrier without the cut flag: %+v", n, h)
					}
				case o != want:
					t.Errorf("cut to %d: got outcome %q, want %q", n, o, want)
				case o.reachedIP():
					checkSnapped(t, n, &h, &whole)
				}
			}
		})
	}
}

// checkSnapped compares the headers of a cut frame with those of the whole one.
func checkSnapped(t *testing.T, n int, h, whole *Headers) {
	t.Helper()
	type facts struct {
		src, dst, outerSrc, outerDst Addr
		srcPort, dstPort             uint16
		protocol                     Protocol
		tunnel                       Tunnel
		octets                       uint32
	}
	of := func(h *Headers) facts {
		return facts{h.Src, h.Dst, h.OuterSrc, h.OuterDst, h.SrcPort, h.DstPort, h.Protocol, h.Tunnel, h.Octets}
	}
	if got, want := of(h), of(whole); got != want {
		t.Errorf("cut to %d: got %+v, want %+v", n, got, want)
	}
	end := int(whole.PayloadStart + whole.PayloadCaptured)
	later := h.Flags&LaterFragment != 0
	if cut := n < end; cut && !later && h.Flags&Cut == 0 {
		t.Errorf("cut to %d of %d: no cut flag", n, end)
	}
}

// A frame that was sent this short, or a capture whose tool forgot the original length,
// never panics and never invents ports.
func TestDecodeRunt(t *testing.T) {
	for _, r := range rows() {
		t.Run(r.name, func(t *testing.T) {
			d, frame, wire := r.prepare(t)
			var whole Headers
			want := d.Decode(r.link, frame, wire, &whole)
			for n := range frame {
				var h Headers
				r.replay(t, d)
				runt := slices.Clone(frame[:n:n])
				o := d.Decode(r.link, slices.Clip(runt), n, &h)
				checkInvariants(t, runt, o, &h)
				if o == OK && want == OK && h.Depth == whole.Depth && (h.SrcPort != whole.SrcPort || h.DstPort != whole.DstPort) {
					t.Errorf("%d octets: got ports %d, %d, want %d, %d", n, h.SrcPort, h.DstPort, whole.SrcPort, whole.DstPort)
				}
			}
		})
	}
}

func TestDecodeAllocatesNothing(t *testing.T) {
	for _, r := range rows() {
		t.Run(r.name, func(t *testing.T) {
			d, frame, wire := r.prepare(t)
			var h Headers
			if n := testing.AllocsPerRun(20, func() { d.Decode(r.link, frame, wire, &h) }); n != 0 {
				t.Errorf("%v allocations, want 0", n)
			}
		})
	}
}

// Frames of absurd lengths, as a damaged file may claim them.
func TestDecodeAbsurdLength(t *testing.T) {
	d, frame, _ := plainRows[0].prepare(t)
	for _, original := range []int{-1, 0, 1 << 30, 1<<31 - 1} {
		var h Headers
		if o := d.Decode(LinkEthernet, frame, original, &h); o != OK {
			t.Errorf("original length %d: got outcome %q, want OK", original, o)
		}
		checkInvariants(t, frame, OK, &h)
	}
}

// A frame beyond all snap lengths is read as far as offsets are safe. Its memory is never
// touched, so it costs none.
func TestDecodeAbsurdFrame(t *testing.T) {
	d, frame, _ := plainRows[0].prepare(t)
	huge := make([]byte, maxFrame+1)
	copy(huge, frame)
	var h Headers
	if o := d.Decode(LinkEthernet, huge, len(huge), &h); o != OK {
		t.Errorf("got outcome %q, want OK", o)
	}
	if h != plainRows[0].headers {
		t.Errorf("got  %+v\nwant %+v", h, plainRows[0].headers)
	}
}

// FuzzDecode decodes two frames in a row, the second with what the first left in the
// Decoder, under any link type. The frames are of exact size, so that a read or a slice
// beyond the end panics.
func FuzzDecode(f *testing.F) {
	links := []LinkType{LinkNull, LinkEthernet, LinkPPP, LinkPPPHDLC, LinkPPPEther, LinkRaw, LinkCHDLC,
		LinkLoop, LinkLinuxSLL, LinkIPv4, LinkIPv6, LinkLinuxSLL2, linkDLTRaw, linkDLTRawOpenBSD, 147}
	for _, r := range rows() {
		frame, first := octets(f, r.frame), []byte(nil)
		if len(r.before) > 0 {
			first = octets(f, r.before[0])
		}
		f.Add(uint8(slices.Index(links, r.link)), first, frame, uint32(max(r.original, len(frame))))
	}
	d := NewDecoder()
	f.Fuzz(func(t *testing.T, link uint8, first, frame []byte, original uint32) {
		*d = Decoder{}
		l := links[int(link)%len(links)]
		for _, b := range [][]byte{first, frame} {
			b = slices.Clip(slices.Clone(b))
			kept := slices.Clone(b)
			var h Headers
			o := d.Decode(l, b, int(original), &h)
			checkInvariants(t, b, o, &h)
			if l == LinkEthernet {
				sameAsLayers(t, b, int(original))
			}
			if !slices.Equal(b, kept) {
				t.Error("the frame was written to")
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	names := []string{"IPv4 UDP", "IPv4 TCP", "IPv6 UDP", "IPv6 TCP", "802.1Q", "ICMP", "ARP", "IPv4 first fragment",
		"IPv4 later fragment", "VXLAN", "Teredo", "GTP-U", "ERSPAN type II", "MPLS one label", "ERSPAN of VXLAN of GRE of 6in4",
		"pseudowires in pseudowires"}
	for _, name := range names {
		all := rows()
		r := all[slices.IndexFunc(all, func(r row) bool { return r.name == name })]
		b.Run(name, func(b *testing.B) {
			d, frame, wire := r.prepare(b)
			var h Headers
			b.ReportAllocs()
			for b.Loop() {
				d.Decode(r.link, frame, wire, &h)
			}
		})
	}
}
