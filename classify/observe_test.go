package classify

import (
	"net/netip"
	"testing"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// Shared by the tests of all detectors: conversations of two hosts that go through a Classifier
// as captured packets do.
//
//	got := converse(t, packet.UDP, [2]uint16{50000, 3478}, []turn{
//		{dir: 0, payload: request},
//		{dir: 1, payload: answer},
//	})
//	if got["stun.binding"] != 1 { ... }
//
// For a verdict, pauses, or a snap length that changes, use a talk:
//
//	k := newTalk(packet.UDP, [2]uint16{50000, 3478})
//	k.say(0, request)
//	k.cut(0, longRequest, 60) // only 60 octets were captured
//	k.wait(1e9)               // nanoseconds
//	v := k.verdict()
//
// For several flows of one host, use a stage, and NewJudge(s.classifier, s.flows):
//
//	s := newStage()
//	f := s.play(packet.UDP, netip.AddrPortFrom(homeEnd, 40000), netip.AddrPortFrom(farEnd, 40001), turns)
//
// Beside these: eachCut runs a check on a conversation truncated at every length, and
// checkNoAllocs asserts that a detector allocates nothing on any of a conversation's packets.

// The ends of a conversation. homeEnd is inside the home networks (10.0.0.0/8) and has the
// lower address: where it begins, a turn's dir is the sender's index in flow.Key.
var (
	homeEnd = netip.MustParseAddr("10.0.0.2")
	farEnd  = netip.MustParseAddr("198.51.100.7")
)

// turn is one payload of a conversation.
type turn struct {
	dir     int // who sends it: 0 the initiator, 1 the responder
	payload []byte
	length  int // octets on the wire where the snap length cut it; 0: it was captured whole
}

// converse feeds turns, 20 ms apart, to all detectors of the house and returns how often each
// claim was made on the flow, by the claim's name. ports are the initiator's and the
// responder's. A conversation over TCP begins with its SYNs.
func converse(t testing.TB, transport packet.Protocol, ports [2]uint16, turns []turn) map[string]int {
	t.Helper()
	k := newTalk(transport, ports)
	for _, u := range turns {
		k.turn(u)
	}
	return k.claims()
}

// stage is where conversations of one capture take place.
type stage struct {
	classifier *Classifier
	flows      []*flow.Flow // in order of their first packet

	table *flow.Table
	now   int64
	frame uint32
}

// newStage prepares conversations that all detectors of the house will hear.
func newStage() *stage { return newStageOf(nil) }

// newStageOf prepares conversations that only ds will hear.
func newStageOf(ds []Detector) *stage {
	home := func(a packet.Addr) bool { return a.Is4() && a[12] == 10 }
	return &stage{
		classifier: New(Options{Home: home, MaxWindows: 64}, ds),
		table:      flow.NewTable(flow.Options{}, nil),
		now:        1_500_000_000e9,
	}
}

// play has from begin a conversation with to and returns their flow, nil if there are no turns.
func (s *stage) play(transport packet.Protocol, from, to netip.AddrPort, turns []turn) *flow.Flow {
	k := s.talk(transport, from, to)
	for _, u := range turns {
		k.turn(u)
	}
	return k.flow
}

func (s *stage) talk(transport packet.Protocol, from, to netip.AddrPort) *talk {
	return &talk{stage: s, transport: transport, ends: [2]netip.AddrPort{from, to}, gap: 20e6, seq: [2]uint32{1000, 5000}}
}

// talk is one conversation under way. Fields may be changed before the first say.
type talk struct {
	*stage
	transport packet.Protocol
	ends      [2]netip.AddrPort // initiator, responder
	joined    bool              // over TCP: no SYN was captured
	gap       int64             // nanoseconds between turns

	flow *flow.Flow
	seq  [2]uint32
}

// newTalk prepares a conversation of homeEnd with farEnd that all detectors will hear.
func newTalk(transport packet.Protocol, ports [2]uint16) *talk {
	return newTalkOf(transport, ports, nil)
}

// newTalkOf prepares one that only ds will hear.
func newTalkOf(transport packet.Protocol, ports [2]uint16, ds []Detector) *talk {
	return newStageOf(ds).talk(transport, netip.AddrPortFrom(homeEnd, ports[0]), netip.AddrPortFrom(farEnd, ports[1]))
}

// say sends one payload that was captured whole.
func (k *talk) say(dir int, payload []byte) { k.turn(turn{dir: dir, payload: payload}) }

// cut sends one payload of which only the first captured octets were captured.
func (k *talk) cut(dir int, payload []byte, captured int) {
	k.turn(turn{dir: dir, payload: payload[:captured:captured], length: len(payload)})
}

func (k *talk) turn(u turn) {
	if k.flow == nil && k.transport == packet.TCP && !k.joined {
		k.send(turn{dir: 0}, packet.SYN)
		k.send(turn{dir: 1}, packet.SYN|packet.ACK)
	}
	k.send(u, packet.ACK|packet.PSH)
}

// wait lets nanoseconds pass beside the usual gap.
func (k *talk) wait(nanoseconds int64) { k.now += nanoseconds }

func (k *talk) send(u turn, flags uint8) {
	k.now += k.gap
	k.frame++
	length := max(u.length, len(u.payload))
	from, to := k.ends[u.dir], k.ends[1-u.dir]
	hs := [1]packet.Headers{{
		Src: packet.AddrFrom(from.Addr()), Dst: packet.AddrFrom(to.Addr()), SrcPort: from.Port(), DstPort: to.Port(),
		Protocol: k.transport, Octets: uint32(28 + length),
		PayloadCaptured: int32(len(u.payload)), PayloadOctets: int32(length),
	}}
	if k.transport == packet.TCP {
		hs[0].TCPFlags, hs[0].Seq, hs[0].Ack = flags, k.seq[u.dir], k.seq[1-u.dir]
		hs[0].Octets += 12
		k.seq[u.dir] += uint32(length)
		if flags&packet.SYN != 0 {
			k.seq[u.dir]++
		}
	}
	if len(u.payload) < length {
		hs[0].Flags |= packet.Cut
	}
	ts, frames, data := [1]int64{k.now}, [1]uint32{k.frame}, [1][]byte{u.payload}
	var into [1]flow.Entry
	k.table.Update(ts[:], frames[:], hs[:], into[:])
	if into[0].New {
		k.flows = append(k.flows, into[0].Flow)
	}
	k.flow = into[0].Flow
	k.classifier.Observe(into[:], ts[:], frames[:], hs[:], data[:])
}

// claims returns how often each claim was made so far, by name.
func (k *talk) claims() map[string]int {
	got := map[string]int{}
	if k.flow == nil || k.flow.State == 0 {
		return got
	}
	for i := k.classifier.states.at(k.flow.State).claims; i != 0; {
		n := k.classifier.claims.at(i)
		got[weights[n.id()].name] = int(n.count)
		i = n.next
	}
	return got
}

// verdict judges the flow by its own claims and its one socket.
func (k *talk) verdict() Verdict { return k.classifier.Alone(k.flow) }

// eachCut calls check with the conversation cut short at every length of its last payload:
// once as if the sender had sent no more, once as if the snap length had cut it.
func eachCut(transport packet.Protocol, ports [2]uint16, turns []turn, check func(k *talk, captured int, snapped bool)) {
	last := turns[len(turns)-1]
	for n := range last.payload {
		for _, snapped := range [...]bool{false, true} {
			k := newTalk(transport, ports)
			for _, u := range turns[:len(turns)-1] {
				k.turn(u)
			}
			if snapped {
				k.cut(last.dir, last.payload, n)
			} else {
				k.say(last.dir, last.payload[:n:n])
			}
			check(k, n, snapped)
		}
	}
}

// checkNoAllocs asserts that d allocates nothing on any packet of the conversation once the
// flow has its claims. Names of servers are the exception: a detector that learns one
// allocates its text, so give it conversations without.
func checkNoAllocs(t *testing.T, d Detector, ports [2]uint16, turns []turn) {
	t.Helper()
	k := newTalkOf(d.Transport, ports, []Detector{d})
	for n, u := range turns {
		k.turn(u)
		state := k.classifier.states.at(k.flow.State)
		if state.window == 0 {
			return // decided: nothing further is looked at
		}
		o := Observation{
			Flow: k.flow, Dir: flow.Direction(u.dir), Time: k.now, Frame: k.frame,
			Payload: u.payload, Length: max(u.length, len(u.payload)), Seq: k.seq[u.dir],
			state: state, window: k.classifier.windows.at(state.window), classifier: k.classifier,
		}
		if got := testing.AllocsPerRun(20, func() { d.Detect(&o) }); got != 0 {
			t.Errorf("turn %d: %s allocates %v times", n, d.Name, got)
		}
	}
}

// homeAt and farAt are the ends of a conversation, at a port.
func homeAt(port uint16) netip.AddrPort { return netip.AddrPortFrom(homeEnd, port) }
func farAt(port uint16) netip.AddrPort  { return netip.AddrPortFrom(farEnd, port) }
