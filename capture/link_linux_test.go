package capture

import (
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"

	"peeratlas/capture/packet"
)

// linkAnswer builds an answer of the kernel.
func linkAnswer(kind uint16, attrs ...[]byte) []byte {
	b := make([]byte, nlHeader+linkHeader)
	binary.NativeEndian.PutUint16(b[nlHeader+2:], unix.ARPHRD_ETHER)
	binary.NativeEndian.PutUint32(b[nlHeader+4:], 7)
	binary.NativeEndian.PutUint32(b[nlHeader+8:], unix.IFF_UP|unix.IFF_RUNNING)
	for _, a := range attrs {
		b = append(b, a...)
	}
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], kind)
	return b
}

func attribute(kind uint16, value []byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(attrHeader+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func sampleLink() []byte {
	stats := make([]byte, 8*25)
	for i := range 25 {
		stats[8*i] = byte(i + 1)
	}
	return linkAnswer(unix.RTM_NEWLINK, attribute(unix.IFLA_IFNAME, []byte("eth7\x00")), attribute(unix.IFLA_PROMISCUITY, []byte{2, 0, 0, 0}),
		attribute(unix.IFLA_MASTER, []byte{9, 0, 0, 0}), attribute(unix.IFLA_STATS64, stats))
}

func TestParseLink(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the sample is little-endian")
	}
	got, err := parseLink(sampleLink())
	want := linkInfo{index: 7, name: "eth7", hardware: unix.ARPHRD_ETHER, flags: unix.IFF_UP | unix.IFF_RUNNING, promiscuous: 2,
		master: true, received: 1, sent: 2, dropped: 7 + 12 + 16}
	if err != nil || got != want || !got.up() {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	no := linkAnswer(unix.NLMSG_ERROR)
	missing := -int32(unix.ENODEV)
	binary.NativeEndian.PutUint32(no[nlHeader:], uint32(missing))
	if _, err := parseLink(no); err != unix.ENODEV {
		t.Errorf("%v", err)
	}
	for n := range sampleLink() {
		parseLink(sampleLink()[:n])
	}
}

func FuzzParseLink(f *testing.F) {
	f.Add(sampleLink())
	f.Add(linkAnswer(unix.NLMSG_ERROR))
	f.Add(linkAnswer(unix.RTM_NEWLINK, []byte{3, 0, 1, 0}))
	f.Fuzz(func(t *testing.T, b []byte) { parseLink(b) })
}

// What the kernel tells of interfaces that the test has made.
func TestInterfacesOfLinux(t *testing.T) {
	inOwnNetwork(t)
	veth(t, "v", "w")
	ip(t, "addr add 192.0.2.1/24 dev va")
	ip(t, "link set wb down")
	l := openLive(t, LiveOptions{Interfaces: []string{"vb"}})
	newSender(t, "va").stream(t, 2000, 60, 0)
	list, err := Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]Interface{}
	for _, i := range list {
		named[i.Name] = i
	}
	va, vb, wa, wb := named["va"], named["vb"], named["wa"], named["wb"]
	if len(va.Addresses) != 1 || va.State != "up" || va.Link != "Ethernet" || va.LinkType != packet.LinkEthernet || len(va.MAC) != 6 ||
		va.MTU != 9000 || va.Promiscuous || va.Sent < 2000 {
		t.Errorf("va: %+v", va)
	}
	if looks, _ := vb.Mirror(); !looks || !vb.Promiscuous || vb.Received < 2000 {
		t.Errorf("vb: %+v", vb)
	}
	if wa.State != "no carrier" || wb.State != "down" || named["lo"].Link != "loopback" {
		t.Errorf("wa: %+v\nwb: %+v\nlo: %+v", wa, wb, named["lo"])
	}
	l.Close()
}
