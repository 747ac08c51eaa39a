package classify

import (
	"slices"

	"peeratlas/classify/flow"
)

// Streams of noise over TCP, by how a host opens them.
//
// A peer's program dials many strangers, some of them again when it lost them, and keeps one
// stream with each, or two while it makes sure which lives (Skype's does). A proxy's client
// opens a stream for each of its user's, many at once, to one server or a few. A server of
// noise (a proxy's, or a bridge's) dials nobody.

// What tells a server's far end: three streams at once more than once, or very many one after
// the other.
const (
	serverStreams = 5
	serverAtOnce  = 2
	serverAgain   = 24
	// streamsAgain is how many streams a peer gets on average at most.
	streamsAgain = 3
	// A service is dialled again and again: so often at one endpoint, or twice on average at
	// one port of two far ends or more. Skype's program tries a lost peer five times (Baset,
	// Schulzrinne 2004).
	serviceStreams = 6
	serviceAgain   = 2
)

// redialled tells whether stream f leads where the host's streams of noise lead again and again, as
// to a proxy, a backup or a log that several servers share. A peer that is lost is dialled again,
// but not all of those that happen to share a port.
func (j *Judge) redialled(f *flow.Flow, near uint8) bool {
	if s := j.overlayAt(serverKey(f, near), f); s != nil && s.flows >= serviceStreams {
		return true
	}
	p := j.overlayAt(portKey(f, near), f)
	return p != nil && p.peers > 1 && p.flows >= p.peers*serviceAgain
}

// server tells whether the streams that c counts lead to one server.
func (c *overlayCount) server() bool {
	return c.flows >= serverStreams && c.atOnce >= serverAtOnce || c.flows >= serverAgain
}

// streamLines adds what a host's streams of noise, which c counts, say of flow f among them.
func (j *Judge) streamLines(f *flow.Flow, k overlayKey, c *overlayCount, lines []line) []line {
	near := uint8(0)
	if f.Key.Addr[1] == k.who.addr {
		near = 1
	}
	if s := j.overlayAt(serverKey(f, near), f); s != nil && s.server() {
		return append(lines, valued(claimOneServer, uint32(s.flows), uint32(s.atOnce)))
	}
	built := builtByFamily(lines)
	if !built && j.redialled(f, near) {
		return lines
	}
	// People's programs listen each where it could, or at their family's port, and then show its
	// build. Servers of one service, such as a backup's, share a port and show only noise.
	samePort := func(c *overlayCount) bool { return c.otherPorts*2 < c.flows && !built }
	shaped := slices.ContainsFunc(lines, func(l line) bool { return l.id == claimMSE })
	m := j.overlayAt(overlayKey{sign: mseStreams, who: k.who}, f)
	group, another := j.anotherProgram(f, near, c)
	switch {
	case another && !built:
		if group != nil && group.asPeers(streamPeers, streamNetworks) && !samePort(group) {
			return append(lines, group.line(claimStreamFanOut, weights[claimStreamFanOut].bits, ""))
		}
	case c.asPeers(streamPeers, streamNetworks) && !samePort(c) && (built || shaped || m == nil || m.flows*2 < c.flows):
		// one program builds its streams alike: beside a torrent's, what lacks their shape is another's
		return append(lines, c.line(claimStreamFanOut, weights[claimStreamFanOut].bits, ""))
	case shaped && m != nil && m.asPeers(msePeers, mseNetworks) && !samePort(m):
		return append(lines, m.line(claimStreamFanOut, weights[claimStreamFanOut].bits, ""))
	}
	return lines
}

// asPeers tells whether the streams go to so many peers and networks, some begun by the home
// end, and few to each.
func (c *overlayCount) asPeers(peers, networks int) bool {
	return c.peers >= peers && c.networks >= networks && c.dialled >= min(socketDialled, peers/2) && c.dialled*8 >= c.peers &&
		c.flows < c.peers*streamsAgain
}

// builtByFamily tells whether lines hold a sign of a family's build that is more than lengths.
func builtByFamily(lines []line) bool {
	return slices.ContainsFunc(lines, func(l line) bool {
		w := &weights[l.id]
		return l.bits > othersBits && l.family != "" && (w.group == structure || w.group == transaction)
	})
}
