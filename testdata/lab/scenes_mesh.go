package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

var yggdrasilSoftware = []Software{deb("yggdrasil", "LGPL-3.0 with exception")}

var meshScenes = []*Scene{
	{Name: "yggdrasil", What: "yggdrasil: four nodes, linked over TCP", Software: yggdrasilSoftware, Needs: []string{"yggdrasil"}, Run: func(l *Lab) error { return l.yggdrasil("tcp") }},
	{Name: "yggdrasil-tls", What: "yggdrasil: four nodes, linked over TLS", Software: yggdrasilSoftware, Needs: []string{"yggdrasil"}, Run: func(l *Lab) error { return l.yggdrasil("tls") }},
	{Name: "gnunet", What: "GNUnet: three peers over TCP", Software: []Software{deb("gnunet", "AGPL-3.0-or-later")}, Needs: []string{"gnunet-arm", "gnunet-peerinfo"}, Run: gnunet},
}

// yggdrasil links nodes that know each other by address (there is no discovery but on a local network), and has
// the home's fetch octets of the others.
func (l *Lab) yggdrasil(over string) error {
	const port = 47321
	nodes, err := l.mesh("yggdrasil-"+over, 3, port)
	if err != nil {
		return err
	}
	l.Is(Rule{Proto: "tcp", Host: nodes[0], Label: positive, Family: "vpn-yggdrasil", Path: "direct", Why: "yggdrasil: nodes of a mesh, linked over " + over + ", started here"})
	inner := make([]string, len(nodes))
	for i, n := range slices.Backward(nodes) { // who is dialled comes first: they try again late
		var peers []string
		for _, o := range nodes[i+1:] {
			peers = append(peers, over+"://"+o.SeenAt(port))
		}
		conf, err := l.yggdrasilNode(n, peers, over+"://"+n.At(port))
		if err != nil {
			return err
		}
		out, err := exec.Command("sh", "-c", "yggdrasil -useconf -address < "+conf).Output()
		if err != nil {
			return fmt.Errorf("yggdrasil -address: %w", err)
		}
		inner[i] = "[" + strings.TrimSpace(string(out)) + "]:8000"
		if err := l.Run(n, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0", "net.ipv6.conf.eth0.disable_ipv6=1"); err != nil {
			return err
		}
		if _, err := l.Start(n, "sh", "-c", "exec yggdrasil -useconf < "+conf); err != nil {
			return err
		}
		l.Sleep(time.Second)
	}
	for i, n := range nodes[1:] {
		if _, err := l.Peer(n, "octets", "listen="+inner[i+1]); err != nil {
			return err
		}
		if _, err := l.Peer(nodes[0], "octets", "dial="+inner[i+1], "octets=3000"); err != nil {
			return err
		}
	}
	return nil
}

// yggdrasilNode writes a node's settings, with a key of its own.
func (l *Lab) yggdrasilNode(n *Host, peers []string, listen string) (conf string, err error) {
	out, err := exec.Command("yggdrasil", "-genconf", "-json").Output()
	if err != nil {
		return "", fmt.Errorf("yggdrasil -genconf: %w", err)
	}
	var set map[string]any
	if err := json.Unmarshal(out, &set); err != nil {
		return "", fmt.Errorf("yggdrasil -genconf: %w", err)
	}
	set["Peers"], set["Listen"], set["AdminListen"], set["MulticastInterfaces"], set["IfName"], set["NodeInfoPrivacy"] = peers, []string{listen}, "none", []any{}, "ygg0", true
	text, err := json.Marshal(set)
	if err != nil {
		return "", err
	}
	return l.File(n, "yggdrasil.conf", string(text))
}

// gnunet has three peers that hold each other's addresses; the far ones are told by file, as a hostlist would.
func gnunet(l *Lab) error {
	nodes, err := l.mesh("gnunet", 2, 2086)
	if err != nil {
		return err
	}
	nowhere := &Host{Name: "a documentation address", Addr: "192.0.2.86", Seen: "192.0.2.86"}
	l.Is(Rule{Proto: "udp", Host: nodes[0], Far: nowhere, Label: negative, Family: "misc-plain", Path: "none", Why: "GNUnet's helper for NAT: empty datagrams to an address that nobody has (RFC 5737)"},
		Rule{Host: nodes[0], Label: positive, Family: "gnunet", Path: "direct", Why: "GNUnet: peers of a network of their own, started here"})
	var hello []string
	for _, n := range nodes {
		folder := l.Folder(n)
		conf, err := l.File(n, "gnunet.conf", fmt.Sprintf("[PATHS]\nGNUNET_HOME = %[1]s/home\nGNUNET_DATA_HOME = %[1]s/home/data\nGNUNET_CONFIG_HOME = %[1]s/home/config\nGNUNET_CACHE_HOME = %[1]s/home/cache\nGNUNET_RUNTIME_DIR = %[1]s/run\nGNUNET_USER_RUNTIME_DIR = %[1]s/run\nGNUNET_TMP = %[1]s/tmp\n"+
			"[arm]\nSTART_SYSTEM_SERVICES = YES\nSTART_USER_SERVICES = NO\n[transport]\nPLUGINS = tcp\n[transport-tcp]\nPORT = 2086\nBINDTO = %[2]s\n"+
			"[nat]\nDISABLEV6 = YES\nBEHIND_NAT = NO\nPUNCHED_NAT = %[3]s\nEXTERNAL_ADDRESS = %[4]s\nINTERNAL_ADDRESS = %[2]s\nUSE_LOCALADDR = YES\nENABLE_ICMP_CLIENT = NO\nENABLE_ICMP_SERVER = NO\nENABLE_UPNP = NO\nUSE_STUN = NO\n[peerinfo]\nUSE_INCLUDED_HELLOS = NO\n[hostlist]\nIMMEDIATE_START = NO\nSTART_ON_DEMAND = NO\nOPTIONS =\n[fs]\nIMMEDIATE_START = NO\n[gns]\nIMMEDIATE_START = NO\n[zonemaster]\nIMMEDIATE_START = NO\n",
			folder, n.Addr, yesNo(n.Home), n.Seen))
		if err != nil {
			return err
		}
		for _, d := range []string{"home", "run", "tmp"} {
			if err := os.MkdirAll(folder+"/"+d, 0o755); err != nil {
				return err
			}
		}
		if err := l.Run(n, "gnunet-arm", "-c", conf, "-s"); err != nil {
			return err
		}
		uri, err := l.gnunetHello(n, conf)
		if err != nil {
			return err
		}
		for i, other := range hello {
			if err := l.Run(nodes[i], "gnunet-peerinfo", "-c", l.Folder(nodes[i])+"/gnunet.conf", "-p", uri); err != nil {
				return err
			}
			if err := l.Run(n, "gnunet-peerinfo", "-c", conf, "-p", other); err != nil {
				return err
			}
		}
		hello = append(hello, uri)
	}
	return nil
}

// gnunetHello waits until a peer tells its address, and returns it.
func (l *Lab) gnunetHello(n *Host, conf string) (string, error) {
	for range 20 {
		p, err := l.Start(n, "gnunet-peerinfo", "-c", conf, "-g")
		if err != nil {
			return "", err
		}
		uri, err := l.Expect(p, "gnunet://hello/")
		p.meant = true
		if err == nil && strings.Contains(uri, "tcp") {
			return "gnunet://hello/" + uri, nil
		}
		l.Sleep(500 * time.Millisecond)
	}
	return "", fmt.Errorf("%s: GNUnet tells no address", n.Name)
}

func yesNo(b bool) string {
	if b {
		return "YES"
	}
	return "NO"
}
