package classify

import (
	"testing"

	"peeratlas/capture/packet"
)

// allocationOf is an allocation at a relay of a realm: refused, asked again, granted.
func allocationOf(realm string) []turn {
	named := attr(0x0014, []byte(realm)...)
	return []turn{
		{dir: 0, payload: allocate}, {dir: 1, payload: stunOf(turnAllocateError, named)},
		{dir: 0, payload: stunOf(turnAllocate, named)}, {dir: 1, payload: stunOf(turnAllocateSuccess, xorAddress(0x0016, "192.0.2.1:49152"))},
	}
}

func TestTurnGoogle(t *testing.T) {
	const realm = "turn.l.google.com"
	checkSheet(t, stunUDP, []sheetRow{
		{name: "refused", turns: allocationOf(realm)[:2], want: []string{"turn.control", "stun.realm_google"}},
		{name: "asked again", turns: allocationOf(realm)[:3], want: []string{"turn.control", "stun.realm_google"}},
		{name: "granted", turns: allocationOf(realm), want: []string{"turn.control", "stun.realm_google", "turn.google"}, least: 20},
		{name: "another realm", turns: allocationOf("turn.example.com"), want: []string{"turn.control"}},
		{name: "granted, the realm not seen", turns: allocationOf(realm)[3:], want: []string{"turn.control"}},
	})
}

// TestAsked asserts that a direct call is named after the relays that its socket asked, if they are
// of one program and near in time.
func TestAsked(t *testing.T) {
	answered := stunOf(stunBindingRequest, attrUsername, attrPriority, attr(0x8029, 1, 2, 3, 4, 5, 6, 7, 8), attrIntegrity)
	direct := []turn{{0, checkMessage, 0}, {1, answered, 0}, {0, bindingAnswer, 0}, {1, bindingAnswer, 0}}
	for _, r := range []struct {
		name   string
		realms []string
		port   uint16 // local, of the relays' flows
		wait   int64
		want   string
	}{
		{"none", nil, 40000, 0, "webrtc"},
		{"Google's", []string{"turn.l.google.com"}, 40000, 0, "google"},
		{"Signal's", []string{"signal.org"}, 40000, 0, "signal"},
		{"Google's, from another port", []string{"turn.l.google.com"}, 40002, 0, "webrtc"},
		{"Google's and Signal's", []string{"turn.l.google.com", "signal.org"}, 40000, 0, "webrtc"},
		{"two of Google's and Signal's", []string{"turn.l.google.com", "signal.org", "turn.l.google.com"}, 40000, 0, "webrtc"},
		{"Google's, two hours before", []string{"turn.l.google.com"}, 40000, 2 * linkTime, "webrtc"},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := newStage()
			for n, realm := range r.realms {
				s.play(packet.UDP, homeAt(r.port), peerAt(n), allocationOf(realm))
			}
			s.now += r.wait
			s.play(packet.UDP, homeAt(40000), farAt(41000), direct)
			if v, _ := s.has(len(r.realms), ""); v.Judgement != P2P || v.Family != r.want || v.Path != Direct {
				t.Errorf("%s %s %s, want %s: %v", v.Judgement, v.Family, v.Path, r.want, v.Evidence)
			}
		})
	}
}
