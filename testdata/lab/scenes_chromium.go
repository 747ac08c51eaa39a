package main

import (
	"net/url"
	"strings"
)

var chromiumSoftware = []Software{deb("chromium", "BSD-3-Clause and others"), goNet}

// Two browsers call each other: audio and video of Chromium's fake devices, and a data channel. The
// page and its signalling come from a server, over TLS.
var chromiumScenes = []*Scene{
	{Name: "chromium-direct", What: "Chromium: a page's call, the far host in the open", IPv6: true, Software: chromiumSoftware, Needs: []string{"chromium"},
		Run: func(l *Lab) error { return l.browsers("chromium-direct", "", "direct") }},
	{Name: "chromium-nat", What: "Chromium: a page's call, both sides behind NAT, addresses learnt from pion's STUN server", Software: append(chromiumSoftware, pionSoftware...), Needs: []string{"chromium"},
		Run: func(l *Lab) error { return l.browsers("chromium-nat", "pion", "NAT") }},
	{Name: "chromium-turn", What: "Chromium: a page's call, the home side reached through pion's TURN server only", Software: append(chromiumSoftware, pionSoftware...), Needs: []string{"chromium"},
		Run: func(l *Lab) error { return l.browsers("chromium-turn", "pion", "relay") }},
	{Name: "chromium-coturn", What: "Chromium: a page's call, both sides reached through coturn only", Software: append(chromiumSoftware, deb("coturn", "BSD-3-Clause")), Needs: []string{"chromium", "turnserver"},
		Run: func(l *Lab) error { return l.browsers("chromium-coturn", "coturn", "relay") }},
}

// browsers has a browser at home call a far one. kind is that of the STUN and TURN server, if any.
func (l *Lab) browsers(name, kind, path string) error {
	home, err := l.Home(name)
	if err != nil {
		return err
	}
	farHost := l.FarBehindNAT
	if path == "direct" {
		farHost = l.Far
	}
	far, err := farHost(name + "-far")
	if err != nil {
		return err
	}
	meeting, err := l.Server(name + "-page")
	if err != nil {
		return err
	}
	l.Is(Rule{Proto: "tcp", Host: home, Far: meeting, FarPort: 443, Label: negative, Family: "tls-client-server", Path: "server", Why: "the page of the call and its signalling, over TLS"})
	query, err := l.candidates(home, name, kind, path)
	if err != nil {
		return err
	}
	l.Is(Rule{Proto: "udp", Host: home, Far: far, Label: positive, Family: "webrtc", Path: path, Why: "a call of two browsers, both started here"})
	page, err := l.Peer(meeting, "meeting", "listen="+meeting.At(443))
	if err != nil {
		return err
	}
	if _, err := l.Expect(page, "ready"); err != nil {
		return err
	}
	query.Set("side", "answer")
	if kind == "coturn" {
		query.Set("relay", "1")
	}
	if err := l.browser(far, "https://"+meeting.At(443)+"/?"+query.Encode()); err != nil {
		return err
	}
	query.Set("side", "offer")
	if path == "relay" {
		query.Set("relay", "1")
	}
	if err := l.browser(home, "https://"+meeting.At(443)+"/?"+query.Encode()); err != nil {
		return err
	}
	_, err = l.Expect(page, `state offer "connected"`)
	return err
}

// candidates starts the server from which browsers have addresses, if any, and returns what the page has to
// know of it.
func (l *Lab) candidates(home *Host, name, kind, path string) (url.Values, error) {
	query := url.Values{}
	if kind == "" {
		return query, nil
	}
	server, err := l.turn(name+"-ice", kind)
	if err != nil {
		return nil, err
	}
	if path == "NAT" {
		query.Set("ice", "stun:"+server.At(3478))
		l.Is(Rule{Proto: "udp", Host: home, Far: server, FarPort: 3478, Label: negative, Family: "stun-server", Path: "server", Why: "STUN Binding to learn the own address, for a call of two browsers"})
		return query, nil
	}
	query.Set("ice", "turn:"+server.At(3478)+"?transport=udp")
	through := Rule{Proto: "udp", Host: home, Far: server, FarPort: 3478, Least: 20000, Label: positive, Family: "webrtc", Relayed: true, Path: path, Why: "a call of two browsers through the TURN server"}
	spare := through // of the ports that a browser opens for tracks, the call uses one
	spare.Least, spare.Label, spare.Why = 0, unsure, "an allocation at the TURN server that the call of two browsers did not use"
	l.Is(through, spare)
	return query, nil
}

// browser opens a page in Chromium without a window. What Chromium asks of its maker is switched off;
// candidates show addresses, as they do when a page may use the microphone.
func (l *Lab) browser(h *Host, page string) error {
	off := []string{"WebRtcHideLocalIpsWithMdns", "MediaRouter", "DialMediaRouteProvider", "OptimizationHints", "Translate"}
	_, err := l.Start(h, "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--user-data-dir="+l.Folder(h)+"/profile",
		"--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--ignore-certificate-errors", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--disable-features="+strings.Join(off, ","), page)
	return err
}
