package classify

import "testing"

func TestDTLS(t *testing.T) {
	media, other := clientHello(true), clientHello(false)
	changed := func(p []byte, at int, v byte) []byte {
		p = joined(p)
		p[at] = v
		return p
	}
	encrypted := joined([]byte{23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 1, 0, 40}, noiseOf(1, 40))
	unified := joined([]byte{0x2e, 9, 1, 0, 60}, noiseOf(2, 60))
	identified := joined([]byte{0x19, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 1}, noiseOf(3, 50))
	checkSheet(t, dtls, []sheetRow{
		{name: "hello that keys SRTP", turns: []turn{{dir: 0, payload: media}}, want: []string{"dtls.handshake", "dtls.use_srtp"}, least: 77},
		{name: "hello of another kind", turns: []turn{{dir: 0, payload: other}}, want: []string{"dtls.handshake"}, least: 13},
		{name: "the extension numbered 15", turns: []turn{{dir: 0, payload: changed(media, len(media)-8, 15)}}, want: []string{"dtls.handshake"}},
		{name: "a later fragment is not walked", turns: []turn{{dir: 0, payload: changed(media, 21, 1)}}, want: []string{"dtls.handshake"}},
		{name: "a ServerHello", turns: []turn{{dir: 1, payload: changed(media, 13, 2)}}, want: []string{"dtls.handshake"}},
		{name: "DTLS 1.0", turns: []turn{{dir: 0, payload: changed(other, 2, 0xff)}}, want: []string{"dtls.handshake"}},
		{name: "OpenSSL's old version", turns: []turn{{dir: 0, payload: changed(changed(other, 1, 1), 2, 0)}}, want: []string{"dtls.handshake"}},
		{name: "version fe fb", turns: []turn{{dir: 0, payload: changed(other, 2, 0xfb)}}},
		{name: "TLS", turns: []turn{{dir: 0, payload: changed(changed(other, 1, 3), 2, 3)}}},
		{name: "length behind the end", turns: []turn{{dir: 0, payload: changed(other, 12, 0xff)}}},
		{name: "type 27", turns: []turn{{dir: 0, payload: changed(other, 0, 27)}}},
		{name: "encrypted record", turns: []turn{{dir: 0, payload: encrypted}}, want: []string{"dtls.record"}},
		{name: "record with a connection id", turns: []turn{{dir: 0, payload: identified}}, want: []string{"dtls.record"}, least: 13},
		{name: "connection id in epoch 0", turns: []turn{{dir: 0, payload: changed(identified, 4, 0)}}},
		{name: "unified header behind a handshake", turns: []turn{{dir: 0, payload: other}, {dir: 1, payload: unified}}, want: []string{"dtls.handshake", "dtls.record"}, least: 1},
		{name: "unified header alone", turns: []turn{{dir: 1, payload: unified}}},
	})
}
