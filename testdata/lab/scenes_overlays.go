package main

import (
	"fmt"
	"strings"
)

var overlayScenes = []*Scene{
	{Name: "wireguard-mesh", What: "wireguard-go: four nodes, each a peer of each, one of them behind the home's NAT", IPv6: true, Software: []Software{mod("golang.zx2c4.com/wireguard", "MIT")}, Run: wireguardMesh},
	{Name: "wireguard-server", What: "wireguard-go: one client of one server (no peer)", IPv6: true, Software: []Software{mod("golang.zx2c4.com/wireguard", "MIT")}, Run: wireguardServer},
	{Name: "libp2p-tcp", What: "go-libp2p: TCP with Noise, two peers", Software: []Software{mod("github.com/libp2p/go-libp2p", "MIT")}, Run: func(l *Lab) error { return l.libp2p("tcp", "/ip4/0.0.0.0/tcp/4001") }},
	{Name: "libp2p-quic", What: "go-libp2p: QUIC, two peers", Software: []Software{mod("github.com/libp2p/go-libp2p", "MIT"), mod("github.com/quic-go/quic-go", "MIT")},
		Run: func(l *Lab) error { return l.libp2p("udp", "/ip4/0.0.0.0/udp/4001/quic-v1") }},
	{Name: "ethereum-v4", What: "go-ethereum: discv4 and RLPx, four nodes", Software: []Software{mod("github.com/ethereum/go-ethereum", "LGPL-3.0")}, Run: func(l *Lab) error { return l.ethereum("v4") }},
	{Name: "ethereum-v5", What: "go-ethereum: discv5 and RLPx, four nodes", Software: []Software{mod("github.com/ethereum/go-ethereum", "LGPL-3.0")}, Run: func(l *Lab) error { return l.ethereum("v5") }},
	{Name: "bitcoin-v2", What: "btcd's peer with the transport of BIP 324, eight far nodes", Software: []Software{mod("github.com/btcsuite/btcd", "ISC"), mod("github.com/btcsuite/btcd/v2transport", "ISC")}, Run: bitcoinV2},
}

func wireguardMesh(l *Lab) error {
	home, err := l.Home("wg-home")
	if err != nil {
		return err
	}
	nodes := []*Host{home}
	for i := range 3 {
		h, err := l.Far(fmt.Sprintf("wg-far%d", i+1))
		if err != nil {
			return err
		}
		nodes = append(nodes, h)
	}
	const port = 47011
	if err := l.Forward(home, "udp", port); err != nil {
		return err
	}
	l.Is(Rule{Proto: "udp", Host: home, Port: port, Label: positive, Family: "vpn-wireguard", Path: "direct", Why: "wireguard-go: a mesh of four nodes, each started here"})
	var private, public [4]string
	for i := range nodes {
		private[i], public[i] = wireguardKey()
	}
	for i, n := range nodes {
		var others, talk []string
		for j, o := range nodes {
			if i != j {
				others = append(others, fmt.Sprintf("%s,10.9.0.%d/32,%s,10", public[j], j+1, o.SeenAt(port)))
				talk = append(talk, fmt.Sprintf("10.9.0.%d", j+1))
			}
		}
		p, err := l.Peer(n, "wireguard", "key="+private[i], fmt.Sprint("port=", port), fmt.Sprintf("inner=10.9.0.%d", i+1), "peers="+strings.Join(others, ";"), "talk="+strings.Join(talk, ","), "octets=6000")
		if err != nil {
			return err
		}
		if _, err := l.Expect(p, "ready"); err != nil {
			return err
		}
	}
	return nil
}

func wireguardServer(l *Lab) error {
	home, err := l.Home("wg-client")
	if err != nil {
		return err
	}
	far, err := l.Server("wg-server")
	if err != nil {
		return err
	}
	l.Is(Rule{Proto: "udp", Host: home, Far: far, FarPort: 51820, Label: negative, Family: "vpn-client-server", Path: "server", Why: "wireguard-go: a client of a VPN server, started here"})
	clientKey, clientPublic := wireguardKey()
	serverKey, serverPublic := wireguardKey()
	server, err := l.Peer(far, "wireguard", "key="+serverKey, "port=51820", "inner=10.8.0.1", "peers="+clientPublic+",10.8.0.2/32,-,0")
	if err != nil {
		return err
	}
	if _, err := l.Expect(server, "ready"); err != nil {
		return err
	}
	_, err = l.Peer(home, "wireguard", "key="+clientKey, "port=0", "inner=10.8.0.2", "peers="+serverPublic+",0.0.0.0/0,"+far.SeenAt(51820)+",25", "talk=10.8.0.1", "octets=30000")
	return err
}

// libp2p has two far peers; the home host dials one, and the other dials it.
func (l *Lab) libp2p(proto, listen string) error {
	home, err := l.Home("libp2p-" + proto + "-home")
	if err != nil {
		return err
	}
	if err := l.Forward(home, proto, 4001); err != nil {
		return err
	}
	far, err := l.Far("libp2p-" + proto + "-far1")
	if err != nil {
		return err
	}
	caller, err := l.Far("libp2p-" + proto + "-far2")
	if err != nil {
		return err
	}
	for _, f := range []*Host{far, caller} {
		l.Is(Rule{Proto: proto, Host: home, Far: f, Label: positive, Family: "libp2p", Path: "direct", Why: "go-libp2p peers over " + proto + ", both started here"})
	}
	b, err := l.Peer(far, "libp2p", "listen="+strings.Replace(listen, "0.0.0.0", far.Addr, 1))
	if err != nil {
		return err
	}
	addr, err := l.Expect(b, "addr ")
	if err != nil {
		return err
	}
	a, err := l.Peer(home, "libp2p", "listen="+strings.Replace(listen, "0.0.0.0", home.Addr, 1), "dial="+addr)
	if err != nil {
		return err
	}
	if addr, err = l.Expect(a, "addr "); err != nil {
		return err
	}
	_, err = l.Peer(caller, "libp2p", "listen="+strings.Replace(listen, "0.0.0.0", caller.Addr, 1), "dial="+strings.Replace(addr, home.Addr, home.Seen, 1))
	return err
}

func (l *Lab) ethereum(version string) error {
	home, err := l.Home("eth-" + version + "-home")
	if err != nil {
		return err
	}
	for _, proto := range []string{"udp", "tcp"} {
		if err := l.Forward(home, proto, 30303); err != nil {
			return err
		}
	}
	why := "go-ethereum nodes, all started here"
	l.Is(Rule{Proto: "tcp", Host: home, Label: positive, Family: "crypto-ethereum", Path: "direct", Why: "RLPx of " + why})
	if version == "v4" {
		l.Is(Rule{Proto: "udp", Host: home, Port: 30303, Label: negative, Family: "p2p-plain", Path: "direct", Why: "discv4 (signed, but in clear) of " + why})
	} else {
		l.Is(Rule{Proto: "udp", Host: home, Port: 30303, Label: positive, Family: "crypto-ethereum", Path: "direct", Why: "discv5 (masked and encrypted) of " + why})
	}
	boot := ""
	for i := range 3 {
		h, err := l.Far(fmt.Sprintf("eth-%s-far%d", version, i+1))
		if err != nil {
			return err
		}
		p, err := l.Peer(h, "ethereum", "addr="+h.Addr, "boot="+boot, version+"=1")
		if err != nil {
			return err
		}
		url, err := l.Expect(p, "enode ")
		if err != nil {
			return err
		}
		// A node passes on no address of a special range: all are told.
		boot = strings.TrimPrefix(boot+","+url, ",")
	}
	_, err = l.Peer(home, "ethereum", "addr="+home.Seen, "boot="+boot, version+"=1")
	return err
}

func bitcoinV2(l *Lab) error {
	home, err := l.Home("bitcoin-home")
	if err != nil {
		return err
	}
	for i := range 8 { // as many as a node's outbound connections that carry all
		far, err := l.Far(fmt.Sprintf("bitcoin-far%d", i+1))
		if err != nil {
			return err
		}
		l.Is(Rule{Proto: "tcp", Host: home, Far: far, FarPort: 8333, Label: positive, Family: "crypto-bitcoin", Path: "direct", Why: "btcd peers that speak BIP 324, started here"})
		p, err := l.Peer(far, "bitcoin", "listen="+far.Addr+":8333")
		if err != nil {
			return err
		}
		if _, err := l.Expect(p, "ready"); err != nil {
			return err
		}
		if _, err := l.Peer(home, "bitcoin", "dial="+far.Addr+":8333"); err != nil {
			return err
		}
	}
	return nil
}
