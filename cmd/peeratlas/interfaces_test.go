package main

import (
	"bytes"
	"encoding/json"
	"net"
	"net/netip"
	"testing"

	"peeratlas/capture"
	"peeratlas/capture/packet"
)

func someInterfaces() []capture.Interface {
	return []capture.Interface{
		{Name: "lo", State: "up", Link: "loopback", LinkType: packet.LinkEthernet, Addresses: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8")}},
		{Name: "eth0", State: "up", Link: "Ethernet", LinkType: packet.LinkEthernet, MAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, Megabits: 2500, Promiscuous: true,
			Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.5/24"), netip.MustParsePrefix("2001:db8::5/64")}},
		{Name: "e\x1b[31m", State: "up", Link: "Ethernet", LinkType: packet.LinkEthernet, MAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, Megabits: 100, Received: 5000},
		{Name: "wlan0mon", State: "no carrier", Link: "radio", Unreadable: "monitor mode"},
	}
}

func TestInterfacesText(t *testing.T) {
	var b bytes.Buffer
	if err := writeInterfaces(&b, someInterfaces()); err != nil {
		t.Fatal(err)
	}
	const want = `INTERFACE  STATE       LINK      SPEED     MAC                ADDRESSES
lo         up          loopback  -         -                  127.0.0.1/8
eth0       up          Ethernet  2.5 Gb/s  02:00:00:00:00:01  192.0.2.5/24 2001:db8::5/64; promiscuous
e\x1b[31m  up          Ethernet  100 Mb/s  02:00:00:00:00:02  looks like a mirror port: no address, 5000 packets in and 0 out
wlan0mon   no carrier  radio     -         -                  monitor mode
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

func TestInterfacesJSON(t *testing.T) {
	var b bytes.Buffer
	if err := writeInterfacesJSON(&b, someInterfaces()); err != nil {
		t.Fatal(err)
	}
	var got []map[string]any
	if err := json.Unmarshal(b.Bytes(), &got); err != nil || len(got) != 4 {
		t.Fatalf("%v: %s", err, b.String())
	}
	if got[2]["interface"] != "e\x1b[31m" || got[2]["mirror"] != true || got[1]["megabits"] != 2500.0 || got[3]["unreadable"] != "monitor mode" || got[3]["addresses"] == nil {
		t.Errorf("%s", b.String())
	}
}

func TestInterfacesCommand(t *testing.T) {
	for _, row := range []struct {
		args   []string
		status int
	}{{[]string{"interfaces"}, exitDone}, {[]string{"interfaces", "--format", "json"}, exitDone}, {[]string{"interfaces", "--format", "xml"}, exitError},
		{[]string{"interfaces", "eth0"}, exitError}} {
		var out, errs bytes.Buffer
		if status := run(t.Context(), row.args, nil, &out, &errs); status != row.status || (out.Len() > 0) != (status == exitDone) {
			t.Errorf("%v: status %d: %s%s", row.args, status, out.String(), errs.String())
		}
	}
}
