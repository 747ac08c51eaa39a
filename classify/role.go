package classify

import (
	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// Role is what a far address is there for. This package knows octets and behaviour; whose network
// an address belongs to is told by Options.Role, if anybody knows.
type Role uint8

// The roles.
const (
	UnknownRole    Role = iota
	EyeballRole         // a network of people's lines
	HostingRole         // a data centre, cloud or content network
	RelayRole           // published by its owner as a relay of calls
	ConferenceRole      // published by its owner as a conference's server
)

// roles caches what was told of far addresses, and what their own traffic tells.
type roles struct {
	told  map[packet.Addr]Role
	turns map[packet.Addr]turnServer
}

// turnServer is where TURN was spoken both ways.
type turnServer struct {
	when  spans
	frame uint32
}

// maxRoles bounds the cache of roles: about 40 octets each. It starts anew when it is full, so
// that an address may be asked about twice.
const maxRoles = 1 << 16

// roleOdds is the log odds below which nobody is asked: an eyeball's bits could not bring such a
// flow to likely, and a flood has a million of them.
const roleOdds = -5.0

// role is what the far address is there for, asked once.
func (j *Judge) role(far packet.Addr) Role {
	if j.c.options.Role == nil {
		return UnknownRole
	}
	r, known := j.roles.told[far]
	if !known {
		if j.roles.told == nil || len(j.roles.told) >= maxRoles {
			j.roles.told = map[packet.Addr]Role{}
		}
		r = j.c.options.Role(far)
		j.roles.told[far] = r
	}
	return r
}

// findTurns learns which far addresses relay, by their own traffic: TURN spoken both ways.
func (j *Judge) findTurns() {
	j.roles.turns = map[packet.Addr]turnServer{}
	for i := range j.facts {
		if j.facts[i].signs&signTurn == 0 || !j.facts[i].far {
			continue
		}
		f := j.flows[i]
		n := j.c.claimed(f, claimTurnControl)
		if n == nil || n.dirs() != 3 {
			continue
		}
		far := f.Key.Addr[1-j.facts[i].near]
		t, known := j.roles.turns[far]
		if !known {
			t = turnServer{frame: f.FirstFrame}
		}
		t.when.add(f)
		j.roles.turns[far] = t
	}
}

// roleLines adds what the far end of flow i is there for. Where neither end is at home, which is
// the far one is a guess, and nothing is said. Signs of a call through a relay turn
// what is against a direct peer (nobody lives in a provider's range) into what is for a peer
// behind it.
func (j *Judge) roleLines(i int, lines []line) []line {
	f, x := j.flows[i], &j.facts[i]
	if !x.far || x.even || x.vetoed || !spoke(f) || weigh(lines) < roleOdds {
		return lines
	}
	far := f.Key.Addr[1-x.near]
	call := false // two agents, or data for a peer, are at work
	for n := range lines {
		l := &lines[n]
		switch l.id {
		case claimIceTwoWay, claimIceAsked, claimStunPunch:
			call = true
		default:
			call = call || l.bits > 0 && weights[l.id].path == Relayed
		}
	}
	if call {
		if t, ok := j.turnAt(far, f); ok {
			l := plain(claimRelayServer)
			l.frames[0] = t.frame
			lines = append(lines, l)
		}
	}
	switch j.role(far) {
	case EyeballRole:
		// Servers are dialled from people's lines, and most addresses that never answer are people's:
		// that one of them was dialled and answered is what is rare.
		if uint8(f.Initiator) == x.near && j.answered(int32(i)) {
			lines = append(lines, plain(claimEyeball))
		}
	case HostingRole:
		lines = append(lines, plain(claimHosting))
	case ConferenceRole:
		lines = append(lines, plain(claimConference))
	case RelayRole:
		if call {
			return append(lines, plain(claimProviderRelay))
		}
		lines = append(lines, plain(claimProviderDirect))
	}
	return lines
}

// turnAt looks a relay up, unless it was seen too far in time from flow f, or in f itself alone.
func (j *Judge) turnAt(far packet.Addr, f *flow.Flow) (turnServer, bool) {
	t, ok := j.roles.turns[far]
	return t, ok && t.frame != f.FirstFrame && t.when.near(f)
}
