package capture

import (
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
)

func TestMirror(t *testing.T) {
	up := Interface{State: "up", Link: "Ethernet", LinkType: packet.LinkEthernet}
	with := func(change func(*Interface)) *Interface {
		i := up
		change(&i)
		return &i
	}
	for _, row := range []struct {
		i     *Interface
		looks bool
		why   string
	}{
		{with(func(i *Interface) { i.Received, i.Sent = 1_000_000, 12 }), true, "no address, 1000000 packets in and 12 out"},
		{with(func(i *Interface) {
			i.Received, i.Addresses = 1_000_000, []netip.Prefix{netip.MustParsePrefix("fe80::1/64")}
		}), true, "no address, 1000000 packets in and 0 out"},
		{with(func(i *Interface) { i.Promiscuous = true }), true, "no address, and promiscuous"},
		{with(func(i *Interface) { i.Received = 999 }), false, "no address: a mirror port that is silent, or not in use"},
		{with(func(i *Interface) { i.Received, i.Sent = 1_000_000, 50_000 }), false, "no address: a mirror port that is silent, or not in use"},
		{with(func(i *Interface) {
			i.Received, i.Addresses = 1_000_000, []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24")}
		}), false, ""},
		{with(func(i *Interface) { i.Received, i.State = 1_000_000, "down" }), false, ""},
		{with(func(i *Interface) { i.Received, i.Link = 1_000_000, "loopback" }), false, ""},
		{with(func(i *Interface) { i.Received, i.LinkType = 1_000_000, packet.LinkRaw }), false, ""},
		{with(func(i *Interface) { i.Promiscuous, i.Master = true, true }), false, "port of a bridge or a bond"},
		{with(func(i *Interface) { i.Unreadable = "it is of wood" }), false, "it is of wood"},
	} {
		if looks, why := row.i.Mirror(); looks != row.looks || why != row.why {
			t.Errorf("%+v: %v, %q; want %v, %q", row.i, looks, why, row.looks, row.why)
		}
	}
}

// Every system has a loopback interface.
func TestInterfaces(t *testing.T) {
	list, err := Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		if i.Link == "loopback" {
			return
		}
	}
	t.Errorf("no loopback among %+v", list)
}
