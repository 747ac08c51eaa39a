package classify

import "testing"

func TestLibp2p(t *testing.T) {
	hello, noiseName, tlsName := string(multistream), "\x07/noise\n", "\x0b/tls/1.0.0\n"
	plain := string(libp2pPlain)
	miss := []byte(hello)
	miss[19] = ' '
	checkSheet(t, libp2p, []sheetRow{
		{name: "hello", turns: []turn{{payload: []byte(hello)}}, want: []string{"libp2p.multistream"}, least: 20},
		{name: "hello and proposal", turns: []turn{{payload: []byte(hello + noiseName)}}, want: []string{"libp2p.multistream", "libp2p.secured"}, least: 28},
		{name: "tls agreed", turns: []turn{{payload: []byte(hello + tlsName)}, {dir: 1, payload: []byte(hello + tlsName)}},
			want: []string{"libp2p.multistream", "libp2p.secured"}, least: 32},
		{name: "line by line", turns: []turn{{payload: []byte(hello)}, {dir: 1, payload: []byte(hello)}, {payload: []byte(noiseName)}},
			want: []string{"libp2p.multistream", "libp2p.secured"}, least: 8},
		{name: "refused, then the next", turns: []turn{{payload: []byte(hello + tlsName)}, {dir: 1, payload: []byte(hello + "\x03na\n")}, {payload: []byte(noiseName)}},
			want: []string{"libp2p.multistream", "libp2p.secured"}},
		{name: "plaintext", turns: []turn{{payload: []byte(hello + plain)}}, want: []string{"libp2p.multistream", "libp2p.plaintext"}, least: 38},
		{name: "one octet off", turns: []turn{{payload: miss}}},
		{name: "proposal without hello", turns: []turn{{payload: []byte(noiseName)}}},
		{name: "BitTorrent", turns: []turn{{payload: []byte("\x13BitTorrent protocol\x00\x00\x00\x00\x00\x00\x00\x00")}}},
	})
}

func TestLibp2pVerdict(t *testing.T) {
	k := newTalk(6, [2]uint16{51000, 4001})
	k.say(0, []byte(string(multistream)+"\x07/noise\n"))
	k.say(1, []byte(string(multistream)+"\x07/noise\n"))
	k.say(0, joined([]byte{0, 32}, noiseOf(1, 32)))
	if v := k.verdict(); v.Judgement != P2P || v.Family != "libp2p" {
		t.Errorf("noise is %v %q", v.Judgement, v.Family)
	}
	k = newTalk(6, [2]uint16{51000, 4001})
	k.say(0, []byte(string(multistream)+string(libp2pPlain)))
	k.say(1, []byte(string(multistream)+string(libp2pPlain)))
	if v := k.verdict(); v.Judgement != Other || v.Service != "libp2p" {
		t.Errorf("plaintext is %v %q", v.Judgement, v.Service)
	}
}
