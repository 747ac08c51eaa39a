package classify

import "peeratlas/capture/packet"

// BitTorrent's Message Stream Encryption over TCP, by the shape of its handshake.
//
//	A -> B  public key 96 | padding 0..512                            96 to 608 octets
//	B -> A  public key 96 | padding 0..512                            96 to 608
//	A -> B  hash 20 | hash 20 | sealed: 8, 4, 2, padding 0..512, 2, first data    56 or more
//	B -> A  sealed: 8, 4, 2, padding 0..512                           14 or more
//
// All of it is noise. Most programs write key and padding at once, and B waits for A's key;
// some write each field by itself, and then the first segment of both directions is the bare
// key of 96 octets, in any order (anacrolix/torrent 1.62, captured 2026-11). Proxies, obfs4 and
// other obfuscated streams fit the wide bounds: the shape is worth little without a sign that
// one of the ends speaks BitTorrent, which the host tells (host_torrent.go). Two bare keys of
// 768 bits are worth more.
var mse = Detector{
	Name:       "bittorrent-mse",
	Transport:  packet.TCP,
	References: []string{"Message Stream Encryption 1.0, handshake and early termination conditions"},
	Proves:     "A stream begins with noise of the lengths of MSE's handshake.",
	Not:        "That it is MSE.",
	Claims:     []ClaimID{claimMSE, claimMSEKeys},
	Within:     7,
	Gates:      []Gate{{Follows: []ClaimID{claimRandomFirst}, Initiator: true, After: 2}},
	Detect:     detectMSE,
}

// Bounds of MSE's turns in octets.
const (
	mseKey  = 96
	mseMost = mseKey + 512
	mseHash = 20 // of the third turn, if written by itself
	mseTurn = mseHash + 20 + 8 + 4 + 2 + 2
)

func detectMSE(o *Observation) {
	if !o.FromInitiator() || o.Number() < 2 || o.Number() > 6 || o.Length < mseHash {
		return
	}
	if o.Claimed(claimRandomFirst) == 0 || o.Claimed(claimClearFirst) != 0 || len(o.Payload) >= noiseLeast && structured(o.Payload) {
		return // one turn of noise in a hundred is in doubt: it is enough that none is clear
	}
	mine, other, inTurn := o.mseTurns()
	if mine < mseKey || mine > mseMost || other < mseKey || other > mseMost {
		return
	}
	switch {
	case o.state.first[o.Dir].Length == mseKey && o.state.first[1-o.Dir].Length == mseKey:
		o.Claim(claimMSEKeys, uint32(mine), uint32(other))
	case inTurn && (o.Length >= mseTurn || o.Length == mseHash):
		o.Claim(claimMSE, uint32(mine), uint32(other))
	}
}

// mseTurns adds up what each end sent so far; inTurn tells that the dialler spoke first and
// then only the other.
func (o *Observation) mseTurns() (mine, other int, inTurn bool) {
	inTurn = true
	for k := range o.Number() {
		b := o.Before(k)
		if b == nil {
			return 0, 0, false
		}
		if c := o.Before(k + 1); c != nil && c.dir == b.dir && c.length == b.length && c.ones == b.ones && c.prefix == b.prefix {
			continue // sent or mirrored twice
		}
		if b.dir == o.Dir {
			mine += int(b.length)
		} else {
			inTurn = inTurn && mine == 0 // looking back, the other's come before mine
			other += int(b.length)
		}
	}
	return mine, other, inTurn
}
