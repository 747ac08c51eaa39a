package classify

import (
	"slices"

	"peeratlas/capture/packet"
)

// Rhythms of a socket: what one clock does to many peers.

// rhythm is what a socket does at fixed intervals.
type rhythm struct {
	kept, keptNets int32  // far ends kept alive at one interval, and their networks
	keptEvery      uint32 // milliseconds
	bursts         int32  // groups of contacts at equal distances
	burstEvery     uint32 // milliseconds
}

// Bounds from which rhythms speak. Three intervals that agree within a tenth do so by chance once
// in a hundred times, and far ends in three networks are no server farm.
const (
	keptPeers     = 3
	keptNetworks  = 3
	burstContacts = 3          // new far ends at once
	burstGroups   = 4          // hence three distances
	burstApart    = int64(1e8) // 100 ms: of one burst
	burstShare    = 10         // one in so many: 10 %
)

// findRhythm learns the rhythms of a socket.
func (j *Judge) findRhythm(s *socket) {
	if s.protocol != packet.UDP || len(s.flows) < keptPeers {
		return
	}
	j.keptAlive(s)
	j.bursts(s)
}

// keptAlive finds the interval at which the home end keeps most far ends alive.
func (j *Judge) keptAlive(s *socket) {
	type beat struct {
		every uint32
		far   packet.Addr
	}
	var beats []beat
	for _, i := range s.flows {
		f, x := j.flows[i], &j.facts[i]
		if f.State == 0 || x.vetoed || !x.far {
			continue
		}
		if n := j.c.claimed(f, claimKeepAlive); n != nil && n.dirs()>>x.near&1 != 0 {
			beats = append(beats, beat{n.a, f.Key.Addr[1-x.near]})
		}
	}
	if len(beats) < keptPeers {
		return
	}
	slices.SortFunc(beats, func(a, b beat) int { return int(a.every) - int(b.every) })
	for from, to := 0, 0; from < len(beats); from++ {
		for to < len(beats) && beats[to].every-beats[from].every <= beats[from].every/10 {
			to++
		}
		if to-from < keptPeers || to-from <= int(s.rhythm.kept) {
			continue
		}
		far := make([]packet.Addr, 0, to-from)
		for _, b := range beats[from:to] {
			far = append(far, b.far)
		}
		if peers, n := spreadOf(far); peers > s.rhythm.kept && n >= keptNetworks {
			s.rhythm.kept, s.rhythm.keptNets, s.rhythm.keptEvery = peers, n, beats[from+(to-from)/2].every
		}
	}
}

// bursts finds groups of contacts that the home end makes at once, at equal distances: classic
// Skype probes five peers a second when it starts (measured on a capture with 146 peers).
func (j *Judge) bursts(s *socket) {
	var group, start, last int64
	var groups []int64
	end := func() {
		if group >= burstContacts {
			groups = append(groups, start)
		}
	}
	for _, i := range s.flows {
		f, x := j.flows[i], &j.facts[i]
		if x.vetoed || !x.far || uint8(f.Initiator) != x.near {
			continue
		}
		if group > 0 && f.Start-last <= burstApart {
			group++
		} else {
			end()
			group, start = 1, f.Start
		}
		last = f.Start
	}
	end()
	run := int32(1)
	for n := 2; n < len(groups); n++ {
		gap, before := groups[n]-groups[n-1], groups[n-1]-groups[n-2]
		if max(gap, before)-min(gap, before) > before/burstShare {
			run = 1
			continue
		}
		if run++; run+1 >= burstGroups && run+1 > s.rhythm.bursts {
			s.rhythm.bursts, s.rhythm.burstEvery = run+1, uint32(min(gap/1e6, 1<<32-1))
		}
	}
}

// rhythmLines adds the rhythms of socket s to a flow of it that nothing else explains.
func (j *Judge) rhythmLines(s *socket, lines []line) []line {
	if s.serves || s.oneFar && s.scans() || s.repeats() {
		return lines
	}
	if s.rhythm.kept >= keptPeers {
		lines = append(lines, valued(claimKeptAlive, uint32(s.rhythm.kept), s.rhythm.keptEvery))
	}
	if s.rhythm.bursts >= burstGroups && s.fansOut() {
		lines = append(lines, valued(claimBursts, uint32(s.rhythm.bursts), s.rhythm.burstEvery))
	}
	return lines
}
