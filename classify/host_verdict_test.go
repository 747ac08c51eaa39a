package classify

import (
	"math"
	"net/netip"
	"slices"
	"testing"

	"peeratlas/capture/packet"
)

// hostsOf judges all flows of the stage, and then its hosts.
func (s *stage) hostsOf() ([]Host, *Judge, []Judgement) {
	j := NewJudge(s.classifier, s.flows)
	verdicts := make([]Judgement, len(s.flows))
	for i := range s.flows {
		verdicts[i] = j.Verdict(i).Judgement
	}
	return j.Hosts(func(i int) Judgement { return verdicts[i] }), j, verdicts
}

// line returns the line of a claim in a host's account, nil if there is none.
func (h *Host) line(claim string) *Evidence {
	for i := range h.Evidence {
		if h.Evidence[i].Claim == claim {
			return &h.Evidence[i]
		}
	}
	return nil
}

func TestHosts(t *testing.T) {
	s := newStage()
	call := []turn{{dir: 0, payload: checkMessage}, {dir: 1, payload: checkMessage}}
	s.play(packet.UDP, homeAt(41000), farAt(50000), call)
	s.play(packet.UDP, homeAt(41000), peerAt(1), call)
	s.play(packet.TCP, netip.MustParseAddrPort("10.0.0.3:42000"), farAt(443), []turn{{payload: helloFor("www.example.org")}})
	hosts, _, _ := s.hostsOf()
	if len(hosts) != 1 || hosts[0].Addr != homeEnd {
		t.Fatalf("hosts %v: a host without a likely flow has no verdict", hosts)
	}
	h := &hosts[0]
	best := 0.0
	for i := range s.flows {
		best = max(best, NewJudge(s.classifier, s.flows).Verdict(i).Probability)
	}
	if h.Judgement != P2P || h.Probability < best || h.Family != "webrtc" || h.P2P != 2 || h.Peers != 2 || h.Networks != 2 {
		t.Errorf("%+v, the best flow has %v", h, best)
	}
	sum := h.Prior
	for _, e := range h.Evidence {
		sum += e.Counted
	}
	if got := 1 / (1 + math.Exp2(-sum)); math.Abs(got-h.Probability) > 1e-9 {
		t.Errorf("the account adds up to %v, the probability is %v", got, h.Probability)
	}
}

// TestHostWitnesses asserts that witnesses of one kind are one, that others count half, and that
// no host is below its best flow.
func TestHostWitnesses(t *testing.T) {
	s := newStage()
	s.hiddenTo(41000, 1)
	j := NewJudge(s.classifier, s.flows)
	far := func(n int) (all []packet.Addr) {
		for k := range n {
			all = append(all, packet.AddrFrom(peerAt(k).Addr()))
		}
		return all
	}
	at := func(odds ...float64) (kinds []hostKind) {
		for n, o := range odds {
			kinds = append(kinds, hostKind{flowKind: flowKind{claim: ClaimID(n + 1)}, odds: o, likely: 1})
		}
		return kinds
	}
	tests := []struct {
		name        string
		suspect     suspect
		least, most float64
	}{
		{"one flow of 0.5", suspect{kinds: at(0), far: far(2), other: 1}, 0.5, 0.53},
		{"one flow of 0.8", suspect{kinds: at(2), far: far(2), other: 1}, 0.8, 0.81},
		{"two kinds of 0.8", suspect{kinds: at(2, 2), far: far(2), other: 2}, 0.95, 0.98},
		{"twenty kinds of 0.8 are no more than two", suspect{kinds: at(2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2), far: far(2), other: 20}, 0.95, 0.98},
		{"one kind of 0.8, twenty peers", suspect{kinds: at(2), far: far(20), other: 20}, 0.9, 0.93},
		{"one kind of 0.5, all that is soft for it", suspect{kinds: at(0), far: far(20), relay: 1, other: 20, dials: 20, lost: 10, proven: 2,
			pairs: map[packet.Addr]bool{{1}: true, {2}: true}}, 0.8, 0.9},
		{"one far end speaks against, but not below the best", suspect{kinds: at(2), far: far(1), other: 3}, 0.8, 0.81},
		{"one far end against a second kind", suspect{kinds: at(2, 0), far: far(1), other: 3}, 0.85, 0.93},
		{"certain", suspect{kinds: at(2000), far: far(1), other: 3}, 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.suspect.addr = packet.AddrFrom(homeEnd)
			h := j.judgeHost(&tt.suspect)
			if h.Probability < tt.least || h.Probability > tt.most || math.IsNaN(h.Probability) {
				t.Errorf("probability %.4f, want %.3f to %.3f: %v", h.Probability, tt.least, tt.most, h.Evidence)
			}
		})
	}
}

// TestHostAccount asserts every soft line, and the near misses.
func TestHostAccount(t *testing.T) {
	flows := func(n int, role Role) (*stage, *suspect) {
		s := newStage()
		s.told(role)
		h := &suspect{addr: packet.AddrFrom(homeEnd), kinds: []hostKind{{flowKind: flowKind{claim: 1}, likely: n}}, other: n}
		for k := range n {
			s.play(packet.UDP, homeAt(uint16(41000+k)), peerAt(k), []turn{{payload: checkMessage}})
			h.far = append(h.far, packet.AddrFrom(peerAt(k).Addr()))
		}
		h.reached = slices.Clone(h.far)
		return s, h
	}
	tests := []struct {
		name  string
		peers int
		role  Role
		set   func(*stage, *suspect)
		claim string
		want  bool
	}{
		{"three peers", 3, 0, nil, "host.peers", true},
		{"two peers", 2, 0, nil, "host.peers", false},
		{"one far end", 1, 0, nil, "host.one_far_end", true},
		{"two far ends", 2, 0, nil, "host.one_far_end", false},
		{"relay and direct", 2, 0, func(_ *stage, h *suspect) { h.relay = 1 }, "host.relay_and_direct", true},
		{"relays alone", 2, 0, func(_ *stage, h *suspect) { h.relay, h.other = 2, 0 }, "host.relay_and_direct", false},
		{"two proven sockets", 2, 0, func(_ *stage, h *suspect) { h.proven = 2 }, "host.sockets", true},
		{"one proven socket", 2, 0, func(_ *stage, h *suspect) { h.proven = 1 }, "host.sockets", false},
		{"three of ten fail", 2, 0, func(_ *stage, h *suspect) { h.dials, h.lost = 10, 3 }, "host.failures", true},
		{"two of ten fail", 2, 0, func(_ *stage, h *suspect) { h.dials, h.lost = 10, 2 }, "host.failures", false},
		{"nine of nine fail", 2, 0, func(_ *stage, h *suspect) { h.dials, h.lost = 9, 9 }, "host.failures", false},
		{"two pairs", 2, 0, func(_ *stage, h *suspect) { h.pairs = map[packet.Addr]bool{{1}: true, {2}: true} }, "host.tcp_udp_pairs", true},
		{"one pair", 2, 0, func(_ *stage, h *suspect) { h.pairs = map[packet.Addr]bool{{1}: true} }, "host.tcp_udp_pairs", false},
		{"eyeballs", 3, EyeballRole, nil, "host.eyeballs", true},
		{"two eyeballs", 2, EyeballRole, nil, "host.eyeballs", false},
		{"eyeballs that dialled, or never answered", 3, EyeballRole, func(_ *stage, h *suspect) { h.reached = nil }, "host.eyeballs", false},
		{"hosted", 3, HostingRole, nil, "host.hosted", true},
		{"relays are hosted", 3, RelayRole, nil, "host.hosted", true},
		{"nobody knows", 3, UnknownRole, nil, "host.hosted", false},
		{"unnamed", 2, 0, func(s *stage, h *suspect) { s.classifier.names.client(h.addr, true, h.far[0], 1) }, "host.unnamed", true},
		{"unnamed, and the host's DNS is not seen", 2, 0, nil, "host.unnamed", false},
		{"named", 2, 0, func(s *stage, h *suspect) {
			for _, a := range h.far {
				s.classifier.names.tell(nameKey{h.addr, a}, []byte("x"), FromDNS, 1, 2)
			}
		}, "host.named", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, h := flows(tt.peers, tt.role)
			if tt.set != nil {
				tt.set(s, h)
			}
			o := NewJudge(s.classifier, s.flows).judgeHost(h)
			if got := o.line(tt.claim) != nil; got != tt.want {
				t.Errorf("%s: %v in %v", tt.claim, got, o.Evidence)
			}
		})
	}
}

// What the best flow's account holds is not counted a second time.
func TestHostCountsOnce(t *testing.T) {
	s := newStage()
	for n := range 2 * fanOutPeers {
		s.hiddenTo(41000, n)
	}
	hosts, _, _ := s.hostsOf()
	if len(hosts) != 1 {
		t.Fatalf("%d hosts", len(hosts))
	}
	l := hosts[0].line("host.peers")
	if l == nil || l.Counted != 0 {
		t.Errorf("the fan-out of the socket counts again: %+v", hosts[0].Evidence)
	}
}

func TestHostDials(t *testing.T) {
	s := newStage()
	s.play(packet.UDP, homeAt(41000), farAt(50000), []turn{{dir: 0, payload: checkMessage}, {dir: 1, payload: checkMessage}})
	for n := range 12 {
		k := s.talk(packet.TCP, homeAt(uint16(42000+n)), peerAt(n))
		k.send(turn{dir: 0}, packet.SYN)
		switch n % 3 {
		case 0: // silence
		case 1:
			k.send(turn{dir: 1}, packet.RST|packet.ACK)
		default:
			k.send(turn{dir: 1}, packet.SYN|packet.ACK)
		}
	}
	hosts, _, _ := s.hostsOf()
	if l := hosts[0].line("host.failures"); l == nil || l.Detail != "8 of 13 contacts that nothing explains failed" {
		t.Errorf("%+v", hosts[0].Evidence)
	}
}

func TestHostBound(t *testing.T) {
	s := newStage()
	s.classifier.options.MaxHosts = 2
	for n := range 5 {
		s.play(packet.UDP, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 1, byte(n)}), 41000), farAt(50000),
			[]turn{{dir: 0, payload: checkMessage}, {dir: 1, payload: checkMessage}})
	}
	hosts, j, _ := s.hostsOf()
	if len(hosts) != 2 || j.Beyond().Hosts != 3 {
		t.Errorf("%d hosts, %d flows beyond", len(hosts), j.Beyond().Hosts)
	}
	h := &suspect{addr: packet.AddrFrom(homeEnd), kinds: []hostKind{}}
	for n := range 3 * maxHostPeers {
		s.flows[0].Key.Addr[1] = packet.Addr{1, 2, byte(n >> 8), byte(n)}
		j.suspectFlow(h, &note{}, P2P)
	}
	if len(h.far) > 2*maxHostPeers {
		t.Errorf("%d far addresses are kept", len(h.far))
	}
}
