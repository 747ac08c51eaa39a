package classify

import "peeratlas/capture/packet"

// RLPx joined under way: frames on the port of Ethereum's nodes.
//
//	| header 16, sealed | its MAC 16 | data, sealed and padded to a multiple of 16 | MAC 16 |
//
// After the handshake (rlpx.go) all is frames, so what either end writes at once is a multiple of 16
// octets and at least 64, and noise. A segment as long as a path carries is a part of something
// longer: its octets count with what follows it. Six such writes of both ends are a chance of one in
// 2^24 for lengths that follow no block. Other ciphers of blocks write multiples of 16, too, so
// the registered port is asked for, and decides nothing by itself: how many nodes the host has
// such streams with does (host_overlay.go).
var rlpxFrames = Detector{
	Name:       "rlpx-frames",
	Transport:  packet.TCP,
	References: []string{"devp2p, rlpx.md, Framing", "IANA Service Name and Transport Protocol Port Number Registry: 30303"},
	Proves:     "Noise in lengths of RLPx frames on the port of Ethereum's nodes.",
	Not:        "That it is Ethereum: other programs cipher in blocks of 16, too.",
	Claims:     []ClaimID{claimRLPxFrames},
	Least:      16,
	Within:     windowLength,
	Detect:     detectRLPxFrames,
}

const (
	ethereumPort  = 30303
	rlpxFrame     = 16 // octets that a frame is a multiple of
	rlpxLeastText = 64 // octets of the shortest frame
	rlpxWrites    = 6
	// segmentFull is what a segment that may not be the last of a write has at least: the smallest
	// usual path carries 1280 octets, less headers.
	segmentFull = 1200
)

func detectRLPxFrames(o *Observation) {
	k := &o.Flow.Key
	if k.Port[0] != ethereumPort && k.Port[1] != ethereumPort || o.Number() < rlpxWrites-1 || o.Length >= segmentFull || o.Claimed(claimRLPxFrames) != 0 {
		return
	}
	if o.Cut() || !o.Noise() {
		return
	}
	var open [2]int   // octets of a write that goes on
	var begun [2]bool // the direction's first write may have begun before: it is not looked at
	var writes [2]int
	add := func(dir uint8, length int) bool {
		open[dir] += length
		if length >= segmentFull {
			return true
		}
		whole := open[dir]
		open[dir] = 0
		if begun[dir] && (whole%rlpxFrame != 0 || whole < rlpxLeastText) {
			return false
		}
		if begun[dir] || whole == length && whole%rlpxFrame == 0 {
			writes[dir]++
		}
		begun[dir] = true
		return true
	}
	for n := min(o.Number(), windowLength) - 1; n >= 0; n-- {
		b := o.Before(n)
		if !popcountFits(int(b.ones), int(b.sample)) || !add(uint8(b.dir), int(b.length)) {
			return
		}
	}
	if add(uint8(o.Dir), o.Length) && writes[0] > 0 && writes[1] > 0 && writes[0]+writes[1] >= rlpxWrites {
		o.Claim(claimRLPxFrames, uint32(writes[0]), uint32(writes[1]))
	}
}
