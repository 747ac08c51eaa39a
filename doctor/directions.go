package doctor

import (
	"fmt"
	"math"

	"peeratlas/capture/packet"
)

// Limits of directions. Proof of a direction that is missing is a TCP side that acknowledges what
// nobody was seen to send: a scan has no such side, and a stream over UDP proves nothing.
const (
	leastUnheard = 3    // one or two conversations may lie at the edge of a capture or be lost
	oneWayShare  = 0.90 // a one-way mirror shows no answer at all; some come by other ways
	mixedHint    = 0.05 // of conversations one way, where the others are whole
	mixedProblem = 0.20
	leastSilent  = 20 // UDP flows without an answer that are worth a hint where nothing is answered
	leastUDP     = 3  // packets of such a flow
)

// counts is what the sampled conversations come to.
type counts struct {
	sampled     uint64
	halved      uint
	both        uint64 // TCP, both directions seen
	unheard     uint64 // TCP, one direction seen, and the other must have been there
	fromHome    uint64 // of unheard, the side that is seen is inside and the other is not
	toHome      uint64 // of unheard, the other way round
	unanswered  uint64 // TCP, one direction seen, and nothing tells of another
	udpBoth     uint64
	udpSilent   uint64 // UDP, several packets one way
	udpOther    uint64
	split       uint64 // both directions seen, under other VLAN tags
	oneTagged   uint64 // of these, only one of them tagged
	otherRouter uint64 // both directions seen, through other stations
	paths       []path
	home        homes
}

// path counts the TCP conversations that go over one interface, VLAN and next station.
type path struct {
	inf           uint16
	tagged        bool
	vid           uint16
	both, unheard uint64
}

const mostPaths = 256

func (c *conversations) count() counts {
	n := counts{halved: c.halved}
	for v := range c.all {
		n.sampled++
		n.direction(v, c.home)
		n.home.add(v, c.home)
	}
	return n
}

// direction sorts one conversation.
func (n *counts) direction(v *conversation, home func(*[16]byte) bool) {
	a, b := &v.side[0], &v.side[1]
	if a.packets > 0 && b.packets > 0 {
		if v.protocol == packet.TCP {
			n.both++
			n.on(v, a, 1, 0)
		} else {
			n.udpBoth++
		}
		if a.vid != b.vid || a.tagged != b.tagged {
			n.split++
			if a.tagged != b.tagged {
				n.oneTagged++
			}
		}
		if a.from != b.to || a.to != b.from {
			n.otherRouter++
		}
		return
	}
	d := 0
	if a.packets == 0 {
		d = 1
	}
	s := &v.side[d]
	switch {
	case v.protocol == packet.TCP && s.answered():
		n.unheard++
		n.on(v, s, 0, 1)
		here, there := home((*[16]byte)(&v.addr[d])), home((*[16]byte)(&v.addr[1-d]))
		if here && !there {
			n.fromHome++
		} else if there && !here {
			n.toHome++
		}
	case v.protocol == packet.TCP:
		n.unanswered++
	case s.packets >= leastUDP:
		n.udpSilent++
	default:
		n.udpOther++
	}
}

// answered tells whether the other side of s must have sent something: s completed a handshake, or
// acknowledged more and more, in three packets at least.
func (s *side) answered() bool {
	return s.packets >= 3 && s.marks&sawACK != 0 && s.marks&(ackMoved|sawSYN|sawSYNACK) != 0
}

// on counts a conversation for the path of one of its sides.
func (n *counts) on(v *conversation, s *side, both, unheard uint64) {
	for i := range n.paths {
		if p := &n.paths[i]; p.inf == s.inf && p.tagged == s.tagged && p.vid == s.vid {
			p.both += both
			p.unheard += unheard
			return
		}
	}
	if len(n.paths) < mostPaths {
		n.paths = append(n.paths, path{s.inf, s.tagged, s.vid, both, unheard})
	}
}

// all estimates how many conversations there were, sampled or not.
func (n *counts) all() uint64 { return n.sampled << n.halved }

// total writes that number, and that it is an estimate where it is.
func (n *counts) total() string {
	if n.halved == 0 {
		return grouped(n.sampled)
	}
	return "about " + grouped(n.all())
}

// error writes the error of a share that was found in a sample of so many; empty if all were seen.
func (n *counts) error(part, all uint64) string {
	if n.halved == 0 || all == 0 {
		return ""
	}
	p := share(part, all)
	// 1.96 standard errors hold 95% of samples; a share of 0 or 1 is known to three in so many.
	e := max(1.96*math.Sqrt(p*(1-p)/float64(all)), 3/float64(all))
	return fmt.Sprintf(" ±%.1f%%, of a sample of one in %d", 100*e, 1<<n.halved)
}

func (n *counts) finding() Finding {
	f := Finding{Check: "directions",
		Limit: "5% one way is a hint, 20% a problem: proofs need both directions; 90% is a one-way mirror. A scan's SYNs do not count"}
	decided := n.both + n.unheard
	f.figure("tcp_both_ways", n.both)
	f.figure("tcp_one_way", n.unheard)
	f.figure("tcp_unanswered", n.unanswered)
	f.figure("udp_both_ways", n.udpBoth)
	f.figure("udp_one_way", n.udpSilent)
	f.figure("directions_in_other_vlans", n.split)
	f.figure("directions_by_other_stations", n.otherRouter)
	part := share(n.unheard, decided)
	f.Measured = of(n.unheard, decided, "TCP conversations show one direction") + n.error(n.unheard, decided)
	if n.unheard == 0 && n.both > 1 {
		f.Measured = "both directions of all " + counted(decided, "TCP conversation", "TCP conversations") + n.error(0, decided)
	} else if n.unheard == 0 {
		f.Measured = "both directions of the only TCP conversation"
	}
	switch {
	case n.unheard >= leastUnheard && part >= oneWayShare && n.udpBoth <= n.unheard/10:
		f.Measured += n.seenSide()
		f.is(Problem, "Answers are missing: proofs that need both ends (transactions, handshakes) fail, peers look like probes nobody answered.",
			"Mirror both directions (rx and tx) of the uplink; with a tap, capture both of its ports into one file or name both interfaces.")
	case n.unheard >= leastUnheard && part >= mixedHint:
		severity := Hint
		if part >= mixedProblem {
			severity = Problem
		}
		f.Measured += n.where()
		f.is(severity, "Of these conversations the answers go where the mirror does not look (asymmetric routing): they are judged by half.",
			"Mirror every uplink and VLAN that the answers can take, or capture where both directions pass one port.")
	case decided == 0 && n.udpBoth > 0:
		f.Measured = "both directions of " + counted(n.udpBoth, "UDP conversation", "UDP conversations") + "; no TCP conversation proves more"
	case decided == 0 && n.udpBoth == 0 && n.udpSilent >= leastSilent:
		f.Measured = "no answer to any of " + grouped(n.udpSilent) + " UDP flows, and no TCP conversation to prove more"
		f.is(Hint, "A one-way mirror looks so, and so do a scan and streams that nobody answers.",
			"See that the mirror shows both directions (rx and tx), and look again when there is TCP traffic.")
	case n.unheard > 0 && n.both+n.udpBoth == 0:
		f.Measured += n.seenSide()
		f.is(Hint, "If that is so of all conversations, proofs that need both ends fail.",
			"See that the mirror shows both directions (rx and tx), and look again when there is more traffic.")
	case decided == 0:
		f.Severity = Unknown
		f.Measured = "no TCP conversation whose two sides would tell"
		if n.unanswered > 0 {
			f.Measured += "; " + counted(n.unanswered, "TCP flow", "TCP flows") + " without an answer may be a scan"
		}
	case n.split > 0:
		f.Measured += "; " + n.splitWords()
	}
	return f
}

// seenSide says which direction is there, if that is the same everywhere.
func (n *counts) seenSide() string {
	switch {
	case n.fromHome*10 >= n.unheard*9:
		return ": only what home hosts send"
	case n.toHome*10 >= n.unheard*9:
		return ": only what is sent to home hosts"
	}
	return ""
}

// where says by which interface or VLAN the conversations go that show one direction, if that
// tells them apart from the others.
func (n *counts) where() string {
	infs := false
	for i := range n.paths {
		infs = infs || n.paths[i].inf != n.paths[0].inf
	}
	var worst *path
	for i := range n.paths {
		if p := &n.paths[i]; p.unheard >= leastUnheard && p.both*9 <= p.unheard && (worst == nil || p.unheard > worst.unheard) {
			worst = p
		}
	}
	if worst == nil || worst.unheard*2 < n.unheard {
		return n.seenSide()
	}
	name := "untagged"
	if worst.tagged {
		name = fmt.Sprintf("in VLAN %d", worst.vid)
	}
	if infs {
		name += fmt.Sprintf(" on interface %d of the capture", worst.inf)
	} else if len(n.paths) == 1 {
		return n.seenSide()
	}
	return fmt.Sprintf("; %s of them %s", grouped(worst.unheard), name)
}

// splitWords tells of conversations whose directions go under other tags, which is no fault.
func (n *counts) splitWords() string {
	if n.oneTagged*2 > n.split {
		return grouped(n.split) + " are tagged in one direction alone"
	}
	return grouped(n.split) + " go in another VLAN each way"
}
