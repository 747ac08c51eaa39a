package classify

import (
	"math"
	"slices"

	"peeratlas/classify/flow"
)

// What a flow's own claims say of it. Most flows have one or two that mean nothing together, and
// are weighed without an account: a report needs none of them.

// facts are what is known of a flow before its socket is asked.
type facts struct {
	own    float64 // log odds of its own claims
	socket int32   // of its home end, -1 if none
	family family  // that its own claims speak for most
	near   uint8   // index in Key of the home end, or of the initiator if there is no one home end
	noisy  uint8   // directions whose datagrams pass for random
	signs  sign    // of what it may tell of others
	called contact // what DNS says of how the far end was come by
	far    bool    // the other end is outside the home networks
	even   bool    // both ends are at home, or neither
	vetoed bool    // recognised as something else
	// relayed: its own claims say that something stands in for the peer
	relayed bool
	// plain: its claims mean nothing together, and neither host nor far end adds to what they are
	// but by its role, or by what was told of it
	plain bool
	both  bool // its ends also talk over the other transport, and nothing explains either
}

// family is the number of a word for a family, in the order of families.
type family uint8

// families are the words that weights hold, in order; the first is none.
var families = func() []string {
	words := []string{""}
	for id := range weights {
		words = append(words, weights[id].family)
	}
	slices.Sort(words)
	return slices.Compact(words)
}()

func familyOf(word string) family {
	at, _ := slices.BinarySearch(families, word)
	return family(at)
}

func (f family) String() string { return families[f] }

// sign is a set of what a flow may tell of others, so that whoever asks need not look at all flows.
type sign uint8

const (
	signOverlay sign = 1 << iota // see overlaySign
	signSharing                  // see sharingFamily
	signMedia                    // see noteMedia
	signTurn                     // see findTurns
	signReports                  // told of peers
	signPhone                    // see findSignalled
	signOthers                   // hosts and far ends may add to what it is
)

// signsOf are the signs that claims are.
var signsOf = func() (of [numClaims]sign) {
	for _, by := range [...]struct {
		sign   sign
		claims []ClaimID
	}{
		{signOverlay | signOthers, []ClaimID{claimDiscv4, claimToxShape, claimDirectConnect, claimRandomUDP, claimGnutella, claimBitcoinV2, claimRandomFirst,
			claimRLPxFrames, claimMSE}},
		{signSharing, []ClaimID{claimBitTorrentDHT, claimUTP, claimUTPHidden, claimEmuleClear, claimClearPeer, claimClear}},
		{signMedia, []ClaimID{claimRTPStream, claimSRTCP}},
		{signTurn, []ClaimID{claimTurnControl}},
		{signOthers, []ClaimID{claimTLSNameless, claimTorName, claimRTPNoise, claimSkypeZeroTLS, claimMSE, claimMSEKeys, claimEmuleShape, claimDERP, claimRTPStream, claimSRTCP}},
	} {
		for _, id := range by.claims {
			of[id] |= by.sign
		}
	}
	return of
}()

// signs are what the claim tells of others. A clear service does if it is a file-sharing program's.
func (n *claimNode) signs() sign {
	if (n.id() == claimClear || n.id() == claimClearPeer) && sharingService(n.a) == "" {
		return 0
	}
	return signsOf[n.id()]
}

// place tells which end of f is the home host's, and whether the other is outside.
func (x *facts) place(f *flow.Flow, home [2]bool) {
	x.near, x.far = uint8(f.Initiator), true
	switch x.even = home[0] == home[1]; {
	case x.even:
		x.far = !home[0]
	case home[1]:
		x.near = 1
	default:
		x.near = 0
	}
}

// fact weighs a flow by its own claims.
func (j *Judge) fact(f *flow.Flow) facts {
	x := facts{socket: -1}
	x.place(f, [2]bool{j.c.options.Home(f.Key.Addr[0]), j.c.options.Home(f.Key.Addr[1])})
	if near, far := &f.Key.Addr[x.near], &f.Key.Addr[1-x.near]; x.far && !groupAddress(far) && !groupAddress(near) {
		x.called = j.c.names.contact(*near, *far, f.Start)
	}
	if far := f.Key.Port[1-x.near]; far == 5060 || far == 5061 {
		x.signs |= signPhone
	}
	if !j.plainFact(f, &x) {
		j.lineFact(f, &x)
	}
	return x
}

// lineFact weighs a flow by the lines of its claims.
func (j *Judge) lineFact(f *flow.Flow, x *facts) {
	lines := j.ownLines(f, x)
	x.own = weigh(lines)
	x.family = familyOf(bestFamily(lines))
	for i := range lines {
		l := &lines[i]
		if weights[l.id].group == service && l.bits <= vetoBits {
			x.vetoed = true
		}
		if l.id == claimRandomBoth || l.id == claimRandomUDP && l.bits > 0 {
			x.noisy |= l.dirs
		}
		x.relayed = x.relayed || l.bits > 0 && weights[l.id].path == Relayed
	}
}

// vetoBits are what a recognised service must have against a peer to say that it is one.
const vetoBits = -8

// maxPlain bounds the claims of a flow that is weighed without lines.
const maxPlain = 12

// plainFact weighs a flow whose claims mean nothing together, as lineFact does: then each has the
// bits of its weight. It fails for others; either way it notes the signs.
func (j *Judge) plainFact(f *flow.Flow, x *facts) bool {
	var order [maxPlain + 3]uint16 // ranks of the claims
	var stirred stir
	n, whole := 0, true
	if f.State != 0 {
		lane, s := j.c.laneOf(f), j.c.stateOf(f)
		whole = s.media == 0 || !j.c.announced.covers(f)
		if s.told&toldReports != 0 {
			x.signs |= signReports
		}
		for i := s.claims; i != 0; {
			c := lane.claims.at(i)
			i = c.next
			x.signs |= c.signs()
			stirred.add(c.id(), c.dirs())
			if c.id() == claimRandomUDP {
				x.noisy = c.dirs()
			}
			if whole = whole && n < maxPlain; whole {
				order[n], n = ranks[c.id()], n+1
			}
		}
	}
	if stirred.settle(f, x); stirred != 0 || !whole {
		x.noisy = 0
		return false
	}
	n += addressRanks(f, x, order[n:])
	if !x.weighPlain(order[:n]) {
		*x = facts{socket: -1, near: x.near, far: x.far, even: x.even, signs: x.signs, called: x.called}
		return false
	}
	x.plain = x.signs&signOthers == 0
	return true
}

// addressRanks puts the ranks of what addressLines adds into into, and tells how many.
func addressRanks(f *flow.Flow, x *facts, into []uint16) int {
	if groupAddress(&f.Key.Addr[1-x.near]) || groupAddress(&f.Key.Addr[x.near]) {
		into[0] = ranks[claimGroupAddress]
		return 1
	}
	n := 0
	switch x.called {
	case contactNamed:
		into[n], n = ranks[claimNamed], n+1
	case contactUnnamed:
		into[n], n = ranks[claimUnnamed], n+1
	}
	if id, _ := portClaim(f.Key.Port[x.near], f.Key.Port[1-x.near]); id != noClaim {
		into[n], n = ranks[id], n+1
	}
	return n
}

// weighPlain weighs claims that have the bits of their weights, given by their ranks, as weigh
// does. It fails if several speak for families.
func (x *facts) weighPlain(order []uint16) bool {
	slices.Sort(order)
	var t taken
	x.own = priorBits
	for _, r := range order {
		p := &ranked[r]
		x.own += p.worth * t.share(p.id, p.bits)
		x.vetoed = x.vetoed || p.vetoes
		x.relayed = x.relayed || p.relays
		if p.family != 0 {
			if x.family != 0 {
				return false
			}
			x.family = p.family
		}
	}
	return true
}

// plainClaim is what a claim with the bits of its weight says.
type plainClaim struct {
	id             ClaimID
	bits, worth    float64
	family         family // that it speaks for
	vetoes, relays bool
}

// ranked are the claims in the order that weigh takes them in, and ranks the place of each.
var ranked, ranks = func() (all [numClaims]plainClaim, ranks [numClaims]uint16) {
	lines := make([]line, numClaims)
	for id := range lines {
		lines[id] = plain(ClaimID(id))
	}
	orderLinesStable(lines)
	for r := range lines {
		l := &lines[r]
		p := plainClaim{id: l.id, bits: l.bits, worth: l.worth()}
		if l.bits > 0 {
			p.family, p.relays = familyOf(l.family), weights[l.id].path == Relayed
		}
		p.vetoes = weights[l.id].group == service && l.bits <= vetoBits
		all[r], ranks[l.id] = p, uint16(r)
	}
	return all, ranks
}()

// settled tells whether nothing beside flow i's own claims can make it likely: a plain flow, whose
// socket speaks for nobody, and of which nobody told.
func (j *Judge) settled(i int) bool {
	x := &j.facts[i]
	return x.plain && !x.both && x.own+mostByRole < likelyOdds && (x.socket < 0 || !j.sockets[x.socket].raises) &&
		!j.signalled.concerns(j, i)
}

// mostByRole is the most that a far end's role adds to a plain flow: the others' bits are against
// it, or need signs of a call. likelyOdds leave a little to rounding.
var mostByRole = max(plainWorth(claimEyeball), plainWorth(claimProviderRelay), plainWorth(claimRelayServer), 0)

const likelyOdds = -1e-6

func plainWorth(id ClaimID) float64 {
	l := plain(id)
	return l.worth()
}

// order is the magnitude that weigh goes by.
func (l *line) order() float64 { return math.Abs(l.worth()) }

var familyWireGuard = familyOf("wireguard")
