package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// The programs of this file have no peer either; they come from Debian.
var programScenes = []*Scene{
	{Name: "ssh", What: "openssh: a shell that prints (no peer)", Software: []Software{deb("openssh-server", "BSD-2-Clause and others")}, Needs: []string{"sshd", "ssh", "ssh-keygen"}, Run: func(l *Lab) error { return l.ssh("ssh") }},
	{Name: "rsync-ssh", What: "rsync through openssh: an upload (no peer)", Software: []Software{deb("openssh-server", "BSD-2-Clause and others"), deb("rsync", "GPL-3.0-or-later")}, Needs: []string{"sshd", "rsync"},
		Run: func(l *Lab) error { return l.ssh("rsync") }},
	{Name: "mosh", What: "mosh: a shell over UDP (no peer)", Software: []Software{deb("mosh", "GPL-3.0-or-later")}, Needs: []string{"mosh-server", "mosh-client", "script"}, Run: mosh},
	{Name: "rsync", What: "rsync's own daemon, in clear (no peer)", Software: []Software{deb("rsync", "GPL-3.0-or-later")}, Needs: []string{"rsync"}, Run: rsync},
	{Name: "memcached", What: "memcached over TCP and UDP (no peer)", Software: []Software{deb("memcached", "BSD-3-Clause")}, Needs: []string{"memcached"}, Run: memcached},
	{Name: "srt", What: "srt-live-transmit: an encrypted stream to a server (no peer)", Software: []Software{deb("srt-tools", "MPL-2.0")}, Needs: []string{"srt-live-transmit"}, Run: srt},
	{Name: "nmap", What: "nmap: a scan of TCP and UDP ports (no peer)", Software: []Software{deb("nmap", "Nmap Public Source License")}, Needs: []string{"nmap"}, Run: nmap},
}

// pair makes a client at home and a server, with the rule that tells what is between them.
func (l *Lab) pair(name, proto string, port int, family, why string) (client, server *Host, err error) {
	if client, err = l.Home(name + "-client"); err != nil {
		return nil, nil, err
	}
	if server, err = l.Server(name + "-server"); err != nil {
		return nil, nil, err
	}
	l.Is(Rule{Proto: proto, Host: client, Far: server, FarPort: port, Label: negative, Family: family, Path: "server", Why: why + ", both started here"})
	return client, server, nil
}

func (l *Lab) ssh(what string) error {
	client, server, err := l.pair(what+"-ssh", "tcp", 22, "ssh", "openssh: a client of a server")
	if err != nil {
		return err
	}
	for _, k := range []string{l.Folder(client) + "/key", l.Folder(server) + "/host"} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", k).CombinedOutput(); err != nil {
			return fmt.Errorf("ssh-keygen: %w: %s", err, out)
		}
	}
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
		return err
	}
	conf, err := l.File(server, "sshd_config", fmt.Sprintf("ListenAddress %s\nHostKey %s/host\nAuthorizedKeysFile %s/key.pub\nStrictModes no\nUsePAM no\nPidFile none\nPermitRootLogin prohibit-password\nUseDNS no\n", server.Addr, l.Folder(server), l.Folder(client)))
	if err != nil {
		return err
	}
	if _, err := l.Start(server, "/usr/sbin/sshd", "-D", "-e", "-f", conf); err != nil {
		return err
	}
	options := []string{"ssh", "-i", l.Folder(client) + "/key", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectionAttempts=10"}
	if what == "ssh" {
		p, err := l.Start(client, append(options, "root@"+server.Addr, "while sleep 0.4; do date; head -c 900 /dev/urandom | base64; done")...)
		if err != nil {
			return err
		}
		_, err = l.Expect(p, ":")
		return err
	}
	if err := l.bigFile(client, "backup", 4<<20); err != nil {
		return err
	}
	_, err = l.Start(client, "rsync", "--bwlimit=40", "-e", strings.Join(options, " "), l.Folder(client)+"/backup", "root@"+server.Addr+":"+l.Folder(server)+"/copy")
	return err
}

// bigFile writes a file of random octets into a host's folder.
func (l *Lab) bigFile(h *Host, name string, octets int) error {
	data := make([]byte, octets)
	rand.Read(data)
	_, err := l.File(h, name, string(data))
	return err
}

func mosh(l *Lab) error {
	client, server, err := l.pair("mosh", "udp", 60001, "mosh", "mosh: a client of a server")
	if err != nil {
		return err
	}
	p, err := l.Start(server, "mosh-server", "new", "-i", server.Addr, "-p", "60001", "--", "sh", "-c", "while sleep 0.5; do date; head -c 300 /dev/urandom | base64; done")
	if err != nil {
		return err
	}
	key, err := l.Expect(p, "MOSH CONNECT 60001 ")
	if err != nil {
		return err
	}
	_, err = l.Start(client, "env", "TERM=xterm", "MOSH_KEY="+key, "script", "-qfc", "stty rows 24 cols 80; mosh-client "+server.Addr+" 60001", "/dev/null")
	return err
}

func rsync(l *Lab) error {
	client, server, err := l.pair("rsync", "tcp", 873, "file-plain", "rsync: a client of its daemon")
	if err != nil {
		return err
	}
	if err := l.bigFile(server, "data/movie", 4<<20); err != nil {
		return err
	}
	conf, err := l.File(server, "rsyncd.conf", "use chroot = no\nuid = root\ngid = root\npid file = "+l.Folder(server)+"/pid\n[data]\npath = "+l.Folder(server)+"/data\n")
	if err != nil {
		return err
	}
	if _, err := l.Start(server, "rsync", "--daemon", "--no-detach", "--config="+conf, "--address="+server.Addr); err != nil {
		return err
	}
	_, err = l.Start(client, "sh", "-c", "sleep 1; exec rsync --bwlimit=40 rsync://"+server.Addr+"/data/movie "+l.Folder(client)+"/")
	return err
}

func memcached(l *Lab) error {
	client, server, err := l.pair("memcached", "", 11211, "memcached", "memcached: a client of a server")
	if err != nil {
		return err
	}
	if _, err := l.Start(server, "memcached", "-u", "root", "-l", server.Addr, "-p", "11211", "-U", "11211"); err != nil {
		return err
	}
	_, err = l.Peer(client, "memcache", "dial="+server.Addr+":11211")
	return err
}

func srt(l *Lab) error {
	client, server, err := l.pair("srt", "udp", 9000, "srt", "srt-live-transmit: an encrypted stream to a server")
	if err != nil {
		return err
	}
	if _, err := l.Start(server, "sh", "-c", "exec srt-live-transmit -q 'srt://"+server.Addr+":9000?mode=listener&passphrase=labsecret123' file://con > /dev/null"); err != nil {
		return err
	}
	if _, err := l.Start(client, "srt-live-transmit", "-q", "udp://127.0.0.1:5004", "srt://"+server.Addr+":9000?passphrase=labsecret123&pbkeylen=16"); err != nil {
		return err
	}
	_, err = l.Peer(client, "stream", "dial=127.0.0.1:5004")
	return err
}

func nmap(l *Lab) error {
	client, err := l.Home("nmap")
	if err != nil {
		return err
	}
	l.Is(Rule{Host: client, Label: negative, Family: "scan", Why: "nmap: a scan of ports, started here"})
	var targets []string
	for i := range 2 {
		h, err := l.Far(fmt.Sprintf("nmap-target%d", i+1))
		if err != nil {
			return err
		}
		targets = append(targets, h.Addr)
	}
	if len(targets) == 0 {
		return errors.New("nothing to scan")
	}
	_, err = l.Start(client, append([]string{"nmap", "-n", "-Pn", "-sS", "-sU", "--top-ports", "60", "--max-rate", "20"}, targets...)...)
	return err
}
