package classify

import (
	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// I2P's transports of today, as far as they show anything. Both are Noise XK under masks that are keyed with
// what the far router publishes; no octet is fixed. What shows is the order of lengths.
//
//	SSU2  | header 32 | time 7, padding | MAC 16 |                              initiator, token request: 56 and padding
//	      | header 32 | time 7, address 9 or 21, padding | MAC 16 |             responder, retry: 64 and padding
//	      | header 32 | X 32 | time 7, padding | MAC 16 |                       initiator, session request: 88 and padding
//	      | header 32 | Y 32 | time 7, address, tag, token, padding | MAC 16 |  responder, session created: 96 and more
//	      | header 16 | key and MAC 48 | router info, padding | MAC 16 |        initiator, session confirmed
//	NTCP2 | X 32 | options and MAC 32 | padding |                               initiator, session request: 64 and padding
//	      | Y 32 | options and MAC 32 | padding |                               responder, session created: 64 and padding
//	      | key and MAC 48 | router info, padding | MAC 16 |                    initiator, session confirmed
//
// A payload of SSU2's has 8 octets at least; retries that refuse lack some. A router info names an identity of 391 octets,
// addresses with two keys, and a signature of 64; gzip takes of it what it pads the identity with.
// Padding is anybody's choice: what is looked for is the little that routers take for handshakes.
// NTCP2's stays below the 288 of its predecessor's first message, which shared its port.
//
// So one session is worth little and names nobody; a socket that begins so with three routers in several
// networks, and with a quarter of its peers, does, and names the host's streams of NTCP2's shape, too (host_i2p.go). A router that holds a token from before begins
// with the session request, and is found by what the socket does alone.
var (
	i2pSSU2 = Detector{
		Name:       "i2p-ssu2",
		Transport:  packet.UDP,
		References: []string{"I2P specification, SSU2, Token Request, Retry, Session Request, Session Created and Session Confirmed (sizes, blocks)"},
		Proves:     "Lengths of a router-to-router handshake, all of it noise; of one socket with three routers, that it is I2P's.",
		Not:        "Anything of one peer: other noise has these lengths by chance. Sessions begun with a token of an earlier one.",
		Claims:     []ClaimID{claimI2PSSU2, claimI2PSocket},
		Least:      ssu2Cut,
		Within:     ssu2Handshake,
		Gates:      []Gate{{After: 4, Within: ssu2Handshake, Length: between(routerInfoLeast, ssu2Most)}},
		Detect:     detectSSU2,
	}
	i2pNTCP2 = Detector{
		Name:       "i2p-ntcp2",
		Transport:  packet.TCP,
		References: []string{"I2P specification, NTCP2, SessionRequest, SessionCreated and SessionConfirmed (sizes; padding beside NTCP)"},
		Proves:     "Three turns of noise with the lengths of a router-to-router handshake.",
		Not:        "That it is one: MSE and obfuscating proxies have such turns, too.",
		Claims:     []ClaimID{claimI2PNTCP2, claimI2PHost},
		Least:      ssu2Cut,
		Within:     3,
		Gates:      []Gate{{After: 2, Within: 3, Answers: true, Follows: []ClaimID{claimRandomFirst}, Length: between(routerInfoLeast, ntcp2Most)}},
		Detect:     detectNTCP2,
	}
)

const (
	ssu2Handshake   = 12  // both ends may send again, and mirrors copy twice
	ssu2Cut         = 24  // octets that must have been captured to tell noise
	ssu2Padding     = 64  // more than either of the two programs puts into a handshake
	routerInfoLeast = 400 // of a message that holds a router info
	ssu2Most        = 1472
	ntcp2Least      = 64
	ntcp2Pads       = 287 // longest first and second message
	ntcp2Most       = 1460
)

// ssu2Stages are the lengths of the first four messages. What a created session may hold beside is a tag of 7
// octets, a token of 15 and 12 more of an address of IPv6.
var ssu2Stages = [4]struct{ least, most int }{
	{56, 56 + ssu2Padding}, {64, 64 + 12 + ssu2Padding}, {88, 88 + ssu2Padding}, {96, 96 + 34 + ssu2Padding},
}

// detectSSU2 looks for a session confirmed behind the four messages that come before it.
func detectSSU2(o *Observation) {
	if o.Number() < len(ssu2Stages) || o.Number() >= ssu2Handshake || o.Length < routerInfoLeast || o.Length > ssu2Most || len(o.Payload) < ssu2Cut {
		return
	}
	stage, dir := len(ssu2Stages), o.Dir
	for k := 0; ; k++ {
		b := o.Before(k)
		switch {
		case b == nil:
			if stage == 0 && o.Noise() {
				o.Claim(claimI2PSSU2, uint32(o.Length), 0)
			}
			return
		case b.dir == dir && stage < len(ssu2Stages) && ssu2At(stage, b):
			continue // sent again
		case stage == 0 || b.dir == dir || !ssu2At(stage-1, b):
			return
		}
		stage, dir = stage-1, b.dir
	}
}

// ssu2At tells whether what was said fits a stage of the handshake.
func ssu2At(stage int, b *digest) bool {
	s, n := &ssu2Stages[stage], int(b.length)
	return n >= s.least && n <= s.most && popcountFits(int(b.ones), int(b.sample))
}

func detectNTCP2(o *Observation) {
	if o.Number() != 2 || o.Length < routerInfoLeast || o.Length > ntcp2Most || len(o.Payload) < ssu2Cut || !o.FromInitiator() {
		return
	}
	dir := flow.Direction(1 - o.Dir)
	for k := range 2 {
		b := o.Before(k)
		if b == nil || b.dir != dir || b.length < ntcp2Least || b.length > ntcp2Pads {
			return
		}
		dir = 1 - dir
	}
	if o.ClaimedBySender(claimRandomFirst) && o.ClaimedByOther(claimRandomFirst) && o.Noise() {
		o.Claim(claimI2PNTCP2, uint32(o.Length), 0)
	}
}
