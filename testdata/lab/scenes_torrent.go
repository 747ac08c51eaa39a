package main

import (
	"fmt"
	"os"
	"path/filepath"
)

var (
	transmissionSoftware = deb("transmission-daemon", "GPL-2.0 or GPL-3.0")
	ariaSoftware         = deb("aria2", "GPL-2.0-or-later with OpenSSL exception")
)

// The swarms have forced encryption (MSE/PE); the tracker speaks HTTP in clear.
var torrentScenes = []*Scene{
	{Name: "bittorrent-tcp", What: "transmission: forced encryption over TCP, no DHT", IPv6: true, Software: []Software{transmissionSoftware}, Needs: []string{"transmission-daemon"},
		Run: func(l *Lab) error { return l.swarm(swarm{name: "bt-tcp"}) }},
	{Name: "bittorrent-tcp-dht", What: "aria2 and transmission: forced encryption over TCP, with DHT", Software: []Software{transmissionSoftware, ariaSoftware}, Needs: []string{"transmission-daemon", "aria2c"},
		Run: func(l *Lab) error { return l.swarm(swarm{name: "bt-dht", dht: true, aria: true}) }},
	{Name: "bittorrent-utp", What: "transmission: forced encryption over uTP, no DHT", Software: []Software{transmissionSoftware}, Needs: []string{"transmission-daemon"},
		Run: func(l *Lab) error { return l.swarm(swarm{name: "bt-utp", utp: true}) }},
	{Name: "bittorrent-utp-dht", What: "transmission: forced encryption over uTP, with DHT", Software: []Software{transmissionSoftware}, Needs: []string{"transmission-daemon"},
		Run: func(l *Lab) error { return l.swarm(swarm{name: "bt-utp-dht", utp: true, dht: true}) }},
}

type swarm struct {
	name           string
	utp, dht, aria bool
}

const torrentPort = 51413

// swarm has a client at home and three far ones share a file, of which two have it.
func (l *Lab) swarm(s swarm) error {
	home, err := l.Home(s.name + "-home")
	if err != nil {
		return err
	}
	for _, proto := range []string{"tcp", "udp"} {
		if err := l.Forward(home, proto, torrentPort); err != nil {
			return err
		}
	}
	tracker, err := l.Server(s.name + "-tracker")
	if err != nil {
		return err
	}
	l.torrentRules(home, tracker, s.utp)
	t, err := l.Peer(tracker, "tracker", "listen="+tracker.At(6969))
	if err != nil {
		return err
	}
	if _, err := l.Expect(t, "ready"); err != nil {
		return err
	}
	meta, data := torrent(s.name+".bin", "http://tracker.lab.example:6969/announce", 6<<20)
	if err := l.Name(home, "tracker.lab.example", tracker.Addr); err != nil {
		return err
	}
	boot := ""
	for i := range 3 {
		h, err := l.Far(fmt.Sprintf("%s-far%d", s.name, i+1))
		if err != nil {
			return err
		}
		if err := l.Name(h, "tracker.lab.example", tracker.Addr); err != nil {
			return err
		}
		seed := data
		if i == 2 {
			seed = nil // it wants the data as the home host does
		}
		if err := l.transmission(h, s, meta, seed, boot); err != nil {
			return err
		}
		if boot == "" {
			boot = h.Addr
		}
	}
	if s.aria {
		return l.aria(home, s, meta, boot)
	}
	return l.transmission(home, s, meta, nil, boot)
}

// torrentRules says what the flows of a home client are.
func (l *Lab) torrentRules(home, tracker *Host, utp bool) {
	l.Is(Rule{Proto: "tcp", Host: home, Far: tracker, FarPort: 6969, Label: negative, Family: "p2p-plain", Path: "server", Why: "HTTP tracker, in clear"})
	l.Is(Rule{Host: home, Far: l.gateway, Label: unsure, Family: "bittorrent-mse", Path: "none", Why: "a client that tries its own public address, told by another peer"})
	l.Is(Rule{Proto: "tcp", Host: home, Label: positive, Family: "bittorrent-mse", Path: "direct", Why: "peers of a swarm that require encryption, started here"})
	if utp {
		l.Is(Rule{Proto: "udp", Host: home, Label: positive, Family: "bittorrent-utp", Path: "direct", Why: "peers of a swarm that require encryption, over uTP, started here"})
	} else {
		l.Is(Rule{Proto: "udp", Host: home, Label: negative, Family: "p2p-plain", Path: "direct", Why: "DHT in clear, between peers started here"})
	}
}

// transmission starts a client that has the data, or wants it.
func (l *Lab) transmission(h *Host, s swarm, meta string, data []byte, boot string) error {
	folder := l.Folder(h)
	settings := fmt.Sprintf(`{"encryption": 2, "dht-enabled": %t, "utp-enabled": %t, "lpd-enabled": false, "pex-enabled": true, "port-forwarding-enabled": false, "peer-port": %d,
"peer-port-random-on-start": false, "rpc-port": 9091, "rpc-whitelist-enabled": false, "%s": "%s", "watch-dir": "%s/watch", "watch-dir-enabled": true,
"download-dir": "%s/data", "incomplete-dir-enabled": false, "speed-limit-up": 25, "speed-limit-up-enabled": true, "peer-limit-global": 20, "start-added-torrents": true, "message-level": 2}`,
		s.dht, s.utp, torrentPort, map[bool]string{false: "bind-address-ipv4", true: "bind-address-ipv6"}[l.ipv6], h.Addr, folder, folder)
	for _, d := range []string{"watch", "data"} {
		if err := os.MkdirAll(filepath.Join(folder, d), 0o755); err != nil {
			return err
		}
	}
	files := map[string]string{"config/settings.json": settings, "watch/lab.torrent": meta}
	if data != nil {
		files["data/"+s.name+".bin"] = string(data)
	}
	if boot != "" && s.dht {
		files["config/dht.bootstrap"] = fmt.Sprintf("%s %d\n", boot, torrentPort)
	}
	for name, text := range files {
		if _, err := l.File(h, name, text); err != nil {
			return err
		}
	}
	_, err := l.Start(h, "transmission-daemon", "-f", "-g", folder+"/config")
	return err
}

func (l *Lab) aria(h *Host, s swarm, meta, boot string) error {
	path, err := l.File(h, "lab.torrent", meta)
	if err != nil {
		return err
	}
	args := []string{"aria2c", "--no-conf", "--bt-require-crypto=true", "--bt-min-crypto-level=arc4", "--bt-enable-lpd=false", "--disable-ipv6=true", "--seed-ratio=0.0", "--max-upload-limit=40K",
		"--max-overall-download-limit=60K", fmt.Sprint("--listen-port=", torrentPort), fmt.Sprint("--dht-listen-port=", torrentPort), fmt.Sprintf("--enable-dht=%t", s.dht), "--dir=" + l.Folder(h)}
	if s.dht {
		args = append(args, fmt.Sprintf("--dht-entry-point=%s:%d", boot, torrentPort))
	}
	_, err = l.Start(h, append(args, path)...)
	return err
}
