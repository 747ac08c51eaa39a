package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

var torScenes = []*Scene{
	{Name: "tor", What: "tor: a client in a private network of an authority and three relays", Software: []Software{deb("tor", "BSD-3-Clause")}, Needs: []string{"tor", "tor-gencert"}, Run: tor},
}

// tor starts a network of its own. Whether a relay is a peer, one may argue: the flows are unsure.
func tor(l *Lab) error {
	client, err := l.Home("tor-client")
	if err != nil {
		return err
	}
	l.Is(Rule{Proto: "tcp", Host: client, Label: unsure, Family: "tor", Relayed: true, Path: "relay", Why: "tor: a client and relays of a private network, started here"})
	var relays []*Host
	for i := range 4 {
		h, err := l.Far(fmt.Sprintf("tor-relay%d", i))
		if err != nil {
			return err
		}
		relays = append(relays, h)
	}
	authority, identity, print, err := l.torKeys(relays[0])
	if err != nil {
		return err
	}
	line := fmt.Sprintf("TestingTorNetwork 1\nDirAuthority lab orport=5000 v3ident=%s %s:7000 %s\nLog notice stdout\nRunAsDaemon 0\nPathsNeededToBuildCircuits 0.34\nDisableDebuggerAttachment 0\n", identity, authority.Addr, print)
	for i, h := range relays {
		conf := line + fmt.Sprintf("DataDirectory %s/tor\nNickname relay%d\nAddress %s\nORPort %s:5000\nDirPort %s:7000\nSocksPort 0\nExitRelay 1\nExitPolicy accept *:*\nAssumeReachable 1\nContactInfo lab\n", l.Folder(h), i, h.Addr, h.Addr, h.Addr)
		if i == 0 {
			conf += "AuthoritativeDirectory 1\nV3AuthoritativeDirectory 1\nTestingV3AuthInitialVotingInterval 10\nTestingV3AuthInitialVoteDelay 2\nTestingV3AuthInitialDistDelay 2\nV3AuthVotingInterval 10\nV3AuthVoteDelay 2\nV3AuthDistDelay 2\n" +
				"TestingDirAuthVoteExit *\nTestingDirAuthVoteGuard *\nTestingDirAuthVoteHSDir *\nTestingMinExitFlagThreshold 0\nTestingAuthDirTimeToLearnReachability 0\n"
		}
		path, err := l.File(h, "torrc", conf)
		if err != nil {
			return err
		}
		if _, err := l.Start(h, "tor", "-f", path); err != nil {
			return err
		}
	}
	path, err := l.File(client, "torrc", line+fmt.Sprintf("DataDirectory %s/tor\nSocksPort 127.0.0.1:9050\n", l.Folder(client)))
	if err != nil {
		return err
	}
	p, err := l.Start(client, "tor", "-f", path)
	if err != nil {
		return err
	}
	if _, err := l.Expect(p, "Bootstrapped 100%"); err != nil {
		return err
	}
	return l.throughTor(client)
}

// throughTor has a client fetch from a server by way of its Tor.
func (l *Lab) throughTor(client *Host) error {
	web, err := l.Server("tor-web")
	if err != nil {
		return err
	}
	if _, err := l.Peer(web, "https", "listen="+web.Addr+":443"); err != nil {
		return err
	}
	_, err = l.Peer(client, "https", "dial="+web.Addr+":443", "socks=127.0.0.1:9050", "down=20000")
	return err
}

// torKeys makes an authority's keys, and returns its identity and the fingerprint of its relay.
func (l *Lab) torKeys(h *Host) (authority *Host, identity, print string, err error) {
	keys := l.Folder(h) + "/tor/keys"
	if err := os.MkdirAll(keys, 0o700); err != nil {
		return nil, "", "", err
	}
	if err := os.Chmod(l.Folder(h)+"/tor", 0o700); err != nil {
		return nil, "", "", err
	}
	c := exec.Command("tor-gencert", "--create-identity-key", "-m", "1", "-a", h.Addr+":7000", "--passphrase-fd", "0")
	c.Dir = keys
	c.Stdin = strings.NewReader("lab\n")
	if out, err := c.CombinedOutput(); err != nil {
		return nil, "", "", fmt.Errorf("tor-gencert: %w: %s", err, out)
	}
	data, err := os.ReadFile(keys + "/authority_certificate")
	if err != nil {
		return nil, "", "", err
	}
	_, rest, _ := strings.Cut(string(data), "\nfingerprint ")
	identity, _, _ = strings.Cut(rest, "\n")
	out, err := exec.Command("tor", "-f", "/dev/null", "--ignore-missing-torrc", "--DataDirectory", l.Folder(h)+"/tor", "--Nickname", "relay0", "--ORPort", "5000", "--DirAuthority", "x orport=5000 v3ident="+identity+" "+h.Addr+":7000 "+strings.Repeat("F", 40), "--list-fingerprint").Output()
	if err != nil {
		return nil, "", "", fmt.Errorf("tor --list-fingerprint: %w: %s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	_, print, _ = strings.Cut(lines[len(lines)-1], " ")
	return h, identity, strings.ReplaceAll(print, " ", ""), nil
}
