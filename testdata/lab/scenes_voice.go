package main

import (
	"fmt"
)

var baresipSoftware = []Software{deb("baresip-core", "BSD-3-Clause")}

// Calls by SIP between two telephones without a provider: the signalling goes from one to the other.
var voiceScenes = []*Scene{
	{Name: "sip-srtp", What: "baresip: a call with SRTP keyed in SDP, signalling over TLS, its address from STUN", Software: append(baresipSoftware, pionSoftware...), Needs: []string{"baresip", "openssl"},
		Run: func(l *Lab) error { return l.sip("sip-srtp", "tls", "mediaenc=srtp-mand;medianat=stun") }},
	{Name: "sip-dtls", What: "baresip: a call with SRTP keyed by DTLS, over paths of ICE, signalling in clear", Software: append(baresipSoftware, pionSoftware...), Needs: []string{"baresip", "openssl"},
		Run: func(l *Lab) error { return l.sip("sip-dtls", "udp", "mediaenc=dtls_srtp;medianat=ice") }},
}

// sip has a telephone at home call a far one.
func (l *Lab) sip(name, transport, media string) error {
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
	signalling := Rule{Proto: "udp", Host: home, Far: far, FarPort: 5060, Label: negative, Family: "voip-plain", Path: "direct", Why: "SIP in clear, of a call between two telephones"}
	if transport == "tls" {
		signalling.Proto, signalling.FarPort, signalling.Family, signalling.Why = "tcp", 5061, "tls-client-server", "SIP over TLS, of a call between two telephones"
	}
	l.Is(signalling,
		Rule{Proto: "udp", Host: home, Far: stun, FarPort: 3478, Label: negative, Family: "stun-server", Path: "server", Why: "STUN Binding to learn the own address, for a call of two telephones"},
		Rule{Proto: "udp", Host: home, Far: far, Label: positive, Family: "voip-sip", Path: "NAT", Why: "SRTP of a call between two telephones, both started here"})
	if _, err := l.telephone(far, transport, media, stun, "callee", "answermode=auto"); err != nil {
		return err
	}
	p, err := l.telephone(home, transport, media, stun, "caller", "answermode=manual", "-e", fmt.Sprintf("/dial sip:callee@%s:%d;transport=%s", far.Addr, signalling.FarPort, transport))
	if err != nil {
		return err
	}
	_, err = l.Expect(p, "Call established")
	return err
}

// telephone starts baresip with a tone for a microphone and nothing for an ear.
func (l *Lab) telephone(h *Host, transport, media string, stun *Host, name, more string, args ...string) (*Program, error) {
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
	account := fmt.Sprintf("<sip:%s@%s;transport=%s>;regint=0;%s;%s;stunserver=stun:%s:3478;audio_codecs=opus/48000/2\n", name, h.Addr, transport, media, more, stun.Addr)
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
