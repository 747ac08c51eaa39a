package classify

import (
	"testing"

	"peeratlas/capture/packet"
)

// wireguardMessage is a message of that type; indices and a counter stand behind it.
func wireguardMessage(kind, length int, head ...any) []byte {
	p := wired(kind, 0, 0, 0, wired(head...))
	return wired(p, noiseOctets(uint64(kind*length), length-len(p)))
}

func TestWireGuard(t *testing.T) {
	mine, theirs := le32Octets(0x11223344), le32Octets(0x55667788)
	initiation, response := wireguardMessage(1, 148, mine), wireguardMessage(2, 92, theirs, mine)
	cookie := wireguardMessage(3, 64, mine)
	data := func(n uint64) []byte { return wireguardMessage(4, 96, theirs, le64Octets(n)) }
	keepalive := wireguardMessage(4, 32, theirs, le64Octets(9))
	checkMeshRows(t, []Detector{wireguard}, []meshRow{
		{name: "handshake", turns: []turn{{0, initiation, 0}, {1, response, 0}}, want: []string{"wireguard.initiation", "wireguard.index_echo"}, judgement: Likely},
		{name: "handshake and data", turns: []turn{{0, initiation, 0}, {1, response, 0}, {0, data(0), 0}, {0, data(1), 0}, {0, keepalive, 0}},
			want: []string{"wireguard.index_echo", "wireguard.data"}},
		{name: "both ends initiate", turns: []turn{{0, initiation, 0}, {1, response, 0}, {1, wireguardMessage(1, 148, theirs), 0}}, want: []string{"wireguard.initiation"}},
		{name: "cookie reply", turns: []turn{{0, initiation, 0}, {1, cookie, 0}}, want: []string{"wireguard.cookie"}},
		{name: "cookie for another index", turns: []turn{{0, initiation, 0}, {1, changed(cookie, 4, 0), 0}}, never: []string{"wireguard.cookie"}},
		{name: "data alone counts", turns: []turn{{0, data(1000), 0}, {0, data(1002), 0}}, want: []string{"wireguard.data"}, never: []string{"wireguard.index_echo"}},
		{name: "data stands still", turns: []turn{{0, data(5), 0}, {0, data(5), 0}}, never: []string{"wireguard.data"}},
		{name: "echo of another index", turns: []turn{{0, initiation, 0}, {1, changed(response, 8, 0), 0}}, never: []string{"wireguard.index_echo"}},
		{name: "reserved octet set", turns: []turn{{0, changed(initiation, 2, 1), 0}}, never: []string{"wireguard"}},
		{name: "one octet short", turns: []turn{{0, initiation[:147], 0}}, never: []string{"wireguard"}},
	})
	if got := converse(t, packet.UDP, [2]uint16{1, 2}, []turn{{0, initiation, 0}, {1, response, 0}, {1, wireguardMessage(1, 148, theirs), 0}}); got["wireguard.initiation"] != 2 {
		t.Errorf("claims %v, want two initiations", got)
	}
}

func TestWireGuardMesh(t *testing.T) {
	s := newStage()
	for i, far := range [...]string{"198.51.100.1:51820", "203.0.113.2:40100", "192.0.2.3:61000"} {
		mine, theirs := le32Octets(100+i), le32Octets(200+i)
		s.play(packet.UDP, end("10.0.0.2:51820"), end(far), []turn{{0, wireguardMessage(1, 148, mine), 0}, {1, wireguardMessage(2, 92, theirs, mine), 0}})
	}
	j := NewJudge(s.classifier, s.flows)
	for i := range s.flows {
		if v := j.Verdict(i); v.Judgement != P2P || v.Family != "wireguard" {
			t.Errorf("flow %d of a mesh: %v %q %v", i, v.Judgement, v.Family, v.Evidence)
		}
	}
}
