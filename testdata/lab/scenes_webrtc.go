package main

import (
	"strings"
)

var pionSoftware = []Software{mod("github.com/pion/webrtc/v4", "MIT"), mod("github.com/pion/ice/v4", "MIT"), mod("github.com/pion/turn/v4", "MIT")}

var webrtcScenes = []*Scene{
	{Name: "webrtc-direct", What: "pion: audio and a data channel, the far host in the open; ICE restart on the way", IPv6: true, Software: pionSoftware, Run: func(l *Lab) error {
		far, err := l.Far("webrtc-far")
		if err != nil {
			return err
		}
		return l.call(far, call{path: "direct", restart: true})
	}},
	{Name: "webrtc-nat", What: "pion: both sides behind NAT, addresses learnt from a STUN server", IPv6: true, Software: pionSoftware, Run: func(l *Lab) error {
		far, err := l.FarBehindNAT("webrtc-nat-far")
		if err != nil {
			return err
		}
		server, err := l.turn("stun", "pion")
		if err != nil {
			return err
		}
		return l.call(far, call{ice: "stun:" + server.At(3478), server: server, path: "NAT"})
	}},
	{Name: "webrtc-turn", What: "pion: the home side is reached through pion's TURN server only", Software: pionSoftware, Run: func(l *Lab) error {
		far, err := l.FarBehindNAT("webrtc-turn-far")
		if err != nil {
			return err
		}
		server, err := l.turn("turn", "pion")
		if err != nil {
			return err
		}
		return l.call(far, call{ice: "turn:" + server.At(3478) + "?transport=udp", relay: true, server: server, path: "relay"})
	}},
	{Name: "webrtc-coturn", What: "pion: both sides are reached through coturn only", Software: append([]Software{deb("coturn", "BSD-3-Clause")}, pionSoftware...),
		Needs: []string{"turnserver"}, Run: func(l *Lab) error {
			far, err := l.FarBehindNAT("webrtc-coturn-far")
			if err != nil {
				return err
			}
			server, err := l.turn("coturn", "coturn")
			if err != nil {
				return err
			}
			return l.call(far, call{ice: "turn:" + server.At(3478) + "?transport=udp", relay: true, farRelay: true, server: server, path: "relay"})
		}},
}

// call is how two peers meet.
type call struct {
	ice      string // URL of a STUN or TURN server
	relay    bool   // the home side uses relayed candidates only
	farRelay bool   // so does the far side
	restart  bool
	server   *Host
	path     string
}

// call has a home host call far.
func (l *Lab) call(far *Host, c call) error {
	home, err := l.Home(strings.TrimSuffix(far.Name, "-far"))
	if err != nil {
		return err
	}
	why := "pion WebRTC call of " + home.Name + " with " + far.Name
	switch {
	case c.relay:
		l.Is(Rule{Proto: "udp", Host: home, Far: c.server, FarPort: 3478, Label: positive, Family: "webrtc", Relayed: true, Path: c.path, Why: why + " through the TURN server"})
	case c.server != nil:
		l.Is(Rule{Proto: "udp", Host: home, Far: c.server, FarPort: 3478, Label: negative, Family: "stun-server", Path: "server", Why: "STUN Binding to learn the own address, for the " + why})
	}
	l.Is(Rule{Proto: "udp", Host: home, Far: far, Label: positive, Family: "webrtc", Path: c.path, Why: why})
	args := []string{"audio=1", "ice=" + c.ice}
	offer := append([]string{"offer=1"}, args...)
	if c.restart {
		offer = append(offer, "restart=8")
	}
	if c.relay {
		offer = append(offer, "relay=1")
	}
	if c.farRelay {
		args = append(args, "relay=1")
	}
	a, err := l.Peer(home, "webrtc", offer...)
	if err != nil {
		return err
	}
	b, err := l.Peer(far, "webrtc", args...)
	if err != nil {
		return err
	}
	return l.signal(a, b)
}

// signal carries descriptions between two peers, and returns when the call stands.
func (l *Lab) signal(a, b *Program) error {
	offer, err := l.Expect(a, "sdp ")
	if err != nil {
		return err
	}
	b.Tell("sdp " + offer)
	answer, err := l.Expect(b, "sdp ")
	if err != nil {
		return err
	}
	a.Tell("sdp " + answer)
	if _, err := l.Expect(a, "open"); err != nil {
		return err
	}
	carry := func(from, to *Program) {
		for line := range from.lines {
			if strings.HasPrefix(line, "sdp ") {
				to.Tell(line)
			}
		}
	}
	go carry(a, b)
	go carry(b, a)
	return nil
}

// turn starts a STUN and TURN server on a far host.
func (l *Lab) turn(name, kind string) (*Host, error) {
	h, err := l.Server(name)
	if err != nil {
		return nil, err
	}
	if kind == "coturn" {
		p, err := l.Start(h, "turnserver", "-n", "--listening-ip", h.Addr, "--relay-ip", h.Addr, "-u", "lab:lab", "-r", "lab", "--lt-cred-mech", "--no-tls", "--no-dtls", "--no-cli",
			"--log-file", "stdout", "--simple-log", "--userdb", l.Folder(h)+"/db", "--pidfile", l.Folder(h)+"/pid", "--allow-loopback-peers")
		if err != nil {
			return nil, err
		}
		_, err = l.Expect(p, "SQLite DB connection success")
		return h, err
	}
	p, err := l.Peer(h, "turn", "addr="+h.Addr)
	if err != nil {
		return nil, err
	}
	_, err = l.Expect(p, "ready")
	return h, err
}
