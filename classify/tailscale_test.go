package classify

import (
	"testing"

	"peeratlas/capture/packet"
)

// discoMessage is a disco message under the key of seed with a sealed body of n octets.
func discoMessage(seed uint64, n int) []byte {
	return wired(hexOctets("54 53 f0 9f 92 ac"), randomOctets(seed, 32), randomOctets(seed+n1, 24), randomOctets(seed+n2, 16+2+n))
}

const n1, n2 = 1000, 2000

func TestTailscale(t *testing.T) {
	ping, pong := discoMessage(1, 44), discoMessage(2, 30)
	geneve := hexOctets("00 80 7a11 00002a 00")
	data := wired(hexOctets("04000000 11223344 0500000000000000"), randomOctets(3, 80))
	checkMeshRows(t, []Detector{tailscale, wireguard}, []meshRow{
		{name: "ping to a candidate, unanswered", turns: []turn{{0, ping, 0}, {0, ping, 0}},
			want: []string{"tailscale.disco"}, never: []string{"tailscale.disco_both", "tailscale.peer"}, judgement: P2P, path: Probe, family: "tailscale"},
		{name: "ping of before 2021", turns: []turn{{0, discoMessage(1, 12), 0}}, want: []string{"tailscale.disco"}, judgement: P2P},
		{name: "ping and pong: direct", turns: []turn{{0, ping, 0}, {1, pong, 0}, {0, data, 0}},
			want: []string{"tailscale.disco", "tailscale.disco_both"}, judgement: P2P, path: Direct, family: "tailscale"},
		{name: "the same key comes back: a reflection", turns: []turn{{0, ping, 0}, {1, ping, 0}}, never: []string{"tailscale.disco_both"}},
		{name: "by a peer relay", turns: []turn{{0, wired(geneve, discoMessage(1, 72)), 0}},
			want: []string{"tailscale.peer_relay"}, judgement: P2P, path: Relayed, family: "tailscale"},
		{name: "other protocol in Geneve", turns: []turn{{0, wired(hexOctets("00 80 6558 00002a 00"), discoMessage(1, 72)), 0}}, never: []string{"tailscale"}},
		{name: "one octet of the magic off", turns: []turn{{0, changed(ping, 5, 0xad), 0}}, never: []string{"tailscale"}},
		{name: "too short for a ping", turns: []turn{{0, ping[:discoLeast-1], 0}}, never: []string{"tailscale"}},
		{name: "empty", turns: []turn{{0, nil, 10}}, never: []string{"tailscale"}},
	})
	eachCut(packet.UDP, [2]uint16{1, 2}, []turn{{0, ping, 0}}, func(k *talk, n int, snapped bool) {
		if k.claims()["tailscale.disco"] > 0 != (snapped && n >= 14 || n >= discoLeast) {
			t.Errorf("cut to %d octets (by snap length: %v): %v", n, snapped, k.claims())
		}
	})
}

func TestDERP(t *testing.T) {
	checkMeshRows(t, []Detector{derp}, []meshRow{
		{name: "relay's name alone", transport: packet.TCP, ports: [2]uint16{50000, 443}, turns: []turn{{0, meshHello("derp9c.tailscale.com", ""), 0}},
			want: []string{"tailscale.derp_name"}, judgement: Other},
		{name: "control server", transport: packet.TCP, ports: [2]uint16{50000, 443}, turns: []turn{{0, meshHello("controlplane.tailscale.com", ""), 0}},
			never: []string{"tailscale"}, judgement: Other, service: "tls"},
		{name: "no number", transport: packet.TCP, turns: []turn{{0, meshHello("derpy.tailscale.com", ""), 0}}, never: []string{"tailscale"}},
		{name: "other zone", transport: packet.TCP, turns: []turn{{0, meshHello("derp1.tailscale.example", ""), 0}}, never: []string{"tailscale"}},
		{name: "sent by the responder", transport: packet.TCP, turns: []turn{{0, []byte{1}, 0}, {1, meshHello("derp1.tailscale.com", ""), 0}}, never: []string{"tailscale"}},
	})
}

func TestDERPOfHostWithPeers(t *testing.T) {
	s := newStage()
	relay := s.play(packet.TCP, end("10.0.0.2:50000"), end("198.51.100.9:443"), []turn{{0, meshHello("derp4.tailscale.com", ""), 0}, {1, []byte{0x16, 3, 3, 0, 4, 2, 0, 0, 0}, 0}})
	s.play(packet.UDP, end("10.0.0.2:41641"), end("203.0.113.8:41641"), []turn{{0, discoMessage(1, 44), 0}, {1, discoMessage(2, 30), 0}})
	other := s.play(packet.TCP, end("10.0.0.3:50000"), end("198.51.100.9:443"), []turn{{0, meshHello("derp4.tailscale.com", ""), 0}})
	j := NewJudge(s.classifier, s.flows)
	for i, f := range s.flows {
		switch v := j.Verdict(i); f {
		case relay:
			if v.Judgement != P2P || v.Path != Relayed || v.Family != "tailscale" {
				t.Errorf("relay of a host with peers: %v %v %q %v", v.Judgement, v.Path, v.Family, v.Evidence)
			}
		case other:
			if v.Judgement != Other || v.Service != "tailscale-derp" {
				t.Errorf("relay of a host without peers: %v %q %v", v.Judgement, v.Service, v.Evidence)
			}
		}
	}
}
