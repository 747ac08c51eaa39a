package classify

import (
	"maps"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// What is kept of a capture of weeks must not grow with it. Flows are forgotten by whoever holds
// them; leases of names, windows and messages in pieces give way to newer ones by themselves. This
// is the rest.

// heardEvery is how exactly it is known when a client was last told anything; clientsFor is how long
// one is remembered that is told nothing any more, where clients are many.
const (
	heardEvery = int64(3600e9)
	clientsFor = 24 * heardEvery
)

// Age forgets what is of no use to flows that began at since or later, given the time now: media that
// was announced for calls long ago, and clients of DNS that were not heard for a day, if they are
// many. No lane may be at work.
func (c *Classifier) Age(now, since int64) {
	c.announced.age(max(since, now-clientsFor))
	if n := &c.names; len(n.clients) > n.most/2 {
		maps.DeleteFunc(n.clients, func(_ packet.Addr, client dnsClient) bool { return client.heard < now-clientsFor })
	}
	for _, lane := range c.lanes {
		lane.alone = nil // with the roles that it was told
	}
}

// age drops what no flow that begins at since or later can use.
func (a *announced) age(since int64) {
	maps.DeleteFunc(a.ends, func(_ place, said []span) bool {
		if since-said[len(said)-1].end < announcedFor {
			return false
		}
		a.size -= len(said)
		return true
	})
}

// ForgetLast is Forget for the last piece of a flow that the active timeout cut, once none of the
// pieces before it is held any more.
func (c *Classifier) ForgetLast(f *flow.Flow) {
	f.ClearContinues()
	c.Forget(f)
}

// Socket is the number of the socket of flow i, -1 if it has none that is judged. Flows of one
// socket have one number.
func (j *Judge) Socket(i int) int { return int(j.facts[i].socket) }

// Alone tells whether flow i is surely something else than peer-to-peer and tells nothing of others:
// no other flow has its socket, and nothing in it speaks of its host or its far end. When it has
// ended, nobody misses it.
func (j *Judge) Alone(i int) bool {
	x := &j.facts[i]
	return x.vetoed && x.own < loneOdds && x.signs&^signOthers == 0 &&
		(x.socket < 0 || len(j.sockets[x.socket].flows) == 1)
}
