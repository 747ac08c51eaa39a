package main

import (
	"archive/zip"
	"crypto/rand"
	_ "embed"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

var sharingScenes = []*Scene{
	{Name: "syncthing-tcp", What: "syncthing: two devices over TCP", Software: []Software{deb("syncthing", "MPL-2.0")}, Needs: []string{"syncthing"}, Run: func(l *Lab) error { return l.syncthing("tcp") }},
	{Name: "syncthing-quic", What: "syncthing: two devices over QUIC", Software: []Software{deb("syncthing", "MPL-2.0")}, Needs: []string{"syncthing"}, Run: func(l *Lab) error { return l.syncthing("quic") }},
	{Name: "syncthing-relay", What: "syncthing: two devices through a relay", Software: []Software{deb("syncthing", "MPL-2.0"), deb("syncthing-relaysrv", "MPL-2.0")}, Needs: []string{"syncthing", "strelaysrv"},
		Run: func(l *Lab) error { return l.syncthing("relay") }},
	{Name: "tox", What: "c-toxcore: two friends and a bootstrap node, over UDP", Software: []Software{deb("libtoxcore-dev", "GPL-3.0")}, Needs: []string{"cc"}, Run: tox},
	{Name: "i2p", What: "i2pd: twenty-one routers of a network of their own", Software: []Software{deb("i2pd", "BSD-3-Clause")}, Needs: []string{"i2pd"}, Run: i2p},
}

// syncthing has a far device share a folder with a home one.
func (l *Lab) syncthing(way string) error {
	nodes, err := l.mesh("syncthing-"+way, 1, 22000)
	if err != nil {
		return err
	}
	address := func(h *Host) string { return way + "://" + h.Seen + ":22000" }
	listen := way + "://0.0.0.0:22000"
	if way == "relay" {
		uri, err := l.syncthingRelay(nodes[0])
		if err != nil {
			return err
		}
		listen, address = uri, func(*Host) string { return uri }
	} else {
		l.Is(Rule{Host: nodes[0], Far: nodes[1], Label: positive, Family: "file-sync-p2p", Path: "direct", Why: "syncthing: two devices over " + way + ", started here"})
	}
	devices, ids := "", make([]string, 2)
	for i, n := range nodes {
		home := l.Folder(n) + "/st"
		if out, err := exec.Command("syncthing", "generate", "--home="+home, "--no-default-folder", "--skip-port-probing").CombinedOutput(); err != nil {
			return fmt.Errorf("syncthing generate: %w: %s", err, out)
		}
		out, err := exec.Command("syncthing", "--home="+home, "--device-id").Output()
		if err != nil {
			return err
		}
		ids[i] = strings.TrimSpace(string(out))
		devices += fmt.Sprintf("<device id=%q name=%q compression=\"never\"><address>%s</address></device>\n", ids[i], n.Name, strings.ReplaceAll(address(n), "&", "&amp;"))
	}
	for i, n := range nodes {
		folder := l.Folder(n) + "/shared"
		if err := os.MkdirAll(folder+"/.stfolder", 0o755); err != nil {
			return err
		}
		if i == 1 {
			data := make([]byte, 3<<20)
			rand.Read(data)
			if err := os.WriteFile(folder+"/photo.raw", data, 0o644); err != nil {
				return err
			}
		}
		if _, err := l.File(n, "st/config.xml", fmt.Sprintf(`<configuration version="35"><folder id="lab" label="lab" path=%q type="sendreceive" rescanIntervalS="10" fsWatcherEnabled="false"><device id=%q/><device id=%q/></folder>
%s<gui enabled="false"/><options><listenAddress>%s</listenAddress><globalAnnounceEnabled>false</globalAnnounceEnabled><localAnnounceEnabled>false</localAnnounceEnabled><relaysEnabled>%t</relaysEnabled>
<startBrowser>false</startBrowser><natEnabled>false</natEnabled><urAccepted>-1</urAccepted><autoUpgradeIntervalH>0</autoUpgradeIntervalH><crashReportingEnabled>false</crashReportingEnabled>
<reconnectionIntervalS>5</reconnectionIntervalS><maxSendKbps>30</maxSendKbps><limitBandwidthInLan>true</limitBandwidthInLan><stunKeepaliveStartS>0</stunKeepaliveStartS></options></configuration>
`, folder, ids[0], ids[1], devices, strings.ReplaceAll(listen, "&", "&amp;"), way == "relay")); err != nil {
			return err
		}
		if _, err := l.Start(n, "syncthing", "--home="+l.Folder(n)+"/st", "--no-browser", "--no-restart", "--no-upgrade"); err != nil {
			return err
		}
	}
	return nil
}

// syncthingRelay starts a relay, says what a device's flows to it are, and returns its address.
func (l *Lab) syncthingRelay(device *Host) (string, error) {
	relay, err := l.Server("syncthing-relaysrv")
	if err != nil {
		return "", err
	}
	p, err := l.Start(relay, "sh", "-c", "exec strelaysrv -pools= -listen="+relay.Addr+":22067 -status-srv= -keys="+l.Folder(relay)+" 2>&1")
	if err != nil {
		return "", err
	}
	uri, err := l.Expect(p, "URI: ")
	if err != nil {
		return "", err
	}
	uri, _, _ = strings.Cut(uri, "&")
	l.Is(Rule{Proto: "tcp", Host: device, Far: relay, FarPort: 22067, Least: 100_000, Label: positive, Family: "file-sync-p2p", Relayed: true, Path: "relay", Why: "syncthing: two devices through a relay, started here"},
		Rule{Proto: "tcp", Host: device, Far: relay, FarPort: 22067, Label: unsure, Family: "file-sync-p2p", Relayed: true, Path: "relay", Why: "syncthing: a device is with a relay, no data on this connection"})
	return uri, nil
}

//go:embed tox/peer.c
var toxSource string

// tox has two friends meet by way of a far node, which is their TCP relay as well.
func tox(l *Lab) error {
	nodes, err := l.mesh("tox", 1, 33445)
	if err != nil {
		return err
	}
	boot, err := l.Far("tox-boot")
	if err != nil {
		return err
	}
	l.Is(Rule{Host: nodes[0], Far: l.gateway, Label: unsure, Family: "tox", Path: "none", Why: "a client that tries its own public address, told by another peer"})
	l.Is(Rule{Proto: "udp", Host: nodes[0], Label: positive, Family: "tox", Path: "direct", Why: "c-toxcore: friends and a node of the DHT, started here"})
	l.Is(Rule{Proto: "tcp", Host: nodes[0], Far: boot, FarPort: 33445, Label: positive, Family: "tox", Relayed: true, Path: "relay", Why: "c-toxcore: the TCP relay of a node, which passes on to the friend"})
	source, err := l.File(boot, "tox_peer.c", toxSource)
	if err != nil {
		return err
	}
	program := strings.TrimSuffix(source, ".c")
	if out, err := exec.Command("cc", "-O1", "-o", program, source, "-ltoxcore").CombinedOutput(); err != nil {
		return fmt.Errorf("cc: %w: %s", err, out)
	}
	p, err := l.Start(boot, program, "1", "33445", "33445", "-", "0", "-")
	if err != nil {
		return err
	}
	id, err := l.Expect(p, "id ")
	if err != nil {
		return err
	}
	dht, _, _ := strings.Cut(id, " ")
	var friends [2]*Program
	var keys [2]string
	for i, n := range nodes {
		if friends[i], err = l.Start(n, program, "1", "33445", "0", boot.Addr, "33445", dht); err != nil {
			return err
		}
		if id, err = l.Expect(friends[i], "id "); err != nil {
			return err
		}
		_, keys[i], _ = strings.Cut(id, " ")
	}
	friends[0].Tell(keys[1])
	friends[1].Tell(keys[0])
	_, err = l.Expect(friends[0], "friend ")
	return err
}

// routerPort draws a port as a router does when it starts for the first time (I2P's ports, 9111 to 30777).
func routerPort() int { return 9111 + mathrand.IntN(30777-9111+1) }

// router is an I2P router to be.
type router struct {
	*Host
	port int
}

// arguments writes a router's settings to a file of that name and returns how to start it with them.
func (r router) arguments(l *Lab, conf, more string) ([]string, error) {
	path, err := l.File(r.Host, conf, fmt.Sprintf("log = stdout\nloglevel = warn\nipv4 = true\nipv6 = false\nnat = false\nhost = %s\nport = %d\naddress4 = %s\nnetid = 99\nreservedrange = false\nfloodfill = %t\nbandwidth = X\n"+
		"[nettime]\nenabled = false\n[http]\nenabled = false\n[httpproxy]\nenabled = false\n[socksproxy]\nenabled = false\n[sam]\nenabled = false\n[addressbook]\nenabled = false\n"+
		"[ntcp2]\nenabled = true\npublished = true\n[ssu2]\nenabled = true\npublished = true\n[exploratory]\ninbound.length = 1\noutbound.length = 1\n[reseed]\nverify = false\nurls =\nyggurls =\n%s",
		r.Seen, r.port, r.Addr, !r.Home, more))
	return []string{"i2pd", "--datadir=" + l.Folder(r.Host) + "/i2p", "--conf=" + path, "--tunconf=/dev/null", "--tunnelsdir=/nonexistent"}, err
}

// describe starts a router for as long as it needs to write who it is, and returns that.
func (r router) describe(l *Lab) ([]byte, error) {
	if err := os.MkdirAll(l.Folder(r.Host)+"/i2p", 0o755); err != nil {
		return nil, err
	}
	args, err := r.arguments(l, "first.conf", "")
	if err != nil {
		return nil, err
	}
	p, err := l.Start(r.Host, args...)
	if err != nil {
		return nil, err
	}
	info := l.Folder(r.Host) + "/i2p/router.info"
	for range 50 {
		time.Sleep(100 * time.Millisecond)
		if data, err := os.ReadFile(info); err == nil && len(data) > 0 {
			break
		}
	}
	p.stop()
	data, err := os.ReadFile(info)
	if err != nil {
		return nil, fmt.Errorf("%w; its log:\n%s", err, tail(p.log))
	}
	return data, nil
}

// i2p starts routers that know each other from the beginning, instead of asking a reseed server.
func i2p(l *Lab) error {
	port := routerPort()
	nodes, err := l.mesh("i2p", 20, port)
	if err != nil {
		return err
	}
	l.Is(Rule{Host: nodes[0], Label: positive, Family: "i2p", Path: "direct", Why: "i2pd: routers of a network of their own, all started here"})
	routers := []router{{nodes[0], port}}
	for _, n := range nodes[1:] {
		routers = append(routers, router{n, routerPort()})
	}
	book := filepath.Join(l.dir, "routers.zip")
	f, err := os.Create(book)
	if err != nil {
		return err
	}
	defer f.Close()
	z := zip.NewWriter(f)
	for _, r := range routers {
		data, err := r.describe(l)
		if err != nil {
			return err
		}
		w, err := z.Create("routerInfo-" + r.Name + ".dat")
		if err != nil {
			return err
		}
		if _, err := w.Write(data); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	for _, r := range routers {
		args, err := r.arguments(l, "i2pd.conf", "zipfile = "+book+"\nthreshold = 25\n")
		if err != nil {
			return err
		}
		if _, err := l.Start(r.Host, args...); err != nil {
			return err
		}
	}
	return nil
}
