package classify

import (
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
)

const second = int64(1e9)

func TestKeepAlive(t *testing.T) {
	tests := []struct {
		name string
		gaps []int64
		want bool
	}{
		{"20 s", []int64{20 * second, 20 * second}, true},
		{"20 s, 5 % off", []int64{20 * second, 21 * second}, true},
		{"20 s, 6 % off", []int64{20 * second, 21300e6}, false},
		{"8 s", []int64{8 * second, 8 * second}, true},
		{"less than 8 s", []int64{7900e6, 7900e6}, false},
		{"65 s", []int64{65 * second, 65 * second}, true},
		{"more than 65 s", []int64{66 * second, 66 * second}, false},
		{"two datagrams", []int64{20 * second}, false},
		{"a burst, then a pause", []int64{1e6, 20 * second}, false},
	}
	for _, tt := range tests {
		for _, answered := range []bool{false, true} {
			k := newTalkOf(packet.UDP, [2]uint16{40000, 40001}, []Detector{keepAlive})
			k.gap = 0
			k.say(0, noiseOf(1, 28))
			for n, gap := range tt.gaps {
				if answered {
					k.wait(50e6)
					k.say(1, noiseOf(int64(9+n), 28))
					gap -= 50e6
				}
				k.wait(gap)
				k.say(0, noiseOf(int64(2+n), 28))
			}
			if got := k.claims()["udp.keep_alive"] > 0; got != tt.want {
				t.Errorf("%s, answered %v: claimed %v", tt.name, answered, got)
			}
		}
	}
}

func TestKeepAliveAllocatesNothing(t *testing.T) {
	checkNoAllocs(t, keepAlive, [2]uint16{40000, 40001}, []turn{{dir: 0, payload: noiseOf(1, 28)}, {dir: 1, payload: noiseOf(2, 28)}, {dir: 0}, {dir: 0, payload: noiseOf(3, 9)}})
}

// keptAlive plays n far ends that a local port keeps alive every so often; far gives their addresses.
func (s *stage) keptAlive(port uint16, n int, every func(n int) int64, far func(n int) netip.AddrPort, from int) {
	begin := s.now
	for k := range n {
		s.now = begin + int64(k)*second
		ends := [2]netip.AddrPort{homeAt(port), far(k)}
		talk := s.talk(packet.UDP, ends[from], ends[1-from])
		talk.gap = 0
		for m := range 4 {
			talk.say(0, noiseOf(int64(k*10+m), 40))
			talk.wait(10e6)
			talk.say(1, noiseOf(int64(500+k*10+m), 40))
			talk.wait(every(k) - 10e6)
		}
	}
}

func TestKeptAlive(t *testing.T) {
	steady := func(int) int64 { return 20 * second }
	oneNet := func(n int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{203, 0, byte(n), 9}), uint16(20000+n))
	}
	tests := []struct {
		name  string
		peers int
		every func(int) int64
		far   func(int) netip.AddrPort
		from  int // who begins: 0 is the home end
		port  uint16
		want  bool
	}{
		{"three far ends at one interval", 3, steady, peerAt, 0, 41000, true},
		{"two", 2, steady, peerAt, 0, 41000, false},
		{"three, each at its own", 3, func(n int) int64 { return int64(20+7*n) * second }, peerAt, 0, 41000, false},
		{"one provider's servers", 5, steady, oneNet, 0, 41000, false},
		{"a tunnel's server, whose clients keep themselves alive", 5, steady, peerAt, 1, 41000, false},
		{"a service's port", 3, steady, peerAt, 0, 4500, true}, // two bits less for the port: not decided here
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage()
			s.keptAlive(tt.port, tt.peers, tt.every, tt.far, tt.from)
			v, got := s.has(0, "socket.keep_alives")
			if got != tt.want {
				t.Errorf("socket.keep_alives %v, want %v: %v", got, tt.want, v.Evidence)
			}
			if v.Judgement == P2P {
				t.Errorf("decided by a rhythm: %v", v.Evidence)
			}
		})
	}
}

// The NTP client of a pool of servers asks each at one interval: it is recognised, hence no peer.
func TestTimeServersAreNoPeers(t *testing.T) {
	s := newStage()
	request := make([]byte, 48)
	request[0] = 0x23 // RFC 5905, section 7.3: version 4, client
	for n := range 10 {
		s.now = 1_600_000_000e9 + int64(n)*second
		talk := s.talk(packet.UDP, homeAt(41000), netip.AddrPortFrom(peerAt(n).Addr(), 123))
		for range 4 {
			answer := append([]byte{0x24, 2, 6, 0xe9}, noiseOf(int64(n), 44)...)
			talk.say(0, request)
			talk.say(1, answer)
			talk.wait(64 * second)
		}
	}
	j := NewJudge(s.classifier, s.flows)
	for i := range s.flows {
		if v := j.Verdict(i); v.Judgement >= Likely {
			t.Fatalf("%v: %v", v.Judgement, v.Evidence)
		}
	}
}

func TestBursts(t *testing.T) {
	tests := []struct {
		name    string
		groups  int
		members int
		gap     func(n int) int64
		want    bool
	}{
		{"five probes a second", 4, 5, func(int) int64 { return second }, true},
		{"three groups", 3, 5, func(int) int64 { return second }, false},
		{"two a group", 6, 2, func(int) int64 { return second }, false},
		{"at odd distances", 5, 5, func(n int) int64 { return second * int64(1+n*n) }, false},
		{"no pause", 4, 5, func(int) int64 { return 50e6 }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage()
			begin := s.now
			for g := range tt.groups {
				for m := range tt.members {
					s.now = begin
					n := g*tt.members + m
					talk := s.talk(packet.UDP, homeAt(41000), peerAt(n))
					talk.gap = 1e6
					talk.say(0, noiseOf(int64(n), 30))
				}
				begin += tt.gap(g)
			}
			if v, got := s.has(0, "socket.bursts"); got != tt.want {
				t.Errorf("socket.bursts %v, want %v: %v", got, tt.want, v.Evidence)
			}
		})
	}
}
