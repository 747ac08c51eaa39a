package classify

import (
	"math/rand"
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
)

// Sockets and hosts that behave like peers in one way, and are none.

// strangerAt is far end n of many: four hundred networks.
func strangerAt(n int) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(40 + n%100), byte(n / 100), byte(n * 7), byte(1 + n%250)})
}

func dnsQuery(id int) []byte {
	return joined([]byte{byte(id >> 8), byte(id), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}, []byte("\x03www\x07example\x03org\x00\x00\x01\x00\x01"))
}

func dnsAnswer(id int) []byte {
	p := dnsQuery(id)
	p[2], p[7] = 0x81, 1
	return joined(p, []byte{0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, byte(id)})
}

func TestNoPeers(t *testing.T) {
	random := rand.New(rand.NewSource(3))
	port := func() uint16 { return uint16(1024 + random.Intn(60000)) }
	all := ConferenceRole + 1
	tests := []struct {
		name string
		play func(s *stage)
		most Judgement
	}{
		{"a resolver that answers and asks from port 53", func(s *stage) {
			for n := range 60 {
				turns := []turn{{0, dnsQuery(n * 259), 0}, {1, dnsAnswer(n * 259), 0}}
				s.play(packet.UDP, netip.AddrPortFrom(strangerAt(n), port()), homeAt(53), turns)
				s.play(packet.UDP, homeAt(53), netip.AddrPortFrom(strangerAt(100+n), 53), turns)
				s.now += 2 * second
			}
		}, Other},
		{"a forwarder that asks from one port", func(s *stage) {
			for n := range 60 {
				s.play(packet.UDP, homeAt(41000), netip.AddrPortFrom(strangerAt(n), 53), []turn{{0, dnsQuery(n), 0}, {1, dnsAnswer(n), 0}})
			}
		}, Other},
		{"a time server of the pool", func(s *stage) {
			for n := range 60 {
				ask := append([]byte{0x23}, make([]byte, 47)...)
				s.play(packet.UDP, netip.AddrPortFrom(strangerAt(n), port()), homeAt(123), []turn{{0, ask, 0}, {1, append([]byte{0x24, 1, 6, 0xe9}, noiseOf(int64(n), 44)...), 0}})
				s.now += 2 * second
			}
		}, Other},
		{"a tunnel's server: noise, clients of many networks, kept alive", func(s *stage) {
			s.keptAlive(41000, 30, func(int) int64 { return 25 * second }, func(n int) netip.AddrPort { return netip.AddrPortFrom(strangerAt(n), port()) }, 1)
		}, Other},
		{"the same, that dials a client that moved", func(s *stage) {
			s.keptAlive(41000, 30, func(int) int64 { return 25 * second }, func(n int) netip.AddrPort { return netip.AddrPortFrom(strangerAt(n), port()) }, 1)
			s.now += 60 * second
			s.play(packet.UDP, homeAt(41000), netip.AddrPortFrom(strangerAt(3), port()), noiseTurns(3))
		}, Other},
		{"a game's server that asks its list and serves players", func(s *stage) {
			for n := range 3 {
				s.play(packet.UDP, homeAt(41000), netip.AddrPortFrom(strangerAt(300+n), 27011), []turn{{0, noiseOf(int64(n), 40), 0}, {1, noiseOf(int64(n+50), 400), 0}})
			}
			s.now += 70 * second
			for n := range 40 {
				s.play(packet.UDP, netip.AddrPortFrom(strangerAt(n), port()), homeAt(41000), noiseTurns(n))
			}
		}, Other},
		{"a game's client that asks a list of servers the same", func(s *stage) {
			for n := range 60 {
				s.play(packet.UDP, homeAt(41000), netip.AddrPortFrom(strangerAt(n), uint16(27015+n%8)), []turn{{0, []byte("\xff\xff\xff\xffTSource Engine Query\x00"), 0}, {1, append([]byte("\xff\xff\xff\xffI\x11"), noiseOf(int64(n), 90)...), 0}})
			}
		}, Other},
		{"a scanner: one port, one payload", func(s *stage) {
			payload := noiseOf(1, 60)
			for n := range 200 {
				s.play(packet.UDP, homeAt(41000), netip.AddrPortFrom(strangerAt(n), 47808), []turn{{0, payload, 0}})
			}
		}, Other},
		{"a scanner: one port, random payloads", func(s *stage) {
			for n := range 200 {
				s.play(packet.UDP, homeAt(41000), netip.AddrPortFrom(strangerAt(n), 47808), []turn{{0, noiseOf(int64(n), 60), 0}})
			}
		}, Other},
		{"a scanner: random ports, one payload", func(s *stage) {
			payload := noiseOf(1, 60)
			for n := range 200 {
				s.play(packet.UDP, homeAt(41000), netip.AddrPortFrom(strangerAt(n), port()), []turn{{0, payload, 0}})
			}
		}, Other},
		{"a scanner: random ports, random payloads, in bursts", func(s *stage) { // as a peer's start looks, but proven by nothing
			begin := s.now
			for n := range 200 {
				s.now = begin + int64(n/5)*second
				s.play(packet.UDP, homeAt(41000), netip.AddrPortFrom(strangerAt(n), port()), []turn{{0, noiseOf(int64(n), 60), 0}})
			}
		}, Likely},
		{"a scanner of one network's addresses in order", func(s *stage) {
			for n := range 200 {
				s.play(packet.UDP, homeAt(41000), netip.AddrPortFrom(netip.AddrFrom4([4]byte{60, 1, byte(n / 250), byte(n % 250)}), port()), []turn{{0, noiseOf(int64(n), 60), 0}})
			}
		}, Other},
		{"a scanner over TCP", func(s *stage) {
			for n := range 200 {
				k := s.talk(packet.TCP, homeAt(port()), netip.AddrPortFrom(strangerAt(n), port()))
				k.send(turn{dir: 0}, packet.SYN)
			}
		}, Unknown},
		{"QUIC and TLS to the same servers", func(s *stage) {
			for n := range 20 {
				far := netip.AddrPortFrom(strangerAt(n), 443)
				s.play(packet.UDP, homeAt(port()), far, []turn{{payload: joined([]byte{0xc3, 0, 0, 0, 1, 8}, noiseOf(int64(n), 1194))}, {dir: 1, payload: joined([]byte{0xc5, 0, 0, 0, 1, 0, 8}, noiseOf(int64(n+90), 1193))}})
				s.play(packet.TCP, homeAt(port()), far, []turn{{payload: helloFor("www.example.org")}})
			}
		}, Other},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for role := range all {
				s := newStage()
				s.told(role)
				tt.play(s)
				j := NewJudge(s.classifier, s.flows)
				for i := range s.flows {
					if v := j.Verdict(i); v.Judgement > tt.most {
						t.Fatalf("role %d, flow %d is %v (%.3f): %v", role, i, v.Judgement, v.Probability, v.Evidence)
					}
				}
				hosts, _, _ := s.hostsOf()
				for _, h := range hosts {
					if h.Judgement == P2P {
						t.Errorf("role %d: host %v: %v", role, h.Addr, h.Evidence)
					}
				}
			}
		})
	}
}
