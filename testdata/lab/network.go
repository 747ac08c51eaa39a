package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// The network of a run:
//
//	home hosts 192.168.77.0/24 -- switch -- gateway (NAT) --\
//	                                |                        wire -- far hosts 198.18.0.0/16
//	                             mirror                       \---- far gateway (NAT) -- far host 192.168.9n.2
//
// The wire has the range of RFC 2544, which is for measurements in closed networks: no home, and
// no program takes it for a private one. Each box is a network namespace. The switch copies each frame that enters one of its ports, so
// each frame once, to the mirror, as the mirror port of a managed switch does.

// Lab is one network with its programs, its capture and the rules that tell the truth about it.
type Lab struct {
	ctx     context.Context
	run     string // prefix of the namespaces
	dir     string // scratch folder
	loss    float64
	delay   time.Duration
	ipv6    bool          // it speaks IPv6 alone
	end     chan struct{} // closed when the scenes' time is over
	mu      sync.Mutex
	seconds int
	spaces  []string
	hosts   []*Host
	rules   []Rule
	started []*Program
	homes   int
	fars    int
	nats    int
	notes   []string
	gateway *Host // the home's, as others see it; it runs no program
}

const (
	gatewaySeen = "198.18.0.1"
	gatewayHome = "192.168.77.1"
)

// newLab builds the wire, the home's gateway and the switch with its mirror.
func newLab(ctx context.Context, run, dir string, o runOptions) (*Lab, error) {
	l := &Lab{ctx: ctx, run: run, dir: dir, loss: o.loss, delay: o.delay, ipv6: o.ipv6, end: make(chan struct{}), seconds: o.seconds,
		gateway: &Host{Name: "gateway", Addr: gatewaySeen, Seen: gatewaySeen}}
	steps := []func() error{
		func() error { return l.space("wire") },
		func() error { return l.bridge("wire") },
		func() error { return l.space("switch") },
		func() error { return l.bridge("switch") },
		func() error { return l.space("gw") },
		l.mirror,
		l.router,
		l.impair,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return l, err
		}
	}
	return l, nil
}

// router joins the home's gateway to the wire and the switch.
func (l *Lab) router() error {
	if l.ipv6 {
		l.gateway.Addr, l.gateway.Seen = gatewaySeen6, gatewaySeen6
		return l.router6()
	}
	return errors.Join(
		l.plug("gw", "wan", "wire", gatewaySeen+"/16"),
		l.plugMirrored("gw", "lan", gatewayHome+"/24"),
		l.nat("gw", "192.168.77.0/24"))
}

func command(ctx context.Context, stdin string, args ...string) error {
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	if stdin != "" {
		c.Stdin = strings.NewReader(stdin)
	}
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}

// ip runs ip(8) in the namespace of that short name.
func (l *Lab) ip(ns string, args ...string) error {
	return command(l.ctx, "", append([]string{"ip", "-n", l.run + ns}, args...)...)
}

// in runs a command in the namespace of that short name.
func (l *Lab) in(ns, stdin string, args ...string) error {
	return command(l.ctx, stdin, append([]string{"ip", "netns", "exec", l.run + ns}, args...)...)
}

// space makes a namespace. It speaks one of IPv4 and IPv6, so that nothing but the programs speaks, and asks
// no name server but itself.
func (l *Lab) space(ns string) error {
	full := l.run + ns
	if err := command(l.ctx, "", "ip", "netns", "add", full); err != nil {
		return err
	}
	l.spaces = append(l.spaces, full)
	etc := filepath.Join("/etc/netns", full)
	if err := os.MkdirAll(etc, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(etc, "resolv.conf"), []byte("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"), 0o644); err != nil {
		return err
	}
	return errors.Join(
		l.speaks(ns),
		l.ip(ns, "link", "set", "lo", "up"))
}

func (l *Lab) bridge(ns string) error {
	return errors.Join(
		l.ip(ns, "link", "add", "bridge", "type", "bridge", "mcast_snooping", "0"),
		l.ip(ns, "link", "set", "bridge", "up"))
}

// cable joins two namespaces by a pair of interfaces. What a network card would do later (checksums,
// cutting into segments) is done before the frame leaves, so that the capture shows real frames.
func (l *Lab) cable(ns, name, other, port string) error {
	if err := l.ip(ns, "link", "add", name, "type", "veth", "peer", "name", port, "netns", l.run+other); err != nil {
		return err
	}
	for _, e := range [][2]string{{ns, name}, {other, port}} {
		if err := l.in(e[0], "", "ethtool", "-K", e[1], "tx", "off", "tso", "off", "gso", "off", "gro", "off"); err != nil {
			return err
		}
		if err := l.ip(e[0], "link", "set", e[1], "up"); err != nil {
			return err
		}
	}
	return nil
}

// plug joins a namespace to the bridge of another, under an address.
func (l *Lab) plug(ns, name, other, address string) error {
	port := "p-" + ns
	return errors.Join(
		l.cable(ns, name, other, port),
		l.ip(other, "link", "set", port, "master", "bridge"),
		l.ip(ns, "address", "add", address, "dev", name))
}

// plugMirrored joins a namespace to the switch, and has the port's incoming frames copied.
func (l *Lab) plugMirrored(ns, name, address string) error {
	if err := l.plug(ns, name, "switch", address); err != nil {
		return err
	}
	port := "p-" + ns
	return l.in("switch", fmt.Sprintf(`add table netdev mirror
add chain netdev mirror c_%s { type filter hook ingress device "%s" priority 0; policy accept;
}
add rule netdev mirror c_%s dup to "mirror"
`, ns, port, ns), "nft", "-f", "-")
}

// mirror makes the pair of interfaces to which frames are copied; "mirrored" is where they come out.
func (l *Lab) mirror() error {
	return errors.Join(
		l.ip("switch", "link", "add", "mirror", "type", "veth", "peer", "name", "mirrored"),
		l.ip("switch", "link", "set", "mirror", "up"),
		l.ip("switch", "link", "set", "mirrored", "up"))
}

// nat makes a namespace with the interfaces wan and lan a router that hides what is behind lan.
func (l *Lab) nat(ns, lan string) error {
	rules := fmt.Sprintf(`table ip nat {
	chain in { type nat hook prerouting priority -100; policy accept; }
	chain out { type nat hook postrouting priority 100; policy accept; oifname "wan" ip saddr %s masquerade
	}
}
table ip filter {
	chain input { type filter hook input priority 0; policy accept; iifname "wan" ct state new drop
	}
}
`, lan)
	return errors.Join(l.in(ns, "", "sysctl", "-qw", "net.ipv4.ip_forward=1"), l.in(ns, rules, "nft", "-f", "-"))
}

// Forward lets a port of a home host's gateway, or a far one's, lead to it, as UPnP or a person would have it.
func (l *Lab) Forward(h *Host, proto string, port int) error {
	if l.ipv6 {
		return l.forward6(h, proto, port)
	}
	return l.in(h.gate, fmt.Sprintf("add rule ip nat in iifname \"wan\" %s dport %d dnat to %s\n", proto, port, h.Addr), "nft", "-f", "-")
}

// impair loses and delays on the way between the home's gateway and the wire, each way.
func (l *Lab) impair() error {
	if l.loss == 0 && l.delay == 0 {
		return nil
	}
	netem := []string{"tc", "qdisc", "add", "dev", "", "root", "netem"}
	if l.loss > 0 {
		netem = append(netem, "loss", fmt.Sprintf("%g%%", l.loss))
	}
	if l.delay > 0 {
		netem = append(netem, "delay", l.delay.String())
	}
	there, back := append([]string{}, netem...), append([]string{}, netem...)
	there[4], back[4] = "wan", "p-gw"
	err := errors.Join(l.in("gw", "", there...), l.in("wire", "", back...))
	if err == nil {
		return nil
	}
	if l.delay > 0 {
		return fmt.Errorf("this kernel has no netem, so there is no delay to be had; leave -delay out: %w", err)
	}
	l.notes = append(l.notes, "loss by nftables, as this kernel has no netem")
	drop := fmt.Sprintf("table netdev loss {\n chain c { type filter hook ingress device \"%%s\" priority 0; policy accept;\n numgen random mod 10000 < %d drop\n }\n}\n", int(l.loss*100))
	return errors.Join(l.in("gw", fmt.Sprintf(drop, "wan"), "nft", "-f", "-"), l.in("wire", fmt.Sprintf(drop, "p-gw"), "nft", "-f", "-"))
}

// Close stops every program and removes every namespace. It works on whatever was begun.
func (l *Lab) Close() error {
	var errs []error
	for i := len(l.started) - 1; i >= 0; i-- {
		l.started[i].stop()
	}
	// The context may be over, and that must not keep anything here.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, ns := range l.spaces {
		killInside(ns)
		errs = append(errs, command(ctx, "", "ip", "netns", "del", ns), os.RemoveAll(filepath.Join("/etc/netns", ns)))
	}
	return errors.Join(errs...)
}

// killInside ends what programs left running in a namespace: daemons that went to the background.
func killInside(ns string) {
	out, err := exec.Command("ip", "netns", "pids", ns).Output()
	if err != nil {
		return
	}
	for pid := range strings.FieldsSeq(string(out)) {
		exec.Command("kill", "-KILL", pid).Run()
	}
}
