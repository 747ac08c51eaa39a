package classify

import (
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
)

// told gives the stage's far ends a role, and counts the questions.
func (s *stage) told(r Role) *int {
	asked := new(int)
	s.classifier.options.Role = func(packet.Addr) Role { *asked++; return r }
	return asked
}

func noiseTurns(n int) []turn {
	return []turn{{0, noiseOf(int64(n), 90), 0}, {1, noiseOf(int64(n+100), 120), 0}, {0, noiseOf(int64(n+200), 300), 0}}
}

func TestRoleLines(t *testing.T) {
	iceCall := []turn{{dir: 0, payload: checkMessage}, {dir: 1, payload: checkMessage}}
	tests := []struct {
		name  string
		role  Role
		turns []turn
		claim string
		path  Path
	}{
		{"nobody knows", UnknownRole, noiseTurns(1), "", NoPath},
		{"eyeball", EyeballRole, noiseTurns(1), "address.eyeball", NoPath},
		{"hosting", HostingRole, noiseTurns(1), "address.hosting", NoPath},
		{"relay's range, no call", RelayRole, noiseTurns(1), "address.provider", NoPath},
		{"relay's range, two agents", RelayRole, iceCall, "address.provider_relay", Relayed},
		{"conference's range, two agents", ConferenceRole, iceCall, "address.conference", Direct},
		{"hosting, two agents", HostingRole, iceCall, "address.hosting", Direct},
	}
	all := []string{"address.eyeball", "address.hosting", "address.provider", "address.provider_relay", "address.conference"}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage()
			s.told(tt.role)
			s.play(packet.UDP, homeAt(40000), farAt(40001), tt.turns)
			for _, claim := range all {
				if v, got := s.has(0, claim); got != (claim == tt.claim) {
					t.Errorf("%s: %v in %v", claim, got, v.Evidence)
				}
			}
			if v, _ := s.has(0, ""); v.Path != tt.path {
				t.Errorf("path %v, want %v: %v", v.Path, tt.path, v.Evidence)
			}
		})
	}
}

// A role decides nothing alone: noise to an eyeball is a tunnel as well.
func TestRoleAloneDecidesNothing(t *testing.T) {
	for role := range ConferenceRole + 1 {
		s := newStage()
		s.told(role)
		s.play(packet.UDP, homeAt(40000), farAt(40001), noiseTurns(1))
		s.play(packet.UDP, homeAt(40002), netip.MustParseAddrPort("203.0.113.9:40003"), []turn{{payload: noiseOf(3, 200)}})
		s.play(packet.TCP, homeAt(40004), farAt(443), []turn{{payload: helloFor("www.example.org")}})
		j := NewJudge(s.classifier, s.flows)
		for i := range s.flows {
			if v := j.Verdict(i); v.Judgement >= Likely {
				t.Errorf("role %d, flow %d: %v %v", role, i, v.Judgement, v.Evidence)
			}
		}
	}
}

func TestRoleAsked(t *testing.T) {
	s := newStage()
	asked := s.told(EyeballRole)
	for n := range 4 { // one far end
		s.play(packet.UDP, homeAt(uint16(40000+n)), farAt(40001), noiseTurns(n))
	}
	s.play(packet.TCP, homeAt(40009), netip.MustParseAddrPort("203.0.113.9:443"), []turn{{payload: helloFor("www.example.org")}}) // a server's name
	s.play(packet.UDP, homeAt(40008), netip.MustParseAddrPort("203.0.113.8:4444"), []turn{{payload: noiseOf(3, 200)}})            // of a flood
	s.play(packet.UDP, netip.MustParseAddrPort("192.0.2.1:5555"), netip.MustParseAddrPort("203.0.113.7:4444"), noiseTurns(9))     // nobody's home
	j := NewJudge(s.classifier, s.flows)
	for range 2 {
		for i := range s.flows {
			j.Verdict(i)
		}
	}
	if *asked != 1 {
		t.Errorf("asked %d times, want once for one address", *asked)
	}
}

// The cache of roles is bounded.
func TestRoleCache(t *testing.T) {
	s := newStage()
	s.told(HostingRole)
	j := NewJudge(s.classifier, nil)
	for n := range maxRoles + 10 {
		j.role(packet.Addr{12: byte(n >> 16), 13: byte(n >> 8), 14: byte(n)})
	}
	if len(j.roles.told) > maxRoles {
		t.Errorf("%d roles are kept", len(j.roles.told))
	}
}

// TestRelayServer asserts that a far end which speaks TURN on another flow is a relay here, too.
func TestRelayServer(t *testing.T) {
	granted := stunOf(turnAllocate|0x0100, attrMapped)
	call := []turn{{dir: 0, payload: checkMessage}, {dir: 1, payload: checkMessage}}
	tests := []struct {
		name  string
		turn  []turn
		rest  int64
		turns []turn
		want  bool
		path  Path
	}{
		{"two agents at a relay's address", []turn{{0, allocate, 0}, {1, granted, 0}}, 0, call, true, Relayed},
		{"the relay never answered", []turn{{0, allocate, 0}}, 0, call, false, Direct},
		{"an hour later", []turn{{0, allocate, 0}, {1, granted, 0}}, hour, call, false, Direct},
		{"no call", []turn{{0, allocate, 0}, {1, granted, 0}}, 0, noiseTurns(1), false, NoPath},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage()
			s.play(packet.UDP, homeAt(40000), farAt(3478), tt.turn)
			s.now += tt.rest
			s.play(packet.UDP, homeAt(40001), farAt(50000), tt.turns)
			v, got := s.has(1, "address.turn_server")
			if got != tt.want || v.Path != tt.path {
				t.Errorf("address.turn_server %v, path %v; want %v, %v: %v", got, v.Path, tt.want, tt.path, v.Evidence)
			}
		})
	}
}
