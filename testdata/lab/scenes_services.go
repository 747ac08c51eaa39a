package main

import "fmt"

// goNet is Go's own library, which has no module's version.
var goNet = Software{Name: "Go standard library", Version: "as the lab was built", From: "Go", Licence: "BSD-3-Clause"}

// The scenes of this file have no peer: whatever is called peer-to-peer here is called so wrongly.
var serviceScenes = []*Scene{
	{Name: "dns", What: "miekg/dns: questions over UDP (no peer)", Software: []Software{mod("github.com/miekg/dns", "BSD-3-Clause")}, Run: service("dns", "udp", 53, "dns")},
	{Name: "dot", What: "miekg/dns: questions over TLS (no peer)", Software: []Software{mod("github.com/miekg/dns", "BSD-3-Clause")}, Run: service("dns", "tcp", 853, "dot", "tls=1")},
	{Name: "https", What: "HTTP over TLS, down and up (no peer)", Software: []Software{goNet}, Run: service("https", "tcp", 443, "tls-client-server")},
	{Name: "backup", What: "uploads over TLS, as of a backup to a cloud (no peer)", Software: []Software{goNet}, Run: service("https", "tcp", 443, "tls-client-server", "down=200", "up=60000")},
	{Name: "http3", What: "quic-go: HTTP/3 (no peer)", Software: []Software{mod("github.com/quic-go/quic-go", "MIT")}, Run: service("http3", "udp", 443, "quic")},
	{Name: "quic-file", What: "quic-go: a file over one stream, on a high port (no peer)", Software: []Software{mod("github.com/quic-go/quic-go", "MIT")}, Run: service("quic", "udp", 8443, "quic")},
	{Name: "dtls", What: "pion/dtls: a client and a server (no peer)", Software: []Software{mod("github.com/pion/dtls/v3", "MIT")}, Run: service("dtls", "udp", 5684, "dtls-client-server")},
	{Name: "kcp", What: "kcp-go in clear (no peer)", Software: []Software{mod("github.com/xtaci/kcp-go/v5", "MIT")}, Run: service("kcp", "udp", 29900, "game")},
	{Name: "ntp", What: "the time (no peer)", Software: []Software{goNet}, Run: service("ntp", "udp", 123, "ntp")},
	{Name: "rtp-clear", What: "pion/rtp: a voice in clear (no encryption)", Software: []Software{mod("github.com/pion/rtp", "MIT")}, Run: rtpClear},
	{Name: "scan", What: "a scanner of ports (no peer)", Software: []Software{goNet}, Run: scan},
}

// service is a scene of one server on a far host and one client of it at home.
func service(peer, proto string, port int, family string, settings ...string) func(*Lab) error {
	return func(l *Lab) error {
		home, err := l.Home(fmt.Sprint(family, "-client-", port))
		if err != nil {
			return err
		}
		far, err := l.Server(fmt.Sprint(family, "-server-", port))
		if err != nil {
			return err
		}
		l.Is(Rule{Proto: proto, Host: home, Far: far, FarPort: port, Label: negative, Family: family, Path: "server", Why: "a client of a server of " + peer + ", both started here"})
		addr := fmt.Sprintf("%s:%d", far.Addr, port)
		s, err := l.Peer(far, peer, append([]string{"listen=" + addr}, settings...)...)
		if err != nil {
			return err
		}
		if _, err := l.Expect(s, "ready"); err != nil {
			return err
		}
		_, err = l.Peer(home, peer, append([]string{"dial=" + addr}, settings...)...)
		return err
	}
}

func rtpClear(l *Lab) error {
	home, err := l.Home("rtp-home")
	if err != nil {
		return err
	}
	far, err := l.Far("rtp-far")
	if err != nil {
		return err
	}
	if err := l.Forward(home, "udp", 40000); err != nil {
		return err
	}
	l.Is(Rule{Proto: "udp", Host: home, Far: far, Label: negative, Family: "voip-plain", Path: "direct", Why: "RTP in clear between two programs started here"})
	if _, err := l.Peer(home, "rtp", "listen="+home.Addr+":40000", "dial="+far.Addr+":40002"); err != nil {
		return err
	}
	_, err = l.Peer(far, "rtp", "listen="+far.Addr+":40002", "dial="+home.Seen+":40000")
	return err
}

func scan(l *Lab) error {
	home, err := l.Home("scanner")
	if err != nil {
		return err
	}
	l.Is(Rule{Host: home, Label: negative, Family: "scan", Why: "a scanner of ports, started here"})
	first := 0
	for i := range 3 {
		h, err := l.Far(fmt.Sprintf("scanned%d", i+1))
		if err != nil {
			return err
		}
		if first == 0 {
			fmt.Sscanf(h.Addr, "198.18.%d.", &first)
		}
	}
	_, err = l.Peer(home, "scan", fmt.Sprint("first=", first), "far=3")
	return err
}
