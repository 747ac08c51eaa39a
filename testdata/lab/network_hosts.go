package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Host is a namespace in which programs run.
type Host struct {
	Name string
	NS   string // its namespace
	Addr string // its own address
	Seen string // the address that others outside its own network see
	Home bool
	// Server: it is no peer of anyone, but serves.
	Server bool
	gate   string // namespace of the gateway in front of it, if any
}

// Home adds a host to the home, behind its NAT.
func (l *Lab) Home(name string) (*Host, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.homes++
	ns := fmt.Sprintf("h%d", l.homes)
	h := &Host{Name: name, NS: l.run + ns, Addr: fmt.Sprintf("192.168.77.%d", 10+l.homes), Seen: gatewaySeen, Home: true, gate: "gw"}
	if l.ipv6 {
		h.Addr = fmt.Sprintf("%s%d", homeNet6, 10+l.homes)
		h.Seen = h.Addr
	}
	if err := l.space(ns); err != nil {
		return nil, err
	}
	l.hosts = append(l.hosts, h)
	if l.ipv6 {
		return h, l.home6(ns, h)
	}
	return h, errors.Join(
		l.plugMirrored(ns, "eth0", h.Addr+"/24"),
		l.ip(ns, "route", "add", "default", "via", gatewayHome))
}

// Far adds a host with an address of its own to the wire.
func (l *Lab) Far(name string) (*Host, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fars++
	ns := fmt.Sprintf("f%d", l.fars)
	addr := fmt.Sprintf("198.18.%d.10", l.fars)
	h := &Host{Name: name, NS: l.run + ns, Addr: addr, Seen: addr}
	if l.ipv6 {
		h.Addr = fmt.Sprintf("2001:2::%d:10", l.fars)
		h.Seen = h.Addr
	}
	if err := l.space(ns); err != nil {
		return nil, err
	}
	l.hosts = append(l.hosts, h)
	if l.ipv6 {
		return h, l.far6(ns, h)
	}
	return h, l.plug(ns, "eth0", "wire", addr+"/16")
}

// Server adds a far host that is no peer of anyone, but serves.
func (l *Lab) Server(name string) (*Host, error) {
	h, err := l.Far(name)
	if err == nil {
		h.Server = true
	}
	return h, err
}

// Name lets a host find another by a name, from a table of its own. It counts for programs that start later.
func (l *Lab) Name(h *Host, name, addr string) error {
	f, err := os.OpenFile(filepath.Join("/etc/netns", h.NS, "hosts"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintf(f, "127.0.0.1 localhost\n%s %s\n", addr, name)
	return err
}

// FarBehindNAT adds a far host that has a gateway with NAT of its own in front of it.
func (l *Lab) FarBehindNAT(name string) (*Host, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.nats++
	gate, ns := fmt.Sprintf("n%d", l.nats), fmt.Sprintf("b%d", l.nats)
	lan := fmt.Sprintf("192.168.%d", 90+l.nats)
	h := &Host{Name: name, NS: l.run + ns, Addr: lan + ".2", Seen: fmt.Sprintf("198.18.%d.77", 100+l.nats), gate: gate}
	if l.ipv6 {
		h.Addr = fmt.Sprintf("2001:2:0:%d::2", l.nats)
		h.Seen = h.Addr
	}
	if err := errors.Join(l.space(gate), l.space(ns)); err != nil {
		return nil, err
	}
	l.hosts = append(l.hosts, h)
	if l.ipv6 {
		return h, l.behind6(gate, ns, h, l.nats)
	}
	return h, errors.Join(
		l.plug(gate, "wan", "wire", h.Seen+"/16"),
		l.cable(ns, "eth0", gate, "lan"),
		l.ip(gate, "address", "add", lan+".1/24", "dev", "lan"),
		l.ip(ns, "address", "add", h.Addr+"/24", "dev", "eth0"),
		l.nat(gate, lan+".0/24"),
		l.ip(ns, "route", "add", "default", "via", lan+".1"))
}
