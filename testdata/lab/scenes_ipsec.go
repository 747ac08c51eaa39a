package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

var ipsecScenes = []*Scene{
	{Name: "ipsec", What: "strongSwan: IKEv2 and ESP in UDP, a client of a gateway (no peer)", Software: []Software{deb("charon-systemd", "GPL-2.0-or-later"), deb("libcharon-extra-plugins", "GPL-2.0-or-later")},
		Needs: []string{"charon-systemd", "swanctl"}, Run: ipsec},
}

// ipsec uses strongSwan's own ESP (kernel-libipsec), as kernels without ESP are about.
func ipsec(l *Lab) error {
	client, server, err := l.pair("ipsec", "udp", 500, "vpn-client-server", "strongSwan: IKE of a client with a gateway")
	if err != nil {
		return err
	}
	l.Is(Rule{Proto: "udp", Host: client, Far: server, FarPort: 4500, Label: negative, Family: "vpn-client-server", Path: "server", Why: "strongSwan: IKE and ESP in UDP of a client with a gateway, both started here"})
	const secret = "secrets {\n ike { secret = \"a secret of the lab\"\n }\n}\n"
	if err := l.charon(server, "connections {\n in {\n  version = 2\n  local_addrs = "+server.Addr+"\n  pools = inner\n  local { auth = psk\n id = gateway\n }\n  remote { auth = psk\n id = client\n }\n  children { net {\n local_ts = 10.24.0.0/24\n } }\n }\n}\n"+
		"pools { inner { addrs = 10.24.1.0/24\n } }\n"+secret); err != nil {
		return err
	}
	if err := l.Run(server, "ip", "address", "add", "10.24.0.1/32", "dev", "lo"); err != nil {
		return err
	}
	if err := l.charon(client, "connections {\n out {\n  version = 2\n  remote_addrs = "+server.Addr+"\n  vips = 0.0.0.0\n  local { auth = psk\n id = client\n }\n  remote { auth = psk\n id = gateway\n }\n  children { net {\n remote_ts = 10.24.0.0/24\n } }\n }\n}\n"+secret); err != nil {
		return err
	}
	if err := l.Run(client, "swanctl", "--initiate", "--child", "net", "--timeout", "15", "--uri", "unix://"+l.Folder(client)+"/vici"); err != nil {
		return err
	}
	if _, err := l.Peer(server, "octets", "listen=10.24.0.1:8000"); err != nil {
		return err
	}
	_, err = l.Peer(client, "octets", "dial=10.24.0.1:8000", "octets=9000")
	return err
}

// charon starts a daemon with its configuration.
func (l *Lab) charon(h *Host, connections string) error {
	folder := l.Folder(h)
	conf, err := l.File(h, "strongswan.conf", fmt.Sprintf("charon-systemd {\n load = random nonce openssl gmp aes sha1 sha2 hmac kdf gcm x509 pem pkcs1 kernel-libipsec kernel-netlink socket-default vici updown\n"+
		" plugins {\n  vici { socket = unix://%s/vici\n  }\n }\n filelog { log { path = %s/charon.log\n default = 1\n } }\n}\n", folder, folder))
	if err != nil {
		return err
	}
	path, err := l.File(h, "swanctl.conf", connections)
	if err != nil {
		return err
	}
	if _, err := l.Start(h, "env", "STRONGSWAN_CONF="+conf, "charon-systemd"); err != nil {
		return err
	}
	for range 50 {
		if _, err := os.Stat(folder + "/vici"); err == nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	out, err := exec.Command("swanctl", "--load-all", "--file", path, "--uri", "unix://"+folder+"/vici").CombinedOutput()
	if err != nil {
		return fmt.Errorf("swanctl: %w: %s\n%s", err, strings.TrimSpace(string(out)), tail(folder+"/charon.log"))
	}
	return nil
}
