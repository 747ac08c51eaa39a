package classify

import "peeratlas/classify/flow"

// From how many nodes and networks on a socket's handshakes name Hyphanet, and of how many of its
// peers at least: noise of other programs has the lengths once in some hundred flows, and a node
// shakes hands anew with all that were not connected before.
const (
	hyphanetNodes    = 3
	hyphanetNetworks = 3
	hyphanetShare    = 3 // one in so many
)

// hyphanetSession tells whether flow i holds JFK(3) and JFK(4).
func (j *Judge) hyphanetSession(f *flow.Flow) bool {
	n := j.c.claimed(f, claimHyphanetSession)
	return n != nil && n.dirs() == 3
}

// hyphanetLine is what the handshakes of who, the socket of f, say of the noise that f holds.
func (j *Judge) hyphanetLine(who endpoint, f *flow.Flow) (line, bool) {
	c := j.overlayAt(overlayKey{sign: hyphanetSocket, who: who}, f)
	all := j.overlayAt(overlayKey{sign: noiseSocket, who: who}, f)
	if c == nil || all == nil || c.peers < hyphanetNodes || c.networks < hyphanetNetworks || c.peers*hyphanetShare < all.peers {
		return line{}, false
	}
	return c.line(claimHyphanetSocket, weights[claimHyphanetSocket].bits, "hyphanet"), true
}
