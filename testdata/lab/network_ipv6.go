package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
)

// The network of a run over IPv6 has the shape of the other, and no NAT: the gateways are routers that
// let nothing in but answers and the ports that a scene asks for. The wire has the range of RFC 5180,
// which is for measurements as RFC 2544's is; hosts have no link-local address, so that no program uses one.
//
//	home hosts fd77:77:77:77::/64 -- gateway -- wire, 2001:2::/64 -- far gateway -- far host 2001:2:0:n::2

const (
	wireRouter6  = "2001:2::ffff"
	gatewaySeen6 = "2001:2::1"
	gatewayHome6 = "fd77:77:77:77::1"
	homeNet6     = "fd77:77:77:77::"
)

// At is a host's address with a port, as programs write it.
func (h *Host) At(port int) string { return net.JoinHostPort(h.Addr, strconv.Itoa(port)) }

// SeenAt is the address under which others reach a host, with a port.
func (h *Host) SeenAt(port int) string { return net.JoinHostPort(h.Seen, strconv.Itoa(port)) }

// speaks sets what a new namespace speaks.
func (l *Lab) speaks(ns string) error {
	off := func(word string) string {
		if l.ipv6 {
			return word + "=0"
		}
		return word + "=1"
	}
	settings := []string{"sysctl", "-qw"}
	for _, which := range []string{"all", "default"} {
		at := "net.ipv6.conf." + which + "."
		settings = append(settings, off(at+"disable_ipv6"), at+"accept_ra=0", at+"accept_dad=0")
	}
	if ns[0] == 'h' || ns[0] == 'f' || ns[0] == 'b' { // a router asks for neighbours from its link-local address
		settings = append(settings, "net.ipv6.conf.default.addr_gen_mode=1")
	}
	return l.in(ns, "", settings...)
}

// router6 makes the wire a router, the home's gateway one with a firewall.
func (l *Lab) router6() error {
	return errors.Join(
		l.ip("wire", "address", "add", wireRouter6+"/64", "dev", "bridge"),
		l.in("wire", "", "sysctl", "-qw", "net.ipv6.conf.all.forwarding=1"),
		l.plug("gw", "wan", "wire", gatewaySeen6+"/64"),
		l.plugMirrored("gw", "lan", gatewayHome6+"/64"),
		l.firewall6("gw"),
		l.ip("wire", "route", "add", homeNet6+"/64", "via", gatewaySeen6))
}

// firewall6 makes a namespace with the interfaces wan and lan a router that lets answers in only.
func (l *Lab) firewall6(ns string) error {
	rules := `table ip6 filter {
	chain forward { type filter hook forward priority 0; policy accept; iifname "wan" ct state new drop
	}
}
`
	return errors.Join(
		l.in(ns, "", "sysctl", "-qw", "net.ipv6.conf.all.forwarding=1"),
		l.in(ns, rules, "nft", "-f", "-"),
		l.ip(ns, "route", "add", "default", "via", wireRouter6))
}

func (l *Lab) forward6(h *Host, proto string, port int) error {
	return l.in(h.gate, fmt.Sprintf("insert rule ip6 filter forward iifname \"wan\" ip6 daddr %s %s dport %d accept\n", h.Addr, proto, port), "nft", "-f", "-")
}

func (l *Lab) home6(ns string, h *Host) error {
	return errors.Join(
		l.plugMirrored(ns, "eth0", h.Addr+"/64"),
		l.ip(ns, "route", "add", "default", "via", gatewayHome6))
}

func (l *Lab) far6(ns string, h *Host) error {
	return errors.Join(
		l.plug(ns, "eth0", "wire", h.Addr+"/64"),
		l.ip(ns, "route", "add", "default", "via", wireRouter6))
}

// behind6 puts a far host behind a router of its own, n of them in all.
func (l *Lab) behind6(gate, ns string, h *Host, n int) error {
	lan, wan := fmt.Sprintf("2001:2:0:%d::", n), fmt.Sprintf("2001:2::a:%d", n)
	return errors.Join(
		l.plug(gate, "wan", "wire", wan+"/64"),
		l.cable(ns, "eth0", gate, "lan"),
		l.ip(gate, "address", "add", lan+"1/64", "dev", "lan"),
		l.ip(ns, "address", "add", h.Addr+"/64", "dev", "eth0"),
		l.firewall6(gate),
		l.ip("wire", "route", "add", lan+"/64", "via", wan),
		l.ip(ns, "route", "add", "default", "via", lan+"1"))
}
