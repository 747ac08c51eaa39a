package classify

import "peeratlas/capture/packet"

// BitTorrent's Message Stream Encryption over TCP, by the shape of its handshake.
//
//	A -> B  public key 96 | padding 0..512                            96 to 608 octets
//	B -> A  public key 96 | padding 0..512                            96 to 608
//	A -> B  hash 20 | hash 20 | sealed: 8, 4, 2, padding 0..512, 2, first data    56 or more
//	B -> A  sealed: 8, 4, 2, padding 0..512                           14 or more
//
// All of it is noise, and each step waits for the one before. Proxies, obfs4 and other
// obfuscated streams fit the same bounds: the shape is worth little without a sign that one of
// the ends speaks BitTorrent, which the host tells (host_torrent.go).
var mse = Detector{
	Name:       "bittorrent-mse",
	Transport:  packet.TCP,
	References: []string{"Message Stream Encryption 1.0, handshake and early termination conditions"},
	Proves:     "The first three turns of a stream are noise of the lengths of MSE's handshake.",
	Not:        "That it is MSE.",
	Claims:     []ClaimID{claimMSE},
	Detect:     detectMSE,
}

// Bounds of MSE's turns in octets.
const (
	mseKey   = 96
	mseMost  = mseKey + 512
	mseThird = 20 + 20 + 8 + 4 + 2 + 2
)

func detectMSE(o *Observation) {
	if !o.FromInitiator() || o.Number() < 2 || o.Number() > 3 || o.Length < mseThird {
		return
	}
	mine, other := o.Flow.First[o.Dir].Length, o.Flow.First[1-o.Dir].Length
	if mine < mseKey || mine > mseMost || other < mseKey || other > mseMost || !tcpNoise(o.Payload) {
		return
	}
	// A, B, A: the dialler spoke once before, and was answered in between.
	for k := range o.Number() - 1 {
		if b := o.Before(k); b == nil || b.dir == o.Dir {
			return
		}
	}
	if o.ClaimedBySender(claimRandomFirst) && o.ClaimedByOther(claimRandomFirst) {
		o.Claim(claimMSE, uint32(mine), uint32(other))
	}
}
