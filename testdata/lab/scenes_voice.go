package main

import (
	"errors"
	"fmt"
	"os"
	"time"
)

var baresipSoftware = []Software{deb("baresip-core", "BSD-3-Clause")}

// Calls by SIP between two telephones without a provider: the signalling goes from one to the other.
var voiceScenes = []*Scene{
	{Name: "sip-srtp", What: "baresip: a call with SRTP keyed in SDP, signalling over TLS, its address from STUN", Software: append(baresipSoftware, pionSoftware...), Needs: []string{"baresip", "openssl"},
		Run: func(l *Lab) error { return l.sip("sip-srtp", "mediaenc=srtp-mand;medianat=stun") }},
	{Name: "sip-dtls", What: "baresip: a call with SRTP keyed by DTLS, over paths of ICE, signalling over TLS", Software: append(baresipSoftware, pionSoftware...), Needs: []string{"baresip", "openssl"},
		Run: func(l *Lab) error { return l.sip("sip-dtls", "mediaenc=dtls_srtp;medianat=ice") }},
	{Name: "mumble", What: "murmurd: two clients of a server talk (no peer)", Software: []Software{deb("mumble-server", "BSD-3-Clause"), goNet}, Needs: []string{"murmurd"}, Run: mumble},
}

// sip has a telephone at home call a far one.
func (l *Lab) sip(name, media string) error {
	home, err := l.Home(name + "-home")
	if err != nil {
		return err
	}
	far, err := l.Far(name + "-far")
	if err != nil {
		return err
	}
	stun, err := l.turn(name+"-stun", "pion")
	if err != nil {
		return err
	}
	l.Is(Rule{Proto: "tcp", Host: home, Far: far, FarPort: 5061, Label: negative, Family: "tls-client-server", Path: "direct", Why: "SIP over TLS, of a call between two telephones"},
		Rule{Proto: "udp", Host: home, Far: stun, FarPort: 3478, Label: negative, Family: "stun-server", Path: "server", Why: "STUN Binding to learn the own address, for a call of two telephones"},
		Rule{Proto: "udp", Host: home, Far: far, Label: positive, Family: "voip-sip", Path: "NAT", Why: "SRTP of a call between two telephones, both started here"})
	if _, err := l.telephone(far, media, stun, "callee", "answermode=auto"); err != nil {
		return err
	}
	p, err := l.telephone(home, media, stun, "caller", "answermode=manual", "-e", "/dial sip:callee@"+far.At(5061)+";transport=tls")
	if err != nil {
		return err
	}
	_, err = l.Expect(p, "Call established")
	return err
}

// telephone starts baresip with a tone for a microphone and nothing for an ear.
func (l *Lab) telephone(h *Host, media string, stun *Host, name, more string, args ...string) (*Program, error) {
	folder := l.Folder(h)
	if err := l.Run(h, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "cert.pem", "-out", "cert.crt", "-days", "30", "-subj", "/CN="+h.Name); err != nil {
		return nil, err
	}
	if err := l.Run(h, "sh", "-c", "cat cert.crt >> cert.pem"); err != nil {
		return nil, err
	}
	config := "module_path /usr/lib/baresip/modules\nsip_listen 0.0.0.0:5060\nsip_certificate " + folder + "/cert.pem\naudio_player aubridge,nil\naudio_source ausine,440\naudio_alert aubridge,nil\naudio_srate 48000\naudio_channels 2\n" +
		"net_interface eth0\nrtp_ports 10000-10100\ncall_local_timeout 60\n" +
		"module opus.so\nmodule ausine.so\nmodule aubridge.so\nmodule stdio.so\nmodule stun.so\nmodule ice.so\nmodule srtp.so\nmodule dtls_srtp.so\nmodule_app account.so\nmodule_app menu.so\n"
	account := fmt.Sprintf("<sip:%s@%s;transport=tls>;regint=0;%s;%s;stunserver=stun:%s:3478;audio_codecs=opus/48000/2\n", name, h.Addr, media, more, stun.Addr)
	if _, err := l.File(h, "baresip/config", config); err != nil {
		return nil, err
	}
	if _, err := l.File(h, "baresip/accounts", account); err != nil {
		return nil, err
	}
	if _, err := l.File(h, "baresip/contacts", ""); err != nil {
		return nil, err
	}
	return l.Start(h, append([]string{"baresip", "-f", folder + "/baresip"}, args...)...)
}

// mumble has a client at home and a far one talk through a server, which knows what they say.
func mumble(l *Lab) error {
	home, err := l.Home("mumble-home")
	if err != nil {
		return err
	}
	far, err := l.FarBehindNAT("mumble-far")
	if err != nil {
		return err
	}
	server, err := l.Server("mumble-server")
	if err != nil {
		return err
	}
	const port = 64738
	l.Is(Rule{Proto: "tcp", Host: home, Far: server, FarPort: port, Label: negative, Family: "tls-client-server", Path: "server", Why: "Mumble: control of a client with its server, over TLS"},
		Rule{Proto: "udp", Host: home, Far: server, FarPort: port, Label: negative, Family: "voip-server", Path: "server", Why: "Mumble: voice of a client to its server, which mixes nothing but opens it"})
	folder := l.Folder(server) + "/database"
	if err := errors.Join(os.MkdirAll(folder, 0o777), os.Chmod(folder, 0o777)); err != nil { // the server gives up root
		return err
	}
	conf, err := l.File(server, "murmur.ini", fmt.Sprintf("database=%[1]s/murmur.sqlite\nlogfile=\nhost=%[2]s\nport=%[3]d\nbonjour=False\nusers=10\nbandwidth=130000\nuname=\n", folder, server.Addr, port))
	if err != nil {
		return err
	}
	if _, err := l.Start(server, "murmurd", "-fg", "-ini", conf); err != nil {
		return err
	}
	l.Sleep(2 * time.Second)
	if _, err := l.Peer(far, "mumble", "dial="+server.At(port), "name=far"); err != nil {
		return err
	}
	p, err := l.Peer(home, "mumble", "dial="+server.At(port), "name=home")
	if err != nil {
		return err
	}
	_, err = l.Expect(p, "heard")
	return err
}
