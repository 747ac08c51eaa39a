package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

var vpnScenes = []*Scene{
	{Name: "tinc", What: "tinc: a mesh of three nodes", Software: []Software{deb("tinc", "GPL-2.0-or-later with OpenSSL exception")}, Needs: []string{"tincd"}, Run: tincMesh},
	{Name: "n2n", What: "n2n: two edges and a supernode", Software: []Software{deb("n2n", "GPL-3.0")}, Needs: []string{"edge", "supernode"}, Run: n2n},
	{Name: "nebula", What: "nebula: a lighthouse and two nodes", Software: []Software{deb("nebula", "MIT")}, Needs: []string{"nebula", "nebula-cert"}, Run: nebula},
	{Name: "openvpn", What: "openvpn: a client of a server over UDP (no peer)", Software: []Software{deb("openvpn", "GPL-2.0 with OpenSSL exception")}, Needs: []string{"openvpn", "openssl"}, Run: openvpn},
}

// mesh makes a home host whose port is forwarded, and far ones.
func (l *Lab) mesh(name string, far int, port int) ([]*Host, error) {
	home, err := l.Home(name + "-home")
	if err != nil {
		return nil, err
	}
	for _, proto := range []string{"tcp", "udp"} {
		if err := l.Forward(home, proto, port); err != nil {
			return nil, err
		}
	}
	nodes := []*Host{home}
	for i := range far {
		h, err := l.Far(fmt.Sprintf("%s-far%d", name, i+1))
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, h)
	}
	return nodes, nil
}

// within has the nodes of a VPN fetch octets of each other, at the inner addresses. Until a node's tunnel is
// up, what is sent there goes nowhere, or it would leave by the default route.
func (l *Lab) within(nodes []*Host, inner string, octets int) error {
	for _, n := range nodes {
		if err := l.Run(n, "ip", "route", "add", "unreachable", fmt.Sprintf(inner, 0)+"/24", "metric", "9999"); err != nil {
			return err
		}
	}
	for i, n := range nodes {
		if _, err := l.Peer(n, "octets", fmt.Sprintf("listen="+inner+":8000", i+1)); err != nil {
			return err
		}
		for j := range nodes {
			if i != j {
				if _, err := l.Peer(n, "octets", fmt.Sprintf("dial="+inner+":8000", j+1), fmt.Sprintf("from="+inner, i+1), fmt.Sprint("octets=", octets)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func tincMesh(l *Lab) error {
	nodes, err := l.mesh("tinc", 2, 655)
	if err != nil {
		return err
	}
	l.Is(Rule{Host: nodes[0], Label: positive, Family: "vpn-tinc", Path: "direct", Why: "tinc: three nodes of a mesh, started here"})
	public := map[string]string{}
	for i := range nodes {
		name := fmt.Sprintf("node%d", i+1)
		if public[name], err = l.tincNode(nodes, i, name); err != nil {
			return err
		}
	}
	for _, n := range nodes {
		for name, text := range public {
			if _, err := l.File(n, "tinc/hosts/"+name, text); err != nil {
				return err
			}
		}
		if _, err := l.Start(n, "tincd", "-c", l.Folder(n)+"/tinc", "-D", "--pidfile="+l.Folder(n)+"/tinc.pid", "--logfile="+l.Folder(n)+"/tinc.log"); err != nil {
			return err
		}
	}
	return l.within(nodes, "10.20.0.%d", 6000)
}

// tincNode writes the settings and keys of node i, and returns what others have to know of it.
func (l *Lab) tincNode(nodes []*Host, i int, name string) (string, error) {
	n := nodes[i]
	conf := fmt.Sprintf("Name = %s\nAddressFamily = ipv4\nDeviceType = tun\nDevice = /dev/net/tun\nInterface = tinc0\nPingInterval = 10\n", name)
	for j := range nodes {
		if i != j {
			conf += fmt.Sprintf("ConnectTo = node%d\n", j+1)
		}
	}
	if _, err := l.File(n, "tinc/tinc.conf", conf); err != nil {
		return "", err
	}
	if _, err := l.File(n, "tinc/hosts/"+name, fmt.Sprintf("Address = %s\nSubnet = 10.20.0.%d/32\n", n.Seen, i+1)); err != nil {
		return "", err
	}
	up, err := l.File(n, "tinc/tinc-up", fmt.Sprintf("#!/bin/sh\nip link set $INTERFACE up\nip addr add 10.20.0.%d/24 dev $INTERFACE\n", i+1))
	if err != nil {
		return "", err
	}
	if err := os.Chmod(up, 0o755); err != nil {
		return "", err
	}
	if out, err := exec.Command("tincd", "-c", l.Folder(n)+"/tinc", "-K", "2048").CombinedOutput(); err != nil {
		return "", fmt.Errorf("tincd -K: %w: %s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(l.Folder(n), "tinc/hosts", name))
	return string(data), err
}

func n2n(l *Lab) error {
	nodes, err := l.mesh("n2n", 1, 5000)
	if err != nil {
		return err
	}
	super, err := l.Server("n2n-supernode")
	if err != nil {
		return err
	}
	l.Is(Rule{Proto: "udp", Host: nodes[0], Far: super, FarPort: 7654, Label: positive, Family: "vpn-n2n", Relayed: true, Path: "relay", Why: "n2n: an edge and the supernode that passes on what has no direct way yet"})
	l.Is(Rule{Proto: "udp", Host: nodes[0], Far: nodes[1], Label: positive, Family: "vpn-n2n", Path: "direct", Why: "n2n: two edges, started here"})
	if _, err := l.Start(super, "supernode", "-l", "7654", "-v"); err != nil {
		return err
	}
	for i, n := range nodes {
		if _, err := l.Start(n, "edge", "-d", "n2n0", "-a", fmt.Sprintf("10.21.0.%d", i+1), "-c", "lab", "-k", "a secret of the lab", "-s", "255.255.255.0", "-l", super.Addr+":7654", "-p", "5000", "-m", fmt.Sprintf("02:00:00:00:21:%02x", i+1), "-v"); err != nil {
			return err
		}
	}
	return l.within(nodes, "10.21.0.%d", 5000)
}

func nebula(l *Lab) error {
	nodes, err := l.mesh("nebula", 2, 4242)
	if err != nil {
		return err
	}
	l.Is(Rule{Proto: "udp", Host: nodes[0], Label: positive, Family: "vpn-nebula", Path: "direct", Why: "nebula: nodes of a mesh (one of them the lighthouse), started here"})
	ca := l.Folder(nodes[1])
	run := func(args ...string) error {
		c := exec.Command("nebula-cert", args...)
		c.Dir = ca
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("nebula-cert: %w: %s", err, out)
		}
		return nil
	}
	if err := run("ca", "-name", "lab"); err != nil {
		return err
	}
	for i, n := range nodes {
		if err := run("sign", "-name", n.Name, "-ip", fmt.Sprintf("10.22.0.%d/24", i+1)); err != nil {
			return err
		}
		lighthouse := "lighthouse:\n  am_lighthouse: true\n"
		if i != 1 {
			lighthouse = "lighthouse:\n  am_lighthouse: false\n  interval: 10\n  hosts: [\"10.22.0.2\"]\n"
		}
		path, err := l.File(n, "config.yml", fmt.Sprintf("pki:\n  ca: %s/ca.crt\n  cert: %s/%s.crt\n  key: %s/%s.key\nstatic_host_map:\n  \"10.22.0.2\": [\"%s:4242\"]\n%slisten:\n  host: 0.0.0.0\n  port: 4242\n"+
			"punchy:\n  punch: true\ntun:\n  dev: nebula0\nfirewall:\n  outbound: [{port: any, proto: any, host: any}]\n  inbound: [{port: any, proto: any, host: any}]\n", ca, ca, n.Name, ca, n.Name, nodes[1].Addr, lighthouse))
		if err != nil {
			return err
		}
		if _, err := l.Start(n, "nebula", "-config", path); err != nil {
			return err
		}
	}
	return l.within(nodes, "10.22.0.%d", 6000)
}

func openvpn(l *Lab) error {
	home, err := l.Home("openvpn-client")
	if err != nil {
		return err
	}
	far, err := l.Server("openvpn-server")
	if err != nil {
		return err
	}
	l.Is(Rule{Proto: "udp", Host: home, Far: far, FarPort: 1194, Label: negative, Family: "vpn-client-server", Path: "server", Why: "openvpn: a client of a server, both started here"})
	print := map[*Host]string{}
	for _, h := range []*Host{home, far} {
		c := exec.Command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key", "-out", "cert", "-days", "30", "-subj", "/CN="+h.Name)
		c.Dir = l.Folder(h)
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("openssl: %w: %s", err, out)
		}
		c = exec.Command("openssl", "x509", "-in", "cert", "-noout", "-fingerprint", "-sha256")
		c.Dir = l.Folder(h)
		out, err := c.Output()
		if err != nil {
			return err
		}
		_, print[h], _ = strings.Cut(strings.TrimSpace(string(out)), "=")
	}
	both := []string{"openvpn", "--dev", "tun", "--cert", "cert", "--key", "key", "--dh", "none", "--verb", "3", "--topology", "subnet", "--data-ciphers", "AES-256-GCM", "--keepalive", "5", "30"}
	server, err := l.Start(far, append(both, "--server", "10.23.0.0", "255.255.255.0", "--local", far.Addr, "--port", "1194", "--peer-fingerprint", print[home])...)
	if err != nil {
		return err
	}
	if _, err := l.Expect(server, "Initialization Sequence Completed"); err != nil {
		return err
	}
	client, err := l.Start(home, append(both, "--client", "--remote", far.Addr, "1194", "--nobind", "--peer-fingerprint", print[far])...)
	if err != nil {
		return err
	}
	if _, err := l.Expect(client, "Initialization Sequence Completed"); err != nil {
		return err
	}
	if _, err := l.Peer(far, "octets", "listen=10.23.0.1:8000"); err != nil {
		return err
	}
	_, err = l.Peer(home, "octets", "dial=10.23.0.1:8000", "octets=20000")
	return err
}
