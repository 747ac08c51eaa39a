package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/pion/stun/v3"
)

func TestLabel(t *testing.T) {
	home, far := &Host{Addr: "192.168.77.11", Seen: gatewaySeen, Home: true}, &Host{Addr: "192.168.91.2", Seen: "198.18.101.77"}
	rules := []Rule{
		{Proto: "udp", Host: home, Far: far, FarPort: 3478, Label: negative, Family: "stun-server"},
		{Proto: "udp", Host: home, Far: far, Label: positive, Family: "webrtc"},
		{Proto: "tcp", Host: home, Least: 100, Label: positive, Family: "relayed"},
		{Proto: "tcp", Host: home, Label: positive, Family: "other"},
	}
	flow := func(proto, a string, pa int, b string, pb, payload int) *traffic {
		return &traffic{proto: proto, ends: [2]end{{a, pa}, {b, pb}}, payload: payload}
	}
	for _, c := range []struct {
		name string
		flow *traffic
		want string // label and family; "" for none
	}{
		{"a port of the far host", flow("udp", "192.168.77.11", 4000, "198.18.101.77", 3478, 9), "negative stun-server"},
		{"from the far host's NAT", flow("udp", "198.18.101.77", 9, "192.168.77.11", 4000, 9), "positive webrtc"},
		{"to the far host's own address", flow("udp", "192.168.77.11", 4000, "192.168.91.2", 5, 9), "positive webrtc"},
		{"another home host", flow("udp", "192.168.77.12", 4000, "198.18.101.77", 5, 9), ""},
		{"enough octets", flow("tcp", "192.168.77.11", 1, "198.18.3.10", 2, 100), "positive relayed"},
		{"fewer", flow("tcp", "192.168.77.11", 1, "198.18.3.10", 2, 99), "positive other"},
		{"nothing said", flow("tcp", "192.168.77.11", 1, "198.18.3.10", 2, 0), "unsure tcp-no-payload"},
	} {
		r, found := label(rules, c.flow)
		if got := strings.TrimSpace(r.Label + " " + r.Family); got != c.want || found != (c.want != "") {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestUnexplainedFlowsFail(t *testing.T) {
	_, err := writeLabels(filepath.Join(t.TempDir(), "x.csv"), nil, []*traffic{{proto: "udp", ends: [2]end{{"192.168.77.11", 5}, {"198.18.1.10", 6}}, packets: 3}})
	if err == nil || !strings.Contains(err.Error(), "udp 192.168.77.11:5 - 198.18.1.10:6") {
		t.Errorf("error %v", err)
	}
}

func lookalike() relocation {
	return relocation{to: map[netip.Addr]netip.Addr{netip.MustParseAddr("198.18.1.10"): netip.MustParseAddr("141.76.40.11"), netip.MustParseAddr(gatewaySeen): netip.MustParseAddr(homeSeen)},
		plain: map[[2]end]string{}}
}

func frameOf(t *testing.T, payload []byte) []byte {
	t.Helper()
	eth := &layers.Ethernet{SrcMAC: make(net.HardwareAddr, 6), DstMAC: make(net.HardwareAddr, 6), EthernetType: layers.EthernetTypeIPv4}
	ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: net.IP{198, 18, 1, 10}, DstIP: net.IP{192, 168, 77, 11}}
	udp := &layers.UDP{SrcPort: 5000, DstPort: 6000}
	udp.SetNetworkLayerForChecksum(ip)
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, eth, ip, udp, gopacket.Payload(payload)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// udpOf checks both checksums, the way a receiver does, and returns the payload.
func udpOf(t *testing.T, frame []byte) []byte {
	t.Helper()
	ip := frame[14:]
	ip = ip[:binary.BigEndian.Uint16(ip[2:])] // what follows fills the frame up
	if fold(sum(ip[:20], 0)) != 0 {
		t.Error("the checksum of IPv4 is wrong")
	}
	if fold(sum(ip[20:], sum(ip[12:20], 17+uint32(len(ip)-20)))) != 0 {
		t.Error("the checksum of UDP is wrong")
	}
	return ip[28:]
}

func TestRelocateSTUN(t *testing.T) {
	inner, err := stun.Build(stun.BindingSuccess, stun.TransactionID, &stun.XORMappedAddress{IP: net.IP{198, 18, 0, 1}, Port: 777}, stun.Fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	channel := append([]byte{0x40, 0x01, 0, byte(len(inner.Raw))}, inner.Raw...)
	data := &stun.RawAttribute{Type: stun.AttrData, Value: bytes.Clone(inner.Raw)}
	indication, err := stun.Build(stun.NewType(stun.MethodData, stun.ClassIndication), stun.TransactionID, data, stun.Fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	nested := func(p []byte) []byte {
		m := &stun.Message{Raw: p}
		if err := m.Decode(); err != nil {
			t.Fatal(err)
		}
		if err := stun.Fingerprint.Check(m); err != nil {
			t.Error(err)
		}
		v, err := m.Get(stun.AttrData)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for name, c := range map[string]struct {
		payload []byte
		message func([]byte) []byte
	}{
		"plain":   {inner.Raw, func(p []byte) []byte { return p }},
		"channel": {channel, func(p []byte) []byte { return p[4:] }},
		"data":    {indication.Raw, nested},
	} {
		t.Run(name, func(t *testing.T) {
			r, frame := lookalike(), frameOf(t, c.payload)
			r.frame(frame)
			m := &stun.Message{Raw: c.message(udpOf(t, frame))}
			if err := m.Decode(); err != nil {
				t.Fatal(err)
			}
			var got stun.XORMappedAddress
			if err := got.GetFrom(m); err != nil || got.IP.String() != homeSeen || got.Port != 777 {
				t.Errorf("%v, %v", got, err)
			}
			if err := stun.Fingerprint.Check(m); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRelocateClear(t *testing.T) {
	r := lookalike()
	r.plain[[2]end{{"198.18.1.10", 5000}, {"192.168.77.11", 6000}}] = "p2p-plain"
	frame := frameOf(t, []byte("d1:rd5:nodes6:\xc6\x12\x01\x0a\x1a\xe1ee"))
	r.frame(frame)
	if got := udpOf(t, frame); !bytes.Contains(got, []byte{141, 76, 40, 11, 0x1a, 0xe1}) {
		t.Errorf("%q", got)
	}
	hashed := make([]byte, 120)
	copy(hashed[100:], []byte{198, 18, 1, 10})
	copy(hashed, keccak(hashed[32:]))
	frame = frameOf(t, hashed)
	r.frame(frame)
	if got := udpOf(t, frame); !bytes.Equal(got[:32], keccak(got[32:])) || got[100] != 141 {
		t.Errorf("%x", got)
	}
	other := lookalike() // a flow that is not in clear keeps its payload
	frame = frameOf(t, []byte("xxxx\xc6\x12\x01\x0a"))
	other.frame(frame)
	if got := udpOf(t, frame); !bytes.Equal(got, []byte("xxxx\xc6\x12\x01\x0a")) {
		t.Errorf("%q", got)
	}
}

// Of a first fragment only the difference is known.
func TestRelocateFragment(t *testing.T) {
	r, frame := lookalike(), frameOf(t, []byte("the whole of it, of which half is cut"))
	binary.BigEndian.PutUint16(frame[14+6:], 0x2000)
	r.frame(frame)
	udpOf(t, frame) // which sees the whole all the same
}

func FuzzRelocate(f *testing.F) {
	f.Add([]byte("\x01\x01\x00\x0c\x21\x12\xa4\x42abcdefghijkl\x00\x20\x00\x08\x00\x01\x22\x1b\xe7\x00\xa4\x43"))
	f.Add([]byte("\x40\x00\x00\x04abcd"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		r := lookalike()
		if len(payload) > 1400 {
			return
		}
		r.frame(frameOf(t, payload))
		r.frame(payload)
	})
}

// What was begun is removed after a failure on the way, and after an interrupt.
func TestNamespacesAreRemoved(t *testing.T) {
	needLab(t)
	before := spacesNow(t)
	failing := &Scene{Name: "failing", Run: func(l *Lab) error {
		h, err := l.Home("lost")
		if err != nil {
			return err
		}
		return l.Run(h, "false")
	}}
	o := runOptions{seconds: 5, dir: t.TempDir()}
	if err := runOne(context.Background(), "failing", []*Scene{failing}, o); err == nil || !strings.Contains(err.Error(), "exit status 1") {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(2*time.Second, cancel)
	dns, err := findScenes("dns")
	if err != nil {
		t.Fatal(err)
	}
	o.seconds = 60
	begun := time.Now()
	if err := runOne(ctx, "interrupted", dns, o); err == nil || time.Since(begun) > 20*time.Second {
		t.Errorf("error %v after %v", err, time.Since(begun))
	}
	if after := spacesNow(t); after != before {
		t.Errorf("namespaces before:\n%s\nafter:\n%s", before, after)
	}
	if left, _ := filepath.Glob(filepath.Join(o.dir, "*")); len(left) > 0 {
		t.Errorf("half a capture is left: %v", left)
	}
}

// spacesNow lists this process's namespaces: others may run labs too.
func spacesNow(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("ip", "netns", "list").Output()
	if err != nil {
		t.Fatal(err)
	}
	var mine []string
	prefix := strings.TrimSuffix(nextName(), "-")
	prefix = prefix[:strings.Index(prefix, ".")+1]
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, prefix) {
			mine = append(mine, line)
		}
	}
	if _, err := os.Stat("/etc/netns"); err == nil {
		left, _ := filepath.Glob("/etc/netns/" + prefix + "*")
		mine = append(mine, left...)
	}
	return strings.Join(mine, "")
}

// Over IPv6 the same is mapped: the header, and what STUN masks with the transaction's identifier too.
func TestRelocateIPv6(t *testing.T) {
	from, to := netip.MustParseAddr("2001:2::1:10"), netip.MustParseAddr("2001:638:40::11")
	r := relocation{to: map[netip.Addr]netip.Addr{from: to}, plain: map[[2]end]string{}}
	said, err := stun.Build(stun.BindingSuccess, stun.TransactionID, &stun.XORMappedAddress{IP: from.AsSlice(), Port: 777}, stun.Fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	eth := &layers.Ethernet{SrcMAC: make(net.HardwareAddr, 6), DstMAC: make(net.HardwareAddr, 6), EthernetType: layers.EthernetTypeIPv6}
	ip := &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolUDP, SrcIP: from.AsSlice(), DstIP: net.ParseIP("fd77:77:77:77::11")}
	udp := &layers.UDP{SrcPort: 5000, DstPort: 6000}
	udp.SetNetworkLayerForChecksum(ip)
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, eth, ip, udp, gopacket.Payload(said.Raw)); err != nil {
		t.Fatal(err)
	}
	frame := b.Bytes()
	r.frame(frame)
	if a, _ := netip.AddrFromSlice(frame[22:38]); a != to {
		t.Errorf("the header says %s", a)
	}
	if fold(sum(frame[54:], sum(frame[22:54], 17+uint32(len(frame)-54)))) != 0 {
		t.Error("the checksum of UDP is wrong")
	}
	var m stun.Message
	if err := stun.Decode(frame[62:], &m); err != nil {
		t.Fatal(err)
	}
	var seen stun.XORMappedAddress
	if err := seen.GetFrom(&m); err != nil || seen.IP.String() != to.String() || seen.Port != 777 {
		t.Errorf("STUN says %v, %v", seen, err)
	}
	if err := stun.Fingerprint.Check(&m); err != nil {
		t.Error(err)
	}
}
