package packet

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// view is what gopacket's layers make of a frame: its innermost IP packet.
type view struct {
	ip                 bool
	version            uint8
	src, dst           Addr
	octets             int // by the IP length field
	protocol           Protocol
	fragment           bool // a fragment header, or an IPv4 offset or flag
	transport          bool // TCP or UDP was decoded
	srcPort, dstPort   uint16
	tcpFlags           uint8
	seq, ack           uint32
	payload            int    // octets captured
	ipPayload          int    // octets after the IP header and its extensions
	failure            string // of the layer that could not be decoded
	mpls, overlay      bool   // a label stack or a UDP tunnel was met
	outerSrc, outerDst Addr   // of the IP header before the innermost
}

func addrOf(ip []byte) Addr {
	a, _ := netip.AddrFromSlice(ip)
	return AddrFrom(a)
}

// oracle decodes frame with gopacket. Its layers may panic; gopacket makes a failure of that.
func oracle(link LinkType, frame []byte) (v view) {
	packet := gopacket.NewPacket(frame, layers.LinkType(link), gopacket.DecodeOptions{NoCopy: true})
	for _, layer := range packet.Layers() {
		v.add(layer)
	}
	return v
}

func (v *view) add(layer gopacket.Layer) {
	switch l := layer.(type) {
	case *layers.IPv4:
		*v = view{ip: true, overlay: v.overlay, outerSrc: v.src, outerDst: v.dst,
			version: l.Version, src: addrOf(l.SrcIP), dst: addrOf(l.DstIP),
			octets: int(l.Length), protocol: Protocol(l.Protocol), ipPayload: len(l.Payload),
			fragment: l.Flags&layers.IPv4MoreFragments != 0 || l.FragOffset != 0}
	case *layers.IPv6:
		*v = view{ip: true, overlay: v.overlay, outerSrc: v.src, outerDst: v.dst,
			version: l.Version, src: addrOf(l.SrcIP), dst: addrOf(l.DstIP),
			octets: int(l.Length) + 40, protocol: Protocol(l.NextHeader), ipPayload: len(l.Payload)}
	case *layers.IPv6HopByHop:
		v.protocol = Protocol(l.NextHeader)
	case *layers.IPv6Routing:
		v.protocol, v.ipPayload = Protocol(l.NextHeader), len(l.Payload)
	case *layers.IPv6Destination:
		v.protocol, v.ipPayload = Protocol(l.NextHeader), len(l.Payload)
	case *layers.IPv6Fragment:
		v.protocol, v.fragment = Protocol(l.NextHeader), true
	case *layers.TCP:
		v.transport, v.srcPort, v.dstPort = true, uint16(l.SrcPort), uint16(l.DstPort)
		v.seq, v.ack, v.payload = l.Seq, l.Ack, len(l.Payload)
		for i, set := range []bool{l.FIN, l.SYN, l.RST, l.PSH, l.ACK, l.URG, l.ECE, l.CWR} {
			if set {
				v.tcpFlags |= 1 << i
			}
		}
	case *layers.UDP:
		v.transport, v.srcPort, v.dstPort, v.payload = true, uint16(l.SrcPort), uint16(l.DstPort), len(l.Payload)
	case *layers.MPLS:
		v.mpls = true
	case *layers.VXLAN, *layers.Geneve, *layers.GTPv1U:
		v.overlay = true
	case *gopacket.DecodeFailure:
		v.failure = l.Error().Error()
	}
}

// disagreement says where Decode and gopacket differ; empty if nowhere.
func disagreement(o Outcome, h *Headers, v *view) string {
	differ := func(what string, ours, theirs any) string {
		return fmt.Sprintf("%v: %s: ours %v, gopacket's %v (%s)", o, what, ours, theirs, v.failure)
	}
	switch {
	case o.reachedIP() != v.ip:
		return differ("IP", o.reachedIP(), v.ip)
	case !v.ip:
		return ""
	case h.Src != v.src || h.Dst != v.dst:
		return differ("addresses", [2]netip.Addr{h.Src.Netip(), h.Dst.Netip()}, [2]netip.Addr{v.src.Netip(), v.dst.Netip()})
	case int(h.Octets) != v.octets:
		return differ("IP length", h.Octets, v.octets)
	case h.Protocol != v.protocol:
		return differ("protocol", h.Protocol, v.protocol)
	case (o == OK) != v.transport:
		return differ("transport", o == OK, v.transport)
	case h.SrcPort != v.srcPort || h.DstPort != v.dstPort:
		return differ("ports", [2]uint16{h.SrcPort, h.DstPort}, [2]uint16{v.srcPort, v.dstPort})
	case h.TCPFlags != v.tcpFlags || h.Seq != v.seq || h.Ack != v.ack:
		return differ("TCP", [3]uint32{uint32(h.TCPFlags), h.Seq, h.Ack}, [3]uint32{uint32(v.tcpFlags), v.seq, v.ack})
	case o == OK && int(h.PayloadCaptured) != v.payload:
		return differ("payload", h.PayloadCaptured, v.payload)
	case o != OK && int(h.PayloadCaptured) != v.ipPayload:
		return differ("payload", h.PayloadCaptured, v.ipPayload)
	}
	return ""
}

// rules name each way in which Decode differs from gopacket on purpose. A disagreement
// that none of them explains fails the test.
var rules = []struct {
	name     string
	explains func(o Outcome, h *Headers, v *view) bool
}{
	{"gopacket does not undo Teredo", func(o Outcome, h *Headers, v *view) bool {
		return h.Tunnel == Teredo && h.Depth == 1 && v.transport && v.protocol == UDP &&
			v.src == h.OuterSrc && v.dst == h.OuterDst && int(h.Octets)+8 <= v.octets
	}},
	{"gopacket reads no ports of fragments", func(o Outcome, h *Headers, v *view) bool {
		return v.fragment && h.Flags&(FirstFragment|LaterFragment) != 0 && !v.transport &&
			h.Src == v.src && h.Dst == v.dst && int(h.Octets) == v.octets
	}},
	{"gopacket does not undo pseudowires", func(o Outcome, h *Headers, v *view) bool {
		return o == OK && !v.ip && v.mpls
	}},
	{"gopacket undoes a UDP tunnel by its port alone", func(o Outcome, h *Headers, v *view) bool {
		return o == OK && v.overlay && h.Src == v.outerSrc && h.Dst == v.outerDst &&
			int(h.PayloadCaptured) > v.octets
	}},
	{"gopacket does not check the version", func(o Outcome, h *Headers, v *view) bool {
		want := uint8(6)
		if v.src.Is4() {
			want = 4
		}
		return o == BadHeader && v.version != want
	}},
	{"gopacket shows the headers of what it then refuses", func(o Outcome, h *Headers, v *view) bool {
		return o == BadHeader && v.failure != ""
	}},
}

// explain returns the name of the rule that explains a disagreement.
func explain(o Outcome, h *Headers, v *view) (string, bool) {
	for _, r := range rules {
		if r.explains(o, h, v) {
			return r.name, true
		}
	}
	return "", false
}

// reader is what pcapgo's two readers have in common.
type reader interface {
	ReadPacketData() ([]byte, gopacket.CaptureInfo, error)
	LinkType() layers.LinkType
}

func openCapture(file io.ReadSeeker) (reader, error) {
	if r, err := pcapgo.NewReader(file); err == nil {
		return r, nil
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return pcapgo.NewNgReader(file, pcapgo.DefaultNgReaderOptions)
}

// corpus returns the captures that lie beside the repository, of which none is part of it.
func corpus(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("../../../shared/corpus/open/*.*cap*")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Skip("no captures in ../shared/corpus/open beside the repository")
	}
	return paths
}

// eachPacket hands every packet of the capture at path to do, with its number from 1.
func eachPacket(t *testing.T, path string, do func(n int, link LinkType, frame []byte, original int)) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := openCapture(file)
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; ; n++ {
		frame, info, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("packet %d: %v", n, err)
		}
		do(n, LinkType(r.LinkType()), slices.Clip(frame), info.Length)
	}
}

// TestOracle compares every packet of the corpus with gopacket's reading of it.
func TestOracle(t *testing.T) {
	var outcomes [NumOutcomes]int
	explained := map[string]int{}
	for _, path := range corpus(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			d := NewDecoder()
			eachPacket(t, path, func(n int, link LinkType, frame []byte, original int) {
				var h Headers
				o := d.Decode(link, frame, original, &h)
				checkInvariants(t, frame, o, &h)
				outcomes[o]++
				v := oracle(link, frame)
				what := disagreement(o, &h, &v)
				if what == "" {
					return
				}
				rule, ok := explain(o, &h, &v)
				if !ok {
					t.Errorf("packet %d: %s", n, what)
				}
				explained[rule]++
			})
		})
	}
	for o, n := range outcomes {
		t.Logf("%6d %v", n, Outcome(o))
	}
	for _, r := range rules {
		t.Logf("%6d disagreements: %s", explained[r.name], r.name)
	}
}

// TestCorpusSnapped cuts every packet of the corpus to 60 octets, as some sensors do: no
// packet, octet or port of what is not tunnelled may be lost.
func TestCorpusSnapped(t *testing.T) {
	const snap = 60
	for _, path := range corpus(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			d, s := NewDecoder(), NewDecoder()
			eachPacket(t, path, func(n int, link LinkType, frame []byte, original int) {
				var h, cut Headers
				want := d.Decode(link, frame, original, &h)
				short := slices.Clip(frame[:min(len(frame), snap)])
				got := s.Decode(link, short, original, &cut)
				checkInvariants(t, short, got, &cut)
				beyond := want != OK && int(h.PayloadStart) > snap && got == HeaderCut // extension headers
				if !want.reachedIP() || h.Depth > 0 || len(frame) <= snap || beyond {
					return
				}
				if got != want {
					t.Fatalf("packet %d: got outcome %q, want %q", n, got, want)
				}
				checkSnapped(t, snap, &cut, &h)
			})
		})
	}
}
