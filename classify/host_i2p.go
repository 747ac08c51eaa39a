package classify

import "peeratlas/classify/flow"

// From how many routers and networks on a socket's handshakes name I2P, and of how many of its peers at
// least. Probes, refused requests and sessions that began earlier are the others.
const (
	i2pRouters  = 3
	i2pNetworks = 3
	i2pShare    = 4 // one in so many
)

// routers tells whether the handshakes that c counts, if any, were with enough of them.
func (c *overlayCount) routers() bool {
	return c != nil && c.peers >= i2pRouters && c.networks >= i2pNetworks
}

// i2pLine is what the handshakes of who, the socket of f, say of the noise that f holds.
func (j *Judge) i2pLine(who endpoint, f *flow.Flow) (line, bool) {
	c := j.overlayAt(overlayKey{sign: i2pSocket, who: who}, f)
	all := j.overlayAt(overlayKey{sign: noiseSocket, who: who}, f)
	if !c.routers() || all == nil || c.peers*i2pShare < all.peers {
		return line{}, false
	}
	return c.line(claimI2PSocket, weights[claimI2PSocket].bits, "i2p"), true
}
