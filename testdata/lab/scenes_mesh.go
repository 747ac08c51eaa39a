package main

import (
	"fmt"
)

var yggdrasilSoftware = []Software{deb("yggdrasil", "LGPL-3.0 with exception")}

var meshScenes = []*Scene{
	{Name: "yggdrasil", What: "yggdrasil: four nodes, linked over TCP", Software: yggdrasilSoftware, Needs: []string{"yggdrasil"}, Run: func(l *Lab) error { return l.yggdrasil("tcp") }},
	{Name: "yggdrasil-tls", What: "yggdrasil: four nodes, linked over TLS", Software: yggdrasilSoftware, Needs: []string{"yggdrasil"}, Run: func(l *Lab) error { return l.yggdrasil("tls") }},
}

// yggdrasil links nodes that know each other by address; there is no discovery, which would be local.
func (l *Lab) yggdrasil(over string) error {
	const port = 47321
	nodes, err := l.mesh("yggdrasil-"+over, 3, port)
	if err != nil {
		return err
	}
	l.Is(Rule{Proto: "tcp", Host: nodes[0], Label: positive, Family: "vpn-yggdrasil", Path: "direct", Why: "yggdrasil: nodes of a mesh, linked over " + over + ", started here"})
	for i, n := range nodes {
		var peers string
		for j, o := range nodes {
			if j > i {
				peers += fmt.Sprintf("    %s://%s\n", over, o.SeenAt(port))
			}
		}
		conf, err := l.File(n, "yggdrasil.conf", fmt.Sprintf("{\n  Peers: [\n%s  ]\n  Listen: [\n    %s://%s\n  ]\n  AdminListen: none\n  MulticastInterfaces: []\n  IfName: ygg0\n  NodeInfoPrivacy: true\n}\n", peers, over, n.At(port)))
		if err != nil {
			return err
		}
		if err := l.Run(n, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0", "net.ipv6.conf.eth0.disable_ipv6=1"); err != nil {
			return err
		}
		if _, err := l.Start(n, "sh", "-c", "yggdrasil -useconf < "+conf); err != nil {
			return err
		}
	}
	return nil
}
