package doctor

import (
	"fmt"
	"slices"

	"peeratlas/capture/packet"
)

// Limits of what a mirror must show.
const (
	// A mirror of a working network shows conversations: what goes to everybody is a few percent of
	// it. A port that is no mirror shows that alone, and now and then a frame that a switch floods
	// because it does not know the station.
	leastUnicast = 0.01
	// A machine's own traffic has its address in every frame but those to everybody.
	ownShare = 0.99
	// One machine has one IPv4 address on an interface, and some of IPv6: link-local, stable and
	// up to a week of temporary ones (RFC 8981, section 3.8).
	mostOwn4, mostOwn6 = 1, 10
)

// mirror counts who is seen.
type mirror struct {
	own              []packet.MAC
	cast             [4]uint64 // frames by cast
	role             [4]uint64 // frames by role
	foreign          uint64    // unicast frames of which no address is an own one
	stations         heavy[packet.MAC]
	addresses        heavy[packet.Addr]
	sources          sources
	unicastFrames    uint64 // with MACs
	unicastAddresses uint64 // with addresses
}

func (m *mirror) init(own []packet.MAC) { m.own = own }

func (m *mirror) add(f *frame) {
	m.cast[f.cast]++
	m.role[f.role]++
	if f.ip >= 0 {
		m.sources.add(f)
	}
	if f.cast != unicast {
		return
	}
	if f.ip >= 0 {
		m.unicastAddresses++
		m.addresses.add(mixedAddr(1, &f.h.Src), f.h.Src)
		m.addresses.add(mixedAddr(1, &f.h.Dst), f.h.Dst)
	}
	if !f.macs {
		return
	}
	m.unicastFrames++
	src, dst := packet.MAC(f.data[6:12]), packet.MAC(f.data[0:6])
	m.stations.add(mixedOctets(1, src[:]), src)
	m.stations.add(mixedOctets(1, dst[:]), dst)
	foreign := true
	for _, own := range m.own {
		foreign = foreign && src != own && dst != own
	}
	if foreign {
		m.foreign++
	}
}

func (m *mirror) finding(live bool, conversations uint64) Finding {
	f := Finding{Check: "mirror",
		Limit: "a problem if all goes to everybody or all is of this machine: a switch sends a port that is no mirror nothing else"}
	frames := m.cast[unicast] + m.cast[multicast] + m.cast[broadcast]
	f.figure("unicast", m.cast[unicast])
	f.figure("multicast", m.cast[multicast])
	f.figure("broadcast", m.cast[broadcast])
	f.figure("stations", uint64(m.stations.distinct()))
	if frames < 10 {
		f.Measured = "too few frames whose receiver is known"
		f.Severity = Unknown
		return f
	}
	if share(m.cast[unicast], frames) < leastUnicast {
		f.Measured = "only frames to everybody: " + of(frames-m.cast[unicast], frames, "are broadcast or multicast")
		severity := Problem
		if frames < fewPackets {
			severity = Hint // nobody may have talked yet
		}
		f.is(severity, "No conversation is seen: there is nothing to judge.",
			"Make the switch port the destination of a mirror session (or use a tap), with the uplink as source, both directions (rx and tx).")
		return f
	}
	f.Measured = grouped(m.cast[unicast]) + " of " + grouped(frames) + " frames are conversations"
	if n := m.stations.distinct(); n > 0 {
		f.Measured += fmt.Sprintf(", of %s%d stations", m.stations.more(), n)
	}
	if live && len(m.own) > 0 {
		m.ownOnly(&f)
		return f
	}
	who, nat := m.oneMachine()
	if len(who) == 0 || nat {
		return f
	}
	f.Measured = "every conversation is of one machine, " + who[0].Netip().String()
	if len(who) == 2 {
		f.Measured = "every conversation is between " + who[0].Netip().String() + " and " + who[1].Netip().String()
	}
	if frames >= fewPackets && conversations >= fewConversations {
		f.is(Hint, "Only this machine can be judged. That is right where it was captured on it.",
			"Of a mirror port expect many machines: give it the uplink as source, not one access port, and capture in promiscuous mode.")
	}
	return f
}

// ownOnly judges an interface, whose address is known.
func (m *mirror) ownOnly(f *Finding) {
	f.figure("foreign", m.foreign)
	if m.foreign > 0 {
		f.Measured += ", " + grouped(m.foreign) + " not with this machine"
		return
	}
	f.Measured = "all " + grouped(m.unicastFrames) + " frames that are not to everybody are from or to this machine"
	f.is(Problem, "This is no mirror: other machines are not seen at all.",
		"Plug this interface into the destination port of a mirror session or into a tap, and let it be promiscuous; an address of its own is not needed.")
}

// oneMachine names the machine that all conversations are of, or the two that all are between, and
// tells whether the first stands for others: a router that translates addresses.
func (m *mirror) oneMachine() (who []packet.Addr, nat bool) {
	if m.unicastFrames == 0 {
		if m.role[toOther] > 0 || m.unicastAddresses < 10 {
			return nil, false
		}
		for a, n := range m.addresses.all {
			if share(n, m.unicastAddresses) >= ownShare && len(who) < 2 {
				who = append(who, a)
			}
		}
		return who, len(who) == 1 && m.sources.translates(who[0])
	}
	for mac, n := range m.stations.all {
		if share(n, m.unicastFrames) < ownShare {
			continue
		}
		one, four, six := m.sources.of(mac)
		if four+six > 0 && four <= mostOwn4 && six <= mostOwn6 && len(who) < 2 {
			who = append(who, one)
			nat = nat || four == 1 && m.sources.translates(one)
		}
	}
	slices.SortFunc(who, func(a, b packet.Addr) int { return a.Netip().Compare(b.Netip()) })
	return who, nat && len(who) == 1
}

// heavy counts values and never forgets one that most packets have (Misra and Gries, 1982, in
// sets): a newcomer wears the least of its set down before it takes its place.
type heavy[T comparable] struct {
	entries [heavySets * heavyWays]struct {
		value T
		count uint64 // packets with it
		worth uint64 // what is left of count; 0 is free
	}
	full bool // somebody was worn down
}

const heavySets, heavyWays = 256, 4

func (h *heavy[T]) add(hash uint64, value T) {
	set := h.entries[hash%heavySets*heavyWays:][:heavyWays]
	least := 0
	for i := range set {
		if set[i].worth > 0 && set[i].value == value {
			set[i].count++
			set[i].worth++
			return
		}
		if set[i].worth < set[least].worth {
			least = i
		}
	}
	if e := &set[least]; e.worth > 0 {
		e.worth--
		h.full = true
	} else {
		e.value, e.count, e.worth = value, 1, 1
	}
}

// all goes over what is held.
func (h *heavy[T]) all(yield func(T, uint64) bool) {
	for i := range h.entries {
		if e := &h.entries[i]; e.worth > 0 && !yield(e.value, e.count) {
			return
		}
	}
}

// distinct is how many are held.
func (h *heavy[T]) distinct() int {
	n := 0
	for range h.all {
		n++
	}
	return n
}

// more is in front of distinct's number where it is a lower bound.
func (h *heavy[T]) more() string {
	if h.full {
		return "more than "
	}
	return ""
}
