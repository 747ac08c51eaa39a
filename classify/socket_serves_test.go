package classify

import (
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
)

// TestServer asserts that noise both ways with many strangers proves a socket that asks, and
// not one that only answers: a voice server or a tunnel's.
func TestServer(t *testing.T) {
	tests := []struct {
		name  string
		asked int // of thirty contacts, how many the home end began
		want  Judgement
	}{
		{"only answers", 0, Other},
		{"seems to ask where a request was lost", 7, Other},
		{"asks one in four", 8, P2P},
		{"asks and answers", 10, P2P},
		{"only asks", 30, P2P},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newStage()
			for n := range 30 {
				home := homeAt(41234)
				far := netip.AddrPortFrom(netip.AddrFrom4([4]byte{byte(20 + n*3), byte(n), 7, 9}), uint16(20000+n*31))
				from, to := far, home
				if n < test.asked {
					from, to = home, far
				}
				s.play(packet.UDP, from, to, []turn{{0, noiseOf(int64(n), 90), 0}, {1, noiseOf(int64(n+100), 120), 0}, {0, noiseOf(int64(n+200), 300), 0}})
			}
			j := NewJudge(s.classifier, s.flows)
			for _, i := range [...]int{2, 29} {
				if got := j.Verdict(i).Judgement; got != test.want {
					t.Errorf("flow %d is %v, want %v: %v", i, got, test.want, j.Verdict(i).Evidence)
				}
			}
		})
	}
}

// TestServerUnderWay asserts that a server whose clients were there when the capture began, so
// that it spoke first to many, is told by the clients that came later.
func TestServerUnderWay(t *testing.T) {
	for _, row := range []struct {
		name  string
		later int // contacts after a minute, all begun by the far end
		want  Judgement
	}{
		{"twelve came later", 12, Other},
		{"too few came later", 3, P2P},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newStage()
			for n := range 16 + row.later {
				from, to := homeAt(41234), peerAt(n)
				if n >= 16 || n%2 == 0 {
					from, to = to, from
				}
				if n == 16 {
					s.now += 60e9
				}
				s.play(packet.UDP, from, to, []turn{{0, noiseOf(int64(n), 90), 0}, {1, noiseOf(int64(n+100), 120), 0}, {0, noiseOf(int64(n+200), 300), 0}})
			}
			if v := NewJudge(s.classifier, s.flows).Verdict(3); v.Judgement != row.want {
				t.Errorf("%v, want %v: %v", v.Judgement, row.want, v.Evidence)
			}
		})
	}
}

// TestSocketName asserts that chance in one flow of many names neither the socket nor that flow.
func TestSocketName(t *testing.T) {
	for _, row := range []struct {
		name  string
		probe int // every n-th contact begins like a Skype probe
		want  string
	}{{"one of thirty", 30, "unknown"}, {"every second", 2, "skype"}} {
		t.Run(row.name, func(t *testing.T) {
			s := newStage()
			for n := range 30 {
				first := noiseOf(int64(n), 30)
				first[2] = 0x41
				if n%row.probe == 0 {
					first[2] = 2
				}
				s.play(packet.UDP, homeAt(41234), peerAt(n), []turn{{0, first, 0}, {1, noiseOf(int64(n+100), 120), 0}, {0, noiseOf(int64(n+200), 300), 0}})
			}
			v := NewJudge(s.classifier, s.flows).Verdict(0)
			if v.Judgement != P2P || v.Family != row.want {
				t.Errorf("%v %q, want p2p %q: %v", v.Judgement, v.Family, row.want, v.Evidence)
			}
		})
	}
}
